"""Write from paths: a trace in three sections, paths, reasoning and conclusion, on the ground of a graph."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT
from osler.core.trace import Ending, Step, Trace
from osler.synthesise.asking import ask_read, judged
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.grounded.asked import parts_of
from osler.synthesise.grounded.by_rule import written_by_rule
from osler.synthesise.grounded.link import answer_texts
from osler.synthesise.grounded.notes import groups_of
from osler.synthesise.grounded.sections import Sections, sections_in


@dataclass(frozen=True, config=STRICT)
class WriteFromPaths:
    """One trace by `role`: its steps are the paths that it uses and the paragraphs of its reasoning, its response is the conclusion, judged
    against the key.

    The role is given the question and the paths of the note `paths`, and not the key. MedReason's published code gives it the answer and
    tells it to reason as if it were unknown: `is_answer_shown` does the same, and flags the trace `answer_shown`. What is not shown cannot
    be copied, and a wrong conclusion is then found and dropped. A path that ends at the right answer still tells something of it: link with
    `has_options`, and every option has its paths. Without a role a rule writes (`written_by_rule`), to try a recipe out with no model."""

    kind: Literal["write_from_paths"] = "write_from_paths"
    role: str | None = "teacher"
    is_answer_shown: bool = False
    needs: ClassVar[tuple[str, ...]] = ()

    PROMPT: ClassVar[str] = "paths_write"
    SHOWN: ClassVar[str] = "paths_write_to"

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,) if self.role else ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        item = draft.asked
        if self.role:
            sections = yield from self._asked(draft, kit, self.role)
            reading = kit.policy(self.role).reader.read(sections.conclusion, item.question)
        else:
            sections, reading = written_by_rule(draft)
        trace = Trace(item.question, tuple(map(Step, sections.steps)), sections.conclusion, Ending.FINISHED, reading=reading)
        flags = ("answer_shown",) if self.is_answer_shown else ()
        return [draft.with_authored(Authored.of(trace, self.role or "rule", judged(kit, trace, item), flags))]

    def _asked(self, draft: Draft, kit: Kit, role: str) -> Making[Sections]:
        lines = dict.fromkeys(path.line for group in groups_of(draft) for path in group.paths)
        parts = {**parts_of(draft.asked.question), "paths": "\n".join(lines)}
        if self.is_answer_shown:
            parts["answer"] = "; ".join(answer_texts(draft.asked))
        text = fill(Prompt.named(self.SHOWN if self.is_answer_shown else self.PROMPT), parts)
        return (yield from ask_read(kit, role, draft, text, sections_in))
