"""Stages `policy NAME` and `reward NAME`: records become weights."""

from typing import Any

from osler.core.errors import UserError
from osler.core.records import write_records
from osler.models.nano import Nano
from osler.recipe.recipe import BlendedReward
from osler.recipe.training import TrainedReward
from osler.rewards.blend import fit
from osler.stages.context import Context
from osler.stages.rewarding import check_for, reward_function
from osler.stages.training_records import is_held_out, records_for, solutions_of
from osler.synthesise.labels import label


def train_policy(context: Context, name: str) -> None:
    """For a first policy: the base, warmed up on the exercises and trained on the worked items → models/base, models/warm, models/seed,
    and of further ones bases/NAME/base, bases/NAME/warm, models/NAME. For any other: the policy that it starts from, trained on its
    records → training/policies/NAME.jsonl, models/NAME. Raises UserError where there is none to train on."""
    if name in context.recipe.first_policies:
        _train_first(context, name)
        return
    settings = context.recipe.policies[name]
    records = records_for(context, f"policies.{name}", settings)
    write_records(context.run.path(f"training/policies/{name}.jsonl"), records)
    folder = context.run.path(f"models/{name}")
    reward = reward_function(context, settings.reward) if settings.reward else None
    further: dict[str, Any] = {"reward": reward, "check_for_reward": check_for(reward)} if reward else {}
    settings.training.train(
        context.checkpoint(settings.start), records, folder, seed=context.recipe.seed, on_step=context.progress, **further
    )


def train_reward(context: Context, name: str) -> None:
    """Labelled traces → rewards/NAME: of a trained reward the checkpoint (and training/rewards/NAME.jsonl), of a blend its weights. For the
    likelihood there is nothing to do. Raises UserError where no trace is left to learn from."""
    settings = context.recipe.reward_models[name]
    if isinstance(settings, TrainedReward):
        records = records_for(context, f"reward_models.{name}", settings)
        write_records(context.run.path(f"training/rewards/{name}.jsonl"), records)
        folder = context.run.path(f"rewards/{name}")
        settings.training.train(context.checkpoint(settings.start), records, folder, seed=context.recipe.seed, on_step=context.progress)
    elif isinstance(settings, BlendedReward):
        _fit_blend(context, name, settings)


def _fit_blend(context: Context, name: str, settings: BlendedReward) -> None:
    """The parts' scores of the traces that none of them was trained on → rewards/NAME/blend.json."""
    parts = [part for part in map(context.recipe.reward_models.__getitem__, settings.parts) if isinstance(part, TrainedReward)]
    hold_out = min((part.hold_out for part in parts), default=1.0)
    solutions = [each for each in solutions_of(context, settings.searches) if is_held_out(each.question.id, hold_out)]
    labelled = [each for solution in solutions for each in label(settings.labels, solution, context.check_step)]
    if not labelled:
        found = f"{settings.labels} labels no trace on {len(solutions)} held-out questions of {', '.join(settings.searches)}"
        raise UserError(f"reward_models.{name}: {found}; search on more questions, or raise the `hold_out` of its parts")
    traces = [each.trace for each in labelled]
    by_trace = list(zip(*(context.reward(part).score(traces) for part in settings.parts), strict=True))
    fit(settings.parts, traces, by_trace, [each.labels_S for each in labelled]).write(context.run.path(f"rewards/{name}/blend.json"))


def _train_first(context: Context, name: str) -> None:
    """A checkpoint from elsewhere stays where it is, and is trained from there."""
    settings, run, seed = context.recipe.first_policies[name], context.run, context.recipe.seed
    worked, exercises = (context.read(f"{each}.jsonl", dict[str, Any]) for each in ("worked", "exercises"))
    if isinstance(settings.base, Nano):
        turns = [message["content"] for record in worked for message in record["messages"]]
        settings.base.create([*turns, *context.read("vocabulary.jsonl", str)], context.base(name), seed=seed)
    if settings.warm_up:
        settings.warm_up.train(context.base(name), exercises, context.warmed(name), seed=seed, on_step=context.progress)
    if settings.training:
        start = context.warmed(name) if settings.warm_up else context.base(name)
        settings.training.train(start, worked, run.path(f"models/{name}"), seed=seed, on_step=context.progress)
