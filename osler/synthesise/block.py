"""Block: one thing done to drafts. A block of a draft only asks: it is a plain generator that yields calls and is sent the replies.

A synthesis is a short list of blocks. `Block`s look at one draft at a time, hundreds of them side by side under one driver; `Sieve`s look
at all drafts as they stream by. What a block does depends on its draft, its kit and the replies alone, never on the order of arrival: with
every reply in the journal, running again is resuming.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from osler.core.errors import Drop, RecipeError
from osler.core.model import Reply, Request
from osler.core.passage import Retriever
from osler.core.policy import Policy
from osler.core.question import Item
from osler.core.reward import RewardModel
from osler.core.verdict import CheckStep, Judge
from osler.knowledge.graphs.graph import Graph
from osler.synthesise.draft import Draft, DroppedDraft

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """A request to whoever plays a role: "teacher", "student", "judge" …"""

    role: str
    request: Request


Making = Generator[Sequence[Call], Sequence[Reply], T]
"""Yields calls, is sent their replies in the same order, and returns what it made."""

Made = list[Draft | DroppedDraft]
"""What became of one draft: one, several, or what was dropped."""


@dataclass(frozen=True)
class Kit:
    """The parts that blocks work with, handed in by the stage that runs them.

    `policies` has one for each role; blocks make requests with them and never call their models. `is_refusal` says whether a text declines
    to answer. `oracle_for` makes what scores traces with the help of an item's key. `overlapping` tells which of some texts, given as
    (id, text), overlap with an item of a test set: by id, the id of that item. `check_step` tells the truth of a step about an item, where
    the clinic made it. `tested` are the texts of all items of test sets, as (id, text), for the published rules. Parts that a synthesis
    does not name are None.
    """

    seed: int
    policies: Mapping[str, Policy]
    judges: Mapping[str, Judge]
    is_refusal: Callable[[str], bool]
    oracle_for: Callable[[Item], RewardModel]
    retriever: Retriever | None = None
    graph: Graph | None = None
    overlapping: Callable[[Sequence[tuple[str, str]]], Mapping[str, str]] | None = None
    check_step: CheckStep | None = None
    tested: Sequence[tuple[str, str]] = ()

    def policy(self, role: str) -> Policy:
        """Raises RecipeError where nobody plays the role."""
        if role not in self.policies:
            raise RecipeError(f"roles: nobody plays {role!r}; name an engine for it under `roles`")
        return self.policies[role]


class Block(Protocol):
    """A block of one draft; its settings are itself. `roles` are those whom it asks, `needs` the optional parts of the kit."""

    @property
    def kind(self) -> str: ...

    @property
    def roles(self) -> tuple[str, ...]: ...

    @property
    def needs(self) -> tuple[str, ...]: ...

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft | DroppedDraft]]:
        """What becomes of the draft. Raises Drop where it is not to be kept: nothing else may be raised on any reply. Where some of
        several are not to be kept, or what was found on one is to be noted, it gives back the dropped ones among the others."""
        ...


class Sieve(Protocol):
    """A block of all drafts, as they stream by; its settings are itself. It keeps their order, or says so."""

    @property
    def kind(self) -> str: ...

    @property
    def needs(self) -> tuple[str, ...]: ...

    def sift(self, drafts: Iterable[Draft], kit: Kit) -> Iterator[Draft | DroppedDraft]: ...


def worked(blocks: Sequence[Block], draft: Draft, kit: Kit) -> Making[Made]:
    """One draft through the blocks in order. Where one draft becomes several, they go on side by side."""
    if not blocks:
        return [draft]
    try:
        drafts = yield from blocks[0].work(draft, kit)
    except Drop as drop:
        return [DroppedDraft(draft, blocks[0].kind, drop.reason, drop.detail)]
    made = yield from together([_further(blocks[1:], each, kit) for each in drafts])
    return [each for some in made for each in some]


def _further(blocks: Sequence[Block], draft: Draft | DroppedDraft, kit: Kit) -> Making[Made]:
    return [draft] if isinstance(draft, DroppedDraft) else (yield from worked(blocks, draft, kit))


def together(makings: Sequence[Making[T]]) -> Making[list[T]]:
    """What each of them makes, in their order. They go in lock-step: what they ask at the same time is asked as one."""
    made: dict[int, T] = {}
    calls: dict[int, Sequence[Call]] = {}
    replies: dict[int, Sequence[Reply] | None] = dict.fromkeys(range(len(makings)))
    while replies:
        for at, reply in replies.items():
            calls.pop(at, None)
            try:
                calls[at] = makings[at].send(reply)  # type: ignore[arg-type]  # None begins a generator
            except StopIteration as finished:
                made[at] = finished.value
        if not calls:
            break
        flat = iter((yield [call for at in sorted(calls) for call in calls[at]]))
        replies = {at: [next(flat) for _ in calls[at]] for at in sorted(calls)}
    return [made[at] for at in range(len(makings))]
