"""What `osler grade` and `osler compare` say in a terminal. What a person should know before believing it stands last, above the prompt."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from osler.report.graded_tables import (
    agreement_table,
    calibration_table,
    front_table,
    length_table,
    reading_table,
    right_cost_table,
    rule_table,
    sample_table,
    win_table,
)
from osler.report.grades import Grades, grades_of, load_grades
from osler.report.numbers import count
from osler.report.rows import MetricRow
from osler.report.tables import accuracy, accuracy_table, cell, comparison_table, group_table, plain_table, unanswered_table

MAX_GROUP_ROWS = 200
"""More rows than this by group are left to the page and to `metrics.csv`."""
MAX_NAMES = 3


def graded_tables(content: Mapping[str, Any], about: Mapping[str, Any]) -> RenderableType:
    """Everything that `metrics.json` and `grading.json` hold, where there is something to say. Raises RecordError where they do not hold
    what `rows.py` and `graded_rows.py` describe."""
    return _tables(grades_of(content, about))


def tables_of_folder(folder: Path) -> RenderableType:
    """The same, read from a folder. Raises UserError and RecordError."""
    return _tables(load_grades(folder))


def _tables(grades: Grades) -> RenderableType:
    parts: Sequence[RenderableType | None] = (
        *(_title(grades), _accuracies(grades), unanswered_table(grades), _groups(grades), sample_table(grades), calibration_table(grades)),
        *(length_table(grades), right_cost_table(grades), front_table(grades), rule_table(grades)),
        *(agreement_table(grades), reading_table(grades)),
        *(comparison_table(grades), win_table(grades), _item_sets(grades), _notes(grades)),
    )
    return Group(*(Padding(part, (1, 0, 0, 0)) for part in parts if part is not None))


def _title(grades: Grades) -> RenderableType | None:
    return Text(grades.about.title, style="bold") if grades.about.title else None


def _accuracies(grades: Grades) -> Table:
    table = accuracy_table(grades)
    table.caption, table.caption_justify = Text(" ".join([_intervals(grades), *_several(grades.overall)])), "left"
    return table


def _intervals(grades: Grades) -> str:
    kinds = grades.by_interval
    if len(kinds) == 1:
        return f"Interval: {next(iter(kinds))}."
    return f"Intervals: {'; '.join(f'{kind} ({_names(systems)})' for kind, systems in kinds.items())}."


def _names(systems: Sequence[str]) -> str:
    return ", ".join(systems) if len(systems) <= MAX_NAMES else f"{count(len(systems))} systems"


def _several(rows: Sequence[MetricRow]) -> list[str]:
    """Where an item was answered more than once, what an accuracy is then the mean of."""
    several = [row for row in rows if row.n_responses > row.n]
    if not several:
        return []
    counts = "; ".join(dict.fromkeys(f"{count(row.n_responses)} to {count(row.n)} items" for row in several))
    return [f"Several responses to an item count as their mean ({counts})."]


def _groups(grades: Grades) -> RenderableType | None:
    n_rows = sum(map(len, grades.by_group.values()))
    if n_rows <= MAX_GROUP_ROWS:
        return group_table(grades)
    left_out = Text(f"The {count(n_rows)} rows by group are on the page and in metrics.csv.")
    if not grades.measured.macros:
        return left_out
    table = plain_table(f"Mean of {count(len(grades.by_group))} groups", "System")
    table.add_column("Accuracy", justify="right", min_width=12)
    for row in grades.measured.macros:
        table.add_row(cell(row.system), accuracy(row))
    return Group(table, left_out)


def _item_sets(grades: Grades) -> RenderableType | None:
    about = grades.about
    lines = [
        f"{each.name}: {count(each.n)} items; licence {each.licence or 'not known'}; hash {each.content_hash[:12] or 'not known'}"
        for each in about.item_sets
    ]
    lines += [f"Responses: {', '.join(about.responses)}"] if about.responses else []
    lines += [f"{name}: {value}" for name, value in about.settings]
    lines += [f"osler {about.version}"] if about.version else []
    return Group(Text("What was graded, and how", style="bold"), Text("\n".join(lines))) if lines else None


def _notes(grades: Grades) -> RenderableType | None:
    notes = all_notes(grades)
    if not notes:
        return None
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for note in notes:
        table.add_row(Text("!", style="bold yellow"), Text(note))
    return Group(Text("Before you believe these numbers", style="bold yellow"), table)


def all_notes(grades: Grades) -> list[str]:
    """Those of the item sets, under the name of the set, and then those of the whole: the most pressing are nearest to the prompt."""
    own = [f"{each.name}: {note}" for each in grades.about.item_sets for note in each.notes]
    return list(dict.fromkeys([*own, *grades.about.notes]))
