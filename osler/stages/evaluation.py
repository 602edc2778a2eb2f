"""Stages `evaluate` and `report`: verdicts become numbers, and everything becomes a page."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from osler.core.question import Item
from osler.evaluate.candidates import CandidateSet
from osler.evaluate.comparison import compare
from osler.evaluate.contrast import contrast
from osler.evaluate.curves import at_equal_tokens, curve_point
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import metrics
from osler.evaluate.reward_quality import reward_quality
from osler.evaluate.selection import selection_grid
from osler.evaluate.truths import SolutionRecord, step_rates
from osler.manifest import manifest
from osler.recipe.recipe import Recipe, swept_name
from osler.report.page import write_page
from osler.stages.context import DESCRIBED, Context
from osler.stages.model_cards import write_model_cards


def evaluate(context: Context) -> None:
    """Verdicts, sweeps and scored candidates → metrics.json."""
    recipe = context.recipe
    graded, swept = context.read("verdicts.jsonl", Graded), context.read("sweeps.jsonl", Graded)
    of = {name: [each for each in graded if each.system == name] for name in recipe.answer.systems}
    sets = context.read("candidates.jsonl", CandidateSet) if recipe.answer.candidates else []
    content = {
        "metrics": [asdict(metric) for metric in metrics([each for name in of for each in of[name]])],
        "comparisons": [asdict(compare(*_shared(of[name], of[base]), seed=recipe.seed)) for name, base in recipe.answer.compare]
        + _contrasts(recipe, of)
        + _at_equal_tokens(recipe, graded, swept),
        "harvests": [context.run.read_json(f"searches/{name}/yield.json") for name in recipe.searches],
        "steps": step_rates(context.read("solutions.jsonl", SolutionRecord)),
        "curves": _curves(recipe, graded, swept),
        "rewards": _rewards(recipe, sets),
        "selection": [asdict(row) for row in selection_grid(sets, list(recipe.reward_models), seed=recipe.seed)] if sets else [],
    }
    context.run.write_json("metrics.json", content)


def report(context: Context, stages: Sequence[str]) -> None:
    """Everything so far → manifest.json, report.html, and a README.md beside every checkpoint. `stages` are those that are done."""
    counts = {f"n_{name}": len(context.read(f"{name}.jsonl", Item)) for name in ("search", "answer")}
    counts["n_worked"] = len({record["id"] for record in context.read("worked.jsonl", dict[str, Any])})  # each in several orders
    markers = [context.run.read_marker(name) for name in stages]
    engine = context.run.read_json(DESCRIBED) if context.run.path(DESCRIBED).exists() else {}
    context.run.write_json("manifest.json", manifest(context.recipe, markers, counts, engine))
    write_page(context.run.folder)
    write_model_cards(context)


def _shared(ours: Sequence[Graded], theirs: Sequence[Graded]) -> tuple[list[Graded], list[Graded]]:
    """The verdicts on the items that both systems answered."""
    both = {each.item_id for each in ours} & {each.item_id for each in theirs}
    return [each for each in ours if each.item_id in both], [each for each in theirs if each.item_id in both]


def _contrasts(recipe: Recipe, of: Mapping[str, Sequence[Graded]]) -> list[dict[str, Any]]:
    """Questions to several pairs of systems at once."""
    asked = recipe.answer.contrasts.items()
    return [asdict(contrast(name, [_shared(of[one], of[other]) for one, other in pairs], recipe.seed)) for name, pairs in asked]


def _curves(recipe: Recipe, graded: Sequence[Graded], swept: Sequence[Graded]) -> list[dict[str, Any]]:
    """A point for every system, and for every system at every other `n` of its sweep."""
    points = []
    for name, system in recipe.answer.systems.items():
        for own in [name, *(swept_name(name, n) for n in system.sweep)]:
            verdicts = [each for each in (*graded, *swept) if each.system == own]
            points.append(asdict(curve_point(verdicts, system=name, strategy=system.strategy.kind, policy=system.policy)))
    return sorted(points, key=lambda point: (point["system"], point["tokens_per_item"]))


def _at_equal_tokens(recipe: Recipe, graded: Sequence[Graded], swept: Sequence[Graded]) -> list[dict[str, Any]]:
    """Every system that a reward model guides, against self-consistency of the same policy over the same items at no smaller a budget,
    where there is one and the recipe does not compare the two anyway."""
    systems = recipe.answer.systems
    rows = []
    for name, system in systems.items():
        own = [each for each in graded if each.system == name]
        votes = [
            [each for each in (*graded, *swept) if each.system == vote]
            for other_name, other in systems.items()
            if other.strategy.kind == "self_consistency" and other.policy == system.policy
            for vote in [other_name, *(swept_name(other_name, n) for n in other.sweep)]
        ]
        votes = [vote for vote in votes if len(vote) >= len(own)]  # every system answers the first so many items
        if system.reward and votes:
            nearest = at_equal_tokens(own, votes)
            if (name, nearest[0].system) not in recipe.answer.compare:
                rows.append(asdict(compare(own, nearest, seed=recipe.seed)))
    return rows


def _rewards(recipe: Recipe, sets: Sequence[CandidateSet]) -> list[dict[str, Any]]:
    """How well each reward model tells true steps from false ones, where the truth is known."""
    rows = []
    for name, settings in recipe.reward_models.items():
        quality = reward_quality(sets, name)
        if quality:
            rows.append({"name": name, "labels": getattr(settings, "labels", None), **asdict(quality)})
    return rows
