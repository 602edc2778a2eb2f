"""Tables for the terminal: what graded responses show beyond their accuracy. Readable at 60 columns; None where there is nothing to say."""

from collections import Counter
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from osler.report.frontier import by_unit
from osler.report.graded_rows import ReadingRow, RuleRow
from osler.report.grades import Grades
from osler.report.numbers import amount, count, decimal, percent, points, ratio, signed, spelt
from osler.report.tables import add_number, cell, plain_table

MAX_READINGS = 100
"""With more rows than this, how the answers were read is told of all systems together."""


def sample_table(grades: Grades) -> Table | None:
    """A row per system with several responses to an item: one of them, the vote of all, and any of them."""
    rows = grades.measured.samples
    if not rows:
        return None
    table = plain_table("Several responses to the same item", "System")
    for name in ("Samples\nand items", "One", "Vote", "Any", "Unstable"):
        add_number(table, name)
    table.caption = "One: the mean over the samples. Any: at least one is right. Unstable: the samples do not all answer the same."
    table.caption_justify = "left"
    for row in rows:
        vote, any_right = (row.sweep[-1].vote, row.sweep[-1].any_right) if row.sweep else (None, None)
        rates = map(percent, (row.accuracy, vote, any_right, row.instability))
        table.add_row(cell(row.system), f"{count(row.n_samples)} × {count(row.n_items)}", *rates)
    return table


def agreement_table(grades: Grades) -> Table | None:
    """A row per system whose responses came with somebody's verdicts."""
    rows = grades.measured.agreements
    if not rows:
        return None
    table = plain_table("Agreement with the recorded verdicts", "System")
    for name in ("Responses", "Same\nverdict", "Kappa", "AC1"):
        add_number(table, name)
    table.caption = "Kappa and AC1 take chance out: 1 is perfect, 0 no better than chance. osler crosscheck shows the differences."
    table.caption_justify = "left"
    for row in rows:
        span = "" if row.low is None or row.high is None else f"\n[{decimal(row.low, 2)}, {decimal(row.high, 2)}]"
        judged = f"{count(row.n)}" + (f"\n{count(row.n_abstained)} unjudged" if row.n_abstained else "")
        table.add_row(cell(row.system), judged, percent(row.raw), Text(decimal(row.kappa, 2) + span), decimal(row.ac1, 2))
    return table


def calibration_table(grades: Grades) -> Table | None:
    """A row per system and confidence."""
    rows = grades.measured.calibration
    if not rows:
        return None
    table = plain_table("Can the confidence be believed?", "System and confidence")
    for name in ("Answers", "ECE", "Brier"):
        add_number(table, name)
    bins = "; ".join(dict.fromkeys(row.binning for row in rows if row.binning))
    table.caption = cell(f"0 is perfect, for both.{f' ECE over {bins}.' if bins else ''}")
    table.caption_justify = "left"
    for row in rows:
        table.add_row(cell(f"{row.system}\n{row.confidence}"), count(row.n), decimal(row.ece), decimal(row.brier), end_section=True)
    return table


def length_table(grades: Grades) -> Table | None:
    """A row per system: how long right and wrong responses are."""
    rows = grades.measured.lengths
    if not rows:
        return None
    table = plain_table("Length of right and wrong responses, means", "System and unit")
    for name in ("Right", "Wrong", "Right − wrong,\n95 % interval", "Corre-\nlation"):
        add_number(table, name)
    for row in rows:
        difference = f"{signed(row.mean_right - row.mean_wrong)}\n[{signed(row.low)}, {signed(row.high)}]"
        means = map(amount, (row.mean_right, row.mean_wrong))
        table.add_row(cell(f"{row.system}\nin {row.unit}"), *means, Text(difference), decimal(row.correlation, 2), end_section=True)
    return table


def right_cost_table(grades: Grades) -> Table | None:
    """A row per system: what one right answer took. Only what is known of some system has a column."""
    rows = grades.overall
    every = {
        "Tokens": [row.tokens_per_right for row in rows],
        "Seconds": [row.seconds_per_right for row in rows],
        "Cost": [row.cost_per_right for row in rows],
    }
    known = {name: numbers for name, numbers in every.items() if any(number is not None for number in numbers)}
    if not known:
        return None
    table = plain_table("Spent per right answer", "System")
    for name in known:
        add_number(table, name)
    for row, *numbers in zip(rows, *known.values(), strict=True):
        table.add_row(cell(row.system), *map(amount, numbers))
    return table


