"""What stands in a run folder, row by row, as the page and the terminal read it: `metrics.json` and `manifest.json`.

Accuracies, rates, scores and the ends of intervals are fractions in [0, 1], differences in [-1, 1]; intervals are 95 %. None is "not
known", and is shown as a dash.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.report.graded_rows import AgreementRow, CalibrationRow, CostRow, LengthRow, MacroRow, ReadingRow, RuleRow, SampleRow, WinRow

Rule = Literal["vote", "best", "weighted_vote", "any_right"]

ALL = "all"
"""The group of every item, as `evaluate` names it."""


def finding(low: float, high: float) -> str:
    """What the interval of a difference allows to be said: nothing, unless it is clear of zero."""
    if low > 0:
        return "higher"
    return "lower" if high < 0 else "not distinguishable"


@dataclass(frozen=True)
class MetricRow:
    """One system over one group of items, as `evaluate` counted it. `interval` names how `low` and `high` were made."""

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
    tokens_per_item: float | None
    several_rate: float = 0.0
    refused_rate: float = 0.0
    errored_rate: float = 0.0
    rival_rate: float = 0.0
    n_responses: int = 0
    n_clusters: int = 0
    interval: str = "wilson"
    tokens_per_right: float | None = None
    seconds_per_right: float | None = None
    cost_per_right: float | None = None

    @property
    def unstated_rate(self) -> float:
        """What was not answered for any other reason: nothing was stated, or none of the options, or the text was cut before."""
        return max(0.0, self.no_answer_rate - self.several_rate - self.refused_rate - self.errored_rate)


@dataclass(frozen=True)
class ComparisonRow:
    """One system against a baseline over the `n` items that both answered. `p_value` is McNemar's where `p_method` says so, `p_adjusted`
    the same corrected for there being several comparisons, `smallest` the smallest difference that so many items show with a power of
    80 %."""

    system: str
    baseline: str
    group: str
    n: int
    difference: float
    low: float
    high: float
    n_system_only: int | None
    n_baseline_only: int | None
    p_value: float
    p_adjusted: float | None = None
    smallest: float | None = None
    interval: str = ""
    p_method: str = "mcnemar_exact"

    @property
    def finding(self) -> str:
        """Not distinguishable as well where the p-value, adjusted for so many comparisons, exceeds 5 %."""
        if self.p_adjusted is not None and self.p_adjusted > 0.05:
            return "not distinguishable"
        return finding(self.low, self.high)


@dataclass(frozen=True)
class HarvestRow:
    """One search for training data under the oracle. `n_solved` of `n_items` have at least one right trace; `n_traces` are finished and
    distinct; the curriculum left out `n_skipped` further items."""

    name: str
    policy: str
    strategy: str
    n_items: int
    n_solved: int
    n_traces: int
    n_right: int
    n_nodes: int
    tokens: int
    n_skipped: int = 0

    @property
    def right_per_1000(self) -> float | None:
        """Right traces per 1,000 tokens generated; None where none were."""
        return 1000 * self.n_right / self.tokens if self.tokens else None


@dataclass(frozen=True)
class StepRates:
    """How many reasoning steps of a system's chosen traces are true of their case; known for the teaching clinic only."""

    system: str
    n_steps: int
    true_rate: float
    false_rate: float
    unreadable_rate: float


@dataclass(frozen=True)
class CurvePoint:
    """Accuracy of a system at one budget against the tokens that it generated. A system with several budgets has several points."""

    system: str
    strategy: str
    policy: str
    n_items: int
    tokens_per_item: float
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class ScoreBin:
    """The steps scored from `low` to `high`: how many, their mean score, and how many are true."""

    low: float
    high: float
    n: int
    mean_score: float | None = None
    true_rate: float | None = None


@dataclass(frozen=True)
class PositionHits:
    """Of the `n` traces whose first false step is number `position`, `n_hit` have it as their first step below the threshold."""

    position: int
    n: int
    n_hit: int


@dataclass(frozen=True)
class FirstError:
    """Finding the first false step of a trace, as ProcessBench measures it (arXiv 2412.06559): it is the first step scored below
    `threshold`. `f1` is the harmonic mean of the accuracies over the traces with a false step and over those without."""

    threshold: float
    n_with_error: int
    n_without: int
    error_accuracy: float | None = None
    correct_accuracy: float | None = None
    f1: float | None = None
    positions: tuple[PositionHits, ...] = ()


@dataclass(frozen=True)
class RewardRow:
    """A reward model's step scores against the truth. `labels` names the rule that made what it was trained on; None where it was not
    trained. `auroc` is None where the steps are all true or all false."""

    name: str
    labels: str | None
    n_steps: int
    true_rate: float | None
    auroc: float | None
    brier: float | None
    ece: float | None
    bins: tuple[ScoreBin, ...] = ()
    first_error: FirstError | None = None

    @property
    def spelt(self) -> str:
        return self.name if self.labels in (None, self.name) else f"{self.name} ({self.labels})"


@dataclass(frozen=True)
class SelectionRow:
    """One way of choosing among candidates that all ways share. The difference is to the plain vote over the same items."""

    reward: str | None
    rule: Rule
    aggregate: str | None
    n_items: int
    accuracy: float
    low: float
    high: float
    difference: float | None = None
    diff_low: float | None = None
    diff_high: float | None = None
    p_value: float | None = None

    @property
    def finding(self) -> str | None:
        """None where there is no difference to speak of."""
        return None if self.diff_low is None or self.diff_high is None else finding(self.diff_low, self.diff_high)


@dataclass(frozen=True)
class Measured:
    """`metrics.json`. A part that was not measured is empty."""

    metrics: Annotated[tuple[MetricRow, ...], Field(min_length=1)]
    comparisons: tuple[ComparisonRow, ...] = ()
    harvests: tuple[HarvestRow, ...] = ()
    steps: tuple[StepRates, ...] = ()
    curves: tuple[CurvePoint, ...] = ()
    rewards: tuple[RewardRow, ...] = ()
    selection: tuple[SelectionRow, ...] = ()
    macros: tuple[MacroRow, ...] = ()
    samples: tuple[SampleRow, ...] = ()
    calibration: tuple[CalibrationRow, ...] = ()
    lengths: tuple[LengthRow, ...] = ()
    costs: tuple[CostRow, ...] = ()
    rules: tuple[RuleRow, ...] = ()
    readings: tuple[ReadingRow, ...] = ()
    agreements: tuple[AgreementRow, ...] = ()
    wins: tuple[WinRow, ...] = ()


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
