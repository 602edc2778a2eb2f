import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from osler.core.errors import UserError
from osler.report.results import load_results
from osler.report.reward_tables import first_error_table, reliability_table, reward_table, selection_table
from osler.report.tables import comparison_table, curve_table, group_table, harvest_table, step_table
from osler.report.terminal import closing_tables, seed_summary


def show(folder: Path, width: int) -> str:
    return printed(closing_tables(load_results(folder)), width)


def printed(shown: RenderableType, width: int = 60) -> str:
    console = Console(width=width, file=StringIO(), record=True)
    console.print(shown)
    return console.export_text()


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "metrics.json"
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize("width", [60, 120])
def test_every_number_can_be_read_at_any_width(run_folder: Path, width: int):
    text = show(run_folder, width)
    assert "…" not in text
    assert all(cell_len(line) <= width for line in text.splitlines())
    for number in (
        *("240 items", "42.1 %", "36.1–48.4", "100.0 %", "98.4–100.0", "1.2 %", "0.8 %", "12,346"),
        *("+9.2 [+3.3, +15.0]", "+3.3 [−2.1, +8.8]", "−57.9 [−64.2, −51.7]", "0.002", "0.281", "< 0.001"),
        *("differential", "pathway", "62.5 %", "53.6–70.7"),
        *("1,130", "77.1 %", "20.0 %", "2.9 %"),
        *("412 of 500", "82.4 %", "3,021", "59.2 %", "20,311 nodes", "300 items left out", "1,234,567", "2.45", "1.22"),
        *("12,346 73.0 % (67.0–79.0) –", "640 66.0 % (60.0–72.0) (60.9 %)", "192 57.0 % (51.0–63.0) 51.0 %"),
        *("main (clamped) 4,520 0.913 0.103 0.042 0.787", "published (recursive) 4,520 0.831 0.152 0.111 –", "likelihood 4,520 – 0.103"),
        *("main 0 11 22 33 – 56 67 78 89 100", "step 1: 24 of 30", "step 2: 37 of 51", "75.3 %", "of 159"),
        *(
            "any candidate right 88.3 % – –",
            "+5.0 [+2.0, +8.0] ▲ 0.012",
            "−8.0 [−11.0, −5.0] ▼",
            "weighted vote, mean 62.6 % −2.8 [−5.8, +0.2] 0.012",
        ),
        *("✓ right clinic-001", "✗ wrong clinic-000", "2. ✗ false score 0.09 Myocardial infarction fits best."),
        *("Search tree_1, train-001: 5 nodes, 731 tokens", "0.71, 3 visits Pancreatitis explains upper abdominal", "✗ wrong 0.00, 1 visit"),
        *("search tree_1 3,725.0 1,234,567", "all 4,178.6 1,288,888", "Seed 20.", "torch 2.13.0", "2 threads"),
    ):
        assert number in " ".join(text.split()), number


def test_an_interval_that_includes_zero_is_not_distinguishable(run_folder: Path):
    lines = show(run_folder, 60).splitlines()
    [first_line] = [position for position, line in enumerate(lines) if "+3.3 [−2.1, +8.8]" in line]
    assert "not distinguishable" in lines[first_line + 1]
    assert "\n".join(lines).count("not distinguishable") == 1


def test_a_system_stands_on_one_line_with_all_its_numbers_where_there_is_room(run_folder: Path):
    [line] = [line for line in show(run_folder, 120).splitlines() if "evolved_best_of_n_8" in line and "771" in line]
    assert line.split() == ["evolved_best_of_n_8", "54.6", "%", "(48.3–60.8)", "1.2", "%", "0.8", "%", "771"]


def test_long_names_are_folded_and_not_cut(run_folder: Path):
    name = "policy_evolved_twice_with_a_search_of_many_nodes"
    edit(run_folder, "evolved_best_of_n_8", name)
    text = show(run_folder, 60)
    assert "…" not in text
    column = "".join(line[:15].strip() for line in text.split("Differences")[0].splitlines())
    assert name in column


def test_brackets_in_a_name_are_no_markup(run_folder: Path):
    edit(run_folder, "seed_greedy", "seed [bold]")
    assert show(run_folder, 120).count("seed [bold]") == 8  # accuracy, why no answer, two comparisons, a curve, two groups, steps


def test_unjudged_has_a_column_only_where_there_is_any(run_folder: Path):
    assert "Unjudged" not in show(run_folder, 60)
    edit(run_folder, '"unjudged_rate": 0.0', '"unjudged_rate": 0.071')
    text = show(run_folder, 60)
    assert "Unjudged" in text
    assert "7.1 %" in text
    assert "…" not in text


@pytest.mark.parametrize("width", [60, 120])
def test_a_minimal_run_has_its_two_tables(minimal_folder: Path, width: int):
    results = load_results(minimal_folder)
    tables = (comparison_table, curve_table, selection_table, reward_table, reliability_table, first_error_table, step_table)
    assert [table(results) for table in (*tables, harvest_table, group_table)] == [None] * 9
    text = show(minimal_folder, width)
    assert "plain" in text
    assert "50.0 % (43.7–56.3)" in text
    assert "Commit not known" in text


