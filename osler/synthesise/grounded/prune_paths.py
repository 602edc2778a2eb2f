"""Prune paths: of each group of paths the few that bear on the question."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT
from osler.synthesise.asking import ask_read, json_in
from osler.synthesise.block import Kit, Making, together
from osler.synthesise.draft import Draft
from osler.synthesise.grounded.notes import PathGroup, groups_of, plain


@dataclass(frozen=True, config=STRICT)
class PrunePaths:
    """At most `n` paths of each group, in the note `paths`. `role` names them by number, and may name none; it sees the question and not
    the answer, which MedReason's published code shows it. A number that no path has, or more than `n` of them, is no reply. Without a role
    those of the lowest cost are kept: through the fewest hubs. A draft of which no path to its answer is left is dropped: `no_path`."""

    kind: Literal["prune_paths"] = "prune_paths"
    role: str | None = "teacher"
    n: Annotated[int, Field(ge=1)] = 3
    needs: ClassVar[tuple[str, ...]] = ()

    PROMPT: ClassVar[str] = "paths_keep"

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,) if self.role else ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        groups = groups_of(draft)
        if self.role:
            pruned = yield from together([self._asked(draft, kit, self.role, group) for group in groups])
        else:
            pruned = [replace(group, paths=tuple(sorted(group.paths, key=lambda path: path.cost)[: self.n])) for group in groups]
        left = [group for group in pruned if group.paths]
        if not any(group.is_answer for group in left):
            raise Drop("no_path", "none of the paths to the answer was kept")
        return [draft.noting(paths=plain(left))]

    def _asked(self, draft: Draft, kit: Kit, role: str, group: PathGroup) -> Making[PathGroup]:
        lines = "\n".join(f"{number}. {path.line}" for number, path in enumerate(group.paths, 1))
        text = fill(Prompt.named(self.PROMPT), {"question": draft.asked.question.text, "paths": lines, "n": str(self.n)})
        numbers = yield from ask_read(kit, role, draft, text, lambda said: self._numbers(said, len(group.paths)))
        return replace(group, paths=tuple(group.paths[number - 1] for number in numbers))

    def _numbers(self, said: str, n_paths: int) -> list[int]:
        numbers = json_in(said).get("keep")
        if not isinstance(numbers, list) or not all(type(each) is int and 1 <= each <= n_paths for each in numbers):
            raise Drop("wrong_shape", f"keep: {numbers!r} is no list of numbers from 1 to {n_paths}")
        distinct = sorted(dict.fromkeys(numbers))
        if len(distinct) > self.n:
            raise Drop("wrong_shape", f"keep: {len(distinct)} paths where at most {self.n} may be kept")
        return distinct
