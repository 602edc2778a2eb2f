"""One door for every kind of book: by the end of the name, and where that says nothing by what is in the file."""

from collections.abc import Callable
from pathlib import Path

from osler.core.errors import UserError
from osler.knowledge.textbooks.cnxml import read_module
from osler.knowledge.textbooks.draft import Draft
from osler.knowledge.textbooks.epub import read_epub
from osler.knowledge.textbooks.lines import read_markdown, read_plain
from osler.knowledge.textbooks.markup import MAX_BYTES
from osler.knowledge.textbooks.openstax import read_collection, read_module_lines
from osler.knowledge.textbooks.page import read_page
from osler.knowledge.textbooks.pdf import read_pdf
from osler.knowledge.textbooks.textbook import Textbook
from osler.knowledge.textbooks.tidy import decoded

_SUFFIXES = {"cnxml": "cnxml", "markdown": "md markdown", "plain": "txt text", "page": "html htm xhtml"}
_WHOLE: dict[str, Callable[[Path], Textbook]] = {".epub": read_epub, ".pdf": read_pdf}
_PARTS = {f".{suffix}": kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_MODULES = "cnxml.jsonl.gz"


def read_textbook(path: Path) -> Textbook:
    """A file or folder as a textbook: OpenStax (a collection, a repository with one, modules, or modules as JSON Lines), EPUB, PDF, HTML,
    Markdown or plain text; any other folder is a book of the files in it. Raises UserError where there is none or it cannot be read."""
    if not path.exists():
        raise UserError(f"{path}: there is no such file; give a book, or a folder with one")
    try:
        return _of_folder(path) if path.is_dir() else _of_file(path)
    except (OSError, MemoryError) as error:
        raise UserError(f"{path}: the file cannot be read ({error}); check it and its permissions") from error


def _of_file(path: Path) -> Textbook:
    if path.stat().st_size > MAX_BYTES and path.suffix.lower() not in _WHOLE:
        raise UserError(f"{path.name}: {path.stat().st_size >> 20:,} MB are more than a book has ({MAX_BYTES >> 20} MB); split the file")
    if path.name.endswith((".jsonl", ".jsonl.gz")):
        return read_module_lines(path, path.resolve().parent.name)
    if path.name.endswith(".collection.xml"):
        return read_collection(path)
    suffix = path.suffix.lower()
    if suffix in _WHOLE:
        return _WHOLE[suffix](path)
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"%PDF-"):
        return read_pdf(path)
    if head.startswith(b"PK\x03\x04"):
        return read_epub(path)
    draft = Draft(path.name)
    draft.title = _part(draft, path, _PARTS.get(suffix) or _kind(head)) or path.stem
    return draft.finished()


def _kind(head: bytes) -> str:
    """What a file is whose name does not say it."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"http://cnx.rice.edu/cnxml" in head:
        return "cnxml"
    return "page" if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start[:1000] else "plain"


def _part(draft: Draft, path: Path, kind: str, above: tuple[str, ...] = ()) -> str:
    """A file of text into the draft; returns the title that it gives itself, if it does."""
    data, name = path.read_bytes(), path.stem
    if kind == "cnxml":
        module = path.parent.name if name == "index" else name
        read_module(draft, data, path.name, module, above)
        return ""
    if kind == "page":
        return read_page(draft, data, path.name, name, above)
    text = decoded(data, path.name, draft.faults)
    return (read_markdown if kind == "markdown" else read_plain)(draft, text, name, above)


def _of_folder(path: Path) -> Textbook:
    if (path / _MODULES).is_file():
        return read_module_lines(path / _MODULES, path.resolve().name)
    collections = sorted([*path.glob("*.collection.xml"), *path.glob("collections/*.collection.xml")])
    if len(collections) > 1:
        names = ", ".join(each.relative_to(path).as_posix() for each in collections)
        raise UserError(f"{path}: there are several books here; give one of {names}")
    return read_collection(collections[0]) if collections else _of_files(path)


def _of_files(path: Path) -> Textbook:
    """The files below in the order of their names; one that cannot be read, or is of another kind, is left out and counted."""
    draft = Draft(path.name, path.resolve().name)
    for file in sorted(each for each in path.rglob("*") if each.is_file() and not each.name.startswith(".")):
        suffix, above = file.suffix.lower(), file.relative_to(path).parent.parts
        if suffix not in _PARTS and suffix not in _WHOLE:
            draft.faults[f"files left out, of another kind: {suffix or 'without a suffix'}"] += 1
            continue
        try:
            if suffix in _WHOLE:
                draft.include(_WHOLE[suffix](file), file.stem, above)
            elif file.stat().st_size > MAX_BYTES:
                raise UserError(f"{file.name}: the file is larger than a book; split it")
            else:
                _part(draft, file, _PARTS[suffix], above if suffix != ".cnxml" else ())
        except UserError as error:
            draft.faults[f"files left out: {error}"] += 1
    return draft.finished()
