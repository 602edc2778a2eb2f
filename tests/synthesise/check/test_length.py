"""Length, language and refusals: what goes with which reason, and what stays of several traces."""

from typing import Any

import pytest
from pydantic import ValidationError

from osler.synthesise.check.language import InLanguage
from osler.synthesise.check.length import Length
from osler.synthesise.check.no_refusal import NoRefusal
from osler.synthesise.draft import Authored, Draft, DroppedDraft
from tests.synthesise.makings import item_draft, through

ONE, TWO, SIX = ("Gout.",), ("Urate is high.", "So it is gout."), tuple(f"Step {at} here." for at in range(6))
"""1, 7 and 18 words."""


def fate(block: Any, *traces: Authored, text: str = "Which vitamin prevents scurvy?") -> tuple[str, str] | tuple[int, ...]:
    """Reason and detail, or the places of the traces that stay."""
    draft = item_draft(text=text).with_authored(*traces)
    [found] = through([block], [draft], {})
    if isinstance(found, DroppedDraft):
        return found.reason, found.detail
    return tuple(traces.index(each) for each in found.authored)


def wrote(steps: tuple[str, ...], response: str = "", **more: Any) -> Authored:
    return Authored("teacher", steps, response, **more)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Length("question", least=5), ("too_short", "question: 4 words")),
        (Length("question", least=4, most=4), ()),
        (Length("question", most=3), ("too_long", "question: 4 words")),
        (Length("question", most=30, unit="characters"), ()),
        (Length("question", most=29, unit="characters"), ("too_long", "question: 30 characters")),
    ],
)
def test_questions(block: Length, expected: tuple[str, str]) -> None:
    assert fate(block) == expected


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Length("trace", least=7), (1, 2)),
        (Length("trace", least=7, most=17), (1,)),
        (Length("trace", least=2, most=5, unit="steps"), (1,)),
        (Length("trace", most=100, unit="tokens"), (0, 1)),
        (Length("response", least=3), (2,)),
        (Length("trace", least=19), ("too_short", "trace: 1 words")),
        (Length("response", most=0 + 1), (0, 1)),
    ],
)
def test_traces_go_one_by_one_and_the_draft_with_the_last(block: Length, expected: tuple[int, ...]) -> None:
    traces = (wrote(ONE, n_tokens=5), wrote(TWO, n_tokens=100), wrote(SIX, "It is gout.", n_tokens=101))
    assert fate(block, *traces) == expected


def test_a_draft_without_traces_yet_stays() -> None:
    assert fate(Length("trace", least=5)) == fate(InLanguage()) == fate(NoRefusal()) == ()


@pytest.mark.parametrize(
    "wrong", [{"of": "question", "unit": "tokens"}, {"of": "response", "unit": "steps"}, {"of": "trace", "least": 3, "most": 2}]
)
def test_lengths_that_nothing_has_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Length(**wrong)


def test_another_language_and_a_fall_into_another_script() -> None:
    english = wrote(("The patient lacks vitamin C, which is why the gums bleed.",), "The answer is A.")
    spanish = wrote(("El paciente no tiene vitamina C, y por eso sangran las encías.",), "La respuesta es la A.")
    fallen = wrote(("The patient lacks vitamin C, as sailors did who had no fruit for months, 因此牙龈出血。",), "The answer is A.")
    assert fate(InLanguage(), english, spanish, fallen) == (0,)
    assert fate(InLanguage(), spanish, fallen) == ("other_language", "es")
    assert fate(InLanguage(), fallen)[0] == "mixed_scripts"
    assert fate(InLanguage(language="es"), english, spanish, text="¿Qué vitamina falta en la dieta del paciente?") == (1,)
    assert fate(InLanguage(), text="Welches Vitamin fehlt dem Patienten, und was ist die Ursache?") == ("other_language", "de")


def test_letters_that_only_look_latin_are_of_another_script() -> None:
    """As in a question of MedQA's test set."""
    assert fate(InLanguage(), text="Which оf the fоllоwing is the mоst likеly diаgnоsis in this pаtiеnt?")[0] == "mixed_scripts"


def test_a_language_that_cannot_be_told_is_refused() -> None:
    with pytest.raises(ValidationError, match="'xx' cannot be told; choose among ar, "):
        InLanguage(language="xx")


def test_refusals_go_and_answers_that_send_to_a_doctor_stay() -> None:
    declines = wrote((), "I'm sorry, but I cannot provide medical advice.", raw="I'm sorry, but I cannot provide medical advice.")
    answers = wrote(("It is scurvy.",), "The answer is A. Please consult a doctor.", answer="A")
    assert fate(NoRefusal(), declines, answers) == (1,)
    assert fate(NoRefusal(), declines) == ("refused", "I'm sorry, but I cannot provide medical advice.")
    assert fate(NoRefusal(is_strict=True), declines, answers) == ("refused", "I'm sorry, but I cannot provide medical advice.")


def test_what_is_left_as_it_is_is_the_same_draft() -> None:
    draft = item_draft().with_authored(wrote(TWO))
    [found] = through([Length("trace"), InLanguage(), NoRefusal()], [draft], {})
    assert isinstance(found, Draft)
    assert found is draft
