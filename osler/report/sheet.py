"""A sheet for review: one self-contained HTML file of records, on which a person says of each whether to keep it."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup

from osler.core.records import write_text
from osler.report.numbers import harmless
from osler.report.page import filled
from osler.report.record_view import RecordView

_SCRIPT = "sheet_script.html"


def write_sheet(path: Path, records: Sequence[RecordView], title: str, about: str) -> None:
    """`about` says how the records were chosen. The same records give the same bytes."""
    write_text(path, sheet(records, title, about))


def sheet(records: Sequence[RecordView], title: str, about: str) -> str:
    script = (files("osler.report") / _SCRIPT).read_text(encoding="utf-8")
    code = script.partition("<script>")[2].rpartition("</script>")[0]
    return filled(
        "sheet.html",
        title=harmless(title),
        about=harmless(about),
        records=[_harmless(record) for record in records],
        digest=hashlib.sha256(repr((title, records)).encode("utf-8", "surrogatepass")).hexdigest()[:16],
        script=Markup(script.strip()),
        script_hash=base64.b64encode(hashlib.sha256(code.encode()).digest()).decode(),
    )


def _harmless(record: RecordView) -> RecordView:
    """No character that turns the direction of writing, nor one that is obeyed; the id alone stays what reviews have to name."""
    cleaned: RecordView = _cleaned(record)
    return replace(cleaned, id=record.id)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, tuple):
        return tuple(map(_cleaned, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _cleaned(getattr(value, field.name)) for field in fields(value)})
    return value
