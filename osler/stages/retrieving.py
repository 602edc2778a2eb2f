"""Passages from wherever they lie, and the retriever that finds them: for runs, and for commands that show what a model would see."""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from osler.core.errors import RecordError, UserError
from osler.core.passage import Passage, Retriever
from osler.knowledge.retrieval import RETRIEVERS, AnyRetriever
from osler.knowledge.retrieval.shelf import Shelf, keep
from osler.knowledge.textbooks.pairs import passages_of_pairs
from osler.knowledge.textbooks.passages import Cutting, passages_of
from osler.knowledge.textbooks.read import read_textbook

_LINES = (".jsonl", ".jsonl.gz")


def retriever_of(settings: AnyRetriever, paths: Sequence[Path], folder: Path, max_words: int = 180) -> Retriever:
    """A retriever of what lies in `paths`. Its index lies in `folder`, keyed by content: it is built once and found again."""
    return settings.load(shelf_of(paths, folder, max_words))


def retriever_named(kind: str) -> AnyRetriever:
    """With its usual settings. Raises UserError where there is none of this kind."""
    if kind not in RETRIEVERS:
        raise UserError(f"--retriever {kind}: there is no such retriever; choose among {', '.join(RETRIEVERS)}")
    return RETRIEVERS[kind]()


def shelf_of(paths: Sequence[Path], folder: Path, max_words: int = 180) -> Shelf:
    """The passages of all paths, kept in `folder`. Raises UserError where there are none."""
    shelf = keep((passage for path in paths for passage in read_passages(path, max_words)), folder)
    if not len(shelf):
        raise UserError(f"{paths[0] if paths else 'passages'}: there is no passage in it; give a book or a JSONL file with text")
    return shelf


def read_passages(path: Path, max_words: int = 180) -> Iterator[Passage]:
    """The passages of a book in any form that `read_textbook` knows, chunked to `max_words` words; or of a JSONL file that has one in each
    line: {"id", "text"} with the other fields of a passage, or {"id", "question", "answer"} (`passages_of_pairs`)."""
    if not (path.name.endswith(_LINES) and path.is_file()):
        yield from passages_of(read_textbook(path), Cutting(max_size=max_words))
        return
    source = path.name.split(".")[0]
    _, first = next(_records(path), ("", {}))
    if "cnxml" in first:
        yield from passages_of(read_textbook(path), Cutting(max_size=max_words))
    elif "question" in first and "text" not in first:
        yield from passages_of_pairs((record for _, record in _records(path)), source)
    else:
        yield from (_passage(where, record, source) for where, record in _records(path))


def _records(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield f"{path}:{number}", _parsed(f"{path}:{number}", line)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: the file cannot be read ({error}); check that it is whole, and UTF-8") from error


def _parsed(where: str, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{where}: this is no JSON; write one object a line") from error
    if not isinstance(record, dict):
        raise RecordError(f"{where}: this is {type(record).__name__}, not an object; write one object a line")
    return record


def _passage(where: str, record: dict[str, Any], source: str) -> Passage:
    def text(name: str) -> str:
        value = record.get(name)
        if not isinstance(value, str) or not value.strip():
            raise RecordError(f"{where}: {name!r} is missing or no text; a passage has 'id' and 'text', a pair 'question' and 'answer'")
        return value

    heading = record.get("heading") or ()
    headings = (heading,) if isinstance(heading, str) else tuple(map(str, heading))
    fields = {str(name): str(value) for name, value in (record.get("fields") or {}).items()}
    return Passage(
        text("id"), text("text"), headings, str(record.get("source") or source), sought=str(record.get("sought") or ""), fields=fields
    )
