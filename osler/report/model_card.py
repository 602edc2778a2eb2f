"""The model card: README.md beside a checkpoint, Markdown with the front matter that the Hugging Face hub reads
(https://huggingface.co/docs/hub/model-cards). Texts of others stand in code spans and fences."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from osler.report.card import NOT_STATED, coded, fenced, licence_id, table_lines
from osler.report.numbers import amount, count, decimal, harmless, p_value, percent, point_span, points, span, spelt
from osler.report.rows import ComparisonRow, MetricRow

CURVE = "curve.svg"
_FEW = 10_000
_WORD = re.compile(r"[a-z0-9][a-z0-9.-]*")
_NO_LICENCE = {True: "that of the records", False: "not known: ask before you pass this model on"}
_PIPELINES = {"policy": "text-generation", "reward": "token-classification"}


@dataclass(frozen=True)
class BaseFacts:
    """What a model was made from, in words; `hub` is its id on the hub and `licence` the hub's word for it, each empty where not known.
    `is_from_nothing`: its weights began as random numbers."""

    said: str
    hub: str = ""
    licence: str = ""
    is_from_nothing: bool = False


@dataclass(frozen=True)
class RecordsFacts:
    """What some of its records were made from, in words, and the licence of that as its source states it. `hub` is a data set's id."""

    said: str
    licence: str = NOT_STATED
    hub: str = ""
    is_invented: bool = False


@dataclass(frozen=True)
class ModelFacts:
    """All that a model card says. `method` are the settings of its training, `trained` its training.json, `items` what it was asked in
    words; `own` are the systems among `metrics` that this model is in. `task` is the hub's word for what it is used for."""

    name: str
    what: Literal["policy", "reward"]
    method: Mapping[str, Any]
    base: BaseFacts
    records: Sequence[RecordsFacts]
    trained: Mapping[str, Any]
    surroundings: Mapping[str, Any]
    seed: int
    start: str = ""
    items: str = ""
    metrics: Sequence[MetricRow] = ()
    comparisons: Sequence[ComparisonRow] = ()
    own: Sequence[str] = ()
    quality: Mapping[str, Any] = field(default_factory=dict)
    reward: Mapping[str, Any] = field(default_factory=dict)
    prompt: str = ""
    codec: str = ""
    recipe: str = ""
    task: str = ""
    has_curve: bool = False
    is_adapter: bool = False


def model_card_text(facts: ModelFacts) -> str:
    head = yaml.safe_dump(front_matter(facts), sort_keys=False, allow_unicode=True)
    return f"---\n{head}---\n\n" + "\n".join(_lines(facts)) + "\n"


def front_matter(facts: ModelFacts) -> dict[str, Any]:
    hubs = list(dict.fromkeys(each.hub for each in facts.records if each.hub))
    return {
        "license": licence(facts),
        **({"base_model": facts.base.hub} if facts.base.hub else {}),
        "library_name": "peft" if facts.is_adapter else "transformers",
        "pipeline_tag": facts.task or _PIPELINES[facts.what],
        "tags": ["medical", "reasoning", "osler", str(facts.method["kind"]), *(["reward-model"] if facts.what == "reward" else [])],
        **({"datasets": hubs} if hubs else {}),
        **({"model-index": [_index(facts)]} if facts.own and facts.metrics and facts.what == "policy" else {}),
    }


def licence(facts: ModelFacts) -> str:
    """That of the base; of weights that began as random numbers that of the records, "other" where they differ."""
    if not facts.base.is_from_nothing:
        own = facts.base.licence
        return own if _WORD.fullmatch(own) else "other" if own else "unknown"
    return licence_id({each.said: {each.licence: 1} for each in facts.records})


def _index(facts: ModelFacts) -> dict[str, Any]:
    """The accuracies of the systems that the model is in, as the hub lists them; a fraction, its interval in the name."""
    found = [
        {
            "task": {"type": "question-answering"},
            "dataset": {"type": "osler", "name": _in_a_line(facts.items)},
            "metrics": [
                {"type": "accuracy", "value": round(row.accuracy, 4), "name": f"{_in_a_line(row.system)}: 95 % interval {_span(row)}"}
            ],
        }
        for row in facts.metrics
        if row.system in facts.own
    ]
    return {"name": _in_a_line(facts.name), "results": found}


def _in_a_line(text: str) -> str:
    return " ".join(harmless(text).split())


def _span(row: MetricRow) -> str:
    return f"{span(row.low, row.high)} %, {count(row.n)} items"


def _lines(facts: ModelFacts) -> Iterator[str]:
    yield from (f"# {coded(facts.name)}", "")
    yield "**For research and teaching; not for patient care. No medical device.**"
    yield _what_it_is(facts)
    yield ""
    yield from _base(facts)
    yield from _records(facts)
    yield from _training(facts)
    yield from _results(facts)
    yield from _energy(facts.trained.get("energy") or {})
    yield from ("## Known limits", "", *(f"- {limit}" for limit in _limits(facts)), "")
    yield from _how_made(facts)


def _what_it_is(facts: ModelFacts) -> str:
    form = "A PEFT adapter" if facts.is_adapter else "A checkpoint"
    if facts.what == "reward":
        return f"{form} of a process reward model: it gives each step of a reasoning trace a score from 0 to 1 (`osler solve --reward`)."
    asked = f" It was trained and asked with the prompt {coded(facts.prompt)} and the codec {coded(facts.codec)}." if facts.prompt else ""
    return f"{form} of a language model that reasons about medical questions step by step (`osler solve --policy`).{asked}"


