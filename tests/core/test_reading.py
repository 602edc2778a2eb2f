import pytest

from osler.core.reading import Abstention, Reading


def test_a_reading_is_a_value_or_an_abstention():
    assert Reading(value="A").abstention is None
    assert Reading(abstention=Abstention.SEVERAL).value is None


@pytest.mark.parametrize("both_or_neither", [{}, {"value": "A", "abstention": Abstention.EMPTY}, {"method": "closing"}])
def test_a_reading_is_never_both_and_never_neither(both_or_neither):
    with pytest.raises(ValueError, match="a value or an abstention, and not both"):
        Reading(**both_or_neither)


def test_an_empty_value_is_a_value():
    """None alone means that nothing was read; a reader must say why instead of giving an empty text."""
    assert Reading(value="").abstention is None


def test_abstentions_are_words_that_can_be_columns():
    words = [abstention.value for abstention in Abstention]
    assert sorted(words) == ["empty", "errored", "no_answer", "not_an_option", "refused", "several", "truncated"]
