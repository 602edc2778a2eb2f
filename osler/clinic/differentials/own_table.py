"""Somebody's own table of conditions, findings and frequencies: csv, tsv or JSON Lines."""

import re
from collections.abc import Iterator
from pathlib import Path

from osler.clinic.differentials.ddxplus import read_objects
from osler.clinic.differentials.profiles import Profiles, profiles_of, whole_percent
from osler.core.errors import RecordError
from osler.knowledge.graphs.lines import n_fields_wrong, places, rows

COLUMNS = ("condition", "finding", "frequency")
WORDS = {
    **dict.fromkeys(("always", "obligate"), 100),
    "very frequent": 90,
    "frequent": 55,
    "occasional": 17,
    "very rare": 3,
    **dict.fromkeys(("never", "excluded"), 0),
}
"""The classes of the Human Phenotype Ontology, at about their middle."""

_NUMBER = re.compile(r"[0-9]{0,9}\.?[0-9]{0,40}(?:[eE]-?[0-9]{1,2})?")
_SHARE = re.compile(r"(?P<n>[0-9]{1,9}) ?/ ?(?P<of>[0-9]{1,9})")


def read_own_table(place: Path, name: str) -> Profiles:
    """Columns condition, finding, frequency (0.9, 90%, 9/10, or a word such as "very frequent"). Raises RecordError with file:line."""
    entries = _of_objects(place) if ".jsonl" in place.suffixes else _of_rows(place)
    read = [(condition, finding, percent_of(frequency, where)) for where, (condition, finding, frequency) in entries]
    origin = f"The table {place.name} of whoever made these tasks."
    return profiles_of(name, read, origin=origin, licence="Not known to osler: that of the table; state it before you pass the tasks on.")


def _of_rows(place: Path) -> Iterator[tuple[str, list[str]]]:
    table = rows(place, lambda what, where: None)
    header = next(table, (0, []))[1]
    at = [column for column in places(place, header, COLUMNS) if column is not None]
    for number, row in table:
        if len(row) != len(header):
            raise n_fields_wrong(place, number, len(row), len(header))
        yield _complete(f"{place}:{number}", [row[column].strip() for column in at])


def _of_objects(place: Path) -> Iterator[tuple[str, list[str]]]:
    for where, record in read_objects(place):
        if missing := [column for column in COLUMNS if column not in record]:
            raise RecordError(f"{where}: no {missing[0]!r}; a line has condition, finding and frequency")
        odd = [column for column in COLUMNS if isinstance(record[column], bool) or not isinstance(record[column], str | int | float)]
        if odd:
            raise RecordError(f"{where}: {odd[0]!r} is neither text nor a number; correct the line")
        yield _complete(where, [str(record[column]).strip() for column in COLUMNS])


def _complete(where: str, values: list[str]) -> tuple[str, list[str]]:
    if empty := [column for column, value in zip(COLUMNS, values, strict=True) if not value]:
        raise RecordError(f"{where}: {empty[0]!r} is empty; fill it in or take the line out")
    return where, values


def percent_of(text: str, where: str) -> int:
    """A stated frequency in whole per cent."""
    known = WORDS.get(text.lower().replace("_", " "))
    if known is not None:
        return known
    share = _share_of(text)
    if share is None or not 0 <= share <= 1:
        raise RecordError(f"{where}: frequency {text[:40]!r} is no share; write 0.9, 90%, 9/10 or a word such as 'very frequent'")
    return whole_percent(share)


def _share_of(text: str) -> float | None:
    if match := _SHARE.fullmatch(text):
        return int(match["n"]) / int(match["of"]) if int(match["of"]) else None
    number = text.removesuffix("%").strip()
    if not number.strip(".") or not _NUMBER.fullmatch(number):
        return None
    try:
        return float(number) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None
