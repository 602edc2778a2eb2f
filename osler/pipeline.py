"""The stages of a recipe in order: nothing is done twice.

Each stage reads and writes named records of the run and marks itself done last. A stage that is done is not run again; a stage that was
interrupted starts from its inputs and finds in the journal whatever it had already generated.
"""

import time
from collections.abc import Callable
from functools import partial

from osler.core.model import Usage
from osler.core.run import Run
from osler.recipe.check import in_order
from osler.recipe.recipe import Recipe
from osler.stages.answering import answer, candidates
from osler.stages.context import Context, Listener, Workers
from osler.stages.evaluation import evaluate, report
from osler.stages.searching import search
from osler.stages.sources import load_data
from osler.stages.synthesised_records import check_syntheses
from osler.stages.training import train_policy, train_reward
from osler.train.energy import Meter

STAGE_OF = {"searches": ("search", search), "policies": ("policy", train_policy), "reward_models": ("reward", train_reward)}


def stages(recipe: Recipe) -> dict[str, Callable[[Context], None]]:
    """The stages that this recipe has, in order: data, then policies, searches and rewards as they need each other, then answers."""
    made: dict[str, Callable[[Context], None]] = {"data": load_data}
    for section, name in in_order(recipe):
        verb, stage = STAGE_OF[section]
        made[f"{verb} {name}"] = partial(_named, stage, name)
    made["answer"] = answer
    if recipe.answer.candidates:
        made["candidates"] = candidates
    made["evaluate"] = evaluate
    made["report"] = partial(report, stages=list(made))
    return made


def run_stages(recipe: Recipe, run: Run, listener: Listener | None = None, workers: Workers | None = None) -> None:
    """Run every stage of the recipe that is not done yet, in the run's folder. `workers` answer, where there are some."""
    context = Context(recipe, run, listener, workers=workers)
    if not run.is_done("data"):
        check_syntheses(context)
    for name, stage in stages(recipe).items():
        was_done = run.is_done(name)
        if listener:
            listener.started(name)
        started, context.stage, context.usage, context.n_errored = time.monotonic(), name, Usage(), 0
        if not was_done:
            with Meter() as meter:
                stage(context)
            seconds = round(time.monotonic() - started, 1)
            note = {"stage": name, "seconds": seconds, "tokens": context.usage.completion_tokens, "energy": meter.energy()}
            run.mark_done(name, note | ({"n_errored": context.n_errored} if context.n_errored else {}))
        if listener:
            listener.finished(name, time.monotonic() - started, was_done=was_done)


def _named(stage: Callable[[Context, str], None], name: str, context: Context) -> None:
    stage(context, name)
