import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from osler.core.errors import UserError
from osler.core.verdict import Outcome
from osler.report.page import choose_cases, write_page
from osler.report.results import load_results

VOID = {"meta", "link", "br"}


class Reader(HTMLParser):
    """Reads a page as a browser would: its visible text, its tags, and whether each one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open_tags: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open_tags:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def read(folder: Path) -> Reader:
    return Reader(write_page(folder).read_text(encoding="utf-8"))


def change_solutions(folder: Path, **changes: object) -> None:
    path = folder / "solutions.jsonl"
    lines = [json.dumps(json.loads(line) | changes) for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n")


def test_the_page_says_what_the_run_was_and_what_it_is_not(run_folder: Path):
    assert write_page(run_folder) == run_folder / "report.html"
    page = read(run_folder)
    assert page.open_tags == []
    assert "4 systems answered 240 items of the split “test”. 2,000 items with worked reasoning" in page.text
    assert "500 items were searched" in page.text
    assert "A tool for teaching and research. No medical device." in page.text


def test_every_number_is_on_the_page(run_folder: Path):
    text = read(run_folder).text
    for number in (
        *("42.1 %", "36.1–48.4", "101 / 240", "1.2 %", "0.8 %", "0.0 %", "98.4–100.0", "12,346"),
        *("+9.2", "[+3.3, +15.0]", "higher", "[−2.1, +8.8]", "not distinguishable", "−57.9", "lower", "41 : 17", "0.281", "< 0.001"),
        *("differential", "pathway", "62.5 %", "53.6–70.7"),
        *("1,130", "77.1 %", "20.0 %", "2.9 %", "0.913", "4,520"),
        *("412 of 500 (82.4 %)", "3,021 of 5,100", "59.2 %", "20,311", "1,234,567"),
        *("seed_policy 412.3 0", "search 3,725.0 1,234,567", "answer 41.3 54,321", "All 4,178.6 1,288,888"),
        *("Seed 20", "a3bfc24f00, with changes that were not committed", "x86_64, 2 cores", "Threads 2", "torch 2.13.0"),
        "data: {kind: clinic, split: test}",
    ):
        assert number in text, number


def test_the_bars_are_drawn_to_scale(run_folder: Path):
    page = read(run_folder)
    rects = [attributes for tag, attributes in page.tags if tag == "rect"]
    first_interval = next(rect for rect in rects if rect["class"] == "s-line")
    assert (first_interval["x"], first_interval["width"]) == ("36.06", "12.32")  # 0.3606 to 0.4838 of 100
    widest = min(float(rect["x"] or "") for rect in rects if rect["class"] == "s-line")
    assert widest == 0.0  # the longest interval of a difference, −64.2, ends at the edge


def test_cases_are_the_first_three_right_and_wrong_of_the_last_system(run_folder: Path):
    cases = choose_cases(load_results(run_folder))
    assert {case.system for case in cases} == {"evolved_mcts"}
    assert [(case.id, case.outcome) for case in cases] == [
        *(("clinic-001", Outcome.RIGHT), ("clinic-003", Outcome.RIGHT), ("clinic-004", Outcome.RIGHT)),
        *(("clinic-000", Outcome.WRONG), ("clinic-005", Outcome.WRONG), ("clinic-007", Outcome.WRONG)),
    ]


def test_a_case_shows_its_steps_with_truth_and_score(run_folder: Path):
    text = read(run_folder).text
    wrong = text[text.index("✗ wrong · clinic-000") :]
    assert "Step 1 ✓ true score 0.91 Myocardial infarction explains chest pain and cold sweat." in wrong
    assert "Step 2 ✗ false score 0.09 Myocardial infarction fits best." in wrong
    assert "Answer: C. costochondritis Key: A. myocardial infarction" in wrong


def test_what_a_model_wrote_is_text_and_nothing_else(run_folder: Path):
    attack = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    change_solutions(
        run_folder, question=attack, steps=[attack, attack], options={"A": attack, "B": attack}, answer=attack, key=attack, id=attack
    )
    for name in ("metrics.json", "manifest.json", "recipe.yaml"):
        path = run_folder / name
        hostile = json.dumps(attack)[1:-1] if name.endswith("json") else attack
        for harmless in ("evolved_mcts", "x86_64", "demo", "pathway"):
            path.write_text(path.read_text().replace(harmless, hostile))
    change_solutions(run_folder, system=attack)
    page = read(run_folder)
    assert page.text.count(attack) > 40
    assert not {"script", "img"} & {tag for tag, _ in page.tags}


def test_nothing_is_fetched_from_anywhere(run_folder: Path):
    text = write_page(run_folder).read_text(encoding="utf-8")
    assert "http://" not in text
    assert "https://" not in text
    assert not re.search(r"url\(|@import|\ssrc=|\shref=\"(?!data:,\")", text)
    assert "default-src 'none'" in text


def test_a_minimal_run_has_a_page_without_empty_sections(minimal_folder: Path):
    page = read(minimal_folder)
    assert page.open_tags == []
    assert "1 system answered 240 items. A tool" in page.text
    assert "50.0 %" in page.text
    assert "Commit not known" in page.text
    for absent in ("Comparisons", "by group", "steps true", "Search for", "Cases of", "None", "Reward"):
        assert absent not in page.text, absent


def test_a_case_without_steps_or_marks_is_shown_as_it_is(minimal_folder: Path):
    change_solutions(minimal_folder, outcome="wrong", answer="pseudogout")
    text = read(minimal_folder).text
    assert "✗ wrong · q1" in text
    assert "No steps could be read. Answer: pseudogout Key: gout" in text
    assert "score" not in text


def test_a_search_that_found_nothing_still_has_a_page(run_folder: Path):
    path = run_folder / "metrics.json"
    content = json.loads(path.read_text())
    content["harvest"] = dict.fromkeys(content["harvest"], 0)
    content["reward"]["auroc"] = None
    content["comparisons"] = [content["comparisons"][0] | {"difference": 0.0, "low": 0.0, "high": 0.0}]
    path.write_text(json.dumps(content))
    text = read(run_folder).text
    assert "0 of 0 (–)" in text
    assert "not defined here" in text
    assert "0.0 [0.0, 0.0] not distinguishable" in text


def test_the_same_run_gives_the_same_bytes(run_folder: Path):
    first = write_page(run_folder).read_bytes()
    assert write_page(run_folder).read_bytes() == first


def test_an_unfinished_run_has_no_page(run_folder: Path):
    (run_folder / "solutions.jsonl").unlink()
    with pytest.raises(UserError, match="osler run"):
        write_page(run_folder)
    assert not (run_folder / "report.html").exists()
