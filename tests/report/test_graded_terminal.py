import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from osler.core.errors import RecordError, UserError
from osler.report.graded import MAX_GROUP_ROWS, graded_tables, tables_of_folder
from osler.report.graded_tables import MAX_READINGS
from osler.report.grades import is_graded, load_grades

HEADINGS = (
    *("Accuracy over 1,000 items, with 95 % intervals", "Why there was no answer", "Accuracy by group, with 95 % intervals"),
    *("Several responses to the same item", "Can the confidence be believed?", "Length of right and wrong responses, means"),
    *("Spent per right answer", "Accuracy against cost", "Published rules beside the strict reading"),
    "Agreement with the recorded verdicts",
    *("How the answers were read, or why not", "Differences in points, with 95 % intervals", "Wins, ties and losses by group"),
    *("What was graded, and how", "Before you believe these numbers"),
)


def show(content: dict[str, Any], about: dict[str, Any], width: int = 60) -> str:
    console = Console(width=width, file=StringIO(), record=True)
    console.print(graded_tables(content, about))
    return console.export_text()


def lines_of(content: dict[str, Any], about: dict[str, Any], width: int = 120) -> list[str]:
    return [" ".join(line.split()) for line in show(content, about, width).splitlines()]


@pytest.mark.parametrize("width", [60, 120])
def test_every_number_can_be_read_at_any_width(content: dict[str, Any], about: dict[str, Any], width: int):
    text = show(content, about, width)
    assert "…" not in text
    assert all(cell_len(line) <= width for line in text.splitlines())
    for said in (
        *("3 systems on invented_qa", "tuned_7b 58.3 % (55.2–61.2) 6.1 % 0.8 % 96", "Interval: Wilson."),
        "base_7b 2.1 % 1.3 % 0.4 % 2.3 % 3.4 %",  # nothing stated: 6.1 − 2.1 − 1.3 − 0.4
        *("anatomy base_7b 400 37.5 % (34.4–40.4)", "mean of 2 groups base_7b 40.6 % (37.6–43.6)"),
        "tuned_7b 8 × 1,000 58.3 % 61.1 % 77.8 % 31.7 %",  # 0.583 + 0.004 · 7 and 0.583 + 0.05 · 7^0.7
        *("tuned_7b 3,550 0.071 0.199 share of the samples that agree", "10 bins of equal width"),
        *("tuned_7b 412 523 −111 −0.21 in tokens [−141, −80.3]", "large_api 802 913 −112 –"),
        *("base_7b 813 3.21 0.00123", "tokens per item base_7b 41.3 41.2 % yes", "US dollars per item base_7b 0 41.2 % yes"),
        *("tuned_7b 60.4 % 58.3 % +2.1", "mirage_default_a, over 1,000"),
        *("no answer read as A 17 of 61 0 +1.7", "a word taken for a letter 1 of 7 6 −0.5", "no answer read as A 17 of 61 – –"),
        *("base_7b 1,000 58.3 % closing_letter 611 61.1 % 65.8 %", "several 21 2.1 % 0.0 %"),  # (402 + 130 + 51) / 1000; 402 / 611
        *("+17.1 [+13.9, +20.3] < 0.001 < 0.001", "higher", "detectable from 4.1", "0.161 0.322", "not distinguishable"),
        *("base_7b 200 91.0 % 0.81 0.83 [0.73, 0.88]", "tuned_7b 200 – – – 13 unjudged"),
        *("tuned_7b 5 11 1", "against base_7b"),
        *("invented_qa: 1,000 items; licence MIT; hash 0123456789ab ", "Responses: base.jsonl, tuned.jsonl, large.jsonl", "seed: 0"),
    ):
        assert said in " ".join(text.split()), said


def test_the_tables_stand_in_the_order_in_which_they_are_asked(content: dict[str, Any], about: dict[str, Any]):
    text = show(content, about, 120)
    places = [text.index(heading) for heading in HEADINGS]
    assert places == sorted(places)


def test_the_notes_stand_last_above_the_prompt(content: dict[str, Any], about: dict[str, Any]):
    lines = lines_of(content, about)
    assert lines[-3:] == [
        "Before you believe these numbers",
        "! invented_qa: 2 items are asked twice",
        "! base_7b: 3.4 % of the responses state two different answers; see --statement",
    ]


def test_a_note_that_is_told_twice_stands_once(content: dict[str, Any], about: dict[str, Any]):
    about["notes"] = ["invented_qa: 2 items are asked twice"]
    assert show(content, about, 120).count("asked twice") == 1


