import json
from pathlib import Path

import pytest

from osler.core.errors import RecordError, UserError
from osler.core.verdict import Outcome
from osler.report.results import load_results
from osler.report.solution_rows import MarkedStep


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
    assert [row.n_solved for row in results.measured.harvests] == [412, 412]
    assert results.measured.harvests[0].right_per_1000 == pytest.approx(2.447, abs=1e-3)  # 3,021 of 1,234.567 thousand tokens
    assert [row.spelt for row in results.measured.rewards] == ["main (clamped)", "published (recursive)", "likelihood"]
    assert [tree.row.id for tree in results.trees] == ["train-001", "train-002"]
    assert results.manifest.stages[1].tokens == 1234567
    assert results.manifest.data.answer_split == "test"
    assert results.recipe.startswith("name: demo")
    assert len(results.solutions) == 18
    assert results.solutions[0].outcome is Outcome.WRONG


def test_a_run_may_have_little_to_say(minimal_folder: Path):
    results = load_results(minimal_folder)
    measured = results.measured
    assert (measured.comparisons, measured.harvests, measured.steps, measured.curves, measured.rewards, measured.selection) == ((),) * 6
    assert (results.trees, results.cases) == ((), [])
    assert results.by_group == {}
    assert results.manifest.commit is None
    assert results.solutions[0].answer is None
    assert results.solutions[0].marked_steps == []


def test_curves_stand_in_the_order_of_the_systems(run_folder: Path):
    path = run_folder / "metrics.json"
    point = {"strategy": "greedy", "n_items": 240, "accuracy": 0.5, "low": 0.4, "high": 0.6}
    named = [
        {"system": system, "policy": policy, "tokens_per_item": tokens} | point
        for system, policy, tokens in (("evolved_mcts", "evolved", 10.0), ("seed_greedy", "seed", 10.0), ("seed_greedy", "seed", 20.0))
    ]
    change_json(path, curves=named)
    found = [(row.system, row.tokens_per_item) for row in load_results(run_folder).curves]
    assert found == [("seed_greedy", 10.0), ("seed_greedy", 20.0), ("evolved_mcts", 10.0)]


def test_a_search_that_generated_nothing_has_no_yield(run_folder: Path):
    path = run_folder / "metrics.json"
    change_json(path, harvests=[json.loads(path.read_text())["harvests"][0] | {"tokens": 0}])
    assert load_results(run_folder).measured.harvests[0].right_per_1000 is None


def test_cases_are_the_first_three_right_and_wrong_of_the_last_system_with_scores(run_folder: Path):
    cases = load_results(run_folder).cases
    assert {case.system for case in cases} == {"evolved_mcts"}
    assert [(case.id, case.outcome) for case in cases] == [
        *(("clinic-001", Outcome.RIGHT), ("clinic-003", Outcome.RIGHT), ("clinic-004", Outcome.RIGHT)),
        *(("clinic-000", Outcome.WRONG), ("clinic-005", Outcome.WRONG), ("clinic-007", Outcome.WRONG)),
    ]
    path = run_folder / "solutions.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows[9:]:
        row["step_scores"] = []
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert {case.system for case in load_results(run_folder).cases} == {"seed_greedy"}


@pytest.mark.parametrize(
    ("part", "row"),
    [
        ("curves", {"system": "vote"}),
        ("rewards", {"name": "main", "labels": None}),
        ("selection", {"reward": None, "rule": "guess", "aggregate": None, "n_items": 1, "accuracy": 0.5, "low": 0.4, "high": 0.6}),
        ("harvests", {"name": "tree_1", "n_items": "many"}),
    ],
)
def test_a_part_of_another_shape_is_refused_by_its_name(run_folder: Path, part: str, row: dict[str, object]):
    change_json(run_folder / "metrics.json", **{part: [row]})
    with pytest.raises(RecordError, match=rf"metrics.json: {part}.0.*`osler run`"):
        load_results(run_folder)


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
