"""The journals of a run: its own and, while workers have some, theirs."""

import sqlite3
from contextlib import closing
from pathlib import Path

from osler.models.journal_merge import merge
from osler.models.journal_rows import to_read

MAIN = "journal.db"
_WORKERS = "journals"


def journal_of(number: int) -> str:
    """Where in a run folder the journal of a worker lies."""
    return f"{_WORKERS}/worker-{number}.db"


def take_in(folder: Path, *, is_to_stay: bool = False) -> None:
    """Merge what workers left, of this run or one that was killed, into the run's own journal. Then it is removed, unless it `is_to_stay`
    because they go on with it. Nobody may be writing to it."""
    journals = sorted((folder / _WORKERS).glob("worker-*.db"))
    if not journals:
        return
    merge(folder / MAIN, [journal for journal in journals if has_begun(journal)])
    if not is_to_stay:
        for journal in journals:
            for file in (journal, journal.with_name(f"{journal.name}-wal"), journal.with_name(f"{journal.name}-shm")):
                file.unlink(missing_ok=True)


def has_begun(journal: Path) -> bool:
    """Whether there is anything to read: a worker may be lost while it makes its journal."""
    if not journal.is_file():
        return False
    with closing(sqlite3.connect(to_read(journal), uri=True)) as db:
        return db.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
