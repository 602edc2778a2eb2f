from dataclasses import FrozenInstanceError, fields

import pytest
from pydantic import TypeAdapter, ValidationError

from osler.core.question import ChoiceKey, Item, Key, NumberKey, Question, RankedListKey, RubricKey, TextKey

OPTIONS = {"A": "one", "B": "two"}
KEYS = [
    ChoiceKey(("A", "B")),
    TextKey("gout", ("podagra",)),
    NumberKey(3.5, "mg", 0.1),
    RankedListKey(("gout", "pseudogout")),
    RubricKey(("rest",), ("ice",)),
]


def test_a_question_has_no_room_for_its_key():
    assert {field.name for field in fields(Question)} == {"id", "text", "options", "kind"}
    for name in ("key", "answer", "label"):
        with pytest.raises(ValidationError):
            Question("q", "?", {}, **{name: "A"})


def test_a_question_without_options_is_an_open_one():
    assert Question("q", "?").options == {}


@pytest.mark.parametrize("letter", ["a", "1", "AB", "", "É", "Α"])  # the last is a Greek capital alpha
def test_an_option_that_is_no_capital_letter_is_refused_with_what_to_do(letter):
    with pytest.raises(ValidationError, match="letter the options A, B, C"):
        Question("q", "?", {"A": "one", letter: "two"})


@pytest.mark.parametrize(("question_id", "text", "options"), [("", "?", {}), ("q", "", {}), ("q", "  ", {}), ("q", "?", {"A": " "})])
def test_nothing_is_not_taken_for_a_text(question_id, text, options):
    with pytest.raises(ValidationError, match="at least 1 character"):
        Question(question_id, text, options)


def test_options_keep_their_order():
    assert list(Question("q", "?", {"C": "x", "A": "y", "B": "z"}).options) == ["C", "A", "B"]


def test_nouns_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Question("q", "?").text = "!"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        ChoiceKey(("A",)).letters = ("B",)  # type: ignore[misc]


@pytest.mark.parametrize("letters", [("C",), ("A", "C")])
def test_a_key_that_is_not_among_the_options_is_refused_with_what_to_do(letters):
    with pytest.raises(ValidationError, match="q-9: key 'C' is not among the options A, B; correct the key"):
        Item(Question("q-9", "?", OPTIONS), ChoiceKey(letters))


@pytest.mark.parametrize("options", [{}, {"A": "one"}])
def test_a_choice_needs_something_to_choose_from(options):
    with pytest.raises(ValidationError, match=f"q-9: a choice key needs at least two options, found {len(options)}; add the options"):
        Item(Question("q-9", "?", options), ChoiceKey(("A",)))


def test_an_item_has_the_id_of_its_question():
    assert Item(Question("medqa-test-00417", "?"), TextKey("gout")).id == "medqa-test-00417"


def test_every_kind_of_key_comes_back_from_json_by_its_kind():
    assert {key.kind for key in KEYS} == {"choice", "text", "number", "ranked_list", "rubric"}
    adapter = TypeAdapter(Item)
    for key in KEYS:
        item = Item(Question("q", "?", OPTIONS), key)
        assert adapter.validate_json(adapter.dump_json(item)) == item


@pytest.mark.parametrize(
    "key",
    [
        {"kind": "choice", "letters": []},
        {"kind": "text", "text": ""},
        {"kind": "number", "value": 1, "tolerance": -0.1},
        {"kind": "number", "value": "many"},
        {"kind": "ranked_list", "entries": []},
        {"kind": "rubric", "must_have": []},
        {"kind": "oracle", "text": "a"},
        {"text": "a"},
        {"kind": "text", "text": "a", "synonym": "b"},
    ],
)
def test_a_key_that_could_never_be_right_is_refused(key):
    with pytest.raises(ValidationError):
        TypeAdapter(Key).validate_python(key)
