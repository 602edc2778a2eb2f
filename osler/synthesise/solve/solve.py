"""Solve: a role answers the item of a draft, several times if asked, and each trace is judged against the key."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.passage import Evidence
from osler.core.question import STRICT
from osler.synthesise.asking import judged, sample
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, config=STRICT)
class Solve:
    """`role` answers until `n_right` traces are right, at most `n` times, `n_per_ask` at a time; without `n_right`, `n` times. The note
    `solved` has by role how many traces were drawn and how many were right.

    `is_open_book`: the draft's passages stand in the prompt (a prompt with a place for them, such as with_passages). `is_kept`: the traces
    go on with the draft; else only their count does.

    Rejection sampling (Yuan et al., arXiv 2308.01825); Fully Open Meditron (arXiv 2605.16215, code) tries 8 times at temperature 0.7."""

    kind: Literal["solve"] = "solve"
    role: str = "teacher"
    n: Count = 8
    n_right: Count | None = 1
    n_per_ask: Count = 1
    is_open_book: bool = False
    is_kept: bool = True
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    @property
    def most_calls(self) -> int:
        return self.n

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        item = draft.asked
        evidence = [Evidence(passage, 1.0) for passage in draft.passages] if self.is_open_book else []
        authored: list[Authored] = []
        before = draft.notes.get("solved", {}).get(self.role, {"n": 0, "n_right": 0})  # by a block before: these samples are further ones
        while len(authored) < self.n and (self.n_right is None or sum(each.is_right for each in authored) < self.n_right):
            width = min(self.n_per_ask if self.n_right else self.n, self.n - len(authored))
            traces = yield from sample(kit, self.role, item.question, width, first_sample=before["n"] + len(authored), evidence=evidence)
            authored += [Authored.of(trace, self.role, judged(kit, trace, item)) for trace in traces]
        counts = {"n": before["n"] + len(authored), "n_right": before["n_right"] + sum(each.is_right for each in authored)}
        solved = {**draft.notes.get("solved", {}), self.role: counts}
        kept = authored if self.is_kept else []
        return [draft.noting(solved=solved).with_authored(*kept)]
