"""The file of a journal: found in, kept in, and what it was used for."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from osler.core.errors import RunError
from osler.core.model import Reply
from osler.models.journal_rows import REPLY, Row, columns_of, make_ready, reply_of, row_of, to_read, version_of

_PAGES_BETWEEN_CHECKPOINTS = 4000
"""Of 4 KiB. A checkpoint waits for the disk; SQLite's own 1000 made writing take 4 times as long on a disk that others use too."""
_SECONDS_TO_WAIT = 60
"""For another process that writes to the same file."""
_KEEP = f"INSERT INTO replies ({', '.join(REPLY)}, use) VALUES ({', '.join('?' * (len(REPLY) + 1))})"


@dataclass
class _Use:
    """What one model has had from the journal since it was opened. `id` is its row's, once there is one."""

    id: int | None = None
    n_found: int = 0
    n_failed: int = 0


class Journal:
    """An SQLite file of replies (WAL, so that a kill at any moment loses at most the batch under way; a power cut may take what came
    since the last checkpoint with it, but never breaks the file). It lies on a disk of this machine."""

    def __init__(self, path: Path, also: Sequence[Path] = ()) -> None:
        """Open or create. What `also` hold is found too, and nothing is ever written to them: so many processes, each with a journal of its
        own, share what was done before. Raises RunError where the file cannot be written or is no journal."""
        self._path = path
        self._uses: dict[str, _Use] = {}
        self._db = open_to_write(path)
        self._also = [_ReadOnly(other) for other in also]

    def read_beside(self, others: Sequence[Path]) -> None:
        """From now on find in `others` too, and no longer in those before. None: let go of them, so that they may be written to."""
        for other in self._also:
            other.db.close()
        self._also = [_ReadOnly(other) for other in others]

    def find(self, keys: Sequence[bytes], identity: str = "") -> dict[bytes, Reply]:
        """The replies that are there, for the model of that identity. Raises RunError where a file is damaged."""
        found = found_in(self._db, self._path, keys, columns_of(2))
        for other in self._also:
            found |= other.find([key for key in keys if key not in found])
        if found:
            self._use(identity).n_found += len(found)
        return found

    def keep(self, replies: Sequence[tuple[bytes, Reply]], identity: str = "") -> None:
        """Write all of them or, if the process dies now, none. A key that is already there is an error of ours: it was generated twice."""
        if not replies:
            return
        use = self._use(identity)
        try:
            if use.id is None:
                use.id = self._begin(identity)
            with self._db:
                self._db.executemany(_KEEP, ((*row_of(key, reply), use.id) for key, reply in replies))
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise unusable(self._path, error) from error

    def failed(self, n: int, identity: str = "") -> None:
        """Count replies that were errors: they are not kept."""
        if n:
            self._use(identity).n_failed += n

    def close(self) -> None:
        """Write down what was found and what failed, and close. What a process that was killed had found is not known."""
        try:
            for identity, use in self._uses.items():
                if use.n_found or use.n_failed:
                    if use.id is None:
                        use.id = self._begin(identity)
                    with self._db:
                        self._db.execute("UPDATE uses SET n_found = ?, n_failed = ? WHERE id = ?", (use.n_found, use.n_failed, use.id))
        except sqlite3.ProgrammingError:  # closed before
            return
        except sqlite3.Error as error:
            raise unusable(self._path, error) from error
        finally:
            for db in (self._db, *(other.db for other in self._also)):
                db.close()

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM replies").fetchone()[0])

    def __bool__(self) -> bool:
        """A journal is there also while it is empty."""
        return True

    def _use(self, identity: str) -> _Use:
        return self._uses.setdefault(identity, _Use())

    def _begin(self, identity: str) -> int | None:
        row = (identity, int(time.time()))
        with self._db:
            return self._db.execute(
                "INSERT INTO uses (token, model, began_at, n_found, n_failed) VALUES (randomblob(8), ?, ?, 0, 0)", row
            ).lastrowid


class _ReadOnly:
    """Another's journal, of whichever version, possibly being written to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.db, version = open_to_read(path)
        self._columns = columns_of(version)

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Reply]:
        return found_in(self.db, self._path, keys, self._columns)


def found_in(db: sqlite3.Connection, path: Path, keys: Sequence[bytes], columns: str) -> dict[bytes, Reply]:
    """The replies to the keys, 500 to a query. Raises RunError where the file is damaged."""
    found: dict[bytes, Reply] = {}
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        try:
            rows: list[Row] = db.execute(f"SELECT {columns} FROM replies WHERE key IN ({','.join('?' * len(part))})", part).fetchall()
        except sqlite3.Error as error:
            raise unusable(path, error) from error
        found.update((row[0], reply_of(row)) for row in rows)
    return found


@contextmanager
def _opened(path: Path, address: Path | str, timeout_s: float) -> Iterator[sqlite3.Connection]:
    """A connection that is closed again where what is done with it first fails. Errors of SQLite are raised as RunError."""
    db = None
    try:
        db = sqlite3.connect(address, uri=True, timeout=timeout_s)
        yield db
    except BaseException as error:
        if db is not None:
            db.close()
        if isinstance(error, sqlite3.Error):
            raise unusable(path, error) from error
        raise


def open_to_write(path: Path) -> sqlite3.Connection:
    """A journal's file, made or brought up to this version where need be. Raises RunError where it cannot be used."""
    with _opened(path, path, _SECONDS_TO_WAIT) as db:
        version_of(db, path)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute(f"PRAGMA wal_autocheckpoint={_PAGES_BETWEEN_CHECKPOINTS}")
        make_ready(db, path)
    return db


def open_alone(path: Path) -> sqlite3.Connection:
    """`open_to_write` for one that nobody else has open, nor can have while this is. Raises RunError where somebody has."""
    open_to_read(path)[0].close()
    with _opened(path, path, 0) as db:
        try:
            db.execute("PRAGMA main.locking_mode=EXCLUSIVE")
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("BEGIN IMMEDIATE")
            db.commit()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise RunError(f"{path}: another process has this journal open; wait for it, then run the same command again") from error
        make_ready(db, path)
    return db


def open_to_read(path: Path) -> tuple[sqlite3.Connection, int]:
    """A journal's file to read from only, and the version of its tables. Raises RunError where there is none."""
    if not path.is_file():
        raise RunError(f"{path}: there is no such journal; check the path")
    with _opened(path, to_read(path), _SECONDS_TO_WAIT) as db:
        version = version_of(db, path)
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'replies'").fetchone():
            raise RunError(f"{path}: there is no journal in this file; check the path")
    return db, version


def unusable(path: Path, error: sqlite3.Error) -> RunError:
    """The error of SQLite as a sentence that says what to do."""
    if "full" in str(error):
        advice = "free some space"
    elif "locked" in str(error) or "busy" in str(error):
        advice = "another process is at it: wait for it"
    elif isinstance(error, sqlite3.OperationalError):
        advice = "check the folder and its permissions"
    else:
        advice = "it is damaged or no journal: move it away"
    return RunError(f"{path}: the journal cannot be used ({error}); {advice}, then run the same command again")
