"""The commands of the command line about responses from anywhere: grade, compare, crosscheck, traps, overlap, weigh."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.console import out

if TYPE_CHECKING:
    from osler.evaluate.grade import Graded

Map = Annotated[list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Which column has what; repeat.")]
Form = Annotated[str | None, typer.Option(help="The form of the files, where they do not tell it themselves.")]
Statement = Annotated[str, typer.Option(help="Which of several statements of an answer counts: last or first.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the numbers as JSON instead of tables.")]


def grade(
    responses: Annotated[list[Path], typer.Argument(help="Files of responses, or run folders.", show_default=False)],
    items: Annotated[str, typer.Option(help="What was asked: NAME:FILE of a benchmark, a file of items, or a mapping (.yaml).")],
    form: Form = None,
    map_: Map = None,
    statement: Statement = "last",
    rule: Annotated[list[str] | None, typer.Option(help="A published rule to put beside the strict reading; repeat.")] = None,
    answered: Annotated[bool, typer.Option("--answered", help="Count only the items that have a response.")] = False,
    judge: Annotated[str, typer.Option(help="A model that judges free answers: as solve's --policy.", show_default=False)] = "",
    engine: Annotated[list[str] | None, typer.Option("--engine", metavar="NAME=VALUE", help="A setting of the judge's engine.")] = None,
    journal: Annotated[Path | None, typer.Option(help="A file that keeps the judge's replies.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="How many processes share the work.")] = 1,
    ray: Annotated[str, typer.Option(metavar="ADDRESS", help="A Ray cluster that has the processes; auto: here.")] = "",
    overlaps: Annotated[Path | None, typer.Option(help="A file of `osler overlap`: accuracy with and without its items.")] = None,
    to: Annotated[Path | None, typer.Option(help="A folder for verdicts, JSON, CSV and the page.")] = None,
    json_: AsJson = False,
) -> None:
    """Read the answers of anybody's model, judge them, and say what the numbers are worth. No model, no GPU."""
    from osler.commands.grade import GradeSettings, grade_files
    from osler.commands.judging import Judging
    from osler.commands.measured import about, measured

    judging = Judging(judge, tuple(engine or ()), journal) if judge else None
    settings = GradeSettings(items, form, tuple(map_ or ()), statement, answered, tuple(rule or ()), judging, processes, overlaps, ray)
    grading = grade_files(responses, settings)
    _hand_over(grading.graded, measured(grading), about(grading), to, is_json=json_)


def compare(
    graded: Annotated[list[Path], typer.Argument(help="Folders that `osler grade --to` or `osler run` left.", show_default=False)],
    baseline: Annotated[str, typer.Option(help="The system that all others are compared with; the first one.", show_default=False)] = "",
    base: Annotated[list[str] | None, typer.Option(metavar="MODEL=BASE", help="Compare a model with its own base; repeat.")] = None,
    groups: Annotated[bool, typer.Option("--groups", help="Compare within every group of items as well.")] = False,
    to: Annotated[Path | None, typer.Option(help="A folder for JSON, CSV and the page.")] = None,
    json_: AsJson = False,
) -> None:
    """Compare systems over the same items: differences with intervals, and whether they can be told apart at all."""
    from osler.commands.compare import CompareSettings, compare_files

    compared = compare_files(graded, CompareSettings(baseline, tuple(base or ()), groups))
    _hand_over([], compared.content, compared.about, to, is_json=json_)


