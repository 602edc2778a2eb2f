"""What each attempt of a policy in training is worth: read and judged as in evaluation, then weighed by the terms of the recipe."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache

from pydantic import TypeAdapter, ValidationError

from osler.core.codec import CODECS, Codec
from osler.core.errors import RecordError, UserError
from osler.core.model import AsyncModel, Model, is_async, is_sync
from osler.core.question import Item
from osler.core.reading import Abstention, Reading
from osler.core.records import describe
from osler.core.verdict import Verdict
from osler.evaluate.responses import AnyJudge, judge_all
from osler.judges import JUDGES, QuestionReader
from osler.judges.free.open import OpenJudge
from osler.judges.free.rubric import RubricJudge
from osler.models.blocking import BlockingModel
from osler.recipe.training import PolicyReward
from osler.rewards.terms import Kit, Seen
from osler.rewards.terms.form import Parts, parts_of
from osler.stages.context import Context
from osler.stages.reading_triples import read_triples
from osler.synthesise.quality.language import foreign_share, language_of
from osler.train.records import Row, Unsound
from osler.train.rewarding import Attempt, Marks, RewardFunction

_N_FOUND = 3
"""Passages looked up for a query, as in Med-R³."""
_OPENING = "<think>\n"
Loaded = Callable[[], Model]
"""Loads an engine once."""


def reward_function(context: Context, settings: PolicyReward) -> RewardFunction:
    """What a method asks for marks. The judge's model is loaded when the first attempts come, and asked for all of them at once. The
    function raises UserError for a record without an item, and for a term that is no finite number."""
    form = settings.form or context.recipe.codec
    engine = settings.judge
    model = cache(lambda: _waiting(engine.load())) if engine else None
    return function_of(settings, CODECS.get(form), _judges(model), _kit(context), model)


def function_of(
    settings: PolicyReward, codec: Codec | None, judges: Callable[[], Mapping[str, AnyJudge]], kit: Kit, model: Loaded | None = None
) -> RewardFunction:
    """The same of parts that are there already. Without a codec, a reply is of the form think_answer. A `model` reads triples, where a
    term compares them."""
    has_triples = any(term.kind == "path_overlap" for term in settings.terms)

    def marks(attempts: Sequence[Attempt]) -> list[Marks]:
        attempts = [replace(attempt, text=_OPENING + attempt.text) for attempt in attempts] if settings.is_opened else attempts
        items = [_item(attempt.record) for attempt in attempts]
        parts = [parts_of(attempt.text, codec) for attempt in attempts]
        readings = [_reading(*each) for each in zip(attempts, items, parts, strict=True)]
        verdicts = _verdicts(items, readings, judges())
        seen = [_seen(*each) for each in zip(attempts, items, parts, verdicts, strict=True)]
        read = read_triples(model(), [each.reasoning for each in seen]) if model and has_triples else None
        within = replace(kit, triples=lambda text: read.get(text, ())) if read is not None else kit
        worths = [settings.worth(each, within) for each in seen]
        return [Marks(worth.total, worth.terms) for worth in worths]

    return marks


def check_for(reward: RewardFunction) -> Callable[[Row], Unsound | None]:
    """What is amiss with a record that lacks what a term compares with: an empty attempt at it cannot be marked."""

    def check(record: Row) -> Unsound | None:
        try:
            reward([Attempt(record, "", 0)])
        except RecordError as error:
            what, _, advice = str(error).rpartition("; ")
            return Unsound("no_mark", what, advice)
        return None

    return check


def _reading(attempt: Attempt, item: Item, parts: Parts | None) -> Reading:
    """What an attempt answers; one that was cut answers nothing, as when a policy is evaluated."""
    if attempt.is_cut:
        return Reading(abstention=Abstention.TRUNCATED, method="ending")
    return QuestionReader().read(parts.response if parts else attempt.text, item.question)


def _verdicts(items: Sequence[Item], readings: Sequence[Reading], judges: Mapping[str, AnyJudge]) -> list[Verdict]:
    """In the order of the items; each judge is asked once."""
    verdicts: dict[int, Verdict] = {}
    for kind in dict.fromkeys(item.key.kind for item in items):
        at = [number for number, item in enumerate(items) if item.key.kind == kind]
        if kind not in judges:
            raise UserError(f"{items[at[0]].id}: its answer is {kind}, which a model judges; name an engine under `reward.judge`")
        asked = [(items[number].question, readings[number], items[number].key) for number in at]
        verdicts |= dict(zip(at, judge_all(judges[kind], asked), strict=True))
    return [verdicts[number] for number in range(len(items))]


def _seen(attempt: Attempt, item: Item, parts: Parts | None, verdict: Verdict) -> Seen:
    reasoning, response = parts or ("", "")
    is_formed = parts is not None and not attempt.is_cut
    return Seen(item, attempt.text, verdict, reasoning, response, is_formed, attempt.n_tokens, attempt.is_cut, attempt.record)


def _item(record: Row) -> Item:
    content = record.get("item")
    return _parsed(content if isinstance(content, str) else json.dumps(content))


@lru_cache(maxsize=4096)
def _parsed(content: str) -> Item:
    try:
        item: Item = TypeAdapter(Item).validate_json(content)
    except ValidationError as error:
        raise RecordError(f"grpo: a record has no sound item ({describe(error)}); export it with kind: grpo") from error
    return item


def _judges(model: Loaded | None) -> Callable[[], Mapping[str, AnyJudge]]:
    @cache
    def judges() -> Mapping[str, AnyJudge]:
        asking: dict[str, AnyJudge] = {"open": OpenJudge(model()), "rubric": RubricJudge(model())} if model else {}
        return {**JUDGES, **asking}

    return judges


def _waiting(model: Model | AsyncModel) -> Model:
    if is_async(model):
        return BlockingModel(model)
    assert is_sync(model)
    return model


def _kit(context: Context) -> Kit:
    return Kit(language_of, foreign_share, _titles(context) if context.recipe.retrieval else None)


def _titles(context: Context) -> Callable[[str], Sequence[str]]:
    """The titles that a query finds: of a passage its last heading, or its source where it has none."""

    def titles(query: str) -> list[str]:
        assert context.retriever is not None
        [found] = context.retriever.retrieve([query], _N_FOUND)
        return [each.passage.heading[-1] if each.passage.heading else each.passage.source for each in found]

    return titles
