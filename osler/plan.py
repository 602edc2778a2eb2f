"""The plan of a recipe, for `--dry-run`: what each stage would ask for at most, before anything is loaded."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from osler.core.model import Sampling
from osler.data import BenchmarkSource, ClinicSource, FileSource, HubSource, SetsSource, TableSource, TaskSource
from osler.data.files import read_items, read_worked
from osler.recipe.check import in_order
from osler.recipe.recipe import AnyReward, LikelihoodReward, Recipe, System
from osler.recipe.training import TrainedReward
from osler.search import SelfConsistency, Strategy
from osler.train import Method

ASSUMED = 1000
"""Items of a file that is not here."""


@dataclass(frozen=True)
class PlannedStage:
    """Upper bounds: `requests` and generated `tokens` on `n_items` questions; None and 0 where the stage generates nothing. `what` says it
    in words."""

    stage: str
    what: str
    requests: int | None = None
    tokens: int | None = None
    n_items: int = 0


def plan(recipe: Recipe) -> list[PlannedStage]:
    """The stages in order. Item counts of a file source are read from the files."""
    n_worked, n_search, n_answer = _counts(recipe)
    planned = [PlannedStage("data", f"{n_worked} worked, {n_search} to search on, {n_answer} to answer{_missing(recipe)}")]
    for section, name in in_order(recipe):
        if section == "searches":
            planned += _planned_search(recipe, name, n_search)
        elif section == "policies":
            planned.append(PlannedStage(f"policy {name}", _what_of_policy(recipe, name)))
        else:
            planned.append(PlannedStage(f"reward {name}", _what_of_reward(recipe.reward_models[name])))
    sampling, candidates = recipe.answer.sampling, recipe.answer.candidates
    for name, system in recipe.answer.systems.items():
        planned.append(_generating(f"answer: {name}", _widest(system), min(n_answer, system.n_items or n_answer), sampling))
    if candidates:
        planned.append(_generating("candidates", SelfConsistency(n=candidates.n), n_answer, sampling))
    return planned


def _what_of_policy(recipe: Recipe, name: str) -> str:
    if name not in recipe.first_policies:
        return _epochs(recipe.policies[name].training)
    settings = recipe.first_policies[name]
    warm_up = f"warm up {settings.warm_up.schedule.epochs:g} epochs, " if settings.warm_up else ""
    return f"{settings.base.kind}, {warm_up}{_epochs(settings.training)}"


def _what_of_reward(reward: AnyReward) -> str:
    if isinstance(reward, TrainedReward):
        return f"labels {reward.labels}, {_epochs(reward.training)}"
    return f"{reward.kind} of {reward.policy if isinstance(reward, LikelihoodReward) else ', '.join(reward.parts)}"


def _planned_search(recipe: Recipe, name: str, n_search: int) -> list[PlannedStage]:
    settings = recipe.searches[name]
    if settings.equal_to:
        [*_, other] = _planned_search(recipe, settings.equal_to, n_search)
        planned = _generating(f"search {name}", settings.strategy, other.n_items, settings.sampling)
        return [replace(planned, what=f"{planned.what}, at the tokens of {settings.equal_to}", tokens=other.tokens)]
    planned = _generating(f"search {name}", settings.strategy, min(n_search, settings.n_items or n_search), settings.sampling)
    if settings.selection and settings.selection.is_drawing:
        drawn = settings.selection
        return [_generating(f"search {name}: selection", SelfConsistency(n=drawn.n), n_search, drawn.sampling), planned]
    if settings.curriculum:
        before = _generating(f"search {name}: curriculum", SelfConsistency(n=settings.curriculum.n), n_search, settings.sampling)
        return [before, planned]
    return [planned]


def _widest(system: System) -> Strategy:
    """The strategy with the most samples that the system takes: a sweep shares them."""
    strategy: Any = system.strategy
    widest: Strategy = replace(strategy, n=max(strategy.n, *system.sweep)) if system.sweep else strategy
    return widest


def _generating(stage: str, strategy: Strategy, n_items: int, sampling: Sampling) -> PlannedStage:
    further = getattr(strategy, "rollout_sampling", None) or sampling
    max_tokens = getattr(strategy, "max_tokens", max(sampling.max_tokens, further.max_tokens))
    requests = n_items * strategy.max_requests
    return PlannedStage(stage, f"{type(strategy).__name__} on {n_items} questions", requests, requests * max_tokens, n_items)


def _epochs(training: Method | None) -> str:
    return f"train {training.schedule.epochs:g} epochs" if training else "as it is"


def _counts(recipe: Recipe) -> tuple[int, int, int]:
    source = recipe.data
    if isinstance(source, ClinicSource):
        n_worked, n_search, n_answer = source.n_worked * source.n_orders, source.n_search, source.n_answer
    elif isinstance(source, TaskSource):
        n_worked, n_search, n_answer = source.n_worked, source.n_search, source.n_answer
    elif isinstance(source, FileSource):
        n_worked, n_search, n_answer = _n_of(source.worked, read_worked), _n_of(source.search, read_items), _n_of(source.answer, read_items)
    else:
        n_worked, n_search, n_answer = _n_in(source)
    most = recipe.limit or max(n_worked, n_search, n_answer)
    return min(n_worked, most), min(n_search, most), min(n_answer, most)


def _n_of(path: Path | None, read: Callable[[Path], Iterable[object]]) -> int:
    """The records of a file; of one that is not here, as many as stand for it in the plan."""
    if path is None:
        return 0
    return sum(1 for _ in read(path)) if path.is_file() else ASSUMED


def _n_in(source: TableSource | BenchmarkSource | HubSource | SetsSource) -> tuple[int, int, int]:
    """What the tables of a source hold; where they are not all on this disk, as many as stand for them."""
    if source.files and all(path.is_file() for path in source.files):
        dataset = source.load(0)
        return len(dataset.worked), len(dataset.search), len(dataset.answer)
    return ASSUMED * source.has("worked"), ASSUMED * source.has("search"), ASSUMED


def _missing(recipe: Recipe) -> str:
    if isinstance(recipe.data, ClinicSource):
        return ""
    paths = [path for path in recipe.data.files if not path.is_file()]
    return f"; not here, counted as {ASSUMED} items: {', '.join(map(str, paths))}" if paths else ""
