"""The plan of a recipe as a table, for `--dry-run`."""

from collections.abc import Sequence

from rich.table import Table

from osler.plan import PlannedStage


def plan_table(stages: Sequence[PlannedStage], tokens_per_second: float | None) -> Table:
    """Upper bounds. The time is that of generation alone, at the rate that the recipe states; systems that ask the same share replies."""
    table = Table(title="plan: at most", title_justify="left", box=None, pad_edge=False)
    table.caption = "Every trace at its longest, no search stopped early; systems that ask the same share their replies."
    table.caption_justify = "left"
    for name in ("stage", "what"):
        table.add_column(name, overflow="fold")
    for name in ("requests", "tokens", "time"):
        table.add_column(name, justify="right")
    for stage in stages:
        table.add_row(stage.stage, stage.what, _count(stage.requests), _count(stage.tokens), _time(stage.tokens, tokens_per_second))
    requests, tokens = (sum(getattr(stage, name) or 0 for stage in stages) for name in ("requests", "tokens"))
    table.add_row("all", "", _count(requests), _count(tokens), _time(tokens, tokens_per_second))
    return table


def _count(n: int | None) -> str:
    return "" if n is None else f"{n:,}"


def _time(tokens: int | None, tokens_per_second: float | None) -> str:
    if tokens is None:
        return ""
    return f"{tokens / tokens_per_second / 60:.1f} min" if tokens_per_second else "unknown"
