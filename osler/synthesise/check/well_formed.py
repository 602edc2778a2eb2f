"""Well formed: of the traces of a draft those that are reasoning to learn from, whatever they answer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT, Question
from osler.core.trace import Ending
from osler.synthesise.block import Kit, Making
from osler.synthesise.check.injection import injected_spans
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.quoting import folded

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, config=STRICT)
class WellFormed:
    """Passes on the traces that have ended by themselves (else `unfinished`), can be read and answer (`unread`), at least `min_steps` steps
    (`few_steps`) and `min_words` words (`short`), at most `max_words` (`long`), no step twice (`repeats`), an answer that the first step
    does not state already (`answer_first`, read as the answers of `role` are, who is not asked), and no words to a machine (`injected`).
    A draft without one left is dropped with the reason of the first; one without any trace as `no_trace`. The note `ill_formed` counts
    what went, by reason.

    Meerkat (arXiv 2404.00376) keeps explanations that are right "and well formed": what that means is not published; this is ours."""

    kind: Literal["well_formed"] = "well_formed"
    role: str = "teacher"
    min_steps: Count = 2
    min_words: Count = 20
    max_words: Count = 4000
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    @property
    def most_calls(self) -> int:
        return 0

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        if not draft.authored:
            raise Drop("no_trace")
        found = [self._fault(authored, draft.asked.question, kit) for authored in draft.authored]
        kept = tuple(authored for authored, fault in zip(draft.authored, found, strict=True) if fault is None)
        faults = [fault for fault in found if fault is not None]
        if not kept:
            raise Drop(faults[0], f"{len(faults)} traces: {', '.join(faults)}")
        counts = {fault: faults.count(fault) for fault in sorted(set(faults))}
        return [replace(draft, authored=kept).noting(**({"ill_formed": counts} if counts else {}))]

    def _fault(self, authored: Authored, question: Question, kit: Kit) -> str | None:
        """Why the trace is not well formed, the first reason that holds."""
        steps = authored.steps
        n_words = sum(len(text.split()) for text in (*steps, authored.response))
        faults = (
            ("unfinished", authored.ending in (Ending.OPEN, Ending.LENGTH, Ending.ERROR)),
            ("unread", authored.ending is not Ending.FINISHED or authored.answer is None),
            ("few_steps", len(steps) < self.min_steps),
            ("short", n_words < self.min_words),
            ("long", n_words > self.max_words),
            ("repeats", len({folded(step) for step in steps}) < len(steps)),
            ("answer_first", len(steps) > 1 and kit.policy(self.role).reader.read(steps[0], question).value is not None),
            ("injected", any(injected_spans(text, may_answer=True) for text in steps)),
        )
        return next((name for name, is_so in faults if is_so), None)
