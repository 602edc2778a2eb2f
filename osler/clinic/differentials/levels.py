"""How hard a differential is, from 1 to 5."""

from typing import NamedTuple


class Rung(NamedTuple):
    """`n_near`: rivals are drawn from so many nearest conditions. `low` to `high`: the posterior of the likeliest (likeliest). `n_absent`:
    findings looked for and not there (likeliest, ranked). `n_decoys`: findings not there that are typical of a candidate and yet rule
    nothing out (ruled out). `min_gap` to `max_gap`: by how many bits the best finding lowers the expected entropy more than the next best
    on offer (next finding). `rank_gap`: the least difference in posterior between candidates (ranked)."""

    n_candidates: int
    n_near: int
    low: float
    high: float
    n_absent: int
    n_decoys: int
    min_gap: float
    max_gap: float
    rank_gap: float


LEVELS = {
    1: Rung(4, 40, 0.90, 1.00, 0, 0, 0.30, 9.00, 0.030),
    2: Rung(4, 20, 0.90, 1.00, 1, 1, 0.20, 0.50, 0.020),
    3: Rung(5, 15, 0.70, 0.90, 1, 1, 0.15, 0.40, 0.010),
    4: Rung(5, 10, 0.70, 0.90, 2, 2, 0.10, 0.30, 0.006),
    5: Rung(6, 10, 0.55, 0.75, 3, 3, 0.05, 0.20, 0.003),
}
"""At level 5, a third and more of the findings are absent."""

MIN_PRESENT, MAX_PRESENT = 3, 6
N_OPTIONS = 4
"""Findings to choose from where the next one is asked for."""


def level_table() -> str:
    """The table as Markdown."""
    lines = [
        "| level | candidates | rivals among the nearest | posterior of the likeliest | not there | decoys | gap in bits | gap of ranks |",
        f"|{'---|' * 8}",
    ]
    for number, rung in LEVELS.items():
        gap = f"≥ {rung.min_gap:.2f}" if rung.max_gap > 1 else f"{rung.min_gap:.2f}–{rung.max_gap:.2f}"
        posterior = f"≥ {rung.low:.2f}" if rung.high == 1 else f"{rung.low:.2f}–{rung.high:.2f}"
        shown = (number, rung.n_candidates, rung.n_near, posterior, rung.n_absent, rung.n_decoys, gap, f"≥ {rung.rank_gap:.3f}")
        lines.append(f"| {' | '.join(map(str, shown))} |")
    return "\n".join(lines)
