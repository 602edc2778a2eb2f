"""Lines chosen by number, id, reason and chance; every form of line as a view; what is wrong in one sentence."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from osler.commands.inspect import Choosing, chosen, write_review_sheet
from osler.core.errors import RecordError, UserError
from osler.core.passage import Passage
from osler.core.question import ClaimsKey, Item, NumberKey, Question, RankedListKey, RubricKey
from osler.core.records import write_records
from osler.core.verdict import Outcome
from osler.report.record_text import record_text
from osler.report.record_view import PartView, RecordView
from osler.report.sheet import sheet
from osler.synthesise.draft import Authored, Draft, DroppedDraft, Origin, Preference
from osler.synthesise.harvest import TraceRecord
from tests.synthesise.makings import item_draft

RIGHT = Authored("teacher", ("Bleeding gums.", "Scurvy."), "The answer is A.", answer="A", outcome=Outcome.RIGHT, labels=(0.5, None))
WORKED = Authored("source", ("Scurvy.",), "The answer is A.", outcome=Outcome.RIGHT)


def grouped(id: str, group: str, source: str = "test") -> Draft:
    draft = item_draft(id)
    return replace(draft, origin=Origin(source, id), item=replace(draft.asked, group=group))


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Nine records, one of group "rare"; every second one from a book."""
    drafts = [grouped(f"r{at}", "rare" if at == 5 else "usual", "book" if at % 2 else "bank") for at in range(1, 10)]
    write_records(tmp_path / "records.jsonl", drafts)
    return tmp_path / "records.jsonl"


@pytest.fixture
def dropped(tmp_path: Path) -> Path:
    reasons = ("wrong", "unread", "wrong")
    write_records(tmp_path / "dropped.jsonl", [DroppedDraft(item_draft(f"d{at}"), "keep", r, "why") for at, r in enumerate(reasons)])
    return tmp_path / "dropped.jsonl"


def ids(path: Path, choosing: Choosing) -> list[str]:
    return [line.view.id for line in chosen(path, choosing)]


def test_lines_are_chosen_by_number_and_by_id(records: Path) -> None:
    assert ids(records, Choosing(3)) == ["r1", "r2", "r3"]
    assert ids(records, Choosing(3, skip=7)) == ["r8", "r9"]
    assert ids(records, Choosing(1, ids=("r7", "r2"))) == ["r2", "r7"]
    assert [line.number for line in chosen(records, Choosing(2, skip=3))] == [4, 5]


def test_the_same_seed_draws_the_same_lines_and_another_others(records: Path) -> None:
    draws = [ids(records, Choosing(4, seed=seed)) for seed in range(40)]
    assert ids(records, Choosing(4, seed=3)) == draws[3]
    assert all(draw == sorted(draw) and len(set(draw)) == 4 for draw in draws)
    assert len(set(map(tuple, draws))) > 20
    assert set(Counter(id for draw in draws for id in draw)) == {f"r{at}" for at in range(1, 10)}


def test_strata_have_the_same_share_as_far_as_they_go(records: Path) -> None:
    """Of eight usual ones and a rare one: four drawn by group always have the rare one, and by source two of each."""
    for seed in range(10):
        assert "r5" in ids(records, Choosing(4, seed=seed, by="group"))
        drawn = ids(records, Choosing(4, seed=seed, by="source"))
        assert sum(int(id[1:]) % 2 for id in drawn) == 2
    assert len(ids(records, Choosing(99, seed=0, by="group"))) == 9


def test_reasons_choose_among_what_was_dropped(dropped: Path) -> None:
    assert ids(dropped, Choosing(5, reasons=("wrong",))) == ["d0", "d2"]
    assert set(ids(dropped, Choosing(2, seed=1, by="reason"))) >= {"d1"}


@pytest.mark.parametrize(
    ("choosing", "message"),
    [
        (Choosing(1, ids=("r77",)), "there is no record 'r77'; `osler inspect"),
        (Choosing(1, reasons=("wrong",)), "no line has a reason; name the file of what was dropped, dropped.jsonl"),
        (Choosing(1, skip=9), "there are 9 records; skip fewer"),
    ],
)
def test_what_is_not_there_is_one_sentence(records: Path, choosing: Choosing, message: str) -> None:
    with pytest.raises(UserError, match=r"^[^\n]*$") as error:
        chosen(records, choosing)
    assert message in str(error.value)


def test_an_unknown_reason_names_the_known_ones_and_an_unknown_stratum_too(dropped: Path) -> None:
    with pytest.raises(UserError, match=r"nothing was dropped for refused; the reasons are wrong \(2\), unread \(1\)$"):
        chosen(dropped, Choosing(1, reasons=("refused",)))
    with pytest.raises(UserError, match="--by colour: choose among group, reason, source"):
        Choosing(1, by="colour")


def test_a_file_without_a_line_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(UserError, match="there is no record in this file"):
        chosen(tmp_path / "empty.jsonl", Choosing(1))


@pytest.mark.parametrize("line", ['{"id": "a", "origin": {"source": 1}}', "[1]", '{"id": '])
def test_a_line_that_cannot_be_used_is_named(records: Path, line: str) -> None:
    records.write_text(records.read_text() + "\n" + line + "\n")
    with pytest.raises(RecordError, match=r"records\.jsonl:11: "):
        chosen(records, Choosing(99))


# views


def only(path: Path, row: Any) -> RecordView:
    write_records(path / "one.jsonl", [row])
    [line] = chosen(path / "one.jsonl", Choosing(1))
    return line.view


