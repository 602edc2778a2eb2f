"""What a synthesis is against: copies and near copies are found both ways round, and what merely sounds alike is not."""

import json
from pathlib import Path

import pytest

from osler.core.errors import UserError
from osler.stages.overlapping import overlapping_of

KNEE = "A 45 year old farmer has had a swollen knee since harvest and now cannot bend it; what is the next step in care?"
RASH = "A 7 year old girl comes home from camp with a ring of red around a tick bite; which drug does she need first?"
COUGH = "A retired miner coughs up blood every winter and has lost twelve pounds; which scan shows the reason best?"


@pytest.fixture
def items(tmp_path: Path) -> Path:
    asked = {"knee": KNEE, "rash": RASH}
    lines = [
        {"question": {"id": id, "text": text, "options": {"A": "rest", "B": "work"}}, "key": {"kind": "choice", "letters": ["A"]}}
        for id, text in asked.items()
    ]
    path = tmp_path / "items.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_copies_near_copies_and_texts_around_an_item_are_found(items: Path) -> None:
    texts = [
        ("copy", KNEE),
        ("near", KNEE.replace("swollen knee", "swollen left knee")),
        ("around", f"{COUGH} He keeps bees and was never abroad. {RASH} Nobody knows, he says, and goes back to his hives."),
        ("again around", f"It was late in the year when the letter came, with no stamp on it. {RASH} So it said, and that was all of it."),
        ("own", COUGH),
    ]
    assert overlapping_of([str(items)])(texts) == {"copy": "knee", "near": "knee", "around": "rash", "again around": "rash"}


def test_nothing_is_found_where_nothing_is(items: Path) -> None:
    overlapping = overlapping_of([str(items)])
    assert overlapping([]) == {}
    assert overlapping([("own", COUGH)]) == {}


def test_sets_without_items_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("", encoding="utf-8")
    for name, what in (("none", "there is no item in it"), ("gone", "there is no such file")):
        with pytest.raises(UserError, match=rf"{name}\.jsonl: {what}"):
            overlapping_of([str(tmp_path / f"{name}.jsonl")])
