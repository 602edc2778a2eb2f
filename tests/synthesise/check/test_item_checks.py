"""Answerable, closed book and one right: who has to agree with the key, how often, and what is said where nobody does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from osler.core.model import Request
from osler.core.passage import Passage
from osler.core.question import ChoiceKey
from osler.synthesise.check.answerable import Answerable
from osler.synthesise.check.closed_book import ClosedBook
from osler.synthesise.check.one_right import OneRight
from osler.synthesise.check.turning import turned, unturned
from osler.synthesise.draft import Draft, DroppedDraft
from tests.synthesise.makings import item_draft, through

TEXT = "Scurvy follows a lack of vitamin C."


def draft_with_passage() -> Draft:
    made = item_draft()
    return Draft(made.id, made.origin, made.item, (Passage("book/1", TEXT),))


def says(*texts: str) -> Callable[[Request], str]:
    """The letter of a text, whatever it is called in the request; one text after another."""
    asked: list[Request] = []

    def reply(request: Request) -> str:
        asked.append(request)
        lines = request.messages[-1].content.splitlines()
        [letter] = [line[0] for line in lines if line[1:2] == "." and line[3:] == texts[len(asked) - 1]]
        return f"<think>\nIt fits.\n</think>\n\nThe answer is {letter}."

    return reply


def always(letter: str) -> Callable[[Request], str]:
    return lambda _: f"<think>\nThe book says so.\n</think>\n\nThe answer is {letter}."


def one(block: Any, draft: Draft, reply: Callable[[Request], str], prompt: str = "plain") -> Draft | DroppedDraft:
    [made] = through([block], [draft], {block.role: reply}, prompt=prompt)
    return made


def test_options_turn_by_a_letter_and_back() -> None:
    item = item_draft().asked
    once = turned(item, 1)
    assert list(once.question.options.values()) == ["vitamin A", "vitamin C", "vitamin D", "vitamin K"]
    assert once.key == ChoiceKey(("B",))
    assert turned(item, 4) == item
    assert [unturned(letter, item, 1) for letter in "ABCD"] == ["D", "A", "B", "C"]
    assert unturned("", item, 1) == ""


def test_who_reads_the_passage_and_agrees_with_the_key_lets_an_item_pass() -> None:
    asked: list[str] = []
    reply = says("vitamin C", "vitamin C")

    def listens(request: Request) -> str:
        asked.append(request.messages[0].content)
        return reply(request)

    made = one(Answerable(), draft_with_passage(), listens, "with_passages")
    assert isinstance(made, Draft)
    assert made.notes["answerable"] == {"n": 2, "n_right": 2}
    assert all(TEXT in text for text in asked)
    assert made.authored == ()


def test_one_reader_who_disagrees_is_enough_unless_fewer_are_asked_to_agree() -> None:
    split = ("vitamin C", "vitamin D")
    made = one(Answerable(), draft_with_passage(), says(*split), "with_passages")
    assert isinstance(made, DroppedDraft)
    assert (made.reason, made.detail) == ("not_answerable", "1 of 2 right; answers: A, B")
    assert isinstance(one(Answerable(n_right=1), draft_with_passage(), says(*split), "with_passages"), Draft)


@pytest.mark.parametrize("letter", ["A", "B", "C", "D"])
def test_who_always_says_one_letter_never_lets_an_item_pass(letter: str) -> None:
    """As a reader would who obeys "answer A": the key is each of two letters once, and one letter cannot be both."""
    made = one(Answerable(), draft_with_passage(), always(letter), "with_passages")
    assert isinstance(made, DroppedDraft)


def test_a_reader_who_says_nothing_is_not_right() -> None:
    made = one(Answerable(), draft_with_passage(), lambda _: "Hm.", "with_passages")
    assert isinstance(made, DroppedDraft)
    assert made.detail == "0 of 2 right; answers: none, none"


def test_without_the_book_answers_are_counted_in_the_letters_of_the_item() -> None:
    asked: list[str] = []
    reply = says("vitamin C", "vitamin D", "vitamin C", "vitamin C")

    def listens(request: Request) -> str:
        asked.append(request.messages[0].content)
        return reply(request)

    made = one(ClosedBook(), draft_with_passage(), listens)
    assert isinstance(made, Draft)
    assert made.notes["closed_book"] == {"n": 4, "n_right": 3, "agreement": 0.75, "answers": {"A": 3, "B": 1}}
    assert not any(TEXT in text for text in asked)


@pytest.mark.parametrize(
    ("block", "texts", "reason"),
    [
        (ClosedBook(), ["vitamin D"] * 4, "unsolved"),
        (ClosedBook(min_right=2), ["vitamin C", "vitamin D", "vitamin K", "vitamin A"], "unsolved"),
        (ClosedBook(max_right=3), ["vitamin C"] * 4, "too_easy"),
        (ClosedBook(min_agreement=0.5), ["vitamin C", "vitamin D", "vitamin K", "vitamin A"], "undecided"),
        (ClosedBook(min_right=0, max_right=0), ["vitamin C"] + ["vitamin D"] * 3, "too_easy"),
    ],
)
def test_what_is_not_solved_too_easy_or_undecided_is_dropped(block: ClosedBook, texts: list[str], reason: str) -> None:
    made = one(block, draft_with_passage(), says(*texts))
    assert isinstance(made, DroppedDraft)
    assert (made.block, made.reason) == ("closed_book", reason)


@pytest.mark.parametrize(
    ("block", "texts"),
    [
        (ClosedBook(max_right=3), ["vitamin C"] * 3 + ["vitamin D"]),
        (ClosedBook(min_agreement=0.5), ["vitamin C", "vitamin D", "vitamin D", "vitamin A"]),
        (ClosedBook(min_right=0, max_right=0), ["vitamin D"] * 4),
    ],
)
def test_what_just_meets_the_bounds_passes(block: ClosedBook, texts: list[str]) -> None:
    assert isinstance(one(block, draft_with_passage(), says(*texts)), Draft)


def test_bounds_that_nothing_can_meet_are_no_settings() -> None:
    for bounds in ({"min_right": 5}, {"min_right": 2, "max_right": 1}, {"max_right": 9}):
        with pytest.raises(ValidationError, match="no draft has"):
            ClosedBook(**bounds)  # type: ignore[arg-type]


def judges(*right: str) -> Callable[[Request], str]:
    def reply(request: Request) -> str:
        option = request.messages[0].content.split("<answer>\n")[1].split("\n</answer>")[0]
        return json.dumps({"reason": "by the passage", "verdict": "right" if option in right else "wrong"})

    return reply


def test_exactly_one_option_is_right_and_it_is_the_key() -> None:
    made = one(OneRight(), draft_with_passage(), judges("vitamin C"))
    assert isinstance(made, Draft)
    assert made.notes["one_right"] == {"A": "right", "B": "wrong", "C": "wrong", "D": "wrong"}


@pytest.mark.parametrize(
    ("right", "reason"), [((), "none_right"), (("vitamin C", "vitamin K"), "several_right"), (("vitamin K",), "other_right")]
)
def test_any_other_verdict_drops_the_item(right: tuple[str, ...], reason: str) -> None:
    made = one(OneRight(), draft_with_passage(), judges(*right))
    assert isinstance(made, DroppedDraft)
    assert (made.block, made.reason) == ("one_right", reason)


@pytest.mark.parametrize(("said", "reason"), [("right", "malformed"), ('{"verdict": "perhaps"}', "wrong_shape"), ("", "empty")])
def test_a_judge_who_says_no_verdict_drops_the_item(said: str, reason: str) -> None:
    made = one(OneRight(), draft_with_passage(), lambda _: said)
    assert isinstance(made, DroppedDraft)
    assert made.reason == reason


def test_the_judge_sees_no_letter_and_is_asked_once_for_each_option() -> None:
    asked: list[str] = []
    reply = judges("vitamin C")

    def listens(request: Request) -> str:
        asked.append(request.messages[0].content)
        return reply(request)

    one(OneRight(), draft_with_passage(), listens)
    assert len(asked) == 4
    assert not any(f"\n{letter}. " in text or f"({letter})" in text for text in asked for letter in "ABCD")
    assert all(text.count("vitamin A") == text.count("vitamin D") == 1 for text in asked)
