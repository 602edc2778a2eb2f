"""Whether the sections of a recipe fit together: every name is there, every stage has what it needs."""

from osler.core.codec import CODECS
from osler.core.errors import RecipeError
from osler.core.prompt import Prompt
from osler.data import ClinicSource, TaskSource
from osler.recipe.names import check_known
from osler.recipe.recipe import BlendedReward, LikelihoodReward, Recipe, System, swept_name
from osler.recipe.training import ItemPrompts, PolicyTraining, TrainedReward
from osler.recipe.training_check import check_training, check_weights, place_of, policies_of
from osler.search import RAG


def checked(recipe: Recipe) -> Recipe:
    """The recipe itself. Raises RecipeError where its sections do not fit together."""
    check_known("codec", recipe.codec, CODECS)
    Prompt.named(recipe.prompt)
    _check_seeds(recipe)
    _check_items(recipe)
    _check_searches(recipe)
    check_training(recipe)
    check_weights(recipe)
    in_order(recipe)
    for name, system in recipe.answer.systems.items():
        _check_system(recipe, name, system)
    if recipe.answer.candidates:
        check_known("answer.candidates.policy", recipe.answer.candidates.policy, policies_of(recipe))
    for pair in recipe.answer.compare:
        for name in pair:
            check_known("answer.compare", name, recipe.answer.systems)
    for contrast, pairs in recipe.answer.contrasts.items():
        for name in (name for pair in pairs for name in pair):
            check_known(f"answer.contrasts.{contrast}", name, recipe.answer.systems)
    return recipe


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


def _check_seeds(recipe: Recipe) -> None:
    if recipe.seeds and recipe.seed != recipe.seeds[0]:
        raise RecipeError(f"seed: {recipe.seed} is not the first of `seeds`; for one run of it say seeds=[] as well")
    if len(set(recipe.seeds)) < len(recipe.seeds):
        raise RecipeError(f"seeds: {list(recipe.seeds)} names a seed twice; name each once")


def _check_items(recipe: Recipe) -> None:
    """Every stage that reads items has some, as far as the settings tell."""
    data = recipe.data
    trained = next((f"{place_of(name)}.training" for name, settings in recipe.first_policies.items() if settings.training), "")
    asked = next((f"policies.{name}.records" for name, settings in recipe.policies.items() if _has_prompts(settings)), "")
    for stage, wants, items in (("searches", recipe.searches, "search"), (asked, asked, "search"), (trained, trained, "worked")):
        where = f"raise data.n_{items}" if isinstance(data, ClinicSource | TaskSource) else f"name a file under data.{items}"
        has_items = getattr(data, f"n_{items}") if isinstance(data, ClinicSource) else data.has("search" if items == "search" else "worked")
        if wants and not has_items:
            raise RecipeError(f"{stage}: there are no items for it; {where}")
    for name, settings in recipe.first_policies.items():
        if settings.warm_up and not (isinstance(data, ClinicSource) and data.n_exercises and data.n_worked):
            advice = "leave it out, or let the clinic write some with data.n_exercises"
            raise RecipeError(f"{place_of(name)}.warm_up: there are no exercises for it; {advice}")


def _has_prompts(settings: PolicyTraining) -> bool:
    return any(isinstance(each, ItemPrompts) for each in settings.records)


def _check_searches(recipe: Recipe) -> None:
    for name, search in recipe.searches.items():
        where = f"searches.{name}"
        check_known(f"{where}.policy", search.policy, policies_of(recipe))
        if isinstance(search.strategy, RAG):
            raise RecipeError(f"{where}.strategy: traces that rest on passages are not trained on yet; use mcts or rejection_sampling")
        if not search.strategy.needs_scores:
            raise RecipeError(
                f"{where}.strategy: {search.strategy.kind} asks for no scores, so nothing can be verified; use mcts or rejection_sampling"
            )
        if search.equal_to:
            check_known(f"{where}.equal_to", search.equal_to, recipe.searches)
            if search.curriculum or search.selection or search.n_items:
                further = "`curriculum`, `selection` and `n_items`"
                raise RecipeError(f"{where}: it has the questions of {search.equal_to!r}; leave out {further}")
        if search.curriculum and search.selection:
            raise RecipeError(f"{where}: a selection stands in place of a curriculum; leave one of them out")
        for policy in search.selection.policies if search.selection else ():
            check_known(f"{where}.selection", policy, policies_of(recipe))
        if search.curriculum and search.curriculum.max_right >= search.curriculum.n:
            raise RecipeError(f"{where}.curriculum: with max_right {search.curriculum.max_right} nothing is left out; set it below n")


def _check_system(recipe: Recipe, name: str, system: System) -> None:
    where = f"answer.systems.{name}"
    check_known(f"{where}.policy", system.policy, policies_of(recipe))
    if system.strategy.needs_scores and system.reward is None:
        raise RecipeError(f"{where}: {system.strategy.kind} needs scores; name one of `reward_models` under `reward`")
    if isinstance(system.strategy, RAG):
        _check_rag(recipe, where)
    if system.reward is not None:
        check_known(f"{where}.reward", system.reward, recipe.reward_models)
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
