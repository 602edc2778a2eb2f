"""The model cards of a run: what they say is what the run left, and the hub's own loader reads them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import metadata_load
from huggingface_hub.repocard_data import model_index_to_eval_results

from osler.core.verdict import Outcome
from osler.data import BenchmarkSource, FileSource, HubSource, SetsSource
from osler.data.benchmarks import BENCHMARKS
from osler.evaluate.comparison import compare
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import metrics
from osler.stages.card_facts import items_said, source_facts
from osler.stages.model_cards import write_model_cards
from osler.stages.synthesised_records import folder_of

TRAINED = {
    "loss": 1.25,
    "steps": 12,
    "n_records": 90,
    "dropped": {"too_long": 7},
    "n_cut": 3,
    "n_tokens_cut": 41,
    "seconds": 8.5,
    "energy": {"kwh": 0.00123, "co2_g": 0.58, "how": "estimate: 8 s of CPU at 15 W"},
    "notes": {},
}
SFT: dict[str, Any] = {"kind": "sft", "schedule": {"epochs": 2, "learning_rate": 0.001}}
SECTIONS: dict[str, Any] = {
    "seed_policy": {"base": {"kind": "hf", "path": "org/base-1b"}},
    "data": {"kind": "files", "worked": "w.jsonl", "answer": "a.jsonl"},
    "policies": {"round_1": {"records": {"kind": "files", "paths": ["mine.jsonl"]}, "training": SFT}},
    "answer": {
        "systems": {
            "before": {"policy": "seed", "strategy": {"kind": "greedy"}},
            "after": {"policy": "round_1", "strategy": {"kind": "greedy"}},
        },
        "compare": [["after", "before"]],
    },
}


def verdicts(system: str, right: str) -> list[Graded]:
    outcomes = [Outcome.RIGHT if each == "1" else Outcome.WRONG for each in right]
    return [Graded(system, f"q-{at}", "", outcome, "", "B", is_truncated=False, n_tokens=9) for at, outcome in enumerate(outcomes)]


def metrics_of(after: str, before: str) -> dict[str, Any]:
    ours, theirs = verdicts("after", after), verdicts("before", before)
    return {
        "metrics": [asdict(row) for row in metrics([*ours, *theirs])],
        "comparisons": [asdict(compare(ours, theirs, seed=1))],
        "rewards": [],
    }


@pytest.fixture
def carded(make_context, tmp_path):
    def card(
        place: str = "models/round_1", content: dict[str, Any] | None = None, trained: dict[str, Any] = TRAINED, **sections: Any
    ) -> Path:
        context = make_context(4, **(SECTIONS | sections))
        folder = context.run.path(f"{place}/training.json").parent
        (folder / "training.json").write_text(json.dumps(trained))
        if content:
            context.run.write_json("metrics.json", content)
        write_model_cards(context)
        return folder / "README.md"

    return card


def test_the_hub_reads_its_front_matter_and_its_accuracy(carded) -> None:
    """3 of 4 right against 1 of 4: of the two systems, the card's own one alone is in the model index."""
    head = metadata_load(carded(content=metrics_of("1110", "1000")))
    assert (head["base_model"], head["library_name"], head["pipeline_tag"]) == ("org/base-1b", "transformers", "text-generation")
    assert head["license"] == "unknown"
    name, [found] = model_index_to_eval_results(head["model-index"])
    assert name == "scripted round_1"
    assert (found.task_type, found.metric_type, found.metric_value) == ("question-answering", "accuracy", 0.75)
    assert "after" in found.metric_name
    assert "4 items" in found.metric_name


def test_it_says_what_was_trained_on_what_and_what_was_lost(carded) -> None:
    text = carded().read_text()
    assert "No medical device" in text
    assert "Trained on 90 records; dropped: `too_long` 7." in text
    assert "Cut for length: 3 records, 41 tokens." in text
    assert "| `mine.jsonl` | not stated |" in text
    assert "learning_rate: 0.001" in text
    assert "0.00123 kWh, 0.580 g of CO₂" in text
    assert "`estimate: 8 s of CPU at 15 W`" in text
    assert "nothing is known of what the training was worth" in text  # no metrics.json


