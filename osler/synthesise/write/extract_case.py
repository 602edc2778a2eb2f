"""Case reports become items with the clinicians' own, quoted reasoning (MedCaseReasoning, arXiv 2505.11733), and a trace stitched of it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, Item, Question, Text, TextKey
from osler.core.verdict import Outcome
from osler.synthesise.asking import ask_json, ask_read
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.quoting import folded, quoted_span
from osler.synthesise.write.case_reports import cleaned_report
from osler.synthesise.write.write_pairs import passage_of

ASKS = "What is the most likely diagnosis?"


@dataclass(frozen=True)
class QuotedPoint:
    point: Text
    quote: Text


@dataclass(frozen=True)
class QuotedCase:
    case: Text
    diagnosis: Text
    reasoning: tuple[QuotedPoint, ...]


@dataclass(frozen=True, config=STRICT)
class ExtractCase:
    """`role` takes the case, the diagnosis and the quoted reasons from a report, the draft's first passage.

    A point whose quote does not stand in the report goes; with fewer than `min_points` left the draft is dropped (`too_few_points`). So it
    is where the case tells the diagnosis (`states_diagnosis`), or the report does not name it (`unnamed_diagnosis`). The points are the
    trace; the note `quotes` has each point's characters in the cleaned report, which becomes the passage. `min_points` is ours."""

    kind: Literal["extract_case"] = "extract_case"
    role: str = "teacher"
    min_points: Annotated[int, Field(ge=1)] = 3
    prompt: str = "extract_case"
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        report = cleaned_report(passage_of(draft))
        found = yield from ask_json(kit, self.role, draft, fill(Prompt.named(self.prompt), {"report": report}), QuotedCase)
        if quoted_span(found.diagnosis, report) is None:
            raise Drop("unnamed_diagnosis", found.diagnosis)
        if folded(found.diagnosis) in folded(found.case):
            raise Drop("states_diagnosis", found.diagnosis)
        placed = [(each.point, span) for each in found.reasoning if (span := quoted_span(each.quote, report))]
        if len(placed) < self.min_points:
            raise Drop("too_few_points", f"{len(placed)} of {len(found.reasoning)} points have a quote of the report")
        item = Item(Question(draft.id, f"{found.case} {ASKS}", kind="text"), TextKey(found.diagnosis))
        trace = Authored(
            "clinicians",
            tuple(point for point, _ in placed),
            f"The answer is {found.diagnosis}.",
            answer=found.diagnosis,
            outcome=Outcome.RIGHT,
        )
        passage = replace(draft.passages[0], text=report, start=0, end=len(report))
        made = replace(draft, item=item, passages=(passage, *draft.passages[1:]), authored=(trace,))
        return [made.noting(quotes=[list(span) for _, span in placed], n_points_without_quote=len(found.reasoning) - len(placed))]


@dataclass(frozen=True, config=STRICT)
class StitchPoints:
    """`role` writes the points of each trace as one fluent text, numbering them as it goes, so that it can be seen that every point is made
    once and in order; else the draft is dropped, as `points_differ`. The numbers are taken out again."""

    kind: Literal["stitch_points"] = "stitch_points"
    role: str = "teacher"
    prompt: str = "stitch_points"
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        case = draft.asked.question.text.removesuffix(ASKS).strip()
        stitched: list[Authored] = []
        for each in draft.authored:
            points = "\n".join(f"{number}. {step}" for number, step in enumerate(each.steps, 1))
            text = fill(Prompt.named(self.prompt), {"case": case, "points": points})
            steps = yield from ask_read(kit, self.role, draft, text, partial(_stitched, n_points=len(each.steps)))
            stitched.append(replace(each, steps=steps, flags=(*each.flags, "stitched")))
        return [replace(draft, authored=tuple(stitched))]


def _stitched(said: str, n_points: int) -> tuple[str, ...]:
    numbers = [int(number) for number in re.findall(r"\[(\d+)\]", said)]
    if numbers != list(range(1, n_points + 1)):
        raise Drop("points_differ", f"{n_points} points, made as {numbers}")
    plain = re.sub(r"\s*\[\d+\]", "", said)
    return tuple(" ".join(part.split()) for part in re.split(r"\n\s*\n", plain) if part.strip())
