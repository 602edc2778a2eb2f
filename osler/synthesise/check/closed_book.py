"""Closed book: a role answers the item of a draft without its passage, several times, and how often it agrees decides."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.core.verdict import Outcome
from osler.synthesise.block import Kit, Making
from osler.synthesise.check.turning import sample_turned
from osler.synthesise.draft import Draft


@dataclass(frozen=True, config=STRICT)
class ClosedBook:
    """`role` answers `n` times without the passage, the options turned by a letter each time. A draft is dropped where fewer than
    `min_right` answers are right (`unsolved`), more than `max_right` (`too_easy`), or where the most frequent answer has less than the
    share `min_agreement` of all `n` (`undecided`); what is asked for first is said first. Note `closed_book`: n, n_right, agreement and
    the counts of the answers in the item's own letters; a trace that answers nothing counts for no answer."""

    kind: Literal["closed_book"] = "closed_book"
    role: str = "student"
    n: Annotated[int, Field(ge=1)] = 4
    min_right: Annotated[int, Field(ge=0)] = 1
    max_right: Annotated[int, Field(ge=0)] | None = None
    min_agreement: Annotated[float, Field(ge=0, le=1)] = 0.0
    needs: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def _can_be_met(self) -> "ClosedBook":
        most = self.n if self.max_right is None else self.max_right
        if not self.min_right <= most <= self.n:
            raise ValueError(f"no draft has between {self.min_right} and {most} right of {self.n}; set min_right, max_right and n to fit")
        return self

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    @property
    def most_calls(self) -> int:
        return self.n

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        asked = yield from sample_turned(kit, self.role, draft.asked, self.n)
        n_right = sum(verdict is Outcome.RIGHT for _, verdict, _ in asked)
        answers = Counter(answer for *_, answer in asked if answer is not None)
        agreement = max(answers.values(), default=0) / self.n
        shown = f"{n_right} of {self.n} right; answers: {', '.join(f'{answer} {n}' for answer, n in sorted(answers.items())) or 'none'}"
        if n_right < self.min_right:
            raise Drop("unsolved", shown)
        if self.max_right is not None and n_right > self.max_right:
            raise Drop("too_easy", shown)
        if agreement < self.min_agreement:
            raise Drop("undecided", shown)
        found = {"n": self.n, "n_right": n_right, "agreement": agreement, "answers": dict(sorted(answers.items()))}
        return [draft.noting(closed_book=found)]
