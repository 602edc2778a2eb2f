"""The truth of steps, against a world small enough to check by eye."""

import pytest

from osler.clinic.case import Case, CaseKind
from osler.clinic.truth import Truth, account, check_step
from osler.clinic.worked import worked_steps
from osler.clinic.world import Condition, Drug, Frequency, World

SURE, OFTEN, SOMETIMES, RARELY, NEVER = (
    Frequency.OBLIGATE,
    Frequency.VERY_FREQUENT,
    Frequency.FREQUENT,
    Frequency.OCCASIONAL,
    Frequency.EXCLUDED,
)
CONDITIONS = (
    Condition("flu", "lungs", ("influenza",), {"fever": SURE, "cough": OFTEN, "aches": SOMETIMES, "rash": NEVER}),
    Condition("measles", "skin", ("rubeola",), {"rash": SURE, "fever": OFTEN, "cough": RARELY}),
    Condition("gout", "joints", (), {"hot joint": SURE, "fever": RARELY, "rash": SOMETIMES}),
    Condition("migraine", "nerves", (), {"headache": SURE, "aura": OFTEN}),
)
DRUGS = (
    Drug("oseltamivir", "antiviral", frozenset({"flu"}), frozenset({"weak kidneys"})),
    Drug("paracetamol", "analgesic", frozenset({"flu", "migraine"}), frozenset({"liver disease"})),
    Drug("colchicine", "alkaloid", frozenset({"gout"}), frozenset({"weak kidneys"})),
    Drug("sumatriptan", "triptan", frozenset({"migraine"}), frozenset({"angina"})),
)
WORLD = World(
    {condition.name: condition for condition in CONDITIONS},
    {drug.name: drug for drug in DRUGS},
    ("fever", "cough", "aches", "rash", "hot joint", "headache", "aura"),
    ("weak kidneys", "liver disease", "angina"),
)
# flu it is: fever, cough and aches, but neither the rash of measles nor the hot joint of gout
OPTIONS = ("measles", "flu", "migraine", "gout")
DIFFERENTIAL = Case("d", CaseKind.DIFFERENTIAL, "flu", ("fever", "cough", "aches"), ("rash", "hot joint"), OPTIONS, "flu")
DIAGNOSIS = Case("o", CaseKind.DIAGNOSIS, "flu", ("fever", "cough", "aches"), ("rash",), (), "flu")
PATHWAY = Case(
    "p",
    CaseKind.PATHWAY,
    "flu",
    ("fever", "cough"),
    (),
    ("oseltamivir", "sumatriptan", "paracetamol", "colchicine"),
    "paracetamol",
    "weak kidneys",
)
CASES = {"differential": DIFFERENTIAL, "diagnosis": DIAGNOSIS, "pathway": PATHWAY}

TRUE: list[tuple[str, str]] = [
    ("differential", "flu explains fever, cough and aches."),
    ("differential", "measles explains fever and cough but would bring rash."),
    ("differential", "gout explains fever but would bring hot joint."),  # a rash is frequent in gout, not typical: its absence says little
    ("differential", "migraine explains nothing."),  # aura is typical of it, but the case does not mention aura
    ("differential", "flu fits best."),
    ("differential", "The answer is B."),
    ("differential", "flu fits best. The answer is B."),
    ("diagnosis", "flu explains fever, cough and aches."),
    ("diagnosis", "gout explains fever."),  # here the hot joint is not known to be absent
    ("diagnosis", "The answer is flu."),
    ("diagnosis", "The answer is influenza."),
    ("pathway", "flu explains fever and cough."),
    ("pathway", "oseltamivir treats flu."),
    ("pathway", "colchicine does not treat flu."),
    ("pathway", "oseltamivir must be avoided in weak kidneys."),
    ("pathway", "paracetamol is safe in weak kidneys."),
    ("pathway", "The answer is C."),
    ("pathway", "oseltamivir treats flu. oseltamivir must be avoided in weak kidneys."),
]
FALSE: list[tuple[str, str]] = [
    ("differential", "flu explains fever and cough."),  # leaves out the aches
    ("differential", "flu explains nothing."),
    ("differential", "flu explains fever, cough, aches and rash."),  # a rash is not there
    ("differential", "flu explains fever, cough and aches but would bring rash."),  # flu excludes a rash
    ("differential", "measles explains fever and cough."),  # leaves out the rash that is missing
    ("differential", "measles explains fever but would bring rash."),
    ("differential", "measles explains fever, cough and aches but would bring rash."),
    ("differential", "gout explains fever but would bring rash and hot joint."),
    ("differential", "migraine explains nothing but would bring aura."),
    ("differential", "migraine explains aura."),
    ("differential", "plague explains fever."),  # no such condition
    ("differential", "influenza explains fever, cough and aches."),  # an account goes by the name
    ("differential", "measles fits best."),
    ("differential", "plague fits best."),
    ("differential", "The answer is A."),
    ("differential", "The answer is E."),
    ("differential", "The answer is flu."),  # where there are options, the answer is a letter
    ("differential", "measles fits best. The answer is B."),
    ("diagnosis", "The answer is measles."),
    ("diagnosis", "The answer is A."),
    ("pathway", "sumatriptan treats flu."),
    ("pathway", "sumatriptan treats migraine."),  # true of the world, but this patient has flu
    ("pathway", "sumatriptan does not treat gout."),  # the same
    ("pathway", "aspirin treats flu."),
    ("pathway", "aspirin does not treat flu."),  # no such drug: nothing is known of it
    ("pathway", "oseltamivir does not treat flu."),
    ("pathway", "paracetamol must be avoided in weak kidneys."),
    ("pathway", "paracetamol must be avoided in liver disease."),  # true of the world, but not this patient's state
    ("pathway", "aspirin must be avoided in weak kidneys."),
    ("pathway", "oseltamivir is safe in weak kidneys."),
    ("pathway", "oseltamivir is safe in angina."),
    ("pathway", "aspirin is safe in weak kidneys."),
    ("pathway", "The answer is A."),
    ("pathway", "The answer is paracetamol."),
    ("pathway", "oseltamivir treats flu. oseltamivir is safe in weak kidneys."),  # one false claim makes the step false
]
UNREADABLE = ["", "flu explains fever", "Flu is likely.", "flu fits best. I am sure.", "The answer is B", "measles could also fit."]


