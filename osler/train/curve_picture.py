"""A picture of a curve, as SVG: what was logged, one panel for each name, over the steps."""

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, isfinite, log10
from typing import Any

FIRST = ("loss", "learning_rate", "grad_norm")
MAX_PANELS = 12
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 200, 70, 20, 30, 30
_MAX_POINTS = 600
_INK, _GRID, _LINE = "#222", "#ddd", "#1f5fa8"


def picture(rows: Sequence[Mapping[str, Any]]) -> str:
    """The loss and the learning rate, then the norm of gradients and what else the method logged, up to MAX_PANELS. More steps than there
    are pixels are drawn as the means of neighbours."""
    names = dict.fromkeys(name for row in rows for name in row)
    panels: list[str] = []
    for name in [*FIRST, *(name for name in names if name not in (*FIRST, "step"))]:
        points = [(float(row["step"]), float(row[name])) for row in rows if _is_number(row.get(name))]
        if points and len(panels) < MAX_PANELS:
            panels.append(_panel(name, _thinned(points), len(panels) * _HEIGHT))
    height = len(panels) * _HEIGHT + 10
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
    return (
        head + 'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="#fff"/>\n' + "".join(panels) + "</svg>\n"
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most _MAX_POINTS of them, each the mean of as many neighbours."""
    size = ceil(len(points) / _MAX_POINTS)
    groups = [points[at : at + size] for at in range(0, len(points), size)]
    return [(sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group)) for group in groups]


def _panel(name: str, points: list[tuple[float, float]], top: int) -> str:
    x_marks, y_marks = _marks(points[0][0], points[-1][0], 6), _marks(min(y for _, y in points), max(y for _, y in points), 4)
    x_low, x_high = points[0][0], max(points[-1][0], points[0][0] + 1)
    y_low, y_high = y_marks[0], y_marks[-1]

    def x_of(x: float) -> float:
        return _LEFT + (x - x_low) / (x_high - x_low) * (_WIDTH - _LEFT - _RIGHT)

    def y_of(y: float) -> float:
        return top + _HEIGHT - _BOTTOM - (y - y_low) / (y_high - y_low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [f'<text x="{_LEFT}" y="{top + 18}" fill="{_INK}" font-weight="bold">{escape(name)}</text>\n']
    for y in y_marks:
        parts.append(f'<path d="M{_LEFT} {y_of(y):.1f}H{_WIDTH - _RIGHT}" stroke="{_GRID}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y_of(y) + 4:.1f}" text-anchor="end" fill="{_INK}">{y:.4g}</text>\n')
    for x in (x for x in x_marks if x_low <= x <= x_high and x == int(x)):
        parts.append(f'<text x="{x_of(x):.1f}" y="{top + _HEIGHT - 12}" text-anchor="middle" fill="{_INK}">{x:.0f}</text>\n')
    if len(points) == 1:
        parts.append(f'<circle cx="{x_of(points[0][0]):.1f}" cy="{y_of(points[0][1]):.1f}" r="3" fill="{_LINE}"/>\n')
    line = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in points)
    return "".join(parts) + f'<polyline points="{line}" fill="none" stroke="{_LINE}" stroke-width="1.5"/>\n'


def _marks(low: float, high: float, n: int) -> list[float]:
    """Round numbers that enclose both ends, about `n` of them."""
    if high <= low:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    rough = (high - low) / n
    unit = 10 ** floor(log10(rough))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= rough)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [at * step for at in range(first, last + 1)]