def test_a_difference_that_may_be_chance_is_called_so(carded) -> None:
    """One item more of four tells nothing; sixteen of sixteen against none do."""
    assert "| `after` | `before` | 4 | +25.0 |" in (text := carded(content=metrics_of("1110", "1100")).read_text())
    assert "not distinguishable" in text
    clear = carded(content=metrics_of("1" * 16, "0" * 16)).read_text()
    assert "not distinguishable" not in clear
    assert "| higher |" in clear


def test_energy_that_nobody_measured_is_said_to_be_that(carded) -> None:
    assert "It was not measured." in carded(trained=TRAINED | {"energy": {}}).read_text()


def test_a_reward_model_has_a_card_and_no_accuracy_of_its_own(carded) -> None:
    reward = {"kind": "prm", "records": {"kind": "files", "paths": ["steps.jsonl"]}, "training": {"kind": "prm"}}
    head = metadata_load(carded("rewards/main", metrics_of("1110", "1000"), reward_models={"main": reward}))
    assert (head["pipeline_tag"], "reward-model" in head["tags"], "model-index" in head) == ("token-classification", True, False)


def test_what_was_not_trained_has_no_card(make_context) -> None:
    context = make_context(1, **SECTIONS)
    write_model_cards(context)
    assert not list(context.run.folder.rglob("README.md"))


def test_the_licence_of_a_base_is_what_its_own_card_says(carded, tmp_path) -> None:
    """Of a folder on this disk, the name alone stands in the card."""
    base = tmp_path / "secret place" / "some-base"
    base.mkdir(parents=True)
    (base / "README.md").write_text("---\nlicense: llama3.2\n---\n\n# It\n")
    path = carded(seed_policy={"base": {"kind": "hf", "path": str(base)}})
    head = metadata_load(path)
    assert (head["license"], "base_model" in head) == ("llama3.2", False)
    assert "- Base: `some-base`; licence: `llama3.2`." in path.read_text()


def test_weights_from_nothing_have_the_licence_of_their_records(carded) -> None:
    clinic = {"kind": "clinic", "n_worked": 4, "n_search": 4, "n_answer": 4}
    seed = {"base": {"kind": "nano"}, "training": SFT}
    path = carded("models/seed", data=clinic, seed_policy=seed)
    assert metadata_load(path)["license"] == "apache-2.0"
    assert "invented" in path.read_text()


def test_a_synthesis_hands_its_sources_and_their_licences_on(make_context) -> None:
    records = {"kind": "synthesised", "recipe": str(Path(__file__).parents[2] / "recipes/synthesis/clinic_solved.yaml")}
    context = make_context(1, **(SECTIONS | {"policies": {"round_1": {"records": records, "training": SFT}}}))
    settings = context.recipe.policies["round_1"]
    [made] = settings.records
    card = folder_of(context, "", made, "sft") / "card.json"
    for file, content in ((card, {"records": {"licences": {"book": {"CC BY 4.0": 9}, "notes": {"not stated": 2}}}}), (None, TRAINED)):
        path = file or context.run.path("models/round_1/training.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    write_model_cards(context)
    text = context.run.path("models/round_1/README.md").read_text()
    assert "| `made by the synthesis clinic_solved, from book` | `CC BY 4.0` |" in text
    assert "| `made by the synthesis clinic_solved, from notes` | not stated |" in text


SOURCES = {
    "named sets": (SetsSource(search=("medqa",), answer=("medqa", "pubmedqa")), BENCHMARKS["medqa"].licence, "medqa, pubmedqa"),
    "a file among them": (SetsSource(search=("medqa", "my.jsonl"), answer=("medqa",)), "not stated", "medqa"),
    "the hub": (HubSource(id="org/set", licence="mit"), "mit", "set, split test"),
    "a benchmark": (BenchmarkSource(name="medqa"), BENCHMARKS["medqa"].licence, "medqa"),
    "files": (FileSource(Path("here/a.jsonl")), "not stated", "a.jsonl"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_states_its_licence_where_it_knows_it(name: str) -> None:
    source, licence, items = SOURCES[name]
    assert (source_facts(source).licence, items_said(source)) == (licence, items)
