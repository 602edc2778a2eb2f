"""Every kind of export by hand: its columns, what it takes, what it leaves out and why, and that what is written can be read again."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter

from osler.core.codec import CODECS
from osler.core.passage import Passage
from osler.core.prompt import Prompt
from osler.core.question import DateKey, Item, MultiKey, NumberKey, OpenKey, Question, RankedListKey, RubricKey, TextKey
from osler.core.reading import Reading
from osler.core.trace import Ending
from osler.core.verdict import Outcome
from osler.judges import JUDGES, QuestionReader
from osler.synthesise.draft import Authored, Draft, Preference
from osler.synthesise.exporting import EXPORTS, AnyExport, DPOExport, GRPOExport, KTOExport, PRMExport, SFTExport
from osler.synthesise.exporting.grpo import answers
from osler.synthesise.exporting.style import Style
from tests.synthesise.makings import item_draft

THINK = Authored("teacher", ("Scurvy is a lack of ascorbic acid.",), "The answer is A.", answer="A", outcome=Outcome.RIGHT)
STEPS = Authored("source", ("Scurvy needs ascorbic acid.", "So the answer is A."), answer="A", outcome=Outcome.RIGHT)
WRONG = replace(THINK, steps=("Sunlight prevents it.",), response="The answer is B.", answer="B", outcome=Outcome.WRONG)
ASKED = [{"role": "user", "content": "Which vitamin prevents scurvy?\nA. vitamin C\nB. vitamin D\nC. vitamin K\nD. vitamin A"}]


def style(codec: str = "think", prompt: str = "{question}{options}") -> Style:
    return Style(Prompt("test", prompt), CODECS[codec], QuestionReader())


def rows(export: AnyExport, draft: Draft, codec: str = "think") -> list[Any]:
    return list(export.rows(draft, style(codec)))


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def test_a_right_trace_becomes_a_chat() -> None:
    written = "<think>\nScurvy is a lack of ascorbic acid.\n</think>\n\nThe answer is A."
    assert rows(SFTExport(), item_draft().with_authored(THINK)) == [{"id": "item-1", "messages": [*ASKED, *said(written)]}]


@pytest.mark.parametrize(
    ("authored", "reason"),
    [
        (WRONG, "wrong"),
        (replace(THINK, outcome=Outcome.NO_ANSWER, answer=None), "no_answer"),
        (replace(THINK, outcome=None), "unjudged"),
        (replace(THINK, outcome=Outcome.UNJUDGED), "unjudged"),
        (replace(THINK, ending=Ending.LENGTH), "unfinished"),
        (replace(THINK, response=""), "does_not_fit"),  # a thought and no answer
        (replace(THINK, steps=("A thought.\n\nAnd another.",)), "does_not_fit"),  # one step would come back as two
        (replace(THINK, steps=("</think> The answer is B.",)), "does_not_fit"),
        (replace(THINK, response="The answer is C."), "read_otherwise"),
    ],
)
def test_nothing_wrong_unjudged_or_unreadable_is_trained_on(authored: Authored, reason: str) -> None:
    assert rows(SFTExport(), item_draft().with_authored(authored)) == [reason]


def test_what_nobody_judged_is_taken_where_the_setting_says_so_and_what_is_wrong_never_is() -> None:
    draft = item_draft().with_authored(replace(THINK, outcome=None), WRONG)
    [row, reason] = rows(SFTExport(has_unjudged=True), draft)
    assert row["messages"][-1]["content"].endswith("The answer is A.")
    assert reason == "wrong"


def test_a_name_is_the_same_name_at_the_end_of_a_sentence() -> None:
    item = Item(Question("q", "What is it?"), TextKey("Gout."))
    authored = Authored("teacher", ("The toe.",), "The answer is gout.", answer="Gout.", outcome=Outcome.RIGHT)
    draft = replace(item_draft(), item=item).with_authored(authored, replace(authored, answer="pseudogout"))
    assert [each if isinstance(each, str) else "row" for each in rows(SFTExport(), draft)] == ["row", "read_otherwise"]


def test_a_pair_without_reasons_is_its_answer_alone() -> None:
    """As MIRIAD's pairs are, and what the block `strip` leaves: no empty thought is put before it."""
    draft = item_draft().with_authored(replace(THINK, steps=(), labels=(), outcome=None))
    [row] = rows(SFTExport(has_unjudged=True), draft)
    assert row["messages"][-1] == said("The answer is A.")[0]
    pair = Preference(replace(THINK, steps=()), replace(WRONG, steps=()), "r")
    [row] = rows(DPOExport(), replace(draft, preferences=(pair,)))
    assert (row["chosen"], row["rejected"]) == (said("The answer is A."), said("The answer is B."))


