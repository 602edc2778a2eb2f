"""What `osler grade` measures, on responses so few that every number can be had by hand."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from osler.commands.grade import GradeSettings, grade_files
from osler.commands.measured import about, measured
from osler.core.errors import UserError

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
Items = Callable[..., str]
Answers = Callable[..., Path]
Write = Callable[..., Path]


def numbers(paths: list[Path], settings: GradeSettings) -> dict[str, Any]:
    return measured(grade_files(paths, settings))


def notes(paths: list[Path], settings: GradeSettings) -> list[str]:
    return list(about(grade_files(paths, settings))["notes"])


def test_a_row_per_system_and_group(items: Items, answers: Answers) -> None:
    content = numbers([answers("ABDD"), answers("AB..", "large.jsonl")], GradeSettings(items("ABCD", group=["x", "x", "y", "y"])))
    rows = {(row["system"], row["group"]): row for row in content["metrics"]}
    assert list(rows) == [("small", "all"), ("small", "x"), ("small", "y"), ("large", "all"), ("large", "x"), ("large", "y")]
    assert [row["n_right"] / row["n"] for row in rows.values()] == [0.75, 1, 0.5, 0.5, 1, 0]
    assert [row["no_answer_rate"] for row in rows.values()] == [0, 0, 0, 0.5, 0, 1]
    assert rows["large", "y"]["errored_rate"] == 1
    assert [(row["system"], row["n_groups"], row["accuracy"]) for row in content["macros"]] == [("small", 2, 0.75), ("large", 2, 0.5)]


def test_only_the_answered_items_count_where_that_is_asked(items: Items, answers: Answers) -> None:
    spec, path = items("ABCD"), answers("AB..")
    assert [row["accuracy"] for row in numbers([path], GradeSettings(spec))["metrics"]] == [0.5]
    [row] = numbers([path], GradeSettings(spec, is_only_answered=True))["metrics"]
    assert (row["n"], row["accuracy"]) == (2, 1)


@pytest.mark.parametrize("groups", [["x"] * 4, ["x", "x", "y", ""]])
def test_no_mean_of_groups_where_all_items_are_in_one_or_some_in_none(groups: list[str], items: Items, answers: Answers) -> None:
    assert numbers([answers("ABCD")], GradeSettings(items("ABCD", group=groups)))["macros"] == []


def test_several_samples(items: Items, write: Write) -> None:
    """q1, key A: B A A; q2, key B: none, B, A; q3, key C: C C C. A vote that is level goes to the answer that came first: the vote of two
    is wrong on q1 alone, where either of them is right on all three."""
    texts = {"q1": ["B", "A", "A"], "q2": [None, "B", "A"], "q3": ["C", "C", "C"]}
    rows = [{"id": id, "output": f"The answer is {each}." if each else ""} for id, letters in texts.items() for each in letters]
    [row] = numbers([write("small.jsonl", rows)], GradeSettings(items("ABC")))["samples"]
    assert (row["system"], row["n_items"], row["n_samples"]) == ("small", 3, 3)
    assert row["accuracy"] == pytest.approx((2 + 1 + 3) / 9)
    assert row["instability"] == pytest.approx(2 / 3)
    assert [[k, pytest.approx(vote), pytest.approx(any_right)] for k, vote, any_right in row["sweep"]] == [
        [1, 1 / 3, 1 / 3],
        [2, 2 / 3, 1],
        [3, 1, 1],
    ]


def test_items_with_fewer_samples_are_not_among_them(items: Items, write: Write) -> None:
    rows = [{"id": id, "output": "The answer is A."} for id in ("q1", "q1", "q2")]
    [row] = numbers([write("small.jsonl", rows)], GradeSettings(items("AAA")))["samples"]
    assert (row["n_items"], row["n_samples"]) == (1, 2)


def test_one_sample_each_is_no_sampling(items: Items, answers: Answers) -> None:
    assert numbers([answers("AB")], GradeSettings(items("AB")))["samples"] == []


def test_every_k_up_to_eight_then_powers_of_two_and_all(items: Items, write: Write) -> None:
    rows = [{"id": "q1", "output": "The answer is A."}] * 20
    [row] = numbers([write("small.jsonl", rows)], GradeSettings(items("A")))["samples"]
    assert [k for k, _, _ in row["sweep"]] == [1, 2, 3, 4, 5, 6, 7, 8, 16, 20]


def test_calibration_of_log_probabilities(items: Items, write: Write) -> None:
    """Each of four answers has half of the probability, and three of them are right: in one bin, |0.5 − 0.75|; Brier, 0.25 for each."""
    rows = [
        {"id": f"q{at}", "output": "", "option_logprobs": {"A": -1.0, "B": -2.0986123, "C": -2.0986123, "D": -2.0986123}}
        for at in (1, 2, 3, 4)
    ]
    [row] = numbers([write("small.jsonl", rows)], GradeSettings(items("AAAB")))["calibration"]
    assert (row["system"], row["n"]) == ("small", 4)
    assert row["ece"] == pytest.approx(0.25)  # one third as likely as the first, three times: 1 / (1 + 3 · 1/3)
    assert row["brier"] == pytest.approx(0.25)
    assert row["bins"] == [[4, pytest.approx(0.5), 0.75]]
    assert row["coverage"] == [[1.0, 0.75]]
    assert row["confidence"] == "probability of the likeliest option among the options"
    assert row["binning"] == "10 bins of equal width"


def test_no_confidence_no_calibration(items: Items, answers: Answers) -> None:
    assert numbers([answers("AB")], GradeSettings(items("AB")))["calibration"] == []


def responses(write: Write, n: int, **more: Any) -> Path:
    """The even ones are right and shorter."""
    rows = [{"id": f"q{at}", "output": "A" if at % 2 == 0 else "The answer is B."} for at in range(1, n + 1)]
    extra = [{name: value(at) for name, value in more.items() if value(at) is not None} for at in range(1, n + 1)]
    return write("small.jsonl", [row | each for row, each in zip(rows, extra, strict=True)])


def test_length_in_tokens_where_all_are_counted(items: Items, write: Write) -> None:
    path = responses(write, 40, n_tokens=lambda at: 10 + at % 2 * 20)
    [row] = numbers([path], GradeSettings(items("A" * 40)))["lengths"]
    assert (row["unit"], row["mean_right"], row["mean_wrong"]) == ("tokens", 10, 30)
    assert row["low"] <= -20 <= row["high"] < 0
    assert row["correlation"] == pytest.approx(-1)
    assert sum(n for _, n, _ in row["bins"]) == 40


def test_length_in_characters_where_few_tokens_are_counted(items: Items, write: Write) -> None:
    path = responses(write, 40, n_tokens=lambda at: 10 if at < 10 else None)
    [row] = numbers([path], GradeSettings(items("A" * 40)))["lengths"]
    assert (row["unit"], row["mean_right"], row["mean_wrong"]) == ("characters", 1, 16)


def test_few_responses_tell_nothing_of_length(items: Items, write: Write) -> None:
    assert numbers([responses(write, 29)], GradeSettings(items("A" * 29)))["lengths"] == []


def test_the_dearest_unit_that_is_known_of_all(items: Items, answers: Answers) -> None:
    """ "small" says its cost and its seconds, "large" only its seconds."""
    small, large = answers("AB", cost=1, seconds=4, n_tokens=10), answers("AA", "large.jsonl", seconds=2, n_tokens=30)
    rows = numbers([small, large], GradeSettings(items("AB")))["costs"]
    assert [(row["system"], row["unit"], row["per_item"], row["accuracy"], row["is_on_front"]) for row in rows] == [
        ("small", "seconds", 4, 1, True),
        ("large", "seconds", 2, 0.5, True),
    ]


def test_one_that_is_dearer_and_no_better_is_not_on_the_front(items: Items, answers: Answers) -> None:
    paths = [answers("AB", cost=1), answers("AA", "large.jsonl", cost=2)]
    rows = numbers(paths, GradeSettings(items("AB")))["costs"]
    assert [(row["system"], row["unit"], row["is_on_front"]) for row in rows] == [("small", "cost", True), ("large", "cost", False)]


def test_the_cost_of_one_system_is_compared_with_nothing(items: Items, answers: Answers) -> None:
    content = numbers([answers("AB", cost=3)], GradeSettings(items("AA")))
    assert content["costs"] == []
    assert content["metrics"][0]["cost_per_right"] == 6


def test_what_a_rule_differs_by_is_made_of_its_causes(items: Items, write: Write) -> None:
    """Read strictly, q2 and q3 are right; the rule finds an answer in q2 alone and says "A" of the others, which is right for q1."""
    texts = ["I do not know.", '{"answer_choice": "B"}', "The answer is C."]
    path = write("small.jsonl", [{"id": f"q{at}", "output": text} for at, text in enumerate(texts, 1)])
    [row] = numbers([path], GradeSettings(items("ABCD"), rules=("mirage_default_a",)))["rules"]
    assert (row["system"], row["rule"], row["n"]) == ("small", "mirage_default_a", 3)
    assert row["accuracy"] == row["strict"] == pytest.approx(2 / 3)
    assert row["causes"] == ({"cause": "put_in_an_answer", "n": 2, "n_right": 1, "n_strict": 1},)


def test_how_the_answers_were_read(items: Items, write: Write) -> None:
    texts = ["The answer is A.", "The answer is B.", "", "The answer is A."]
    path = write("small.jsonl", [{"id": f"q{at}", "output": text} for at, text in enumerate(texts, 1)])
    rows = numbers([path], GradeSettings(items("AAAAA")))["readings"]
    assert sum(row["n"] for row in rows) == 5
    assert sorted((row["n"], row["n_right"]) for row in rows) == [(1, 0), (1, 0), (3, 2)]
    assert {row["method"] for row in rows if row["n"] == 1} > {"no_response"}


def test_two_verdicts_on_the_same_sample_are_refused(items: Items, answers: Answers) -> None:
    grading = grade_files([answers("A", "a.jsonl", model="tiny"), answers("A", "b.jsonl", model="tiny")], GradeSettings(items("A")))
    with pytest.raises(UserError, match="verdicts: 'tiny' has two on item 'q1'; give each run of a system a name of its own"):
        measured(grading)


def test_about_says_what_was_graded_and_how(items: Items, answers: Answers) -> None:
    spec, path = items("AB"), answers("AB")
    content = about(grade_files([path], GradeSettings(spec, rules=("mmlu_pro", "medsss"), is_only_answered=True)))
    assert content["title"] == "items"
    assert content["responses"] == [str(path)]
    assert content["settings"] == [
        ["items", spec],
        ["statement", "last"],
        ["only_answered", "yes"],
        ["rules", "mmlu_pro, medsss"],
    ]
    [item_set] = content["item_sets"]
    assert (item_set["name"], item_set["n"], item_set["licence"], len(item_set["content_hash"])) == ("items", 2, "not stated", 64)
    assert content["notes"] == []


def test_notes_on_what_did_not_join(items: Items, write: Write) -> None:
    path = write("small.jsonl", [{"id": id, "output": "The answer is A."} for id in ("q1", "zz")])
    assert notes([path], GradeSettings(items("AAA"))) == [
        "responses that belong to no item are left out: 1 (the first: 'zz')",
        "small: 2 of 3 items have no response and count as not answered; --answered leaves them out",
    ]


def test_a_note_where_other_answers_were_held_to_be_right(items: Items, write: Write) -> None:
    """Of 40 responses 19 were recorded with another key, as where options were drawn anew."""
    rows = [{"id": f"q{at}", "output": "The answer is A.", "gold": "C" if at < 20 else "A"} for at in range(1, 41)]
    [note] = notes([write("small.jsonl", rows)], GradeSettings(items("A" * 40)))
    assert note.startswith("19 of 40 responses were recorded with another right answer than these items have: ")


def test_a_note_where_letters_stand_beside_other_options(items: Items, write: Write) -> None:
    rows = [{"id": f"q{at}", "output": "The answer is (A) metoprolol." if at < 20 else "The answer is A."} for at in range(1, 41)]
    [note] = notes([write("small.jsonl", rows)], GradeSettings(items("A" * 40)))
    assert note.startswith("small: 19 of 40 responses name a letter beside the text of another option. ")


def test_a_note_on_free_answers_without_a_judge(write: Write) -> None:
    item = {"question": {"id": "q1", "text": "What is gout?"}, "key": {"kind": "open", "text": "Uric acid in a joint."}}
    spec, path = str(write("items.jsonl", [item])), write("small.jsonl", [{"id": "q1", "output": "Uric acid."}])
    assert notes([path], GradeSettings(spec)) == ["small: 1 responses are free answers, which need a judge; name a model with --judge"]


def test_a_note_on_what_could_not_be_judged(write: Write) -> None:
    """Whether 100 mg/dL are 5.55 mmol/L depends on what was measured, and the key does not say."""
    key = {"kind": "number", "value": 5.55, "unit": "mmol/L"}
    spec = write("items.jsonl", [{"question": {"id": f"q{at}", "text": f"How much in tube {at}?"}, "key": key} for at in (1, 2)])
    path = write("small.jsonl", [{"id": "q1", "output": "The answer is 100 mg/dL."}, {"id": "q2", "output": "The answer is 5.55 mmol/L."}])
    assert numbers([path], GradeSettings(str(spec)))["metrics"][0]["unjudged_rate"] == 0.5
    assert notes([path], GradeSettings(str(spec))) == [
        "small: 1 of 2 responses could not be judged (unknown_analyte 1): accuracy is the least that it can be"
    ]


def test_agreement_with_the_verdicts_that_came_with_the_responses(items: Items, write: Write) -> None:
    """Keys A to D; three of four verdicts are the same. We find two right of four, they three, so that chance agrees half of the
    time: κ = (.75 − .5) / (1 − .5)."""
    given = zip("ABDC", (True, True, True, False), strict=True)
    rows = [{"id": f"q{at}", "output": f"The answer is {letter}.", "is_right": right} for at, (letter, right) in enumerate(given, 1)]
    found = numbers([write("small.jsonl", rows)], GradeSettings(items("ABCD")))
    [row] = found["agreements"]
    assert (row["system"], row["n"], row["n_abstained"], row["raw"]) == ("small", 4, 0, 0.75)
    assert row["kappa"] == pytest.approx((0.75 - (0.5 * 0.75 + 0.5 * 0.25)) / (1 - (0.5 * 0.75 + 0.5 * 0.25)))


def test_no_verdicts_came_with_the_responses(items: Items, answers: Answers) -> None:
    assert numbers([answers("AB")], GradeSettings(items("AB")))["agreements"] == []


def lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.mark.slow
def test_real_responses_to_another_version_of_the_items_are_told_by_the_tool_itself() -> None:
    """Outputs for MedQA with five options, against the file with four, whose letters are others. Counted here from the two files alone."""
    path = DATA / "raw_medrefl_huatuo_o1_medqa_x3" / "outputs.jsonl.gz"
    if not path.is_file():
        pytest.skip(f"no recorded outputs of HuatuoGPT-o1 on MedQA at {path}")
    letters = [row["answer_idx"] for row in lines(DATA / "medqa_usmle" / "test_4opt.jsonl.gz")]
    rows = lines(path)
    n_other = sum(len(row["samples"]) * (row["gold"] != letters[int(row["qid"].removeprefix("medqa-"))]) for row in rows)
    assert n_other > 1000
    columns = ("id=qid", "text=output", "samples=samples", "sample=sample", "key=gold")
    said = notes([path], GradeSettings(f"medqa:{DATA}", columns=columns, is_only_answered=True))
    assert any(note.startswith(f"{n_other:,} of 3,819 responses were recorded with another right answer") for note in said)
    assert any("name a letter beside the text of another option" in note for note in said)
    assert notes([path], GradeSettings(f"medqa_5:{DATA}", columns=columns)) == []
