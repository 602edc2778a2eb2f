import json
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from osler.report.results import load_results
from osler.report.terminal import closing_tables, comparison_table, group_table, harvest_line, reward_line, step_table


def show(folder: Path, width: int) -> str:
    console = Console(width=width, file=StringIO(), record=True)
    console.print(closing_tables(load_results(folder)))
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
        *("1,130", "77.1 %", "20.0 %", "2.9 %", "0.913", "4,520"),
        *("412 of 500", "82.4 %", "3,021 of 5,100", "59.2 %", "20,311", "1,234,567"),
    ):
        assert number in " ".join(text.split()), number


def test_an_interval_that_includes_zero_is_not_distinguishable(run_folder: Path):
    lines = show(run_folder, 60).splitlines()
    [first_line] = [position for position, line in enumerate(lines) if "+3.3 [−2.1, +8.8]" in line]
    assert "not distinguishable" in lines[first_line + 1]
    assert "\n".join(lines).count("not distinguishable") == 1


def test_a_system_stands_on_one_line_with_all_its_numbers_where_there_is_room(run_folder: Path):
    [line] = [line for line in show(run_folder, 120).splitlines() if "771" in line]
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
    assert show(run_folder, 120).count("seed [bold]") == 6  # accuracy, two comparisons, two groups, steps


def test_unjudged_has_a_column_only_where_there_is_any(run_folder: Path):
    assert "Unjudged" not in show(run_folder, 60)
    edit(run_folder, '"unjudged_rate": 0.0', '"unjudged_rate": 0.071')
    text = show(run_folder, 60)
    assert "Unjudged" in text
    assert "7.1 %" in text
    assert "…" not in text


@pytest.mark.parametrize("width", [60, 120])
def test_a_minimal_run_has_its_one_table(minimal_folder: Path, width: int):
    results = load_results(minimal_folder)
    assert (comparison_table(results), group_table(results), step_table(results)) == (None, None, None)
    assert (harvest_line(results), reward_line(results)) == (None, None)
    text = show(minimal_folder, width)
    assert "plain" in text
    assert "50.0 % (43.7–56.3)" in text


def test_a_search_that_found_nothing_divides_by_nothing(run_folder: Path):
    path = run_folder / "metrics.json"
    content = json.loads(path.read_text())
    content["harvest"] = dict.fromkeys(content["harvest"], 0)
    content["reward"]["auroc"] = None
    path.write_text(json.dumps(content))
    text = " ".join(show(run_folder, 60).split())
    assert "0 of 0 traces right (–)" in text
    assert "AUROC not defined" in text
