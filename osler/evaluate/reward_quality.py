"""What a reward model's step scores are worth against the truth of the steps."""

from collections.abc import Sequence
from dataclasses import dataclass

from osler.evaluate.calibration import ScoreBin, auroc, brier, expected_calibration_error, score_bins
from osler.evaluate.candidates import CandidateSet, scores_of
from osler.evaluate.first_error import FirstError, first_error


@dataclass(frozen=True)
class RewardQuality:
    """Over the `n_steps` of every candidate; a step that cannot be read counts as false. `auroc` is None where all steps are alike."""

    n_steps: int
    true_rate: float
    auroc: float | None
    brier: float
    ece: float
    bins: tuple[ScoreBin, ...]
    first_error: FirstError


def reward_quality(sets: Sequence[CandidateSet], reward: str) -> RewardQuality | None:
    """None where the truth of no step is known. Raises UserError where the reward model did not score the candidates."""
    checked = [candidate for each in sets for candidate in each.candidates if candidate.step_truths]
    if not checked:
        return None
    scores_N_S = [scores_of(candidate, reward) for candidate in checked]
    truths_N_S = [[truth == "true" for truth in candidate.step_truths] for candidate in checked]
    scores = [score for scores_S in scores_N_S for score in scores_S]
    truths = [truth for truths_S in truths_N_S for truth in truths_S]
    bins = score_bins(scores, truths)
    return RewardQuality(
        n_steps=len(truths),
        true_rate=sum(truths) / len(truths),
        auroc=auroc(scores, truths),
        brier=brier(scores, truths),
        ece=expected_calibration_error(bins),
        bins=tuple(bins),
        first_error=first_error(scores_N_S, truths_N_S),
    )
