"""The key of a row, by the kind of its answer."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any, NoReturn

from osler.core.question import (
    ChoiceKey,
    ClaimsKey,
    DateKey,
    Key,
    MultiKey,
    NumberKey,
    OpenKey,
    RankedListKey,
    RubricKey,
    TextKey,
)
from osler.data.columns import Columns, as_text, as_texts, is_missing, value_at
from osler.data.options import LetteredOptions, key_entries, parsed
from osler.data.unusable import UnusableRow

_NUMBER = re.compile(r"[+-]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_WEEKS_AND_DAYS = re.compile(r"(\d+)\s*weeks?\W+(\d+)\s*days?")


def key_of(values: Mapping[str, Any], columns: Columns, options: LetteredOptions | None) -> Key:
    """Raises UnusableRow where the row has no key, or none that fits."""
    kind = columns.answer_kind
    if kind == "claims":
        return ClaimsKey(as_text(value_at(values, columns.evidence)) if columns.evidence else "")
    if kind == "rubric":
        return _rubric(values, columns)
    value = value_at(values, columns.key) if columns.key else None
    if kind == "multi" and isinstance(value, list | tuple) and not value:
        return MultiKey(())  # a key as well: none of them is right
    if is_missing(value):
        _no_key(columns)
    if kind in ("choice", "multi"):
        return _choice(value, columns, options)
    if kind == "number":
        return _number(values, value, columns)
    return _WRITTEN[kind](value, values, columns)


def _choice(value: Any, columns: Columns, options: LetteredOptions | None) -> Key:
    if options is None:
        raise UnusableRow("no_options", "a choice needs options, and the mapping names none")
    letters = tuple(dict.fromkeys(options.letter_at(entry, columns.key_as) for entry in key_entries(value, columns, options)))
    if columns.answer_kind == "multi" or (columns.has_sets and len(letters) > 1):
        return MultiKey(tuple(sorted(letters)))
    return ChoiceKey(letters)


def _rubric(values: Mapping[str, Any], columns: Columns) -> Key:
    must_have = as_texts(parsed(value_at(values, columns.must_have))) if columns.must_have else []
    if not must_have:
        raise UnusableRow("no_key", f"there is no statement in the column {columns.must_have!r} that an answer must make")
    return RubricKey(tuple(must_have), tuple(as_texts(parsed(value_at(values, columns.nice_to_have)))) if columns.nice_to_have else ())


def _number(values: Mapping[str, Any], value: Any, columns: Columns) -> Key:
    text = as_text(value)
    number_type = as_text(value_at(values, columns.number_type)).casefold() if columns.number_type else "decimal"
    if number_type not in ("decimal", "integer", "date"):
        raise UnusableRow("bad_number", f"{number_type!r} is no type of number; use decimal, integer or date")
    analyte = as_text(value_at(values, columns.analyte)) if columns.analyte else ""
    unit = as_text(value_at(values, columns.unit)) if columns.unit else columns.default_unit
    if text in columns.not_computable:
        return NumberKey(None, unit, analyte=analyte)
    if number_type == "date":
        return DateKey(_day(value, columns.date_format))
    if span := _WEEKS_AND_DAYS.search(text):
        return NumberKey(7.0 * int(span[1]) + int(span[2]), "days", is_rounded=True)
    if number_type == "integer":
        return NumberKey(_float(text), unit, is_rounded=True, analyte=analyte)
    limits = [_float(as_text(value_at(values, name))) for name in (columns.lower, columns.upper) if name]
    low, high = (min(limits), max(limits)) if len(limits) == 2 else (None, None)
    return NumberKey(_float(text), unit, columns.tolerance, low, high, analyte=analyte)


def _float(text: str) -> float:
    bare = text.strip()
    if not _NUMBER.fullmatch(bare) or not isfinite(number := float(bare.replace(",", ""))):
        raise UnusableRow("bad_number", f"{text!r} is not a number")
    return number


def _day(value: Any, date_format: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.strptime(as_text(value), date_format).date()
    except ValueError:
        raise UnusableRow("bad_date", f"{value!r} is not a date written as {date_format}") from None


def _text(value: Any, values: Mapping[str, Any], columns: Columns) -> Key:
    first, *others = as_texts(_listed(value, columns)) or _no_key(columns)
    further = as_texts(_listed(value_at(values, columns.synonyms), columns)) if columns.synonyms else []
    return TextKey(first, tuple(name for name in dict.fromkeys((*others, *further)) if name != first))


def _ranked_list(value: Any, values: Mapping[str, Any], columns: Columns) -> Key:
    """An entry is a name, or a list of a name and its synonyms; a text is cut at `key_separator`."""
    content = _listed(value, columns)
    names = [as_texts(entry) for entry in (content if isinstance(content, list | tuple) else [content])]
    synonyms = {first: tuple(others) for first, *others in filter(None, names) if others}
    if columns.synonyms:
        listed = parsed(value_at(values, columns.synonyms))
        synonyms |= {str(entry): tuple(as_texts(others)) for entry, others in listed.items()} if isinstance(listed, Mapping) else {}
    return RankedListKey(tuple(first for first, *_ in filter(None, names)), synonyms)


def _no_key(columns: Columns) -> NoReturn:
    raise UnusableRow("no_key", f"there is nothing in the column {columns.key!r}")


def _listed(value: Any, columns: Columns) -> Any:
    """A list that a table holds as text: JSON, or cut at `key_separator`."""
    content = parsed(value)
    return content.split(columns.key_separator) if isinstance(content, str) and columns.key_separator else content


def _open(value: Any, values: Mapping[str, Any], columns: Columns) -> Key:
    return OpenKey("\n".join(as_texts(value)))


def _date(value: Any, values: Mapping[str, Any], columns: Columns) -> Key:
    return DateKey(_day(value, columns.date_format))


_WRITTEN: dict[str, Callable[[Any, Mapping[str, Any], Columns], Key]] = {
    "text": _text,
    "ranked_list": _ranked_list,
    "open": _open,
    "date": _date,
}
