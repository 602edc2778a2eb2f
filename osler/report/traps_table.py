"""How a reader came out of the trap set, group by group and trap by trap."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from osler.report.numbers import count, shortened, spelt
from osler.report.tables import add_number, cell, plain_table

_MAX_SHOWN = 300
RIGHT = ("right", "missing")
"""Outcomes that are no failures."""


@dataclass(frozen=True)
class TrapReading:
    """One trap and what a reader made of it, flat: its fields are columns. `right` holds every reading that is right and `read` the one
    that was made, abstentions in round brackets. `method` is ours where we read."""

    id: str
    group: str
    kind: str
    outcome: str
    right: str
    read: str
    method: str
    text: str
    reason: str


@dataclass(frozen=True)
class TrapRow:
    """Of the `n` traps of a group: read right; rightly abstained from for another reason; abstained from although an answer is stated; an
    answer read that is not stated; not asked."""

    group: str
    n: int
    right: int
    other_reason: int
    abstained: int
    false_answer: int
    missing: int


def traps_table(rows: Sequence[TrapRow], reader: str) -> Table:
    """A row per group, the last one for all of them. "Not asked" has a column only where there is one."""
    has_missing = any(row.missing for row in rows)
    table = plain_table(f"The trap set, read by {reader}", "Group")
    for name in ["Traps", "Right", "Other\nreason", "Abstained", "False\nanswer", *(["Not\nasked"] if has_missing else [])]:
        add_number(table, name)
    for row in rows:
        numbers = [row.n, row.right, row.other_reason, row.abstained, row.false_answer, *([row.missing] if has_missing else [])]
        table.add_row(cell(spelt(row.group)), *map(count, numbers), end_section=row is rows[-2] if len(rows) > 1 else False)
    table.caption = "Other reason: it abstains, as it should, but says another why. Abstained: although an answer is stated."
    table.caption_justify = "left"
    return table


def failed_table(readings: Sequence[TrapReading]) -> Table:
    """A row per trap that was not read right, with both readings and the reason."""
    table = plain_table("Traps that were not read right", "Trap")
    for name in ("Right", "Read", "Text and reason"):
        table.add_column(name, overflow="fold")
    for reading in readings:
        if reading.outcome not in RIGHT:
            told = f"{shortened(reading.text, _MAX_SHOWN)}\n{reading.reason}"
            read = f"{reading.read}\n{spelt(reading.outcome)}"
            table.add_row(cell(reading.id), cell(reading.right), cell(read), cell(told), end_section=True)
    return table
