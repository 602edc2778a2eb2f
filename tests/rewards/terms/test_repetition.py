import pytest

from osler.rewards.terms.repetition import Repetition
from tests.rewards.terms.seeing import KIT, seen


@pytest.mark.parametrize(
    ("text", "n_words", "number"),
    [
        ("", 2, 0.0),
        ("one", 2, 0.0),
        ("one two three four", 2, 0.0),
        ("a b a b a", 2, -0.5),  # ab, ba, ab, ba: two of four have stood there before
        ("A b, a B!", 2, -1 / 3),  # ab, ba, ab
        (" ".join(["B"] * 100), 4, -96 / 97),  # 97 runs, all the same
        ("痛风痛风", 2, -1 / 3),
    ],
)
def test_the_share_of_runs_that_have_stood_there_before(text: str, n_words: int, number: float) -> None:
    assert Repetition(n_words=n_words).number(seen(text), KIT) == pytest.approx(number)
