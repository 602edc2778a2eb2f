"""Each published rule at its own edge."""

import string

import pytest

from osler.synthesise.quality.contamination import CUTS, RuleName, block_share, rule_of

WORDS = [f"word{letter}" for letter in string.ascii_lowercase]
TEST = " ".join(WORDS[:20])
LETTERS = "".join(chr(0x4E00 + at) for at in range(200))


def find(name: RuleName, text: str, *tests: str, cut: float | None = None) -> int | None:
    [found] = rule_of(name, tests, cut or CUTS[name]).find([text])
    return found


@pytest.mark.parametrize(("n", "found"), [(63, None), (64, 0), (65, 0)])
def test_64_consecutive_characters(n: int, found: int | None) -> None:
    text = "before " + LETTERS[30 : 30 + n] + " after"
    assert find("characters", text, LETTERS) == found


@pytest.mark.parametrize(("n", "found"), [(12, None), (13, 0)])
def test_13_consecutive_words(n: int, found: int | None) -> None:
    text = " ".join(["before", *WORDS[3 : 3 + n], "after"])
    assert find("ngram", text, TEST) == found


@pytest.mark.parametrize(
    ("text", "share"),
    [
        (" ".join(WORDS[:4]), 0.0),  # a run of 4 does not count
        (" ".join(WORDS[:5]), 5 / 20),
        (" ".join([*WORDS[:5], "other", *WORDS[5:10]]), 10 / 20),  # two runs of 5
        (" ".join([*WORDS[:5], "other", *WORDS[6:10], "other"]), 5 / 20),  # one of 5 and one of 4
        (TEST, 1.0),
        ("nothing of it", 0.0),
    ],
)
def test_share_of_runs_of_5_words(text: str, share: float) -> None:
    assert block_share(text, TEST) == pytest.approx(share)
    assert find("blocks", text, TEST, cut=0.5) == (0 if share >= 0.5 else None)


def test_an_item_without_words_has_no_share() -> None:
    assert block_share("word", "—") == 0.0


@pytest.mark.parametrize(("n", "found"), [(12, None), (10, 0)])
def test_a_ratio_of_95(n: int, found: int | None) -> None:
    """Of 100 characters n / 2 are others: 94 and 95."""
    assert find("ratio", LETTERS[: 100 - n // 2] + "x" * (n // 2), LETTERS[:100]) == found


@pytest.mark.parametrize("name", sorted(CUTS))
def test_case_and_spacing_hide_nothing_and_the_first_item_is_named(name: RuleName) -> None:
    tests = ["an item of quite other words that nobody has ever asked about in any text at all", TEST, TEST]
    assert find(name, TEST.upper().replace(" ", "\n  "), *tests) == 1
    assert find(name, "what nobody asks", *tests) is None


@pytest.mark.parametrize("name", sorted(CUTS))
def test_no_items_no_texts_and_short_ones(name: RuleName) -> None:
    assert find(name, TEST) is None
    assert rule_of(name, [TEST], CUTS[name]).find([]) == []
    assert rule_of(name, ["scurvy"], CUTS[name]).find(["gout", "¿", "x"]) == [None, None, None]
