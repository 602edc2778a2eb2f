"""The commands of the command line about making training records."""

from pathlib import Path
from typing import Annotated, Any

import typer

from osler.console import RunProgress, err, out


def synthesise(
    recipe: Annotated[Path, typer.Argument(help="A synthesis: one YAML file, see recipes/synthesis/.", show_default=False)],
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="A.B=C", help="Override a setting of the recipe.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Take up at most this many passages or items.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an earlier run of this recipe did.")] = False,
    runs: Annotated[Path, typer.Option(help="The folder in which run folders lie.")] = Path("runs"),
) -> None:
    """Make training records from sources, and say what was dropped and why. The same command goes on where it was interrupted."""
    from osler.commands.synthesise import rows, run_synthesis
    from osler.recipe_file import load_synthesis
    from osler.report.synthesis_table import synthesis_table
    from osler.stages.synthesising import STAGE

    settings = load_synthesis(recipe, [*(set_ or []), *([f"limit={limit}"] if limit else [])])
    progress = RunProgress(out)
    progress.started(STAGE)
    try:
        folder, counts = run_synthesis(settings, runs, fresh=fresh, listener=progress)
    finally:
        progress.close()
    out.print(synthesis_table(rows(counts)))
    out.print(f"records: {folder / 'records.jsonl'}", soft_wrap=True)
    if counts.n_errored:
        err.print(f"{counts.n_errored} drafts were dropped as requests failed for good; run the same command again to ask for those alone")
        raise typer.Exit(1)


COMMANDS: tuple[Any, ...] = (synthesise,)
