"""`osler inspect`: lines of a JSONL file of ours, chosen by number, id, reason or chance, as views."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from osler.commands.record_views import Row, id_of, is_draft, is_dropped, view
from osler.core.errors import RecordError, UserError
from osler.core.records import describe, numbered_records
from osler.report.record_view import RecordView
from osler.report.sheet import write_sheet

STRATA = ("group", "reason", "source")


@dataclass(frozen=True)
class Choosing:
    """Which lines: those with one of `ids`; else `n` after the first `skip`, or, with a `seed`, `n` drawn by chance, in their order. `by`
    draws the same number from each group, reason or source, as far as they go. `reasons` keeps dropped drafts of these reasons."""

    n: int
    ids: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    seed: int | None = None
    by: str = ""
    skip: int = 0

    def __post_init__(self) -> None:
        if self.by and self.by not in STRATA:
            raise UserError(f"--by {self.by}: choose among {', '.join(STRATA)}")


@dataclass(frozen=True)
class Chosen:
    """A line: its number in the file, from 1, what it holds, and what there is to see."""

    number: int
    row: Row
    view: RecordView


def chosen(path: Path, choosing: Choosing) -> list[Chosen]:
    """The lines in the order of the file. Raises RecordError with file:line, and UserError where there is none such."""
    reasons: dict[str, int] = {}
    lines = _wanted(path, choosing, reasons)
    if choosing.ids:
        picked = list(lines)
        if missing := [id for id in choosing.ids if id not in {id_of(row) for _, row in picked}]:
            raise UserError(f"{path}: there is no record {missing[0]!r}; `osler inspect {path}` shows what there is")
    elif choosing.seed is not None or choosing.by:
        picked = sorted(_drawn(lines, choosing), key=lambda line: line[0])
    else:
        picked = list(islice(lines, choosing.skip, choosing.skip + choosing.n))
    if not picked:
        raise UserError(_nothing(path, choosing, reasons))
    return [Chosen(number, row, _seen(path, number, row)) for number, row in picked]


def _wanted(path: Path, choosing: Choosing, reasons: dict[str, int]) -> Iterator[tuple[int, Row]]:
    for number, row in numbered_records(path, dict[str, Any]):
        reason = str(row.get("reason", ""))
        reasons[reason] = reasons.get(reason, 0) + 1
        if (not choosing.ids or id_of(row) in choosing.ids) and (not choosing.reasons or reason in choosing.reasons):
            yield number, row


def _nothing(path: Path, choosing: Choosing, reasons: Mapping[str, int]) -> str:
    if choosing.reasons and any(reasons):
        known = ", ".join(f"{reason} ({n})" for reason, n in sorted(reasons.items(), key=lambda pair: -pair[1]) if reason)
        return f"{path}: nothing was dropped for {', '.join(choosing.reasons)}; the reasons are {known}"
    if choosing.reasons:
        return f"{path}: no line has a reason; name the file of what was dropped, dropped.jsonl"
    n = sum(reasons.values())
    return f"{path}: there are {n} records; skip fewer" if n else f"{path}: there is no record in this file; nothing was kept or dropped"


def _drawn(lines: Iterable[tuple[int, Row]], choosing: Choosing) -> list[tuple[int, Row]]:
    """`n` of a stream by chance: reservoirs, one for each stratum, then in turn from each."""
    rng = random.Random(f"{choosing.seed or 0}/inspect")
    pools: dict[str, list[tuple[int, Row]]] = {}
    seen: dict[str, int] = {}
    for line in lines:
        stratum = stratum_of(line[1], choosing.by)
        pool = pools.setdefault(stratum, [])
        seen[stratum] = seen.get(stratum, 0) + 1
        if len(pool) < choosing.n:
            pool.append(line)
        elif (at := rng.randrange(seen[stratum])) < choosing.n:
            pool[at] = line
    for stratum in sorted(pools):
        rng.shuffle(pools[stratum])
    in_turn = zip_longest(*(pools[stratum] for stratum in sorted(pools)))
    return [line for turn in in_turn for line in turn if line is not None][: choosing.n]


def stratum_of(row: Row, by: str) -> str:
    """The group, reason or source of a line; empty where it has none, or where nothing is asked for."""
    if by == "reason":
        return str(row.get("reason", ""))
    draft = row["draft"] if is_dropped(row) else row
    if by == "source":
        return str((draft.get("origin") or {}).get("source", ""))
    return str((draft.get("item") or draft).get("group", "")) if by == "group" else ""


def _seen(path: Path, number: int, row: Row) -> RecordView:
    try:
        return view(row)
    except ValidationError as error:
        raise RecordError(f"{path}:{number}: {describe(error)}; correct the line") from error


def has_drafts(lines: Sequence[Chosen]) -> bool:
    return all(is_draft(line.row) or is_dropped(line.row) for line in lines)


def write_review_sheet(path: Path, lines: Sequence[Chosen], file: Path, seed: int | None, by: str = "") -> str:
    """A sheet of these records, and a sentence on what to do with it. Raises UserError where two have one id, or one has none: reviews
    could not tell them apart."""
    ids = [line.view.id for line in lines]
    if twice := next((id for id in ids if not id or ids.count(id) > 1), None):
        raise UserError(f"{file}: the id {twice!r} comes twice, so that reviews could not tell which is meant; take records.jsonl")
    if "" in ids:
        raise UserError(f"{file}: a line has no id, so that reviews could not tell which is meant; take records.jsonl")
    chance = f"drawn by chance{f' equally by {by}' if by else ''} (seed {seed})" if seed is not None else "as named"
    n = f"{len(lines)} record{'' if len(lines) == 1 else 's'}"
    write_sheet(path, [line.view for line in lines], f"Review of {file.name}", f"{n} of {file.name}, {chance}.")
    return f"{n}: {path}; open it in a browser, then: osler inspect {file} --reviews REVIEWS.jsonl"
