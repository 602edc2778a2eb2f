"""What a set of items says of itself: its hash, its duplicates, its notes."""

import hashlib
from dataclasses import replace

from osler.core.question import ChoiceKey, Item, NumberKey, Question
from osler.data.item_set import hash_of, item_set, same_content
from osler.data.mapped import Dropped, Mapped

AB = {"A": "gout", "B": "flu"}


def item(id: str, text: str = "Which?", options: dict[str, str] = AB, letter: str = "A", cluster: str = "") -> Item:
    return Item(Question(id, text, options), ChoiceKey((letter,)), cluster=cluster)


def test_the_hash_is_of_the_items_as_json_in_the_order_of_their_ids() -> None:
    """By hand: names in order, no spaces, a line each."""
    line = (
        '{"cluster":"","group":"","key":{"kind":"choice","letters":["A"]},'
        '"question":{"id":"%s","kind":null,"options":{"A":"gout","B":"flu"},"text":"Which?"}}\n'
    )
    expected = hashlib.sha256((line % "a" + line % "b").encode()).hexdigest()
    assert hash_of([item("b"), item("a")]) == expected


def test_the_hash_changes_with_anything_that_is_asked_or_right() -> None:
    others = [item("b"), item("a", "Who?"), item("a", letter="B"), item("a", options={"A": "gout", "B": "flu", "C": "croup"})]
    assert len({hash_of([each]) for each in (item("a"), *others)}) == 5


def test_the_hash_is_that_of_the_set_before_options_are_shuffled() -> None:
    mapped = Mapped(tuple(item(f"q-{at}", f"Q{at}?") for at in range(20)))
    plain, dealt = item_set("s", mapped), item_set("s", mapped, option_seed=3)
    assert plain.content_hash == dealt.content_hash
    assert plain.items != dealt.items
    assert any("the options of 20 items are shuffled with seed 3; 0 keep their order" in note for note in dealt.notes)


def test_duplicates_are_the_same_but_for_case_spaces_punctuation_and_the_order_of_options() -> None:
    items = [
        item("a", "Which one ?"),
        item("b", "which  one:", {"A": "Flu.", "B": "gout"}),
        item("c", "Which one?", {"A": "gout", "B": "croup"}),
        item("d", "Which two?"),
    ]
    assert same_content(items) == (("a", "b"),)


def test_signs_and_decimal_points_tell_options_apart() -> None:
    apart = [("+1", "-1"), ("1.5", "15"), ("<5", ">5"), ("Na+", "Na"), ("5%", "5")]
    assert all(same_content([item("a", options={"A": x, "B": "n"}), item("b", options={"A": y, "B": "n"})]) == () for x, y in apart)


def test_duplicates_stay_and_share_a_cluster() -> None:
    """c asks the same question with other options: no duplicate, and no independent item either. d has a cluster of its own."""
    items = (item("a"), item("b"), item("c", options={"A": "croup", "B": "flu"}), item("d", cluster="note-1"), item("e", "Who?"))
    made = item_set("s", Mapped(items))
    assert [each.id for each in made.items] == ["a", "b", "c", "d", "e"]
    assert [each.cluster for each in made.items] == ["a", "a", "a", "note-1", ""]
    assert (made.duplicates, made.n_duplicates) == ((("a", "b", "d"),), 2)
    assert "2 items ask what another one asks, with the same options" in made.notes


def test_notes_count_what_whoever_reads_the_numbers_should_know() -> None:
    dropped = Dropped("t.jsonl:9", "no_key", "there is no key")
    items = (item("a"), item("b", letter="B"), item("c", "Who?", {"A": "Flu", "B": "flu "}))
    made = item_set("s", Mapped(items, (dropped,), n_rows=9, n_left_out=4, n_repeated=1), notes=("first",))
    assert made.notes == (
        "first",
        "4 rows are no part of this set",
        "1 rows repeat an item under its own id",
        "1 rows make no item and were dropped",
        "1 items ask what another one asks, with the same options",
        "1 of these questions have unlike keys",
        "1 items have two options of the same text, which an answer by its text cannot tell apart",
    )
    assert made.dropped == (dropped,)
    assert (made.licence, made.citation) == ("not stated", "")


def test_keys_are_alike_where_the_same_text_is_right_under_another_letter() -> None:
    turned = replace(item("b", options={"A": "flu", "B": "gout"}), key=ChoiceKey(("B",)))
    assert not any("unlike" in note for note in item_set("s", Mapped((item("a"), turned))).notes)


def test_items_without_options() -> None:
    numbers = tuple(Item(Question(f"n-{at}", f"How many are {at} legs?"), NumberKey(at)) for at in range(3))
    assert item_set("s", Mapped(numbers), option_seed=1).items == numbers
