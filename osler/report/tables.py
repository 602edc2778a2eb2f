"""Tables for the terminal: what the systems answered, what it cost, and what the searches brought in. Readable at 60 columns."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from osler.report.curves import REFERENCE, reference_at
from osler.report.graded_rows import MacroRow
from osler.report.numbers import count, decimal, harmless, p_value, percent, point_span, points, ratio, seconds, span
from osler.report.results import Results, Tabled
from osler.report.rows import ALL, ComparisonRow, CurvePoint, MetricRow


def accuracy_table(results: Tabled) -> Table:
    """A row per system: accuracy with its interval, what was not answered or cut, and what it cost. Items that could not be judged have a
    column only where there are any."""
    rows = results.overall
    has_unjudged = any(row.unjudged_rate > 0 for row in rows)
    table = plain_table(f"Accuracy over {_item_counts(rows)} items, with 95 % intervals", "System")
    table.add_column("Accuracy", justify="right", min_width=12)
    for name in ["No answer", "Truncated", *(["Unjudged"] if has_unjudged else []), "Tokens per item"]:
        add_number(table, name.replace(" ", "\n", 1))
    for row in rows:
        rates = [row.no_answer_rate, row.truncated_rate, *([row.unjudged_rate] if has_unjudged else [])]
        table.add_row(cell(row.system), accuracy(row), *map(percent, rates), count(row.tokens_per_item))
    return table


def unanswered_table(results: Tabled) -> Table:
    """A row per system: why there was no answer, as shares of all responses, and how many state two answers, of which the reader takes
    one."""
    table = plain_table("Why there was no answer", "System")
    for name in ("Several", "Refused", "Errored", "None\nstated", "States\ntwo"):
        add_number(table, name)
    for row in results.overall:
        rates = (row.several_rate, row.refused_rate, row.errored_rate, row.unstated_rate, row.rival_rate)
        table.add_row(cell(row.system), *map(percent, rates))
    return table


def comparison_table(results: Tabled) -> Table | None:
    """A row per comparison: the difference in points, its interval, what may be said of it, and McNemar's p. The adjusted p and the least
    difference that can be shown stand there where they are known."""
    rows = results.measured.comparisons
    if not rows:
        return None
    has_adjusted = any(row.p_adjusted is not None for row in rows)
    has_smallest = any(row.smallest is not None for row in rows)
    table = plain_table("Differences in points, with 95 % intervals", "System against baseline")
    for name in ("Items", "Difference", p_name(rows).replace(" ", "\n"), *(["Adjusted\np"] if has_adjusted else [])):
        add_number(table, name)
    if has_smallest:
        table.caption = "Detectable: the smallest difference that so many items show with a power of 80\u00a0%."
    if has_adjusted:
        table.caption = f"{table.caption or ''} Adjusted: Holm's, for looking at several; over 0.05 is not distinguishable either.".strip()
    table.caption_justify = "left"
    for row in rows:
        said = f"{points(row.difference)} {point_span(row.low, row.high)}\n{row.finding}"
        said += f"\ndetectable from {points(row.smallest).removeprefix('+')}" if row.smallest is not None else ""
        adjusted = [p_value(row.p_adjusted)] if has_adjusted else []
        table.add_row(_pair(row), count(row.n), Text(said), p_value(row.p_value), *adjusted, end_section=has_smallest)
    return table


def p_name(rows: Sequence[ComparisonRow]) -> str:
    """The p-values are not all McNemar's where items have several samples or come in clusters."""
    return "McNemar p" if all(row.p_method == "mcnemar_exact" for row in rows) else "Paired p"


def curve_table(results: Results) -> Table | None:
    """A row per point of the curves, from few tokens to many, with self-consistency of the same policy at as many tokens."""
    rows = results.curves
    if not rows:
        return None
    has_reference = any(row.strategy == REFERENCE for row in rows)
    table = plain_table("Accuracy against tokens spent", "System")
    add_number(table, "Tokens\nper item")
    table.add_column("Accuracy", justify="right", min_width=12)
    if has_reference:
        add_number(table, "Vote at\nas many")
        table.caption = "Vote at as many: self-consistency of the same policy, read off its line; in brackets where over other items."
        table.caption_justify = "left"
    for row in rows:
        reference = [Text(_reference(row, rows))] if has_reference else []
        table.add_row(cell(row.system), count(row.tokens_per_item), accuracy(row), *reference)
    return table


