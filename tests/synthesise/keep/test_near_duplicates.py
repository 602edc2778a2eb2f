"""Near-duplicates among drafts: which goes and which stays, by hand."""

from osler.synthesise.draft import Draft, DroppedDraft
from osler.synthesise.keep.near_duplicates import NearDuplicates
from tests.synthesise.makings import item_draft, kit_of

STEM = "A 40-year-old man who lives on tea and toast has bleeding gums and loose teeth. Which vitamin does he lack?"


def sifted(block: NearDuplicates, *drafts: Draft) -> list[tuple[str, str]]:
    found = list(block.sift(drafts, kit_of({})))
    assert [each.id for each in found] == [draft.id for draft in drafts]
    return [(each.reason, each.detail) if isinstance(each, DroppedDraft) else ("", "") for each in found]


def test_the_first_stays_and_the_later_names_it() -> None:
    """Two characters of 107 are others: 4 in or out, 100 · (1 − 4 / 214) = 98.1."""
    drafts = [item_draft("a", STEM), item_draft("b", STEM.replace("40", "52")), item_draft("c", "Which nerve moves the eye?")]
    assert len(STEM) == 107
    found = sifted(NearDuplicates(text="question"), *drafts)
    assert found == [("", ""), ("near_duplicate", "a, ratio 98.1"), ("", "")]


def test_one_stem_with_other_options_is_the_same_question_but_another_prompt() -> None:
    one, other = (
        item_draft(id, "Which is true?", A=a, B=b) for id, a, b in (("a", "Gout is rare.", "Urate"), ("b", "Iron rusts.", "Zinc"))
    )
    assert sifted(NearDuplicates(text="question"), one, other)[1] == ("near_duplicate", "a, ratio 100.0")
    assert sifted(NearDuplicates(), one, other)[1] == ("", "")


def test_one_that_was_dropped_drops_no_other() -> None:
    """Steps of 4 replaced characters (8 in or out) in 107: each is near to the last (96.3), the third is not near to the first (92.5)."""
    texts = [STEM, "####" + STEM[4:], "####" + STEM[4:-4] + "####"]
    drafts = [item_draft(id, text) for id, text in zip("abc", texts, strict=True)]
    assert [reason for reason, _ in sifted(NearDuplicates(text="question"), *drafts)] == ["", "near_duplicate", ""]
