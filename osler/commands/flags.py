"""Items that `osler overlap --to` found in another text, as `osler grade --overlaps` takes them: accuracy with and without them."""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from osler.core.errors import RecordError, UserError
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import Metric, metric

FLAGGED, UNFLAGGED = "found in the other text", "not found in the other text"
"""The groups of items that an overlap makes."""


def read_flags(path: Path) -> dict[str, bool]:
    """Whether each item is flagged, by its id. Raises UserError where there is no such file, RecordError for a row without an id or a
    flag."""
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; name one that `osler overlap --to` wrote")
    flags: dict[str, bool] = {}
    for number, row in enumerate(_rows(path), 1):
        flag = str(row.get("is_flagged", "")).lower() if isinstance(row, dict) else ""
        if flag not in ("true", "false") or not row.get("item_id"):
            raise RecordError(f"{path}: row {number}: item_id or is_flagged is missing; write the file with `osler overlap --to`")
        flags[str(row["item_id"])] = flag == "true"
    return flags


def flagged_metrics(graded: Sequence[Graded], flags: dict[str, bool], where: str) -> Iterator[Metric]:
    """For each system: its accuracy on the items that are flagged, and on all others. Raises UserError where an item has no flag."""
    unknown = next((row.item_id for row in graded if row.item_id not in flags), None)
    if unknown is not None:
        raise UserError(f"{where}: it says nothing of the item {unknown!r}; look for the same items with `osler overlap`")
    for system in dict.fromkeys(row.system for row in graded):
        for group, is_flagged in ((FLAGGED, True), (UNFLAGGED, False)):
            own = [row for row in graded if row.system == system and flags[row.item_id] is is_flagged]
            if own:
                yield metric(system, group, own)


def _rows(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix.lower() == ".csv":
            yield from csv.DictReader(file)
            return
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise RecordError(f"{path}:{number}: this is no JSON; write it with `osler overlap --to`") from error
