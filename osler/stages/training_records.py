"""What a recipe calls records becomes rows that a method of training reads."""

import hashlib
from collections.abc import Sequence
from itertools import chain
from typing import Any, assert_never

from osler.core.errors import UserError
from osler.core.question import Item
from osler.core.reward import mean
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.recipe.training import (
    AnyRecords,
    ItemPrompts,
    JudgedTraces,
    LabelledTraces,
    PolicyTraining,
    PreferredPairs,
    RecordFiles,
    Synthesised,
    TrainedReward,
    VerifiedTraces,
    WorkedRecords,
)
from osler.stages.context import Context
from osler.stages.preferring import judged_records, pair_records
from osler.stages.selecting import selected
from osler.stages.synthesised_records import synthesised_records
from osler.synthesise.exports import grpo_record, prm_record, sft_record, verified_traces
from osler.synthesise.harvest import TraceRecord, TreeRecord, solution_from_records
from osler.synthesise.labels import label
from osler.train import Records


def records_for(context: Context, where: str, settings: PolicyTraining | TrainedReward) -> Records:
    """The rows of each kind of records after those of the one before; `where` is the place of the training in the recipe."""
    parts = [_of(context, where, each, settings) for each in settings.records]
    rows = list(chain.from_iterable(parts))
    return Records(rows, [part.place(at) for part in parts for at in range(len(part))])


def _of(context: Context, where: str, records: AnyRecords, settings: PolicyTraining | TrainedReward) -> Records:
    match records:
        case WorkedRecords():
            return Records.read(context.run.path("worked.jsonl"))
        case VerifiedTraces():
            traces = _verified(context, where, records, settings.start)
            return Records(sft_record(each.question, each.steps, context.prompt, context.codec, each.response) for each in traces)
        case LabelledTraces():
            return Records(_labelled(context, where, records))
        case ItemPrompts():
            return Records(_prompts(context, where, records))
        case PreferredPairs():
            return Records(pair_records(context, where, records, solutions_of(context, records.searches)))
        case JudgedTraces():
            return Records(judged_records(context, where, records, solutions_of(context, records.searches)))
        case RecordFiles():
            return Records.read(*records.paths)
        case Synthesised():
            return synthesised_records(context, where, records, settings.training.kind)
    assert_never(records)


def _prompts(context: Context, where: str, settings: ItemPrompts) -> list[dict[str, Any]]:
    """What an export of kind grpo writes, of items as they are asked when a policy answers."""
    items = list(context.read("search.jsonl", Item))
    if settings.selection:
        items = selected(context, where, settings.selection, items)
    return [grpo_record(item, context.prompt) for item in items]


def _verified(context: Context, where: str, settings: VerifiedTraces, start: str) -> list[Trace]:
    """The traces to train on, search by search, so that each round brings its own share of a question. Raises UserError where there is
    none."""
    by_search = [
        [each for each in label("monte_carlo", solution) if each.is_right] for solution in solutions_of(context, settings.searches)
    ]
    if not any(by_search):
        searches = ", ".join(settings.searches)
        raise UserError(f"{where}: {searches} found no right trace; search longer, or on more or easier questions")
    if settings.rank_by == "value":
        return [trace for labelled in by_search for trace in verified_traces(labelled, settings.n_per_question)]
    scores = iter(context.likelihood(start).score([each.trace for labelled in by_search for each in labelled]))
    valued = [(labelled, [mean(next(scores)) for _ in labelled]) for labelled in by_search]
    return [trace for labelled, values in valued for trace in verified_traces(labelled, settings.n_per_question, values)]


def _labelled(context: Context, where: str, settings: LabelledTraces) -> list[dict[str, Any]]:
    """Raises UserError where the rule labels none."""
    solutions = [each for each in solutions_of(context, settings.searches) if not is_held_out(each.question.id, settings.hold_out)]
    records: list[dict[str, Any]] = []
    for solution in solutions:
        labelled = label(settings.labels, solution, context.check_step)
        right, wrong = [each for each in labelled if each.is_right], [each for each in labelled if not each.is_right]
        kept = (*right[: settings.n_per_question], *wrong[: settings.n_per_question])
        records += [prm_record(each, context.prompt, context.codec) for each in kept]
    if not records:
        found = f"{settings.labels} labels no trace on {len(solutions)} questions of {', '.join(settings.searches)}"
        raise UserError(f"{where}: {found}; search on more questions, or hold fewer out")
    return records


def is_held_out(question_id: str, share: float) -> bool:
    """Whether the question is among the share that reward models are not trained on: by its id alone, the same for all of them."""
    return int.from_bytes(hashlib.blake2b(question_id.encode(), digest_size=4).digest(), "big") / 2**32 < share


def solutions_of(context: Context, searches: Sequence[str]) -> list[Solution]:
    """What the searches found, as it stands on disk, in their order."""
    questions = {item.id: item.question for item in context.read("search.jsonl", Item)}
    solutions = []
    for name in searches:
        traces: dict[str, list[TraceRecord]] = {}
        for record in context.read(f"searches/{name}/traces.jsonl", TraceRecord):
            traces.setdefault(record.id, []).append(record)
        for tree in context.read(f"searches/{name}/trees.jsonl", TreeRecord):
            solutions.append(solution_from_records(questions[tree.id], tree, traces.get(tree.id, [])))
    return solutions
