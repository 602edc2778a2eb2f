"""Which items go on to a training or a search, and in which order: by how often a policy gets them right."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from osler.core.errors import UserError
from osler.core.model import Usage
from osler.core.question import Item
from osler.core.records import write_records
from osler.judges import JUDGES
from osler.recipe.names import SEED
from osler.recipe.recipe import SeedPolicy
from osler.recipe.selection import EasyFirst, ItemSelection, Review
from osler.search import SelfConsistency
from osler.stages.context import Context
from osler.stages.driver import Driver, LocalDriver
from osler.synthesise.keep.levels import level_of
from osler.synthesise.keep.pass_band import outside
from osler.synthesise.oracle import Oracle
from osler.synthesise.quality.whole import drawn

FOLDER = "selections"
CLOSED = ("choice", "multi")


@dataclass(frozen=True)
class Tried:
    """How many of the traces that were drawn for an item are right, and how many state each answer."""

    n_right: int
    answers: Mapping[str, int]


@dataclass(frozen=True)
class Reviewed:
    """An item that nobody got right, with what was answered instead, as it stands in NAME.review.jsonl."""

    item: Item
    policy: Mapping[str, int]
    teacher: Mapping[str, int]


def selected(context: Context, name: str, settings: ItemSelection, items: Sequence[Item]) -> list[Item]:
    """The items that are kept, in the order that is asked for → selections/NAME.json (how many were right how often, kept, and left out by
    reason) and, where a teacher looked, selections/NAME.review.jsonl. Raises UserError where none is kept."""
    passes = _tried_by_policy(context, settings, items) if settings.is_drawing else []
    reasons = [outside(each.n_right, settings.low, settings.high) for each in passes] or [""] * len(items)
    reviewed = _reviewed(context, settings.review, items, passes) if settings.review else {}
    reasons = ["review" if at in reviewed else reason for at, reason in enumerate(reasons)]
    if settings.n_per_level:
        reasons = _surplus(settings.n_per_level, settings.n, passes, reasons, context.recipe.seed)
    kept = [at for at, reason in enumerate(reasons) if not reason]
    left_out = dict(sorted(Counter(filter(None, reasons)).items()))
    context.run.write_json(f"{FOLDER}/{name}.json", _account(settings, passes, kept, left_out))
    if settings.review:
        write_records(context.run.path(f"{FOLDER}/{name}.review.jsonl"), [reviewed[at] for at in sorted(reviewed)])
    if not kept:
        reason = ", ".join(f"{reason} {n}" for reason, n in left_out.items()) or "there was none"
        raise UserError(f"selection {name}: none of {len(items)} items is kept ({reason}); widen the band, or take other items")
    return _ordered(settings, items, passes, kept)


def _account(settings: ItemSelection, passes: Sequence[Tried], kept: Sequence[int], left_out: Mapping[str, int]) -> dict[str, Any]:
    account = {"n_kept": len(kept), "n_left_out": dict(left_out)}
    if not settings.is_drawing:
        return account
    by_n_right = {"n_items_by_n_right": _by_n_right(passes), "n_kept_by_n_right": _by_n_right([passes[at] for at in kept])}
    return {"policy": settings.policy, "n": settings.n, **account, **by_n_right}


def tried(driver: Driver, items: Sequence[Item], n: int, purpose: str) -> list[Tried]:
    """`n` traces for each item under the oracle. These have seeds of their own, by `purpose`: whoever drew the same again would begin with
    what he was given the items for."""
    oracle = Oracle(items, JUDGES)
    seed = int.from_bytes(hashlib.blake2b(purpose.encode(), digest_size=7).digest(), "big")
    solutions = driver.drive(SelfConsistency(n=n), [item.question for item in items], seed=seed)
    return [Tried(sum(oracle.is_right(trace) for trace in each.candidates), each.votes) for each in solutions]


def _tried_by_policy(context: Context, settings: ItemSelection, items: Sequence[Item]) -> list[Tried]:
    with context.answering(settings.policy, settings.sampling) as driver:
        return tried(driver, items, settings.n, f"selection {context.recipe.seed}")


def _reviewed(context: Context, review: Review, items: Sequence[Item], passes: Sequence[Tried]) -> dict[int, Reviewed]:
    """By position the items that neither the policy nor the teacher ever got right."""
    missed = [at for at, each in enumerate(passes) if each.n_right == 0]
    if not missed:
        return {}
    with _teaching(context, review) as driver:
        again = tried(driver, [items[at] for at in missed], review.n, f"review {context.recipe.seed}")
    return {at: Reviewed(items[at], passes[at].answers, each.answers) for at, each in zip(missed, again, strict=True) if each.n_right == 0}


@contextmanager
def _teaching(context: Context, review: Review) -> Iterator[Driver]:
    """What drives the teacher. An engine of its own is the base of a context that is the same otherwise."""
    if review.engine is None:
        with context.answering(review.policy, review.sampling) as driver:
            yield driver
        return
    teacher = replace(context, recipe=replace(context.recipe, seed_policy=SeedPolicy(base=review.engine)), usage=Usage(), n_errored=0)
    with asyncio.Runner() as loop, teacher.policy(SEED, review.sampling) as policy:
        in_flight = getattr(review.engine, "max_in_flight", 256)
        driver = LocalDriver(policy, loop, on_progress=context.progress, on_solved=context.solved, max_in_flight=in_flight)
        try:
            yield driver
        finally:
            driver.close()
    context.usage += teacher.usage


def _surplus(n_per_level: int, n: int, passes: Sequence[Tried], reasons: Sequence[str], seed: int) -> list[str]:
    """The reasons again, with `surplus` for what is not drawn of its level."""
    candidates = [at for at, reason in enumerate(reasons) if not reason]
    levels = [str(level_of(passes[at].n_right, n)) for at in candidates]
    kept = {candidates[at] for at in drawn(levels, dict.fromkeys(levels, n_per_level), f"{seed}/levels")}
    return [reason or ("" if at in kept else "surplus") for at, reason in enumerate(reasons)]


def _ordered(settings: ItemSelection, items: Sequence[Item], passes: Sequence[Tried], kept: Sequence[int]) -> list[Item]:
    ranks = {group: rank for rank, group in enumerate(settings.groups)}
    places: dict[EasyFirst, Callable[[int], int]] = {
        "passes": lambda at: -passes[at].n_right,
        "closed": lambda at: items[at].key.kind not in CLOSED,
        "groups": lambda at: ranks.get(items[at].group, len(ranks)),
    }
    return [items[at] for at in sorted(kept, key=lambda at: [places[word](at) for word in settings.easy_first])]


def _by_n_right(passes: Sequence[Tried]) -> dict[str, int]:
    return {str(n_right): n for n_right, n in sorted(Counter(each.n_right for each in passes).items())}
