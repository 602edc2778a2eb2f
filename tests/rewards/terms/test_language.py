import pytest

from osler.rewards.terms.language import Language
from tests.rewards.terms.seeing import KIT, seen

ENGLISH = "The toe is hot and it is red, so this is the gout."
GERMAN = "Der Zeh ist heiß und rot, und das ist die Gicht mit einer Entzündung."


@pytest.mark.parametrize(("text", "share"), [(ENGLISH, 1.0), (GERMAN, 0.0), ("", 0.0), ("12 – 14", 0.0), ("Gout", 1.0)])
def test_the_share_that_is_in_the_language_of_the_question(text: str, share: float) -> None:
    assert Language().number(seen(text), KIT) == share
    assert Language(is_penalty=True).number(seen(text), KIT) == share - 1


def test_letters_of_another_script_count_against_it() -> None:
    """20 Latin letters, and 10 Cyrillic ones of a stretch that is no sentence: 20 of 30."""
    text = "abcdefghij klmnopqrst " + "щ" * 10
    assert Language(language="en").number(seen(text), KIT) == pytest.approx(2 / 3)


def test_as_a_gate_it_is_1_from_a_share_on() -> None:
    text = "abcdefghij klmnopqrst " + "щ" * 10
    assert [Language(language="en", least=least).number(seen(text), KIT) for least in (0.66, 0.67)] == [1, 0]


def test_the_reasoning_and_the_response_are_looked_at_apart() -> None:
    both = seen(GERMAN + ENGLISH, reasoning=GERMAN, response=ENGLISH)
    assert [Language(of=part).number(both, KIT) for part in ("reasoning", "response")] == [0, 1]
    assert Language(language="de", of="reasoning").number(both, KIT) == 1
