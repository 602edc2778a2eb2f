"""The page of a run: one self-contained HTML file, for people who were not there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from osler.core.records import write_text
from osler.report import numbers
from osler.report.curves import NARROW, REFERENCE, WIDE, by_system, curve_chart, drawable, reference_at, strategy_looks
from osler.report.results import Results, load_results
from osler.report.rows import ComparisonRow
from osler.report.selections import selection_grid
from osler.report.tables import p_name
from osler.report.trees import MAX_NODES

_FILTERS = (
    *(
        "amount",
        "count",
        "decimal",
        "harmless",
        "mark",
        "p_value",
        "percent",
        "points",
        "point_span",
        "ratio",
        "seconds",
        "shortened",
        "signed",
        "span",
    ),
    *("spelt", "whole_percent"),
)
_SCALES = (0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)


class Section(NamedTuple):
    """A part of the page: `name` is its file under `sections/`, and its place in a link."""

    name: str
    title: str


def write_page(folder: Path) -> Path:
    """Write `report.html` into a run folder. The same folder gives the same bytes. Raises UserError where the run is not finished."""
    path = folder / "report.html"
    write_text(path, render_page(load_results(folder)))
    return path


def render_page(results: Results) -> str:
    return filled(
        "page.html",
        title=f"{results.manifest.name} · osler run",
        results=results,
        measured=results.measured,
        manifest=results.manifest,
        sections=_sections(results),
        item_counts={row.n for row in results.overall},
        cases=results.cases,
        token_note="Tokens are all that the search generated for an item, candidates that were not chosen included.",
        p_name=p_name(results.measured.comparisons),
        difference_scale=difference_scale(results.measured.comparisons),
        is_folded=False,
        max_nodes=MAX_NODES,
        **_of_curves(results),
        **_of_rewards(results),
    )


def filled(name: str, **content: Any) -> str:
    """A page of this folder with its content in place; every text in it is escaped."""
    environment = Environment(
        loader=PackageLoader("osler.report", ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {each: getattr(numbers, each) for each in _FILTERS}
    return environment.get_template(name).render(**content)


def _sections(results: Results) -> list[Section]:
    """What there is to show, in the order in which it is asked."""
    measured = results.measured
    every = (
        ("accuracy", "Accuracy", True),
        ("differences", "Differences", measured.comparisons),
        ("curves", "Accuracy against tokens spent", measured.curves),
        ("selection", "Choosing among the same candidates", measured.selection),
        ("rewards", "Are the scores right?", measured.rewards),
        ("steps", "Are the steps true?", measured.steps),
        ("harvests", "Search for training data", measured.harvests),
        ("groups", "Accuracy by group", results.by_group),
        ("cases", "Cases", results.cases),
        ("trees", "Search trees", results.trees),
        ("made", "How it was made", True),
    )
    return [Section(name, title) for name, title, has in every if has]


def _of_curves(results: Results) -> dict[str, Any]:
    rows = results.curves
    drawn = drawable(rows)
    return {
        "charts": {"wide": curve_chart(drawn, WIDE), "narrow": curve_chart(drawn, NARROW)} if drawn else None,
        "curve_lines": [[(row, reference_at(row, rows)) for row in line] for line in by_system(rows)],
        "has_reference": any(row.strategy == REFERENCE for row in rows),
        "last_policy": drawn[-1].policy if drawn else None,
        "looks": strategy_looks(rows),
    }


def _of_rewards(results: Results) -> dict[str, Any]:
    measured = results.measured
    first_errors = [row for row in measured.rewards if row.first_error]
    return {
        "first_errors": first_errors,
        "error_positions": sorted({hits.position for row in first_errors if row.first_error for hits in row.first_error.positions}),
        "grid": selection_grid(measured.selection),
        "grid_count": sum(row.difference is not None for row in measured.selection if row.reward is not None),
    }


def difference_scale(rows: Sequence[ComparisonRow]) -> float:
    """Half the width of the drawn axis: a round number of points that holds every interval."""
    largest = max((max(abs(row.low), abs(row.high)) for row in rows), default=0.0)
    return next(scale for scale in _SCALES if largest <= scale)
