"""All that there is to say about a run, or about several that differ by their seed, for the terminal."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from osler.core.errors import UserError
from osler.report.numbers import count, percent, point_span, points, span
from osler.report.reasoning import case_text, folded_tree
from osler.report.results import Results, load_measured, overall
from osler.report.reward_tables import first_error_table, reliability_table, reward_table, selection_table
from osler.report.rows import ALL, ComparisonRow, Measured
from osler.report.tables import (
    accuracy_table,
    add_number,
    cell,
    comparison_table,
    curve_table,
    group_table,
    harvest_table,
    plain_table,
    stage_table,
    step_table,
    unanswered_table,
)


def closing_tables(results: Results) -> Group:
    """Everything that there is to say about a run, in the order in which it is asked."""
    tables = (
        *(
            accuracy_table,
            unanswered_table,
            comparison_table,
            curve_table,
            selection_table,
            reward_table,
            reliability_table,
            first_error_table,
            step_table,
        ),
        *(harvest_table, group_table),
    )
    parts: list[RenderableType | None] = [table(results) for table in tables]
    parts += [case_text(case) for case in list({case.outcome: case for case in reversed(results.cases)}.values())[::-1]]
    parts += [folded_tree(tree) for tree in results.trees[:1]]
    return _spaced([*parts, stage_table(results)])


def seed_summary(folders: Sequence[Path]) -> RenderableType:
    """Runs of one recipe that differ by their seed: each system's mean accuracy with its least and greatest, and each comparison's mean
    difference with the difference and interval of every run. Raises UserError where there is no run or one is not finished, RecordError
    where one of its files cannot be used."""
    if not folders:
        raise UserError("no run folder was given; name the folders of at least one finished run")
    runs = {manifest.seed: measured for measured, manifest in map(load_measured, folders)}
    if len(runs) < len(folders):
        raise UserError(f"{folders[0]}: another of the {len(folders)} runs has the same seed; name each run once")
    return _spaced([_seed_accuracies(runs), _seed_differences(runs)])


def _seed_accuracies(runs: dict[int, Measured]) -> RenderableType:
    table = plain_table(f"Accuracy of {count(len(runs))} runs (seeds {', '.join(map(str, runs))})", "System")
    for name in ("Runs", "Mean", "Least to\ngreatest"):
        add_number(table, name)
    rows = [row for measured in runs.values() for row in overall(measured)]
    for system in dict.fromkeys(row.system for row in rows):
        found = [row.accuracy for row in rows if row.system == system]
        table.add_row(cell(system), count(len(found)), percent(fmean(found)), span(min(found), max(found)))
    return table


def _seed_differences(runs: dict[int, Measured]) -> RenderableType | None:
    pairs: dict[tuple[str, str, str], dict[int, ComparisonRow]] = {}
    for seed, measured in runs.items():
        for row in measured.comparisons:
            pairs.setdefault((row.system, row.baseline, row.group), {})[seed] = row
    if not pairs:
        return None
    table = plain_table("Differences in points: the mean, and each run with its 95 % interval", "System against baseline")
    for name in ("Mean", "Each run"):
        add_number(table, name)
    for (system, baseline, group), rows in pairs.items():
        each = "\n".join(f"seed {seed}: {points(row.difference)} {point_span(row.low, row.high)}" for seed, row in rows.items())
        suffix = "" if group == ALL else f" ({group})"
        mean = fmean(row.difference for row in rows.values())
        table.add_row(cell(f"{system}\nagainst {baseline}{suffix}"), points(mean), Text(each), end_section=True)
    return table


def _spaced(parts: Sequence[RenderableType | None]) -> Group:
    return Group(*(Padding(part, (1, 0, 0, 0)) for part in parts if part is not None))
