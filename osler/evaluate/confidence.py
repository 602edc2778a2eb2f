"""How far a system's confidence in its answers can be believed: calibration, and what is gained by leaving the doubtful ones unanswered.

What confidence is has to be said with every number: the probability of the chosen option among the options (`option_confidence`), or the
share of samples that give the answer (`vote_share`). So has the binning.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from osler.evaluate.calibration import (
    N_BINS,
    ScoreBin,
    auroc,
    brier,
    expected_calibration_error,
    mass_bins,
    score_bins,
)

Binning = Literal["equal_width", "equal_mass"]
BINNINGS = {"equal_width": score_bins, "equal_mass": mass_bins}


@dataclass(frozen=True)
class AnswerCalibration:
    """Confidence against right or not, over the `n` answers that have one; `n_without` have none and are in no number here.

    `confidence` says what it is and `binning` how `bins` were made for the expected calibration error `ece`. `auroc` is the chance that a
    right answer is held with more confidence than one that is not, None where all are the same. `aurc` is the area under risk against
    coverage: the mean, over every coverage, of the error rate among the most confident answers; the less the better, and the error rate
    itself for a confidence that says nothing."""

    confidence: str
    binning: Binning
    n: int
    n_without: int
    accuracy: float
    mean_confidence: float
    ece: float
    brier: float
    auroc: float | None
    aurc: float
    bins: tuple[ScoreBin, ...]


@dataclass(frozen=True)
class Coverage:
    """Answering only with a confidence of at least `threshold`: the share of questions that are answered, and the accuracy among them."""

    threshold: float
    coverage: float
    accuracy: float


def calibration(
    confidences: Sequence[float | None],
    right: Sequence[bool],
    *,
    confidence: str,
    binning: Binning = "equal_width",
    n_bins: int = N_BINS,
) -> AnswerCalibration | None:
    """None where no answer has a confidence. Raises ValueError for lengths that differ or a confidence outside [0, 1]."""
    pairs = _known(confidences, right)
    if not pairs:
        return None
    known, truths = [score for score, _ in pairs], [truth for _, truth in pairs]
    bins = BINNINGS[binning](known, truths, n_bins)
    return AnswerCalibration(
        confidence=confidence,
        binning=binning,
        n=len(pairs),
        n_without=len(confidences) - len(pairs),
        accuracy=sum(truths) / len(pairs),
        mean_confidence=math.fsum(known) / len(pairs),
        ece=expected_calibration_error(bins),
        brier=brier(known, truths),
        auroc=auroc(known, truths),
        aurc=area_under_risk(known, truths),
        bins=tuple(bins),
    )


def coverages(confidences: Sequence[float | None], right: Sequence[bool]) -> list[Coverage]:
    """Accuracy against coverage, from the strictest threshold to none: a point for every confidence that occurs (El-Yaniv and Wiener 2010,
    J. Mach. Learn. Res. 11:1605–1641). An answer without a confidence is never given, and counts among the questions."""
    pairs = sorted(_known(confidences, right), key=lambda pair: -pair[0])
    curve: list[Coverage] = []
    n_right = 0
    for at, (threshold, is_right) in enumerate(pairs, start=1):
        n_right += is_right
        if at == len(pairs) or pairs[at][0] != threshold:
            curve.append(Coverage(threshold, at / len(confidences), n_right / at))
    return curve


def area_under_risk(confidences: Sequence[float], right: Sequence[bool]) -> float:
    """The mean over i of the error rate among the i most confident answers (Geifman, Uziel and El-Yaniv 2019, arXiv 1805.08206, section 2).
    Answers of the same confidence count as in random order, so that the order in which they are passed says nothing."""
    confidence_Q, wrong_Q = np.asarray(confidences, dtype=np.float64), 1.0 - np.asarray(right, dtype=np.float64)
    _, block_Q = np.unique(-confidence_Q, return_inverse=True)
    rate_of_block = np.bincount(block_Q, weights=wrong_Q) / np.bincount(block_Q)
    n_wrong_Q = np.cumsum(rate_of_block[np.sort(block_Q)])
    return float((n_wrong_Q / np.arange(1, len(n_wrong_Q) + 1)).mean())


def option_confidence(logprobs: Mapping[str, float | None], letter: str | None = None) -> tuple[str, float]:
    """The letter, by default the likeliest (among equals the first), and its probability among the options: exp(logprob) over their sum.

    An option whose log-probability was not kept (None, or not there) counts for nothing, as in published figures: where an engine lists its
    likeliest tokens only, that overstates the rest, and an option that is listed alone has 1. Raises ValueError where the letter's own was
    not kept."""
    known = {each: logprob for each, logprob in logprobs.items() if logprob is not None}
    if not known or (letter is not None and letter not in known):
        raise ValueError(f"option_confidence: no log-probability of {letter or 'any option'}; keep those of all options")
    chosen = letter if letter is not None else max(known, key=lambda each: known[each])
    highest = max(known.values())
    weights = {each: math.exp(logprob - highest) for each, logprob in known.items()}
    return chosen, weights[chosen] / math.fsum(weights.values())


def vote_share(answers: Sequence[Hashable | None], answer: Hashable | None) -> float | None:
    """The share of all samples, the unread included, that give this answer; None for no answer or no samples."""
    if answer is None or not answers:
        return None
    return sum(each == answer for each in answers) / len(answers)


def _known(confidences: Sequence[float | None], right: Sequence[bool]) -> list[tuple[float, bool]]:
    if len(confidences) != len(right):
        raise ValueError(f"confidence: {len(confidences)} confidences and {len(right)} verdicts; pass one of each per answer")
    pairs = [(score, bool(is_right)) for score, is_right in zip(confidences, right, strict=True) if score is not None]
    outside = [score for score, _ in pairs if not 0 <= score <= 1]
    if outside:
        raise ValueError(f"confidence: {outside[0]} is not in [0, 1]; pass probabilities or shares")
    return pairs
