"""The folder that `osler grade --to` leaves: verdicts for machines and for `osler compare`, numbers as JSON and CSV, and the page."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from osler.core.errors import RunError, UserError
from osler.core.records import read_records, write_records, write_text
from osler.evaluate.grade import Graded
from osler.report.graded_page import write_graded_page

VERDICTS = "verdicts.jsonl"


def write_graded(folder: Path, graded: Sequence[Graded], content: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Write it all, the page last. `graded` may be empty: a comparison has no verdicts of its own. Raises RunError where the folder cannot
    be made or written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: cannot be made a folder ({error.strerror}); name another place with --to") from error
    if graded:
        write_records(folder / VERDICTS, graded)
    write_text(folder / "metrics.json", as_json(content))
    write_text(folder / "grading.json", as_json(about))
    write_text(folder / "metrics.csv", as_csv(content["metrics"]))
    if content.get("comparisons"):
        write_text(folder / "comparisons.csv", as_csv(content["comparisons"]))
    write_graded_page(folder)


def as_json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with the same columns; "not known" is an empty cell."""
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def read_graded(path: Path) -> list[Graded]:
    """The verdicts of a folder that `osler grade --to` or `osler run` left, or of a `verdicts.jsonl`. Raises UserError where there are
    none."""
    file = path / VERDICTS if path.is_dir() else path
    if not file.is_file():
        raise UserError(f"{file}: there is no such file; name a folder that `osler grade --to` or `osler run` left, or its {VERDICTS}")
    graded = list(read_records(file, Graded))
    if not graded:
        raise UserError(f"{file}: there are no verdicts in it; grade at least one item")
    return graded
