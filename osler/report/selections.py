"""Ways of choosing among the same candidates, laid out as a grid: a row per reward model and rule, a column per aggregate."""

from collections.abc import Sequence
from typing import NamedTuple

from osler.report.rows import SelectionRow

RULES = {"vote": "plain vote", "best": "best of N", "weighted_vote": "weighted vote", "any_right": "any candidate right"}
"""What the rules are called on paper."""


class GridRow(NamedTuple):
    reward: str
    rule: str
    cells: tuple[SelectionRow | None, ...]


class SelectionGrid(NamedTuple):
    """`vote` is what every difference is to; `any_right` what no way of choosing can exceed."""

    vote: SelectionRow | None
    any_right: SelectionRow | None
    aggregates: tuple[str, ...]
    rows: tuple[GridRow, ...]


def selection_grid(rows: Sequence[SelectionRow]) -> SelectionGrid:
    by_rule = {row.rule: row for row in rows if row.reward is None}
    scored = [row for row in rows if row.reward is not None]
    cells = {(row.reward or "", row.rule, row.aggregate or ""): row for row in scored}
    aggregates = tuple(dict.fromkeys(row.aggregate or "" for row in scored))
    pairs = dict.fromkeys((row.reward or "", row.rule) for row in scored)
    grid = (GridRow(reward, RULES[rule], tuple(cells.get((reward, rule, name)) for name in aggregates)) for reward, rule in pairs)
    return SelectionGrid(by_rule.get("vote"), by_rule.get("any_right"), aggregates, tuple(grid))
