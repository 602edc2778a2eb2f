"""Planted overlap: copies, one-word edits, short items and patterns, in invented text; and shares that are derived by hand."""

import random
from functools import cache
from itertools import accumulate

import pytest

from osler.core.question import ChoiceKey, Item, Question
from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded
from osler.evaluate.overlap import Overlap, OverlapMethod, OverlapSettings, item_text, overlaps, repeats, split_by_flags
from osler.evaluate.overlap_words import joints, words

VIGNETTE = "A 45 year old farmer has had a swollen knee since harvest and now cannot bend it; what is the next step in care?"
ONSETS, VOWELS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "br", "st", "tr"), "aeiou"


def one(item: str, *texts: str, **settings: object) -> Overlap:
    [found] = overlaps([("item", item)], [(f"t{at}", text) for at, text in enumerate(texts)], OverlapSettings(**settings))
    return found


@cache
def invented_language() -> tuple[list[str], list[float]]:
    """3,000 made-up words, and how common each is, by Zipf's law."""
    rng = random.Random(0)
    known = ["".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(2 + at % 3)) + str(at) for at in range(3000)]
    return known, list(accumulate(1 / (at + 3) for at in range(len(known))))


def invented_words(rng: random.Random, n: int) -> list[str]:
    known, cumulated = invented_language()
    return rng.choices(known, cum_weights=cumulated, k=n)


def invented(rng: random.Random, n: int, shortest: int, longest: int) -> list[tuple[str, str]]:
    return [(f"i{at}", " ".join(invented_words(rng, rng.randint(shortest, longest)))) for at in range(n)]


def edited(text: str, rng: random.Random, kind: str) -> str:
    said = text.split()
    place = rng.randrange(len(said))
    new = invented_words(rng, 1)
    said[place : place + (kind != "insert")] = [] if kind == "delete" else new
    return " ".join(said)


# words


def test_words_lose_case_punctuation_and_width() -> None:
    assert words("The Patient's T-cells (CD4⁺): ５ µg — Größe") == ["the", "patient", "s", "t", "cells", "cd4", "5", "μg", "grösse"]
    assert words("下一步 is 何か") == ["下", "一", "步", "is", "何", "か"]
    assert words(" … ") == []


def test_parts_of_a_hyphenated_word_stand_in_one_piece() -> None:
    text = "A non-small-cell tumour ."
    assert list(zip(words(text), joints(text), strict=True)) == [("a", 0), ("non", 1), ("small", 1), ("cell", 1), ("tumour", 2)]


# one item


def test_the_same_words_are_exact_whatever_their_punctuation() -> None:
    assert one(VIGNETTE, "Nothing.", VIGNETTE.upper().replace(";", " -")) == Overlap("item", True, OverlapMethod.EXACT, "t1", 1.0)


def test_a_copy_inside_a_longer_text_is_covered_by_runs() -> None:
    found = one(VIGNETTE, f"Exercise nine. {VIGNETTE} Think of the joint first.")
    assert (found.method, found.share) == (OverlapMethod.NGRAM, 1.0)


def test_coverage_is_the_share_of_words_under_shared_runs() -> None:
    """Of 20 words the text has the first 9 and the last 8, each as one run: 17 of 20."""
    said = [f"w{at}" for at in range(20)]
    text = " ".join([*said[:9], "x", *said[12:]])
    assert one(" ".join(said), text, methods=("ngram",)).share == pytest.approx(0.85)
    assert not one(" ".join(said), text, methods=("ngram",), ngram_share=0.86).is_flagged
    assert one(" ".join(said), text, methods=("ngram",), n=9, ngram_share=0.45).share == pytest.approx(0.45)


def test_runs_of_two_texts_are_not_added_up() -> None:
    said = [f"w{at}" for at in range(20)]
    assert not one(" ".join(said), " ".join(said[:10]), " ".join(said[10:]), methods=("ngram",)).is_flagged


