"""A model card beside every checkpoint that a run has trained: README.md in models/NAME and rewards/NAME."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from osler.core.records import write_text
from osler.manifest import surroundings
from osler.recipe.recipe import Recipe, SeedPolicy, resolved
from osler.recipe.training import AnyRecords, PolicyTraining, RecordFiles, Synthesised, TrainedReward, WorkedRecords
from osler.report.model_card import ModelFacts, RecordsFacts, model_card_text
from osler.report.rows import ALL, ComparisonRow, MetricRow
from osler.stages.card_facts import CARD, TRAINED, base_facts, folder_facts, items_said, source_facts, synthesis_facts
from osler.stages.context import Context
from osler.stages.synthesised_records import folder_of

AnyTraining = SeedPolicy | PolicyTraining | TrainedReward


def write_model_cards(context: Context) -> None:
    """Of every policy and every reward model of the run that left a training.json, from that, its recipe and its metrics.json."""
    for folder, facts in _models(context):
        write_card(folder, facts)


def write_card(folder: Path, facts: ModelFacts) -> None:
    write_text(folder / CARD, model_card_text(facts))


def _models(context: Context) -> Iterator[tuple[Path, ModelFacts]]:
    recipe = context.recipe
    trained: dict[str, AnyTraining] = {
        **{f"models/{name}": first for name, first in recipe.first_policies.items() if first.training},
        **{f"models/{name}": policy for name, policy in recipe.policies.items()},
        **{f"rewards/{name}": reward for name, reward in recipe.reward_models.items() if isinstance(reward, TrainedReward)},
    }
    for place, settings in trained.items():
        folder = context.run.path(place)
        if (folder / TRAINED).exists():
            yield folder, _facts(context, folder, settings)


def _facts(context: Context, folder: Path, settings: AnyTraining) -> ModelFacts:
    recipe, name = context.recipe, folder.name
    content = context.run.read_json("metrics.json") if context.run.path("metrics.json").exists() else {}
    method, reward = plain(settings.training), getattr(settings, "reward", None)
    return ModelFacts(
        name=f"{recipe.name} {name}",
        method=method,
        records=_records(context, (WorkedRecords(),) if isinstance(settings, SeedPolicy) else settings.records, method["kind"]),
        items=items_said(recipe.data),
        reward=plain(reward) if reward else {},
        prompt=recipe.prompt,
        codec=recipe.codec if isinstance(settings, TrainedReward) else context.codec_of(name),
        recipe=yaml.safe_dump(resolved(recipe), sort_keys=False, allow_unicode=True),
        seed=recipe.seed,
        surroundings=surroundings(),
        **_origin(recipe, name, settings),
        **_numbers(content, recipe, name, is_reward=isinstance(settings, TrainedReward)),
        **folder_facts(folder),
    )


def _origin(recipe: Recipe, name: str, settings: AnyTraining) -> dict[str, Any]:
    """The base, and what stood between it and this training."""
    if isinstance(settings, SeedPolicy):
        return {"base": base_facts(settings.base), "start": "the base, warmed up on the clinic's exercises" if settings.warm_up else ""}
    first = recipe.first_policies[recipe.first_of(settings.start)]
    is_as_it_is = settings.start in recipe.first_policies and not (first.training or first.warm_up)
    return {"base": base_facts(first.base), "start": "" if is_as_it_is else f"the policy {settings.start} of the same run"}


def _numbers(content: Mapping[str, Any], recipe: Recipe, name: str, *, is_reward: bool) -> dict[str, Any]:
    """What of metrics.json bears on one model: its own systems, those that they are compared with, and, of a policy, every comparison of
    them; of a reward model also what it is worth on steps."""
    own = [system for system, each in recipe.answer.systems.items() if (each.reward if is_reward else each.policy) == name]
    compared: list[ComparisonRow] = [row for row in rows_of(content, "comparisons", ComparisonRow) if row.group == ALL]
    bearing = [row for row in compared if row.system in own or (row.baseline in own and not is_reward)]
    names = {*own, *(system for row in bearing for system in (row.system, row.baseline))}
    metrics = [row for row in rows_of(content, "metrics", MetricRow) if row.group == ALL and row.system in names]
    quality: Mapping[str, Any] = next((row for row in content.get("rewards", ()) if is_reward and row["name"] == name), {})
    what = "reward" if is_reward else "policy"
    return {"what": what, "own": own, "metrics": metrics, "comparisons": bearing, "quality": quality}


def rows_of(content: Mapping[str, Any], section: str, kind: Any) -> list[Any]:
    """The rows of a section of metrics.json, without the columns that the report does not know."""
    known = kind.__dataclass_fields__
    rows = [{name: value for name, value in row.items() if name in known} for row in content.get(section, ())]
    return TypeAdapter(list[kind]).validate_python(rows)


def _records(context: Context, records: Sequence[AnyRecords], training: str) -> list[RecordsFacts]:
    source = source_facts(context.recipe.data)
    found: list[RecordsFacts] = []
    for each in records:
        if isinstance(each, RecordFiles):
            found += [RecordsFacts(path.name) for path in each.paths]
        elif isinstance(each, Synthesised):
            found += synthesis_facts(folder_of(context, "", each, training) / "card.json", f"made by the synthesis {each.recipe.stem}")
        else:
            searches = ", ".join(getattr(each, "searches", ()))
            said = f"{each.kind}{f' of the searches {searches}' if searches else ''}, from {source.said}"
            found.append(RecordsFacts(said, source.licence, source.hub, source.is_invented))
    return found


def plain(settings: Any) -> Any:
    """Settings as plain values, defaults included."""
    return TypeAdapter(type(settings)).dump_python(settings, mode="json")