def _base(facts: ModelFacts) -> Iterator[str]:
    yield from ("## What it was made from", "")
    licence = coded(facts.base.licence) if facts.base.licence else _NO_LICENCE[facts.base.is_from_nothing]
    yield f"- Base: {coded(facts.base.said)}; licence: {licence}."
    if facts.start:
        yield f"- Trained from: {coded(facts.start)}."
    yield ""


def _records(facts: ModelFacts) -> Iterator[str]:
    rows = [(coded(each.said), each.licence if each.licence == NOT_STATED else coded(each.licence)) for each in facts.records]
    yield from ("## What it was trained on", "", *table_lines(("records", "licence of the source"), rows), "")
    trained = facts.trained
    dropped = ", ".join(f"{coded(reason)} {count(n)}" for reason, n in (trained.get("dropped") or {}).items())
    yield f"- Trained on {count(trained['n_records'])} records; dropped: {dropped or 'none'}."
    yield f"- Cut for length: {count(trained.get('n_cut', 0))} records, {count(trained.get('n_tokens_cut', 0))} tokens."
    yield ""


def _training(facts: ModelFacts) -> Iterator[str]:
    trained = facts.trained
    yield from ("## How it was trained", "")
    yield f"{coded(str(facts.method['kind']))}: {count(trained['steps'])} steps in {amount(trained.get('seconds'))} s, mean loss"
    yield f"{decimal(trained['loss'], 4)}, seed {facts.seed}. Every setting:"
    yield ""
    yield from (fenced(_yaml(facts.method)), "")
    if facts.reward:
        yield from ("The reward of its attempts:", "", fenced(_yaml(facts.reward)), "")
    if notes := trained.get("notes"):
        yield from (*table_lines(("what", "number"), [(coded(name), _number(value)) for name, value in notes.items()]), "")
    if facts.has_curve:
        yield from (f"![Loss and learning rate by step]({CURVE})", "")


def _number(value: float) -> str:
    return count(value) if float(value).is_integer() else amount(value)


def _results(facts: ModelFacts) -> Iterator[str]:
    yield from ("## What it is worth", "")
    if quality := facts.quality:
        yield f"- Of {count(quality['n_steps'])} steps whose truth is known, {percent(quality['true_rate'])} are true; its scores of them:"
        yield f"  AUROC {decimal(quality['auroc'])}, Brier {decimal(quality['brier'])}."
        yield ""
    if not facts.metrics:
        yield from ("No questions were answered with it; nothing is known of what the training was worth.", "")
        return
    yield from (f"Asked: {coded(facts.items)}. Shares of items that were answered right, with 95 % intervals.", "")
    heading = ("system", "", "items", "right", "95 % interval", "no answer", "cut")
    yield from (*table_lines(heading, [_measured(row, is_own=row.system in facts.own) for row in facts.metrics]), "")
    if facts.comparisons:
        yield from ("Paired differences over the same items, in percentage points:", "")
        columns = ("system", "against", "items", "difference", "95 % interval", "p", "finding")
        yield from (*table_lines(columns, [_compared(row) for row in facts.comparisons]), "")


def _measured(row: MetricRow, *, is_own: bool) -> tuple[str, ...]:
    accuracy = (percent(row.accuracy), f"{span(row.low, row.high)} ({spelt(row.interval)})")
    rates = (percent(row.no_answer_rate), percent(row.truncated_rate))
    return (coded(row.system), "this model" if is_own else "", count(row.n), *accuracy, *rates)


def _compared(row: ComparisonRow) -> tuple[str, ...]:
    numbers = (points(row.difference), point_span(row.low, row.high), p_value(row.p_value if row.p_adjusted is None else row.p_adjusted))
    return (coded(row.system), coded(row.baseline), count(row.n), *numbers, row.finding)


def _energy(energy: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## Energy", "")
    if energy.get("kwh") is None:
        yield "It was not measured."
    else:
        co2 = f", {amount(energy['co2_g'])} g of CO₂" if energy.get("co2_g") is not None else ""
        yield f"The training alone used {amount(energy['kwh'])} kWh{co2}. How that was found: {coded(str(energy.get('how', NOT_STATED)))}"
    yield ""


def _limits(facts: ModelFacts) -> Iterator[str]:
    yield "No clinician has looked at what it writes. It says false things in the same tone as true ones."
    yield "A right answer does not make the reasoning before it right."
    if any(each.licence == NOT_STATED for each in facts.records):
        yield "Not every source of its records states a licence; ask before you pass this model on."
    if not facts.base.licence and not facts.base.is_from_nothing:
        yield "The licence of its base is not known here, and binds this model as well."
    if facts.metrics:
        yield "The intervals are those of the items alone; another seed of the training would give another model."
    if any(each.is_invented for each in facts.records):
        yield "The teaching clinic is invented: what is true there need not be true of people."
    n = facts.trained["n_records"]
    if n < _FEW:
        yield f"It has learned from {count(n)} records; do not expect more of it than that."


def _how_made(facts: ModelFacts) -> Iterator[str]:
    here = facts.surroundings
    yield from ("## How to make it again", "")
    commit = f"commit {coded(str(here['commit']))}" if here.get("commit") else "no commit"
    changed = " with uncommitted changes" if here.get("is_dirty") else ""
    versions = ", ".join(f"{name} {version}" for name, version in here["versions"].items())
    yield f"Seed {facts.seed}; {commit}{changed}; versions: {coded(versions)}; machine: {coded(here['machine'])}."
    if facts.recipe:
        yield from ("", "The recipe, with every setting:", "", fenced(facts.recipe.rstrip("\n")))


def _yaml(settings: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True).rstrip("\n")