def test_any_one_run_may_flag() -> None:
    """GPT-3's rule: a single 13-gram in common."""
    said = [f"w{at}" for at in range(100)]
    text = "other things before " + " ".join(said[40:53]) + " and after"
    assert one(" ".join(said), text, n=13, ngram_share=0.01, methods=("ngram",)).share == pytest.approx(0.13)
    assert not one(" ".join(said), text, n=14, ngram_share=0.01, methods=("ngram",)).is_flagged


@pytest.mark.parametrize("n", [8, 10, 13])
@pytest.mark.parametrize("n_words", [5, 6, 7, 8, 9, 10, 12, 13, 14])
def test_an_item_of_about_n_words_is_found_inside_a_text(n: int, n_words: int) -> None:
    """Published scripts lose the last n-gram, and with it every item of n words or fewer."""
    item = " ".join(f"w{at}" for at in range(n_words))
    assert one(item, f"before it {item} after it", n=n).share == 1.0
    assert one(item, item, n=n).method is OverlapMethod.EXACT


def test_one_word_is_put_in_taken_out_or_replaced_anywhere() -> None:
    said = VIGNETTE.split()
    assert len(said) >= 20
    for place in range(len(said)):
        for new in ([], ["tomorrow"], [said[place], "tomorrow"], ["well-nigh-impossible"]):
            text = " ".join([*said[:place], *new, *said[place + 1 :]])
            assert one(VIGNETTE, "A text about the weather.", text, methods=("fuzzy",)).partner_id == "t1", (place, new)
            assert one(VIGNETTE, f"Next. {text} Answer: rest.", methods=("fuzzy",)).is_flagged, (place, new)


@pytest.mark.parametrize("n_words", [4, 5, 6, 7])
def test_one_word_of_a_short_item(n_words: int) -> None:
    said = [f"w{at}" for at in range(n_words)]
    for place in range(n_words):
        assert one(" ".join(said), " ".join([*said[:place], "x", *said[place + 1 :]])).method is OverlapMethod.FUZZY
        assert one(" ".join(said), " ".join(said[:place] + said[place + 1 :])).is_flagged
        assert one(" ".join(said), " ".join([*said[:place], "x", *said[place:]])).is_flagged


def test_sentences_in_another_order_are_near_duplicates() -> None:
    parts = [" ".join(f"w{part}x{at}" for at in range(7)) for part in range(6)]
    found = one(". ".join(parts), ". ".join(parts[3:] + parts[:3]), methods=("exact", "fuzzy", "minhash"))
    assert found.method is OverlapMethod.MINHASH
    # 42 words have 40 runs of 3; the cut between the halves, and the new seam, take 2 of them each: 38 in common of 42
    assert found.share == pytest.approx(38 / 42)


def test_questions_of_one_pattern_are_not_one_question() -> None:
    names = ["scabies", "gout", "measles", "anthrax", "rickets", "typhoid", "mumps", "cholera", "leprosy", "malaria"]
    items = [(name, f"What are the usual first signs of {name} in young adults?") for name in names]
    texts = [(f"t-{name}", f"What are the usual first signs of {name}y fever in young adults?") for name in names]
    assert [each.item_id for each in overlaps(items, texts) if each.is_flagged] == []
    texts.append(("copy", "What are the usual first signs of gout in most young adults?"))
    assert [(each.item_id, each.partner_id) for each in overlaps(items, texts) if each.is_flagged] == [("gout", "copy")]


def test_common_words_alone_are_no_evidence() -> None:
    """A short question that stands inside every vignette says nothing about any of them."""
    texts = [f"{' '.join(invented_words(random.Random(at), 30))}. Which of the following is true?" for at in range(300)]
    assert not one("Which of the following is true", *texts, methods=("ngram", "fuzzy", "minhash")).is_flagged


def test_texts_without_words_match_nothing() -> None:
    assert [each.is_flagged for each in overlaps([("a", ""), ("b", "?!")], [("c", ""), ("d", "…")])] == [False, False]
    assert overlaps([], [("c", "word")]) == []
    assert not one("a word or two of text").is_flagged


