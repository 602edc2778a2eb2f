"""How replies stand in a journal's file: the tables, the versions of their shape, and the compact forms of numbers by token."""

import os
import sqlite3
from array import array
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from osler.core.errors import RunError
from osler.core.model import Finish, Reply, Usage, Written

VERSION = 2
"""Of the tables, in SQLite's `user_version`. The first version, without attempts, log-probabilities, tokens and uses, had none: 0."""

_FIRST = ("key", "text", "finish", "prompt_tokens", "completion_tokens", "n_calls", "error")
_SECOND = {
    "n_attempts": "INTEGER NOT NULL DEFAULT 1",
    "logprobs": "BLOB NOT NULL DEFAULT x''",
    "written": "BLOB",
    "use": "INTEGER",
}
_CREATE = (
    "CREATE TABLE IF NOT EXISTS replies (key BLOB PRIMARY KEY, text TEXT NOT NULL, finish TEXT NOT NULL,"
    " prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, n_calls INTEGER NOT NULL, error TEXT NOT NULL)"
)
_CREATE_USES = (
    "CREATE TABLE uses (id INTEGER PRIMARY KEY, token BLOB NOT NULL UNIQUE, model TEXT NOT NULL, began_at INTEGER NOT NULL,"
    " n_found INTEGER NOT NULL, n_failed INTEGER NOT NULL)"
)
"""A use: one opening of the journal for one model, in seconds since 1970. `token` is the same wherever the use is merged to. `n_found`
counts the replies that were found in the journal, `n_failed` those that were errors; the replies that it kept name it themselves."""

REPLY = (*_FIRST, *list(_SECOND)[:-1])
"""The columns of which a reply is made, with its key."""

Row = tuple[bytes, str, str, int, int, int, str, int, bytes, bytes | None]


def columns_of(version: int) -> str:
    """`REPLY` as a query of a journal of that version says it."""
    return ", ".join(REPLY) if version else ", ".join((*_FIRST, "1", "x''", "NULL"))


def row_of(key: bytes, reply: Reply) -> Row:
    usage = reply.usage
    return (
        *(key, reply.text, str(reply.finish), usage.prompt_tokens, usage.completion_tokens, usage.n_calls, reply.error),
        *(reply.n_attempts, _packed_floats(reply.logprobs), _packed_written(reply.written, reply.text)),
    )


def reply_of(row: Row) -> Reply:
    _, text, finish, prompt_tokens, completion_tokens, n_calls, error, n_attempts, logprobs, written = row
    usage = Usage(prompt_tokens, completion_tokens, n_calls)
    return Reply(text, Finish(finish), usage, error, n_attempts, _floats(logprobs), _written(written, text))


def _packed_floats(numbers: Sequence[float]) -> bytes:
    """The kind of number, then the numbers: 4 bytes each where that loses nothing, as engines compute them, 8 otherwise."""
    if not numbers:
        return b""
    whole = array("d", numbers)
    try:
        short = array("f", numbers)
    except OverflowError:
        return b"d" + whole.tobytes()
    return b"f" + short.tobytes() if array("d", short).tobytes() == whole.tobytes() else b"d" + whole.tobytes()


def _floats(packed: bytes) -> tuple[float, ...]:
    return tuple(array(packed[:1].decode(), packed[1:])) if packed else ()


def _packed_written(written: Written | None, text: str) -> bytes | None:
    """The kind and count of the token ids, the ids, and the text: `+` and what it adds to the reply's, or `=` and all of it."""
    if written is None:
        return None
    kind = "H" if max(written.token_ids, default=0) < 1 << 16 else "I"
    ids = array(kind, written.token_ids)
    tail = f"+{written.text[len(text) :]}" if written.text.startswith(text) else f"={written.text}"
    return kind.encode() + len(ids).to_bytes(4, "little") + ids.tobytes() + tail.encode()


def _written(packed: bytes | None, text: str) -> Written | None:
    if packed is None:
        return None
    ids = array(packed[:1].decode())
    end = 5 + int.from_bytes(packed[1:5], "little") * ids.itemsize
    ids.frombytes(packed[5:end])
    tail = packed[end:].decode()
    return Written(text + tail[1:] if tail[0] == "+" else tail[1:], tuple(ids))


def version_of(db: sqlite3.Connection, path: Path) -> int:
    """The version of a journal's tables. Raises RunError where a newer osler wrote it, or another program."""
    [(version,)] = db.execute("PRAGMA user_version")
    if version > VERSION:
        raise RunError(
            f"{path}: the journal was written by a newer osler (version {version} of its tables, of which this one reads up to {VERSION});"
            " update osler or move the file away, then run the same command again"
        )
    columns = tuple(name for _, name, *_ in db.execute("PRAGMA table_info(replies)"))
    if columns != (_FIRST if not version else (*_FIRST, *_SECOND)) and (columns or version):
        raise RunError(
            f"{path}: the journal cannot be used (no such columns: a table of replies has others); it is another program's: move it away,"
            " then run the same command again"
        )
    return int(version)


def make_ready(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables, or bring those of an older version up to this one, where they lie and all at once. Raises as `version_of`."""
    if version_of(db, path) == VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    with db:
        if version_of(db, path) == VERSION:  # another process was first
            return
        db.execute(_CREATE)
        for name, kind in _SECOND.items():
            db.execute(f"ALTER TABLE replies ADD COLUMN {name} {kind}")
        db.execute(_CREATE_USES)
        db.execute(f"PRAGMA user_version = {VERSION}")


def to_read(path: Path) -> str:
    """The URI under which SQLite reads a journal and never changes it. One that another process writes is read as of now; one in a folder
    that cannot be written is read as it lies there, since nobody can be at it."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    is_at_rest = not os.access(path.absolute().parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
    return address + "&immutable=1" if is_at_rest else address
