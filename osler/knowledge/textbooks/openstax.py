"""OpenStax books: a collection with its modules, as the publisher's repositories have them, or all modules in one JSON Lines file.

A collection is `collections/NAME.collection.xml`, with the modules as `modules/mNNNNN/index.cnxml`. A line of the other form is
`{"module", "order", "path": [headings above], "cnxml"}`.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from osler.core.errors import RecordError, UserError
from osler.knowledge.textbooks.cnxml import read_module
from osler.knowledge.textbooks.draft import Draft
from osler.knowledge.textbooks.markup import MAX_BYTES, first, name_of, named, parse_xml
from osler.knowledge.textbooks.textbook import Textbook

_MAX_LINE = 64 << 20
_MODULE = ("module", "order", "path", "cnxml")


class _Row(NamedTuple):
    where: str
    module: str
    order: float
    path: tuple[str, ...]
    cnxml: bytes


def read_module_lines(path: Path, title: str) -> Textbook:
    """A book from a `.jsonl` or `.jsonl.gz`. Raises RecordError for a line that is no module; a module that cannot be read is counted."""
    draft = Draft(path.name, title)
    for row in sorted(_rows(path), key=lambda row: row.order):
        _add(draft, row.cnxml, row.where, row.module, row.path)
    return draft.finished()


def _rows(path: Path) -> Iterator[_Row]:
    opened = gzip.open if path.suffix == ".gz" else open
    total = 0
    try:
        with opened(path, "rb") as file:
            for n, line in enumerate(iter(lambda: file.readline(_MAX_LINE + 1), b""), 1):
                total += len(line)
                if len(line) > _MAX_LINE or total > MAX_BYTES:
                    raise RecordError(f"{path.name}:{n}: there is more here than a book has; split the file")
                if line.strip():
                    yield _row(line, f"{path.name}:{n}")
    except (EOFError, gzip.BadGzipFile) as error:
        raise UserError(f"{path.name}: the file is damaged ({error}); fetch it again") from error


def _row(line: bytes, where: str) -> _Row:
    try:
        made: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{where}: this is no JSON ({str(error)[:80]}); correct the line") from error
    if not isinstance(made, dict) or not all(name in made for name in _MODULE):
        raise RecordError(f"{where}: this is no module; it needs {', '.join(_MODULE)}")
    headings, order, cnxml = made["path"], made["order"], made["cnxml"]
    is_path = isinstance(headings, list) and all(isinstance(each, str) for each in headings)
    if not is_path or not isinstance(cnxml, str) or not isinstance(order, int | float):
        raise RecordError(f"{where}: path is a list of headings, order a number and cnxml a text; correct the line")
    return _Row(where, str(made["module"]), order, tuple(headings), cnxml.encode("utf-8", errors="replace"))


def _add(draft: Draft, data: bytes, where: str, module: str, path: tuple[str, ...]) -> None:
    """A module; one that cannot be read costs the book that module and no more."""
    try:
        read_module(draft, data, where, module, path)
    except UserError as error:
        draft.faults[f"modules left out: {error}"] += 1


def read_collection(path: Path) -> Textbook:
    """A book from its `.collection.xml`; the modules lie in `modules/` beside the folder of the collection, or beside the file."""
    draft = Draft(path.name, path.name.removesuffix(".collection.xml"))
    root = parse_xml(path.read_bytes(), path.name, draft.faults)
    title, licence = (next(named(root, name), None) for name in ("title", "license"))
    draft.title = draft.even(title.text or "") if title is not None else draft.title
    draft.licence = (licence.get("url") or draft.even(licence.text or "")) if licence is not None else ""
    folders = [folder for folder in (path.parent.parent / "modules", path.parent / "modules", path.parent) if folder.is_dir()]
    for module, headings in _contents(draft, root, ()):
        found = next((file for folder in folders for file in _files(folder, module) if file.is_file()), None)
        if found is None:
            draft.faults[f"modules left out: {module}: there is no such file"] += 1
        else:
            _add(draft, found.read_bytes(), f"{module}/{found.name}", module, headings)
    return draft.finished()


def _files(folder: Path, module: str) -> tuple[Path, ...]:
    """Where a module may lie; a name that leads elsewhere has none."""
    return (folder / module / "index.cnxml", folder / f"{module}.cnxml") if module.isalnum() else ()


def _contents(draft: Draft, element: etree._Element, headings: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every module of a collection in order, with the headings above it."""
    for child in element:
        name = name_of(child)
        if name == "module":
            yield child.get("document", ""), headings
        elif name == "subcollection":
            title = first(child, "title")
            inner = (*headings, draft.even(title.text or "")) if title is not None else headings
            yield from _contents(draft, child, inner)
        elif name == "content":
            yield from _contents(draft, child, headings)
