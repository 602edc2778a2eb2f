"""A contrast: one question to several pairs of systems, answered by the mean of their differences."""

from collections.abc import Sequence

from osler.core.errors import UserError
from osler.evaluate.comparison import Comparison, comparison_by
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import item_clusters, item_shares
from osler.evaluate.paired import paired_test


def contrast(name: str, compared: Sequence[tuple[Sequence[Graded], Sequence[Graded]]], seed: int) -> Comparison:
    """The mean difference of several pairs of systems, each over the same items: an item counts on either side by the share of the systems
    there that are right, so that the interval is over items and not over systems. Raises UserError where the items are not the same."""
    ours, theirs = (_mean_shares(name, [pair[side] for pair in compared]) for side in (0, 1))
    if ours.keys() != theirs.keys():
        raise UserError(f"contrasts.{name}: its systems did not all answer the same items; give them the same n_items")
    test = paired_test(list(ours.values()), [theirs[id] for id in ours], item_clusters(compared[0][0]), seed=seed)
    return comparison_by(test, name, f"mean of {len(compared)}")


def _mean_shares(name: str, graded: Sequence[Sequence[Graded]]) -> dict[str, float]:
    shares = [item_shares(each) for each in graded]
    if any(each.keys() != shares[0].keys() for each in shares):
        raise UserError(f"contrasts.{name}: its systems did not all answer the same items; give them the same n_items")
    return {id: sum(each[id] for each in shares) / len(shares) for id in shares[0]}
