"""One door for every kind of book: by the end of the name and by what is in the file."""

from pathlib import Path

from osler.core.errors import UserError
from osler.knowledge.textbooks.openstax import read_collection, read_module_lines
from osler.knowledge.textbooks.textbook import Textbook


def read_textbook(path: Path) -> Textbook:
    """A file or folder as a textbook. Raises UserError where there is none, or where it cannot be read."""
    if not path.exists():
        raise UserError(f"{path}: there is no such file; give a book, or a folder with one")
    lines = path / "cnxml.jsonl.gz"
    if path.is_dir() and lines.is_file():
        return read_module_lines(lines, path.resolve().name)
    if path.name.endswith((".jsonl", ".jsonl.gz")):
        return read_module_lines(path, path.resolve().parent.name)
    if path.name.endswith(".collection.xml"):
        return read_collection(path)
    raise UserError(f"{path}: this kind of file is not read yet")
