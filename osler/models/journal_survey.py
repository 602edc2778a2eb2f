"""What lies in a journal, by model, and making it smaller."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from osler.models.journal_file import open_alone, open_to_read, unusable

NOT_RECORDED = "(not recorded)"
"""The model of a reply that the first version of journals kept: only its key knew it."""


@dataclass(frozen=True)
class ModelShare:
    """One model's part of a journal. `n_found` is how often a reply was found there, `n_failed` how many replies were errors: both are
    written down when a journal is closed, so that those of a process that was killed are missing. Times are in seconds since 1970, of the
    opening of the journal; None where they are not known."""

    model: str
    n_replies: int
    prompt_tokens: int
    completion_tokens: int
    n_bytes: int
    n_found: int
    n_failed: int
    n_uses: int
    first_at: int | None
    last_at: int | None

    @property
    def hit_rate(self) -> float | None:
        """The share of replies that were found rather than made, of all that the model was asked for. None where uses are not recorded."""
        asked = self.n_found + self.n_replies
        return self.n_found / asked if asked and self.n_uses else None


@dataclass(frozen=True)
class Survey:
    """A journal. `n_bytes` is what its files take up; `version` is that of its tables."""

    path: str
    version: int
    n_bytes: int
    models: tuple[ModelShare, ...]

    @property
    def n_replies(self) -> int:
        return sum(share.n_replies for share in self.models)


def survey(path: Path) -> Survey:
    """Read only; another process may be writing. Raises RunError where the file is no journal or is damaged."""
    db, version = open_to_read(path)
    with closing(db):
        try:
            shares = tuple(_shares(db, version))
        except sqlite3.Error as error:
            raise unusable(path, error) from error
    files = (path, path.with_name(path.name + "-wal"))
    return Survey(str(path), version, sum(file.stat().st_size for file in files if file.exists()), shares)


def _shares(db: sqlite3.Connection, version: int) -> list[ModelShare]:
    """Models by the number of their replies. The replies are counted by use first, so that a million of them are looked at once."""
    sums = (
        "count(*) AS n, sum(prompt_tokens) AS prompt, sum(completion_tokens) AS made,"
        " sum(length(key) + length(CAST(text AS BLOB)) + {blobs}) AS size"
    )
    if not version:
        [row] = db.execute(f"SELECT {sums.format(blobs='0')} FROM replies")
        n, prompt_tokens, completion_tokens, n_bytes = row
        return [ModelShare(NOT_RECORDED, n, prompt_tokens, completion_tokens, n_bytes, 0, 0, 0, None, None)] if n else []
    by_use = f"SELECT use, {sums.format(blobs='length(logprobs) + coalesce(length(written), 0)')} FROM replies GROUP BY use"
    every = "SELECT coalesce(uses.id, 0) AS id FROM uses UNION SELECT coalesce(use, 0) FROM counted"
    rows = db.execute(
        f"WITH counted AS ({by_use}), every AS ({every})"
        " SELECT coalesce(model, ?), coalesce(sum(n), 0), coalesce(sum(prompt), 0), coalesce(sum(made), 0), coalesce(sum(size), 0),"
        " coalesce(sum(n_found), 0), coalesce(sum(n_failed), 0), count(model), min(began_at), max(began_at)"
        " FROM every LEFT JOIN uses ON uses.id = every.id LEFT JOIN counted ON coalesce(counted.use, 0) = every.id"
        " GROUP BY model ORDER BY sum(n) DESC, model",
        (NOT_RECORDED,),
    )
    return [ModelShare(*row) for row in rows]


@dataclass(frozen=True)
class Pruned:
    n_replies: int
    n_bytes: int


def prune(path: Path, models: Sequence[str] | None, before: float | None) -> Pruned:
    """Take out the replies of those models, all where None, that were kept by a use that began before that time; then give the disk its
    room back. Replies of which no time is known are taken out only where None is given. Raises RunError where another process has the
    journal open, and changes nothing then."""
    with closing(open_alone(path)) as db:
        size = path.stat().st_size
        try:
            with db:
                named = f"coalesce(model, ?) IN ({', '.join('?' * len(models))})" if models is not None else "?"
                aged = "began_at < ?" if before is not None else "?"
                doomed = f"SELECT r.rowid FROM replies r LEFT JOIN uses ON uses.id = r.use WHERE {named} AND {aged}"
                values = ([NOT_RECORDED, *models] if models is not None else [1]) + [1 if before is None else before]
                n_replies = db.execute(f"DELETE FROM replies WHERE rowid IN ({doomed})", values).rowcount
                left = "SELECT use FROM replies WHERE use IS NOT NULL"
                db.execute(f"DELETE FROM uses WHERE {named} AND {aged} AND id NOT IN ({left})", values)
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise unusable(path, error) from error
    return Pruned(n_replies, size - path.stat().st_size)
