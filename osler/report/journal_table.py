"""What lies in a journal, model by model."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from osler.report.numbers import UNKNOWN, count, whole_percent
from osler.report.tables import add_number, cell, plain_table

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True)
class JournalRow:
    """One model's part of a journal. `hit_rate`: of all the replies that were asked for, the share that was there already. `age_s`: since
    the last time that it was opened for the model, in seconds; None where that is not known."""

    model: str
    n_replies: int
    n_tokens: int
    hit_rate: float | None
    n_failed: int
    age_s: float | None


def journal_table(path: str, n_bytes: int, rows: Sequence[JournalRow]) -> Table:
    """A row per model. How many failed has a column only where any did."""
    n_replies = sum(row.n_replies for row in rows)
    has_failed = any(row.n_failed for row in rows)
    table = plain_table(f"{path}: {count(n_replies)} replies, {size(n_bytes)}", "Model")
    for name in ["Replies", "Tokens", "Hit\nrate", *(["Failed"] if has_failed else []), "Age"]:
        add_number(table, name)
    for row in rows:
        failed = [count(row.n_failed)] if has_failed else []
        table.add_row(cell(row.model), count(row.n_replies), count(row.n_tokens), whole_percent(row.hit_rate), *failed, age(row.age_s))
    return table


def size(n_bytes: float) -> str:
    """1234567 → "1.2 MB", in powers of 1000."""
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 1000:
            return f"{n_bytes:.0f} B" if unit == "B" else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} TB"


def age(seconds: float | None) -> str:
    """The largest unit of which there is one, rounded down: 90000 → "1 d"."""
    if seconds is None:
        return UNKNOWN
    unit_s, name = next(((unit_s, name) for unit_s, name in _UNITS if seconds >= unit_s), _UNITS[-1])
    return f"{max(seconds, 0) // unit_s:.0f} {name}"
