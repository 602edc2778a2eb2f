"""The commands of the command line about making training records."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from osler.console import RunProgress, err, out
from osler.core.errors import UserError


def synthesise(
    recipe: Annotated[Path, typer.Argument(help="A synthesis: one YAML file, see recipes/synthesis/.", show_default=False)],
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="A.B=C", help="Override a setting of the recipe.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Take up at most this many passages or items.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an earlier run of this recipe did.")] = False,
    runs: Annotated[Path, typer.Option(help="The folder in which run folders lie.")] = Path("runs"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
) -> None:
    """Make training records from sources, and say what was dropped and why. The same command goes on where it was interrupted."""
    from osler.commands.synthesis_plan import plan_rows
    from osler.commands.synthesise import export_rows, rows
    from osler.recipe.file import load_synthesis
    from osler.report.synthesis_table import synthesis_table
    from osler.stages.synthesis_run import run_synthesis
    from osler.stages.synthesising import STAGE

    settings = load_synthesis(recipe, [*(set_ or []), *([f"limit={limit}"] if limit else [])])
    if dry_run:
        out.print(synthesis_table(plan_rows(settings)))
        return
    progress = RunProgress(out)
    progress.started(STAGE)
    try:
        folder, counts = run_synthesis(settings, runs, fresh=fresh, listener=progress)
    finally:
        progress.close()
    out.print(synthesis_table([*rows(counts), *export_rows(folder)]))
    out.print(f"records: {folder / 'records.jsonl'}; card: {folder / 'card.md'}", soft_wrap=True)
    if settings.hub:
        out.print(f"pushed to {settings.hub.repo}", soft_wrap=True)
    if counts.n_errored:
        err.print(f"{counts.n_errored} drafts were dropped as requests failed for good; run the same command again to ask for those alone")
        raise typer.Exit(1)


def inspect(
    file: Annotated[Path, typer.Argument(help="Records, what was dropped, traces, an export: a JSONL file of ours.", show_default=False)],
    n: Annotated[int | None, typer.Option("-n", "--n", min=1, metavar="N", help="How many; 3, and 20 on a sheet.")] = None,
    from_: Annotated[int, typer.Option("--from", min=1, metavar="N", help="Begin with this one.")] = 1,
    id_: Annotated[list[str] | None, typer.Option("--id", metavar="ID", help="This record; repeat.")] = None,
    reason: Annotated[list[str] | None, typer.Option(metavar="WORD", help="Of what was dropped, this reason; repeat.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Draw by chance; the same seed draws the same ones.")] = None,
    by: Annotated[str, typer.Option(metavar="WORD", help="Draw equally by group, reason or source.")] = "",
    html: Annotated[Path | None, typer.Option(metavar="SHEET", help="Write a page for a clinician's review, drawn by chance.")] = None,
    reviews: Annotated[list[Path] | None, typer.Option(metavar="JSONL", help="Reviews of such a page, read back; repeat.")] = None,
    to: Annotated[Path | None, typer.Option(help="With --reviews: write the records that nobody would drop.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Page through records and what was dropped, or have people review them. For research: no medical device."""
    from osler.commands.inspect import Choosing, chosen
    from osler.report.record_text import record_text

    if reviews or to:
        _read_back(file, reviews or [], to, is_json=json_)
        return
    drawn = None if id_ else seed if seed is not None or not html else 0
    lines = chosen(file, Choosing(n or (20 if html else 3), tuple(id_ or ()), tuple(reason or ()), drawn, by, from_ - 1))
    if html:
        from osler.commands.inspect import write_review_sheet

        out.print(write_review_sheet(html, lines, file, drawn, by), soft_wrap=True)
        return
    if json_:
        for line in lines:
            out.print(json.dumps(line.row), markup=False, soft_wrap=True)
        return
    with out.pager(styles=True) if out.is_terminal else nullcontext():
        for line in lines:
            out.print(record_text(line.view, line.number))


def _read_back(file: Path, reviews: list[Path], to: Path | None, *, is_json: bool) -> None:
    from osler.commands.graded_folder import as_json
    from osler.commands.reviews import read_reviews, rows, summary, write_reviewed
    from osler.report.doctor_table import doctor_table

    if not reviews:
        raise UserError("--to: it takes what reviewers said; name their files with --reviews")
    found = read_reviews(reviews, file)
    content = summary(found, file)
    if is_json:
        out.print(as_json(content), end="", markup=False, soft_wrap=True)
    else:
        out.print(doctor_table(rows(content)))
    if to:
        beside, n_kept, n_dropped = write_reviewed(file, found, to)
        (err if is_json else out).print(f"{n_kept} records: {to}; {n_dropped} dropped: {beside}", soft_wrap=True)


COMMANDS: tuple[Any, ...] = (synthesise, inspect)
