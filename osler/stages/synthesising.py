"""A synthesis from its material to records.jsonl, dropped.jsonl and the counts of every reason. Running again is resuming."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import groupby, islice
from typing import Any, TextIO

from pydantic import TypeAdapter

from osler.clinic.paths.clinic_graph import clinic_graph
from osler.core.codec import CODECS
from osler.core.errors import UserError
from osler.core.model import AsyncModel, Model, Usage, is_async
from osler.core.passage import Retriever
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.records import write_records
from osler.core.run import Run
from osler.judges import JUDGES, QuestionReader
from osler.judges.stated.refusal import is_refusal
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.load import load_graph
from osler.models.blocking import BlockingModel
from osler.models.journal import Journal, journalled
from osler.stages.checking import check_of
from osler.stages.context import Listener
from osler.stages.overlapping import overlapping_of
from osler.stages.retrieving import retriever_of
from osler.synthesis import Synthesis
from osler.synthesise.block import Kit, worked
from osler.synthesise.draft import Draft, DroppedDraft
from osler.synthesise.drive import drive
from osler.synthesise.oracle import Oracle

RECORDS, DROPPED, COUNTS = "records.jsonl", "dropped.jsonl", "counts.json"
STAGE = "synthesise"
CLINIC = "clinic"
"""The graph that is built in."""


@dataclass
class Counts:
    """How many drafts were taken up, how many records came of them, and how many were dropped: block → reason → number."""

    n_drafts: int = 0
    n_records: int = 0
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    usage: dict[str, Usage] = field(default_factory=dict)

    @property
    def n_errored(self) -> int:
        """Drafts whose requests failed for good: running again asks for just those."""
        return sum(reasons.get("errored", 0) for reasons in self.dropped.values())

    def drop(self, block: str, reason: str) -> None:
        reasons = self.dropped.setdefault(block, {})
        reasons[reason] = reasons.get(reason, 0) + 1


def synthesise(synthesis: Synthesis, run: Run, listener: Listener | None = None) -> Counts:
    """Make the records of a synthesis in the folder of its run, whose lock is held. The same settings and replies always leave the same
    bytes; what the journal holds is not asked for again."""
    if run.is_done(STAGE):
        return TypeAdapter(Counts).validate_python(run.read_json(COUNTS))
    counts = Counts()
    with ExitStack() as stack:
        journal = stack.enter_context(closing(Journal(run.path("journal.db"))))
        loop = stack.enter_context(asyncio.Runner())
        models = _models(synthesis, journal, stack)
        kit = _kit(synthesis, run, models)
        part = run.path(DROPPED + ".part")
        with part.open("w", encoding="utf-8") as file:
            taken = _taken(synthesis, counts, listener)
            kept = _passed(synthesis, taken, kit, models, loop, Drops(file, counts))
            write_records(run.path(RECORDS), _counted(kept, counts))
        part.replace(run.path(DROPPED))
        counts.usage = {role: getattr(model, "usage", Usage()) for role, model in models.items()}
    run.write_json(COUNTS, asdict(counts))
    if not counts.n_errored:  # the journal keeps no failed reply: the same command asks for just those
        run.mark_done(STAGE, {"n_records": counts.n_records})
    return counts


def _models(synthesis: Synthesis, journal: Journal, stack: ExitStack) -> dict[str, Model | AsyncModel]:
    """The engine of each role behind the journal; equal engines are loaded once. Where some run here and others far away, the far ones are
    waited for."""
    engines = {role: settings.engine for role, settings in synthesis.roles.items()}
    loaded: dict[Any, Model | AsyncModel] = {engine: engine.load() for engine in dict.fromkeys(engines.values())}
    is_mixed = len({is_async(model) for model in loaded.values()}) > 1
    models: dict[str, Model | AsyncModel] = {}
    for role, engine in engines.items():
        model = loaded[engine]
        near: Model | AsyncModel = BlockingModel(model) if is_mixed and is_async(model) else model
        models[role] = journalled(near, journal)
    return models


def _kit(synthesis: Synthesis, run: Run, models: Mapping[str, Model | AsyncModel]) -> Kit:
    policies = {
        role: Policy(
            models[role], Prompt.named(settings.prompt), CODECS[settings.codec], QuestionReader(), settings.sampling, synthesis.seed
        )
        for role, settings in synthesis.roles.items()
    }
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


def _taken(synthesis: Synthesis, counts: Counts, listener: Listener | None) -> Iterator[Draft]:
    """The drafts of the material, counted. Raises UserError where an id comes twice."""
    seen = set[str]()
    for draft in islice(synthesis.material.drafts(synthesis.seed), synthesis.limit):
        if draft.id in seen:
            raise UserError(f"material: the id {draft.id!r} comes twice; give every passage and item an id of its own")
        seen.add(draft.id)
        counts.n_drafts += 1
        if listener:
            listener.progressed(STAGE, counts.n_drafts, synthesis.limit or counts.n_drafts)
        yield draft


def _passed(
    synthesis: Synthesis, drafts: Iterator[Draft], kit: Kit, models: Mapping[str, Model | AsyncModel], loop: asyncio.Runner, drops: "Drops"
) -> Iterator[Draft]:
    """The drafts that come through all blocks, as they stream by: neighbouring blocks of one draft are driven together."""
    for is_sieve, group in groupby(synthesis.blocks, key=lambda block: hasattr(block, "sift")):
        blocks: Sequence[Any] = list(group)
        if is_sieve:
            for sieve in blocks:
                drafts = drops.parted(sieve.sift(drafts, kit))
        else:
            makings = map(partial(worked, blocks, kit=kit), drafts)
            made = drive(makings, models, loop, synthesis.window)
            drafts = drops.parted(each for some in made for each in some)
    return drafts


class Drops:
    """Takes dropped drafts out of a stream, counts them and writes them down."""

    def __init__(self, file: TextIO, counts: Counts) -> None:
        self._file, self._counts = file, counts
        self._adapter: TypeAdapter[Any] = TypeAdapter(DroppedDraft)

    def parted(self, stream: Iterable[Draft | DroppedDraft]) -> Iterator[Draft]:
        for each in stream:
            if isinstance(each, Draft):
                yield each
            else:
                self._counts.drop(each.block, each.reason)
                self._file.write(json.dumps(self._adapter.dump_python(each, mode="json"), ensure_ascii=False) + "\n")


def _counted(drafts: Iterable[Draft], counts: Counts) -> Iterator[Draft]:
    for draft in drafts:
        counts.n_records += 1
        yield draft
