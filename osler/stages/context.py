"""What every stage of a run works with: its recipe, its folder, and the parts that the recipe names, made into objects once."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from osler.clinic.case import Case
from osler.clinic.task import Task
from osler.clinic.truth import check_step
from osler.clinic.world import load_world
from osler.core.codec import CODECS, Codec
from osler.core.errors import RecipeError
from osler.core.model import Described, Sampling, Usage
from osler.core.passage import Retriever
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.records import read_records
from osler.core.reward import RewardModel
from osler.core.run import Run
from osler.core.solution import Solution
from osler.data import ClinicSource, TaskSource
from osler.data.task_source import TASKS
from osler.judges import QuestionReader
from osler.models import VLLM, AnyBase, AnyEngine, HuggingFace, Nano
from osler.models.journal import Journal, journalled
from osler.recipe.names import SEED
from osler.recipe.recipe import AnyReward, BlendedReward, LikelihoodReward, Recipe
from osler.rewards import PRM, Likelihood
from osler.rewards.blend import Blend, BlendWeights
from osler.rewards.prm_vllm import VLLMPRM
from osler.stages.driver import Driver, LocalDriver
from osler.stages.journals import MAIN, take_in
from osler.stages.retrieving import retriever_of
from osler.train import SFT
from osler.train.sft import codec_after

T = TypeVar("T")


DESCRIBED = "engine.json"


class Listener(Protocol):
    """Hears how a run comes along. The command line shows it; tests and notebooks may pass none."""

    def started(self, stage: str) -> None: ...

    def progressed(self, stage: str, done: int, total: int) -> None: ...

    def finished(self, stage: str, seconds: float, *, was_done: bool) -> None: ...


class Workers(Protocol):
    """Processes elsewhere that answer together."""

    def answering(self, context: "Context", name: str, sampling: Sampling) -> AbstractContextManager[Driver]: ...


@dataclass
class Context:
    """`stage` is the one under way; `usage` is what it has spent so far, and `n_errored` how many of its replies failed for good. `workers`
    answer in place of this process. `journal` is the file in the run folder that is written to."""

    recipe: Recipe
    run: Run
    listener: Listener | None = None
    stage: str = ""
    usage: Usage = Usage()
    n_errored: int = 0
    workers: Workers | None = None
    journal: str = MAIN
    _rewards: dict[str, RewardModel] = field(default_factory=dict)
    _loaded: object = None

    @cached_property
    def prompt(self) -> Prompt:
        return Prompt.named(self.recipe.prompt)

    @property
    def codec(self) -> Codec:
        return CODECS[self.recipe.codec]

    def codec_of(self, policy: str) -> str:
        """How a policy writes: as the recipe says, but without any mark where it, or what it started from, was trained without traces."""
        trained = self.recipe.policies.get(policy)
        if trained is None:
            return self.recipe.codec
        before = self.recipe.codec if isinstance(trained.training, SFT) else self.codec_of(trained.start)
        return codec_after(trained.training, before)

    def read(self, name: str, kind: type[T]) -> list[T]:
        return list(read_records(self.run.path(name), kind))

    def progress(self, done: int, total: int) -> None:
        if self.listener:
            self.listener.progressed(self.stage, done, total)

    def checkpoint(self, policy: str) -> Path:
        """Where the checkpoint of a policy lies. A first policy that is not trained is its base, warmed up or as it is."""
        settings = self.recipe.first_policies.get(policy)
        if settings is None or settings.training:
            return self.run.path(f"models/{policy}")
        return self.warmed(policy) if settings.warm_up else self.base(policy)

    def base(self, first: str) -> Path:
        """Where the checkpoint of a first policy's base lies. Raises RecipeError where its weights are not here."""
        base = self.recipe.first_policies[first].base
        if isinstance(base, Nano):
            return self.run.path("models/base" if first == SEED else f"bases/{first}/base")
        if not isinstance(base, HuggingFace | VLLM):
            raise RecipeError(f"{first}: {base.kind} has no checkpoint here to train or read; name a base of kind hf")
        return Path(base.path)

    def warmed(self, first: str) -> Path:
        """Where the warmed-up base of a first policy lies."""
        return self.run.path("models/warm" if first == SEED else f"bases/{first}/warm")

    @contextmanager
    def policy(self, name: str, sampling: Sampling) -> Iterator[Policy]:
        """A policy behind the journal."""
        if self.journal == MAIN:
            take_in(self.run.folder)
        journal = Journal(self.run.path(self.journal))
        try:
            self._loaded = self.engine(name).load()
            model = journalled(self._loaded, journal)
            yield Policy(model, self.prompt, CODECS[self.codec_of(name)], QuestionReader(), sampling, self.recipe.seed)
            self.usage += model.usage
        finally:
            journal.close()

    def engine(self, policy: str) -> AnyEngine:
        """What runs a policy: the base's own engine, over the policy's checkpoint where it has one."""
        base = self._base_of(policy)
        if not isinstance(base, Nano | HuggingFace | VLLM):
            return base
        path, adapter = self._laid(policy)
        if isinstance(base, Nano):
            return HuggingFace(path, adapter=adapter)
        of_policy: AnyEngine = replace(base, path=path, adapter=adapter or (base.adapter if path == base.path else ""))
        return of_policy

    def _laid(self, policy: str) -> tuple[str, str]:
        """Where a policy's weights lie, and the adapter over them where its training left that alone."""
        path = self.checkpoint(policy)
        if policy in self.recipe.policies and (path / "adapter_config.json").exists():
            return str(self.checkpoint(self.recipe.policies[policy].start)), str(path)
        return str(path), ""

    @contextmanager
    def answering(self, name: str, sampling: Sampling) -> Iterator[Driver]:
        """What drives the policy of this name. Its engine is closed afterwards."""
        if self.workers:
            with self.workers.answering(self, name, sampling) as elsewhere:
                yield elsewhere
            return
        with asyncio.Runner() as loop, self.policy(name, sampling) as policy:
            max_in_flight = getattr(self._base_of(name), "max_in_flight", 256)
            driver = LocalDriver(policy, loop, self.reward, self.progress, self.solved, max_in_flight, self.retriever)
            try:
                self._describe(loop)
                yield driver
            finally:
                driver.close()

    def _describe(self, loop: asyncio.Runner) -> None:
        """Write down what an engine found out about its endpoint → engine.json."""
        if isinstance(self._loaded, Described) and not self.run.path(DESCRIBED).exists():
            self.run.write_json(DESCRIBED, loop.run(self._loaded.description()))

    def apart(self, journal: str) -> "Context":
        """The same for another process, with a journal of its own; nobody listens to it."""
        run = Run(self.run.folder)
        return replace(self, run=run, journal=journal, listener=None, usage=Usage(), n_errored=0, workers=None, _rewards={})

    @cached_property
    def retriever(self) -> Retriever | None:
        """What finds passages; None where the recipe names none."""
        settings = self.recipe.retrieval
        if settings is None:
            return None
        return retriever_of(settings.retriever, settings.passages, settings.index or self.run.path("index"), settings.max_words)

    def solved(self, solutions: Sequence[Solution]) -> None:
        """Count what failed."""
        self.n_errored += sum(solution.n_errored for solution in solutions)

    def reward(self, name: str) -> RewardModel:
        """A reward model, loaded once."""
        if name not in self._rewards:
            self._rewards[name] = self._made(name, self.recipe.reward_models[name])
        return self._rewards[name]

    def _made(self, name: str, settings: AnyReward) -> RewardModel:
        if isinstance(settings, LikelihoodReward):
            return self.likelihood(settings.policy, settings.pool)
        if isinstance(settings, BlendedReward):
            parts = {part: self.reward(part) for part in settings.parts}
            return Blend(BlendWeights.read(self.run.path(f"rewards/{name}/blend.json")), parts)
        path = str(self.run.path(f"rewards/{name}"))
        if isinstance(self._base_of(settings.start), VLLM):
            return VLLMPRM(path).load(self.prompt, self.codec)
        return PRM(path, device=self._device(settings.start)).load(self.prompt, self.codec)

    def likelihood(self, policy: str, pool: Literal["mean", "least"] = "mean") -> RewardModel:
        """The likelihood of a step under a policy."""
        return Likelihood(str(self.checkpoint(policy)), pool=pool, device=self._device(policy)).load(self.prompt, self.codec)

    def _base_of(self, policy: str) -> AnyBase:
        """What the first policy that this one comes from is made of."""
        return self.recipe.first_policies[self.recipe.first_of(policy)].base

    def _device(self, policy: str) -> str:
        base = self._base_of(policy)
        return base.device if isinstance(base, HuggingFace) else "cpu"

    @cached_property
    def check_step(self) -> Callable[[str, str], str] | None:
        """The truth of a step about the case or the task with this id; None where nothing checks the steps of the items."""
        if isinstance(self.recipe.data, TaskSource):
            return self.recipe.data.checking(self.read(TASKS, Task))
        if not isinstance(self.recipe.data, ClinicSource):
            return None
        world = load_world().restricted_to(self.recipe.data.body_systems)
        cases = {case.id: case for case in self.read("cases.jsonl", Case)}
        return lambda case_id, step: check_step(world, cases[case_id], step).value
