"""How a reader came out of the trap set, group by group."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from osler.report.numbers import count, spelt
from osler.report.tables import add_number, cell, plain_table


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
