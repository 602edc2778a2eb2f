"""Stages without weights: a run folder with some questions in it, and a context whose policies answer from a script."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from osler.core.model import Sampling
from osler.core.policy import Policy
from osler.core.question import ChoiceKey, Item, Question
from osler.core.records import write_records
from osler.core.reward import RewardModel
from osler.core.run import Run
from osler.judges import QuestionReader
from osler.models.scripted import ScriptedModel
from osler.recipe.file import load_recipe
from osler.stages.context import Context

LEAST: dict[str, Any] = {
    "name": "scripted",
    "seed": 1,
    "data": {"kind": "files", "search": "s.jsonl", "answer": "a.jsonl"},
    "seed_policy": {"base": {"kind": "hf", "path": "nowhere"}},
    "answer": {"systems": {"greedy": {"strategy": {"kind": "greedy"}}}},
}


@dataclass
class ScriptedContext(Context):
    """Policies are scripted models by name; a reward model that stands in `rewards` is taken from there."""

    models: Mapping[str, ScriptedModel] = field(default_factory=dict)
    rewards: Mapping[str, RewardModel] = field(default_factory=dict)

    @contextmanager
    def policy(self, name: str, sampling: Sampling) -> Iterator[Policy]:
        yield Policy(self.models[name], self.prompt, self.codec, QuestionReader(), sampling, self.recipe.seed)

    def reward(self, name: str) -> RewardModel:
        return self.rewards[name] if name in self.rewards else super().reward(name)


MakeContext = Callable[..., ScriptedContext]


@pytest.fixture
def make_context(tmp_path: Path) -> MakeContext:
    """`make_context(n_items, models, rewards, **sections)`: questions q-0, q-1, … to search on and to answer, to all of which B is right;
    the sections stand in the recipe."""

    def make(
        n_items: int, models: Mapping[str, ScriptedModel] | None = None, rewards: Mapping[str, RewardModel] | None = None, **sections: Any
    ) -> ScriptedContext:
        path = tmp_path / "recipe.yaml"
        path.write_text(yaml.safe_dump(LEAST | sections), encoding="utf-8")
        run = Run(tmp_path / "run")
        items = [
            Item(Question(f"q-{at}", f"Which is number {at} of these?", {"A": "gout", "B": "flu"}), ChoiceKey(("B",)))
            for at in range(n_items)
        ]
        for name in ("search", "answer"):
            write_records(run.path(f"{name}.jsonl"), items)
        write_records(run.path("worked.jsonl"), [])
        return ScriptedContext(load_recipe(path), run, models=models or {}, rewards=rewards or {})

    return make
