import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import UserError
from osler.report.page import write_page

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


def change_metrics(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "metrics.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


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
        *("beam, policy evolved, 120 items", "640 66.0 % 60.0–72.0 60.9 % over 240 items", "12,346 73.0 % 67.0–79.0 –"),
        *("1,130", "77.1 %", "20.0 %", "2.9 %"),
        *("main clamped 4,520 77.1 % 0.913 0.103 0.042 0.787", "published recursive 4,520 77.1 % 0.831 0.152 0.111 –"),
        *("likelihood – 4,520 77.1 % – 0.103", "75.3 % of 81", "82.4 % of 159", "24 / 30", "37 / 51"),
        *("right for 65.4 % (59.4–71.4)", "right for 88.3 %", "+5.0 ▲ [+2.0, +8.0] 70.4 % · p 0.012", "−8.0 ▼", "+1.0 [−2.0, +4.0]"),
        *("412 of 500 82.4 %; 300 left out 3,021 of 5,100 59.2 % 20,311 1,234,567 2.45", "1,503 of 5,100 29.5 % 0 1,234,567 1.22"),
        *("5 nodes · 1 right and 1 wrong leaves · 731 tokens", "value 0.71 first 0.83 3 visits 2 copies Pancreatitis explains"),
        *("policy seed 412.3 0", "search tree_1 3,725.0 1,234,567", "answer 41.3 54,321", "All 4,178.6 1,288,888"),
        *("Seed 20", "a3bfc24f00, with changes that were not committed", "x86_64, 2 cores", "Threads 2", "torch 2.13.0"),
        "data: {kind: clinic, split: test}",
    ):
        assert number in text, number


def drawings(page: Reader, kind: str) -> list[dict[str, str | None]]:
    return [attributes for tag, attributes in page.tags if attributes.get("class") == kind]


def test_accuracies_are_drawn_to_scale(run_folder: Path):
    page = read(run_folder)
    rows = json.loads((run_folder / "metrics.json").read_text())["metrics"]
    groups = dict.fromkeys(row["group"] for row in rows if row["group"] != "all")
    by_group = [f"{100 * row['n_right'] / row['n']:.2f}%" for group in groups for row in rows if row["group"] == group]
    assert len(by_group) >= 4
    assert [bar["width"] for bar in drawings(page, "s-bar")] == ["42.08%", "51.25%", "54.58%", "100.00%", *by_group]
    first = drawings(page, "s-line")[0]
    assert (first["x1"], first["x2"]) == ("36.06%", "48.38%")


def test_differences_are_drawn_to_the_scale_that_is_written(run_folder: Path):
    page = read(run_folder)
    lines = [(line["x1"], line["x2"]) for line in drawings(page, "s-line")[4:7]]
    assert "from −80.0 to +80.0" in page.text  # the least of the scales that holds −64.2
    assert lines[0] == ("52.08%", "59.38%")  # 50 + 100 · 0.0333 / 1.6 and 50 + 100 · 0.15 / 1.6
    assert lines[2] == ("9.89%", "17.71%")


def test_the_axis_of_the_curves_states_its_range(run_folder: Path):
    text = read(run_folder).text
    assert "The axis of accuracy runs from 30 % to 80 %." in text
    assert "the whole axis from 0 to 100 %" in text


def test_unequal_items_are_said_to_be_unequal(run_folder: Path):
    assert "Not every system" not in read(run_folder).text
    change_metrics(run_folder, lambda content: content["metrics"][0].update(n=1000))
    text = read(run_folder).text
    assert "answered up to 240 items" in text
    assert "seed_greedy 1,000 items" in text
    assert "Not every system answered the same items" in text


def test_points_without_a_score_are_not_drawn_in_the_reliability_plot(run_folder: Path):
    page = read(run_folder)
    titles = [text for text in page.texts if "steps scored" in text]
    assert len(titles) == 3 * 9  # ten bins, one of them empty
    assert titles[0] == "490 steps scored 0.05: 0.0 % true"
    assert len(drawings(page, "s-count")) == 3 * 9


def test_a_tree_is_nested_as_it_grew(run_folder: Path):
    text = write_page(run_folder).read_text(encoding="utf-8")
    first = text[text.index('<ul class="branches">') :]
    first = re.sub(r"\s+", " ", first[: first.index("</details>\n<details")])
    outline = "".join(re.findall(r"</?ul|</?li|Pancreatitis explains|fits best|fit best|hard to say|explain fever", first)).replace("<", "")
    inner = "ullifits best/lilifit best/lilihard to say/li/ul"
    assert outline == f"ulliPancreatitis explains{inner}/liliexplain fever/li/ul"
    for mark in ("✓ right", "✗ wrong", "? no answer"):
        assert mark in first


def test_a_case_shows_its_steps_with_truth_and_score(run_folder: Path):
    text = read(run_folder).text
    wrong = text[text.index("✗ wrong · clinic-000") :]
    assert "Step 1 ✓ true score 0.91 Myocardial infarction explains chest pain and cold sweat." in wrong
    assert "Step 2 ✗ false score 0.09 Myocardial infarction fits best." in wrong
    assert "Answer: C. costochondritis Key: A. myocardial infarction" in wrong


