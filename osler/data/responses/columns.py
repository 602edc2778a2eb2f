"""Which columns of a row make a response: by a mapping that the person gives, or by the names that such files usually have."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from osler.core.model import Finish
from osler.core.question import STRICT
from osler.core.response import Recorded, Response
from osler.data.responses.rows import Row

Names = Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


@dataclass(frozen=True, config=STRICT)
class ResponseColumns:
    """Names of columns; a dot goes into nested records (`usage.completion_tokens`). Where several are given, the first that a row has
    counts, but for `text`, all of which are joined by blank lines, and `system`, all of which are joined by blanks.

    `thinking` is put before the text in `<think>`. `samples` names a list of records, one per sample, in which the other columns are looked
    for before they are in the row. `answer`, `is_right` and `key` are what the maker of the response recorded.
    """

    id: Annotated[Names, Field(min_length=1)]
    text: Names = ()
    thinking: Names = ()
    system: Names = ()
    sample: Names = ()
    finish: Names = ()
    error: Names = ()
    n_tokens: Names = ()
    seconds: Names = ()
    cost: Names = ()
    answer: Names = ()
    is_right: Names = ()
    key: Names = ()
    option_logprobs: Names = ()
    samples: Names = ()


USUAL = ResponseColumns(
    id=("item_id", "question_id", "qid", "custom_id", "id", "metadata.id", "doc_id"),
    thinking=("reasoning_content", "reasoning", "thinking"),
    sample=("sample", "epoch"),
    finish=("finish_reason", "stop_reason", "finish"),
    error=("error",),
    n_tokens=("n_tokens", "usage.completion_tokens", "usage.output_tokens", "completion_tokens", "output_tokens"),
    seconds=("seconds", "latency_s"),
    cost=("cost", "usage.cost"),
    answer=("pred", "prediction", "predicted_answer", "extracted_answer", "model_answer"),
    is_right=("is_right", "is_correct"),
    key=("gold", "answer_idx", "target", "answer_key"),
    option_logprobs=("option_logprobs",),
)
"""The names that files of responses usually have. Names that mean one thing here and another there (`correct`, `run`) have to be mapped."""


@cache
def usual(id: str, system: str) -> ResponseColumns:
    """The usual names, with the id's column where the person named it, and the one that has the system."""
    return replace(USUAL, id=(id,) if id else USUAL.id, system=(system,) if system else ())


def system_column(row: Row, names: tuple[str, ...]) -> str:
    return next((name for name in names if isinstance(row.get(name), str)), "")


_FINISHES = {
    **dict.fromkeys(("end", "stop", "eos", "end_turn", "eos_token", "completed"), Finish.END),
    **dict.fromkeys(("stop_sequence", "stop_string"), Finish.STOP),
    **dict.fromkeys(("length", "max_tokens", "model_length", "max_output_tokens", "max_new_tokens"), Finish.LENGTH),
    **dict.fromkeys(("error", "content_filter", "safety", "recitation"), Finish.ERROR),
}
_RIGHT = {"1": True, "1.0": True, "true": True, "right": True, "correct": True, "yes": True}
_WRONG = {"0": False, "0.0": False, "false": False, "wrong": False, "incorrect": False, "no": False}
_VERDICTS = _RIGHT | _WRONG


def by_columns(row: Row, columns: ResponseColumns) -> Iterator[tuple[Response, bool]]:
    """The responses of a row, each with whether the row says which sample it is. Raises RecordError."""
    if not columns.samples:
        yield response_of(row, columns, written(row, columns.text))
        return
    samples = row.first(columns.samples)
    if not isinstance(samples, list) or not all(isinstance(each, dict) for each in samples):
        raise row.error(f"{_either(columns.samples)} is not a list of records; name the column that has the samples")
    for at, sample in enumerate(samples):
        inner = Row(f"{row.where} sample {at + 1}", row.record | sample)
        yield response_of(inner, columns, written(inner, columns.text))


def response_of(row: Row, columns: ResponseColumns, text: str) -> tuple[Response, bool]:
    """The response with this text, and whether the row says which sample it is. Raises RecordError."""
    finish, error = _ended(row, columns)
    sample = _number(row, columns.sample)
    if sample is not None and sample != int(sample):
        raise row.error(f"{_either(columns.sample)} is {sample!r}, which numbers no sample; write 0, 1, 2, …")
    n_tokens = _number(row, columns.n_tokens)
    response = Response(
        item_id=item_id(row, columns.id),
        text=with_thinking(row.first(columns.thinking), text, finish),
        system=" ".join(str(value) for name in columns.system if (value := row.get(name)) is not None),
        sample=int(sample or 0),
        finish=finish,
        error=error,
        n_tokens=None if n_tokens is None else int(n_tokens),
        seconds=_number(row, columns.seconds),
        cost=_number(row, columns.cost),
        recorded=Recorded(shown(row.first(columns.answer)), _is_right(row, columns.is_right), shown(row.first(columns.key))),
        option_logprobs=_logprobs(row, columns.option_logprobs),
    )
    return response, sample is not None


