import json
from pathlib import Path

import pytest

from osler.core.errors import RecordError, UserError
from osler.core.verdict import Outcome
from osler.report.results import MarkedStep, load_results


def change_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def change_first_solution(folder: Path, **changes: object) -> None:
    path = folder / "solutions.jsonl"
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps(json.loads(first) | changes), *rest]) + "\n")


def test_everything_in_the_folder_is_loaded(run_folder: Path):
    results = load_results(run_folder)
    assert results.systems == ["seed_greedy", "evolved_greedy", "evolved_best_of_n_8", "evolved_mcts"]
    assert [row.n_right for row in results.overall] == [101, 123, 131, 240]
    assert {group: [row.system for row in rows] for group, rows in results.by_group.items()} == {
        "differential": results.systems,
        "pathway": results.systems,
    }
    assert results.measured.harvest is not None
    assert results.measured.harvest.n_solved == 412
    assert results.manifest.stages[1].tokens == 1234567
    assert results.manifest.data.answer_split == "test"
    assert results.recipe.startswith("name: demo")
    assert len(results.solutions) == 18
    assert results.solutions[0].outcome is Outcome.WRONG


def test_a_run_may_have_little_to_say(minimal_folder: Path):
    results = load_results(minimal_folder)
    assert (results.measured.comparisons, results.measured.harvest, results.measured.steps, results.measured.reward) == ((), None, (), None)
    assert results.by_group == {}
    assert results.manifest.commit is None
    assert results.solutions[0].answer is None
    assert results.solutions[0].marked_steps == []


def test_one_named_group_is_no_breakdown(run_folder: Path):
    path = run_folder / "metrics.json"
    change_json(path, metrics=[row for row in json.loads(path.read_text())["metrics"] if row["group"] != "pathway"])
    assert load_results(run_folder).by_group == {}


def test_a_step_stands_with_what_is_known_about_it(run_folder: Path):
    change_first_solution(run_folder, steps=["One.", "Two."], step_truths=["true", "unreadable"], step_scores=[])
    assert load_results(run_folder).solutions[0].marked_steps == [MarkedStep("One.", "true", None), MarkedStep("Two.", "unreadable", None)]


def test_an_answer_is_spelt_out_where_it_is_an_option(run_folder: Path):
    solution = load_results(run_folder).solutions[0]
    assert solution.spelt("B") == "B. pneumonia"
    assert solution.spelt("gout") == "gout"


@pytest.mark.parametrize(
    ("difference", "low", "high", "finding"),
    [
        (0.05, 0.01, 0.09, "higher"),
        (-0.05, -0.09, -0.01, "lower"),
        (0.05, -0.01, 0.11, "not distinguishable"),
        (0.05, 0.0, 0.1, "not distinguishable"),
        (0.0, 0.0, 0.0, "not distinguishable"),
    ],
)
def test_only_an_interval_clear_of_zero_is_a_finding(run_folder: Path, difference: float, low: float, high: float, finding: str):
    path = run_folder / "metrics.json"
    row = json.loads(path.read_text())["comparisons"][0] | {"difference": difference, "low": low, "high": high}
    change_json(path, comparisons=[row])
    [comparison] = load_results(run_folder).measured.comparisons
    assert comparison.finding == finding


@pytest.mark.parametrize("name", ["metrics.json", "manifest.json", "recipe.yaml", "solutions.jsonl"])
def test_a_missing_file_is_one_sentence_that_says_what_to_do(run_folder: Path, name: str):
    (run_folder / name).unlink()
    with pytest.raises(UserError, match=r"finish the run with `osler run`") as caught:
        load_results(run_folder)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_the_same_sentence(tmp_path: Path):
    with pytest.raises(UserError, match=r"metrics.json: there is no such file; finish the run"):
        load_results(tmp_path / "nowhere")


def test_metrics_without_a_row_are_refused(run_folder: Path):
    change_json(run_folder / "metrics.json", metrics=[])
    with pytest.raises(RecordError, match=r"metrics.json: metrics: .*`osler run`"):
        load_results(run_folder)


def test_half_a_json_file_is_a_record_error(run_folder: Path):
    (run_folder / "manifest.json").write_text('{"name": "de')
    with pytest.raises(RecordError, match=r"manifest.json: "):
        load_results(run_folder)


def test_a_bad_solution_is_found_by_its_line(run_folder: Path):
    change_first_solution(run_folder, outcome="perhaps")
    with pytest.raises(RecordError, match=r"solutions.jsonl:1: outcome"):
        load_results(run_folder)


@pytest.mark.parametrize("marks", [{"step_truths": ["true"]}, {"step_scores": [0.5, 0.5, 0.5]}])
def test_marks_that_do_not_fit_the_steps_are_refused(run_folder: Path, marks: dict[str, list[object]]):
    change_first_solution(run_folder, **marks)
    with pytest.raises(RecordError, match=r"solutions.jsonl:1: clinic-000: 2 steps but \d step_"):
        load_results(run_folder)
