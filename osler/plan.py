"""The plan of a recipe, for `--dry-run`: what each stage would ask for at most, before anything is loaded."""

from dataclasses import dataclass

from osler.data import ClinicSource
from osler.recipe import Recipe
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
    stages = [PlannedStage("data", f"{n_worked} worked, {n_search} to search on, {n_answer} to answer")]
    training = recipe.seed_policy.training
    stages.append(PlannedStage("seed_policy", f"{recipe.seed_policy.base.kind}, {_epochs(training)}"))
    if recipe.search:
        stages.append(_generating("search", recipe.search.strategy, n_search, recipe.search.sampling.max_tokens))
    if recipe.evolved_policy:
        stages.append(PlannedStage("evolved_policy", _epochs(recipe.evolved_policy.training)))
    if recipe.reward_model:
        stages.append(PlannedStage("reward_model", _epochs(recipe.reward_model.training)))
    for name, system in recipe.answer.systems.items():
        limit = getattr(system.strategy, "max_tokens", recipe.answer.sampling.max_tokens)
        stages.append(_generating(f"answer: {name}", system.strategy, n_answer, limit))
    return stages


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