def item_id(row: Row, names: tuple[str, ...]) -> str:
    value = row.first(names)
    if value is None:
        raise row.error(f"has no id under {_either(names)}; name the column that has the item's id")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise row.error(f"the id {value!r} is neither a text nor a whole number; name the column that has the item's id")
    return str(value)


def written(row: Row, names: tuple[str, ...]) -> str:
    """The text under these columns. An empty one (null) is an empty response; a column that is not there is an error."""
    parts = []
    for name in names:
        value = row.get(name)
        if value is None and name not in row.record and "." not in name:
            raise row.error(f"has no column {name!r}; there are {', '.join(row.record)}")
        if value is not None and not isinstance(value, str | int | float):
            raise row.error(f"{name!r} is no text but a {type(value).__name__}; name the column that has the text")
        parts.append("" if value is None else str(value))
    return "\n\n".join(part for part in parts if part)


def with_thinking(thinking: Any, text: str, finish: Finish | None) -> str:
    """The text with its thought before it; one that the token limit cut before there was any text stays open."""
    if not isinstance(thinking, str) or not thinking.strip() or text.lstrip().startswith("<think>"):
        return text
    if finish is Finish.LENGTH and not text.strip():
        return f"<think>\n{thinking}"
    bare = thinking.strip().removeprefix("<think>").removesuffix("</think>").strip()
    return f"<think>\n{bare}\n</think>\n\n{text}"


def finish_of(value: Any) -> Finish | None:
    """Why the model stopped, in its engine's word; None for a word that says nothing of it ("tool_calls", "unknown")."""
    return _FINISHES.get(str(value).lower()) if value is not None else None


def shown(value: Any) -> str | None:
    """A recorded value as a text."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def plain(row: Row, id: str) -> Iterator[tuple[Response, bool]]:
    """A row with its text under a usual name; a list of texts is one sample each. Raises RecordError."""
    name = text_column(row)
    columns = usual(id, system_column(row, ("system", "model", "model_name")))
    texts = row.get(name)
    if not isinstance(texts, list):
        yield response_of(row, columns, written(row, (name,)))
        return
    for at, text in enumerate(texts):
        if text is not None and not isinstance(text, str):
            raise row.error(f"{name!r} has a {type(text).__name__} among its texts; name the column that has the text")
        response, _ = response_of(row, columns, text or "")
        yield replace(response, sample=at), True


TEXT_COLUMNS = ("output", "response", "completion", "generation", "generated_text", "model_output", "model_outputs", "raw_output", "reply")


def text_column(row: Row) -> str:
    """The column with the text. `text` counts where nothing else is there: it may as well be the question's. Raises RecordError where
    none, or more than one, could be it."""
    found = [name for name in TEXT_COLUMNS if name in row.record] or [name for name in ("text", "content") if name in row.record]
    if len(found) == 1:
        return found[0]
    known = ", ".join((*TEXT_COLUMNS, "text"))
    if not found:
        raise row.error(f"has no text under {known}, only {', '.join(row.record)}; map the column that has it")
    raise row.error(f"could have its text under {' or '.join(found)}; map the column that has it")


def _ended(row: Row, columns: ResponseColumns) -> tuple[Finish | None, str]:
    error = row.first(columns.error)
    if error:
        message = error.get("message", error) if isinstance(error, dict) else error
        return Finish.ERROR, shown(message) or "error"
    value = row.first(columns.finish)
    finish = finish_of(value)
    return finish, str(value) if finish is Finish.ERROR else ""


def _number(row: Row, names: tuple[str, ...]) -> float | None:
    value = row.first(names)
    if value is None or isinstance(value, dict):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0) or isinstance(value, bool):
        raise row.error(f"{_either(names)} is {value!r}, which is no number from 0; correct the row, or map another column")
    return number


def _is_right(row: Row, names: tuple[str, ...]) -> bool | None:
    value = row.first(names)
    if value is None:
        return None
    verdict = _VERDICTS.get(str(value).strip().lower())
    if verdict is None:
        raise row.error(f"{_either(names)} is {value!r}, neither right nor wrong; write true or false, or map another column")
    return verdict


def _logprobs(row: Row, names: tuple[str, ...]) -> dict[str, float]:
    value = row.first(names)
    if value is None:
        return {}
    if isinstance(value, list):
        value = {chr(ord("A") + at): each for at, each in enumerate(value)}
    if isinstance(value, dict):
        value = {letter: each for letter, each in value.items() if each is not None}  # an engine tells its likeliest tokens only
    if not isinstance(value, dict) or not all(isinstance(each, int | float) and not isinstance(each, bool) for each in value.values()):
        raise row.error(f"{_either(names)} is no log-probability by letter; write {{letter: number}}")
    letters = {str(letter).strip(): float(each) for letter, each in value.items()}
    if odd := [letter for letter in letters if not (len(letter) == 1 and "A" <= letter <= "Z")]:
        raise row.error(f"{_either(names)} has {odd[0]!r}, which is no letter A-Z; write {{letter: number}}")
    return letters


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(map(repr, names))
