"""Tables for the terminal: what the reward models are worth, and what choosing by them brings. Readable at 60 columns."""

from rich.table import Table
from rich.text import Text

from osler.report.numbers import UNKNOWN, count, decimal, mark, p_value, percent, point_span, points, whole_percent
from osler.report.results import Results
from osler.report.rows import FirstError, RewardRow, SelectionRow
from osler.report.selections import RULES
from osler.report.tables import add_number, cell, plain_table


def reward_table(results: Results) -> Table | None:
    """A row per reward model: how well its step scores agree with the truth of the steps."""
    rewards = results.measured.rewards
    if not rewards:
        return None
    table = plain_table("Step scores against the truth of the steps", "Reward model (labels)")
    for name in ("Steps", "AUROC", "Brier", "ECE", "First\nerror F1"):
        add_number(table, name)
    for row in rewards:
        f1 = row.first_error.f1 if row.first_error else None
        table.add_row(cell(row.spelt), count(row.n_steps), *map(decimal, (row.auroc, row.brier, row.ece, f1)))
    return table


def reliability_table(results: Results) -> Table | None:
    """A row per reward model, a column per bin of scores: how many of its steps are true, in per cent."""
    rewards = [row for row in results.measured.rewards if row.bins]
    if not rewards:
        return None
    edges = sorted({bin.low for row in rewards for bin in row.bins})
    table = plain_table("True steps in per cent, by the least score of the bin", "Reward model")
    for edge in edges:
        add_number(table, f"{edge:.1f}".removeprefix("0"))
    for row in rewards:
        rates = {bin.low: bin.true_rate for bin in row.bins}
        table.add_row(cell(row.name), *(whole_percent(rates.get(edge)).removesuffix(" %") for edge in edges))
    return table


def first_error_table(results: Results) -> Table | None:
    """A row per reward model: how often it finds the first false step of a trace, and passes a trace that has none."""
    found = [(row, row.first_error) for row in results.measured.rewards if row.first_error]
    if not found:
        return None
    table = plain_table("Finding the first false step of a trace", "Reward model")
    for name in ("Below", "First error\nfound", "Clean traces\npassed", "F1"):
        add_number(table, name)
    for row, first_error in found:
        rates = _accuracies(first_error)
        table.add_row(_with_positions(row, first_error), decimal(first_error.threshold, 2), *rates, decimal(first_error.f1))
    return table


def selection_table(results: Results) -> Table | None:
    """A row per way of choosing among the same candidates: accuracy, and the difference to the plain vote."""
    rows = results.measured.selection
    if not rows:
        return None
    table = plain_table(f"Choosing among the same candidates, {count(rows[0].n_items)} items", "Rule")
    for name in ("Accuracy", "Points over the\nplain vote", "McNemar\np"):
        add_number(table, name)
    table.caption = "▲ ▼ where the 95 % interval is clear of zero. Nothing is corrected for looking at several differences."
    table.caption_justify = "left"
    reward: str | None = None
    for row in rows:
        if row.reward != reward:
            table.add_section()
            table.add_row(cell(f"by {row.reward}"), "", "", "")
            reward = row.reward
        table.add_row(cell(_rule(row)), percent(row.accuracy), Text(_difference(row)), p_value(row.p_value))
    return table


def _with_positions(row: RewardRow, first_error: FirstError) -> Text:
    hits = "\n".join(f"step {each.position}: {count(each.n_hit)} of {count(each.n)}" for each in first_error.positions)
    return cell(f"{row.name}\n{hits}".rstrip())


def _accuracies(first_error: FirstError) -> tuple[str, str]:
    return (
        f"{percent(first_error.error_accuracy)}\nof {count(first_error.n_with_error)}",
        f"{percent(first_error.correct_accuracy)}\nof {count(first_error.n_without)}",
    )


def _rule(row: SelectionRow) -> str:
    return RULES[row.rule] if row.aggregate is None else f"{RULES[row.rule]}, {row.aggregate}"


def _difference(row: SelectionRow) -> str:
    if row.difference is None:
        return UNKNOWN
    return f"{points(row.difference)} {point_span(row.diff_low, row.diff_high)} {mark(row.finding) or ' '}"
