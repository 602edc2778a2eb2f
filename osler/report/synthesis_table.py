"""The table of a synthesis: what became of its material, with a line for each reason."""

from collections.abc import Sequence

from rich.box import SIMPLE
from rich.table import Table


def synthesis_table(rows: Sequence[Sequence[str]]) -> Table:
    """Each row has what it is, the reason where there is one, and how many."""
    table = Table(box=SIMPLE, show_header=False)
    table.add_column()
    table.add_column()
    table.add_column(justify="right")
    for row in rows:
        table.add_row(*row)
    return table
