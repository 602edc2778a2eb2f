"""DateReader and DateJudge: which day a text states."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.question import DateKey, Question, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome
from osler.judges.number.date import DateJudge, DateReader

QUESTION = Question("q-1", "On which day is the baby due?", kind="date")
DAY = "2024-06-30"
FORMS = [
    *("2024-06-30", "2024/06/30", "2024-6-30", "06/30/2024", "6/30/2024", "06-30-2024", "30/06/2024", "30.06.2024", "30.6.2024"),
    *("June 30, 2024", "June 30 2024", "June 30th, 2024", "Jun 30, 2024", "Jun. 30, 2024", "30 June 2024", "30 Jun 2024", "30-Jun-2024"),
    *("30th June 2024", "30th of June, 2024", "the 30th of June 2024", "Sunday, June 30, 2024", "Sunday 30 June 2024", "JUNE 30, 2024"),
    *("2024 June 30", "2024-06-30T00:00:00"),
]
PHRASINGS = [
    "{}",
    "The answer is {}.",
    "Counting …\n\nFinal answer: {}",
    r"\boxed{{{}}}",
    "**{}**",
    "Therefore, the due date is {}.",
    '{{"answer": "{}"}}',
]
STATED = [
    ("The last period began on September 24, 2023, so the baby is due on June 30, 2024.", DAY),
    ("The answer is 06/30/2024 (June 30, 2024).", DAY),
    ("The answer is 06/30/2024, 280 days after 09/24/2023.", DAY),
    ("The answer is 06/29/2024. Wait. The answer is 06/30/2024.", DAY),
    ("LMP 09/24/2023\n+ 280 days\nDue date: 06/30/2024", DAY),
    ("<think>The answer is 06/29/2024</think>06/30/2024", DAY),
    ("05/06/2024", "2024-05-06"),
    ("05.06.2024", "2024-06-05"),
    ("02/29/2024", "2024-02-29"),
]
ABSTAINED = [
    ("", Abstention.EMPTY),
    ("<think>06/30/2024", Abstention.TRUNCATED),
    ("The answer is 02/30/2024.", Abstention.NO_ANSWER),
    ("02/29/2023", Abstention.NO_ANSWER),
    ("The answer is 13/13/2024.", Abstention.NO_ANSWER),
    ("June 31, 2024", Abstention.NO_ANSWER),
    ("06/30/24", Abstention.NO_ANSWER),
    ("The baby is due in June.", Abstention.NO_ANSWER),
    ("June 2024", Abstention.NO_ANSWER),
    ("12", Abstention.NO_ANSWER),
    ("The answer is not 06/30/2024.", Abstention.NO_ANSWER),
    ("not 06/30/2024", Abstention.NO_ANSWER),
    ("106/30/2024", Abstention.NO_ANSWER),
    ("06/30/20245", Abstention.NO_ANSWER),
    ("time data 'N/A' does not match format '%m/%d/%Y'", Abstention.NO_ANSWER),
    ("The answer is N/A.", Abstention.NO_ANSWER),
    ("The baby is due on June 30 or July 1, 2024.", Abstention.SEVERAL),
    ("The answer is 06/30/2024 or 07/01/2024.", Abstention.SEVERAL),
    ("between June 1, 2024 and June 30, 2024", Abstention.SEVERAL),
    ("June 28-30, 2024", Abstention.SEVERAL),
]


def read(text: str) -> str | Abstention | None:
    reading = DateReader().read(text, QUESTION)
    return reading.value if reading.value is not None else reading.abstention


@pytest.mark.parametrize("form", FORMS)
def test_every_form_in_every_phrasing(form: str) -> None:
    assert {phrasing: read(phrasing.format(form)) for phrasing in PHRASINGS} == dict.fromkeys(PHRASINGS, DAY)


@pytest.mark.parametrize(("text", "value"), STATED)
def test_the_day_that_is_stated(text: str, value: str) -> None:
    assert read(text) == value


@pytest.mark.parametrize(("text", "abstention"), ABSTAINED)
def test_what_states_no_day(text: str, abstention: Abstention) -> None:
    assert read(text) is abstention


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_as_it_is_written_by_the_standard_library(day: date) -> None:
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%d %B %Y", "%B %d, %Y", "%d.%m.%Y"):
        assert read(f"The answer is {day.strftime(form)}.") == day.isoformat()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(["06/30/2024", " or ", "June ", "30", ", 2024", "the answer is ", "/", "-", "\n", "0000", "is "])
        | st.text(max_size=5)
    )
)
def test_no_text_raises(pieces: list[str]) -> None:
    text = "".join(pieces)
    reading = DateReader().read(text, QUESTION)
    if reading.value is not None:
        assert reading.span is not None
        assert date.fromisoformat(reading.value).isoformat() == reading.value
        assert str(int(reading.value[:4])) in text[slice(*reading.span)]


def test_judge() -> None:
    key = DateKey(date(2024, 6, 30))
    assert DateJudge().judge(Reading(DAY), key).outcome is Outcome.RIGHT
    other = DateJudge().judge(Reading((date(2024, 6, 30) + timedelta(days=1)).isoformat()), key)
    assert (other.outcome, other.reason) == (Outcome.WRONG, "other_day")
    assert DateJudge().judge(Reading("June 30"), key).outcome is Outcome.WRONG
    refused = DateJudge().judge(Reading(abstention=Abstention.REFUSED), key)
    assert (refused.outcome, refused.reason) == (Outcome.NO_ANSWER, "refused")
    assert DateJudge().judge(Reading(DAY), TextKey("June")).outcome is Outcome.UNJUDGED
