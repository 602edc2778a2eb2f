"""RankedListReader and RankedListJudge: which entries in which order, and what they earn."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from osler.core.question import Question, RankedListKey, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.name.ranked_list import RankedListJudge, RankedListReader
from osler.judges.stated.plain import plain

QUESTION = Question("q-1", "Give the differential diagnosis, the most likely first.", kind="ranked_list")
LISTS = [
    ("1. Gout\n2. Pseudogout\n3. Sepsis", "Gout|Pseudogout|Sepsis"),
    ("1) Gout\n2) Pseudogout", "Gout|Pseudogout"),
    ("- Gout\n- Pseudogout", "Gout|Pseudogout"),
    ("* **Gout**\n* **Pseudogout**", "Gout|Pseudogout"),
    (
        "1. **Gout** - because of uric acid\n2. Pseudogout: crystals\n3. Septic arthritis, which is rarer",
        "Gout|Pseudogout|Septic arthritis",
    ),
    ("1. **Gout:** acid\n2. **Sepsis:** fever", "Gout|Sepsis"),
    ("1. Gout (M10.9) – 70%\n2. Sepsis 20%\n3. The flu, 10 %", "Gout|Sepsis|flu"),
    ("1. Systemic lupus erythematosus (SLE)\n2. Myositis (most likely viral)", "Systemic lupus erythematosus|Myositis"),
    ("1. Pneumonia (aspiration)\n2. Asthma", "Pneumonia (aspiration)|Asthma"),
    ("- **Most likely diagnosis:** Gout\n- **Second:** Sepsis", "Gout|Sepsis"),
    ("1. Gout\n2. gout\n3. The Gout\n4. Sepsis", "Gout|Sepsis"),
    ("Final answer:\n1. Gout\n2. Pseudogout\n", "Gout|Pseudogout"),
    ("Differential diagnosis:\n\n1. Lupus\n   - rash\n   - joints\n2. Myositis\n\nNext steps:\n- ANA\n- CK", "Lupus|Myositis"),
    ("Findings:\n- fever\n- rash\n\nThe most likely diagnoses are:\n1. Measles\n2. Rubella", "Measles|Rubella"),
    ("1. Gout\n- red joint\n2. Sepsis\n- fever", "Gout|Sepsis"),
    ("The answer is gout, pseudogout, and septic arthritis.", "gout|pseudogout|septic arthritis"),
    ("The answer is 1. Gout 2. Pseudogout 3. Sepsis", "Gout|Pseudogout|Sepsis"),
    ("Answer: 1) Gout, 2) Pseudogout", "Gout|Pseudogout"),
    ("Answer: gout; pseudogout; Lyme disease, late", "gout|pseudogout|Lyme disease, late"),
    ("gout > pseudogout > sepsis", "gout|pseudogout|sepsis"),
    ("gout", "gout"),
    (r"\boxed{gout, sepsis}", "gout|sepsis"),
    ('["Gout", "Pseudogout", "gout"]', "Gout|Pseudogout"),
    ('```json\n{"diagnoses": [{"rank": 1, "name": "Gout"}, {"rank": 2, "name": "Lyme disease"}]}\n```', "Gout|Lyme disease"),
    ('{"thinking": "…", "answer": ["Gout", "Sepsis"]}', "Gout|Sepsis"),
    ("<think>1. Sepsis\n2. Gout</think>\n1. Lupus", "Lupus"),
    ("1) Gout 2) Pseudogout", "Gout|Pseudogout"),
    ("(1) Gout (2) Pseudogout (3) Sepsis", "Gout|Pseudogout|Sepsis"),
    ("1. Gout, 2. Pseudogout\n3. Sepsis", "Gout|Pseudogout|Sepsis"),
    ("1. Factor 2) excess\n2. Gout", "Factor 2) excess|Gout"),
    ("Differential diagnosis: 1) Gout 2) Pseudogout", "Gout|Pseudogout"),
    ("Ranked:\n#1 Gout\n#2 Pseudogout", "Gout|Pseudogout"),
    ("1 - Gout\n2 - Pseudogout", "Gout|Pseudogout"),
    ("a) Gout\nb) Pseudogout", "Gout|Pseudogout"),
    ("| Rank | Name |\n|---|---|\n| 1 | Gout | hot |\n| 2 | Pseudogout | warm |", "Gout|Pseudogout"),
    ("**1. Gout**\n\nThe toe is hot.\n\n**2. Pseudogout**\n\nIt may be.", "Gout|Pseudogout"),
    ("### 1. Gout\nThe toe is hot.\n### 2. Pseudogout\nIt may be.", "Gout|Pseudogout"),
    ("The differential includes gout, pseudogout and sepsis.", "gout|pseudogout|sepsis"),
    ("The most likely diagnosis is gout, followed by pseudogout.", "gout|pseudogout"),
    ("First, gout; second, pseudogout; third, sepsis.", "gout|pseudogout|sepsis"),
    ("gout or pseudogout", "gout|pseudogout"),
    ("Gout | Pseudogout", "Gout|Pseudogout"),
    ('{"1": "Gout", "2": "Pseudogout"}', "Gout|Pseudogout"),
    ('{"differential": "Gout, Pseudogout"}', "Gout|Pseudogout"),
    ("1. Gout\n2. Sepsis\n\nQuestion: And in a child?\nThe answer is measles, rubella.", "Gout|Sepsis"),
]
ABSTAINED = [
    ("", Abstention.EMPTY),
    ("<think>1. Gout", Abstention.TRUNCATED),
    ("I cannot provide a diagnosis. Please see a doctor.", Abstention.REFUSED),
    ("not gout", Abstention.NO_ANSWER),
    ("The answer is not gout.", Abstention.NO_ANSWER),
    ("I don't think the answer is gout.", Abstention.NO_ANSWER),
    ("I don't know", Abstention.NO_ANSWER),
    ("The answer is", Abstention.NO_ANSWER),
    (r"\boxed{", Abstention.NO_ANSWER),
    ("**", Abstention.NO_ANSWER),
    ("[]", Abstention.NO_ANSWER),
    ("She needs rest. She should sleep.", Abstention.NO_ANSWER),
    ("Fever, rash and cough are common", Abstention.NO_ANSWER),
    ("Next steps:\n- ANA\n- CK", Abstention.NO_ANSWER),
]
KEY = RankedListKey(("gout", "pseudogout"), synonyms={"gout": ("podagra",)})


def read(text: str) -> str | Abstention | None:
    reading = RankedListReader().read(text, QUESTION)
    return reading.value.replace("\n", "|") if reading.value is not None else reading.abstention


def judged(*entries: str) -> Verdict:
    return RankedListJudge().judge(Reading("\n".join(entries)), KEY)


@pytest.mark.parametrize(("text", "entries"), LISTS)
def test_entries(text: str, entries: str) -> None:
    assert read(text) == entries


@pytest.mark.parametrize(("text", "abstention"), ABSTAINED)
def test_what_lists_nothing(text: str, abstention: Abstention) -> None:
    assert read(text) is abstention


@pytest.mark.parametrize(
    ("entries", "outcome", "reason", "reciprocal_rank", "tops"),
    [
        (("Gout", "Sepsis"), Outcome.RIGHT, "key", 1.0, (1, 1, 1)),
        (("The gout",), Outcome.RIGHT, "key", 1.0, (1, 1, 1)),
        (("Podagra", "Sepsis"), Outcome.RIGHT, "synonym", 1.0, (1, 1, 1)),
        (("Sepsis", "Pseudogout"), Outcome.WRONG, "lower_entry", 1 / 2, (0, 1, 1)),
        (("a", "b", "gout", "pseudogout"), Outcome.WRONG, "lower_entry", 1 / 3, (0, 1, 1)),
        (("a", "b", "c", "gout"), Outcome.WRONG, "lower_entry", 1 / 4, (0, 0, 1)),
        (("a", "b", "c", "d", "e", "gout"), Outcome.WRONG, "lower_entry", 1 / 6, (0, 0, 0)),
        (("Sepsis", "tophaceous gout"), Outcome.WRONG, "absent", 0.0, (0, 0, 0)),
        ((*"abcdefghij", "gout"), Outcome.WRONG, "absent", 0.0, (0, 0, 0)),  # the eleventh
    ],
)
def test_marks(entries: tuple[str, ...], outcome: Outcome, reason: str, reciprocal_rank: float, tops: tuple[int, int, int]) -> None:
    verdict = judged(*entries)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    assert verdict.marks == {
        "reciprocal_rank": reciprocal_rank,
        "top_1": tops[0],
        "top_3": tops[1],
        "top_5": tops[2],
        "n_entries": len(entries),
    }


@given(st.lists(st.sampled_from(["gout", "podagra", "sepsis", "flu", "lupus", "asthma"]), min_size=1, max_size=15, unique=True))
def test_a_longer_list_earns_no_more_than_the_same_list_cut_at_its_hit(entries: list[str]) -> None:
    whole = judged(*entries).marks
    rank = next((place for place, entry in enumerate(entries, start=1) if entry in ("gout", "podagra")), len(entries))
    cut = judged(*entries[:rank]).marks
    assert all(whole[mark] <= cut[mark] for mark in ("reciprocal_rank", "top_1", "top_3", "top_5"))


def test_no_answer_earns_nothing_and_other_kinds_are_not_judged() -> None:
    verdict = RankedListJudge().judge(Reading(abstention=Abstention.TRUNCATED), KEY)
    assert (verdict.outcome, verdict.reason) == (Outcome.NO_ANSWER, "truncated")
    assert set(verdict.marks.values()) == {0.0}
    assert RankedListJudge().judge(Reading("gout"), TextKey("gout")).reason == "wrong_kind"


PIECES = [
    "1. ",
    "2) ",
    "- ",
    "Gout",
    "\n",
    ", ",
    "**",
    "[",
    '"]',
    '["',
    "answer: ",
    ":",
    " > ",
    "(",
    "{",
    "not ",
    "\\boxed{",
    "<think>",
    "Diagnosis:\n",
]


def test_latex_in_json_is_no_control_character() -> None:
    """JSON takes the backslash of `\\boxed` and `\\text` with the letter after it for a control character."""
    assert RankedListReader().read(r'["\boxed{gout}", "\text{lupus}"]', QUESTION).value == "gout\nlupus"
    assert RankedListReader().read(r'{"1": "\boxed{gout}", "2": "lupus"}', QUESTION).value == "gout\nlupus"
    assert RankedListReader().read(r'["gout\tand pain", "lupus"]', QUESTION).value == "gout and pain\nlupus"


@settings(max_examples=400, deadline=None)
@example('["\\boxed{"]')
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=16).map("".join))
def test_no_text_raises_and_every_entry_is_in_the_text(text: str) -> None:
    reading = RankedListReader().read(text, QUESTION)
    if reading.value is None:
        return
    assert reading.span is not None
    assert 0 <= reading.span[0] < reading.span[1] <= len(text)
    words = "".join(character for character in plain(text).text if character.isascii() and character.isalnum())
    for entry in reading.value.split("\n"):
        assert "".join(character for character in entry if character.isascii() and character.isalnum()) in words


@pytest.mark.parametrize(
    "piece", ["1. Gout 2. ", "1) a\n", "- a\n", "[", "gout, ", "the differential includes ", "| 1 | a |\n", "# 1. a\nb\n"]
)
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    for before in ("", "The answer is "):
        text = (before + piece * 100_000)[:100_000]
        taken = []
        for _ in range(4):
            start = time.process_time()
            RankedListReader().read(text, QUESTION)
            taken.append(time.process_time() - start)
        assert min(taken) < 0.05, f"{piece!r}: {1000 * min(taken):.0f} ms"
