"""What a training was worth: its base and what it became answer the same items, and the numbers stand in the new checkpoint's folder."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from osler.commands.solve import Solving
from osler.commands.train import Training
from osler.core.checkpoint import content_hash
from osler.core.question import Item
from osler.core.records import write_records, write_text
from osler.core.solution import Solution
from osler.data import load_items
from osler.evaluate.comparison import Comparison, compare
from osler.evaluate.grade import Graded, grade
from osler.evaluate.metrics import ALL, Metric, metrics
from osler.evaluate.truths import solution_record
from osler.judges import JUDGES
from osler.manifest import surroundings
from osler.recipe.recipe import Recipe
from osler.report.card import NOT_STATED
from osler.report.model_card import ModelFacts, RecordsFacts, model_card_text
from osler.report.numbers import percent, point_span, points, span
from osler.report.rows import ComparisonRow, MetricRow, finding
from osler.stages.card_facts import CARD, checkpoint_facts, folder_facts, items_said, synthesis_facts
from osler.stages.model_cards import plain, rows_of
from osler.train import TrainPRM
from osler.train.sft import codec_after

BASE, TRAINED = "base", "trained"


@dataclass(frozen=True)
class Asked:
    """The items that both answer greedily, in how many tokens at most, and how; `said` is what they are, in words."""

    items: Sequence[Item]
    said: str
    prompt: str = "plain"
    codec: str = "step"
    max_tokens: int = 1024

    @classmethod
    def of_recipe(cls, recipe: Recipe, n: int | None) -> "Asked":
        """The items that the recipe's own systems answer."""
        items = recipe.data.load(recipe.seed).answer[: recipe.limit][:n]
        return cls(items, items_said(recipe.data), recipe.prompt, recipe.codec, recipe.answer.sampling.max_tokens)

    @classmethod
    def of_file(cls, spec: str, n: int | None, recipe: Recipe | None, **how: Any) -> "Asked":
        """Others, named as `osler grade --items` names them, asked as the recipe asks where there is one."""
        item_set = load_items(spec)
        if recipe:
            how = {"prompt": recipe.prompt, "codec": recipe.codec, "max_tokens": recipe.answer.sampling.max_tokens}
        licence = "" if item_set.licence in ("", NOT_STATED) else f" ({item_set.licence})"
        return cls(item_set.items[:n], f"{item_set.name}{licence}", **how)


@dataclass(frozen=True)
class Beside:
    """The base and the trained policy over the same items."""

    metrics: tuple[Metric, ...]
    comparison: Comparison

    @property
    def lines(self) -> list[str]:
        whole = [row for row in self.metrics if row.group == ALL]
        rows = [f"{row.system:<8} {percent(row.accuracy)} right of {row.n}, 95 % interval {span(row.low, row.high)}" for row in whole]
        found, each = finding(self.comparison.low, self.comparison.high), self.comparison
        said = f"{points(each.difference)} points, 95 % interval {point_span(each.low, each.high)}: {found}"
        return [*rows, f"paired   {said}"]

    def content(self) -> dict[str, Any]:
        return {"metrics": [asdict(row) for row in self.metrics], "comparisons": [asdict(self.comparison)]}


def answered_beside(training: Training, asked: Asked) -> Beside:
    """Both answer → verdicts.jsonl, solutions.jsonl and metrics.json in the folder of the new checkpoint."""
    graded: list[Graded] = []
    records = []
    for name, policy, engine in ((BASE, training.base, ()), (TRAINED, *_engine(training))):
        codec = asked.codec if name == BASE else codec_after(training.trainer, asked.codec)
        solutions = _solutions(policy, engine, replace(asked, codec=codec), training.seed)
        verdicts = grade(name, asked.items, solutions, JUDGES)
        graded += verdicts
        records += [solution_record(*each, None) for each in zip(asked.items, solutions, verdicts, strict=True)]
    write_records(training.to / "verdicts.jsonl", graded)
    write_records(training.to / "solutions.jsonl", records)
    theirs, ours = graded[: len(asked.items)], graded[len(asked.items) :]
    beside = Beside(tuple(metrics(graded)), compare(ours, theirs, seed=training.seed))
    write_text(training.to / "metrics.json", json.dumps(beside.content(), indent=2) + "\n")
    return beside


def _engine(training: Training) -> tuple[Path, tuple[str, ...]]:
    """The new checkpoint; where it is an adapter alone, its base with the adapter over it."""
    if (training.to / "adapter_config.json").exists():
        return training.base, (f"adapter={training.to}",)
    return training.to, ()


def _solutions(policy: Path, engine: Sequence[str], asked: Asked, seed: int) -> list[Solution]:
    solving = Solving(str(policy), prompt=asked.prompt, codec=asked.codec, max_tokens=asked.max_tokens, seed=seed)
    return replace(solving, engine=("kind=hf", "device=auto", *engine)).solve([item.question for item in asked.items])


def write_about(training: Training, asked: Asked | None, beside: Beside | None, recipe: str = "") -> None:
    """manifest.json and README.md in the folder of the new checkpoint."""
    here = surroundings()
    content = beside.content() if beside else {}
    manifest = {
        "name": training.to.name,
        "seed": training.seed,
        **here,
        "method": plain(training.trainer),
        "base": {"name": checkpoint_facts(training.base).said, "sha256": content_hash(str(training.base))},
        "records": {"name": training.records.name, "sha256": hashlib.sha256(training.records.read_bytes()).hexdigest()},
        "n_answer": len(asked.items) if asked and beside else 0,
    }
    write_text(training.to / "manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    write_text(training.to / CARD, model_card_text(_facts(training, asked, content, here, recipe)))


def _facts(training: Training, asked: Asked | None, content: Mapping[str, Any], here: Mapping[str, Any], recipe: str) -> ModelFacts:
    return ModelFacts(
        name=training.to.name,
        what="reward" if isinstance(training.trainer, TrainPRM) else "policy",
        method=plain(training.trainer),
        base=checkpoint_facts(training.base),
        records=_records(training.records),
        surroundings=here,
        seed=training.seed,
        items=asked.said if asked else "",
        metrics=[row for row in rows_of(content, "metrics", MetricRow) if row.group == ALL],
        comparisons=rows_of(content, "comparisons", ComparisonRow),
        own=(TRAINED,),
        prompt=asked.prompt if asked else "",
        codec=codec_after(training.trainer, asked.codec) if asked else "",
        recipe=recipe,
        **folder_facts(training.to),
    )


def _records(file: Path) -> list[RecordsFacts]:
    """Of an export of a synthesis, the sources that its card names."""
    cards = (folder / "card.json" for folder in (file.parent, file.parent.parent))
    return synthesis_facts(next((card for card in cards if card.is_file()), file.parent / "card.json"), file.name)
