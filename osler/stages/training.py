"""Stages `policy NAME` and `reward NAME`: worked items and verified traces become weights."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from osler.core.question import Item
from osler.core.records import write_records
from osler.core.solution import Solution
from osler.models.nano import Nano
from osler.recipe import SEED, BlendedReward, TrainedReward
from osler.rewards.blend import fit
from osler.stages.context import Context
from osler.synthesise.exports import Record, prm_record, sft_record, verified_traces
from osler.synthesise.harvest import TraceRecord, TreeRecord, solution_from_records
from osler.synthesise.labels import label


def train_policy(context: Context, name: str) -> None:
    """For the seed policy: the base, trained on the worked items → models/base, models/seed. For any other: the policy that it starts
    from, trained on verified traces → training/NAME.jsonl, models/NAME."""
    if name == SEED:
        _train_seed(context)
        return
    settings = context.recipe.policies[name]
    records: list[Record] = context.read("worked.jsonl", dict[str, Any]) if settings.with_worked else []
    for solution in _solutions(context, settings.searches):
        for trace in verified_traces(label("monte_carlo", solution), settings.n_per_question):
            records.append(sft_record(trace.question, trace.steps, context.prompt, context.codec, trace.response))
    write_records(context.run.path(f"training/{name}.jsonl"), records)
    folder = context.run.path(f"models/{name}")
    settings.training.train(context.checkpoint(settings.start), records, folder, seed=context.recipe.seed, on_step=context.progress)


def train_reward(context: Context, name: str) -> None:
    """Labelled traces and a policy's body → training/NAME.jsonl, rewards/NAME. A reward that is not trained is nothing to do."""
    settings = context.recipe.reward_models[name]
    if isinstance(settings, BlendedReward):
        _fit_blend(context, name, settings)
    if not isinstance(settings, TrainedReward):
        return
    records: list[Record] = []
    for solution in _solutions(context, settings.searches):
        if not is_held_out(solution.question.id, settings.hold_out):
            labelled = label(settings.labels, solution, context.check_step)
            right, wrong = [each for each in labelled if each.is_right], [each for each in labelled if not each.is_right]
            kept = (*right[: settings.n_per_question], *wrong[: settings.n_per_question])
            records += [prm_record(each, context.prompt, context.codec) for each in kept]
    write_records(context.run.path(f"training/{name}.jsonl"), records)
    folder = context.run.path(f"rewards/{name}")
    settings.training.train(context.checkpoint(settings.start), records, folder, seed=context.recipe.seed, on_step=context.progress)


def _fit_blend(context: Context, name: str, settings: BlendedReward) -> None:
    """The parts' scores of the traces that none of them was trained on → rewards/NAME/blend.json."""
    trained = [part for part in map(context.recipe.reward_models.__getitem__, settings.parts) if isinstance(part, TrainedReward)]
    hold_out = min((part.hold_out for part in trained), default=1.0)
    labelled = [
        each
        for solution in _solutions(context, settings.searches)
        if is_held_out(solution.question.id, hold_out)
        for each in label(settings.labels, solution, context.check_step)
    ]
    by_part = [context.reward(part).score([each.trace for each in labelled]) for part in settings.parts]
    weights = fit(settings.parts, list(zip(*by_part, strict=True)), [each.labels_S for each in labelled])
    weights.write(context.run.path(f"rewards/{name}/blend.json"))


def is_held_out(question_id: str, share: float) -> bool:
    """Whether the question is among the share that reward models are not trained on: by its id alone, the same for all of them."""
    return int.from_bytes(hashlib.blake2b(question_id.encode(), digest_size=4).digest(), "big") / 2**32 < share


def _train_seed(context: Context) -> None:
    """A checkpoint that is not trained stays where it is."""
    settings, run, seed = context.recipe.seed_policy, context.run, context.recipe.seed
    worked, exercises = (context.read(f"{name}.jsonl", dict[str, Any]) for name in ("worked", "exercises"))
    base = run.path("models/base")
    if isinstance(settings.base, Nano):
        turns = [message["content"] for record in worked for message in record["messages"]]
        settings.base.create([*turns, *context.read("vocabulary.jsonl", str)], base, seed=seed)
    else:
        base = Path(settings.base.path)
    if settings.warm_up:
        settings.warm_up.train(base, exercises, run.path("models/warm"), seed=seed, on_step=context.progress)
        base = run.path("models/warm")
    if settings.training:
        settings.training.train(base, worked, run.path("models/seed"), seed=seed, on_step=context.progress)


def _solutions(context: Context, searches: Sequence[str]) -> list[Solution]:
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
