"""The journal: every reply, kept the moment its batch is done, keyed by everything that could change it. Running again is resuming."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter

from osler.core.errors import RunError
from osler.core.model import Finish, Model, Reply, Request, Usage

_REPLY = TypeAdapter(Reply)


class Journal:
    """An SQLite file of replies (WAL, so that a kill at any moment loses at most the batch under way)."""

    def __init__(self, path: Path) -> None:
        """Open or create. Raises RunError where the file cannot be written or is no journal."""
        self._path = path
        try:
            self._db = sqlite3.connect(path)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute("CREATE TABLE IF NOT EXISTS replies (key BLOB PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID")
            self._db.commit()
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Reply]:
        """The replies that are there. Raises RunError where the file is damaged."""
        found: dict[bytes, Reply] = {}
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            marks = ",".join("?" * len(part))
            try:
                rows = self._db.execute(f"SELECT key, reply FROM replies WHERE key IN ({marks})", part).fetchall()
            except sqlite3.Error as error:
                raise self._unusable(error) from error
            found.update({key: _REPLY.validate_json(reply) for key, reply in rows})
        return found

    def keep(self, replies: Sequence[tuple[bytes, Reply]]) -> None:
        """Write all of them or, if the process dies now, none. A key that is already there is an error of ours: it was generated twice."""
        rows = [(key, json.dumps(asdict(reply), ensure_ascii=False)) for key, reply in replies]
        try:
            with self._db:
                self._db.executemany("INSERT INTO replies VALUES (?, ?)", rows)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM replies").fetchone()[0])

    def close(self) -> None:
        self._db.close()

    def _unusable(self, error: sqlite3.Error) -> RunError:
        if "full" in str(error):
            advice = "free some space"
        elif isinstance(error, sqlite3.OperationalError):
            advice = "check the folder and its permissions"
        else:
            advice = "it is damaged or no journal: move it away"
        return RunError(f"{self._path}: the journal cannot be used ({error}); {advice}, then run the same command again")


class JournalledModel:
    """A `Model` that asks the wrapped one only for what the journal does not hold. Failed replies are not kept: they are asked again."""

    def __init__(self, model: Model, journal: Journal) -> None:
        self._model, self._journal = model, journal
        self._used: dict[bytes, Usage] = {}

    @property
    def usage(self) -> Usage:
        """What all the replies so far cost, each counted once however often it was asked for, replayed ones included."""
        return sum(self._used.values(), Usage())

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def is_reproducible(self) -> bool:
        return self._model.is_reproducible

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        keys = [self._key(request) for request in requests]
        known = self._journal.find(list(dict.fromkeys(keys)))
        self._used.update({key: reply.usage for key, reply in known.items()})
        if hits := [(at, known[key]) for at, key in enumerate(keys) if key in known]:
            yield hits
        places: dict[bytes, list[int]] = {}
        for at, key in enumerate(keys):
            if key not in known:
                places.setdefault(key, []).append(at)
        missing = list(places)
        for batch in self._model.complete([requests[places[key][0]] for key in missing]):
            self._journal.keep([(missing[at], reply) for at, reply in batch if reply.finish is not Finish.ERROR])
            self._used.update({missing[at]: reply.usage for at, reply in batch})
            yield [(place, reply) for at, reply in batch for place in places[missing[at]]]

    def _key(self, request: Request) -> bytes:
        content = json.dumps([self._model.identity, asdict(request)], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).digest()