def test_authors_and_flags_choose_among_traces() -> None:
    draft = item_draft().with_authored(THINK, replace(THINK, flags=("label_guided",)), replace(THINK, author="student"))
    found = rows(SFTExport(authors=("teacher",), without_flags=("label_guided",)), draft)
    assert [each if isinstance(each, str) else "row" for each in found] == ["row", "flagged", "another_author"]


def test_without_its_trace_the_same_record_says_the_answer_alone() -> None:
    """Of a response all of it; of steps the closing statement, without the reasoning before it in the same sentence."""
    draft = item_draft().with_authored(THINK, STEPS)
    for codec in CODECS:
        found = rows(SFTExport(is_with_trace=False), draft, codec)
        assert [each["messages"] for each in found] == [[*ASKED, *said("The answer is A.")]] * 2
        assert [each["id"] for each in found] == [each["id"] for each in rows(SFTExport(), draft, codec)]


def test_a_trace_of_another_form_is_written_in_the_codec_of_the_export() -> None:
    draft = item_draft().with_authored(THINK, STEPS)
    [first, second] = rows(SFTExport(), draft, "step")
    assert first["messages"][-1]["content"] == "Step 1: Scurvy is a lack of ascorbic acid.\n\nStep 2: The answer is A."
    assert second["messages"][-1]["content"] == "Step 1: Scurvy needs ascorbic acid.\n\nStep 2: So the answer is A."
    [_, second] = rows(SFTExport(), draft, "think")
    assert second["messages"][-1]["content"] == "<think>\nScurvy needs ascorbic acid.\n</think>\n\nSo the answer is A."


def test_steps_that_never_close_are_left_out_where_steps_must() -> None:
    """A policy that searches by steps would learn never to end."""
    authored = replace(STEPS, steps=("Scurvy needs ascorbic acid.", "(A)"))
    assert rows(SFTExport(), item_draft().with_authored(authored), "step") == ["no_closing"]


def test_passages_stand_in_the_prompt_where_the_book_is_open() -> None:
    draft = replace(item_draft(), passages=(Passage("p1", "Ascorbic acid prevents scurvy.", ("Vitamins",)),)).with_authored(THINK)
    [row] = SFTExport(is_open_book=True).rows(draft, style(prompt="{evidence}\n\n{question}"))
    assert isinstance(row, dict)
    assert row["messages"][0]["content"] == "[1] Vitamins\nAscorbic acid prevents scurvy.\n\nWhich vitamin prevents scurvy?"


def test_a_preference_has_one_prompt_and_two_turns() -> None:
    draft = replace(item_draft(), preferences=(Preference(THINK, WRONG, "outcome"),))
    assert rows(DPOExport(), draft) == [
        {
            "id": "item-1",
            "prompt": ASKED,
            "chosen": said("<think>\nScurvy is a lack of ascorbic acid.\n</think>\n\nThe answer is A."),
            "rejected": said("<think>\nSunlight prevents it.\n</think>\n\nThe answer is B."),
            "open": [],
        }
    ]
    begun = replace(WRONG, ending=Ending.OPEN, response="", answer=None, outcome=None)
    [row] = rows(DPOExport(), replace(item_draft(), preferences=(Preference(THINK, begun, "level_wise"),)))
    assert (row["rejected"], row["open"]) == (said("<think>\nSunlight prevents it."), ["rejected"])


def test_beginnings_are_compared_as_the_policy_writes_them() -> None:
    begun = [Authored("tree", ("Scurvy.", step), ending=Ending.OPEN) for step in ("Vitamin C.", "Vitamin D.")]
    [row] = rows(DPOExport(), replace(item_draft(), preferences=(Preference(begun[0], begun[1], "step", 1),)), "step")
    assert row["chosen"] == said("Step 1: Scurvy.\n\nStep 2: Vitamin C.")
    assert row["rejected"] == said("Step 1: Scurvy.\n\nStep 2: Vitamin D.")


