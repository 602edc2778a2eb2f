"""Rows become items: what cannot become one is named with its reason and its place, and nothing is guessed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from osler.core.errors import RecordError
from osler.core.question import Item, Question
from osler.core.records import describe
from osler.data.columns import Columns, as_text, as_texts, is_missing, value_at
from osler.data.keys import key_of
from osler.data.options import options_of, parsed
from osler.data.source import Worked
from osler.data.table import Row
from osler.data.unusable import UnusableRow


@dataclass(frozen=True)
class Dropped:
    """A row that makes no item. `where` is file:line, `reason` a short snake_case word, `what` a clause for people."""

    where: str
    reason: str
    what: str


@dataclass(frozen=True)
class Mapped:
    """What came of a table. `n_left_out` rows are no part of the set by its own `where`; `n_repeated` say again, under the same id, what
    another said."""

    items: tuple[Item, ...]
    dropped: tuple[Dropped, ...] = ()
    worked: tuple[Worked, ...] = ()
    n_rows: int = 0
    n_left_out: int = 0
    n_repeated: int = 0


def map_rows(rows: Iterable[Row], columns: Columns, name: str, *, is_strict: bool = False) -> Mapped:
    """The items of a table that is called `name`, which begins the ids that are made of positions.

    Raises RecordError where the table lacks a column, where one id stands for different items, where nothing is left, and for the first row
    that makes no item if `is_strict`.
    """
    read = list(rows)
    _check_columns(read, columns, name)
    kept = [(position, row) for position, row in enumerate(read) if _is_kept(row.values, columns)]
    settled = replace(columns, key_as=_counting(columns, (row for _, row in kept), name)) if columns.key_as == "index" else columns
    items: dict[str, Item] = {}
    worked: list[Worked] = []
    dropped: list[Dropped] = []
    n_repeated = 0
    for position, row in kept:
        try:
            item = _item(row.values, settled, f"{name}-{position:05d}")
        except UnusableRow as error:
            if is_strict:
                raise RecordError(f"{row.where}: {error.what}; correct the row, or leave it out") from error
            dropped.append(Dropped(row.where, error.reason, error.what))
            continue
        steps = _steps(row.values, columns)
        worked += [Worked(item, steps)] if steps else []
        if item.id in items and items[item.id] != item:
            raise RecordError(f"{row.where}: the id {item.id!r} stands for another item already; give every item an id of its own")
        n_repeated += item.id in items
        items[item.id] = item
    if not items:
        raise RecordError(_nothing(name, read, dropped))
    return Mapped(tuple(items.values()), tuple(dropped), tuple(worked), len(read), len(read) - len(kept), n_repeated)


def present_in(rows: Iterable[Row]) -> set[str]:
    """The columns that any of the rows has."""
    return {name for row in rows for name in row.values}


def _check_columns(rows: Sequence[Row], columns: Columns, name: str) -> None:
    if not rows:
        raise RecordError(f"{name}: the table has no rows; check the file")
    present = present_in(rows)
    if missing := columns.missing_from(present):
        raise RecordError(
            f"{rows[0].where}: there is no column {', '.join(map(repr, missing))}; the columns are {', '.join(map(repr, sorted(present)))}"
        )


def _is_kept(values: Mapping[str, Any], columns: Columns) -> bool:
    return all(as_text(value_at(values, name)) in wanted for name, wanted in columns.where.items())


def _counting(columns: Columns, rows: Iterable[Row], name: str) -> Any:
    """Whether a table numbers its options from 0 or from 1: a 0 proves the one, the number of options the other."""
    from_0 = from_1 = ""
    for row in rows:
        key = as_text(value_at(row.values, columns.key or ""))
        if key == "0":
            from_0 = from_0 or row.where
        elif key.isdigit() and key == _n_options(row.values, columns):
            from_1 = from_1 or row.where
    if from_0 and from_1:
        raise RecordError(f"{from_0}: the key is 0 here, and the number of options in {from_1}; the table counts in two ways")
    if not from_0 and not from_1:
        raise RecordError(f"{name}: no key tells whether options are counted from 0 or from 1; set key_as: index_from_0 or index_from_1")
    return "index_from_0" if from_0 else "index_from_1"


def _n_options(values: Mapping[str, Any], columns: Columns) -> str:
    try:
        return str(len(options_of(values, columns).labels))
    except UnusableRow:
        return ""


def _item(values: Mapping[str, Any], columns: Columns, position: str) -> Item:
    has_options = bool(columns.options or columns.fixed_options)
    options = options_of(values, columns) if has_options else None
    id = as_text(value_at(values, columns.id)) if columns.id else position
    if not id:
        raise UnusableRow("no_id", f"there is nothing in the column {columns.id!r}")
    try:
        key = key_of(values, columns, options)
        return Item(
            Question(_prefixed(id, columns.id_prefix), _question_text(values, columns), options.by_letter if options else {}),
            key,
            as_text(value_at(values, columns.group)) if columns.group else "",
            as_text(value_at(values, columns.cluster)) if columns.cluster else "",
        )
    except ValidationError as error:
        raise UnusableRow("not_an_item", describe(error)) from error


def _prefixed(id: str, prefix: str) -> str:
    return id if id.startswith(prefix) else prefix + id


def _question_text(values: Mapping[str, Any], columns: Columns) -> str:
    text = as_text(value_at(values, columns.text))
    if columns.text_ends_at:
        text = text.split(columns.text_ends_at)[0].strip()
    if not text:
        raise UnusableRow("no_text", f"there is no question in the column {columns.text!r}")
    context = [paragraph for name in columns.context_columns for paragraph in as_texts(parsed(value_at(values, name)))]
    return "\n\n".join(part for part in (*context, text, columns.ask) if part)


def _steps(values: Mapping[str, Any], columns: Columns) -> tuple[str, ...]:
    """The entries of a list; of a text its lines."""
    value = parsed(value_at(values, columns.steps)) if columns.steps else None
    if is_missing(value):
        return ()
    lines = re.split(r"\n+", value) if isinstance(value, str) else value
    return tuple(as_texts(lines))


def _nothing(name: str, rows: Sequence[Row], dropped: Sequence[Dropped]) -> str:
    if not dropped:
        return f"{name}: none of {len(rows)} rows belongs to the set; check the file and `where`"
    first = dropped[0]
    return f"{first.where}: {first.what}; none of {len(dropped)} rows makes an item, check the mapping"
