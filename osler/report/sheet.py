"""A sheet for review: one self-contained HTML file of records, on which a person says of each whether to keep it."""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from markupsafe import Markup

from osler.core.records import write_text
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
        title=title,
        about=about,
        records=records,
        digest=hashlib.sha256(repr((title, records)).encode("utf-8", "surrogatepass")).hexdigest()[:16],
        script=Markup(script.strip()),
        script_hash=base64.b64encode(hashlib.sha256(code.encode()).digest()).decode(),
    )
