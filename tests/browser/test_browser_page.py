"""The page as people see it: in a real browser, on a desk and on a phone, by day and by night, and on paper."""

import base64
import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from osler.report.page import write_page

pytestmark = pytest.mark.slow

DESK, PHONE, PAPER = 1280, 390, 700
"""Widths in CSS pixels; paper is A4 within Chromium's margins."""

WRONG = ("Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")

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

GREYS = """(() => {
  const canvas = document.createElement('canvas').getContext('2d');
  return [...document.querySelectorAll('.scored')].map((element) => {
    canvas.fillStyle = getComputedStyle(element).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return 0.3 * r + 0.59 * g + 0.11 * b;
  });
})()"""

COLOURS = """(async () => {
  const image = new Image();
  image.src = 'data:image/png;base64,%s';
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const data = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  const counts = new Map();
  for (const pixel of data) counts.set(pixel, (counts.get(pixel) || 0) + 1);
  const hex = (p) => '#' + [p & 255, (p >> 8) & 255, (p >> 16) & 255].map((c) => c.toString(16).padStart(2, '0')).join('');
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]).slice(0, 200).map(([p, n]) => [hex(p), n / data.length]));
})()"""


@pytest.fixture(scope="module")
def page(write_everything: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(write_everything(tmp_path_factory.mktemp("page") / "demo-3f2a9c"))


def with_every_text(folder: Path, text: str) -> Path:
    """The page of this run, with every text in it replaced but those that are names of ours."""
    kept = {"rule", "outcome", "step_truths", "ending", "kind", "id", "group"}

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: each if key in kept else replaced(each) for key, each in value.items()}
        if isinstance(value, list):
            return [replaced(each) for each in value]
        return text if isinstance(value, str) else value

    for path in (folder / "metrics.json", folder / "manifest.json", *folder.rglob("*.jsonl")):
        records = [replaced(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    (folder / "recipe.yaml").write_text(text, encoding="utf-8")
    return write_page(folder)


def assert_fits(chromium: Any, width: int) -> None:
    assert chromium.value("document.documentElement.scrollWidth") == width


def assert_quiet(chromium: Any, page: Path) -> None:
    """Nothing went wrong, and nothing was asked for but the page itself."""
    chromium.value("new Promise((resolve) => setTimeout(resolve, 200))")
    wrong = [
        event
        for event in chromium.events
        if event["method"] in ("Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")
    ]
    assert wrong == []
    asked = {event["params"]["request"]["url"] for event in chromium.events if event["method"] == "Network.requestWillBeSent"}
    assert asked - {"data:,"} == {page.resolve().as_uri()}


def colours(chromium: Any, blank: Path, *, width: int, is_dark: bool) -> dict[str, float]:
    """The share of each colour in the picture of the top of what is open now; the most common first."""
    picture = base64.b64encode(chromium.screenshot()).decode()
    chromium.open(blank, width=width, is_dark=is_dark)
    return chromium.value(COLOURS % picture)


@pytest.mark.parametrize("width", [DESK, 760, PHONE, 320])
@pytest.mark.parametrize("is_dark", [False, True])
def test_the_page_fits_and_can_be_read(chromium: Any, page: Path, width: int, is_dark: bool):
    chromium.open(page, width=width, is_dark=is_dark)
    assert_fits(chromium, width)
    assert_quiet(chromium, page)
    assert chromium.value(LOW_CONTRAST) == []
    assert chromium.value("document.querySelectorAll('section').length") == 11


@pytest.mark.parametrize(("is_dark", "ground", "bar"), [(False, "#ffffff", "#a9cfdb"), (True, "#14181b", "#2c5a69")])
def test_the_picture_has_its_ground_its_bars_and_its_text(chromium: Any, page: Path, tmp_path: Path, is_dark: bool, ground: str, bar: str):
    blank = tmp_path / "blank.html"
    blank.write_text("<!DOCTYPE html><title>blank</title>")
    chromium.open(page, width=DESK, is_dark=is_dark)
    shares = colours(chromium, blank, width=DESK, is_dark=is_dark)
    assert next(iter(shares)) == ground
    assert 0.5 < shares[ground] < 0.97
    assert shares[bar] > 0.001


@pytest.mark.parametrize(("width", "shown"), [(DESK, "wide"), (PHONE, "narrow")])
def test_one_chart_is_shown_and_no_name_in_it_covers_another(chromium: Any, page: Path, width: int, shown: str):
    chromium.open(page, width=width)
    assert chromium.value("[...document.querySelectorAll('.chart')].filter(e => e.checkVisibility()).map(e => e.classList[1])") == [shown]
    boxes = chromium.value(
        f"""(() => {{ const chart = document.querySelector('.chart.{shown}').getBoundingClientRect();
        return [...document.querySelectorAll('.chart.{shown} .s-name')].map(e => {{ const r = e.getBoundingClientRect();
        return [e.textContent, r.left - chart.left, r.right - chart.left, r.top, r.bottom, chart.width]; }}) }})()"""
    )
    assert len(boxes) == 8
    for (first, left, right, top, bottom, _), (second, left_2, right_2, top_2, bottom_2, _) in combinations(boxes, 2):
        across, down = min(right, right_2) - max(left, left_2), min(bottom, bottom_2) - max(top, top_2)
        assert across <= 1 or down <= 3, (first, second)  # a box of text has a little air above and below
    assert all(left >= 0 and right <= width_of_chart + 1 for _, left, right, *_, width_of_chart in boxes)


def test_the_score_of_a_step_is_told_by_its_ground(chromium: Any, page: Path):
    """The lower the score, the darker: so that it is seen in grey as well."""
    chromium.open(page, width=DESK)
    greys = chromium.value(GREYS)[:2]
    assert greys[0] > greys[1] + 25  # scores 0.91 and 0.09
    width = chromium.value("document.querySelector('.scored .meter > span').getBoundingClientRect().width")
    assert width == pytest.approx(0.91 * 54, abs=1)


def test_a_tree_unfolds(chromium: Any, page: Path):
    leaf = "[...document.querySelectorAll('.tree:not([open]) .leaf')].at(-1)"
    chromium.open(page, width=PHONE)
    chromium.value(f"(() => {{ window.leaf = {leaf}; }})()")
    assert chromium.value("window.leaf.checkVisibility({contentVisibilityAuto: true})") is False
    chromium.value("window.leaf.closest('.tree').querySelector('summary').click()")
    assert chromium.value("window.leaf.closest('.tree').open && window.leaf.checkVisibility()") is True
    assert_fits(chromium, PHONE)


def test_paper_is_white_and_has_everything(chromium: Any, page: Path):
    chromium.open(page, width=PAPER, is_dark=True, medium="print")
    assert_fits(chromium, PAPER)
    assert chromium.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert chromium.value(LOW_CONTRAST) == []
    assert chromium.value("[...document.querySelectorAll('.leaf')].every(e => e.getBoundingClientRect().height > 10)") is True
    assert chromium.value("document.querySelector('nav').checkVisibility()") is False
    paper = chromium.pdf()
    assert paper.startswith(b"%PDF-")
    assert 4 <= paper.count(b"/Type /Page\n") <= 20


@pytest.mark.parametrize("width", [DESK, PHONE, PAPER])
def test_a_word_without_end_breaks(chromium: Any, write_everything: Callable[[Path], Path], tmp_path: Path, width: int):
    page = with_every_text(write_everything(tmp_path / "run"), "pneumonoultramicroscopicsilicovolcanoconiosis" * 8)
    chromium.open(page, width=width, medium="print" if width == PAPER else "screen")
    assert_fits(chromium, width)


def test_what_a_model_wrote_does_nothing(chromium: Any, write_everything: Callable[[Path], Path], tmp_path: Path):
    attack = (
        '"><script>window.attacked = 1</script><img src="x" onerror="window.attacked = 1"><svg onload="window.attacked = 1"></svg></style>'
    )
    page = with_every_text(write_everything(tmp_path / "run"), attack)
    chromium.open(page, width=PHONE)
    assert_quiet(chromium, page)
    assert chromium.value("window.attacked === undefined && document.scripts.length === 0 && document.images.length === 0") is True
    assert chromium.value("document.body.innerText.split('window.attacked = 1').length") > 300
