"""The command line. Commands about responses from anywhere stand in `cli_grading.py`, those about what models see in `cli_knowledge.py`,
those that make records in `cli_synthesis.py`, the one that trains in `cli_training.py`, those about engines in `cli_engines.py`; these
files and the console print.

Exit codes: 0 complete; 1 ran but incomplete (a request failed for good); 2 the command, a recipe or a file is wrong; 130 interrupted, with
everything that was done kept.
"""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osler import cli_engines, cli_grading, cli_knowledge, cli_synthesis, cli_training
from osler.console import err, out
from osler.core.errors import UserError
from osler.offline import OFFLINE, go_offline
from osler.search import STRATEGIES

if TYPE_CHECKING:
    from osler.recipe.recipe import Recipe

INCOMPLETE, USAGE, INTERRUPTED = 1, 2, 130
WrongCommand: type[typer.BadParameter] = typer.BadParameter.__mro__[1]  # click's UsageError, which typer keeps under a private name

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Small medical language models that reason, and the proof whether they do. Research software, no medical device.",
)
for command in chain.from_iterable(each.COMMANDS for each in (cli_grading, cli_knowledge, cli_synthesis, cli_training, cli_engines)):
    app.command()(command)


@app.callback()
def everywhere(
    offline: Annotated[bool, typer.Option("--offline", help=f"No socket but to this machine; as {OFFLINE}=1 does.")] = False,
) -> None:
    if offline:
        go_offline()


RunFolders = Annotated[list[Path], typer.Argument(help="Run folders, as `osler run` names them.", show_default=False)]
RunFolder = Annotated[Path, typer.Argument(help="A run folder, as `osler run` names it.", show_default=False)]


@app.command()
def run(
    recipe: Annotated[Path, typer.Argument(help="A recipe: one YAML file, see recipes/.", show_default=False)],
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="A.B=C", help="Override a setting of the recipe.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and stop.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most this many items of each kind.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an earlier run of this recipe did.")] = False,
    runs: Annotated[Path, typer.Option(help="The folder in which run folders lie.")] = Path("runs"),
    ray: Annotated[str, typer.Option(metavar="ADDRESS", help="A Ray cluster that answers; auto: this machine, or RAY_ADDRESS.")] = "",
    workers: Annotated[int | None, typer.Option(min=1, metavar="N", help="With --ray: how many workers; one a core or GPU.")] = None,
) -> None:
    """Run a recipe from its sources to its report. The same command goes on where an interrupted one stopped."""
    from osler.plan import plan
    from osler.recipe.file import load_recipe
    from osler.report.plan_table import plan_table

    if workers and not ray:
        raise UserError("--workers: they are those of a cluster; name it with --ray, or take --ray auto")
    settings = load_recipe(recipe, [*(set_ or []), *([f"limit={limit}"] if limit else [])])
    if dry_run:
        out.print(plan_table(plan(settings), settings.tokens_per_second))
        return
    n_failed = _launch(settings, runs, fresh=fresh, ray=ray, n_workers=workers)
    _end_incomplete(n_failed)


def _end_incomplete(n_failed: int) -> None:
    """Where requests failed for good, say so and end with the exit code for that."""
    if n_failed:
        err.print(f"{n_failed} request{'' if n_failed == 1 else 's'} failed for good; run the same command again to ask for no other")
        raise typer.Exit(INCOMPLETE)


def _launch(recipe: "Recipe", runs: Path, *, fresh: bool, ray: str, n_workers: int | None) -> int:
    """Make every run of the recipe and show what came out. Returns how many requests failed for good."""
    from osler.console import RunLines, RunProgress
    from osler.launch import launch_all
    from osler.stages.cluster import Cluster

    progress = RunProgress(out)

    def listener_of(one: "Recipe") -> RunProgress | RunLines:
        if recipe.processes > 1 and len(recipe.runs) > 1:
            return RunLines(f"seed {one.seed}")
        if recipe.seeds:
            out.print(f"seed {one.seed}")
        return progress

    folders: list[Path] = []
    n_failed = 0
    with ExitStack() as inside:
        inside.callback(progress.close)
        cluster = inside.enter_context(Cluster(ray, n_workers)) if ray else None
        if cluster:
            out.print(f"ray: {cluster.about}")
        for folder, n_errored in launch_all(recipe.runs, runs, listener_of, processes=recipe.processes, fresh=fresh, workers=cluster):
            progress.close()
            show([folder])
            out.print(f"report: {folder / 'report.html'}", soft_wrap=True)
            folders.append(folder)
            n_failed += n_errored
    if len(folders) > 1:
        show(folders)
    return n_failed


