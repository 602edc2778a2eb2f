"""Open form: the key stays what it was, other names count only where the second role says so, and every end has its reason."""

import json
from typing import Any

import pytest

from osler.core.model import Request
from osler.core.question import ChoiceKey, Item, OpenKey, Question, TextKey
from osler.synthesise.draft import Draft, DroppedDraft, Origin
from osler.synthesise.write.open_form import OpenForm
from tests.synthesise.makings import through

TEXT = "A sailor of 30 who eats no fruit has bleeding gums. Which of the following does he lack?"
OPTIONS = {"A": "vitamin D", "B": "vitamin C", "C": "vitamin K"}
OPEN = "A sailor of 30 who eats no fruit has bleeding gums. Which vitamin does he lack?"


def draft(**options: str) -> Draft:
    item = Item(Question("bank-7", TEXT, options or OPTIONS), ChoiceKey(("B",)), group="diet")
    return Draft("bank-7", Origin("bank", "bank-7", "CC0"), item=item)


def saying(*written: Any, suits: str = "Pass"):  # type: ignore[no-untyped-def]
    """What the teacher replies: to the first prompt a label, then one rewriting after another."""
    rest = list(written)

    def says(request: Request) -> str:
        text = request.messages[0].content
        assert "<right>\nvitamin C\n</right>" in text or "<right>\nA lack" in text
        if "too_simple" in text:
            return json.dumps({"reason": "It is plain.", "suits": suits})
        reply = rest.pop(0)
        return reply if isinstance(reply, str) else json.dumps(reply)

    return says


def judging(is_unique: bool = True, *same: str):  # type: ignore[no-untyped-def]
    return lambda request: json.dumps({"is_unique": is_unique, "same": list(same)})


def written(question: str = OPEN, answer: str = "Vitamin C", *synonyms: str) -> dict[str, Any]:
    return {"question": question, "answer": answer, "synonyms": list(synonyms)}


def test_an_item_loses_its_options_and_keeps_its_key() -> None:
    """No name is taken that the second role does not confirm, and no wrong option, whatever both say."""
    teacher = saying(written(OPEN, "ascorbic acid", "ascorbate", "vitamin E", "vitamin K"))
    judge = judging(True, "ascorbic acid", "ascorbate", "vitamin K", "made up")
    closed, opened = through([OpenForm(is_closed_kept=True)], [draft()], {"teacher": teacher, "judge": judge})
    assert closed == draft()
    assert isinstance(opened, Draft)
    assert opened.id == "bank-7-open"
    assert opened.origin == Origin("bank", "bank-7", "CC0")
    assert opened.item == Item(Question("bank-7-open", OPEN), TextKey("vitamin C", ("ascorbic acid", "ascorbate")), "diet", "bank-7")
    assert opened.notes == {"open_form": {"of": "bank-7", "key": "text"}}


def test_a_long_answer_is_a_free_one() -> None:
    teacher = saying(written(OPEN, "A lack of ascorbic acid in what he ate"))
    judge = judging(True, "A lack of ascorbic acid in what he ate")
    long = draft(A="Too much sun", B="A lack of fruit and so of vitamin C", C="Rats")
    [opened] = through([OpenForm()], [long], {"teacher": teacher, "judge": judge})
    assert isinstance(opened, Draft)
    assert opened.asked.key == OpenKey("A lack of fruit and so of vitamin C")


@pytest.mark.parametrize("suits", ["too_simple", "Ambiguous", "Not reformulatable"])
def test_an_item_that_does_not_pass_is_dropped_for_its_label(suits: str) -> None:
    [dropped] = through([OpenForm()], [draft()], {"teacher": saying(suits=suits), "judge": judging()})
    assert isinstance(dropped, DroppedDraft)
    assert (dropped.block, dropped.reason) == ("open_form", suits.lower().replace(" ", "_"))


def test_a_rewriting_has_two_more_tries() -> None:
    bad = ["no JSON", written(OPEN.replace("30", "31")), written()]
    [opened] = through([OpenForm()], [draft()], {"teacher": saying(*bad), "judge": judging()})
    assert isinstance(opened, Draft)
    assert opened.asked.key == TextKey("vitamin C")
    [dropped] = through([OpenForm()], [draft()], {"teacher": saying(*bad[:2], *bad[:2]), "judge": judging()})
    assert isinstance(dropped, DroppedDraft)
    assert dropped.reason == "malformed"


@pytest.mark.parametrize(
    ("teacher", "judge", "reason"),
    [
        (written(OPEN, "vitamin K"), judging(), "other_answer"),
        (written(OPEN, "thiamine"), judging(), "other_answer"),
        (written(OPEN, "vitamin C"), judging(False), "not_unique"),
        (written(OPEN + " It is vitamin C."), judging(), "gives_answer"),
        (written(TEXT), judging(), "has_options"),
        ({"question": OPEN}, judging(), "wrong_shape"),
        (written(), lambda request: "{}", "wrong_shape"),
        (written(), lambda request: "I think so.", "malformed"),
    ],
)
def test_each_end_has_its_reason(teacher: Any, judge: Any, reason: str) -> None:
    [dropped] = through([OpenForm()], [draft()], {"teacher": saying(teacher, teacher, teacher), "judge": judge})
    assert isinstance(dropped, DroppedDraft)
    assert dropped.reason == reason


def test_a_label_that_is_none_is_asked_for_again_and_dropped() -> None:
    [dropped] = through([OpenForm()], [draft()], {"teacher": saying(suits="perhaps"), "judge": judging()})
    assert isinstance(dropped, DroppedDraft)
    assert dropped.reason == "wrong_shape"


def test_what_a_rule_drops_is_never_asked_about() -> None:
    short = Draft("s", Origin("bank", "s"), item=Item(Question("s", "Which vitamin?", OPTIONS), ChoiceKey(("B",))))
    [dropped] = through([OpenForm()], [short], {"teacher": lambda request: pytest.fail("asked"), "judge": judging()})
    assert isinstance(dropped, DroppedDraft)
    assert dropped.reason == "short"