@pytest.mark.parametrize("width", [60, 120])
def test_what_was_not_counted_has_no_table(content: dict[str, Any], width: int):
    row = content["metrics"][0] | {"tokens_per_right": None, "seconds_per_right": None, "cost_per_right": None}
    text = show({"metrics": [row]}, {"title": ""}, width)
    assert "41.2 % (38.1–44.1)" in text
    assert [heading for heading in HEADINGS if heading in text] == list(HEADINGS[:2])


def test_intervals_of_several_kinds_are_told_apart(content: dict[str, Any], about: dict[str, Any]):
    content["metrics"][1]["interval"] = "clustered_bootstrap"
    assert "Intervals: Wilson (base_7b, large_api); clustered bootstrap (tuned_7b)." in " ".join(show(content, about).split())


def test_several_responses_to_an_item_are_said_to_be_a_mean(content: dict[str, Any], about: dict[str, Any]):
    content["metrics"][1]["n_responses"] = 3000
    text = " ".join(show(content, about).split())
    assert "Several responses to an item count as their mean (3,000 to 1,000 items)." in text


def test_a_difference_that_the_correction_does_not_bear_is_not_distinguishable(content: dict[str, Any], about: dict[str, Any]):
    content["comparisons"] = [content["comparisons"][0] | {"p_value": 0.02, "p_adjusted": 0.06}]
    assert "not distinguishable" in show(content, about)


def test_a_p_value_of_another_test_is_not_called_mcnemars(content: dict[str, Any], about: dict[str, Any]):
    assert "McNemar" in show(content, about)
    content["comparisons"][0]["p_method"] = "clustered_bootstrap"
    assert "McNemar" not in show(content, about)


def test_costs_of_one_system_alone_have_no_front(content: dict[str, Any], about: dict[str, Any]):
    content["costs"] = content["costs"][:1]
    assert "Accuracy against cost" not in show(content, about)


@pytest.mark.parametrize("width", [60, 120])
def test_hostile_names_move_no_cursor_and_lose_no_column(content: dict[str, Any], about: dict[str, Any], width: int):
    name = "\x1b[2J\x1b]0;x\x07\u202e[red]\ud800" + "pneumonoultramicroscopic" * 9
    named = json.loads(json.dumps([content, about]).replace("base_7b", json.dumps(name)[1:-1]))
    text = show(*named, width)
    assert not {"\x1b", "\x07", "\u202e", "\ud800"} & set(text)
    assert "…" not in text
    assert "[red]" in text
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert "37.5 %" in text


@pytest.mark.parametrize("width", [60, 120])
def test_many_systems_and_groups_are_summed_up(content: dict[str, Any], about: dict[str, Any], width: int):
    systems = [f"system_{k}" for k in range(40)]
    groups = ["all", *(f"group {k}" for k in range(60))]
    content["metrics"] = [content["metrics"][0] | {"system": system, "group": group} for system in systems for group in groups]
    content["macros"] = [content["macros"][0] | {"system": system} for system in systems]
    content["readings"] = [row | {"system": system} for system in systems for row in content["readings"][:5]]
    assert len(systems) * (len(groups) - 1) > MAX_GROUP_ROWS
    assert len(content["readings"]) > MAX_READINGS
    text = show(content, about, width)
    assert "Mean of 60 groups" in text
    assert "2,400 rows by group" in " ".join(text.split())
    assert "group 7" not in text
    flat = " ".join(text.split())
    assert "all 40 systems 40,000 58.3 %" in flat
    assert "closing_letter 24,440 61.1 % 65.8 %" in flat  # 40 · 611
    assert len(text.splitlines()) < 600


def test_a_folder_says_what_it_is(graded_folder: Path, run_folder: Path):
    assert is_graded(graded_folder)
    assert not is_graded(run_folder)
    console = Console(width=120, file=StringIO(), record=True)
    console.print(tables_of_folder(graded_folder))
    assert "3 systems on invented_qa" in console.export_text()


def test_a_folder_that_is_not_whole_is_named(graded_folder: Path):
    (graded_folder / "metrics.json").write_text('{"metrics": []}')
    with pytest.raises(RecordError, match=r"metrics\.json: .*grade or compare again"):
        load_grades(graded_folder)
    (graded_folder / "metrics.json").write_text("{")
    with pytest.raises(RecordError, match=r"metrics\.json: this is no JSON"):
        load_grades(graded_folder)
    (graded_folder / "metrics.json").write_text('{"metrics": [NaN]}')
    with pytest.raises(RecordError, match=r"NaN is no number"):
        load_grades(graded_folder)
    (graded_folder / "metrics.json").unlink()
    with pytest.raises(UserError, match=r"metrics\.json: there is no such file"):
        load_grades(graded_folder)
