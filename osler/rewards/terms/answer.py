"""What an answer is worth: the verdict of the judge that evaluation has as well."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.core.verdict import Outcome, Verdict
from osler.rewards.terms.term import Kit, Seen, Term


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Answer(Term):
    """`right` for a right answer, and for the others what is set for them; no answer, and one that nobody could judge, earn no more than a
    wrong one.

    `partial` is a mark of the judge that counts in place of right or wrong, in [0, 1]: `reciprocal_rank` of a ranked list (only its first
    ten entries count, and none after the hit), `jaccard` of a set, `completeness` of a rubric.

    What goes through the candidates earns what a wrong answer does: a list of more than `max_entries`, a set of every option though not
    all are right, and one answer stated after another, unless `is_last_enough`.

    AlphaMed (arXiv 2505.17952): 1 for the right letter, else 0."""

    kind: Literal["answer"] = "answer"
    right: float = 1.0
    wrong: float = 0.0
    no_answer: float = 0.0
    unjudged: float = 0.0
    partial: str = ""
    max_entries: Annotated[int, Field(ge=1)] = 10
    is_last_enough: bool = False

    def __post_init__(self) -> None:
        if max(self.no_answer, self.unjudged) > self.wrong or self.wrong > self.right:
            raise ValueError("an answer earns the more the better it is; order right, wrong, then no_answer and unjudged")

    def number(self, seen: Seen, kit: Kit) -> float:
        verdict = seen.verdict
        if verdict.outcome is Outcome.UNJUDGED:
            return self.unjudged
        if verdict.outcome is Outcome.NO_ANSWER:
            return self.no_answer
        if self._goes_through_all(seen):
            return self.wrong
        share = verdict.marks.get(self.partial, float(verdict.is_right))
        return self.wrong + (self.right - self.wrong) * share

    def _goes_through_all(self, seen: Seen) -> bool:
        """One answer after another, too long a list, or every option."""
        verdict = seen.verdict
        is_one_after_another = verdict.reading.rival is not None and not self.is_last_enough
        is_every_option = not verdict.is_right and verdict.reading.value == ",".join(seen.item.question.options)
        return is_one_after_another or is_every_option or verdict.marks.get("n_entries", 0) > self.max_entries


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Verified(Term):
    """What HuatuoGPT-o1's reward (arXiv 2412.18925) makes of the probability that an answer is right: 1 above `above`, else `wrong`. Of a
    verdict without a probability, right is 1 and everything else 0. Stands behind a format gate whose floor is 0."""

    kind: Literal["verified"] = "verified"
    above: float = 0.4
    wrong: float = 0.1

    def number(self, seen: Seen, kit: Kit) -> float:
        return self.worth(probability(seen.verdict))

    def worth(self, p: float) -> float:
        return 1.0 if p > self.above else self.wrong


def probability(verdict: Verdict) -> float:
    """That the answer is right, as the judge says by the mark `p_right`, or by its verdict; 0 of one answer after another."""
    if verdict.reading.rival is not None:
        return 0.0
    return verdict.marks.get("p_right", float(verdict.is_right))
