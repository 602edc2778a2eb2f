"""Records become exports: exports/NAME.jsonl or .parquet for each export of a synthesis, and how many rows each has."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from osler.core.codec import CODECS
from osler.core.prompt import Prompt
from osler.core.records import read_records, write_records
from osler.core.run import Run
from osler.data.parquet import write_parquet
from osler.judges import QuestionReader
from osler.synthesis import Synthesis
from osler.synthesise.draft import Draft
from osler.synthesise.exporting import AnyExport
from osler.synthesise.exporting.style import Style
from osler.synthesise.exports import Record

FOLDER = "exports"


@dataclass
class Exported:
    """An export that was written: its file, the names of its prompt and codec, its rows, and the traces left out by reason."""

    file: str
    prompt: str
    codec: str
    n_rows: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


def write_exports(synthesis: Synthesis, run: Run, records: str) -> dict[str, Exported]:
    """Each export of the records, by name. What an earlier call left is gone first. The same records always leave the same bytes."""
    folder = run.path(FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    written = {}
    for export in synthesis.exports:
        exported = Exported(f"{FOLDER}/{name_of(export)}.{export.form}", *synthesis.written_with(export))
        path = run.path(exported.file)
        rows = _rows(export, run.folder / records, exported)
        if export.form == "parquet":
            write_parquet(path, rows, export.columns)
        else:
            write_records(path, rows)
        written[name_of(export)] = exported
    return written


def name_of(export: AnyExport) -> str:
    return export.name or export.kind


def _rows(export: AnyExport, path: Path, exported: Exported) -> Iterator[Record]:
    style = Style(Prompt.named(exported.prompt), CODECS[exported.codec], QuestionReader())
    drafts: Iterable[Draft] = read_records(path, Draft)
    for draft in drafts:
        for row in export.rows(draft, style) if draft.item else ["no_item"]:
            if isinstance(row, str):
                exported.left_out[row] = exported.left_out.get(row, 0) + 1
            else:
                exported.n_rows += 1
                yield row
