"""A record for a terminal. Whatever a model or a book wrote is text and nothing else: it is neither markup nor obeyed by the terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from osler.report.numbers import harmless
from osler.report.record_view import PassageView, RecordView, TraceView


def record_text(record: RecordView, number: int) -> Group:
    """One record with everything that is known of it."""
    return Group(*_parts(record, number))


def _parts(record: RecordView, number: int) -> Iterator[RenderableType]:
    yield _text(f"{number}. {record.id or 'no id'}", "bold reverse")
    if record.dropped:
        block, reason, detail = record.dropped
        yield _named("dropped by", f"{block}: {reason}", "bold")
        if detail:
            yield _inside(_text(detail))
    yield from (_named(name, value) for name, value in record.facts)
    if record.question:
        yield from (
            _heading(f"question{' (AI-written, from the passage)' if record.is_ai_question else ''}"),
            _inside(_text(record.question)),
        )
    for option in record.options:
        yield _inside(_text(f"{'*' if option.is_key else ' '} {option.letter}. {option.text}", "bold" if option.is_key else ""))
    if record.key:
        yield _named("key", record.key, "bold")
    for passage in record.passages:
        yield from (_heading(f"passage {passage.title}"), _inside(_spanned(passage)))
    for trace in record.traces:
        yield from _trace(trace, "trace")
    for preference in record.preferences:
        yield _heading(f"preference by {preference.rule}")
        yield from _trace(preference.chosen, "chosen")
        yield from _trace(preference.rejected, "rejected")
    for role, content in record.turns:
        yield from (_heading(role), _inside(_text(content)))
    yield from (_named(name, value) for name, value in record.fields)
    yield Text("")


def _trace(trace: TraceView, name: str) -> Iterator[RenderableType]:
    written = f"{name} by {trace.who}{' (AI-written)' if trace.is_ai else ''}"
    yield _heading(" · ".join(filter(None, (written, trace.verdict, f"answer {trace.answer}" if trace.answer else "", *trace.flags))))
    for number, step in enumerate(trace.steps, 1):
        yield _inside(_text(f"{number}.{f' [{step.label}]' if step.label else ''} {step.text}"))
    if trace.response:
        yield _inside(_text(trace.response))
    if trace.raw:
        yield _inside(_text(trace.raw, "dim"))


def _spanned(passage: PassageView) -> Text:
    """The supporting span stands out, on a terminal without colours too."""
    text = Text(overflow="fold")
    for part in passage.parts:
        text.append_text(_text(f"⟦{part.text}⟧", "bold underline") if part.is_support else _text(part.text))
    return text


def _named(name: str, value: str, style: str = "") -> Text:
    return _text(f"{name}: ", "dim").append_text(_text(value, style))


def _heading(name: str) -> RenderableType:
    return Padding(_text(name, "bold"), (1, 0, 0, 0))


def _inside(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2))


def _text(text: str, style: str = "") -> Text:
    return Text(harmless(text), style, overflow="fold")