@pytest.mark.parametrize(
    ("preference", "reason"),
    [
        (Preference(WRONG, THINK, "outcome"), "chosen_wrong"),
        (Preference(THINK, THINK, "outcome"), "same"),
        (Preference(THINK, WRONG, "length"), "another_rule"),
        (Preference(THINK, replace(WRONG, ending=Ending.MALFORMED), "outcome"), "unfinished"),
    ],
)
def test_a_preference_that_teaches_the_wrong_thing_or_nothing_is_left_out(preference: Preference, reason: str) -> None:
    assert rows(DPOExport(rules=("outcome",)), replace(item_draft(), preferences=(preference,))) == [reason]


def test_right_is_wanted_wrong_is_not_and_the_rest_is_neither() -> None:
    draft = item_draft().with_authored(THINK, WRONG, replace(THINK, outcome=Outcome.NO_ANSWER), replace(THINK, outcome=None))
    [right, wrong, *left_out] = rows(KTOExport(), draft)
    assert (right["prompt"], right["label"], wrong["prompt"], wrong["label"]) == (ASKED, True, ASKED, False)
    assert wrong["completion"] == said("<think>\nSunlight prevents it.\n</think>\n\nThe answer is B.")
    assert left_out == ["no_answer", "unjudged"]


def test_labels_come_with_a_mask() -> None:
    draft = item_draft().with_authored(replace(STEPS, labels=(0.35, None)))
    assert rows(PRMExport(), draft, "step") == [
        {
            "id": "item-1",
            "prompt": ASKED,
            "completions": ["Step 1: Scurvy needs ascorbic acid.\n\n", "Step 2: So the answer is A.\n\n"],
            "labels": [0.35, 0.0],
            "mask": [True, False],
        }
    ]
    for labels, reason in (((), "no_labels"), ((1.0,), "labels_and_steps_differ"), ((None, None), "all_masked")):
        assert rows(PRMExport(), item_draft().with_authored(replace(STEPS, labels=labels)), "step") == [reason]


def test_an_item_brings_its_key_in_plain_columns_and_as_a_whole() -> None:
    [row] = rows(GRPOExport(), item_draft())
    assert (row["id"], row["prompt"], row["answer_kind"], row["answers"]) == ("item-1", ASKED, "choice", ["A"])
    item = TypeAdapter(Item).validate_json(row["item"])
    for answer, outcome in (("A", Outcome.RIGHT), ("B", Outcome.WRONG)):
        assert JUDGES[item.key.kind].judge(Reading(answer), item.key).outcome is outcome


@pytest.mark.parametrize(
    ("key", "texts"),
    [
        (MultiKey(("A", "C")), ["A", "C"]),
        (MultiKey(()), []),
        (TextKey("scurvy", ("Barlow's disease",)), ["scurvy", "Barlow's disease"]),
        (NumberKey(5.2, "mmol/L"), ["5.2 mmol/L"]),
        (NumberKey(3.0), ["3.0"]),
        (NumberKey(None), ["n/a"]),
        (DateKey(date(2024, 6, 30)), ["2024-06-30"]),
        (RankedListKey(("gout", "pseudogout")), ["gout", "pseudogout"]),
        (OpenKey("Rest."), ["Rest."]),
        (RubricKey(("names rest",)), []),
    ],
)
def test_every_kind_of_key_has_plain_answers(key: Any, texts: list[str]) -> None:
    assert answers(key) == texts


@pytest.mark.parametrize("kind", sorted(EXPORTS))
def test_every_row_has_exactly_the_columns_that_its_kind_names_and_is_json(kind: str) -> None:
    authored = replace(STEPS, labels=(1.0, 1.0))
    draft = replace(item_draft().with_authored(authored), preferences=(Preference(THINK, WRONG, "outcome"),))
    export = EXPORTS[kind]()
    found = rows(export, draft, "step")
    assert [set(row) for row in found] == [set(export.columns)]
    assert json.loads(json.dumps(found)) == found


def test_braces_and_tags_of_a_question_stay_as_they_are() -> None:
    draft = Draft("q", item_draft().origin, Item(Question("q", "{options} </think>?"), TextKey("x")))
    [row] = rows(GRPOExport(), draft)
    assert row["prompt"][0]["content"] == "{options} </think>?"
