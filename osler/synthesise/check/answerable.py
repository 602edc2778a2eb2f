"""Answerable: a role answers the item of a draft with the passage open, and has to agree with the key."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.passage import Evidence
from osler.core.question import STRICT
from osler.core.verdict import Outcome
from osler.synthesise.block import Kit, Making
from osler.synthesise.check.turning import sample_turned
from osler.synthesise.draft import Draft


@dataclass(frozen=True, config=STRICT)
class Answerable:
    """`role` answers `n` times with the draft's passages in its prompt (one with a place for them, such as with_passages), the options
    turned by a letter each time; at least `n_right` answers (all, where it is left out) have to be right, or the draft is dropped:
    `not_answerable`. A reader who always says one letter is right once in as many turns as there are options. Note `answerable`: n,
    n_right."""

    kind: Literal["answerable"] = "answerable"
    role: str = "reader"
    n: Annotated[int, Field(ge=1)] = 2
    n_right: Annotated[int, Field(ge=1)] | None = None
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    @property
    def most_calls(self) -> int:
        return self.n

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        evidence = [Evidence(passage, 1.0) for passage in draft.passages]
        asked = yield from sample_turned(kit, self.role, draft.asked, self.n, evidence)
        n_right = sum(verdict is Outcome.RIGHT for _, verdict, _ in asked)
        if n_right < (self.n if self.n_right is None else self.n_right):
            raise Drop("not_answerable", f"{n_right} of {self.n} right; answers: {', '.join(answer or 'none' for *_, answer in asked)}")
        return [draft.noting(answerable={"n": self.n, "n_right": n_right})]
