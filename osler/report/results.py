"""What a finished run left behind, read and checked: the one input of the terminal tables and of the page."""

from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from osler.core.errors import RecordError, UserError
from osler.core.records import describe, read_records
from osler.core.verdict import Outcome

T = TypeVar("T")
Truth = Literal["true", "false", "unreadable"]

ALL = "all"
"""The group of every item, as `evaluate` names it."""


@dataclass(frozen=True)
class MetricRow:
    """One system over one group of items, as `evaluate` counted it. Rates and accuracy are fractions; `low` and `high` a 95 % interval."""

    system: str
    group: str
    n: int
    n_right: int
    accuracy: float
    low: float
    high: float
    no_answer_rate: float
    truncated_rate: float
    unjudged_rate: float
    tokens_per_item: float


@dataclass(frozen=True)
class ComparisonRow:
    """One system against a baseline over the same items. `difference`, `low` and `high` are fractions; `p_value` is McNemar's."""

    system: str
    baseline: str
    group: str
    n: int
    difference: float
    low: float
    high: float
    n_system_only: int
    n_baseline_only: int
    p_value: float

    @property
    def finding(self) -> str:
        """What the interval allows to be said: nothing, unless it is clear of zero."""
        if self.low > 0:
            return "higher"
        return "lower" if self.high < 0 else "not distinguishable"


@dataclass(frozen=True)
class HarvestCount:
    """The search under the oracle. `n_solved` items have at least one right trace; `n_traces` are finished and distinct."""

    n_items: int
    n_solved: int
    n_traces: int
    n_right: int
    n_nodes: int
    tokens: int


@dataclass(frozen=True)
class StepRates:
    """How many reasoning steps of a system's chosen traces are true of their case; known for the teaching clinic only."""

    system: str
    n_steps: int
    true_rate: float
    false_rate: float
    unreadable_rate: float


@dataclass(frozen=True)
class RewardCheck:
    """The reward model's step scores against the truth. `auroc` is None where the steps are all true or all false."""

    n_steps: int
    auroc: float | None


@dataclass(frozen=True)
class Measured:
    """`metrics.json`."""

    metrics: Annotated[tuple[MetricRow, ...], Field(min_length=1)]
    comparisons: tuple[ComparisonRow, ...] = ()
    harvest: HarvestCount | None = None
    steps: tuple[StepRates, ...] = ()
    reward: RewardCheck | None = None


@dataclass(frozen=True)
class StageCost:
    stage: str
    seconds: float
    tokens: int


@dataclass(frozen=True)
class DataCount:
    """How many items were worked examples, searched, and answered; `answer_split` names the split that was answered."""

    n_worked: int
    n_search: int
    n_answer: int
    answer_split: str | None = None


@dataclass(frozen=True)
class Manifest:
    """`manifest.json`: what ran, where, and what each stage cost. `commit` is None outside a repository."""

    name: str
    seed: int
    commit: str | None
    is_dirty: bool | None
    versions: Mapping[str, str]
    machine: str
    threads: int
    stages: tuple[StageCost, ...]
    data: DataCount


class MarkedStep(NamedTuple):
    """A step with what is known about it."""

    text: str
    truth: Truth | None
    score: float | None


@dataclass(frozen=True)
class SolutionRow:
    """A line of `solutions.jsonl`: one system's chosen trace for one item. Truths and scores are empty where they are not known."""

    system: str
    id: str
    question: str
    options: Mapping[str, str]
    key: str
    outcome: Outcome
    answer: str | None
    steps: tuple[str, ...]
    step_truths: tuple[Truth, ...] = ()
    step_scores: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _one_mark_per_step(self) -> "SolutionRow":
        for name, marks in (("step_truths", self.step_truths), ("step_scores", self.step_scores)):
            if marks and len(marks) != len(self.steps):
                raise ValueError(f"{self.id}: {len(self.steps)} steps but {len(marks)} {name}")
        return self

    @property
    def marked_steps(self) -> list[MarkedStep]:
        return [MarkedStep(*marks) for marks in zip_longest(self.steps, self.step_truths, self.step_scores)]

    def spelt(self, answer: str) -> str:
        """An answer with the text of its option where it names one."""
        return f"{answer}. {self.options[answer]}" if answer in self.options else answer


@dataclass(frozen=True)
class Results:
    """A run folder, loaded."""

    measured: Measured
    manifest: Manifest
    recipe: str
    solutions: tuple[SolutionRow, ...]

    @property
    def overall(self) -> list[MetricRow]:
        """One row per system, over every item."""
        return [row for row in self.measured.metrics if row.group == ALL]

    @property
    def systems(self) -> list[str]:
        return list(dict.fromkeys(row.system for row in self.measured.metrics))

    @property
    def by_group(self) -> dict[str, list[MetricRow]]:
        """The rows of each named group, one per system. Empty where there are not two groups to tell apart."""
        groups = dict.fromkeys(row.group for row in self.measured.metrics if row.group != ALL)
        rows = {group: [row for row in self.measured.metrics if row.group == group] for group in groups}
        return rows if len(rows) > 1 else {}


def load_results(folder: Path) -> Results:
    """Raises UserError where the run is not finished, RecordError where one of its files cannot be used."""
    return Results(
        measured=_read_json(folder, "metrics.json", Measured),
        manifest=_read_json(folder, "manifest.json", Manifest),
        recipe=_existing(folder, "recipe.yaml").read_text(encoding="utf-8"),
        solutions=tuple(read_records(_existing(folder, "solutions.jsonl"), SolutionRow)),
    )


def _read_json(folder: Path, name: str, kind: type[T]) -> T:
    path = _existing(folder, name)
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except ValidationError as error:
        raise RecordError(f"{path}: {describe(error)}; write it again with `osler run`") from error


def _existing(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; finish the run with `osler run`, then report it")
    return path
