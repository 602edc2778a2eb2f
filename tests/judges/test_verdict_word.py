"""What a judge's reply says, by hand: the word alone is read, never a part of another one, and a hedge is no verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.judges.free import claims, rubric
from osler.judges.free import open as open_answers

CLAIMS, OPEN, RUBRIC = claims.WORDS, open_answers.WORDS, rubric.WORDS


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Verdict: true", "true"),
        ("verdict: FALSE.", "false"),
        ("It is well known.\nVerdict: true", "true"),
        ("**Verdict:** **False**", "false"),
        ("**Verdict: _true_**", "true"),
        ("### Verdict\n: true", "true"),
        ("Final verdict: false", "false"),
        ("The verdict is true.", "true"),
        ("Verdict:\n\n`false`", "false"),
        ("The claim is false in children.\nVerdict: true", "true"),
        ("Verdict: true\nOn second thought, the dose is ten times too high.\nVerdict: false", "false"),
        ("Verdict: true. It would be false in pregnancy.", "true"),
        ("Verdict: true (not false)", "true"),
        ('{"reason": "the dose is false", "verdict": "true"}', "true"),
        ('{"verdict": "false", "reason": "it is true only in adults"}', "false"),
        ('{\n  "verdict": true\n}', "true"),
        ("Verdict: 'true'", "true"),
        ("True", "true"),
        ("True.", "true"),
        (" **False** ", "false"),
        ("False. It is true that it lowers the pressure, but the dose is not.", "false"),
        ("True.\nNo, wait.\nFalse.", "false"),
        ("not true", "false"),
        ("Not true.", "false"),
        ("Verdict: not true", "false"),
        ("Verdict: not entirely true", "false"),
        ("Verdict: isn't true", "false"),
        ("Verdict: not false", "true"),
        ("Verdict: untrue", "false"),
        ("This claim is true", "true"),
        ("The first half is true. As a whole it is false", "false"),
        ("The claim is not supported by the evidence.", "false"),
        ("The claim is unsupported.", "false"),
    ],
)
def test_a_word_is_read(text: str, word: str) -> None:
    assert CLAIMS.read(text) == word


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Verdict:",
        "Verdict: maybe",
        "Verdict: true or false",
        "Verdict: true/false",
        "Verdict: true, although half of it is false",
        "Verdict: neither true nor false",
        "Verdict: cannot say whether it is true",
        "Verdict: may be true",
        "Verdict: true?",
        "Verdict: partly true",
        "It is unclear whether this is true",
        "I cannot say that it is true.",
        "It is true if the patient is an adult",
        "truely",
        "trueish",
        "non-true",
        "I'm sorry, I can't help with that.",
        '{"verdict": "tr',
        '{"verdict": "true',
        '{"verdict": ',
        "The truth is out there",
    ],
)
def test_what_states_none_is_none(text: str) -> None:
    assert CLAIMS.read(text) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Verdict: same", "same"),
        ("Verdict: different", "different"),
        ("Verdict: not the same", "different"),
        ("Verdict: incorrect", "different"),
        ("Verdict: correct", "same"),
        ("The given answer is incorrect", "different"),
        ("They are not equivalent", "different"),
        ("Verdict: not different", None),  # alike in what? it has no stated opposite
        ("They name the same drug. The doses are different", None),  # mentions that disagree
        ("correctly", None),
        ("same-day", None),
    ],
)
def test_whole_words_of_an_open_answer(text: str, word: str | None) -> None:
    assert OPEN.read(text) == word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Verdict: entailed", "entailed"),
        ("Verdict: Neutral", "neutral"),
        ("Verdict: contradicted", "contradicted"),
        ("The answer entails the statement", "entailed"),
        ("The answer contradicts the statement", "contradicted"),
        ("Verdict: not entailed", None),  # neutral or contradicted
        ("Verdict: not contradicted", None),
        ("Verdict: no contradiction", None),
        ("It does not contradict. Verdict: neutral", "neutral"),
        ("entailed\ncontradicted\n", "contradicted"),
        ("It is entailed, not contradicted", None),
        ("non-contradicted", None),
    ],
)
def test_three_words(text: str, word: str | None) -> None:
    assert RUBRIC.read(text) == word


PIECES = [*"tf \n{}\"'*.,-:", "verdict:", "true", "not ", "false", "\n\n", "or "]


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join) | st.text(max_size=40))
def test_any_text_has_one_of_the_words_or_none(text: str) -> None:
    word = CLAIMS.read(text)
    assert word in ("true", "false", None)
    assert word is None or "true" in text.lower() or "false" in text.lower()


def test_a_long_reply_is_read_in_good_time() -> None:
    for piece in ("\n", "verdict", "verdict: ", "not ", "true ", '{"', " or", "n't ", "- "):
        assert CLAIMS.read(piece * (200_000 // len(piece))) in ("true", None)