@pytest.mark.parametrize(("kind", "step"), TRUE)
def test_true_steps(kind: str, step: str) -> None:
    assert check_step(WORLD, CASES[kind], step) is Truth.TRUE


@pytest.mark.parametrize(("kind", "step"), FALSE)
def test_false_steps(kind: str, step: str) -> None:
    assert check_step(WORLD, CASES[kind], step) is Truth.FALSE


@pytest.mark.parametrize("kind", CASES)
@pytest.mark.parametrize("step", UNREADABLE)
def test_steps_outside_the_grammar_are_unreadable_and_not_false(kind: str, step: str) -> None:
    assert check_step(WORLD, CASES[kind], step) is Truth.UNREADABLE


def test_a_right_conclusion_after_a_false_step_is_true_and_the_step_stays_false() -> None:
    chain = ["measles explains fever, cough and aches.", "flu explains fever, cough and aches.", "flu fits best. The answer is B."]
    assert [check_step(WORLD, DIFFERENTIAL, step) for step in chain] == [Truth.FALSE, Truth.TRUE, Truth.TRUE]


def test_the_truth_of_a_step_depends_on_the_case() -> None:
    step = "gout explains fever but would bring hot joint."
    assert [check_step(WORLD, case, step) for case in (DIFFERENTIAL, DIAGNOSIS)] == [Truth.TRUE, Truth.FALSE]


def test_account_in_the_order_of_the_case() -> None:
    assert account(WORLD, DIFFERENTIAL, "flu") == (("fever", "cough", "aches"), ())
    assert account(WORLD, DIFFERENTIAL, "measles") == (("fever", "cough"), ("rash",))
    assert account(WORLD, DIFFERENTIAL, "gout") == (("fever",), ("hot joint",))
    assert account(WORLD, DIFFERENTIAL, "migraine") == ((), ())


def test_worked_steps_by_hand() -> None:
    assert worked_steps(WORLD, DIFFERENTIAL) == (
        "measles explains fever and cough but would bring rash.",
        "flu explains fever, cough and aches.",
        "migraine explains nothing.",
        "gout explains fever but would bring hot joint.",
        "flu fits best. The answer is B.",
    )
    # measles: 0.90 × 0.17 × 0.02 × (1 - 0.98) is 6.1e-5; gout: 0.17 × 0.02² × (1 - 0.55) is 3.1e-5; migraine: 0.02³ × 0.98 is 0.8e-5
    assert worked_steps(WORLD, DIAGNOSIS) == (
        "measles explains fever and cough but would bring rash.",
        "flu explains fever, cough and aches.",
        "flu fits best. The answer is flu.",
    )
    assert worked_steps(WORLD, PATHWAY) == (
        "flu explains fever and cough.",
        "oseltamivir must be avoided in weak kidneys.",
        "sumatriptan does not treat flu.",
        "paracetamol treats flu.",
        "colchicine does not treat flu.",
        "paracetamol is safe in weak kidneys. The answer is C.",
    )


def test_questions_and_keys_by_hand() -> None:
    item = DIFFERENTIAL.item(WORLD)
    assert item.question.text == "A patient has fever, cough and aches, but no rash or hot joint. Which condition fits best?"
    assert item.question.options == {"A": "measles", "B": "flu", "C": "migraine", "D": "gout"}
    assert (item.key.letters, item.group, item.id) == (("B",), "differential", "d")
    open_item = DIAGNOSIS.item(WORLD)
    assert open_item.question.text == "A patient has fever, cough and aches, but no rash. What is the diagnosis?"
    assert open_item.question.options == {}
    assert (open_item.key.text, open_item.key.synonyms) == ("flu", ("influenza",))
    pathway = PATHWAY.item(WORLD)
    assert pathway.question.text == (
        "A patient has fever and cough, on a background of weak kidneys. Which drug treats the cause and is safe?"
    )
    assert pathway.key.letters == ("C",)
