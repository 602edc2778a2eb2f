"""What became of the material of a synthesis, for the terminal."""

import json
from collections.abc import Sequence
from pathlib import Path

from osler.report.numbers import count
from osler.stages.carding import CARD
from osler.stages.synthesising import Counts


def rows(counts: Counts) -> list[Sequence[str]]:
    """What became of the material: a line for each reason, the most frequent first; then what each role used and cost."""
    lines: list[Sequence[str]] = [("drafts", "", count(counts.n_drafts)), ("records", "", count(counts.n_records))]
    for block, reasons in counts.dropped.items():
        lines += [(f"dropped by {block}", reason, count(n)) for reason, n in sorted(reasons.items(), key=lambda pair: -pair[1])]
    for role, usage in counts.usage.items():
        lines += [(role, "calls", count(usage.n_calls)), (role, "tokens read", count(usage.prompt_tokens))]
        lines += [(role, "tokens written", count(usage.completion_tokens))]
    lines += [(role, "cost", f"{paid:,.2f}") for role, paid in counts.cost.items()]
    if counts.cost_per_record is not None:
        lines.append(("a record", "cost", f"{counts.cost_per_record:,.4f}"))
    return lines


def export_rows(folder: Path) -> list[Sequence[str]]:
    """What a run's card says of its exports: rows, and the traces that made none with their reasons."""
    lines: list[Sequence[str]] = []
    for name, export in json.loads((folder / CARD).read_text(encoding="utf-8"))["exports"].items():
        lines.append((f"export {name}", "rows", count(export["n_rows"])))
        lines += [(f"not in {name}", reason, count(n)) for reason, n in sorted(export["left_out"].items(), key=lambda pair: -pair[1])]
    return lines