def crosscheck(
    responses: Annotated[list[Path], typer.Argument(help="Files of responses with another's verdicts.", show_default=False)],
    items: Annotated[str, typer.Option(help="What was asked, as for grade.")],
    form: Form = None,
    map_: Map = None,
    statement: Statement = "last",
    rule: Annotated[str | None, typer.Option(help="A published rule to check instead of what was recorded.")] = None,
    to: Annotated[Path | None, typer.Option(help="A file for every difference, as JSON Lines or CSV.")] = None,
    show: Annotated[int, typer.Option(min=0, help="How many differences of each cause to print.")] = 3,
) -> None:
    """Show item by item where another grader's verdicts, or a published rule's, differ from ours."""
    from osler.commands.crosscheck import crosscheck_files, write_differences
    from osler.commands.grade import GradeSettings
    from osler.report.crosscheck_table import causes_table, differences_table

    settings = GradeSettings(items, form, tuple(map_ or ()), statement)
    found = crosscheck_files(responses, settings, rule)
    if to:
        write_differences(to, found.differences)
    if show and found.differences:
        out.print(differences_table(found.shown(show), found.theirs))
    out.print(causes_table(found.causes, found.theirs, found.n_compared))
    out.print(found.summary)


def traps(
    answers: Annotated[Path | None, typer.Argument(help='Another reader\'s answers, {"id", "answer"} lines.', show_default=False)] = None,
    rule: Annotated[str | None, typer.Option(help="A published rule instead of our reader.")] = None,
    items: Annotated[bool, typer.Option("--items", help="Print the traps as JSON lines, with their right readings.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Print every trap that was read wrong.")] = False,
) -> None:
    """The public set of texts that readers of answers read wrong: try ours, a published rule, or your own."""
    from osler.commands.traps import read_answers, read_traps, read_traps_by_rule, trap_lines, trap_rows
    from osler.judges import QuestionReader
    from osler.report.traps_table import failed_table, traps_table

    if items:
        for line in trap_lines():
            out.print(line, markup=False, soft_wrap=True)
        return
    readings = read_answers(answers) if answers else read_traps_by_rule(rule) if rule else read_traps(QuestionReader())
    if failed:
        out.print(failed_table(readings))
    out.print(traps_table(trap_rows(readings), str(answers or rule or "osler")))


def overlap(
    first: Annotated[str, typer.Argument(help="Items, as for grade, or a file of texts: what is looked for.", show_default=False)],
    second: Annotated[str, typer.Argument(help="The same: in what it is looked for.", show_default=False)],
    to: Annotated[Path | None, typer.Option(help="A file for every overlap, as JSON Lines or CSV.")] = None,
) -> None:
    """Find the items of one set that stand, whole or nearly, in another."""
    from osler.commands.overlap import overlap_files, write_overlaps
    from osler.report.overlap_table import overlap_table

    found = overlap_files(first, second)
    if to:
        write_overlaps(to, found)
    out.print(overlap_table(found))


def weigh(
    items: Annotated[str, typer.Argument(help="Multiple-choice items, as for grade.", show_default=False)],
    policy: Annotated[str, typer.Option(help="A checkpoint folder of a causal language model.")],
    to: Annotated[Path, typer.Option(help="The file of responses to write, for grade.")],
    form: Annotated[str, typer.Option(help="What stands for an option: its letter or its text.")] = "letter",
    per: Annotated[str, typer.Option(help="Divide by the length: per option (not), token, character or byte.")] = "option",
) -> None:
    """Weigh the options of every item by their likelihood under a checkpoint: the other protocol of multiple choice."""
    from osler.commands.weigh import Weighing
    from osler.core.records import write_records

    records = Weighing(policy, form, per).weigh(items)
    write_records(to, records)
    out.print(f"{len(records)} responses: {to}; now: osler grade {to} --items {items}", soft_wrap=True)


def _hand_over(graded: "list[Graded]", content: dict[str, Any], about: dict[str, Any], to: Path | None, *, is_json: bool) -> None:
    from osler.commands.graded_folder import as_json, write_graded
    from osler.report.graded import graded_tables

    if to:
        write_graded(to, graded, content, about)
    if is_json:
        out.print(as_json({**content, "about": about}), end="", markup=False, soft_wrap=True)
        return
    out.print(graded_tables(content, about))
    if to:
        out.print(f"report: {to / 'report.html'}", soft_wrap=True)


COMMANDS = (grade, compare, crosscheck, traps, overlap, weigh)
