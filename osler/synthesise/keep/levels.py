"""Levels: how hard an item is by how often a role was wrong."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft
from osler.synthesise.quality.grouping import solved_by


@dataclass(frozen=True, config=STRICT)
class Levels:
    """Notes as `level` the number of the role's traces that were not right, and one: from 1, where all were right. What could not be read
    was not right.

    AlphaMed (arXiv 2505.17952) has six levels, which five traces give; that it drew five is inferred, not published."""

    kind: Literal["levels"] = "levels"
    role: str = "student"
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        n_right, n = solved_by(draft, self.role)
        return [draft.noting(level=level_of(n_right, n))]


def level_of(n_right: int, n: int) -> int:
    """From 1, where all of `n` were right, to n + 1."""
    return n - n_right + 1
