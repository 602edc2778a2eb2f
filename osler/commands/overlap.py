"""`osler overlap A B`: which items of A stand, whole or nearly, in B. Needs no model and no GPU."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from osler.commands.graded_folder import as_csv
from osler.core.errors import RecordError, UserError
from osler.core.records import write_records, write_text
from osler.data import load_item_sets
from osler.data.table import Row, read_rows
from osler.evaluate.overlap import Overlap, OverlapMethod, OverlapSettings, Text, compared_text, item_text, overlaps, repeats
from osler.report.overlap_table import OverlapCounts, OverlapRow

_TEXT_FILES = (".txt", ".md")
_TABLES = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
_COLUMNS = ("text", "question", "content", "prompt", "input", "instruction")


@dataclass(frozen=True)
class Overlaps(OverlapCounts):
    """One overlap per item of the first side, flagged or not, and what a table shows of them."""

    overlaps: Sequence[Overlap]


def overlap_files(first: str, second: str, settings: OverlapSettings | None = None) -> Overlaps:
    """Look for the items of `first` in `second`; where both are the same, for each in those before it. Each is a set of items, as
    `load_item_sets` knows them, or a file of texts: `.txt` (paragraphs, apart by a blank line) or a table with a column of texts. Raises
    UserError."""
    items = list(_texts(first))
    if not items:
        raise UserError(f"{first}: there are no texts in it; name a file or a set of items that has some")
    n_texts = 0

    def counted() -> Iterator[Text]:
        nonlocal n_texts
        for text in _texts(second):
            n_texts += 1
            yield text

    found = repeats(items, settings) if first == second else overlaps(items, counted(), settings)
    partners = {each.partner_id for each in found if each.is_flagged}
    partner_texts = {id: text for id, text in _texts(second) if id in partners} if partners else {}
    return Overlaps(
        first,
        second,
        len(items),
        n_texts or len(items),
        {method.value: sum(each.method is method for each in found) for method in OverlapMethod},
        _rows(found, dict(items), partner_texts),
        found,
    )


def write_overlaps(path: Path, found: Overlaps) -> None:
    """Every item's overlap, flagged or not: CSV by the file's name, JSON Lines otherwise."""
    if path.suffix.lower() == ".csv":
        write_text(path, as_csv([asdict(each) for each in found.overlaps]))
    else:
        write_records(path, found.overlaps)


def _rows(found: Sequence[Overlap], texts: Mapping[str, str], partners: Mapping[str, str]) -> list[OverlapRow]:
    return [
        OverlapRow(each.item_id, each.partner_id, each.method.value, each.share, texts[each.item_id], partners[each.partner_id])
        for each in found
        if each.method is not None and each.partner_id is not None
    ]


def _texts(spec: str) -> Iterator[Text]:
    """The texts of one side, each with its id."""
    path = Path(spec)
    if path.is_file() and path.suffix.lower() in _TEXT_FILES:
        yield from _paragraphs(path)
    elif path.is_file() and (rows := _text_rows(path)) is not None:
        yield from rows
    else:
        yield from ((item.id, item_text(item)) for item_set in load_item_sets(spec) for item in item_set.items)


def _paragraphs(path: Path) -> Iterator[Text]:
    try:
        paragraphs = path.read_text(encoding="utf-8-sig").split("\n\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: cannot be read ({error}); it must be a UTF-8 text file") from error
    for number, paragraph in enumerate(paragraphs, 1):
        if paragraph.strip():
            yield f"{path.stem}-{number}", paragraph


def _text_rows(path: Path) -> Iterator[Text] | None:
    """The texts of a table; None where it is one of items, or something else."""
    if not any(suffix.lower() in _TABLES for suffix in path.suffixes):
        return None
    first = next(read_rows(path), None)
    if first is None or isinstance(first.values.get("question"), dict):
        return None
    column = next((name for name in _COLUMNS if isinstance(first.values.get(name), str)), None)
    if column is None:
        known, there = ", ".join(_COLUMNS), ", ".join(map(str, first.values))
        raise RecordError(f"{first.where}: has no text under {known}, only {there}; name a column of texts so")
    return (_text(path, number, row, column) for number, row in enumerate(read_rows(path)))


def _text(path: Path, number: int, row: Row, column: str) -> Text:
    text, id = row.values.get(column), row.values.get("id")
    if not isinstance(text, str):
        raise RecordError(f"{row.where}: {column!r} is no text but a {type(text).__name__}; correct the row")
    options = row.values.get("options")
    told = compared_text(text, map(str, options.values() if isinstance(options, Mapping) else ()))
    return (str(id) if id is not None else f"{path.name.split('.')[0]}-{number:05d}"), told