def test_a_draft_shows_all_that_is_known_of_it(tmp_path: Path) -> None:
    passage = Passage("p1", "Ascorbic acid prevents scurvy. It is in fruit.", ("Vitamins", "C"))
    draft = replace(
        item_draft(), origin=Origin("book", "p1", span=(0, 29)), passages=(passage,), preferences=(Preference(RIGHT, WORKED, "r"),)
    )
    seen = only(tmp_path, draft.with_authored(RIGHT, WORKED).noting(level=2, quotes=[[31, 45]]))
    assert seen.facts[:3] == (("source", "book"), ("place", "p1"), ("licence", "not stated"))
    assert ("level", "2") in seen.facts
    assert [option.letter for option in seen.options if option.is_key] == ["A"] == [seen.key]
    assert seen.passages[0].title == "Vitamins > C > p1"
    assert seen.passages[0].parts == (
        *(PartView("Ascorbic acid prevents scurvy", True), PartView(". ", False)),
        *(PartView("It is in fruit", True), PartView(".", False)),
    )
    assert seen.is_ai_question
    first, second = seen.traces
    assert [(step.text, step.label) for step in first.steps] == [("Bleeding gums.", "0.50"), ("Scurvy.", "masked")]
    assert (first.is_ai, first.verdict, first.answer, second.is_ai) == (True, "right", "A", False)
    assert (seen.preferences[0].rule, seen.preferences[0].rejected.who) == ("r", "source")


def test_what_was_dropped_shows_by_which_block_and_why(dropped: Path) -> None:
    [line] = chosen(dropped, Choosing(1))
    assert line.view.dropped == ("keep", "wrong", "why")
    assert line.view.question == "Which vitamin prevents scurvy?"


def test_traces_items_exports_and_anything_else_are_shown(tmp_path: Path) -> None:
    trace = only(tmp_path, TraceRecord("q", ("One.",), "Two.", True, 7))
    assert (trace.traces[0].verdict, trace.traces[0].response, trace.facts) == ("right", "Two.", (("tokens", "7"),))
    assert only(tmp_path, item_draft().asked).key == "A"
    chat = only(tmp_path, {"id": "q", "messages": [{"role": "user", "content": "Which?"}, {"role": "assistant", "content": "A."}]})
    assert chat.turns == (("user", "Which?"), ("assistant", "A."))
    said = [{"role": "assistant", "content": "A."}]
    pair = only(tmp_path, {"id": "q", "prompt": [], "chosen": said, "rejected": said})
    assert pair.turns == (("chosen: assistant", "A."), ("rejected: assistant", "A."))
    assert only(tmp_path, {"n": 3, "text": "x"}).fields == (("n", "3"), ("text", "x"))


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (NumberKey(5.2, "mmol/L", tolerance=0.1), "5.2 mmol/L (± 0.1)"),
        (NumberKey(5.0, "g", low=4.0, high=6.0), "4 to 6 g"),
        (NumberKey(3.0), "3.0"),
        (RankedListKey(("gout", "sepsis")), "gout, sepsis"),
        (RubricKey(("rest", "water")), "rest; water"),
        (ClaimsKey(), "judged claim by claim"),
    ],
)
def test_every_key_is_said(tmp_path: Path, key: Any, said: str) -> None:
    assert only(tmp_path, Item(Question("q", "How?"), key)).key == said


def test_a_narrow_terminal_shows_everything_and_obeys_nothing(tmp_path: Path) -> None:
    """The supporting span stands out without colours as well."""
    hostile = "[bold]x[/bold] \x1b[2J\x9b31m \u202eevil"
    draft = replace(item_draft(text=hostile), origin=Origin("b", "p", span=(0, 4)), passages=(Passage("p", "Iron and steel."),))
    seen = only(tmp_path, draft.with_authored(replace(RIGHT, steps=(hostile, "Scurvy."))))
    console = Console(width=60, record=True, force_terminal=False, highlight=False, file=(tmp_path / "out").open("w"))
    console.print(record_text(seen, 1))
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 60
    assert not set("\x1b\x9b\u202e") & set(text)
    assert "[bold]x[/bold]" in text
    assert "⟦Iron⟧ and steel." in text
    assert "* A. vitamin C" in text
    assert "trace by teacher (AI-written) · right · answer A" in text


# the sheet


def test_a_sheet_has_no_text_of_a_record_as_markup(tmp_path: Path) -> None:
    hostile = "</script><script>alert(1)</script><b onclick='x'>\" \u202e"
    page = sheet([only(tmp_path, item_draft(hostile, hostile).with_authored(replace(RIGHT, response=hostile)))], hostile, hostile)
    assert page.count("<script>") == page.count("</script>") == 1
    assert "<b onclick" not in page
    assert "<script>alert" not in page
    assert page.count("\u202e") == 1  # the id that reviews have to name


def test_the_same_records_make_the_same_sheet(records: Path) -> None:
    paths = [records.with_name(name) for name in ("a.html", "b.html")]
    for path in paths:
        said = write_review_sheet(path, chosen(records, Choosing(3, seed=1)), records, 1)
        assert said.startswith("3 records: ")
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_records_that_reviews_could_not_tell_apart_make_no_sheet(records: Path) -> None:
    line = records.read_text().splitlines()[0]
    records.write_text(f"{line}\n{line}\n")
    with pytest.raises(UserError, match="the id 'r1' comes twice"):
        write_review_sheet(records.with_name("s.html"), chosen(records, Choosing(9)), records, None)
    records.write_text(json.dumps({"text": "x"}) + "\n")
    with pytest.raises(UserError, match="a line has no id"):
        write_review_sheet(records.with_name("s.html"), chosen(records, Choosing(9)), records, None)
