"""Responses from anywhere become verdicts: read without a key, then judged. No model and no run of ours is needed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from osler.core.model import Finish
from osler.core.question import Item, Key, Question
from osler.core.reading import Abstention, Reader, Reading
from osler.core.response import Response
from osler.core.verdict import Judge, Outcome, Verdict
from osler.evaluate.grade import Graded

_CUT = {Abstention.NO_ANSWER, Abstention.EMPTY}


class ModelJudge(Protocol):
    """A judge that asks a language model, about many readings at once. An abstention is not asked about; a reply of the model that cannot
    be read makes an unjudged verdict, never an exception."""

    def judge_all(self, asked: Sequence[tuple[Question, Reading, Key]]) -> list[Verdict]: ...


AnyJudge = Judge | ModelJudge


def read_response(question: Question, response: Response, reader: Reader) -> Reading:
    """What the response answers. One that failed is ERRORED, and one that the token limit cut before its answer is TRUNCATED."""
    if response.finish is Finish.ERROR or response.error:
        return Reading(abstention=Abstention.ERRORED, method="finish")
    reading = reader.read(response.text, question)
    if reading.abstention in _CUT and response.finish is Finish.LENGTH:
        return Reading(abstention=Abstention.TRUNCATED, method="finish")
    return reading


def grade_responses(answered: Sequence[tuple[Item, Response]], reader: Reader, judges: Mapping[str, AnyJudge]) -> list[Graded]:
    """A verdict per pair, in their order. `judges` maps a key's `kind` to the judge for it; a kind without one is UNJUDGED."""
    readings = [read_response(item.question, response, reader) for item, response in answered]
    verdicts: dict[int, Verdict] = {}
    for kind in {item.key.kind for item, _ in answered}:
        places = [place for place, (item, _) in enumerate(answered) if item.key.kind == kind]
        asked = [(answered[place][0].question, readings[place], answered[place][0].key) for place in places]
        verdicts.update(zip(places, judge_all(judges.get(kind), asked), strict=True))
    return [graded_response(item, response, verdicts[place]) for place, (item, response) in enumerate(answered)]


def judge_all(judge: AnyJudge | None, asked: Sequence[tuple[Question, Reading, Key]]) -> list[Verdict]:
    """A verdict for each; UNJUDGED where there is no judge, except for what was not answered at all."""
    if judge is None:
        return [_unjudged(reading) for _, reading, _ in asked]
    if hasattr(judge, "judge_all"):
        return judge.judge_all(asked)
    return [judge.judge(reading, key) for _, reading, key in asked]


def graded_response(item: Item, response: Response, verdict: Verdict, *, confidence: float | None = None) -> Graded:
    reading = verdict.reading
    is_truncated = response.finish is Finish.LENGTH or reading.abstention is Abstention.TRUNCATED
    return Graded(
        response.system,
        item.id,
        item.group,
        verdict.outcome,
        verdict.reason,
        reading.value,
        is_truncated,
        response.n_tokens,
        cluster=item.cluster,
        sample=response.sample,
        method=reading.method,
        rival=reading.rival,
        seconds=response.seconds,
        cost=response.cost,
        n_characters=len(response.text) if response.text else None,
        confidence=confidence,
        is_recorded_right=response.recorded.is_right,
        marks=verdict.marks,
    )


def without_response(items: Sequence[Item], graded: Sequence[Graded], systems: Sequence[str]) -> Iterator[Graded]:
    """A verdict for every item that a system has no response to: not answered, and so in the denominator."""
    answered = {(row.system, row.item_id) for row in graded}
    for system in systems:
        for item in items:
            if (system, item.id) not in answered:
                yield Graded(
                    system, item.id, item.group, Outcome.NO_ANSWER, NO_RESPONSE, None, False, None, cluster=item.cluster, method=NO_RESPONSE
                )


NO_RESPONSE = "no_response"
NO_JUDGE = "no_judge"


def recorded_letter(item: Item, key: str | None) -> str | None:
    """The letter that whoever made a response held to be right, also where they wrote the text of that option. None where they recorded
    nothing, or something else (a position may be counted from 0 or from 1)."""
    written = (key or "").strip()
    bare = written.strip("().[] ").upper()
    if len(bare) == 1 and "A" <= bare <= "Z":
        return bare
    return next((letter for letter, text in item.question.options.items() if text.casefold() == written.casefold()), None)


def _unjudged(reading: Reading) -> Verdict:
    if reading.abstention:
        return Verdict(Outcome.NO_ANSWER, reading, reading.abstention.value)
    return Verdict(Outcome.UNJUDGED, reading, NO_JUDGE)
