"""Stages `policy NAME` and `reward NAME`: worked items and verified traces become weights."""

import hashlib
from collections.abc import Sequence
from typing import Any

from osler.core.errors import UserError
from osler.core.question import Item
from osler.core.records import write_records
from osler.core.reward import mean
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.models.nano import Nano
from osler.recipe import SEED, BlendedReward, PolicyTraining, TrainedReward
from osler.rewards.blend import fit
from osler.stages.context import Context
from osler.synthesise.exports import Record, prm_record, sft_record, verified_traces
from osler.synthesise.harvest import TraceRecord, TreeRecord, solution_from_records
from osler.synthesise.labels import label


def train_policy(context: Context, name: str) -> None:
    """For the seed policy: the base, warmed up on the exercises and trained on the worked items → models/base, models/warm, models/seed.
    For any other: the policy that it starts from, trained on verified traces → training/policies/NAME.jsonl, models/NAME. Raises UserError
    where the searches found no right trace."""
    if name == SEED:
        _train_seed(context)
        return
    settings = context.recipe.policies[name]
    traces = _verified(context, settings)
    if not traces:
        searches = ", ".join(settings.searches)
        raise UserError(f"policies.{name}: {searches} found no right trace; search longer, or on more or easier questions")
    records: list[Record] = context.read("worked.jsonl", dict[str, Any]) if settings.with_worked else []
    records += [sft_record(each.question, each.steps, context.prompt, context.codec, each.response) for each in traces]
    write_records(context.run.path(f"training/policies/{name}.jsonl"), records)
    folder = context.run.path(f"models/{name}")
    settings.training.train(context.checkpoint(settings.start), records, folder, seed=context.recipe.seed, on_step=context.progress)


def _verified(context: Context, settings: PolicyTraining) -> list[Trace]:
    """The traces to train on, search by search, so that each round brings its own share of a question."""
    by_search = [[each for each in label("monte_carlo", solution) if each.is_right] for solution in _solutions(context, settings.searches)]
    if settings.rank_by == "value":
        return [trace for labelled in by_search for trace in verified_traces(labelled, settings.n_per_question)]
    scores = iter(context.likelihood(settings.start).score([each.trace for labelled in by_search for each in labelled]))
    valued = [(labelled, [mean(next(scores)) for _ in labelled]) for labelled in by_search]
    return [trace for labelled, values in valued for trace in verified_traces(labelled, settings.n_per_question, values)]


def train_reward(context: Context, name: str) -> None:
    """Labelled traces → rewards/NAME: of a trained reward the checkpoint (and training/rewards/NAME.jsonl), of a blend its weights. For the
    likelihood there is nothing to do. Raises UserError where no trace is left to learn from."""
    settings = context.recipe.reward_models[name]
    if isinstance(settings, TrainedReward):
        _train_prm(context, name, settings)
    elif isinstance(settings, BlendedReward):
        _fit_blend(context, name, settings)


def _train_prm(context: Context, name: str, settings: TrainedReward) -> None:
    solutions = [each for each in _solutions(context, settings.searches) if not is_held_out(each.question.id, settings.hold_out)]
    records: list[Record] = []
    for solution in solutions:
        labelled = label(settings.labels, solution, context.check_step)
        right, wrong = [each for each in labelled if each.is_right], [each for each in labelled if not each.is_right]
        kept = (*right[: settings.n_per_question], *wrong[: settings.n_per_question])
        records += [prm_record(each, context.prompt, context.codec) for each in kept]
    if not records:
        found = f"{settings.labels} labels no trace on {len(solutions)} questions of {', '.join(settings.searches)}"
        raise UserError(f"reward_models.{name}: {found}; search on more questions, or hold fewer out")
    write_records(context.run.path(f"training/rewards/{name}.jsonl"), records)
    folder = context.run.path(f"rewards/{name}")
    settings.training.train(context.checkpoint(settings.start), records, folder, seed=context.recipe.seed, on_step=context.progress)


def _fit_blend(context: Context, name: str, settings: BlendedReward) -> None:
    """The parts' scores of the traces that none of them was trained on → rewards/NAME/blend.json."""
    trained = [part for part in map(context.recipe.reward_models.__getitem__, settings.parts) if isinstance(part, TrainedReward)]
    hold_out = min((part.hold_out for part in trained), default=1.0)
    solutions = [each for each in _solutions(context, settings.searches) if is_held_out(each.question.id, hold_out)]
    labelled = [each for solution in solutions for each in label(settings.labels, solution, context.check_step)]
    if not labelled:
        found = f"{settings.labels} labels no trace on {len(solutions)} held-out questions of {', '.join(settings.searches)}"
        raise UserError(f"reward_models.{name}: {found}; search on more questions, or raise the `hold_out` of its parts")
    traces = [each.trace for each in labelled]
    by_trace = list(zip(*(context.reward(part).score(traces) for part in settings.parts), strict=True))
    fit(settings.parts, traces, by_trace, [each.labels_S for each in labelled]).write(context.run.path(f"rewards/{name}/blend.json"))


def is_held_out(question_id: str, share: float) -> bool:
    """Whether the question is among the share that reward models are not trained on: by its id alone, the same for all of them."""
    return int.from_bytes(hashlib.blake2b(question_id.encode(), digest_size=4).digest(), "big") / 2**32 < share


def _train_seed(context: Context) -> None:
    """A checkpoint from elsewhere stays where it is, and is trained from there."""
    settings, run, seed = context.recipe.seed_policy, context.run, context.recipe.seed
    worked, exercises = (context.read(f"{name}.jsonl", dict[str, Any]) for name in ("worked", "exercises"))
    if isinstance(settings.base, Nano):
        turns = [message["content"] for record in worked for message in record["messages"]]
        settings.base.create([*turns, *context.read("vocabulary.jsonl", str)], context.base, seed=seed)
    if settings.warm_up:
        settings.warm_up.train(context.base, exercises, run.path("models/warm"), seed=seed, on_step=context.progress)
    if settings.training:
        start = run.path("models/warm") if settings.warm_up else context.base
        settings.training.train(start, worked, run.path("models/seed"), seed=seed, on_step=context.progress)


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
