"""Stage `search NAME`: a policy searches for verified traces under the oracle."""

from collections.abc import Sequence

from osler.core.budget import Budget
from osler.core.question import Item
from osler.core.records import write_records
from osler.judges import JUDGES
from osler.recipe.recipe import Curriculum, Harvest
from osler.stages.context import Context
from osler.stages.driver import Driver
from osler.stages.selecting import selected, tried
from osler.synthesise.exports import preference_record
from osler.synthesise.harvest import TreeRecord, trace_records, tree_record, yield_of
from osler.synthesise.oracle import Oracle
from osler.synthesise.pairs import pairs_of

N_PAIRS = 8
"""Preference pairs kept of each question: those with the widest gaps."""


def search(context: Context, name: str) -> None:
    """A policy and the items to search on → searches/NAME/{trees,traces,pairs}.jsonl and yield.json."""
    settings = context.recipe.searches[name]
    items = context.read("search.jsonl", Item)
    left = selected(context, f"searches.{name}", settings.selection, items) if settings.selection else items
    with context.answering(settings.policy, settings.sampling) as driver:
        left = _failed(context, settings.curriculum, left, driver) if settings.curriculum else left
        chosen, budgets = _chosen(context, settings, left)
        questions = [item.question for item in chosen]
        solutions = driver.drive(settings.strategy, questions, Oracle(chosen, JUDGES), budgets=budgets)
    folder = f"searches/{name}"
    write_records(context.run.path(f"{folder}/trees.jsonl"), map(tree_record, solutions))
    traces = [record for solution in solutions for record in trace_records(solution)]
    write_records(context.run.path(f"{folder}/traces.jsonl"), traces)
    pairs = [pair for solution in solutions for pair in pairs_of("level_wise", solution, N_PAIRS)]
    write_records(context.run.path(f"{folder}/pairs.jsonl"), [preference_record(pair, context.prompt, context.codec) for pair in pairs])
    about = {"name": name, "policy": settings.policy, "strategy": settings.strategy.kind, "n_skipped": len(items) - len(left)}
    context.run.write_json(f"{folder}/yield.json", {**about, **yield_of(solutions)})


def _failed(context: Context, curriculum: Curriculum, items: Sequence[Item], driver: Driver) -> list[Item]:
    """The items that the policy gets right at most `max_right` times of `n`. These samples have seeds of their own: a search that drew the
    same again would begin with failures that it was chosen for."""
    passes = tried(driver, items, curriculum.n, f"curriculum {context.recipe.seed}")
    return [item for item, each in zip(items, passes, strict=True) if each.n_right <= curriculum.max_right]


def _chosen(context: Context, settings: Harvest, items: Sequence[Item]) -> tuple[list[Item], list[Budget] | None]:
    """The items to search on, and what each may cost where that is another search's doing."""
    if settings.equal_to is None:
        return list(items[: settings.n_items]), None
    spent = {tree.id: tree.tokens for tree in context.read(f"searches/{settings.equal_to}/trees.jsonl", TreeRecord)}
    same = [item for item in items if item.id in spent]
    return same, [Budget(max_tokens=max(spent[item.id], 1)) for item in same]
