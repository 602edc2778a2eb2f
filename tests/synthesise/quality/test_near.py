"""Near-duplicates against all pairs compared one by one, on texts made to lie around the threshold."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from osler.synthesise.quality.near import NearIndex

LETTERS = "abcdefghij klmnop qrstuvwxyz "


def kept_by_hand(texts: list[str], least: float) -> list[int | None]:
    """Each against all that were kept before it."""
    found: list[int | None] = []
    for text in texts:
        kept = [at for at, first in enumerate(found) if first is None]
        found.append(next((at for at in kept if fuzz.ratio(texts[at], text) >= least), None))
    return found


def kept(texts: list[str], least: float, at_once: int) -> list[int | None]:
    index = NearIndex(least)
    return [first for start in range(0, len(texts), at_once) for first in index.keep(texts[start : start + at_once])]


def invented(rng: random.Random, length: int) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(length))


def with_edits(text: str, n: int, rng: random.Random) -> str:
    """`n` characters put in or taken out."""
    letters = list(text)
    for _ in range(n):
        place = rng.randrange(len(letters) + 1)
        if rng.random() < 0.5 and letters:
            del letters[min(place, len(letters) - 1)]
        else:
            letters.insert(place, rng.choice("0123456789"))
    return "".join(letters)


def spread(text: str, n: int) -> str:
    """`n` characters put in at even distances: what breaks the most pieces."""
    width = len(text) / n
    return "".join(text[round(at * width) : round((at + 1) * width)] + "#" for at in range(n))


@pytest.mark.parametrize(("n_edits", "ratio", "is_near"), [(12, 94.0, False), (10, 95.0, True), (8, 96.0, True)])
def test_at_94_95_and_96(n_edits: int, ratio: float, is_near: bool) -> None:
    """Of 100 characters n / 2 are replaced: n are out or in, and the ratio is 100 · (1 − n / 200)."""
    one = "".join(chr(0x4E00 + at) for at in range(100))
    other = one[: 100 - n_edits // 2] + "x" * (n_edits // 2)
    assert fuzz.ratio(one, other) == pytest.approx(ratio)
    assert kept([one, other], 95, 2) == [None, 0 if is_near else None]


@pytest.mark.parametrize("shape", [with_edits, lambda text, n, rng: spread(text, n) if n else text])
@pytest.mark.parametrize("least", [95, 93.5, 99])
def test_none_is_missed_and_none_too_many(shape: Callable[[str, int, random.Random], str], least: float) -> None:
    rng = random.Random(3)
    texts = []
    for length in [*range(1, 60, 3), 100, 140, 250, 600]:
        text = invented(rng, length)
        most = int(0.13 * length) + 1
        texts += [text, *(shape(text, rng.randint(0, most), rng) for _ in range(7))]
    rng.shuffle(texts)
    expected = kept_by_hand(texts, least)
    assert 20 < sum(each is not None for each in expected) < len(texts) - 20
    assert kept(texts, least, 64) == expected


def test_how_many_at_once_changes_nothing() -> None:
    rng = random.Random(4)
    start = [invented(rng, 80) for _ in range(10)]
    texts = [with_edits(rng.choice(start), rng.randint(0, 12), rng) for _ in range(120)]
    assert kept(texts, 95, 1) == kept(texts, 95, 7) == kept(texts, 95, 500) == kept_by_hand(texts, 95)


@given(st.lists(st.text("ab é\U0001f600", min_size=1, max_size=50), max_size=12))
def test_on_monotonous_texts_it_is_the_same(texts: list[str]) -> None:
    """Texts of few letters have few distinct pieces: they are compared with all."""
    assert kept(texts, 95, 5) == kept_by_hand(texts, 95)


def test_what_was_added_is_found_and_what_is_asked_is_not_added() -> None:
    index = NearIndex(95)
    index.add(["Which vitamin prevents scurvy?", "Which hormone lowers glucose?", "Which vitamin prevents scurvy?"])
    asked = ["Which vitamin prevents scurvy ?", "Which nerve moves the eye?", "Which nerve moves the eye?", "Which hormone lowers glucose?"]
    assert index.find(asked) == [0, None, None, 1]
    assert index.find(asked) == [0, None, None, 1]
