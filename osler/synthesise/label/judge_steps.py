"""Judge steps: a role that reads what was looked up marks every step of every trace (Med-PRM, arXiv 2506.11474, public code)."""

from collections.abc import Sequence
from dataclasses import dataclass as record
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.passage import Passage
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, Question
from osler.synthesise.asking import ask_json
from osler.synthesise.block import Kit, Making, together
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.label.marked_steps import balanced, marks_in, packed, shown, zero_after
from osler.synthesise.label.reflect import steps_text
from osler.synthesise.solve.searched_drafts import judged_traces
from osler.synthesise.solve.told import question_text

Count = Annotated[int, Field(ge=1)]


@record(frozen=True)
class Marks:
    """What a judge says: an entry for each step."""

    steps: list[Any]


@dataclass(frozen=True, config=STRICT)
class JudgeSteps:
    """`role` marks each step of each finished trace 1 or 0; after the first 0 all are 0. A mark that cannot be read is masked, and so are
    all of a trace whose reply cannot be used. The judge does not see the key; whether the published one does is not told.

    It reads what the retriever finds for the question and its options: of `n_passages` the first that fit whole into `max_tokens`
    (published: 4096 less 1024; here counted by an estimate). They become the draft's passages. Without `is_looked_up` it reads those that
    the draft has.

    `is_balanced`, as published: wrong solutions stay only with a 0 in them, right ones up to the number of these, or two. The first ones
    stay; what was published is not told. A draft is dropped `no_trace` where there is nothing to judge, and `unmarked` where nothing stays.
    """

    kind: Literal["judge_steps"] = "judge_steps"
    role: str = "judge"
    n_passages: Count = 32
    max_tokens: Count = 4096 - 1024
    is_looked_up: bool = True
    is_balanced: bool = True

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    @property
    def needs(self) -> tuple[str, ...]:
        return ("retriever",) if self.is_looked_up else ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        traces = list(judged_traces(draft))
        if not traces:
            raise Drop("no_trace", f"{len(draft.authored)} traces, none of them finished and judged")
        passages = packed(self._found(draft, kit), self.max_tokens)
        labels = yield from together([self._marks(kit, draft, trace, passages) for trace in traces])
        rest = iter(labels)
        marked = [replace(each, labels=zero_after(next(rest))) if each in traces else each for each in draft.authored]
        stay, left_out = balanced(marked) if self.is_balanced else (marked, {})
        if not stay:
            raise Drop("unmarked", ", ".join(f"{n} {reason}" for reason, n in left_out.items()))
        n_unread = sum(label is None for each in labels for label in each)
        note = {"passages": [passage.id for passage in passages], "n_traces": len(traces), "n_unread": n_unread, "left_out": left_out}
        kept = draft.noting(judged_steps=note)
        return [replace(kept, authored=tuple(stay), passages=tuple(passages) if self.is_looked_up else draft.passages)]

    def _found(self, draft: Draft, kit: Kit) -> list[Passage]:
        if not self.is_looked_up or kit.retriever is None:
            return list(draft.passages)
        [evidence] = kit.retriever.retrieve([question_text(draft.asked.question)], self.n_passages)
        return [each.passage for each in evidence]

    def _marks(self, kit: Kit, draft: Draft, authored: Authored, passages: Sequence[Passage]) -> Making[tuple[float | None, ...]]:
        text = _filled(draft.asked.question, authored.steps, passages)
        try:
            marks = yield from ask_json(kit, self.role, draft, text, Marks)
        except Drop as drop:
            if drop.reason == "errored":
                raise
            return (None,) * len(authored.steps)
        return marks_in(marks.steps, len(authored.steps))


def _filled(question: Question, steps: Sequence[str], passages: Sequence[Passage]) -> str:
    numbered = "\n\n".join(f"[{number}] {shown(passage)}" for number, passage in enumerate(passages, 1)) or "(none)"
    return fill(Prompt.named("judge_steps"), {"passages": numbered, "question": question_text(question), "steps": steps_text(steps)})
