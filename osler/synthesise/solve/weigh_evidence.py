"""An evidence-based diagnostic chain: a case is told part by part, and at each part candidates are weighed by what was quoted from it.

WiNGPT-3.0 (arXiv 2505.17387) trains on simulated chains of diagnostic evidence; how they are made is not published. This is ours.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, Question, Text
from osler.core.trace import Ending, Step, Trace
from osler.knowledge.textbooks.sentences import sentence_spans
from osler.synthesise.asking import ask_json, ask_read, judged
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.quoting import quoted_span


@dataclass(frozen=True)
class WeighedCandidate:
    name: Text
    supports: tuple[Text, ...] = ()
    opposes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Weighed:
    candidates: Annotated[tuple[WeighedCandidate, ...], Field(min_length=1)]


@dataclass(frozen=True, config=STRICT)
class WeighEvidence:
    """The sentences of the question are told in `n_parts` parts; the last sentence is shown each time as what will be asked. At each part
    `role` names candidates with what supports and what opposes them, quoted. A quote that does not stand in what is known by then goes, and
    so does a candidate without any left (`unsupported` where none is left at all). Each part becomes a step; then `role` concludes without
    the key, and is judged. The note `evidence_shares` has for each part the share of quotes that stood in the case."""

    kind: Literal["weigh_evidence"] = "weigh_evidence"
    role: str = "teacher"
    n_parts: Annotated[int, Field(ge=1)] = 3
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        question = draft.asked.question
        options = "".join(f"\n{letter}. {text}" for letter, text in question.options.items())
        told, asked = _told(question.text, self.n_parts)
        steps: list[str] = []
        shares: list[float] = []
        for known in told:
            text = fill(Prompt.named("weigh_evidence"), {"known": known, "question": asked, "options": options})
            weighed = yield from ask_json(kit, self.role, draft, text, Weighed)
            step, share = _weighed_step(weighed, known)
            steps.append(step)
            shares.append(share)
        trace = yield from self._concluded(draft, kit, question, options, steps)
        authored = Authored.of(trace, self.role, judged(kit, trace, draft.asked))
        return [draft.with_authored(authored).noting(evidence_shares=shares)]

    def _concluded(self, draft: Draft, kit: Kit, question: Question, options: str, steps: Sequence[str]) -> Making[Trace]:
        form = "the letter of the option" if options else "the answer itself"
        parts = {"question": question.text, "options": options, "so_far": "\n\n".join(steps), "form": form}
        closing = yield from ask_read(kit, self.role, draft, fill(Prompt.named("pathway_close"), parts), lambda said: said)
        reading = kit.policy(self.role).reader.read(closing, question)
        return Trace(question, tuple(map(Step, steps)), closing, Ending.FINISHED, reading=reading)


def _told(text: str, n_parts: int) -> tuple[list[str], str]:
    """What is known after each part, each with all before it; and the sentence that asks. Fewer parts where there are fewer sentences."""
    spans = sentence_spans(text)
    if len(spans) < 2:
        return [text], text
    *case, asking = spans
    n = min(n_parts, len(case))
    ends = [case[(number * len(case)) // n - 1][1] for number in range(1, n + 1)]
    return [text[:end].strip() for end in ends], text[asking[0] : asking[1]].strip()


def _weighed_step(weighed: Weighed, known: str) -> tuple[str, float]:
    """The step in words, and the share of its quotes that stand in what is known."""
    said: list[str] = []
    n_quotes = n_found = 0
    for candidate in weighed.candidates:
        sides = []
        for word, quotes in (("supported", candidate.supports), ("opposed", candidate.opposes)):
            found = [quote for quote in quotes if quoted_span(quote, known)]
            n_quotes, n_found = n_quotes + len(quotes), n_found + len(found)
            sides += [f"{word} by {', '.join(found)}"] if found else []
        if sides:
            said.append(f"{candidate.name} is {'; '.join(sides)}.")
    if not said:
        raise Drop("unsupported", f"none of {n_quotes} quotes stands in the case")
    return " ".join(said), n_found / n_quotes
