"""Revise: a role answers, and while it is wrong it takes its own trace up again, as HuatuoGPT-o1 makes its long traces (arXiv 2412.18925).

Different from the published code: a trace that was written with the answer told counts only where it states that answer, and even then
nobody says that it was verified. There it was taken as it came."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, Item
from osler.core.trace import Trace
from osler.core.verdict import Outcome
from osler.search.revise import Revision, revisions_of
from osler.synthesise.asking import sample, searched
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.solve.acts import acts_of, is_complete
from osler.synthesise.solve.told import key_text
from osler.synthesise.solve.verifying import MOST_JUDGING, can_verify, verified

LABEL_GUIDED, REVISED = "label_guided", "revised"
"""Flags of traces: written by somebody who was told the answer; taken up again after a wrong one, with a flag for each way."""


@dataclass(frozen=True, config=STRICT)
class Revise:
    """`role` searches by `strategy` until it is right. `judge_role` says what is right where the key's judge does not: names in other
    words, free answers. All its distinct traces go on with the draft, wrong ones too.

    `is_guided`: where nothing was right, `role` is told the answer and explains it. That trace has the flag `label_guided`, and no verdict.

    The note `revised` has by role how many traces were drawn, how many were right, the tokens, and of the right one its ways, its acts, and
    whether they close as the published rule wants."""

    kind: Literal["revise"] = "revise"
    role: str = "teacher"
    strategy: Revision = Revision()
    judge_role: str | None = None
    is_guided: bool = False
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role, *((self.judge_role,) if self.judge_role else ()))

    @property
    def most_calls(self) -> int:
        n_traces = self.strategy.max_requests + self.is_guided
        return n_traces * (1 + (MOST_JUDGING if self.judge_role else 0))

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        item = draft.asked
        if not can_verify(kit, item, self.judge_role):
            raise Drop("no_judge", f"nobody says whether an answer to a {item.key.kind} key is right")
        outcomes: dict[tuple[object, ...], Outcome] = {}

        def scoring(traces: Sequence[Trace]) -> Making[list[tuple[float, ...]]]:
            for trace in traces:
                outcomes[trace.steps, trace.response] = yield from verified(kit, draft, trace, item, self.judge_role)
            return [(float(outcomes[trace.steps, trace.response] is Outcome.RIGHT),) * len(trace.steps) for trace in traces]

        solution = yield from searched(kit, self.role, self.strategy, item.question, scoring=scoring)
        found: list[Authored] = []
        note: dict[str, Any] = {"n": solution.usage.n_calls, "n_right": 0, "tokens": solution.usage.completion_tokens}
        for trace in solution.candidates:
            outcome = outcomes.get((trace.steps, trace.response), Outcome.NO_ANSWER)
            ways = [revision.way for revision in revisions_of(trace, solution.candidates)]
            found.append(Authored.of(trace, self.role, outcome, (REVISED, *ways) if ways else ()))
            if outcome is Outcome.RIGHT:
                acts = acts_of(trace, solution.candidates)
                note |= {"n_right": 1, "ways": ways, "acts": list(acts), "is_complete": is_complete(acts)}
        if self.is_guided and not note["n_right"]:
            found += yield from self._guided(draft, kit, item)
        revised = {**draft.notes.get(REVISED, {}), self.role: note}
        return [draft.noting(revised=revised).with_authored(*found)]

    def _guided(self, draft: Draft, kit: Kit, item: Item) -> Making[list[Authored]]:
        """One trace by somebody who was told the answer; none where it does not state it."""
        told = key_text(item)
        if told is None:
            return []
        text = fill(Prompt.named("revise_guided"), {"question": item.question.text, "answer": told})
        asked = replace(item.question, text=text)
        [trace] = yield from sample(kit, self.role, asked, 1, first_sample=self.strategy.max_requests)
        trace = replace(trace, question=item.question)
        outcome = yield from verified(kit, draft, trace, item, self.judge_role)
        return [Authored.of(trace, self.role, None, (LABEL_GUIDED,))] if outcome is Outcome.RIGHT else []
