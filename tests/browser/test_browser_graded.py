"""The page of graded responses as people see it: in a real browser, on a desk and on a phone, by day and by night, and on paper."""

import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from osler.report.graded_page import write_graded_page

pytestmark = pytest.mark.slow

DESK, TABLET, PHONE, PAPER = 1280, 760, 390, 700
"""Widths in CSS pixels; paper is A4 within Chromium's margins."""

LOW_CONTRAST = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgb(getComputedStyle(each).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.tagName === 'title' || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [a, b] = [rgb(element.closest('svg') ? style.fill : style.color), ground(element)].map((c) => light(c.slice(0, 3)));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`${element.tagName}.${element.getAttribute('class')} ${contrast.toFixed(2)} ${element.textContent}`);
  }
  return found;
})()"""
"""Texts whose contrast is under the 4.5 that WCAG 2.2 asks for (success criterion 1.4.3)."""

TEXTS_IN_DRAWINGS = """[...document.querySelectorAll('td.drawn > svg, .panel > svg, .chart')]
  .filter((svg) => svg.checkVisibility())
  .map((svg) => [...svg.querySelectorAll('text')].filter((text) => text.checkVisibility()).map((text) => {
    const box = text.getBoundingClientRect(); return [text.textContent, box.left, box.right, box.top, box.bottom]; }))"""

SPILLED = """[...document.querySelectorAll('th, td')].filter((cell) => cell.checkVisibility() && cell.scrollWidth > cell.clientWidth + 1)
  .map((cell) => cell.textContent.trim())"""


@pytest.fixture(scope="module")
def page(write_graded_everything: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_graded_page(write_graded_everything(tmp_path_factory.mktemp("page") / "graded"))


def assert_quiet(chromium: Any, page: Path) -> None:
    """Nothing went wrong, and nothing was asked for but the page itself."""
    chromium.value("new Promise((resolve) => setTimeout(resolve, 200))")
    wrong = ("Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")
    assert [event for event in chromium.events if event["method"] in wrong] == []
    asked = {event["params"]["request"]["url"] for event in chromium.events if event["method"] == "Network.requestWillBeSent"}
    assert asked - {"data:,"} == {page.resolve().as_uri()}


@pytest.mark.parametrize("width", [DESK, TABLET, PHONE, 320])
@pytest.mark.parametrize("is_dark", [False, True])
def test_the_page_fits_and_can_be_read(chromium: Any, page: Path, width: int, is_dark: bool):
    chromium.open(page, width=width, is_dark=is_dark)
    assert chromium.value("document.documentElement.scrollWidth") == width
    assert_quiet(chromium, page)
    assert chromium.value(LOW_CONTRAST) == []
    assert chromium.value(SPILLED) == []
    assert chromium.value("document.querySelectorAll('section').length") == 13


@pytest.mark.parametrize("width", [DESK, TABLET, PHONE, PAPER])
def test_no_text_in_a_drawing_covers_another(chromium: Any, page: Path, width: int):
    chromium.open(page, width=width, medium="print" if width == PAPER else "screen")
    drawings = [texts for texts in chromium.value(TEXTS_IN_DRAWINGS) if texts]
    assert len(drawings) >= 10
    for texts in drawings:
        for (first, left, right, top, bottom), (second, left_2, right_2, top_2, bottom_2) in combinations(texts, 2):
            across, down = min(right, right_2) - max(left, left_2), min(bottom, bottom_2) - max(top, top_2)
            assert across <= 1 or down <= 5, (first, second)  # a box of text has a little air above and below


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_line_ends_where_its_number_lies(chromium: Any, page: Path, width: int):
    """Lines are drawn in a stretched picture, marks in none: they meet."""
    chromium.open(page, width=width)
    for section in ("samples", "calibration"):
        panel = f"document.querySelector('#{section} .panel')"
        line, mark = (
            chromium.value(f"(() => {{ const b = {panel}.querySelector('{kind}').getBoundingClientRect(); return [b.left, b.right]; }})()")
            for kind in (".s-path", ".s-point")
        )
        assert abs(line[0] - (mark[0] + mark[1]) / 2) <= 2


def test_on_a_phone_every_rate_has_its_name_above_it(chromium: Any, page: Path):
    chromium.open(page, width=PHONE)
    named = chromium.value("""[...document.querySelectorAll('.rates td')].map((cell) => [getComputedStyle(cell, '::before').content,
      cell.getBoundingClientRect().height])""")
    assert len(named) == 3 * 9
    assert {name for name, _ in named} >= {'"Several"', '"Refused"', '"Errored"', '"States two"', '"Truncated"'}
    assert all(height > 30 for _, height in named)


def test_paper_is_white_and_has_what_is_folded_too(chromium: Any, page: Path):
    page.write_text(page.read_text(encoding="utf-8").replace("<details open>", "<details>"), encoding="utf-8")
    chromium.open(page, width=PAPER, is_dark=True, medium="print")
    assert chromium.value("document.documentElement.scrollWidth") == PAPER
    assert chromium.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert chromium.value(LOW_CONTRAST) == []
    assert chromium.value("[...document.querySelectorAll('details td')].every(e => e.getBoundingClientRect().height > 10)") is True
    paper = chromium.pdf()
    assert paper.startswith(b"%PDF-")
    assert 4 <= paper.count(b"/Type /Page\n") <= 20


def with_every_text(folder: Path, text: str) -> Path:
    """The page of this folder, with every text in it replaced but the name of the group of all."""

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: replaced(each) for key, each in value.items()}
        if isinstance(value, list):
            return [replaced(each) for each in value]
        return text if isinstance(value, str) and value != "all" else value

    for path in (folder / "metrics.json", folder / "grading.json"):
        path.write_text(json.dumps(replaced(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")
    return write_graded_page(folder)


@pytest.mark.parametrize("width", [DESK, TABLET, PHONE, PAPER])
def test_a_word_without_end_breaks(chromium: Any, write_graded_everything: Callable[[Path], Path], tmp_path: Path, width: int):
    page = with_every_text(write_graded_everything(tmp_path / "graded"), "pneumonoultramicroscopicsilicovolcanoconiosis" * 8)
    chromium.open(page, width=width, medium="print" if width == PAPER else "screen")
    assert chromium.value("document.documentElement.scrollWidth") == width


def test_what_others_wrote_does_nothing(chromium: Any, write_graded_everything: Callable[[Path], Path], tmp_path: Path):
    attack = (
        '"><script>window.attacked = 1</script><img src="x" onerror="window.attacked = 1"><svg onload="window.attacked = 1"></svg></style>'
    )
    page = with_every_text(write_graded_everything(tmp_path / "graded"), attack)
    chromium.open(page, width=PHONE)
    assert_quiet(chromium, page)
    assert chromium.value("window.attacked === undefined && document.scripts.length === 0 && document.images.length === 0") is True
    assert chromium.value("document.body.innerText.split('window.attacked = 1').length") > 60
