"""Whether the sections of a recipe fit together: every name is there, every stage has what it needs."""

import difflib
from collections.abc import Collection, Sequence
from typing import Any, get_args

from osler.core.codec import CODECS
from osler.core.errors import RecipeError
from osler.core.prompt import Prompt
from osler.data import ClinicSource, TaskSource
from osler.models import VLLM, WITH_WEIGHTS, OpenAIHTTP
from osler.recipe import AnyReward, BlendedReward, LikelihoodReward, Recipe, System, swept_name
from osler.recipe_names import SEED
from osler.recipe_training import AnyRecords, ItemPrompts, LabelledTraces, PolicyTraining, Synthesised, TrainedReward
from osler.search import RAG
from osler.synthesise.labels import LABEL_RULES


def checked(recipe: Recipe) -> Recipe:
    """The recipe itself. Raises RecipeError where its sections do not fit together."""
    _known("codec", recipe.codec, CODECS)
    Prompt.named(recipe.prompt)
    _check_seeds(recipe)
    _check_items(recipe)
    _check_searches(recipe)
    _check_training(recipe)
    _check_weights(recipe)
    in_order(recipe)
    for name, system in recipe.answer.systems.items():
        _check_system(recipe, name, system)
    if recipe.answer.candidates:
        _known("answer.candidates.policy", recipe.answer.candidates.policy, _policies(recipe))
    for pair in recipe.answer.compare:
        for name in pair:
            _known("answer.compare", name, recipe.answer.systems)
    for contrast, pairs in recipe.answer.contrasts.items():
        for name in (name for pair in pairs for name in pair):
            _known(f"answer.contrasts.{contrast}", name, recipe.answer.systems)
    return recipe


