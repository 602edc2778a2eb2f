"""Records that a synthesis makes for a training: it is run inside the run's folder, once, with the run's own seed, prompt and codec."""

import json
from dataclasses import replace
from pathlib import Path

from osler.core.errors import RecipeError
from osler.core.run import Run
from osler.recipe.file import load_synthesis
from osler.recipe.training import PolicyTraining, Synthesised, TrainedReward
from osler.stages.context import Context
from osler.stages.synthesis_run import run_synthesis, what_counts
from osler.synthesis import Role, Synthesis
from osler.synthesise.exporting import EXPORTS, AnyExport
from osler.train import Records

FOLDER = "syntheses"


def synthesised_records(context: Context, where: str, settings: Synthesised, training: str) -> Records:
    """The rows of its export for a method, whose kind is `training`, each with its place in the file. Raises RecipeError where the recipe
    of the synthesis has no such role or export."""
    synthesis = synthesis_of(context, where, settings, training)
    [export] = synthesis.exports
    folder, counts = run_synthesis(synthesis, context.run.path(FOLDER))
    context.n_errored += counts.n_errored
    return Records.read(Run(folder).path(f"exports/{export.name}.jsonl"))


def check_syntheses(context: Context) -> None:
    """Raises RecipeError for what would stop a later stage: a synthesis that is not there, or that writes what the run cannot read."""
    policies, rewards = context.recipe.policies.items(), context.recipe.reward_models.items()
    trained: dict[str, PolicyTraining | TrainedReward] = {f"policies.{name}": policy for name, policy in policies}
    trained |= {f"reward_models.{name}": reward for name, reward in rewards if isinstance(reward, TrainedReward)}
    for where, settings in trained.items():
        for each in settings.records:
            if isinstance(each, Synthesised):
                synthesis_of(context, where, each, settings.training.kind)


def folder_of(context: Context, where: str, settings: Synthesised, training: str) -> Path:
    """Where the synthesis leaves its records and its card, or will."""
    synthesis = synthesis_of(context, where, settings, training)
    return Run.for_settings(context.run.path(FOLDER), synthesis.name, what_counts(synthesis)).folder


def synthesis_of(context: Context, where: str, settings: Synthesised, training: str) -> Synthesis:
    """The synthesis as this run makes it: policies of the run play the roles that `roles` gives them."""
    synthesis = load_synthesis(settings.recipe, [f"{place}={json.dumps(value)}" for place, value in settings.set.items()])
    played = dict(synthesis.roles)
    for role, policy in settings.roles.items():
        own = played.get(role, Role(engine=context.engine(policy)))
        played[role] = replace(own, engine=context.engine(policy), prompt=context.recipe.prompt, codec=context.recipe.codec)
    export = _export(where, synthesis, settings.export or training)
    prompt, codec = export.prompt or context.recipe.prompt, export.codec or context.recipe.codec
    if training != "prm" and codec != context.recipe.codec:
        found = f"{synthesis.name} writes its {export.kind} export in the codec {codec}, and the run reads {context.recipe.codec}"
        raise RecipeError(f"{where}.records: {found}; give the export another codec by `set`, or the run")
    exports = (replace(export, name=settings.export or training, form="jsonl", prompt=prompt, codec=codec),)
    recipe = context.recipe
    own_run = replace(synthesis, seed=recipe.seed, threads=recipe.threads, limit=recipe.limit or synthesis.limit)
    return replace(own_run, roles=played, exports=exports, hub=None).check()


def _export(where: str, synthesis: Synthesis, name: str) -> AnyExport:
    named = {each.name or each.kind: each for each in synthesis.exports}
    if name in named:
        return named[name]
    if name in EXPORTS:
        added: AnyExport = EXPORTS[name]()
        return added
    raise RecipeError(f"{where}.records.export: {synthesis.name} has no export {name!r}; choose among {', '.join({**named, **EXPORTS})}")
