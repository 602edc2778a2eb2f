import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import UserError
from osler.report.graded_page import graded_page, write_graded_page
from osler.report.grades import grades_of

VOID = {"meta", "link", "br"}
ATTACK = '"><script>alert("x")</script><img src=x onerror=alert(1)>\u202e\x1b[2J\x00'
SECTIONS = [
    *("notes", "accuracy", "differences", "wins", "groups", "samples", "calibration", "lengths", "costs", "rules", "agreements"),
    *("readings", "graded"),
]


class Page(HTMLParser):
    """What a browser would read: visible text and tags, every one closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.open_tags: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        assert self.open_tags == []

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

    def drawn(self, kind: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.tags if kind in (attributes.get("class") or "").split()]

    @property
    def sections(self) -> list[str | None]:
        return [attributes["id"] for tag, attributes in self.tags if tag == "section"]


def page_of(content: dict[str, Any], about: dict[str, Any]) -> Page:
    return Page(graded_page(grades_of(content, about)))


def test_every_section_is_there_and_reached_from_the_top(content: dict[str, Any], about: dict[str, Any]):
    page = page_of(content, about)
    assert page.sections == SECTIONS
    assert [(attributes.get("href") or "")[1:] for tag, attributes in page.tags if tag == "a"] == SECTIONS
    assert "A tool for teaching and research. No medical device." in page.text


def test_every_number_is_on_the_page(content: dict[str, Any], about: dict[str, Any]):
    text = page_of(content, about).text
    for said in (
        *("3 systems on invented_qa", "Responses of 3 systems", "invented_qa: 2 items are asked twice", "state two different answers"),
        *("58.3 % 55.2–61.2", "The thin line is the 95 % interval (Wilson).", "412 / 1,000 6.1 % 2.1 % 1.3 % 0.4 % 0.8 % 3.4 % 0.0 % 96"),
        *("+17.1 [+13.9, +20.3] higher detectable from 4.1", "< 0.001 adjusted < 0.001", "0.161 adjusted 0.322", "by paired bootstrap"),
        *("tuned_7b against base_7b 5 11 1", "base_7b 40.6 % 37.6–43.6 2", "tuned_7b 60.0 % 56.9–62.9 400"),
        *("tuned_7b 1,000 8 58.3 % 61.1 % 77.8 % 31.7 %", "vote of 1: 58.3 %", "any of 2: 63.3 %"),
        *(
            "tuned_7b share of the samples that agree ECE over 10 bins of equal width 3,550 0.071 0.199 83.0 %",
            "40 answers at 5 %: 0.0 % right",
        ),
        *("tuned_7b tokens 412 523 −111 [−141, −80.3] −0.21", "up to 512 tokens: 52.0 % of 260 right"),
        *("large_api: 74.1 %, tokens per item 903", "base_7b 41.3 41.2 % yes", "base_7b 813 3.21 0.00123"),
        *("tuned_7b mirage_default_a +2.1 60.4 % 58.3 % 1,000", "a word taken for a letter 7 1 6 −0.5", "no answer read as A 61 17 – –"),
        *(
            "closing_letter 611 61.1 % 65.8 %",
            "invented_qa 1,000 MIT 0123456789ab Nobody 2026",
            "statement that counts last",
            "osler 0.2.0",
        ),
    ):
        assert said in text, said


def test_what_is_drawn_is_drawn_to_scale(content: dict[str, Any], about: dict[str, Any]):
    page = page_of(content, about)
    assert [bar["width"] for bar in page.drawn("s-bar")[:3]] == ["41.20%", "58.30%", "74.10%"]
    bands = [(band["x"], band["width"]) for band in page.drawn("s-small")]
    assert bands == [("44.85%", "10.30%"), ("45.02%", "9.95%")]  # from −40 to +40 points: 50 ± 100 · 0.0412 / 0.8 and 0.0398 / 0.8
    won, lost = page.drawn("s-true")[0], page.drawn("s-false")[0]
    assert (won["width"], lost["x"], lost["width"]) == ("29.41%", "94.12%", "5.88%")  # of 17


def test_what_was_not_counted_has_no_section(content: dict[str, Any]):
    row = content["metrics"][0] | {"tokens_per_right": None, "seconds_per_right": None, "cost_per_right": None}
    page = page_of({"metrics": [row]}, {"title": ""})
    assert page.sections == ["accuracy"]
    assert "Responses of 1 system, read" in page.text
    assert "None" not in page.text


@pytest.mark.parametrize("part", ["samples", "calibration", "lengths", "costs"])
def test_a_part_without_anything_to_draw_still_has_its_numbers(content: dict[str, Any], about: dict[str, Any], part: str):
    bare = {
        "samples": {"sweep": []},
        "calibration": {"bins": [], "coverage": []},
        "lengths": {"bins": []},
        "costs": {"per_item": 0.0},
    }[part]
    content[part] = [row | bare for row in content[part]]
    page = page_of(content, about)
    assert part in page.sections
    assert "None" not in page.text


def test_systems_that_are_counted_in_other_ways_say_so(content: dict[str, Any], about: dict[str, Any]):
    content["metrics"][1] |= {"interval": "clustered_t", "n_responses": 3000, "n_clusters": 211, "n_right": 1749}
    text = page_of(content, about).text
    assert "tuned_7b mean over 3,000 responses 211 clusters of items clustered t" in text
    assert "1,749 / 3,000" in text
    assert "made as its row says" in text


def test_names_are_text_and_nothing_else(content: dict[str, Any], about: dict[str, Any]):
    def hostile(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: hostile(each, name) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [hostile(each, key) for each in value]
        return ATTACK if isinstance(value, str) and value != "all" else value

    page = page_of(hostile(content), hostile(about))
    assert page.text.count("<script>alert") > 60
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert not [attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)]
    assert not {"\u202e", "\x1b", "\x00"} & set(page.source)


def test_long_tables_are_folded(content: dict[str, Any], about: dict[str, Any]):
    def folded(page: Page) -> int:
        return sum(tag == "details" and "open" not in attributes for tag, attributes in page.tags)

    assert folded(page_of(content, about)) == 0
    systems = [f"system_{k}" for k in range(40)]
    groups = ["all", *(f"group {k}" for k in range(60))]
    content["metrics"] = [content["metrics"][0] | {"system": system, "group": group} for system in systems for group in groups]
    for part in ("samples", "calibration", "lengths"):
        content[part] = [content[part][0] | {"system": system} for system in systems]
    content["readings"] = [content["readings"][0] | {"system": system} for system in systems]
    page = page_of(content, about)
    assert folded(page) == 1 + 4 + 40  # groups; samples, reliability, coverage, lengths; readings
    assert "Every group , 60 of them" in page.text


def test_nothing_is_fetched_from_anywhere_and_no_script_may_run(content: dict[str, Any], about: dict[str, Any]):
    source = page_of(content, about).source
    assert not re.search(r"https?://|url\(|@import|\ssrc=|\shref=\"(?!data:,\"|#)", source)
    assert "default-src 'none'" in source


def test_the_same_folder_gives_the_same_bytes(graded_folder: Path):
    path = write_graded_page(graded_folder)
    assert path == graded_folder / "report.html"
    first = path.read_bytes()
    assert write_graded_page(graded_folder).read_bytes() == first


def test_a_folder_that_is_not_whole_has_no_page(graded_folder: Path):
    (graded_folder / "grading.json").unlink()
    with pytest.raises(UserError, match="grade or compare again"):
        write_graded_page(graded_folder)
    assert not (graded_folder / "report.html").exists()


def test_a_page_of_what_compare_leaves(content: dict[str, Any]):
    kept = {name: content[name] for name in ("metrics", "comparisons", "wins", "costs")}
    page = page_of(json.loads(json.dumps(kept)), {"title": "Comparison", "responses": ["a", "b"], "notes": []})
    assert page.sections == ["accuracy", "differences", "wins", "groups", "costs", "graded"]
