"""The page of a run: one self-contained HTML file, for people who were not there."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from osler.core.records import write_text
from osler.core.verdict import Outcome
from osler.report import numbers
from osler.report.results import Results, SolutionRow, load_results

_N_CASES = 3


def write_page(folder: Path) -> Path:
    """Write `report.html` into a run folder. The same folder gives the same bytes. Raises UserError where the run is not finished."""
    path = folder / "report.html"
    write_text(path, render_page(load_results(folder)))
    return path


def render_page(results: Results) -> str:
    environment = Environment(
        loader=PackageLoader("osler.report", ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    for name in ("count", "p_value", "percent", "points", "point_span", "ratio", "seconds", "span"):
        environment.filters[name] = getattr(numbers, name)
    return environment.get_template("page.html").render(
        measured=results.measured,
        manifest=results.manifest,
        results=results,
        cases=choose_cases(results),
        difference_scale=_difference_scale(results),
    )


def choose_cases(results: Results) -> list[SolutionRow]:
    """The first three right and the first three wrong solutions of the last system, as the file lists them."""
    own = [solution for solution in results.solutions if solution.system == results.systems[-1]]
    return [
        solution
        for outcome in (Outcome.RIGHT, Outcome.WRONG)
        for solution in [solution for solution in own if solution.outcome is outcome][:_N_CASES]
    ]


def _difference_scale(results: Results) -> float:
    """The largest end of any interval: half the width of the drawn axis."""
    return max((max(abs(row.low), abs(row.high)) for row in results.measured.comparisons), default=0.0) or 1.0