ATTACK = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def hostile(value: Any, *, spared: frozenset[str] = frozenset()) -> Any:
    """The same JSON with an attack for every text, but of those that are names of ours."""
    if isinstance(value, dict):
        return {key: each if key in spared else hostile(each, spared=spared) for key, each in value.items()}
    if isinstance(value, list):
        return [hostile(each, spared=spared) for each in value]
    return ATTACK if isinstance(value, str) else value


def test_what_a_model_wrote_is_text_and_nothing_else(run_folder: Path):
    spared = frozenset({"rule", "group", "outcome", "step_truths", "ending", "kind", "id"})
    for path in (run_folder / "metrics.json", run_folder / "manifest.json", *run_folder.rglob("*.jsonl")):
        records = [hostile(json.loads(line), spared=spared) for line in path.read_text().splitlines()]
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    (run_folder / "recipe.yaml").write_text(ATTACK)
    change_solutions(run_folder, id=ATTACK, options={ATTACK: ATTACK})
    page = read(run_folder)
    assert page.open_tags == []
    assert page.text.count(ATTACK) > 150
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert not [attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)]


def test_a_hostile_group_or_ending_is_text_as_well(run_folder: Path):
    def change(content: dict[str, Any]) -> None:
        content["metrics"] = [row | {"group": row["group"].replace("pathway", ATTACK)} for row in content["metrics"]]
        content["comparisons"][0]["group"] = ATTACK

    change_metrics(run_folder, change)
    trees = run_folder / "searches/tree_1/trees.jsonl"
    rows = [json.loads(line) for line in trees.read_text().splitlines()]
    for row in rows:
        row["nodes"][5]["ending"] = ATTACK
    trees.write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = read(run_folder)
    assert page.text.count(ATTACK) == 4
    assert f"? {ATTACK} value 0.00" in page.text
    assert not {"script", "img"} & {tag for tag, _ in page.tags}


def test_nothing_is_fetched_from_anywhere(run_folder: Path):
    text = write_page(run_folder).read_text(encoding="utf-8")
    assert "http://" not in text
    assert "https://" not in text
    assert not re.search(r"url\(|@import|\ssrc=|\shref=\"(?!data:,\"|#)", text)
    assert "default-src 'none'" in text


def test_a_minimal_run_has_a_page_without_empty_sections(minimal_folder: Path):
    page = read(minimal_folder)
    assert page.open_tags == []
    assert "1 system answered 240 items. A tool" in page.text
    assert "50.0 %" in page.text
    assert "Commit not known" in page.text
    for absent in ("Differences", "tokens spent", "Choosing", "scores", "by group", "steps true", "Search", "Cases", "None"):
        assert absent not in page.text, absent


def test_every_section_is_reached_from_the_top(run_folder: Path):
    page = read(run_folder)
    links = [(attributes.get("href") or "")[1:] for tag, attributes in page.tags if tag == "a"]
    assert links == [attributes["id"] for tag, attributes in page.tags if tag == "section"]
    assert len(links) == 11


def test_a_case_without_steps_or_marks_is_shown_as_it_is(minimal_folder: Path):
    change_solutions(minimal_folder, outcome="wrong", answer="pseudogout")
    text = read(minimal_folder).text
    assert "✗ wrong · q1" in text
    assert "No steps could be read. Answer: pseudogout Key: gout" in text
    assert "score" not in text


def test_a_search_that_found_nothing_still_has_a_page(run_folder: Path):
    def change(content: dict[str, Any]) -> None:
        for row in content["harvests"]:
            row.update({key: 0 for key, value in row.items() if isinstance(value, int)})
        content["comparisons"] = [content["comparisons"][0] | {"difference": 0.0, "low": 0.0, "high": 0.0}]
        content["curves"] = [row | {"tokens_per_item": 0.0} for row in content["curves"][:1]]
        for row in content["rewards"]:
            row.update(n_steps=0, true_rate=None, auroc=None, brier=None, ece=None, bins=[], first_error=None)

    change_metrics(run_folder, change)
    page = read(run_folder)
    assert "0 of 0 – 0 of 0 – 0 0 –" in page.text
    assert "0.0 [0.0, 0.0] not distinguishable" in page.text
    assert "main clamped 0 – – – – –" in page.text
    assert "seed_greedy greedy, policy seed, 240 items 0 42.0 %" in page.text
    assert not [attributes for _, attributes in page.tags if "chart" in (attributes.get("class") or "")]


def test_the_same_run_gives_the_same_bytes(run_folder: Path):
    first = write_page(run_folder).read_bytes()
    assert write_page(run_folder).read_bytes() == first


def test_an_unfinished_run_has_no_page(run_folder: Path):
    (run_folder / "solutions.jsonl").unlink()
    with pytest.raises(UserError, match="osler run"):
        write_page(run_folder)
    assert not (run_folder / "report.html").exists()
