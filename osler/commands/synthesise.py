"""`osler synthesise`: the folder of a synthesis, and what became of its material."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from osler.core.records import write_text
from osler.core.run import Run
from osler.launch import disk_errors, hash_below
from osler.stages.context import Listener
from osler.stages.exporting import finish
from osler.stages.synthesising import Counts, synthesise
from osler.synthesis import Synthesis, resolved_synthesis


def run_synthesis(synthesis: Synthesis, runs: Path, *, fresh: bool = False, listener: Listener | None = None) -> tuple[Path, Counts]:
    """Make the records in a folder under `runs`, which the same settings and the same content of their files find again. Raises RunError
    where the folder is in use, cannot be written, or the disk is full; what the journal holds is kept."""
    settings = resolved_synthesis(synthesis)
    contents = {str(path): hash_below(path) for path in synthesis.material.files}
    what_counts = {name: value for name, value in settings.items() if name not in ("exports", "hub")}  # other exports ask nobody again
    run = Run.for_settings(runs, synthesis.name, {**what_counts, "contents": contents})
    with run, disk_errors(run.folder):
        if fresh:
            run.clear()
        write_text(run.path("recipe.yaml"), yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
        counts = synthesise(synthesis, run, listener)
        finish(synthesis, run)
        return run.folder, counts


def rows(counts: Counts) -> list[Sequence[str]]:
    """What became of the material: a line for each reason, the most frequent first."""
    lines: list[Sequence[str]] = [("drafts", "", str(counts.n_drafts)), ("records", "", str(counts.n_records))]
    for block, reasons in counts.dropped.items():
        lines += [(f"dropped by {block}", reason, str(n)) for reason, n in sorted(reasons.items(), key=lambda pair: -pair[1])]
    return lines
