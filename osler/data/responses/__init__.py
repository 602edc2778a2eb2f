"""Responses of any model, by whatever wrote them down: one at a time, never a whole file in memory.

Everything is read as data: JSON, CSV and zip, and nothing that could run.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from osler.core.errors import RecordError, UserError
from osler.core.response import Response
from osler.data.responses.chat import chat, is_chat
from osler.data.responses.columns import ResponseColumns, by_columns, plain
from osler.data.responses.harness import is_samples, samples, task_of
from osler.data.responses.inspect_log import is_log, log, samples_of, zipped_rows
from osler.data.responses.own import is_own, own
from osler.data.responses.rows import BadLines, Row, rows

__all__ = ["FORMS", "Form", "ResponseColumns", "ResponseSettings", "read_responses"]


@dataclass(frozen=True)
class ResponseSettings:
    """How a file is read. `id` names the column of the item's id where it is not the usual one (for lm-evaluation-harness, say,
    `doc.question_id`). `columns` is the mapping for the form of that name. `filter` names the filter of lm-evaluation-harness whose answers
    are taken over as recorded; empty: that of the first row. `path` is the file's own, set by `read_responses`."""

    id: str = ""
    columns: ResponseColumns | None = None
    filter: str = ""
    path: Path = Path()

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(".gz").removesuffix(".jsonl").removesuffix(".json")


Numbered = Iterator[tuple[Response, bool]]
"""Responses, each with whether its row says which sample it is."""


def _mapped(row: Row, settings: ResponseSettings) -> Numbered:
    if settings.columns is None:
        raise UserError(f"{settings.path}: the form 'mapping' needs to know the columns; give at least those of the id and the text")
    return by_columns(row, settings.columns)


def _harness(row: Row, settings: ResponseSettings) -> Numbered:
    if settings.filter and row.record.get("filter", settings.filter) != settings.filter:
        return iter(())
    task = task_of(settings.name)
    return samples(row, settings.id, system=settings.path.absolute().parent.name if task else "", task=task)


@dataclass(frozen=True)
class Form:
    """One way of writing responses down: what it is in a few words, whether a row is of it, and how such a row is read."""

    what: str
    is_of: Callable[[Row], bool]
    read: Callable[[Row, ResponseSettings], Numbered]


FORMS: dict[str, Form] = {
    "osler": Form("solutions or traces of a run, or what `solve` wrote", is_own, lambda row, settings: own(row, settings.id)),
    "inspect": Form("a log of inspect_ai (.json, .eval)", is_log, lambda row, settings: log(row, settings.id)),
    "lm_eval": Form("a sample file of lm-evaluation-harness", is_samples, _harness),
    "chat": Form("messages, conversations or choices", is_chat, lambda row, settings: chat(row, settings.id)),
    "mapping": Form("any rows, by a mapping of columns", lambda row: False, _mapped),
    "plain": Form('{"id", "output"} and their like', lambda row: True, lambda row, settings: plain(row, settings.id)),
}
"""By name, in the order in which they are tried on the first row."""


def read_responses(
    path: Path, form: str | None = None, settings: ResponseSettings | None = None, *, bad: BadLines | None = None
) -> Iterator[Response]:
    """The responses of a file (or of a run folder: those of its `solutions.jsonl`), in order. Where `form` is left out, a mapping of
    columns or the first row tells it.

    Where rows do not number their samples, responses of one system to one item are numbered as they come. The system is empty where no row
    names it. A row that cannot be used raises RecordError with file:line, or is left in `bad`, where that is given, and passed over.
    """
    settings = replace(settings or ResponseSettings(), path=path / "solutions.jsonl" if path.is_dir() else path)
    if form is not None and form not in FORMS:
        raise UserError(f"{path}: there is no form {form!r}; choose among {', '.join(FORMS)}")
    if settings.columns is not None:
        form = form or "mapping"
    counts: dict[int, int] = {}
    for response, is_numbered in _responses(settings, form, bad):
        if not is_numbered:
            place = hash((response.system, response.item_id))  # a number for each, not its strings: there may be millions
            counts[place] = counts.get(place, -1) + 1
            response = replace(response, sample=counts[place]) if counts[place] else response
        yield response


def _responses(settings: ResponseSettings, form: str | None, bad: BadLines | None) -> Numbered:
    path = settings.path
    every = zipped_rows(path) if path.suffix.lower() == ".eval" else rows(path, bad)
    first = next(every, None)
    if first is None:
        return
    name = form or next(name for name, form in FORMS.items() if form.is_of(first))
    if name == "lm_eval" and not settings.filter:
        settings = replace(settings, filter=str(first.record.get("filter") or ""))
    for row in chain([first], every) if name != "inspect" else samples_of(chain([first], every)):
        try:
            yield from FORMS[name].read(row, settings)
        except RecordError as error:
            if bad is None:
                raise _named(error, name, form) from error
            bad.append(error)


def _named(error: RecordError, name: str, form: str | None) -> RecordError:
    """The error with the form that was taken where the file, and not the person, told it."""
    return error if form else RecordError(f"{error} (read as {name!r}: {FORMS[name].what})")
