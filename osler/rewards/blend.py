"""A blend of reward models: one logistic regression over what each of them says of a step (stacking, Wolpert 1992, Neural Networks 5:241).

A process reward model learns which reasoning leads to right answers; the policy's own likelihood tells slips of the pen from what it meant.
Neither knows both. The score is σ(w·x) with x the logit of each part's score, once as it is and once more for the last step, whose label
means something else. The weights are fitted on traces that the parts were not trained on.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from osler.core.errors import ModelError, UserError
from osler.core.reward import RewardModel
from osler.core.trace import Trace

PENALTY = 1e-3
"""Of the squared weights of standardised features, the constant left out: keeps weights finite where a feature separates the labels."""

_EDGE = 1e-6  # a score of 0 or 1 has no logit

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BlendWeights:
    """`weights` belong to the features of `features`, in its order."""

    parts: tuple[str, ...]
    weights: tuple[float, ...]

    def write(self, path: Path) -> None:
        path.write_text(json.dumps({"parts": self.parts, "weights": self.weights}, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "BlendWeights":
        """Raises ModelError where the file is no blend."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            made = cls(tuple(content["parts"]), tuple(map(float, content["weights"])))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: no weights of a blend could be read ({error}); fit them again") from error
        if len(made.weights) != n_features(len(made.parts)):
            raise ModelError(f"{path}: {len(made.weights)} weights for {len(made.parts)} parts; fit them again")
        return made


class Blend:
    """Implements `RewardModel`."""

    def __init__(self, weights: BlendWeights, parts: Mapping[str, RewardModel]) -> None:
        self._weights, self._parts = weights, [parts[name] for name in weights.parts]

    @property
    def identity(self) -> str:
        return f"blend:{self._weights}:{[part.identity for part in self._parts]}"

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        by_part = [part.score(traces) for part in self._parts]
        weights = np.array(self._weights.weights)
        scores = []
        for parts_S in zip(*by_part, strict=True):
            z_S = features(parts_S) @ weights
            scores.append(tuple((1 / (1 + np.exp(-z_S))).tolist()))
        return scores


def n_features(n_parts: int) -> int:
    return 2 * (1 + n_parts)


def features(scores_P_S: Sequence[Sequence[float]]) -> Floats:
    """Shape (steps, 2·(1 + parts)): a constant and the logit of each part's score, then the same again where the step is the last, else 0."""
    clipped = np.clip(np.array(scores_P_S, dtype=float).reshape(len(scores_P_S), -1), _EDGE, 1 - _EDGE)
    own = np.concatenate([np.ones((1, clipped.shape[1])), np.log(clipped / (1 - clipped))]).T
    is_last = np.arange(len(own)) == len(own) - 1
    return np.concatenate([own, own * is_last[:, None]], axis=1)


def fit(
    parts: Sequence[str], scores_T_P_S: Sequence[Sequence[Sequence[float]]], labels_T_S: Sequence[Sequence[float | None]]
) -> BlendWeights:
    """Least penalised cross-entropy against soft labels over the steps of all traces T; a label of None does not count.

    Raises UserError where there is no labelled step."""
    rows = [features(scores_P_S) for scores_P_S in scores_T_P_S]
    labels = [label for labels_S in labels_T_S for label in labels_S]
    counted = np.array([label is not None for label in labels], dtype=bool)
    if not counted.any():
        raise UserError("blend: no step has a label; fit on a search that finished some traces")
    x = np.concatenate(rows)[counted]
    y = np.array([label for label in labels if label is not None])
    scale = np.maximum(x.std(axis=0), 1e-9)
    scale[0] = 1.0
    weights = _minimise(x / scale, y) / scale
    return BlendWeights(tuple(parts), tuple(weights.tolist()))


def _minimise(x: Floats, y: Floats) -> Floats:
    penalised = np.ones(x.shape[1])
    penalised[0] = 0.0

    def loss(w: Floats) -> tuple[float, Floats]:
        z = x @ w
        value = float(np.mean(np.logaddexp(0, z) - y * z) + PENALTY * np.sum(penalised * w * w))
        return value, x.T @ (1 / (1 + np.exp(-z)) - y) / len(y) + 2 * PENALTY * penalised * w

    found: Floats = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x
    return found
