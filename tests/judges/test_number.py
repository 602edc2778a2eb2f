"""NumberReader: which number a text states. Expected values are read off the texts by hand."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.question import Question
from osler.core.reading import Abstention
from osler.judges.number.amount import parted
from osler.judges.number.reader import NumberReader

QUESTION = Question("q-1", "What is the value?", kind="number")
PREGNANCY = Question("q-2", "What is the gestational age? Give a tuple of weeks and days.", kind="number")

STATED = [
    ("The answer is 12.3 mg/dL.", "12.3 mg/dL"),
    ("= 5.2 mmol/L", "5.2 mmol/L"),
    (r"\boxed{12}", "12"),
    (r"$\boxed{12.5\text{ mg/dL}}$", "12.5 mg/dL"),
    ('{"answer": "25.24 mL/min"}', "25.24 mL/min"),
    ('{"step": "5 + 7", "answer": 12, "n": 3}', "12"),
    ('{"answer": [12]}', "12"),
    ("<answer>7</answer>", "7"),
    ("<think>5</think>The answer is 6", "6"),
    ("The final answer is: ≈12 mL", "12 mL"),
    ("Answer:\n\n12 mg", "12 mg"),
    ("## Final Answer\n12.5", "12.5"),
    ("Answer: 5\nExplanation: 2+3", "5"),
    ("Answer: 494.5 msec (≈495 msec).", "494.5 ms"),
    ("The answer is 5.2 mmol/L (94 mg/dL).", "5.2 mmol/L"),
    ("The answer is 12, because 3 + 9.", "12"),
    ("The answer is 12, with 95% CI 10 to 14.", "12"),
    ("The answer is CHA2DS2-VASc 4", "4"),
    ("Answer: CURB-65 score of 3", "3"),
    ("The answer is stage 3", "3"),
    ("The answer is four.", "4"),
    ("four", "4"),
    ("Score: 7 (Child-Pugh class B)", "7"),
    ("**12**", "12"),
    ("The answer is **12** points.", "12"),
    ("12.", "12"),
    ("The answer is $25", "25"),
    ("Die Antwort ist 16,5 mmol/l.", "16.5 mmol/L"),
]
CONCLUDED = [
    ("Therefore, the patient's BMI is 22.1 kg/m².", "22.1 kg/m²"),
    ("Total score: 1 + 1 + 0 = **2**.", "2"),
    ("So the corrected calcium = 7.2 + 0.8*(4 - 3.2) = 7.84 mg/dL.", "7.84 mg/dL"),
    ("**Final result: 12.3 mg/dL**\n\nThis indicates mild hypercalcaemia.", "12.3 mg/dL"),
    ("Thus, 5 of the 8 PERC criteria are satisfied.", "5"),
    ("Based on a rate of 79 bpm, the QTc is 364.8 ms.", "364.8 ms"),
    ("Rounded to one decimal place, this is approximately 20.0 kg/m².", "20 kg/m²"),
    ("Rounded to one decimal place, 15.9 mL/min.", "15.9 mL/min"),
    ("1. Age: 1\n2. Sex: 1\nThe risk is high, with a result of 2.", "2"),
    ("The score is 5. Wait, one more for age. The score is 6.", "6"),
    ("QTc = 330 / 0.664 ≈ 497 msec.\\n5. Verify the steps.", "497 ms"),
    ("Converting this gives 116.67, rounded to 117 mL/hr.", "117 mL/h"),
    ("5*3=15", "15"),
    ("2**3 = 8", "8"),
    ("CrCl = (140 - 62) × 70 × 0.85 / (72 × 1.2) = 53.7 mL/min", "53.7 mL/min"),
]
WRITTEN = [
    ("1,234.5", "1234.5"),
    ("12,345", "12345"),
    ("1,00,000", "100000"),  # by hundreds, as in India
    ("2\u202f400 mL", "2400 mL"),
    ("0,125", "0.125"),
    ("5,2 mmol/l", "5.2 mmol/L"),
    (".5", "0.5"),
    ("1.2e-3", "0.0012"),
    ("1.2 x 10^9", "1200000000"),
    (r"$1.2 \times 10^{-3}$ mol", "0.0012 mol"),
    ("1.2 × 10^9/L", "1.2 10^9/L"),
    ("150 × 10⁹/L.", "150 10^9/L"),
    ("1.2 million", "1200000"),
    ("1,250,000/µL", "1250000 /µL"),
    ("53.1 %", "53.1 %"),
    ("53.1%", "53.1 %"),
    ("53.1 percent", "53.1 %"),
    ("-12", "-12"),
    ("−12.5 mEq/L", "-12.5 mEq/L"),
    ("minus 4", "-4"),
    ("0", "0"),
    ("-0.0", "0"),
    ("75.40", "75.4"),
    ("12 out of 20", "12"),
    ("12/20 points", "12"),
    ("12 of 20 points", "12"),
    ("12/20", "12"),
    ("3 weeks and 2 days", "23 days"),
    ("3 weeks, 2 days", "23 days"),
    ("(3 weeks, 2 days)", "23 days"),
    ("('3 weeks', '2 days')", "23 days"),
    ("29+3 weeks", "206 days"),
    ("29 3/7 weeks", "206 days"),
    ("3 weeks", "3 weeks"),
    ("5 ft 7 in", "67 inch"),
    ("37.5 °C", "37.5 °C"),
    ("98.6°F", "98.6 °F"),
    ("5.2 ± 0.3 mg", "5.2 mg"),
    ("2400mL", "2400 mL"),
    ("12 mg/kg/day", "12 mg/kg/day"),
    ("6 mL/min/1.73 m²", "6 mL/min/1.73m²"),
    ("N/A", "n/a"),
    ("not applicable", "n/a"),
    ("insufficient information", "n/a"),
]
NOT_COMPUTABLE = [
    "cannot be computed",
    "The answer cannot be determined from the note.",
    "The answer is N/A.",
    "The anion gap cannot be calculated because chloride is missing.",
    "Without the weight, the clearance can't be calculated.",
]
ABSTAINED = [
    ("", Abstention.EMPTY),
    ("<think>The answer is 6", Abstention.TRUNCATED),
    ("I'm sorry, I cannot calculate doses for a patient.", Abstention.REFUSED),
    ("5 to 7", Abstention.SEVERAL),
    ("5-7 mg", Abstention.SEVERAL),
    ("The answer is 5–7.", Abstention.SEVERAL),
    ("between 5 and 7", Abstention.SEVERAL),
    ("The answer is 5 or 6.", Abstention.SEVERAL),
    ("The answer is 5 mg or 10 mg", Abstention.SEVERAL),
    ("1, 2, 3", Abstention.SEVERAL),
    ('{"answer": [12, 13]}', Abstention.SEVERAL),
    ("> 60 mL/min", Abstention.SEVERAL),
    ("The answer is at least 5.", Abstention.SEVERAL),
    ("The answer is 5 or more.", Abstention.SEVERAL),
    ("94% or above", Abstention.SEVERAL),
    ("60+", Abstention.SEVERAL),
    ("Blood pressure: 120/80 mmHg", Abstention.SEVERAL),
    ("The answer is not 12.", Abstention.NO_ANSWER),
    ("I don't think the answer is 12.", Abstention.NO_ANSWER),
    ("The score is not 5.", Abstention.NO_ANSWER),
    ("It could be 5.", Abstention.NO_ANSWER),
    ("If the score is 5, refer.", Abstention.NO_ANSWER),
    ("Is the score 5?", Abstention.NO_ANSWER),
    ("The answer is 5 + 3", Abstention.NO_ANSWER),
    ("Answer: 40 + 80 + 12", Abstention.NO_ANSWER),
    ("one of the following", Abstention.NO_ANSWER),
    ("See the guideline of 2012 [3] for the formula.", Abstention.NO_ANSWER),
    ("The answer is", Abstention.NO_ANSWER),
    ("**", Abstention.NO_ANSWER),
    ("12th", Abstention.NO_ANSWER),
    ("25-α-hydroxylase", Abstention.NO_ANSWER),
    ("12-lead ECG", Abstention.NO_ANSWER),
    ("12.3.4", Abstention.NO_ANSWER),
    ("12:30", Abstention.NO_ANSWER),
    ("1:160", Abstention.NO_ANSWER),
    ("06/30/2024", Abstention.NO_ANSWER),
    ("1e999", Abstention.NO_ANSWER),
    (r"The answer is $\frac{3}{4}$", Abstention.NO_ANSWER),
    ("__import__('os').system('x')", Abstention.NO_ANSWER),
    ("__import__('os').system('echo 42')", Abstention.NO_ANSWER),
    ("eval('40+2')", Abstention.NO_ANSWER),
    ("name 'N' is not defined", Abstention.NO_ANSWER),
]
PHRASINGS = ["{}", "The answer is {}.", "Thinking …\n\nFinal answer: {}", r"\boxed{{{}}}", "**{}**", "Thus the score comes to {}", "x = {}"]


def read(text: str, question: Question = QUESTION) -> str | Abstention | None:
    reading = NumberReader().read(text, question)
    return reading.value if reading.value is not None else reading.abstention


@pytest.mark.parametrize(("text", "value"), STATED + CONCLUDED)
def test_a_stated_number_is_read(text: str, value: str) -> None:
    assert read(text) == value


@pytest.mark.parametrize(("text", "value"), WRITTEN)
def test_a_number_is_read_however_it_is_written(text: str, value: str) -> None:
    read_from = {phrasing: read(phrasing.format(text)) for phrasing in PHRASINGS[:4]}
    assert read_from == dict.fromkeys(PHRASINGS[:4], value)


@pytest.mark.parametrize("text", NOT_COMPUTABLE)
def test_what_cannot_be_computed_is_a_value(text: str) -> None:
    assert read(text) == "n/a"


@pytest.mark.parametrize(("text", "abstention"), ABSTAINED)
def test_what_states_no_number_is_an_abstention(text: str, abstention: Abstention) -> None:
    assert read(text) is abstention


@pytest.mark.parametrize("number", ["0", "3", "-7", "12", "120", "0.05", "53.1", "1047"])
@pytest.mark.parametrize("unit", ["", " mg", " mmol/L", " %"])
def test_every_plain_phrasing_of_a_number_is_read(number: str, unit: str) -> None:
    assert {phrasing: read(phrasing.format(number + unit)) for phrasing in PHRASINGS} == dict.fromkeys(PHRASINGS, number + unit)


def test_a_bare_pair_is_weeks_and_days_only_where_these_are_asked_for() -> None:
    assert read("(29, 3)", PREGNANCY) == read("The answer is (29, 3).", PREGNANCY) == read("29+3", PREGNANCY) == "206 days"
    assert read("(29, 3)") is Abstention.SEVERAL
    assert read("29+3") is Abstention.NO_ANSWER


def test_a_text_that_contradicts_itself_keeps_both_answers() -> None:
    reading = NumberReader().read("The answer is 5 mg. No: the answer is 6 mg.", QUESTION)
    assert (reading.value, reading.rival) == ("6 mg", "5 mg")
    assert NumberReader().read("The answer is 6. So the answer is 6.", QUESTION).rival is None


def test_the_span_is_the_number_in_the_text() -> None:
    text = "Let me see.\n\n**Answer:** 1,234 mg, as above"
    reading = NumberReader().read(text, QUESTION)
    assert reading.span is not None
    assert text[slice(*reading.span)] == "1,234 mg"


PIECES = (
    (
        "the answer is ",
        "= ",
        "12",
        "3.5",
        "-",
        " mg/dL",
        "%",
        "(",
        ")",
        ", ",
        " or ",
        "n/a",
        "not ",
        "\n",
        "**",
        "weeks",
        " and 2 days",
        "}",
    ),
    (
        "1e9",
        "×10^9/L",
        "/",
        " out of ",
        "<think>",
        "</think>",
        ". ",
        "therefore ",
        "is ",
        "\\frac{1}{2}",
        "٣",
        "½",
        "\ud800",
        '{"answer": ',
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES[0] + PIECES[1]) | st.text(max_size=6), max_size=14).map("".join))
def test_no_text_raises_and_no_number_is_made_up(text: str) -> None:
    reading = NumberReader().read(text, QUESTION)
    if reading.value not in (None, "n/a"):
        assert reading.span is not None
        start, end = reading.span
        assert 0 <= start < end <= len(text)
        stated = parted(reading.value or "")
        assert stated is not None
        assert any(character.isdigit() for character in text[start:end]) or stated[0] in range(13)


LONG = [
    "12 ",
    "the answer is ",
    "the answer is 12 or ",
    "(",
    "1,",
    "= 12 ",
    "is ",
    "total score is 5. ",
    "\\boxed{",
    '"answer": ',
    ". ",
    "5+",
    "\n",
]


@pytest.mark.parametrize("piece", LONG)
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    text = (piece * 100_000)[:100_000]
    taken = []
    for _ in range(4):
        start = time.perf_counter()
        NumberReader().read(text, QUESTION)
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.2  # 0.05 on an idle machine


@pytest.mark.parametrize(
    ("text", "value", "span"),
    [
        ("One point for age, three for stroke.\n\n4", "4", (38, 39)),
        ("1 + 3 = 4 points so far, and none for sex.\n**4.5 mg/dL**\n", "4.5 mg/dL", (45, 54)),
        ("The answer is 5.\n4", "5", (14, 15)),
    ],
)
def test_a_last_line_that_is_nothing_but_a_number_answers_where_nothing_is_closed(text, value, span):
    reading = NumberReader().read(text, QUESTION)
    assert (reading.value, reading.span) == (value, span)


@pytest.mark.parametrize("text", ["Give it for 3 days.\nThen stop.", "Doses:\n1. 5 mg\n2. 10 mg", "Age 60\nCreatinine 1.2 and urea 40"])
def test_a_last_line_of_something_else_does_not(text):
    assert NumberReader().read(text, QUESTION).method != "last_line"
