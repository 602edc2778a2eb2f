"""The model card as text: the hub reads its front matter, and texts of others stay texts whatever they hold."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard, metadata_load

from osler.report.model_card import BaseFacts, ModelFacts, RecordsFacts, front_matter, licence, model_card_text
from osler.report.rows import MetricRow

HOSTILE = "</div><script>alert(1)</script> | ``` [x](http://evil) **b**\n---\n# h \u202e \x1b[2J"


def row(system: str, n_right: int, n: int = 10) -> MetricRow:
    return MetricRow(system, "all", n, n_right, n_right / n, 0.1, 0.9, 0.0, 0.0, 0.0, 12.0)


def facts(**changes: Any) -> ModelFacts:
    least = ModelFacts(
        name="mine",
        what="policy",
        method={"kind": "sft", "schedule": {"epochs": 2}},
        base=BaseFacts("org/base", "org/base", "mit"),
        records=[RecordsFacts("set", "cc-by-4.0", "org/set")],
        trained={"loss": 0.5, "steps": 3, "n_records": 20_000, "seconds": 1.5},
        surroundings={"commit": "abc", "is_dirty": True, "versions": {"python": "3.11"}, "machine": "x86, 2 cores"},
        seed=3,
    )
    return replace(least, **changes)


def test_the_front_matter_is_what_the_hub_asks_for(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(model_card_text(facts(metrics=[row("a", 6), row("b", 4)], own=["a"], items="set")), encoding="utf-8")
    head: dict[str, Any] = metadata_load(path)
    assert {name: head[name] for name in ("license", "base_model", "library_name", "pipeline_tag", "datasets")} == {
        "license": "mit",
        "base_model": "org/base",
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "datasets": ["org/set"],
    }
    card = ModelCard.load(path)
    [found] = card.data.eval_results
    assert (card.data.model_name, found.dataset_name, found.metric_value) == ("mine", "set", 0.6)


def test_an_adapter_and_a_reward_model_are_called_so() -> None:
    adapter = front_matter(facts(is_adapter=True))
    assert adapter["library_name"] == "peft"
    reward = front_matter(facts(what="reward", metrics=[row("a", 6)], own=["a"]))
    assert (reward["pipeline_tag"], "model-index" in reward) == ("token-classification", False)
    assert front_matter(facts(what="reward", task="text-generation"))["pipeline_tag"] == "text-generation"


@pytest.mark.parametrize(
    ("base", "records", "word"),
    [
        (BaseFacts("b", licence="llama3.2"), [RecordsFacts("s", "CC BY 4.0")], "llama3.2"),
        (BaseFacts("b", licence="ask: [us]"), [RecordsFacts("s", "CC BY 4.0")], "other"),
        (BaseFacts("b"), [RecordsFacts("s", "CC BY 4.0")], "unknown"),
        (BaseFacts("b", is_from_nothing=True), [RecordsFacts("s", "CC BY 4.0")], "cc-by-4.0"),
        (BaseFacts("b", is_from_nothing=True), [RecordsFacts("s", "CC BY 4.0"), RecordsFacts("t", "mit")], "other"),
        (BaseFacts("b", is_from_nothing=True), [RecordsFacts("s", "CC BY 4.0"), RecordsFacts("t")], "unknown"),
    ],
)
def test_the_licence_is_that_of_the_base_or_else_that_of_the_records(base: BaseFacts, records: list[RecordsFacts], word: str) -> None:
    assert licence(facts(base=base, records=records)) == word


def test_texts_of_others_are_texts_whatever_they_hold() -> None:
    hostile = facts(
        name=HOSTILE,
        base=BaseFacts(HOSTILE, licence=HOSTILE),
        records=[RecordsFacts(HOSTILE, HOSTILE)],
        method={"kind": "sft", "note": HOSTILE},
        start=HOSTILE,
        items=HOSTILE,
        metrics=[row(HOSTILE, 6)],
        own=[HOSTILE],
        recipe=HOSTILE,
        trained={**facts().trained, "dropped": {HOSTILE: 1}, "notes": {HOSTILE: 2.0}, "energy": {"kwh": 1.0, "how": HOSTILE}},
    )
    text = model_card_text(hostile)
    _, head, body = text.split("---\n", 2)
    assert yaml.safe_load(head)["model-index"][0]["name"] == " ".join(HOSTILE.replace("\u202e", "\ufffd").replace("\x1b", "\ufffd").split())
    assert "\u202e" not in text
    assert "\x1b" not in text
    fence = ""
    for line in body.splitlines():
        opens = len(line) - len(line.lstrip("`"))
        if opens >= 3 and line.strip("`") in ("text", ""):
            fence = "" if fence == line else fence or line.removesuffix("text")
        elif not fence:
            assert not line.startswith("# h")
            assert "<script>" not in _outside_of_code(line), line
    assert not fence


def _outside_of_code(line: str) -> str:
    """What of a line stands outside code spans: a run of backticks ends at the next run that is as long."""
    return re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", line)


def test_few_records_are_said_to_be_few_and_an_invented_world_invented() -> None:
    assert "records; do not expect more" not in model_card_text(facts())
    few = facts(trained={**facts().trained, "n_records": 90}, records=[RecordsFacts("clinic", "apache-2.0", is_invented=True)])
    assert "It has learned from 90 records" in model_card_text(few)
    assert "need not be true of people" in model_card_text(few)


def test_a_curve_is_shown_where_there_is_one() -> None:
    assert "(curve.svg)" in model_card_text(facts(has_curve=True))
    assert "curve" not in model_card_text(facts())
