"""Numbers of the card by hand and against scipy; examples by chance that every draft has."""

from collections import Counter
from dataclasses import replace

import pytest
from scipy.stats import chisquare

from osler.core.verdict import Outcome
from osler.synthesise.card import CardFacts, quantiles, uniform
from osler.synthesise.draft import Authored, Draft, Origin
from tests.synthesise.makings import item_draft


@pytest.mark.parametrize("counts", [(30, 30, 30, 30), (50, 20, 30, 20), (5, 15), (0, 40, 40)])
def test_chi_square_is_scipys(counts: tuple[int, ...]) -> None:
    found, expected = uniform(dict(zip("ABCD", counts, strict=False))), chisquare(counts)
    assert found["chi_square"] == pytest.approx(expected.statistic)
    assert found["p"] == pytest.approx(expected.pvalue)


def test_too_few_are_not_tested() -> None:
    """Nine over two are 4.5 in each; one class, or none, has nothing to compare."""
    assert uniform({"A": 9, "B": 0}) == {"chi_square": 9.0, "p": None}
    for counts in ({"A": 50}, {}, {"A": 0, "B": 0}):
        assert uniform(counts) == {"chi_square": None, "p": None}


def test_quantiles_are_values_that_occur() -> None:
    """1, 1, 2, 3, 3, 3, 4, 5, 9, 50: the fifth is 3, the ninth 9, the mean 81/10."""
    counts = Counter([1, 1, 2, 3, 3, 3, 4, 5, 9, 50])
    assert quantiles(counts) == {"least": 1, "median": 3, "p90": 9, "most": 50, "mean": 8.1}
    assert quantiles({7: 1}) == {"least": 7, "median": 7, "p90": 7, "most": 7, "mean": 7.0}


def draft(id: str, right: str = "A", group: str = "", licence: str = "") -> Draft:
    made = item_draft(id, right=right)
    return replace(made, origin=Origin("book", id, licence), item=replace(made.asked, group=group))


def test_it_counts_what_stands_on_the_drafts() -> None:
    right = Authored("teacher", ("One two.", "Three."), "The answer is A.", outcome=Outcome.RIGHT, flags=("revised",), n_tokens=12)
    drafts = [draft("a", "A", "eye", "CC BY 4.0").with_authored(right), draft("b", "B", "eye").with_authored(replace(right, outcome=None))]
    found = CardFacts.of(drafts, 0).content()
    assert (found["n_records"], found["n_traces"], found["n_preferences"]) == (2, 2, 0)
    assert found["licences"] == {"book": {"CC BY 4.0": 1, "not stated": 1}}
    assert found["letters"]["4"]["counts"] == {"A": 1, "B": 1, "C": 0, "D": 0}
    assert found["topics"]["counts"] == {"eye": 2}
    assert (found["authors"], found["outcomes"], found["flags"]) == ({"teacher": 2}, {"not_judged": 1, "right": 1}, {"revised": 2})
    assert (found["kinds"], found["languages"]) == ({"choice": 2}, {"en": 2} if "en" in found["languages"] else {"not told": 2})
    lengths = found["lengths"]
    assert [lengths[name]["mean"] for name in ("question_words", "trace_steps", "trace_words", "response_words", "trace_tokens")] == [
        *(4, 2, 3, 4, 12)
    ]


def test_a_letter_that_is_never_right_counts_as_never() -> None:
    """80 items, A and B 40 times: C and D expected 20 each and 0 times right, so 4 × 20²/20 = 80."""
    facts = CardFacts.of((draft(str(at), "AB"[at % 2]) for at in range(80)), 0).content()
    assert facts["letters"]["4"]["chi_square"] == pytest.approx(80.0)
    assert facts["letters"]["4"]["p"] < 1e-12


def test_every_draft_may_be_an_example_and_the_seed_says_which() -> None:
    drafts = [draft(f"{at:02}") for at in range(12)]
    drawn = [[each.id for each in CardFacts.of(drafts, seed).picked] for seed in range(200)]
    assert drawn[5] == [each.id for each in CardFacts.of(drafts, 5).picked]
    assert all(ids == sorted(ids) and len(set(ids)) == 3 for ids in drawn)
    counts = Counter(id for ids in drawn for id in ids)
    assert len(counts) == 12
    assert chisquare(list(counts.values())).pvalue > 0.001  # 600 draws over 12, seeds fixed: the same number each time
    assert [each.id for each in CardFacts.of(drafts[:2], 0).picked] == ["00", "01"]


def test_no_draft_at_all_is_a_card_of_nothing() -> None:
    found = CardFacts.of([], 0).content()
    assert (found["n_records"], found["letters"], found["lengths"], found["licences"]) == (0, {}, {}, {})
