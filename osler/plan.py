"""The plan of a recipe, for `--dry-run`: what each stage would ask for at most, before anything is loaded."""

from dataclasses import dataclass, replace

from osler.data import ClinicSource
from osler.recipe import SEED, BlendedReward, LikelihoodReward, Recipe, TrainedReward
from osler.recipe_check import in_order
from osler.search import SelfConsistency
from osler.search.asks import Strategy
from osler.train import SFT, TrainPRM


@dataclass(frozen=True)
class PlannedStage:
    """Upper bounds: `requests` and generated `tokens`; None where the stage generates nothing. `what` says it in words."""

    stage: str
    what: str
    requests: int | None = None
    tokens: int | None = None


def plan(recipe: Recipe) -> list[PlannedStage]:
    """The stages in order. Item counts of a file source are read from the files."""
    n_worked, n_search, n_answer = _counts(recipe)
    planned = [PlannedStage("data", f"{n_worked} worked, {n_search} to search on, {n_answer} to answer")]
    for section, name in in_order(recipe):
        if section == "searches":
            planned += _planned_search(recipe, name, n_search)
        elif section == "policies":
            training = recipe.seed_policy.training if name == SEED else recipe.policies[name].training
            planned.append(PlannedStage(f"policy {name}", f"{recipe.seed_policy.base.kind}, {_epochs(training)}" if name == SEED else _epochs(training)))
        else:
            planned.append(PlannedStage(f"reward {name}", _what_of(recipe.reward_models[name])))
    for name, system in recipe.answer.systems.items():
        limit = getattr(system.strategy, "max_tokens", recipe.answer.sampling.max_tokens)
        planned.append(_generating(f"answer: {name}", system.strategy, min(n_answer, system.n_items or n_answer), limit))
    return planned


def _what_of(reward: TrainedReward | LikelihoodReward | BlendedReward) -> str:
    if isinstance(reward, TrainedReward):
        return f"labels {reward.labels}, {_epochs(reward.training)}"
    return f"{reward.kind} of {reward.policy if isinstance(reward, LikelihoodReward) else ', '.join(reward.parts)}"


def _planned_search(recipe: Recipe, name: str, n_search: int) -> list[PlannedStage]:
    settings = recipe.searches[name]
    stages = []
    if settings.curriculum:
        before = SelfConsistency(n=settings.curriculum.n)
        stages.append(_generating(f"search {name}: curriculum", before, n_search, settings.sampling.max_tokens))
    n_items = min(n_search, settings.n_items or n_search)
    planned = _generating(f"search {name}", settings.strategy, n_items, settings.sampling.max_tokens)
    if settings.equal_to:
        [*_, other] = _planned_search(recipe, settings.equal_to, n_search)
        planned = replace(planned, what=f"{planned.what}, at the tokens of {settings.equal_to}", tokens=other.tokens)
    return [*stages, planned]


def _generating(stage: str, strategy: Strategy, n_items: int, max_tokens: int) -> PlannedStage:
    requests = n_items * strategy.max_requests
    return PlannedStage(stage, f"{type(strategy).__name__} on {n_items} questions", requests, requests * max_tokens)


def _epochs(training: SFT | TrainPRM | None) -> str:
    return f"train {training.schedule.epochs:g} epochs" if training else "as it is"


def _counts(recipe: Recipe) -> tuple[int, int, int]:
    source = recipe.data
    if isinstance(source, ClinicSource):
        counts = (source.n_worked * source.n_orders, source.n_search, source.n_answer)
    else:
        dataset = source.load(recipe.seed)
        counts = (len(dataset.worked), len(dataset.search), len(dataset.answer))
    n_worked, n_search, n_answer = (min(count, recipe.limit) if recipe.limit else count for count in counts)
    return n_worked, n_search, n_answer
