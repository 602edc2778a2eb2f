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


@dataclass(frozen=True, config=STRICT)
class Keep:
    """Of a draft's traces the right ones, each text once and at most `n`, in the order in which they were written. A draft without one is
    dropped: `no_trace` where none was written, `unread` where no answer could be read, `wrong` where the answers were wrong."""

    kind: Literal["keep"] = "keep"
    n: Annotated[int, Field(ge=1)] = 1
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        right = {(each.steps, each.response): each for each in reversed(draft.authored) if each.is_right}
        kept = list(reversed(right.values()))[: self.n]
        if not kept:
            answers = [each.answer for each in draft.authored if each.answer is not None]
            reason = "no_trace" if not draft.authored else "wrong" if answers else "unread"
            raise Drop(reason, f"{len(draft.authored)} traces; answers read: {', '.join(answers) or 'none'}")
        return [replace(draft, authored=tuple(kept))]
