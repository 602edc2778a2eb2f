"""Decontamination through the stage's own finder, and by each published rule."""

from collections.abc import Mapping, Sequence
from typing import Literal

import pytest

from osler.core.passage import Passage
from osler.synthesise.draft import Authored, Draft, DroppedDraft
from osler.synthesise.keep.decontaminate import Decontaminate
from tests.synthesise.makings import item_draft, kit_of

TESTED = (
    "A 61-year-old sailor who lived on salted meat for five months has bleeding gums, loose teeth and small haemorrhages around the hairs "
    "of his legs. Which vitamin is it that he lacks?"
)
OWN = "A 35-year-old woman with a butterfly rash has antibodies against double-stranded DNA. What does she have?"


def sifted(block: Decontaminate, *drafts: Draft) -> dict[str, str]:
    """The id of the test item by that of each dropped draft."""

    def overlapping(texts: Sequence[tuple[str, str]]) -> Mapping[str, str]:
        assert len({id for id, _ in texts}) == len(texts)
        return {id: "test-1" for id, text in texts if "salted meat" in text}

    kit = kit_of(
        {}, overlapping=overlapping, tested=(("test-0", "Which nerve moves the eye outwards, and from where?"), ("test-1", TESTED))
    )
    found = list(block.sift(iter(drafts), kit))
    assert [each.id for each in found] == [draft.id for draft in drafts]
    dropped = [each for each in found if isinstance(each, DroppedDraft)]
    assert {(each.block, each.reason) for each in dropped} <= {("decontaminate", "contaminated")}
    return {each.id: each.detail for each in dropped}


@pytest.mark.parametrize("rule", ["ours", "characters", "ngram", "blocks", "ratio"])
def test_what_is_in_a_test_set_goes_with_the_item_s_id(rule: Literal["ours", "characters", "ngram", "blocks", "ratio"]) -> None:
    drafts = [item_draft("a", OWN), item_draft("b", TESTED.replace("61", "58")), item_draft("c", OWN)]
    assert sifted(Decontaminate(rule=rule), *drafts) == {"b": "test-1"}


@pytest.mark.parametrize("rule", ["ours", "characters", "ngram", "blocks"])
def test_passages_and_traces_are_looked_at_when_asked(rule: Literal["ours", "characters", "ngram", "blocks"]) -> None:
    read = Draft("read", item_draft().origin, passages=(Passage("p", f"Cases. {TESTED} More cases."),))
    said = item_draft("said", OWN).with_authored(Authored("teacher", ("I know this one.", f"It goes: {TESTED}")))
    assert sifted(Decontaminate(rule=rule), read, said) == {}
    assert sifted(Decontaminate(rule=rule, is_whole=True), read, said) == {"read": "test-1", "said": "test-1"}


def test_a_short_question_is_compared_with_its_options() -> None:
    """Alone, "Which is true?" is everybody's."""
    seen: list[str] = []

    def overlapping(texts: Sequence[tuple[str, str]]) -> Mapping[str, str]:
        seen.extend(text for _, text in texts)
        return {}

    list(Decontaminate().sift([item_draft("a", "Which is true?", A="Zinc", B="Iron")], kit_of({}, overlapping=overlapping)))
    assert seen == ["Which is true?\nIron\nZinc"]


def test_published_cuts_are_where_a_rule_cuts_unless_it_is_told() -> None:
    thirteen = item_draft("a", "He says: " + " ".join(TESTED.split()[4:17]))
    assert sifted(Decontaminate(rule="ngram"), thirteen) == {"a": "test-1"}
    assert sifted(Decontaminate(rule="ngram", cut=14), thirteen) == {}
