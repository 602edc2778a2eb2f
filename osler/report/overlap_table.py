"""Which items of one set stand in another: counts by how they were found, and a few of them beside what they were found in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group
from rich.table import Table

from osler.report.numbers import count, percent, shortened, spelt
from osler.report.tables import add_number, cell, plain_table

_SHOWN = 5
_WIDTH = 300

_MEANINGS = {
    "exact": "the same words",
    "ngram": "most of it in runs of words",
    "fuzzy": "but for a word or a few",
    "minhash": "the same runs in another order",
}


@dataclass(frozen=True)
class OverlapRow:
    """An item that was found, and the text that has it. `share` is of its words, or of the runs in common."""

    item_id: str
    partner_id: str
    method: str
    share: float
    text: str
    partner_text: str


@dataclass(frozen=True)
class OverlapCounts:
    """What `overlap_table` shows: how many items of `first` were looked for among how many texts of `second`, how many were found by each
    method, and those that were."""

    first: str
    second: str
    n_items: int
    n_texts: int
    found: Mapping[str, int]
    rows: Sequence[OverlapRow]


def overlap_table(counts: OverlapCounts, n_shown: int = _SHOWN) -> Group:
    """A row per method and one for all; below it the first few of each method."""
    title = f"{counts.first}: {count(counts.n_items)} items, looked for in {count(counts.n_texts)} texts of {counts.second}"
    table = plain_table(title, "Found")
    for name in ("Items", "Share"):
        add_number(table, name)
    for method, n in counts.found.items():
        table.add_row(cell(f"{spelt(method)}: {_MEANINGS[method]}"), count(n), percent(n / counts.n_items) if counts.n_items else "")
    table.add_section()
    total = sum(counts.found.values())
    table.add_row("all", count(total), percent(total / counts.n_items) if counts.n_items else "")
    return Group(table, _pairs(counts, n_shown)) if counts.rows and n_shown else Group(table)


def _pairs(counts: OverlapCounts, n_shown: int) -> Table:
    table = plain_table("Some of them", "Item and how")
    table.add_column("Its text, and the text that has it", overflow="fold", ratio=1)
    for method in counts.found:
        for row in [row for row in counts.rows if row.method == method][:n_shown]:
            texts = f"{shortened(row.text, _WIDTH)}\n{row.partner_id}: {shortened(row.partner_text, _WIDTH)}"
            table.add_row(cell(f"{row.item_id}\n{spelt(row.method)} {percent(row.share)}"), cell(texts), end_section=True)
    return table
