"""The steps of differentials: written as by hand, true as they stand and in any order, false with a wrong number or name."""

import time

import pytest

from osler.clinic.differentials.steps import Facts, check, share, write_steps
from osler.clinic.truth import Truth

ATROPHY, REFLEX = "Atrophy, cerebellar (4p16.3): type 2", "EMG: odd; is present: A .10"
FACTS = Facts(
    asked="likeliest",
    marks=("A", "B"),
    candidates=("one, of two", "other"),
    names=(ATROPHY, "Ataxia", REFLEX),
    n_present=2,
    percents=((90, 45), (None, 50), (0, 100)),
    options=(),
    option_percents=(),
    right="A",
    order=("one, of two", "other"),
    is_asked=False,
)
"""By hand: atrophy .90 and .45 give 2/3 and 1/3; ataxia .02 and .50 then 4/3 and 50/3 hundredths: 4/54 and 50/54; the absent reflex .99 and
.01 then 396 and 50: .888 and .112."""
STEPS = (
    f"(1) {ATROPHY} is present: A .90, B .45; posterior after 1: A .667, B .333.",
    "(2) Ataxia is present: A .02, B .50; posterior after 1, 2: A .074, B .926.",
    f"(3) {REFLEX} is absent: A .99, B .01; posterior after 1, 2, 3: A .888, B .112.",
    "A is likeliest. The answer is A.",
)
NEXT = FACTS._replace(
    asked="next_finding",
    marks=("I", "II"),
    names=("Atrophy",),
    n_present=1,
    percents=((50, 50),),
    options=("Ataxia", "Chorea (mild)", "Coma", "Cough"),
    option_percents=((50, 50), (90, 10), (30, 30), (60, 40)),
    right="B",
)
"""Even after the first finding: 1 bit. Chorea is there with probability .5 and leaves the entropy of (.9, .1) either way: .469 bits."""
RULED_OUT = FACTS._replace(asked="ruled_out", n_present=1, percents=((90, 45), (90, 99), (0, 100)), right="B")


def true(facts: Facts, step: str) -> bool:
    truth = check(facts, step)
    assert truth is not Truth.UNREADABLE, step
    return truth is Truth.TRUE


def test_written_as_by_hand() -> None:
    assert write_steps(FACTS) == STEPS
    assert all(true(FACTS, step) for step in STEPS)


def test_next_finding_as_by_hand() -> None:
    steps = write_steps(NEXT)
    assert steps[:2] == ("(1) Atrophy is present: I .50, II .50; posterior after 1: I .500, II .500.", "The entropy after 1 is 1.000 bits.")
    assert steps[3] == (
        "Looking for B (Chorea (mild)): present with probability .500; entropy .469 if present, .469 if absent, .469 on average."
    )
    assert steps[-1] == "B leaves the least entropy. The answer is B."
    assert all(true(NEXT, step) for step in steps)


def test_ruled_out_as_by_hand() -> None:
    steps = write_steps(RULED_OUT)
    assert steps == (
        "(2) Ataxia is absent: always shown by none.",
        f"(3) {REFLEX} is absent: always shown by B.",
        "B is ruled out. The answer is B.",
    )
    assert all(true(RULED_OUT, step) for step in steps)


def test_ranked_as_by_hand() -> None:
    facts = FACTS._replace(asked="ranked")
    closing = write_steps(facts)[-1]
    assert closing == "The order is A, B. The answer is: one, of two; other."
    assert true(facts, closing)
    assert true(facts, "The answer is: one, of two; other.")
    assert not true(facts, "The order is B, A. The answer is: one, of two; other.")
    assert not true(facts, "The order is A, B. The answer is: other; one, of two.")
    assert not true(facts, "The answer is A.")


def test_questions_are_answered() -> None:
    facts = FACTS._replace(is_asked=True, names=("Do you cough?", "Is it cold?", "Are you well?"))
    step = write_steps(facts)[2]
    assert step.startswith("(3) Are you well? is answered no: ")
    assert true(facts, step)
    assert not true(facts, step.replace("is answered no", "is absent"))


