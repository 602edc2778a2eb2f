"""A blend of reward models: one logistic regression over what each of them says of a step (stacking, Wolpert 1992, Neural Networks 5:241).

A process reward model learns which reasoning leads to right answers; the policy's own likelihood tells slips of the pen from what it meant.
Neither knows both. The score is σ(w·x) with x the logit of each part's score, once as it is and once more where the step is the last of a
finished trace: its label means something else, whether the answer is right. The weights are fitted on traces that the parts were not
trained on.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

from osler.core.errors import ModelError, UserError
from osler.core.records import write_text
from osler.core.reward import RewardModel
from osler.core.trace import Ending, Trace

PENALTY = 1e-3
"""Of the squared weights of standardised features, the constant left out: keeps weights finite where a feature separates the labels."""

_EDGE = 1e-6  # a score of 0 or 1 has no logit

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BlendWeights:
    """The `weights` of `features`, in its order, for these `parts`."""

    parts: tuple[str, ...]
    weights: tuple[float, ...]

    def write(self, path: Path) -> None:
        write_text(path, json.dumps({"parts": self.parts, "weights": self.weights}, indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> "BlendWeights":
        """Raises ModelError where the file is no blend."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            made = cls(tuple(map(str, content["parts"])), tuple(map(float, content["weights"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: no weights of a blend could be read ({error}); fit them again") from error
        if len(made.weights) != n_features(len(made.parts)) or not np.isfinite(made.weights).all():
            raise ModelError(f"{path}: {len(made.weights)} weights do not fit {len(made.parts)} parts; fit them again")
        return made


class Blend:
    """Implements `RewardModel`. `parts` has a reward model for each part of the weights, by name."""

    def __init__(self, weights: BlendWeights, parts: Mapping[str, RewardModel]) -> None:
        self._weights, self._parts = weights, [parts[name] for name in weights.parts]

    @property
    def identity(self) -> str:
        return f"blend:{self._weights}:{[part.identity for part in self._parts]}"

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        by_trace = zip(*(part.score(traces) for part in self._parts), strict=True)
        weights = np.array(self._weights.weights)
        return [tuple(expit(features(trace, parts_S) @ weights).tolist()) for trace, parts_S in zip(traces, by_trace, strict=True)]


def n_features(n_parts: int) -> int:
    return 2 * (1 + n_parts)


def features(trace: Trace, scores_P_S: Sequence[Sequence[float]]) -> Floats:
    """Shape (steps, 2·(1 + parts)): a constant and the logit of each part's score, then the same again for the last step of a finished
    trace, and 0 for any other step. `scores_P_S` has the scores of each part P."""
    logits = logit(np.clip(np.array(scores_P_S, dtype=float), _EDGE, 1 - _EDGE))
    own = np.concatenate([np.ones((1, len(trace.steps))), logits]).T
    is_last = np.zeros((len(trace.steps), 1))
    is_last[-1:] = trace.ending is Ending.FINISHED
    return np.concatenate([own, own * is_last], axis=1)


def fit(
    parts: Sequence[str],
    traces: Sequence[Trace],
    scores_N_P_S: Sequence[Sequence[Sequence[float]]],
    labels_N_S: Sequence[Sequence[float | None]],
) -> BlendWeights:
    """Least penalised cross-entropy against soft labels over the steps of all `traces`; a label of None does not count. `scores_N_P_S` has
    for each trace the scores of each part.

    Raises UserError where no step has a label."""
    labels = [label for labels_S in labels_N_S for label in labels_S]
    counted = np.array([label is not None for label in labels], dtype=bool)
    if not counted.any():
        raise UserError("blend: no step has a label; fit on a search that finished some traces")
    x = np.concatenate([features(trace, scores_P_S) for trace, scores_P_S in zip(traces, scores_N_P_S, strict=True)])[counted]
    y = np.array([label for label in labels if label is not None])
    scale = x.std(axis=0)
    scale[scale < 1e-9] = 1.0  # a constant, or a part that says the same of every step
    return BlendWeights(tuple(parts), tuple((_minimised(x / scale, y) / scale).tolist()))


def _minimised(x: Floats, y: Floats) -> Floats:
    penalised = np.ones(x.shape[1])
    penalised[0] = 0.0

    def loss(w: Floats) -> tuple[float, Floats]:
        z = x @ w
        value = float(np.mean(np.logaddexp(0, z) - y * z) + PENALTY * np.sum(penalised * w * w))
        return value, x.T @ (expit(z) - y) / len(y) + 2 * PENALTY * penalised * w

    found: Floats = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x
    return found