def front_table(grades: Grades) -> Table | None:
    """A row per system and unit, the cheapest first, where at least two can be compared."""
    units = by_unit(grades.measured.costs)
    if not units:
        return None
    table = plain_table("Accuracy against cost", "System")
    for name in ("Cost", "Accuracy", "On the\nfront"):
        add_number(table, name)
    table.caption, table.caption_justify = "On the front: no other system is both cheaper and better.", "left"
    for unit, rows in units.items():
        table.add_row(cell(f"{unit} per item"), "", "", "")
        for position, row in enumerate(rows):
            front = "yes" if row.is_on_front else "no"
            is_last = position == len(rows) - 1
            table.add_row(cell(row.system), amount(row.per_item), percent(row.accuracy), front, end_section=is_last)
    return table


def rule_table(grades: Grades) -> Table | None:
    """A row per system and published rule beside the strict reading, and under it what the difference is made of."""
    rows = grades.measured.rules
    if not rows:
        return None
    table = plain_table("Published rules beside the strict reading", "System, rule, and why the two differ")
    for name in ("By the\nrule", "Strict", "Points"):
        add_number(table, name)
    table.caption = "Under a rule: the responses that it treats in another way, and how many of them either counts right."
    table.caption_justify = "left"
    for row in rows:
        table.add_row(
            cell(f"{row.system}\n{row.rule}, over {count(row.n)}"), percent(row.accuracy), percent(row.strict), points(row.difference)
        )
        _add_causes(table, row)
        table.add_section()
    return table


def _add_causes(table: Table, row: RuleRow) -> None:
    for cause in row.causes:
        gain = None if cause.n_strict is None or not row.n else (cause.n_right - cause.n_strict) / row.n
        right = f"{count(cause.n_right)} of {count(cause.n)}", count(cause.n_strict)
        table.add_row(cell(f"  {spelt(cause.cause)}"), *right, points(gain))


def reading_table(grades: Grades) -> Table | None:
    """How many answers were read by which rule of the reader, the most first; of all systems together where they are many."""
    rows = grades.measured.readings
    if not rows:
        return None
    if len(rows) > MAX_READINGS:
        rows = _together(rows)
    table = plain_table("How the answers were read, or why not", "System and method")
    for name in ("Responses", "Share", "Right\nof these"):
        add_number(table, name)
    for system in dict.fromkeys(row.system for row in rows):
        own = sorted((row for row in rows if row.system == system), key=lambda row: -row.n)
        n_all = sum(row.n for row in own)
        table.add_row(cell(system), count(n_all), "", ratio(sum(row.n_right for row in own), n_all))
        for position, row in enumerate(own):
            share = ratio(row.n, n_all)
            is_last = position == len(own) - 1
            table.add_row(cell(f"  {row.method}"), count(row.n), share, ratio(row.n_right, row.n), end_section=is_last)
    return table


def _together(rows: Sequence[ReadingRow]) -> tuple[ReadingRow, ...]:
    n, n_right = Counter[str](), Counter[str]()
    for row in rows:
        n[row.method] += row.n
        n_right[row.method] += row.n_right
    name = f"all {count(len({row.system for row in rows}))} systems"
    return tuple(ReadingRow(name, method, n[method], n_right[method]) for method in n)


def win_table(grades: Grades) -> Table | None:
    """A row per model against its own base."""
    rows = grades.measured.wins
    if not rows:
        return None
    table = plain_table("Wins, ties and losses by group", "Model against base")
    for name in ("Wins", "Ties", "Losses"):
        add_number(table, name)
    table.caption = "A win: the 95 % interval of the difference is above zero. A tie: it holds zero."
    table.caption_justify = "left"
    for row in rows:
        counts = map(count, (row.n_wins, row.n_ties, row.n_losses))
        table.add_row(cell(f"{row.system}\nagainst {row.baseline}"), *counts)
    return table
