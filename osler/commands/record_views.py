"""Lines of JSONL files of ours as views: drafts, dropped drafts, traces of a search, exports; anything else field by field."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter

from osler.core.question import ClaimsKey, Item, NumberKey, RankedListKey, RubricKey
from osler.core.trace import Ending
from osler.report.numbers import shortened
from osler.report.record_view import OptionView, PartView, PassageView, PreferenceView, RecordView, StepView, TraceView
from osler.stages.carding import BY_NO_MODEL
from osler.synthesise.draft import Authored, Draft, DroppedDraft
from osler.synthesise.exporting.grpo import answers
from osler.synthesise.harvest import TraceRecord

Row = Mapping[str, Any]

MAX_NOTE = 400
"""Of a longer note, such as a tree, the beginning is shown; `--json` has all of it."""

_DRAFT: TypeAdapter[Draft] = TypeAdapter(Draft)
_DROPPED: TypeAdapter[DroppedDraft] = TypeAdapter(DroppedDraft)
_TRACE: TypeAdapter[TraceRecord] = TypeAdapter(TraceRecord)
_ITEM: TypeAdapter[Item] = TypeAdapter(Item)


def is_draft(row: Row) -> bool:
    return {"id", "origin"} <= row.keys()


def is_dropped(row: Row) -> bool:
    return {"draft", "block", "reason"} <= row.keys()


def id_of(row: Row) -> str:
    """The id of a line: its own, that of its draft or of its question; empty where it has none."""
    for at in (row, row.get("draft"), row.get("question")):
        if isinstance(at, Mapping) and isinstance(at.get("id"), str):
            return str(at["id"])
    return ""


def view(row: Row) -> RecordView:
    """Raises pydantic's ValidationError where a line has the fields of a kind of ours, but not their content."""
    if is_dropped(row):
        dropped = _DROPPED.validate_python(row)
        seen = _of_draft(dropped.draft)
        return RecordView(**{**vars(seen), "dropped": (dropped.block, dropped.reason, dropped.detail)})
    if is_draft(row):
        return _of_draft(_DRAFT.validate_python(row))
    if {"id", "steps", "is_right", "n_tokens"} <= row.keys():
        return _of_trace(_TRACE.validate_python(row))
    if {"question", "key"} <= row.keys():
        item = _ITEM.validate_python(row)
        return RecordView(item.id, **_asked(item))
    return _of_fields(row)


def _of_draft(draft: Draft) -> RecordView:
    return RecordView(
        draft.id,
        facts=tuple(_facts(draft)),
        **(_asked(draft.item) if draft.item else {}),
        is_ai_question=bool(draft.item and draft.passages and draft.passages[0].id == draft.origin.place),
        passages=tuple(_passages(draft)),
        traces=tuple(map(_authored, draft.authored)),
        preferences=tuple(PreferenceView(each.rule, _authored(each.chosen), _authored(each.rejected)) for each in draft.preferences),
    )


def _facts(draft: Draft) -> Iterator[tuple[str, str]]:
    yield "source", draft.origin.source
    if draft.origin.place != draft.id:
        yield "place", draft.origin.place
    yield "licence", draft.origin.licence or "not stated"
    if draft.item and draft.item.group:
        yield "group", draft.item.group
    for name, note in draft.notes.items():
        yield name, shortened(note if isinstance(note, str) else _json(note), MAX_NOTE)


def _asked(item: Item) -> dict[str, Any]:
    right = answers(item.key) if item.key.kind in ("choice", "multi") else []
    options = tuple(OptionView(letter, text, letter in right) for letter, text in item.question.options.items())
    return {"question": item.question.text, "options": options, "key": _key(item)}


def _key(item: Item) -> str:
    match item.key:
        case NumberKey(low=low, high=high, unit=unit) if low is not None:
            return f"{low:g} to {high:g} {unit}".rstrip()
        case NumberKey(tolerance=tolerance) if tolerance:
            return f"{answers(item.key)[0]} (± {tolerance:g})"
        case RankedListKey(entries=entries):
            return ", ".join(entries)
        case RubricKey(must_have=must_have):
            return "; ".join(must_have)
        case ClaimsKey():
            return "judged claim by claim"
    return ", ".join(answers(item.key)) or "none of them"


def _passages(draft: Draft) -> Iterator[PassageView]:
    for number, passage in enumerate(draft.passages):
        spans = [draft.origin.span, *draft.notes.get("quotes", ())] if number == 0 else []
        yield PassageView(" > ".join((*passage.heading, passage.id)), tuple(_parts(passage.text, [tuple(span) for span in spans if span])))


def _parts(text: str, spans: Sequence[tuple[int, ...]]) -> Iterator[PartView]:
    """The text cut at the spans, each part with whether it lies in one."""
    cuts = sorted({0, len(text), *(min(at, len(text)) for span in spans for at in span)})
    for start, end in pairwise(cuts):
        yield PartView(text[start:end], any(first <= start and end <= last for first, last in spans))


def _authored(authored: Authored) -> TraceView:
    labels = authored.labels or ("",) * len(authored.steps)
    written = zip(authored.steps, labels, strict=False)
    ending = () if authored.ending is Ending.FINISHED else (f"ended: {authored.ending}",)
    return TraceView(
        who=authored.author,
        steps=tuple(StepView(step, _label(label)) for step, label in written),
        response=authored.response,
        answer=authored.answer or (f"none read: {authored.abstention}" if authored.abstention else ""),
        verdict=str(authored.outcome or "not judged"),
        flags=(*authored.flags, *ending),
        raw=authored.raw,
        is_ai=authored.author not in BY_NO_MODEL,
    )


def _label(label: float | str | None) -> str:
    return "masked" if label is None else label if isinstance(label, str) else f"{label:.2f}"


def _of_trace(record: TraceRecord) -> RecordView:
    verdict = "right" if record.is_right else "wrong"
    facts = (("tokens", str(record.n_tokens)),)
    trace = TraceView("search", tuple(map(StepView, record.steps)), record.response, verdict=verdict, is_ai=True)
    return RecordView(record.id, facts, traces=(trace,))


def _of_fields(row: Row) -> RecordView:
    """Messages are turns, whatever they are called; everything else is a field."""
    turns: list[tuple[str, str]] = []
    fields: list[tuple[str, str]] = []
    for name, value in row.items():
        if _is_turns(value):
            turns += [
                (message["role"] if name in ("messages", "prompt") else f"{name}: {message['role']}", message["content"])
                for message in value
            ]
        elif name != "id":
            fields.append((name, value if isinstance(value, str) else _json(value)))
    return RecordView(id_of(row), turns=tuple(turns), fields=tuple(fields))


def _is_turns(value: Any) -> bool:
    is_list = isinstance(value, list) and bool(value)
    return is_list and all(isinstance(each, Mapping) and {"role", "content"} <= each.keys() for each in value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
