"""A synthesis from its material to records.jsonl, dropped.jsonl and the counts of every reason. Running again is resuming."""

import asyncio
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import Any, TextIO, TypeVar

from pydantic import TypeAdapter

from osler.clinic.paths.clinic_graph import clinic_graph
from osler.core.codec import CODECS
from osler.core.errors import UserError
from osler.core.model import AsyncModel, Model, Usage
from osler.core.passage import Retriever
from osler.core.policy import Policy, sample_seeds
from osler.core.prompt import Prompt
from osler.core.records import write_records
from osler.core.run import Run
from osler.judges import JUDGES, QuestionReader
from osler.judges.stated.refusal import is_refusal
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.load import load_graph
from osler.models.journal import Journal
from osler.stages.checking import check_of
from osler.stages.context import DESCRIBED, Listener
from osler.stages.overlapping import overlapping_of, tested_texts
from osler.stages.players import Players
from osler.stages.retrieving import retriever_of
from osler.synthesis import Role, Synthesis
from osler.synthesise.block import Kit, worked
from osler.synthesise.draft import Draft, DroppedDraft
from osler.synthesise.drive import drive
from osler.synthesise.oracle import Oracle

RECORDS, DROPPED, COUNTS = "records.jsonl", "dropped.jsonl", "counts.json"
STAGE = "synthesise"
CLINIC = "clinic"
T = TypeVar("T")


@dataclass
class Counts:
    """How many drafts were taken up, how many records came of them, and how many were dropped: block → reason → number. `usage` is what the
    replies to each role cost, and `cost` what is paid for that, where a role has a price."""

    n_drafts: int = 0
    n_records: int = 0
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    usage: dict[str, Usage] = field(default_factory=dict)
    cost: dict[str, float] = field(default_factory=dict)
    cost_per_record: float | None = None

    @property
    def n_errored(self) -> int:
        """Drafts whose requests failed for good: running again asks for just those."""
        return sum(reasons.get("errored", 0) for reasons in self.dropped.values())

    def drop(self, block: str, reason: str) -> None:
        reasons = self.dropped.setdefault(block, {})
        reasons[reason] = reasons.get(reason, 0) + 1

    def settle(self, blocks: Sequence[str], roles: Mapping[str, Role]) -> None:
        """Put blocks and reasons in an order that does not depend on how drafts passed one another, and price what was used."""
        names = sorted(self.dropped, key=lambda name: (blocks.index(name) if name in blocks else len(blocks), name))
        self.dropped = {name: dict(sorted(self.dropped[name].items())) for name in names}
        priced = {name: role.price.of(self.usage[name]) for name, role in roles.items() if role.price and name in self.usage}
        self.cost = {name: round(paid, 6) for name, paid in priced.items()}
        self.cost_per_record = round(sum(priced.values()) / self.n_records, 6) if priced and self.n_records else None


def synthesise(synthesis: Synthesis, run: Run, listener: Listener | None = None) -> Counts:
    """Make the records of a synthesis in the folder of its run, whose lock is held. The same settings and replies always leave the same
    bytes; what the journal holds is not asked for again."""
    is_done = run.is_done(STAGE)
    counts: Counts = TypeAdapter(Counts).validate_python(run.read_json(COUNTS)) if is_done else _made(synthesis, run, listener)
    counts.settle([block.kind for block in synthesis.blocks], synthesis.roles)
    run.write_json(COUNTS, asdict(counts))
    if not counts.n_errored:  # the journal keeps no failed reply: the same command asks for just those
        run.mark_done(STAGE, {"n_records": counts.n_records})
    return counts


def _made(synthesis: Synthesis, run: Run, listener: Listener | None) -> Counts:
    counts = Counts()
    with ExitStack() as stack:
        journal = stack.enter_context(closing(Journal(run.path("journal.db"))))
        loop = stack.enter_context(asyncio.Runner())
        players = Players(synthesis.roles, journal, loop, stack)
        kit = _kit(synthesis, run, players.models)
        drops = Drops(run.path(DROPPED), counts, stack)
        passing = _Passing(synthesis, players, loop, kit, drops, listener)
        kept = passing.through(_taken(synthesis, counts), counts, stack)
        write_records(run.path(RECORDS), _counted(kept, counts))
        drops.join()
        counts.usage = players.usage
        if not run.path(DESCRIBED).exists():
            run.write_json(DESCRIBED, players.described())
    return counts