@pytest.mark.parametrize(
    "step",
    [
        "(2) Ataxia is present: B .50, A .02; posterior after 2: B .962, A .038.",
        "(2) Ataxia is present: A .02, B .50; posterior after 2, 1: A .074, B .926.",
        f"(3) {REFLEX} is absent: A .99, B .01; posterior after 3: A .990, B .010.",
        f"(1) {ATROPHY} is present: A .90, B .45; posterior after 2, 3, 1: A .888, B .112.",
        "The answer is A.",
        "  The answer is A.\n",
        "The entropy after 1, 2 is .381 bits.",
    ],
)
def test_true_in_another_order_for_the_findings_that_it_names(step: str) -> None:
    """Ataxia alone: 2 to 50 is .038 to .962. The reflex alone: .990 and .010. After 1 and 2, (4/54, 50/54) has .381 bits."""
    assert true(FACTS, step)


@pytest.mark.parametrize(
    "step",
    [
        "(2) Ataxia is present: A .02, B .50; posterior after 1, 2: A .075, B .925.",
        "(2) Ataxia is present: A .03, B .50; posterior after 1, 2: A .074, B .926.",
        "(2) Ataxia is present: A .02, B .50; posterior after 1, 2: B .074, A .926.",
        "(2) Ataxia is present: A .02, B .50; posterior after 1: A .667, B .333.",
        "(2) Ataxia is present: A .02, B .50; posterior after 1, 2, 2: A .074, B .926.",
        "(2) Ataxia is present: A .02, B .50; posterior after 1, 2, 4: A .074, B .926.",
        "(2) Ataxia is present: A .02, B .50; posterior after 0, 2: A .074, B .926.",
        "(2) Ataxia is present: A .02; posterior after 1, 2: A .074, B .926.",
        "(2) Ataxia is present: A .02, B .50, C .50; posterior after 1, 2: A .074, B .926.",
        "(2) Ataxia is present: A .02, A .02, B .50; posterior after 1, 2: A .074, B .926.",
        "(2) Ataxia is absent: A .98, B .50; posterior after 1, 2: A .797, B .203.",
        "(2) ataxia is present: A .02, B .50; posterior after 1, 2: A .074, B .926.",
        "(1) Ataxia is present: A .02, B .50; posterior after 1, 2: A .074, B .926.",
        "(9) Ataxia is present: A .02, B .50; posterior after 1, 2: A .074, B .926.",
        "(2) Chorea is present: A .02, B .50; posterior after 1, 2: A .074, B .926.",
        "B is likeliest. The answer is A.",
        "A is ruled out. The answer is A.",
        "The answer is B.",
        "The entropy after 1, 2 is .382 bits.",
        "(3) " + REFLEX + " is absent: always shown by A.",
        "(3) " + REFLEX + " is absent: always shown by none.",
        "(2) Ataxia is absent: always shown by none.",
        "Looking for A (Ataxia): present with probability .500; entropy .469 if present, .469 if absent, .469 on average.",
    ],
)
def test_false_with_a_wrong_number_name_or_answer(step: str) -> None:
    assert not true(FACTS, step)


@pytest.mark.parametrize(
    "step",
    [
        "",
        "Ataxia speaks for B.",
        "(2) Ataxia is present.",
        "(2) Ataxia is present: A .02, B .50; posterior after 1, 2: A .07, B .93.",
        "(2) Ataxia is present: A .02, B .50; posterior after 1, 2: A .074, B .926",
        "(2) Ataxia is present: A 2 %, B 50 %; posterior after 1, 2: A .074, B .926.",
        "(2) Ataxia is present: A .02, B .50; posterior after : A .074, B .926.",
        "(٢) Ataxia is present: A .02, B .50; posterior after 1, 2: A .074, B .926.",
        "The answer is A. I am sure.",
        "The answer is a.",
    ],
)
def test_outside_the_grammar(step: str) -> None:
    assert check(FACTS, step) is Truth.UNREADABLE


@pytest.mark.parametrize(
    "step", ["(1) " + " is present: A .10" * 2000, "(1) x is present: " + "A .10, " * 300 + ";", "A" * 100_000, "(" * 2999]
)
def test_what_is_long_is_read_in_no_time(step: str) -> None:
    start = time.process_time()
    assert check(FACTS, step) is not Truth.TRUE
    assert time.process_time() - start < 2


def test_shares_have_three_digits_and_no_zero_before_the_point() -> None:
    assert [share(number) for number in (0.0, 0.0004, 0.3889, 1.0, 1.58496)] == [".000", ".000", ".389", "1.000", "1.585"]


def test_facts_that_were_written_as_json_are_the_same() -> None:
    plain = {
        name: [list(each) if isinstance(each, tuple) else each for each in value] if isinstance(value, tuple) else value
        for name, value in FACTS._asdict().items()
    }
    assert Facts.of(plain) == FACTS
