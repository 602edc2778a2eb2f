"""The closing tables of a run, for the terminal. Everything here is readable at 60 columns."""

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from osler.report.numbers import count, p_value, percent, point_span, points, ratio, span
from osler.report.results import ALL, ComparisonRow, MetricRow, Results


def closing_tables(results: Results) -> Group:
    """Everything that there is to say about a run, in the order in which it is asked."""
    parts: list[RenderableType | None] = [
        accuracy_table(results),
        comparison_table(results),
        group_table(results),
        step_table(results),
        harvest_line(results),
        reward_line(results),
    ]
    return Group(*(Padding(part, (1, 0, 0, 0)) for part in parts if part is not None))


def accuracy_table(results: Results) -> Table:
    """A row per system: accuracy with its interval, what was not answered or cut, and what it cost. Items that could not be judged have a
    column only where there are any."""
    rows = results.overall
    has_unjudged = any(row.unjudged_rate > 0 for row in rows)
    table = _table(f"Accuracy over {_item_counts(rows)} items, with 95 % intervals", "System")
    table.add_column("Accuracy", justify="right", min_width=12)
    for name in ["No answer", "Truncated", *(["Unjudged"] if has_unjudged else []), "Tokens per item"]:
        table.add_column(Text(name.replace(" ", "\n", 1)), justify="right", no_wrap=True)
    for row in rows:
        rates = [row.no_answer_rate, row.truncated_rate, *([row.unjudged_rate] if has_unjudged else [])]
        table.add_row(Text(row.system), _accuracy(row), *map(percent, rates), count(row.tokens_per_item))
    return table


def comparison_table(results: Results) -> Table | None:
    """A row per comparison: the difference in points, its interval, what may be said of it, and McNemar's p."""
    if not results.measured.comparisons:
        return None
    table = _table("Differences in points, with 95 % intervals", "System against baseline")
    table.add_column("Difference", justify="right", no_wrap=True)
    table.add_column(Text("McNemar\np"), justify="right", no_wrap=True)
    for row in results.measured.comparisons:
        said = f"{points(row.difference)} {point_span(row.low, row.high)}\n{row.finding}"
        table.add_row(_pair(row), Text(said), p_value(row.p_value))
    return table


def group_table(results: Results) -> Table | None:
    """A row per group and system, where there is more than one group."""
    if not results.by_group:
        return None
    table = _table("Accuracy by group, with 95 % intervals", "Group")
    table.add_column("System", overflow="fold")
    table.add_column("Items", justify="right", no_wrap=True)
    table.add_column("Accuracy", justify="right", min_width=12)
    for group, rows in results.by_group.items():
        for position, row in enumerate(rows):
            is_last = position == len(rows) - 1
            table.add_row(Text("" if position else group), Text(row.system), count(row.n), _accuracy(row), end_section=is_last)
    return table


def step_table(results: Results) -> Table | None:
    """How many of each system's reasoning steps are true, where the truth is known."""
    if not results.measured.steps:
        return None
    table = _table("Truth of the reasoning steps", "System")
    for name in ("Steps", "True", "False", "Unreadable"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in results.measured.steps:
        rates = map(percent, (row.true_rate, row.false_rate, row.unreadable_rate))
        table.add_row(Text(row.system), count(row.n_steps), *rates)
    return table


def harvest_line(results: Results) -> Text | None:
    harvest = results.measured.harvest
    if harvest is None:
        return None
    return Text(
        f"Search under the oracle: {count(harvest.n_solved)} of {count(harvest.n_items)} items solved"
        f" ({ratio(harvest.n_solved, harvest.n_items)}); {count(harvest.n_right)} of {count(harvest.n_traces)} traces right"
        f" ({ratio(harvest.n_right, harvest.n_traces)}); {count(harvest.n_nodes)} nodes, {count(harvest.tokens)} tokens."
    )


def reward_line(results: Results) -> Text | None:
    reward = results.measured.reward
    if reward is None:
        return None
    auroc = "not defined (the steps are all true or all false)" if reward.auroc is None else f"{reward.auroc:.3f}"
    return Text(f"Reward model: AUROC {auroc} over {count(reward.n_steps)} steps of known truth.")


def _table(title: str, first_column: str) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True
    )
    table.add_column(first_column, overflow="fold")
    return table


def _accuracy(row: MetricRow) -> Text:
    """One line where there is room; otherwise it breaks before the interval."""
    return Text(f"{percent(row.accuracy)} ({span(row.low, row.high)})")


def _pair(row: ComparisonRow) -> Text:
    group = "" if row.group == ALL else f" ({row.group})"
    return Text(f"{row.system}\nagainst {row.baseline}{group}")


def _item_counts(rows: list[MetricRow]) -> str:
    counts = sorted({row.n for row in rows})
    return count(counts[0]) if len(counts) == 1 else f"{count(counts[0])} to {count(counts[-1])}"
