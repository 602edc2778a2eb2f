"""Rewrite: the steps of a trace become one natural monologue, and a response is written from it (HuatuoGPT-o1, arXiv 2412.18925).

The published code asks that the monologue have more than one line and takes the response as it comes; ours is read and judged again."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.codec import SectionCodec, ThinkCodec
from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT
from osler.core.trace import Ending, Step, Trace
from osler.core.verdict import Outcome
from osler.synthesise.asking import N_TRIES, ask_read
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.solve.revise import LABEL_GUIDED
from osler.synthesise.solve.told import closing, question_text
from osler.synthesise.solve.verifying import MOST_JUDGING, verified

REWRITTEN = "rewritten"
"""Flag of a trace that was rewritten."""

_CODECS = (ThinkCodec(), SectionCodec())


@dataclass(frozen=True, config=STRICT)
class Rewrite:
    """Of a draft's traces the first right one, or where none is the first `label_guided` one, rewritten by `role`; the others go. A draft
    without either is dropped as `keep` drops it.

    What is no longer right afterwards drops the draft as `rewrite_wrong`, and what cannot be used with its own reason: `one_line`,
    `malformed` (headings or tags in it) and those of every ask. `is_original_kept`: the trace stays as it was instead, and the note
    `rewrite` has the reason. A label-guided trace has no verdict afterwards either. `judge_role` as in `revise`."""

    kind: Literal["rewrite"] = "rewrite"
    role: str = "teacher"
    judge_role: str | None = None
    is_original_kept: bool = False
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role, *((self.judge_role,) if self.judge_role else ()))

    @property
    def most_calls(self) -> int:
        return 2 * N_TRIES + (MOST_JUDGING if self.judge_role else 0)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        original = _chosen(draft)
        try:
            rewritten = yield from self._rewritten(draft, kit, original)
        except Drop as drop:
            if drop.reason == "errored" or not self.is_original_kept:
                raise
            return [replace(draft, authored=(original,)).noting(rewrite=drop.reason)]
        return [replace(draft, authored=(rewritten,))]

    def _rewritten(self, draft: Draft, kit: Kit, original: Authored) -> Making[Authored]:
        item = draft.asked
        asked = question_text(item.question)
        reasoning = "\n\n".join([*original.steps, *([original.response] if original.response else [])])
        text = fill(Prompt.named("rewrite_monologue"), {"question": asked, "reasoning": reasoning})
        monologue = yield from ask_read(kit, self.role, draft, text, _monologue)
        parts = {"question": asked, "thought": monologue, "closing": closing(item.question)}
        response = yield from ask_read(kit, self.role, draft, fill(Prompt.named("rewrite_response"), parts), _plain)
        reading = kit.policy(self.role).reader.read(response, item.question)
        trace = Trace(item.question, _steps(monologue), response, Ending.FINISHED, reading=reading)
        outcome = yield from verified(kit, draft, trace, item, self.judge_role)
        if outcome is not Outcome.RIGHT:
            raise Drop("rewrite_wrong", f"{outcome}: {response[-200:]}")
        return Authored.of(trace, self.role, original.outcome, (*original.flags, REWRITTEN))


def _chosen(draft: Draft) -> Authored:
    fit = [*(each for each in draft.authored if each.is_right), *(each for each in draft.authored if LABEL_GUIDED in each.flags)]
    if not fit:
        is_read = any(each.answer is not None for each in draft.authored)
        raise Drop("no_trace" if not draft.authored else "wrong" if is_read else "unread", f"{len(draft.authored)} traces")
    return fit[0]


def _monologue(said: str) -> str:
    if "\n" not in said:
        raise Drop("one_line", said[:200])
    return _plain(said)


def _plain(said: str) -> str:
    """A text that every codec which keeps thought and response apart can hold, in either place."""
    steps = _steps(said)
    for codec in _CODECS:
        for response in (said, "A response."):
            parsed = codec.parse(codec.render(steps, response))
            if parsed is None or (parsed.steps, parsed.response) != (steps, response):
                raise Drop("malformed", said[:200])
    return said


def _steps(said: str) -> tuple[Step, ...]:
    """Paragraphs; lines where there is no blank one."""
    parts = re.split(r"\n\s*\n", said)
    return tuple(Step(part.strip()) for part in (parts if len(parts) > 1 else said.splitlines()) if part.strip())