def test_methods_can_be_left_out() -> None:
    assert one(VIGNETTE, VIGNETTE, methods=("minhash",), jaccard=1.0).method is OverlapMethod.MINHASH
    assert one(VIGNETTE, VIGNETTE.replace("farmer", "sailor"), methods=("exact", "ngram")).method is not OverlapMethod.FUZZY
    assert not one(VIGNETTE, VIGNETTE.replace("farmer", "sailor"), methods=("exact",)).is_flagged


# many


def test_planted_copies_are_all_found_and_nothing_else() -> None:
    rng = random.Random(3)
    items = invented(rng, 400, 3, 60)
    planted = rng.sample(items, 100)
    corpus = [*invented(rng, 400, 3, 200), *((f"c-{id}", text) for id, text in planted)]
    rng.shuffle(corpus)
    found = {
        each.item_id: each.partner_id for each in overlaps(items, ((id.replace("i", "t"), text) for id, text in corpus)) if each.is_flagged
    }
    assert found == {id: f"c-{id.replace('i', 't')}" for id, _ in planted}


@pytest.mark.parametrize("kind", ["insert", "delete", "replace"])
def test_planted_one_word_edits_are_nearly_all_found_and_nothing_else(kind: str) -> None:
    rng = random.Random(5)
    items = invented(rng, 400, 6, 40)
    planted = rng.sample(items, 200)
    corpus = [*invented(rng, 200, 6, 100), *((f"c-{id}", edited(text, rng, kind)) for id, text in planted)]
    rng.shuffle(corpus)
    found = {each.item_id: each.partner_id for each in overlaps(items, corpus) if each.is_flagged}
    right = [id for id, partner in found.items() if partner == f"c-{id}"]
    assert len(right) / len(planted) >= 0.95
    assert len(right) / len(found) >= 0.95


def test_a_corpus_is_read_once_and_in_any_order_the_same() -> None:
    rng = random.Random(7)
    items = invented(rng, 60, 5, 30)
    corpus = [(f"c-{id}", edited(text, rng, "replace")) for id, text in items]
    assert overlaps(items, iter(corpus)) == overlaps(items, corpus[::-1])


def test_repeats_flag_all_but_the_first() -> None:
    items = [("a", VIGNETTE), ("b", "Something else entirely."), ("c", VIGNETTE), ("d", VIGNETTE.replace("farmer", "sailor")), ("e", "")]
    found = repeats(items)
    assert [(each.item_id, each.partner_id) for each in found if each.is_flagged] == [("c", "a"), ("d", "a")]


# items and verdicts


def test_a_question_that_says_little_is_compared_with_its_options() -> None:
    def item(id: str, text: str, *options: str) -> Item:
        return Item(Question(id, text, dict(zip("ABCD", options, strict=False))), ChoiceKey(("A",)))

    assert item_text(item("a", "Which is true?", "The sky is blue", "Grass is red")) == "Which is true?\nGrass is red\nThe sky is blue"
    assert item_text(item("b", VIGNETTE, "Rest", "Surgery")) == VIGNETTE
    shuffled = item_text(item("c", "Which is true?", "Grass is red", "The sky is blue"))
    assert one(item_text(item("a", "Which is true?", "The sky is blue", "Grass is red")), shuffled).method is OverlapMethod.EXACT


def test_verdicts_are_split_by_the_flag_of_their_item() -> None:
    graded = [Graded("s", id, "", Outcome.RIGHT, "", "A", False, None) for id in ("x", "y", "x")]
    flags = [Overlap("x", True, OverlapMethod.EXACT, "t", 1.0), Overlap("y", False, None, None, 0.0)]
    without, flagged = split_by_flags(graded, flags)
    assert ([row.item_id for row in without], [row.item_id for row in flagged]) == (["y"], ["x", "x"])
    with pytest.raises(KeyError):
        split_by_flags([Graded("s", "z", "", Outcome.RIGHT, "", "A", False, None)], flags)
