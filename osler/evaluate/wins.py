"""Models against their own bases: win, tie or loss on every data set, as in "Medical Adaptation of Large Language and Vision-Language
Models: Are We Making Progress?" (Jeong et al. 2024, arXiv 2411.04118) and its longer form (arXiv 2411.08870).

Two things inflate wins, by that paper: to give the base the prompt that suits the model, and to call every difference a win. So each model
has the prompt that is best for itself, chosen on items that are not scored, and a difference whose interval contains 0 is a tie.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from osler.core.errors import UserError
from osler.evaluate.intervals import difference_interval, fractions
from osler.evaluate.stats import paired_bootstrap

N_RESAMPLES = 1_000
"""As published."""


@dataclass(frozen=True)
class HeadToHead:
    """A model against its base on the `n` items of one data set: the difference of their accuracies, a fraction, with its 95 % interval."""

    model: str
    base: str
    dataset: str
    n: int
    difference: float
    low: float
    high: float

    @property
    def ending(self) -> Literal["win", "tie", "loss"]:
        if self.low <= 0 <= self.high:
            return "tie"
        return "win" if self.low > 0 else "loss"


@dataclass(frozen=True)
class Tally:
    """How `n` comparisons ended: those of one model, of one data set, or all."""

    name: str
    n: int
    n_wins: int
    n_ties: int
    n_losses: int


def head_to_head(
    model: str,
    base: str,
    dataset: str,
    right_model: ArrayLike,
    right_base: ArrayLike,
    clusters: Sequence[str] | None = None,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
) -> HeadToHead:
    """Position i of both is the same item. The paired bootstrap as published, over items; over clusters, with the corrections of
    `difference_interval`, where clusters are given or items have shares of right samples. Model and base swapped negate the interval.

    Raises ValueError for lengths that differ, no items, or values outside [0, 1]."""
    a_Q, b_Q = fractions(right_model), fractions(right_base)
    if len(a_Q) != len(b_Q):
        raise ValueError(f"head_to_head: {len(a_Q)} and {len(b_Q)} outcomes; pass one of each per item")
    is_plain = clusters is None and bool(np.isin(np.concatenate([a_Q, b_Q]), (0.0, 1.0)).all())
    if is_plain:
        interval = paired_bootstrap([bool(a) for a in a_Q], [bool(b) for b in b_Q], seed=seed, n_resamples=n_resamples)
        low, high = interval.low, interval.high
    else:
        estimate = difference_interval(a_Q, b_Q, clusters, seed=seed, n_resamples=n_resamples)
        low, high = estimate.low, estimate.high
    return HeadToHead(model, base, dataset, len(a_Q), float(a_Q.mean() - b_Q.mean()), low, high)


def tallies(rows: Sequence[HeadToHead]) -> list[Tally]:
    """All of them, then each data set's, then each model's, in order of first appearance."""
    datasets = [(dataset, [row for row in rows if row.dataset == dataset]) for dataset in dict.fromkeys(row.dataset for row in rows)]
    models = [(model, [row for row in rows if row.model == model]) for model in dict.fromkeys(row.model for row in rows)]
    return [_tally(name, part) for name, part in [("all", list(rows)), *datasets, *models]]


def choose_prompts(right: Mapping[str, Mapping[str, Mapping[str, float]]], scored_ids: Collection[str]) -> dict[str, str]:
    """The prompt under which each model does best: `right[model][prompt][item_id]`, on items that are not scored. Among equals the first.

    Raises UserError where one of the items is scored too, where a model's prompts were not tried on the same items, or on none."""
    scored = set(scored_ids)
    chosen: dict[str, str] = {}
    for model, prompts in right.items():
        tried = {frozenset(by_item) for by_item in prompts.values()}
        if len(tried) != 1 or not next(iter(tried)):
            raise UserError(
                f"prompts of {model!r}: they were not all tried on the same items, at least one; try every prompt on all of them"
            )
        both = next(iter(tried)) & scored
        if both:
            raise UserError(
                f"prompts of {model!r}: item {min(both)!r} is scored as well ({len(both)} such); choose on items that are not scored"
            )
        accuracies = {prompt: sum(by_item.values()) / len(by_item) for prompt, by_item in prompts.items()}
        chosen[model] = max(accuracies, key=lambda prompt: accuracies[prompt])
    return chosen


def _tally(name: str, rows: Sequence[HeadToHead]) -> Tally:
    endings = [row.ending for row in rows]
    return Tally(name, len(rows), endings.count("win"), endings.count("tie"), endings.count("loss"))
