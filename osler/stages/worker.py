"""What runs in the process of a worker: a context of its own with an engine and a journal, or some other work that it was given to hold."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from osler.core.budget import Budget
from osler.core.errors import RunError
from osler.core.model import Sampling, Usage
from osler.core.question import Question
from osler.core.reward import RewardModel
from osler.core.solution import Solution
from osler.models.journal import AsyncJournalledModel, JournalledModel
from osler.search.asks import Strategy
from osler.stages.context import Context
from osler.stages.driver import LocalDriver
from osler.stages.journals import has_begun


class WorkerLost(Exception):
    """The process of a worker, or its machine, is gone."""


@dataclass(frozen=True)
class Hand:
    """A worker as its cluster knows it. No two have the same number, also where one stands in for another."""

    number: int
    process: Any


@dataclass(frozen=True)
class Scope:
    """What a worker answers with: a policy, as `context` makes it."""

    context: Context
    policy: str
    sampling: Sampling


@dataclass(frozen=True)
class Work:
    """What all leases of one call have in common; see `Driver.drive`."""

    strategy: Strategy
    reward: str | RewardModel | None
    seed: int | None


@dataclass(frozen=True)
class Solved:
    """The solutions of a lease in its order, and what the replies cost that this worker had not used before, by their keys."""

    solutions: list[Solution]
    used: Mapping[bytes, Usage]


class Worker:
    """One process of a cluster, of one thread. Nothing is loaded before it is needed."""

    def __init__(self) -> None:
        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = "1"
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        self._scope: Scope | None = None
        self._inside = ExitStack()
        self._driver: LocalDriver | None = None
        self._n_used = 0
        self._held: Callable[[Any], Any] | None = None

    def begin(self, scope: Scope) -> None:
        self._scope, self._driver, self._n_used = scope, None, 0

    def ready(self) -> int:
        """Load the engine, and tell the id of this process. Raises RunError where the run folder is not here."""
        self._opened()
        return os.getpid()

    def drive(self, work: Work, questions: Sequence[Question], budgets: Sequence[Budget] | None, beside: Sequence[Path]) -> Solved:
        """Answer the questions of a lease. What the journals `beside` hold is not asked for again."""
        driver = self._opened()
        model = driver.policy.model
        assert isinstance(model, JournalledModel | AsyncJournalledModel)
        model.journal.read_beside([path for path in beside if has_begun(path)])
        try:
            solutions = driver.drive(work.strategy, questions, work.reward, budgets=budgets, seed=work.seed)
        finally:
            model.journal.read_beside(())
        used = list(model.used.items())[self._n_used :]
        self._n_used += len(used)
        return Solved(solutions, dict(used))

    def end(self) -> None:
        """Close the engine and the journal."""
        self._inside.close()
        self._scope = self._driver = None

    def hold(self, work: Callable[[Any], Any]) -> None:
        """Keep something that does one part of a larger work at a time."""
        self._held = work

    def apply(self, part: Any) -> Any:
        assert self._held is not None
        return self._held(part)

    def _opened(self) -> LocalDriver:
        if self._driver is None:
            assert self._scope is not None
            context = self._scope.context
            if not context.run.folder.is_dir():
                found = f"a worker on {os.uname().nodename} does not see it"
                raise RunError(f"{context.run.folder}: {found}; choose a folder with --runs that every node has")
            _quiet()
            driver = self._inside.enter_context(context.answering(self._scope.policy, self._scope.sampling))
            assert isinstance(driver, LocalDriver)
            self._driver = driver
        return self._driver


def _quiet() -> None:
    """One thread, and no bars or warnings that nobody reads. An endpoint needs no torch."""
    if find_spec("torch") is None:
        return
    import torch
    import transformers

    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
