"""Keep: the traces that are right, and the drafts that have one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft

LAST_TRY = "last_try"
"""The flag of a trace that was kept although it is not right."""


@dataclass(frozen=True, config=STRICT)
class Keep:
    """Of a draft's traces the right ones, each text once and at most `n`, in the order in which they were written. A draft without one is
    dropped: `no_trace` where none was written, `unread` where no answer could be read, `wrong` where the answers were wrong.

    `is_last_kept`: where none is right, the last one is kept with the flag `last_try` if an answer was read from it, as Fully Open
    Meditron does (arXiv 2605.16215, code). Its verdict stays with it, and exports leave it out."""

    kind: Literal["keep"] = "keep"
    n: Annotated[int, Field(ge=1)] = 1
    is_last_kept: bool = False
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        right = {(each.steps, each.response): each for each in reversed(draft.authored) if each.is_right}
        kept = list(reversed(right.values()))[: self.n]
        if not kept and self.is_last_kept and draft.authored and draft.authored[-1].answer is not None:
            last = draft.authored[-1]
            kept = [replace(last, flags=(*last.flags, LAST_TRY))]
        if not kept:
            answers = [each.answer for each in draft.authored if each.answer is not None]
            reason = "no_trace" if not draft.authored else "wrong" if answers else "unread"
            raise Drop(reason, f"{len(draft.authored)} traces; answers read: {', '.join(answers) or 'none'}")
        return [replace(draft, authored=tuple(kept))]
