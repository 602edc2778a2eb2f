"""What stands in the folder of `osler grade` and `osler compare` beyond metrics and comparisons: further rows of `metrics.json`, and
`grading.json`. Fractions and intervals as in `rows.py`."""

from typing import NamedTuple

from pydantic.dataclasses import dataclass


class SweepPoint(NamedTuple):
    """The first `k` samples of every item: how often their vote is right, and how often any of them is."""

    k: int
    vote: float
    any_right: float


@dataclass(frozen=True)
class SampleRow:
    """One system's several responses to the same items. `accuracy` is that of one response; `instability` is the share of items whose
    samples do not all answer the same, no answer being an answer of its own."""

    system: str
    n_items: int
    n_samples: int
    accuracy: float
    instability: float
    sweep: tuple[SweepPoint, ...]


class CalibrationBin(NamedTuple):
    """The `n` answers of a bin: their mean confidence and the share that is right."""

    n: int
    confidence: float
    accuracy: float


class CoveragePoint(NamedTuple):
    """The accuracy of the share of the items of which a system is surest."""

    coverage: float
    accuracy: float


@dataclass(frozen=True)
class CalibrationRow:
    """How far a system's confidence can be believed. `confidence` says what it is, `binning` how the bins were made."""

    system: str
    confidence: str
    binning: str
    n: int
    ece: float
    brier: float
    bins: tuple[CalibrationBin, ...]
    coverage: tuple[CoveragePoint, ...]


class LengthBin(NamedTuple):
    """The responses up to `longest` long that are longer than those of the bin before."""

    longest: float
    n: int
    accuracy: float


@dataclass(frozen=True)
class LengthRow:
    """Length against right and wrong, in `unit`. `low` and `high` are the interval of the difference of the means, right minus wrong."""

    system: str
    unit: str
    mean_right: float
    mean_wrong: float
    low: float
    high: float
    correlation: float | None
    bins: tuple[LengthBin, ...]


@dataclass(frozen=True)
class CostRow:
    """What one item costs a system, in `unit`, against its accuracy. `is_on_front`: no other is both cheaper and better."""

    system: str
    unit: str
    per_item: float
    accuracy: float
    is_on_front: bool


class Cause(NamedTuple):
    """Responses on which a rule and the strict reading differ, for one reason: how many, how many the rule counts right, and how many the
    strict reading does, where that is known."""

    cause: str
    n: int
    n_right: int
    n_strict: int | None = None


@dataclass(frozen=True)
class RuleRow:
    """A system under a published rule, beside the strict reading of the same responses. `difference` is the rule's accuracy minus the
    strict one, and `causes` is what it is made of."""

    system: str
    rule: str
    n: int
    accuracy: float
    strict: float
    causes: tuple[Cause, ...]

    @property
    def difference(self) -> float:
        return self.accuracy - self.strict


@dataclass(frozen=True)
class ReadingRow:
    """How many of a system's responses were read by one rule of the reader, or why they were not, and how many of these are right."""

    system: str
    method: str
    n: int
    n_right: int


@dataclass(frozen=True)
class AgreementRow:
    """Our verdicts on a system's responses beside those that came with them: of `n`, `n_abstained` could not be judged. `raw` is the share
    on which both say the same; `kappa` (with its interval) and `ac1` take chance out. None is undefined."""

    system: str
    n: int
    n_abstained: int
    raw: float | None
    kappa: float | None
    low: float | None
    high: float | None
    ac1: float | None


@dataclass(frozen=True)
class MacroRow:
    """The mean of a system's accuracies in `n_groups` groups, each counting the same."""

    system: str
    n_groups: int
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class WinRow:
    """A model against its own base over several groups of items: how often the interval of the difference is above zero, holds it, or is
    below."""

    system: str
    baseline: str
    n_wins: int
    n_ties: int
    n_losses: int


@dataclass(frozen=True)
class ItemSetRow:
    """The items that were asked, as far as whoever publishes a number about them has to state it."""

    name: str
    n: int
    licence: str
    citation: str
    content_hash: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class About:
    """`grading.json`: what was graded against what, how, and what a person should know before believing the numbers."""

    title: str
    item_sets: tuple[ItemSetRow, ...] = ()
    responses: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    version: str = ""