def group_table(results: Tabled) -> Table | None:
    """A row per group and system, where there is more than one group, and the mean of the groups where it was made."""
    if not results.by_group:
        return None
    table = plain_table("Accuracy by group, with 95 % intervals", "Group")
    table.add_column("System", overflow="fold")
    add_number(table, "Items")
    table.add_column("Accuracy", justify="right", min_width=12)
    for group, rows in results.by_group.items():
        for position, row in enumerate(rows):
            is_last = position == len(rows) - 1
            table.add_row(cell("" if position else group), cell(row.system), count(row.n), accuracy(row), end_section=is_last)
    for position, macro in enumerate(results.measured.macros):
        name = "" if position else f"mean of {count(macro.n_groups)} groups"
        table.add_row(cell(name), cell(macro.system), "", accuracy(macro))
    return table


def step_table(results: Results) -> Table | None:
    """How many of each system's reasoning steps are true, where the truth is known."""
    if not results.measured.steps:
        return None
    table = plain_table("Truth of the reasoning steps", "System")
    for name in ("Steps", "True", "False", "Unreadable"):
        add_number(table, name)
    for row in results.measured.steps:
        rates = map(percent, (row.true_rate, row.false_rate, row.unreadable_rate))
        table.add_row(cell(row.system), count(row.n_steps), *rates)
    return table


def harvest_table(results: Results) -> Table | None:
    """What each search for training data brought in, and for how many tokens."""
    if not results.measured.harvests:
        return None
    table = plain_table("Searches for training data under the oracle", "Search")
    for name in ("Items\nsolved", "Right\ntraces", "Tokens", "Right\nper 1,000"):
        add_number(table, name)
    for row in results.measured.harvests:
        more = f"\n{count(row.n_nodes)} nodes" if row.n_nodes else ""
        more += f"\n{count(row.n_skipped)} items left out" if row.n_skipped else ""
        table.add_row(
            cell(f"{row.name}, policy {row.policy}\n{row.strategy}{more}"),
            f"{count(row.n_solved)} of {count(row.n_items)}\n{ratio(row.n_solved, row.n_items)}",
            f"{count(row.n_right)}\n{ratio(row.n_right, row.n_traces)}",
            count(row.tokens),
            decimal(row.right_per_1000, 2),
            end_section=True,
        )
    return table


def stage_table(results: Results) -> Table:
    """What each stage cost, and under it the seed, the versions and the machine."""
    manifest = results.manifest
    table = plain_table("How it was made", "Stage")
    add_number(table, "Seconds")
    add_number(table, "Tokens generated")
    for stage in manifest.stages:
        table.add_row(cell(stage.stage), seconds(stage.seconds), count(stage.tokens))
    table.add_section()
    table.add_row("all", seconds(sum(stage.seconds for stage in manifest.stages)), count(sum(stage.tokens for stage in manifest.stages)))
    versions = ", ".join(f"{package} {version}" for package, version in manifest.versions.items())
    changed = ", with changes that were not committed" if manifest.is_dirty else ""
    facts = f"Seed {manifest.seed}. Commit {manifest.commit or 'not known'}{changed}. {versions}."
    table.caption, table.caption_justify = cell(f"{facts} {manifest.machine}; {manifest.threads} threads."), "left"
    return table


def plain_table(title: str, first_column: str) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True
    )
    table.add_column(first_column, overflow="fold")
    return table


def add_number(table: Table, name: str) -> None:
    table.add_column(Text(name), justify="right", no_wrap=True)


def cell(text: str) -> Text:
    """Text that is not ours: no markup, and nothing that a terminal would obey."""
    return Text(harmless(text))


def accuracy(row: MetricRow | CurvePoint | MacroRow) -> Text:
    """One line where there is room; otherwise it breaks before the interval."""
    return Text(f"{percent(row.accuracy)} ({span(row.low, row.high)})")


def _pair(row: ComparisonRow) -> Text:
    group = "" if row.group == ALL else f" ({row.group})"
    return cell(f"{row.system}\nagainst {row.baseline}{group}")


def _reference(row: CurvePoint, rows: Sequence[CurvePoint]) -> str:
    found = reference_at(row, rows)
    text = percent(found.accuracy if found else None)
    return f"({text})" if found and found.n_items != row.n_items else text


def _item_counts(rows: list[MetricRow]) -> str:
    counts = sorted({row.n for row in rows})
    return count(counts[0]) if len(counts) == 1 else f"{count(counts[0])} to {count(counts[-1])}"
