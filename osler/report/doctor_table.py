"""What `osler doctor` found, line by line."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from osler.report.numbers import harmless


def doctor_table(rows: Sequence[tuple[str, str]]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, said in rows:
        table.add_row(Text(harmless(name)), Text(harmless(said)))
    return table
