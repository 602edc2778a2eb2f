"""Several samples of the same item: what k of them are worth, and how far they agree.

`answers_Q_N[q][n]` is the answer of sample n to item q, None where none was read; `right_Q_N` says of the same samples whether they are
right. An answer that was not read never votes; a vote that nobody won is not right.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import comb

from osler.evaluate.stats import wilson

Answers = Sequence[Hashable | None]


@dataclass(frozen=True)
class SampleCount:
    """What k samples of each of `n_items` items are worth, as fractions of the items that have at least k.

    `pass_at_k` is the chance that any of k samples is right, and `vote_at_k` that the vote of k is, both over every way to draw k of them.
    `any_of_first` and `vote_of_first` are of the first k as they stand. `low` and `high` are Wilson's 95 % interval of `vote_of_first`."""

    k: int
    n_items: int
    pass_at_k: float
    any_of_first: float
    vote_at_k: float
    vote_of_first: float
    low: float
    high: float


def pass_at_k(n: int, n_right: int, k: int) -> float:
    """1 − C(n − n_right, k) / C(n, k): unbiased, for n ≥ k samples of which n_right are right. Chen et al. 2021, arXiv 2107.03374, section
    2.1. Raises ValueError unless 1 ≤ k ≤ n and 0 ≤ n_right ≤ n."""
    if not 1 <= k <= n or not 0 <= n_right <= n:
        raise ValueError(f"pass_at_k: {n_right} right of {n} samples at k = {k}; pass 0 ≤ n_right ≤ n and 1 ≤ k ≤ n")
    return 1 - comb(n - n_right, k) / comb(n, k)


def any_of_first(right: Sequence[bool], k: int) -> bool:
    """Whether any of the first k samples is right."""
    return any(right[:k])


def vote(answers: Answers) -> int | None:
    """Which sample holds the answer that most give: the first that gives it. Ties go to the answer that was given first; None where no
    answer was read."""
    votes = Counter(answer for answer in answers if answer is not None)
    if not votes:
        return None
    winner, _ = votes.most_common(1)[0]  # of equals, the one counted first
    return answers.index(winner)


def vote_of_first(answers: Answers, right: Sequence[bool], k: int) -> bool:
    """Whether the vote of the first k samples is right."""
    winner = vote(answers[:k])
    return winner is not None and right[winner]


def vote_at_k(answers: Answers, right: Sequence[bool], k: int) -> float:
    """The chance that the vote of k samples, drawn without replacement from all of them in any order, is right. Exact. Ties go to the
    answer given first, which in any order is each of the tied as often. Raises ValueError unless 1 ≤ k ≤ the number of samples."""
    if not 1 <= k <= len(answers) or len(right) != len(answers):
        raise ValueError(
            f"vote_at_k: k = {k} of {len(answers)} answers and {len(right)} verdicts; pass one of each per sample, and 1 ≤ k ≤ n"
        )
    votes = Counter(answer for answer in answers if answer is not None)
    winners = {answer for answer, is_right in zip(answers, right, strict=True) if is_right and answer is not None}
    ranked = tuple(sorted(votes.values(), reverse=True))
    n_unread = len(answers) - sum(ranked)
    chance = 0.0
    for answer in winners:
        others = list(ranked)
        others.remove(votes[answer])
        chance += _winning_draws(votes[answer], tuple(others), n_unread, k)
    return chance / comb(len(answers), k)


def sweep(answers_Q_N: Sequence[Answers], right_Q_N: Sequence[Sequence[bool]], ks: Sequence[int] | None = None) -> list[SampleCount]:
    """A row for each k, over the items with at least k samples; by default every k that all items have. Raises ValueError where answers and
    verdicts do not pair, or no item has k samples."""
    sizes = [len(answers) for answers in answers_Q_N]
    if not sizes or sizes != [len(right) for right in right_Q_N]:
        raise ValueError("sweep: pass an answer and a verdict per sample, for at least one item")
    return [_sample_count(answers_Q_N, right_Q_N, k) for k in (range(1, min(sizes) + 1) if ks is None else ks)]


def instability(answers_Q_N: Sequence[Answers]) -> float:
    """The share of items whose samples are not all the same; no answer counts as an answer of its own. Samples may be drawn anew, or be
    answers to the options in several orders (`in_first_order`). Raises ValueError for no items, or an item without two samples."""
    if not answers_Q_N or any(len(answers) < 2 for answers in answers_Q_N):
        raise ValueError("instability: an item has fewer than two samples, or there are no items; one sample cannot disagree")
    return sum(len(set(answers)) > 1 for answers in answers_Q_N) / len(answers_Q_N)


def in_first_order(answer: str | None, first: Mapping[str, str], shown: Mapping[str, str]) -> str | None:
    """The letter that an answer to `shown`, the options in another order, has in `first`: that of the same text. Several letters, joined by
    commas, keep their order of the alphabet. Raises ValueError where the two do not hold the same texts, each once."""
    if answer is None:
        return None
    letter_of = {text: letter for letter, text in first.items()}
    if len(letter_of) != len(first) or sorted(first.values()) != sorted(shown.values()):
        raise ValueError("in_first_order: the options are not the same texts in another order, each once; map the letters by hand")
    return ",".join(sorted(letter_of[shown[letter]] for letter in answer.split(",")))


def _sample_count(answers_Q_N: Sequence[Answers], right_Q_N: Sequence[Sequence[bool]], k: int) -> SampleCount:
    rows = [(answers, right) for answers, right in zip(answers_Q_N, right_Q_N, strict=True) if len(answers) >= k]
    if not rows:
        raise ValueError(f"sweep: no item has {k} samples; the most is {max(len(answers) for answers in answers_Q_N)}")
    n = len(rows)
    n_votes = sum(vote_of_first(answers, right, k) for answers, right in rows)
    interval = wilson(n_votes, n)
    return SampleCount(
        k=k,
        n_items=n,
        pass_at_k=sum(pass_at_k(len(right), sum(right), k) for _, right in rows) / n,
        any_of_first=sum(any_of_first(right, k) for _, right in rows) / n,
        vote_at_k=sum(vote_at_k(answers, right, k) for answers, right in rows) / n,
        vote_of_first=n_votes / n,
        low=interval.low,
        high=interval.high,
    )


def _winning_draws(n_own: int, others: tuple[int, ...], n_unread: int, k: int) -> float:
    """In how many of the ways to draw k samples an answer that n_own of them give wins the vote, a tie of t answers counting 1/t."""
    n_rest = sum(others) + n_unread
    return sum(
        comb(n_own, top) * ways[k - top] / (1 + n_tied)
        for top in range(max(1, k - n_rest), min(n_own, k) + 1)
        for n_tied, ways in enumerate(_ways_below(others, n_unread, top))
    )


@cache
def _ways_below(others: tuple[int, ...], n_unread: int, top: int) -> list[list[int]]:
    """By how many of the others have exactly `top` votes, and none more, and then by how many samples are drawn from them and from the
    unread: the ways to do so. A product of polynomials, one for each answer, whose power counts the samples drawn."""
    table = [[comb(n_unread, drawn) for drawn in range(n_unread + 1)]]
    for n_votes in others:
        size = len(table[0]) + n_votes
        grown = [[0] * size for _ in range(len(table) + (n_votes >= top))]
        for n_tied, ways in enumerate(table):
            for so_far, way in enumerate(ways):
                for votes in range(min(top, n_votes) + 1 if way else 0):
                    grown[n_tied + (votes == top)][so_far + votes] += way * comb(n_votes, votes)
        table = grown
    return table