def _kit(synthesis: Synthesis, run: Run, models: Mapping[str, Model | AsyncModel]) -> Kit:
    policies = {}
    for role, its in synthesis.roles.items():
        [seed] = sample_seeds(f"{synthesis.seed}\0{role}", [0])  # two roles of one engine draw apart
        policies[role] = Policy(models[role], Prompt.named(its.prompt), CODECS[its.codec], QuestionReader(), its.sampling, seed)
    return Kit(
        synthesis.seed,
        policies,
        JUDGES,
        lambda text: is_refusal(text, 0, len(text)),
        lambda item: Oracle([item], JUDGES),
        _retriever(synthesis, run),
        _graph(synthesis),
        overlapping_of(synthesis.against) if synthesis.against else None,
        check_of(synthesis.material, synthesis.seed),
        tuple(tested_texts(synthesis.against)),
    )


def _retriever(synthesis: Synthesis, run: Run) -> Retriever | None:
    settings = synthesis.retrieval
    if settings is None:
        return None
    return retriever_of(settings.retriever, settings.passages, settings.index or run.path("index"), settings.max_words)


def _graph(synthesis: Synthesis) -> Graph | None:
    """The clinic's own by its name; any other with its nodes of one name joined, as `osler lookup` shows it."""
    if synthesis.graph is None:
        return None
    return clinic_graph() if str(synthesis.graph) == CLINIC else load_graph(synthesis.graph).bridged()


def _taken(synthesis: Synthesis, counts: Counts) -> Iterator[Draft]:
    """The drafts of the material, counted. Raises UserError where an id comes twice."""
    seen = set[str]()
    for draft in islice(synthesis.material.drafts(synthesis.seed), synthesis.limit):
        if draft.id in seen:
            raise UserError(f"material: the id {draft.id!r} comes twice; give every passage and item an id of its own")
        seen.add(draft.id)
        counts.n_drafts += 1
        yield draft


@dataclass
class _Passing:
    """The way of drafts through all blocks, as they stream by: neighbouring blocks of one draft are driven together."""

    synthesis: Synthesis
    players: Players
    loop: asyncio.Runner
    kit: Kit
    drops: "Drops"
    listener: Listener | None

    def through(self, drafts: Iterator[Draft], counts: Counts, stack: ExitStack) -> Iterator[Draft]:
        """What comes through. The drivers are closed with `stack`."""
        is_first = True
        for is_sieve, group in groupby(self.synthesis.blocks, key=lambda block: hasattr(block, "sift")):
            blocks: Sequence[Any] = list(group)
            if is_sieve:
                for sieve in blocks:
                    drafts = self.drops.parted(sieve.sift(drafts, self.kit))
                continue
            makings = map(partial(worked, blocks, kit=self.kit), drafts)
            made = stack.enter_context(closing(drive(makings, self.players.models, self.loop, self.synthesis.window)))
            drafts = self.drops.parted(each for some in (self._heard(made, counts) if is_first else made) for each in some)
            is_first = False
        return drafts

    def _heard(self, made: Iterable[T], counts: Counts) -> Iterator[T]:
        """Of the first that are driven, how many are done is told."""
        for n_done, each in enumerate(made, 1):
            if self.listener:
                self.listener.progressed(STAGE, n_done, self.synthesis.limit or counts.n_drafts)
            yield each


class Drops:
    """Takes dropped drafts out of a stream, counts them and writes them down: a part for each place of a stream, since how far the places
    are apart when a run is killed, or a reply is late, is not to be seen in the file."""

    def __init__(self, path: Path, counts: Counts, stack: ExitStack) -> None:
        self._path, self._counts, self._stack = path, counts, stack
        self._adapter: TypeAdapter[Any] = TypeAdapter(DroppedDraft)
        self._parts: list[TextIO] = []

    def parted(self, stream: Iterable[Draft | DroppedDraft]) -> Iterator[Draft]:
        part = self._path.with_name(f"{self._path.name}.part{len(self._parts)}")
        file = self._stack.enter_context(part.open("w", encoding="utf-8"))
        self._parts.append(file)
        return self._kept(stream, file)

    def _kept(self, stream: Iterable[Draft | DroppedDraft], file: TextIO) -> Iterator[Draft]:
        for each in stream:
            if isinstance(each, Draft):
                yield each
            else:
                self._counts.drop(each.block, each.reason)
                file.write(json.dumps(self._adapter.dump_python(each, mode="json"), ensure_ascii=False) + "\n")

    def join(self) -> None:
        """The parts become one file, in the order of the blocks."""
        whole = self._path.with_name(f"{self._path.name}.part")
        with whole.open("w", encoding="utf-8") as joined:
            for file in self._parts:
                file.close()
                with Path(file.name).open(encoding="utf-8") as part:
                    shutil.copyfileobj(part, joined)
                Path(file.name).unlink()
        whole.replace(self._path)


def _counted(drafts: Iterable[Draft], counts: Counts) -> Iterator[Draft]:
    for draft in drafts:
        counts.n_records += 1
        yield draft
