"""The sheet for review in a real browser: judged by mouse and by keys, kept over a reload, downloaded, read back; hostile text is text."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from osler.commands.inspect import Choosing, chosen, write_review_sheet
from osler.commands.reviews import Review, read_reviews
from osler.core.passage import Passage
from osler.core.records import write_records
from osler.core.verdict import Outcome
from osler.synthesise.draft import Authored, Origin, Preference
from tests.synthesise.makings import item_draft

pytestmark = pytest.mark.slow

HOSTILE = "</script><script>window.hit = 1</script><img src=x onerror='window.hit = 1'>\u202egnp \x1b[31m {{ 7 * 7 }}"
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
  return [...document.querySelectorAll('body *')].filter((element) => {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility()) return false;
    const [a, b] = [rgb(getComputedStyle(element).color), ground(element)].map((c) => light(c.slice(0, 3)));
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5;
  }).map((element) => element.outerHTML.slice(0, 200));
})()"""


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Three records, the second of them as hostile as text can be, its id too."""
    right = Authored(
        "teacher", ("Bleeding gums suggest scurvy.", HOSTILE), "The answer is A.", answer="A", outcome=Outcome.RIGHT, labels=(0.5, None)
    )
    wrong = Authored("student", ("Sunlight prevents it.",), "The answer is B.", answer="B", outcome=Outcome.WRONG)
    drafts = []
    for number, id in enumerate(("book-1", f"book-2{HOSTILE}", "book-3")):
        passage = Passage(f"p{number}", f"Ascorbic acid prevents scurvy. {HOSTILE}", ("Vitamins",))
        origin = Origin("book", passage.id, "CC BY 4.0", span=(0, 29))
        preferences = (Preference(right, wrong, "outcome"),)
        draft = replace(item_draft(id, f"Which vitamin? {HOSTILE}"), origin=origin, passages=(passage,), preferences=preferences)
        drafts.append(draft.with_authored(right, wrong).noting(remark=HOSTILE))
    write_records(tmp_path / "records.jsonl", drafts)
    return tmp_path / "records.jsonl"


@pytest.fixture
def sheet(chromium: Any, records: Path) -> Iterator[Path]:
    path = records.with_name("sheet.html")
    write_review_sheet(path, chosen(records, Choosing(3)), records, None)
    yield path
    chromium.open(path, width=1280)
    chromium.value("localStorage.clear()")


def assert_quiet(chromium: Any, sheet: Path) -> None:
    wrong = ("Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")
    assert [event for event in chromium.events if event["method"] in wrong] == []
    asked = {event["params"]["request"]["url"] for event in chromium.events if event["method"] == "Network.requestWillBeSent"}
    assert asked - {"data:,"} == {sheet.resolve().as_uri()}


@pytest.mark.parametrize("width", [1280, 760, 390, 320])
@pytest.mark.parametrize("is_dark", [False, True])
def test_it_fits_and_can_be_read_and_hostile_text_is_text(chromium: Any, sheet: Path, width: int, is_dark: bool) -> None:
    chromium.open(sheet, width=width, is_dark=is_dark)
    assert chromium.value("document.documentElement.scrollWidth") == width
    assert chromium.value(LOW_CONTRAST) == []
    assert chromium.value("window.hit === undefined && document.querySelectorAll('img').length === 0")
    assert chromium.value("document.body.textContent.includes('\\u202e')") is False
    assert "{{ 7 * 7 }}" in chromium.value("document.querySelector('article').textContent")
    assert chromium.value("document.querySelector('mark').textContent") == "Ascorbic acid prevents scurvy"
    assert "AI-written" in chromium.value("document.querySelector('article').textContent")
    assert "No medical device" in chromium.value("document.querySelector('header').textContent")
    assert_quiet(chromium, sheet)


def test_everything_that_can_be_filled_in_has_a_name(chromium: Any, sheet: Path) -> None:
    chromium.open(sheet, width=1280)
    nodes = chromium.send("Accessibility.getFullAXTree")["nodes"]
    roles = ("radio", "textbox", "button", "checkbox", "article", "group")
    named = [(node["role"]["value"], node["name"]["value"]) for node in nodes if not node.get("ignored") and node["role"]["value"] in roles]
    assert len(named) >= 3 * 5
    assert [each for each in named if not each[1]] == []
    assert ("group", "Your verdict on record 2") in named


def press(chromium: Any, text: str) -> None:
    for key in text:
        chromium.send("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        chromium.send("Input.dispatchKeyEvent", type="keyUp", key=key)


def test_reviews_by_mouse_and_by_keys_survive_a_reload_and_are_read_back(chromium: Any, sheet: Path, records: Path, tmp_path: Path) -> None:
    chromium.open(sheet, width=1280)
    chromium.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path / "down"))
    chromium.value("document.getElementById('download').click()")
    assert "enter your name" in chromium.value("document.getElementById('state').textContent")
    press(chromium, "Ada dk")  # typed into the field that was focused: no key of the sheet
    assert chromium.value("document.querySelectorAll('input[type=radio]:checked').length") == 0
    chromium.value("document.querySelector('#record-1 input[value=keep]').click(); document.activeElement.blur()")
    press(chromium, "n")
    press(chromium, "n")
    assert chromium.value("document.activeElement.id") == "record-2"
    press(chromium, "d")
    press(chromium, "c")
    press(chromium, 'nonsense "<b>"')
    assert chromium.value("document.getElementById('record-2').className") == "case is-drop"
    assert chromium.value("document.getElementById('state').textContent") == "2 of 3 judged"

    chromium.open(sheet, width=1280)
    assert chromium.value("document.getElementById('state').textContent") == "2 of 3 judged"
    assert chromium.value("document.getElementById('comment-2').value") == 'nonsense "<b>"'
    chromium.value("document.getElementById('download').click()")
    [file] = wait_for(tmp_path / "down")
    assert file.name == "reviews-Ada-dk.jsonl"
    hostile = json.loads(records.read_text().splitlines()[1])["id"]
    assert read_reviews([file], records) == [Review("book-1", "keep", "Ada dk"), Review(hostile, "drop", "Ada dk", 'nonsense "<b>"')]


def wait_for(folder: Path) -> list[Path]:
    """The files of a folder, once none is still coming."""
    for _ in range(300):
        files = list(folder.iterdir()) if folder.is_dir() else []
        if files and not any(file.suffix == ".crdownload" for file in files) and all(file.stat().st_size for file in files):
            return files
        time.sleep(0.1)
    raise AssertionError("nothing was downloaded within 30 s")


def test_letters_can_be_switched_off(chromium: Any, sheet: Path) -> None:
    chromium.open(sheet, width=1280)
    chromium.value("document.getElementById('letters').click(); document.activeElement.blur()")
    press(chromium, "k")
    assert chromium.value("document.querySelectorAll('input[type=radio]:checked').length") == 0


def test_it_prints_with_the_boxes_and_without_what_only_works_on_a_screen(chromium: Any, sheet: Path) -> None:
    chromium.open(sheet, width=700, medium="print")
    assert chromium.value("document.querySelector('.bar').checkVisibility()") is False
    assert chromium.value("document.querySelector('fieldset').checkVisibility()") is True
    assert chromium.value("document.documentElement.scrollWidth") <= 700
    assert chromium.pdf().startswith(b"%PDF")
