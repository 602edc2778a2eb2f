"""Quotes are found where they stand, whatever a model did to spaces and marks, and nowhere else."""

import pytest

from osler.synthesise.quoting import folded, quoted_span

TEXT = "Scurvy is a lack of vitamin C.\nGums bleed – “corkscrew” hairs are seen; blood pressure is 120/80 mmHg. Hypertension is no part."


@pytest.mark.parametrize(
    ("quote", "said"),
    [
        ("Scurvy is a lack of vitamin C.", "Scurvy is a lack of vitamin C."),
        ("scurvy  is a LACK of vitamin c", "Scurvy is a lack of vitamin C"),
        ("vitamin C. Gums bleed", "vitamin C.\nGums bleed"),
        ('Gums bleed - "corkscrew" hairs', "Gums bleed – “corkscrew” hairs"),
        ('"Gums bleed"', "Gums bleed"),
        ("a lack of vitamin C ... corkscrew", "a lack of vitamin C.\nGums bleed – “corkscrew"),
        ("a lack […] Gums bleed", "a lack of vitamin C.\nGums bleed"),
        ("lack\u200b of vit\u00adamin C", "lack of vitamin C"),
    ],
)
def test_a_quote_is_found(quote: str, said: str) -> None:
    span = quoted_span(quote, TEXT)
    assert span is not None
    assert TEXT[slice(*span)] == said


@pytest.mark.parametrize("quote", ["", "...", '""', "Rickets is a lack", "tension is no part", "Gums bleed ... Scurvy is", "is a lac"])
def test_what_does_not_stand_there_is_not_found(quote: str) -> None:
    assert quoted_span(quote, TEXT) is None


def test_places_hold_where_folding_changes_the_length() -> None:
    text = "Straße, ﬁbrosis and cafe\u0301 au lait spots; İ marks; β-blocker"
    for quote, said in (
        ("fibrosis", "ﬁbrosis"),
        ("strasse", "Straße"),
        ("café au lait", "cafe\u0301 au lait"),
        ("β-blocker", "β-blocker"),
        ("marks", "marks"),
    ):
        span = quoted_span(quote, text)
        assert span is not None, quote
        assert text[slice(*span)] == said


def test_a_text_in_which_characters_are_composed_is_folded_alike() -> None:
    assert folded("Cafe\u0301  AU\tlait") == folded("café au LAIT") == "café au lait"
    assert folded("Guillain–Barré") == "guillain-barré"


def test_a_quote_without_spaces_between_words_is_found_in_chinese() -> None:
    span = quoted_span("维生素C缺乏", "坏血病是维生素C缺乏引起的。")
    assert span == (4, 10)
