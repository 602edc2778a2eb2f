"""Journals into one: the union of their replies. Where two hold different replies to one key, the first stays and the other is told of."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from osler.core.errors import RunError
from osler.models.journal_file import open_alone, open_to_read, open_to_write, unusable
from osler.models.journal_rows import REPLY, columns_of, to_read

_SAME = ("text", "finish", "prompt_tokens", "completion_tokens", "n_calls", "written")
"""What a run sees of a reply. How often it was asked for, and log-probabilities in their last digits, may differ between workers."""
_SHOWN = 100


@dataclass(frozen=True)
class Conflict:
    """Two replies to the same request of the same model; `key` in hexadecimal digits. Beginnings of 200 characters."""

    key: str
    model: str
    kept: str
    left_out: str
    journal: str


@dataclass(frozen=True)
class Merged:
    """What came in: `n_read` replies, of which `n_added` were new, `n_conflicts` differed from the one that is kept (the first 100 are
    named), and the rest were there already."""

    n_read: int = 0
    n_added: int = 0
    n_conflicts: int = 0
    conflicts: tuple[Conflict, ...] = ()

    @property
    def n_equal(self) -> int:
        return self.n_read - self.n_added - self.n_conflicts

    def __add__(self, other: "Merged") -> "Merged":
        conflicts = (*self.conflicts, *other.conflicts)[:_SHOWN]
        return Merged(self.n_read + other.n_read, self.n_added + other.n_added, self.n_conflicts + other.n_conflicts, conflicts)


def merge(into: Path, journals: Sequence[Path], *, is_alone: bool = False) -> Merged:
    """Add what the journals hold to `into`, which is made where it is not there; they themselves are not changed. Each comes in whole or
    not at all, and one that comes in again adds nothing. One that another process writes to comes in as it is now. Raises RunError where a
    file cannot be used, before anything is merged; also, where `is_alone`, if anybody else has `into` open: a run that is generating would
    stumble over a reply that came in behind its back."""
    versions = [_version(journal, into) for journal in journals]
    db = open_alone(into) if is_alone and into.exists() else open_to_write(into)
    try:
        return sum((_merged(db, into, journal, version) for journal, version in zip(journals, versions, strict=True)), Merged())
    finally:
        db.close()


def _version(journal: Path, into: Path) -> int:
    if journal.resolve() == into.resolve():
        raise RunError(f"{journal}: a journal cannot be merged into itself; name another one")
    db, version = open_to_read(journal)
    db.close()
    return version


def _merged(db: sqlite3.Connection, into: Path, journal: Path, version: int) -> Merged:
    try:
        db.execute("ATTACH ? AS other", (to_read(journal),))
        try:
            db.execute("BEGIN IMMEDIATE")
            with db:
                return _add(db, journal, version)
        finally:
            db.execute("DETACH other")
    except sqlite3.Error as error:
        raise unusable(into, error) from error


def _add(db: sqlite3.Connection, journal: Path, version: int) -> Merged:
    theirs = f"SELECT rowid AS place, {columns_of(version)}{', use' if version else ', NULL'} FROM other.replies"
    named = f"WITH theirs (place, {', '.join(REPLY)}, use) AS ({theirs})"
    [(n_read,)] = db.execute("SELECT count(*) FROM other.replies")
    differs = " OR ".join(f"ours.{name} IS NOT theirs.{name}" for name in _SAME)
    both = f"FROM theirs JOIN main.replies ours ON ours.key = theirs.key AND ({differs})"
    [(n_conflicts,)] = db.execute(f"{named} SELECT count(*) {both}")
    rows = db.execute(
        f"{named} SELECT hex(ours.key), coalesce(uses.model, ''), substr(ours.text, 1, 200), substr(theirs.text, 1, 200) {both}"
        f" LEFT JOIN main.uses ON uses.id = ours.use ORDER BY theirs.place LIMIT {_SHOWN}"
    )
    conflicts = tuple(Conflict(key, model, kept, left_out, str(journal)) for key, model, kept, left_out in rows)
    if version:
        db.execute(
            "INSERT INTO main.uses (token, model, began_at, n_found, n_failed) SELECT token, model, began_at, n_found, n_failed"
            " FROM other.uses WHERE true ON CONFLICT (token) DO UPDATE SET"
            " n_found = max(n_found, excluded.n_found), n_failed = max(n_failed, excluded.n_failed)"
        )
    use = "SELECT ours.id FROM other.uses JOIN main.uses ours USING (token) WHERE uses.id = theirs.use" if version else "NULL"
    n_added = db.execute(
        f"INSERT OR IGNORE INTO main.replies ({', '.join(REPLY)}, use)"
        f" {named} SELECT {', '.join(REPLY)}, ({use}) FROM theirs ORDER BY place"
    ).rowcount
    return Merged(n_read, n_added, n_conflicts, conflicts)
