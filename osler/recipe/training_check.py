"""Whether the trainings of a recipe fit together: what they start from, what they learn from, and whose weights are here."""

from collections.abc import Sequence
from typing import get_args

from osler.core.errors import RecipeError
from osler.data import ClinicSource, TaskSource
from osler.models import VLLM, WITH_WEIGHTS, OpenAIHTTP
from osler.recipe.names import SEED, check_known
from osler.recipe.recipe import AnyReward, BlendedReward, LikelihoodReward, Recipe
from osler.recipe.training import AnyRecords, ItemPrompts, LabelledTraces, PolicyTraining, Synthesised, TrainedReward
from osler.synthesise.labels import LABEL_RULES


def place_of(first: str) -> str:
    """Where a first policy stands in the recipe."""
    return "seed_policy" if first == SEED else f"bases.{first}"


def policies_of(recipe: Recipe) -> list[str]:
    """The names of all policies, the first ones before the others."""
    return [*recipe.first_policies, *recipe.policies]


def check_training(recipe: Recipe) -> None:
    for section in ("bases", "policies"):
        for name in (SEED, "base", "warm"):
            if name in getattr(recipe, section):
                raise RecipeError(f"{section}.{name}: this name is taken; choose another (the first policy has the section `seed_policy`)")
    for name in recipe.bases:
        if name in recipe.policies:
            raise RecipeError(f"policies.{name}: one of `bases` has this name; choose another")
    for name, policy in recipe.policies.items():
        check_known(f"policies.{name}.start", policy.start, policies_of(recipe))
        _check_start(recipe, name)
        _check_records(recipe, f"policies.{name}", policy.training.kind, policy.records)
        _check_policy_reward(f"policies.{name}", policy)
    for name, reward in recipe.reward_models.items():
        _check_reward(recipe, f"reward_models.{name}", reward)


def _check_start(recipe: Recipe, name: str) -> None:
    """A policy does not start from an adapter alone."""
    start = recipe.policies[name].start
    adapter = recipe.policies[start].training.adapter if start in recipe.policies else None
    if adapter and not adapter.is_merged:
        raise RecipeError(f"policies.{name}.start: {start!r} is an adapter alone; let policies.{start}.training.adapter be merged")


def _check_policy_reward(where: str, policy: PolicyTraining) -> None:
    """Attempts are worth something where a policy learns from them, and nowhere else."""
    kind, reward = policy.training.kind, policy.reward
    if kind == "grpo" and reward is None:
        raise RecipeError(f"{where}.reward: grpo learns from what its attempts are worth; say what, `reward: {{}}` for a right answer")
    if kind != "grpo" and reward is not None:
        raise RecipeError(f"{where}.reward: {kind} learns from records alone; leave it out, or train with kind: grpo")


def _check_records(recipe: Recipe, where: str, training: str, records: Sequence[AnyRecords]) -> None:
    """The records are such as the method reads, and what they are made from is there."""
    for number, each in enumerate(records):
        place = f"{where}.records.{number}" if len(records) > 1 else f"{where}.records"
        if training not in each.suits:
            fitting = ", ".join(kind.kind for kind in get_args(AnyRecords) if training in kind.suits)
            raise RecipeError(f"{place}.kind: {training} does not read {each.kind!r}; choose among {fitting}")
        for search in getattr(each, "searches", ()):
            check_known(f"{place}.searches", search, recipe.searches)
        if isinstance(each, LabelledTraces):
            _check_labels(recipe, place, each.labels)
        for policy in each.policies if isinstance(each, ItemPrompts) else ():
            check_known(f"{place}.selection", policy, policies_of(recipe))
        if isinstance(each, Synthesised):
            for role, policy in each.roles.items():
                check_known(f"{place}.roles.{role}", policy, policies_of(recipe))


def _check_labels(recipe: Recipe, where: str, labels: str) -> None:
    check_known(f"{where}.labels", labels, LABEL_RULES)
    if labels == "truth" and not isinstance(recipe.data, ClinicSource | TaskSource):
        raise RecipeError(f"{where}.labels: nothing checks the steps of these items, so 'truth' has no labels; choose another rule")


def check_weights(recipe: Recipe) -> None:
    """What trains, or reads weights, does not start from a base that only answers."""
    for name, settings in recipe.first_policies.items():
        where = place_of(name)
        started = [policy for policy in recipe.policies if recipe.first_of(policy) == name]
        if isinstance(settings.base, OpenAIHTTP):
            settings.base.check()
        if isinstance(settings.base, WITH_WEIGHTS):
            if getattr(settings.base, "adapter", "") and (settings.warm_up or settings.training or started):
                raise RecipeError(f"{where}.base.adapter: training starts from a whole checkpoint; merge the adapter into its base first")
        elif wanting := _wanting_weights(recipe, name, where):
            kind = settings.base.kind
            raise RecipeError(
                f"{wanting[0]}: the base is {kind}, whose weights are not here to train or read; leave it out, or name a base of kind hf"
            )
    marked = [
        (name, each) for name, each in recipe.reward_models.items() if isinstance(each, TrainedReward) and each.training.form == "tokens"
    ]
    for name, reward in marked:
        if isinstance(recipe.first_policies[recipe.first_of(reward.start)].base, VLLM):
            place = f"reward_models.{name}.training.form"
            raise RecipeError(f"{place}: vLLM scores by a head, not by tokens; choose form: head, or a base of kind hf")


def _wanting_weights(recipe: Recipe, first: str, where: str) -> list[str]:
    """The places of a recipe that train this first policy, or read its weights."""
    settings, rewards = recipe.first_policies[first], recipe.reward_models.items()
    return [
        *((f"{where}.warm_up",) if settings.warm_up else ()),
        *((f"{where}.training",) if settings.training else ()),
        *(f"policies.{name}.start" for name, policy in recipe.policies.items() if policy.start == first),
        *(f"reward_models.{name}.start" for name, reward in rewards if isinstance(reward, TrainedReward) and reward.start == first),
        *(f"reward_models.{name}.policy" for name, reward in rewards if isinstance(reward, LikelihoodReward) and reward.policy == first),
    ]


def _check_reward(recipe: Recipe, where: str, reward: AnyReward) -> None:
    if isinstance(reward, LikelihoodReward):
        check_known(f"{where}.policy", reward.policy, policies_of(recipe))
        return
    if isinstance(reward, TrainedReward):
        check_known(f"{where}.start", reward.start, policies_of(recipe))
        _check_records(recipe, where, reward.training.kind, reward.records)
        return
    for search in reward.searches:
        check_known(f"{where}.searches", search, recipe.searches)
    _check_labels(recipe, where, reward.labels)
    for part in reward.parts:
        check_known(f"{where}.parts", part, recipe.reward_models)
        settings = recipe.reward_models[part]
        if isinstance(settings, BlendedReward):
            raise RecipeError(f"{where}.parts: {part!r} is a blend itself; name its parts instead")
        if isinstance(settings, TrainedReward) and not settings.hold_out:
            raise RecipeError(f"{where}.parts: {part!r} has seen every question; give reward_models.{part} a `hold_out`")