def test_a_search_that_found_nothing_divides_by_nothing(run_folder: Path):
    path = run_folder / "metrics.json"
    content = json.loads(path.read_text())
    content["harvests"] = [{key: 0 if isinstance(value, int) else value for key, value in row.items()} for row in content["harvests"]]
    content["rewards"] = [row | {"n_steps": 0, "true_rate": None, "auroc": None, "brier": None, "ece": None} for row in content["rewards"]]
    path.write_text(json.dumps(content))
    lines = [" ".join(line.split()) for line in show(run_folder, 60).splitlines()]
    assert "tree_1, policy seed 0 of 0 0 0 –" in lines
    assert "main (clamped) 0 – – – 0.787" in lines


def test_what_a_model_wrote_moves_no_cursor(run_folder: Path):
    for path in run_folder.rglob("*.jsonl"):
        lines = [line.replace("explain", "\\u001b[2Jexplain") for line in path.read_text().splitlines()]
        path.write_text("\n".join(lines) + "\n")
    edit(run_folder, "seed_greedy", "seed\\u001b]0;greedy")
    text = show(run_folder, 120)
    assert "\x1b" not in text
    assert text.count("\ufffd[2Jexplain") == 4  # a step of either case, two of the tree
    assert "seed\ufffd]0;greedy" in text


def test_a_deep_tree_is_folded_with_what_lies_below(run_folder: Path):
    path = run_folder / "searches/tree_1/trees.jsonl"
    first, *_ = path.read_text().splitlines()
    row = json.loads(first)
    step, right, wrong = row["nodes"][1], row["nodes"][3], row["nodes"][4]
    row["nodes"] += [step | {"parent": 1}, right | {"parent": 6}, step | {"parent": 6}, wrong | {"parent": 8}]
    path.write_text(json.dumps(row) + "\n")
    assert "3 more below: 1 right, 1 wrong" in show(run_folder, 60)


def run_of_seed(folder: Path, to: Path, seed: int, n_right: int, difference: float) -> Path:
    shutil.copytree(folder, to)
    manifest = json.loads((to / "manifest.json").read_text())
    (to / "manifest.json").write_text(json.dumps(manifest | {"seed": seed}))
    content = json.loads((to / "metrics.json").read_text())
    content["metrics"][3] |= {"n_right": n_right, "accuracy": n_right / 240}
    content["comparisons"][0] |= {"difference": difference, "low": difference - 0.05, "high": difference + 0.05}
    (to / "metrics.json").write_text(json.dumps(content))
    return to


def test_runs_of_several_seeds_are_summed_up(run_folder: Path, tmp_path: Path):
    second = run_of_seed(run_folder, tmp_path / "second", 21, 135, 0.14)
    third = run_of_seed(run_folder, tmp_path / "third", 22, 108, -0.02)
    (third / "solutions.jsonl").unlink()  # not needed
    text = printed(seed_summary([run_folder, second, third]))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "Accuracy of 3 runs (seeds 20, 21, 22)" in lines
    assert "evolved_greedy 3 50.8 % 45.0–56.2" in lines  # (123 + 135 + 108) / 3 of 240
    assert "seed_greedy 3 42.1 % 42.1–42.1" in lines
    at = lines.index("evolved_greedy +7.1 seed 20: +9.2 [+3.3, +15.0]")  # (9.17 + 14 − 2) / 3
    assert lines[at + 1 : at + 3] == ["against seed_greedy seed 21: +14.0 [+9.0, +19.0]", "seed 22: −2.0 [−7.0, +3.0]"]
    assert all(cell_len(line) <= 60 for line in text.splitlines())
    assert "…" not in text


def test_a_system_of_one_run_alone_says_so(run_folder: Path, tmp_path: Path):
    second = run_of_seed(run_folder, tmp_path / "second", 21, 135, 0.14)
    edit(second, "evolved_mcts", "evolved_beam")
    lines = [" ".join(line.split()) for line in printed(seed_summary([run_folder, second])).splitlines()]
    assert "evolved_mcts 1 100.0 % 100.0–100.0" in lines
    assert "evolved_beam 1 100.0 % 100.0–100.0" in lines
    assert "seed_greedy 2 42.1 % 42.1–42.1" in lines


def test_one_run_counts_once(run_folder: Path, minimal_folder: Path, tmp_path: Path):
    with pytest.raises(UserError, match="same seed; name each run once"):
        seed_summary([run_folder, run_folder])
    with pytest.raises(UserError, match="no run folder was given"):
        seed_summary([])
    with pytest.raises(UserError, match="finish the run"):
        seed_summary([run_folder, tmp_path / "nowhere"])
    assert "Differences" not in printed(seed_summary([minimal_folder]))
