"""How far a judge can be trusted: its agreement with people's labels, how often it abstains, and whether the order of what it sees decides.

Where nine answers in ten are right, a judge that always says "right" agrees nine times in ten: so beside raw agreement stand two
coefficients that take chance out. Cohen's kappa falls where one label is rare, however good the judge (Feinstein and Cicchetti 1990,
J. Clin. Epidemiol. 43:543–549); Gwet's AC1 does not. Both are given, for neither alone tells which it is.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from osler.core.verdict import Outcome, Verdict
from osler.judges.free.open import ANSWER_FIRST, KEY_FIRST


@dataclass(frozen=True)
class Agreement:
    """Of `n` answers with a person's label, the judge abstained on `n_abstained`; all else is over the rest.

    `counts` maps (person's label, judge's label) to how often both were given. A number is None where it is undefined: `raw` without a
    judged answer, `kappa` where chance alone agrees always (both gave one and the same label throughout), `ac1` with fewer than two labels.
    `kappa_interval` is a percentile bootstrap over answers; `n_undefined` of its resamples had no kappa and were left out.
    """

    n: int
    n_abstained: int
    counts: Mapping[tuple[str, str], int]
    raw: float | None
    kappa: float | None
    kappa_interval: tuple[float, float] | None
    n_undefined: int
    ac1: float | None

    @property
    def abstention_rate(self) -> float | None:
        return self.n_abstained / self.n if self.n else None


@dataclass(frozen=True)
class PositionBias:
    """Of `n` answers whose verdict was read in both orders, `n_flips` changed with the order. `n_key_first` of these were "same" only with
    the reference first: half of them where the judge merely wavers, all or none where it leans to a place."""

    n: int
    n_flips: int
    n_key_first: int

    @property
    def flip_rate(self) -> float | None:
        return self.n_flips / self.n if self.n else None


def agreement(
    people: Sequence[str],
    judged: Sequence[str | None],
    *,
    labels: Sequence[str] = (),
    seed: int = 0,
    n_resamples: int = 2000,
    confidence: float = 0.95,
) -> Agreement:
    """Position i of both is the same answer; None is an abstention of the judge. `labels` are all that could have been given (AC1 depends
    on how many there are); empty: those that were. Raises ValueError where lengths differ or a label is not among `labels`."""
    if len(people) != len(judged):
        raise ValueError(f"agreement: {len(people)} and {len(judged)} labels; pass one of each per answer")
    counts = Counter((human, own) for human, own in zip(people, judged, strict=True) if own is not None)
    given = sorted({label for pair in counts for label in pair})
    if labels and set(given) - set(labels):
        raise ValueError(f"agreement: label {min(set(given) - set(labels))!r} is not among {', '.join(labels)}; add it")
    all_labels = list(dict.fromkeys(labels or given))
    table = np.array([[counts[human, own] for own in all_labels] for human in all_labels], dtype=float).reshape(
        len(all_labels), len(all_labels)
    )
    n_judged = counts.total()
    interval, n_undefined = _kappa_interval(table, seed, n_resamples, confidence) if n_judged else (None, 0)
    return Agreement(
        n=len(people),
        n_abstained=len(people) - n_judged,
        counts=dict(counts),
        raw=float(np.trace(table) / n_judged) if n_judged else None,
        kappa=_defined(float(_kappas(table[None])[0])) if n_judged else None,
        kappa_interval=interval,
        n_undefined=n_undefined,
        ac1=_ac1(table) if n_judged and len(all_labels) > 1 else None,
    )


def _kappas(tables: np.ndarray) -> np.ndarray:
    """Kappa of each table of counts, shape (tables, labels, labels); NaN where chance agreement is 1.

    Cohen 1960, Educ. Psychol. Meas. 20:37–46: (p_o - p_e) / (1 - p_e), with p_e the sum over labels of the product of both shares.
    """
    shares = tables / tables.sum(axis=(1, 2), keepdims=True)
    observed = np.trace(shares, axis1=1, axis2=2)
    expected = (shares.sum(axis=2) * shares.sum(axis=1)).sum(axis=1)
    room = 1 - expected
    is_defined = room > 1e-12
    return np.where(is_defined, (observed - expected) / np.where(is_defined, room, 1), np.nan)


def _kappa_interval(table: np.ndarray, seed: int, n_resamples: int, confidence: float) -> tuple[tuple[float, float] | None, int]:
    """Answers drawn with replacement fill the cells multinomially, so the cells are drawn. None where half of the resamples or more have
    no kappa."""
    n = int(table.sum())
    drawn = np.random.Generator(np.random.PCG64(seed)).multinomial(n, table.ravel() / n, size=n_resamples)
    kappas = _kappas(drawn.reshape(n_resamples, *table.shape).astype(float))
    n_undefined = int(np.isnan(kappas).sum())
    if 2 * n_undefined >= n_resamples:
        return None, n_undefined
    low, high = np.nanquantile(kappas, [(1 - confidence) / 2, (1 + confidence) / 2])
    return (float(low), float(high)), n_undefined


def _ac1(table: np.ndarray) -> float:
    """Gwet 2008, Br. J. Math. Stat. Psychol. 61:29–48: chance agreement is the sum of π (1 - π) over the K labels, divided by K - 1, with π
    the mean of both raters' shares of a label. It is at most 1/K, so AC1 is always defined."""
    shares = table / table.sum()
    mean_shares = (shares.sum(axis=0) + shares.sum(axis=1)) / 2
    expected = float((mean_shares * (1 - mean_shares)).sum() / (len(table) - 1))
    return float((np.trace(shares) - expected) / (1 - expected))


def _defined(number: float) -> float | None:
    return None if np.isnan(number) else number


def judged_labels(verdicts: Sequence[Verdict]) -> list[str | None]:
    """The outcomes as labels; UNJUDGED is an abstention of the judge, whereas NO_ANSWER is a label: it was read before any judge."""
    return [None if verdict.outcome is Outcome.UNJUDGED else verdict.outcome.value for verdict in verdicts]


def position_bias(verdicts: Sequence[Verdict]) -> PositionBias:
    """From the marks that `OpenJudge` leaves."""
    both = [verdict.marks for verdict in verdicts if KEY_FIRST in verdict.marks and ANSWER_FIRST in verdict.marks]
    flips = [marks for marks in both if marks[KEY_FIRST] != marks[ANSWER_FIRST]]
    return PositionBias(len(both), len(flips), sum(marks[KEY_FIRST] == 1 for marks in flips))
