"""Unsolved: items that few enough of several roles got right."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft
from osler.synthesise.quality.grouping import solved_by


@dataclass(frozen=True, config=STRICT)
class Unsolved:
    """Keeps a draft iff at most `most` of the roles `by` were right on it, in any of their traces; the rest is `too_easy`. Reads what
    `solve` noted.

    m1 (arXiv 2504.00869) and s1 (arXiv 2501.19393) keep what both of two models get wrong: `most` 0 of 2. HuatuoGPT-o1 (arXiv 2412.18925)
    drops what all of three get right: `most` 2 of 3. m1's code takes any text for right that begins with the key's letter; here the
    answer is read."""

    by: Annotated[tuple[str, ...], Field(min_length=1)]
    kind: Literal["unsolved"] = "unsolved"
    most: Annotated[int, Field(ge=0)] = 0
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        right = [role for role in self.by if solved_by(draft, role)[0] > 0]
        if len(right) > self.most:
            raise Drop("too_easy", f"right: {', '.join(right)}")
        return [draft]
