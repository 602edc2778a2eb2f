"""How good the ranking of one query is, as `trec_eval` counts it: nDCG with linear gain, recall, and reciprocal rank.

`ranked` are the ids that were found, the best first, each once. `grades` has the grade of every id that somebody looked at: above 0
it is relevant, and an id without a grade is not. Where nothing is relevant, every metric is 0.

The gain is the grade itself, as in `trec_eval` and BEIR, not 2^grade − 1, as in some other definitions (K. Järvelin and J. Kekäläinen,
"Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002, have the linear one).
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log2


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Discounted cumulative gain of the first `k`, as a share of that of the best order of all that was graded."""
    ideal = _gain(sorted(grades.values(), reverse=True)[:k])
    return _gain([grades.get(each, 0) for each in ranked[:k]]) / ideal if ideal > 0 else 0.0


def _gain(grades: Iterable[int]) -> float:
    return sum(max(grade, 0) / log2(place + 1) for place, grade in enumerate(grades, 1))


def recall(ranked: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """The share of all that is relevant which is among the first `k`."""
    relevant = {each for each, grade in grades.items() if grade > 0}
    return len(relevant.intersection(ranked[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], grades: Mapping[str, int]) -> float:
    """1 over the place of the first that is relevant, or 0."""
    return next((1 / place for place, each in enumerate(ranked, 1) if grades.get(each, 0) > 0), 0.0)
