"""Where another's verdicts differ from ours: counts by cause, and a few of them with the text around what was read."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from osler.report.numbers import count, harmless, percent, spelt
from osler.report.tables import add_number, cell, plain_table


@dataclass(frozen=True)
class CauseRow:
    """How many responses another read differently for one cause, and how many of those only they, or only we, count as right."""

    cause: str
    n: int
    only_theirs_right: int
    only_ours_right: int


@dataclass(frozen=True)
class ShownDifference:
    """One difference as a person reads it. `excerpt` is cut around the `span` of it that we read; None: we read nothing."""

    item_id: str
    cause: str
    ours: str
    theirs: str
    key: str
    excerpt: str
    span: tuple[int, int] | None


def causes_table(rows: Sequence[CauseRow], theirs: str, n_compared: int) -> Table:
    """A row per cause, the most frequent first, and one for all. The difference in accuracy is that of the last two columns."""
    table = plain_table(f"{theirs} against ours, over {count(n_compared)} responses", "Cause")
    for name in ("Responses", "Share", "Right by\nthem only", "Right by\nus only"):
        add_number(table, name)
    for row in rows:
        share = percent(row.n / n_compared) if n_compared else ""
        table.add_row(cell(spelt(row.cause)), count(row.n), share, count(row.only_theirs_right), count(row.only_ours_right))
    table.add_section()
    totals = [sum(getattr(row, name) for row in rows) for name in ("n", "only_theirs_right", "only_ours_right")]
    share = percent(totals[0] / n_compared) if n_compared else ""
    table.add_row("all", count(totals[0]), share, count(totals[1]), count(totals[2]))
    return table


def differences_table(shown: Sequence[ShownDifference], theirs: str) -> Table:
    """A row per difference, what we read in bold."""
    table = plain_table(f"Where {theirs} and ours differ", "Item and cause")
    for name in ("Ours", "Theirs", "Key"):
        table.add_column(name, overflow="fold")
    table.add_column("Text", overflow="fold", ratio=1)
    for each in shown:
        text = Text(harmless(each.excerpt))
        if each.span:
            text.stylize("bold", *each.span)
        table.add_row(
            cell(f"{each.item_id}\n{spelt(each.cause)}"), cell(each.ours), cell(each.theirs), cell(each.key), text, end_section=True
        )
    return table