def suggest(name: str, known: Any) -> str:
    """ "; did you mean 'x'?" where a known name is near, else nothing."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def needs(recipe: Recipe, stage: tuple[str, str]) -> list[tuple[str, str]]:
    """The stages, as (section, name), whose outcome this one reads."""
    section, name = stage
    if section == "searches":
        search = recipe.searches[name]
        selecting = search.selection.policies if search.selection else []
        policies = [("policies", policy) for policy in dict.fromkeys((search.policy, *selecting))]
        return [*policies, *([("searches", search.equal_to)] if search.equal_to else [])]
    if section == "policies":
        if name in recipe.first_policies:
            return []
        return _needs_of_training(recipe.policies[name])
    reward = recipe.reward_models[name]
    if isinstance(reward, LikelihoodReward):
        return [("policies", reward.policy)]
    if isinstance(reward, BlendedReward):
        return [*(("reward_models", part) for part in reward.parts), *(("searches", search) for search in reward.searches)]
    return _needs_of_training(reward)


def _needs_of_training(settings: PolicyTraining | TrainedReward) -> list[tuple[str, str]]:
    playing = [policy for each in settings.records for policy in getattr(each, "policies", ())]
    return [*(("policies", name) for name in (settings.start, *playing)), *(("searches", search) for search in settings.searches)]


def in_order(recipe: Recipe) -> list[tuple[str, str]]:
    """Every search, policy and reward model as (section, name), each after what it needs. Raises RecipeError for a circle."""
    ordered: list[tuple[str, str]] = []

    def visit(stage: tuple[str, str], above: tuple[tuple[str, str], ...]) -> None:
        if stage in above:
            way = ", ".join(".".join(each) for each in above[above.index(stage) + 1 :])
            raise RecipeError(f"{'.'.join(stage)}: it needs itself{f', by way of {way}' if way else ''}; cut the circle")
        if stage not in ordered:
            for each in needs(recipe, stage):
                visit(each, (*above, stage))
            ordered.append(stage)

    for name in recipe.first_policies:
        visit(("policies", name), ())
    for section in ("searches", "policies", "reward_models"):
        for name in getattr(recipe, section):
            visit((section, name), ())
    return ordered


def _place(first: str) -> str:
    """Where a first policy stands in the recipe."""
    return "seed_policy" if first == SEED else f"bases.{first}"


def _policies(recipe: Recipe) -> list[str]:
    return [*recipe.first_policies, *recipe.policies]


def _known(where: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        choice = f"choose among {', '.join(known)}" if known else "there is none"
        raise RecipeError(f"{where}: there is no {name!r}{suggest(name, known)}; {choice}")


def _check_seeds(recipe: Recipe) -> None:
    if recipe.seeds and recipe.seed != recipe.seeds[0]:
        raise RecipeError(f"seed: {recipe.seed} is not the first of `seeds`; for one run of it say seeds=[] as well")
    if len(set(recipe.seeds)) < len(recipe.seeds):
        raise RecipeError(f"seeds: {list(recipe.seeds)} names a seed twice; name each once")


def _check_items(recipe: Recipe) -> None:
    """Every stage that reads items has some, as far as the settings tell."""
    data = recipe.data
    trained = next((f"{_place(name)}.training" for name, settings in recipe.first_policies.items() if settings.training), "")
    asked = next((f"policies.{name}.records" for name, settings in recipe.policies.items() if _has_prompts(settings)), "")
    for stage, wants, items in (("searches", recipe.searches, "search"), (asked, asked, "search"), (trained, trained, "worked")):
        where = f"raise data.n_{items}" if isinstance(data, ClinicSource | TaskSource) else f"name a file under data.{items}"
        has_items = getattr(data, f"n_{items}") if isinstance(data, ClinicSource) else data.has("search" if items == "search" else "worked")
        if wants and not has_items:
            raise RecipeError(f"{stage}: there are no items for it; {where}")
    for name, settings in recipe.first_policies.items():
        if settings.warm_up and not (isinstance(data, ClinicSource) and data.n_exercises and data.n_worked):
            advice = "leave it out, or let the clinic write some with data.n_exercises"
            raise RecipeError(f"{_place(name)}.warm_up: there are no exercises for it; {advice}")


def _has_prompts(settings: PolicyTraining) -> bool:
    return any(isinstance(each, ItemPrompts) for each in settings.records)


def _check_searches(recipe: Recipe) -> None:
    for name, search in recipe.searches.items():
        where = f"searches.{name}"
        _known(f"{where}.policy", search.policy, _policies(recipe))
        if isinstance(search.strategy, RAG):
            raise RecipeError(f"{where}.strategy: traces that rest on passages are not trained on yet; use mcts or rejection_sampling")
        if not search.strategy.needs_scores:
            raise RecipeError(
                f"{where}.strategy: {search.strategy.kind} asks for no scores, so nothing can be verified; use mcts or rejection_sampling"
            )
        if search.equal_to:
            _known(f"{where}.equal_to", search.equal_to, recipe.searches)
            if search.curriculum or search.selection or search.n_items:
                further = "`curriculum`, `selection` and `n_items`"
                raise RecipeError(f"{where}: it has the questions of {search.equal_to!r}; leave out {further}")
        if search.curriculum and search.selection:
            raise RecipeError(f"{where}: a selection stands in place of a curriculum; leave one of them out")
        for policy in search.selection.policies if search.selection else ():
            _known(f"{where}.selection", policy, _policies(recipe))
        if search.curriculum and search.curriculum.max_right >= search.curriculum.n:
            raise RecipeError(f"{where}.curriculum: with max_right {search.curriculum.max_right} nothing is left out; set it below n")


def _check_training(recipe: Recipe) -> None:
    for section in ("bases", "policies"):
        for name in (SEED, "base", "warm"):
            if name in getattr(recipe, section):
                raise RecipeError(f"{section}.{name}: this name is taken; choose another (the first policy has the section `seed_policy`)")
    for name in recipe.bases:
        if name in recipe.policies:
            raise RecipeError(f"policies.{name}: one of `bases` has this name; choose another")
    for name, policy in recipe.policies.items():
        _known(f"policies.{name}.start", policy.start, _policies(recipe))
        _check_records(recipe, f"policies.{name}", policy.training.kind, policy.records)
        _check_policy_reward(f"policies.{name}", policy)
    for name, reward in recipe.reward_models.items():
        _check_reward(recipe, f"reward_models.{name}", reward)


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
            _known(f"{place}.searches", search, recipe.searches)
        if isinstance(each, LabelledTraces):
            _check_labels(recipe, place, each.labels)
        for policy in each.policies if isinstance(each, ItemPrompts) else ():
            _known(f"{place}.selection", policy, _policies(recipe))
        if isinstance(each, Synthesised):
            for role, policy in each.roles.items():
                _known(f"{place}.roles.{role}", policy, _policies(recipe))


def _check_labels(recipe: Recipe, where: str, labels: str) -> None:
    _known(f"{where}.labels", labels, LABEL_RULES)
    if labels == "truth" and not isinstance(recipe.data, ClinicSource | TaskSource):
        raise RecipeError(f"{where}.labels: nothing checks the steps of these items, so 'truth' has no labels; choose another rule")


def _check_weights(recipe: Recipe) -> None:
    """What trains, or reads weights, does not start from a base that only answers."""
    for name, settings in recipe.first_policies.items():
        where = _place(name)
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
        _known(f"{where}.policy", reward.policy, _policies(recipe))
        return
    if isinstance(reward, TrainedReward):
        _known(f"{where}.start", reward.start, _policies(recipe))
        _check_records(recipe, where, reward.training.kind, reward.records)
        return
    for search in reward.searches:
        _known(f"{where}.searches", search, recipe.searches)
    _check_labels(recipe, where, reward.labels)
    for part in reward.parts:
        _known(f"{where}.parts", part, recipe.reward_models)
        settings = recipe.reward_models[part]
        if isinstance(settings, BlendedReward):
            raise RecipeError(f"{where}.parts: {part!r} is a blend itself; name its parts instead")
        if isinstance(settings, TrainedReward) and not settings.hold_out:
            raise RecipeError(f"{where}.parts: {part!r} has seen every question; give reward_models.{part} a `hold_out`")


def _check_system(recipe: Recipe, name: str, system: System) -> None:
    where = f"answer.systems.{name}"
    _known(f"{where}.policy", system.policy, _policies(recipe))
    if system.strategy.needs_scores and system.reward is None:
        raise RecipeError(f"{where}: {system.strategy.kind} needs scores; name one of `reward_models` under `reward`")
    if isinstance(system.strategy, RAG):
        _check_rag(recipe, where)
    if system.reward is not None:
        _known(f"{where}.reward", system.reward, recipe.reward_models)
        if not system.strategy.needs_scores:
            raise RecipeError(f"{where}.reward: {system.strategy.kind} asks for no scores; leave it out")
    if system.sweep:
        _check_sweep(recipe, name, system)


def _check_rag(recipe: Recipe, where: str) -> None:
    if recipe.retrieval is None:
        raise RecipeError(f"{where}: rag looks passages up; say where they lie, under `retrieval.passages`")
    if "{evidence}" not in Prompt.named(recipe.prompt).text:
        raise RecipeError(f"prompt: {recipe.prompt!r} has no place for the passages of {where}; choose with_passages")


def _check_sweep(recipe: Recipe, name: str, system: System) -> None:
    where, own = f"answer.systems.{name}.sweep", getattr(system.strategy, "n", None)
    if own is None:
        raise RecipeError(f"{where}: {system.strategy.kind} has no `n` to sweep; leave it out")
    for n in system.sweep:
        if n == own or system.sweep.count(n) > 1:
            raise RecipeError(f"{where}: {n} is answered already; leave it out")
        if swept_name(name, n) in recipe.answer.systems:
            raise RecipeError(f"{where}: there is a system {swept_name(name, n)!r} already; give that another name")
