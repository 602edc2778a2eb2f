"""Where sentences of medical prose end, and that none loses or doubles a character."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.knowledge.textbooks.sentences import MAX_SENTENCE, sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "text",
    [
        "One ends here.|The next begins.",
        "The dose is 2.5 mg/kg.|Give it once.",
        "E. coli and S. aureus grow on it.|They are common.",
        "It is drained by veins, e.g. the azygos vein, i.e. two of them.|No artery does this.",
        "Dr. Ames saw it in Fig. 3 of vol. 2.|It was red.",
        "Described by J. B. Moore and others.|Nobody agreed.",
        "Written by Moore, J. A., and Groh, C. A. (2019) alone.|Nobody agreed.",
        "Take it with vitamin K.|The liver needs it.",
        "He has hepatitis B. Vaccination comes late.",
        "It was seen by Ames et al. The cause is not known.".replace("al. The", "al.|The"),
        "Shown by Ames et al. (2019) and later.|It holds.",
        "Is it red?|Yes!|It is.",
        'He said "it hurts."|Then he left.',
        "(See below.)|It goes on.",
        "The strand is read.|mRNA is made of it.",
        "The blood is tested.|pH falls.",
        "It ended there.[12]|Another study began.",
        "Give 5 mg p.o. b.i.d. for a week.|Then stop.",
        "Serum sodium was 140 vs. Chloride 100.",
        "1. Wash the hands.|2. Dry them.",
        "The rate rose to 120.|5 minutes later it fell... and rose.",
        "Levels of Na+ rise.|Ca2+ falls.",
        "Wait…|Then it came.",
        "It hurts at 3 a.m. and at noon.|He sleeps at 9 p.m.|The pain is gone by then.",
    ],
)
def test_where_sentences_end(text: str) -> None:
    """`|` stands where a reader would part them; each line was split by hand."""
    assert "|".join(sentences(text.replace("|", " "))) == text


TEXTS = st.lists(st.sampled_from([*"aB.?! \n,(9é…\"'", "e.g.", "Dr.", "The ", "mRNA ", ". ", "word "]), max_size=60).map("".join)


@settings(deadline=None, max_examples=300)
@given(TEXTS)
def test_nothing_is_lost_nothing_doubled_and_the_order_is_kept(text: str) -> None:
    spans = sentence_spans(text)
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    assert edges == sorted(edges)
    assert all(start < end for start, end in spans)
    between = [text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    assert not "".join(between).strip()
    assert all(each == each.strip() for each in sentences(text))


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5 * MAX_SENTENCE), st.sampled_from(["x", "x ", "word ", " x\n", "é.", "...", "A. "]))
def test_what_never_ends_is_cut(n: int, unit: str) -> None:
    text = (unit * n)[: 5 * MAX_SENTENCE]
    assert all(len(each) <= MAX_SENTENCE for each in sentences(text))
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