@app.command()
def show(folders: RunFolders) -> None:
    """Print the tables of a finished run or of graded responses, or of the same recipe's runs with several seeds side by side."""
    from osler.report.graded import tables_of_folder
    from osler.report.grades import is_graded
    from osler.report.results import load_results
    from osler.report.terminal import closing_tables, seed_summary

    if len(folders) == 1 and is_graded(folders[0]):
        out.print(tables_of_folder(folders[0]))
        return
    out.print(seed_summary(folders) if len(folders) > 1 else closing_tables(load_results(folders[0])))


@app.command()
def report(folder: RunFolder) -> None:
    """Write the page of a finished run or of graded responses anew and print where it lies."""
    from osler.report.graded_page import write_graded_page
    from osler.report.grades import is_graded
    from osler.report.page import write_page

    out.print(str(write_graded_page(folder) if is_graded(folder) else write_page(folder)), soft_wrap=True)


@app.command()
def solve(
    question: Annotated[str, typer.Argument(help="A question, or a JSONL file of questions.", show_default=False)],
    policy: Annotated[str, typer.Option(help="A checkpoint folder, its name in the local cache, a .gguf file, or an endpoint's address.")],
    options: Annotated[list[str] | None, typer.Option("--option", metavar="TEXT", help="An option's text; repeat for more.")] = None,
    reward: Annotated[Path | None, typer.Option(help="A process reward model's folder, for strategies that score.")] = None,
    strategy: Annotated[str, typer.Option(help=f"One of {', '.join(STRATEGIES)}.")] = "greedy",
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the strategy.")] = None,
    max_tokens: Annotated[int, typer.Option(min=1, metavar="N", help="The most tokens of one answer.")] = 1024,
    seed: Annotated[int, typer.Option(help="The seed of all sampling.")] = 0,
    engine: Annotated[list[str] | None, typer.Option("--engine", metavar="NAME=VALUE", help="A setting of the policy's engine.")] = None,
    prompt: Annotated[str, typer.Option(help="The text around a question, by its name.")] = "plain",
    codec: Annotated[str, typer.Option(help="How the policy writes its reasoning: step, think or section.")] = "step",
    journal: Annotated[Path | None, typer.Option(help="A file that keeps every reply; what it holds is not asked for again.")] = None,
    passages: Annotated[list[Path] | None, typer.Option(help="For rag: a book, or a JSONL file of passages; repeat.")] = None,
    retriever: Annotated[str, typer.Option(help="For rag: bm25, dense or hybrid.")] = "bm25",
    to: Annotated[Path | None, typer.Option(help="Write solutions as JSONL here instead of printing them.")] = None,
) -> None:
    """Answer one question, or every question of a JSONL file. For research and teaching: no medical device."""
    from osler.commands.solve import Solving, read_questions, shown, solution_to_record
    from osler.core.records import write_records

    questions = read_questions(question, options or [])
    how = (policy, reward, strategy, tuple(set_ or ()), max_tokens, seed, prompt, codec, tuple(engine or ()), journal)
    solving = Solving(*how, passages=tuple(passages or ()), retriever=retriever)
    solutions = solving.solve(questions, _say_what_was_found)
    if to:
        write_records(to, [solution_to_record(solution) for solution in solutions])
        out.print(f"{len(solutions)} solutions: {to}", soft_wrap=True)
    for solution in solutions if not to else []:
        out.print(shown(solution), markup=False, soft_wrap=True)
    _end_incomplete(sum(solution.n_errored for solution in solutions))


def _say_what_was_found(engine: Mapping[str, str]) -> None:
    for about, found in engine.items():
        err.print(f"{about}: {found}", markup=False, soft_wrap=True)


def main() -> None:
    """The entry point: turns errors of the user's into one sentence and an exit code."""
    sys.exit(guarded(lambda: app(prog_name="osler", standalone_mode=False)))


def guarded(command: Callable[[], object]) -> int:
    """Run a command and say how it ended. Our own bugs keep their traceback."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # the bars are ours
    try:
        code = command()
    except UserError as error:
        err.print(f"osler: {error}", markup=False, soft_wrap=True)
        return USAGE
    except WrongCommand as error:
        if message := error.format_message().rstrip("."):  # empty where no command was given: the help has been shown instead
            help_of = error.ctx.command_path if error.ctx else "osler"
            err.print(f"osler: {message}; see {help_of} --help", markup=False, soft_wrap=True)
        return USAGE
    except typer.Exit as end:
        return int(end.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:  # typer turns Ctrl-C into this code by itself
        err.print("interrupted; what was done is kept: run the same command again to go on")
    return code if isinstance(code, int) else 0
