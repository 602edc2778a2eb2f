"""Closing statements in other languages than English."""

import pytest

from osler.core.question import Question
from osler.judges.choice.reader import ChoiceReader
from osler.judges.stated.languages import _LANGUAGES

QUESTION = Question("q-1", "Which?", {"A": "Aspirin", "B": "Metoprolol", "C": "Morphine", "D": "Alteplase"})

STATED = {
    "es": (
        "La respuesta correcta es {}.",
        "Respuesta: **{}**",
        "LA RESPUESTA FINAL ES ({})",
        "La opción correcta es la {}.",
        "Elijo la opción {}",
    ),
    "fr": ("La réponse est ({}).", "La bonne réponse est donc {}", "Réponse : {}", "RÉPONSE CORRECTE: {}", "La re\u0301ponse est {}."),
    "de": ("Die richtige Antwort ist {}.", "Antwort: **{}**", "DIE ANTWORT LAUTET {}", "Die korrekte Option ist {}."),
    "it": ("La risposta corretta è {}.", "Risposta: ({})", "RISPOSTA FINALE: {}", "L'opzione corretta è {}."),
    "pt": ("A resposta correta é {}.", "Resposta: {}", "A alternativa correta é a {}."),
    "zh": ("答案是{}", "正确答案：{}。", "因此，答案为**{}**。", "故选{}。", "答案：（{}）"),
    "ja": ("正解は{}です。", "答えは{}", "正解：{}", "最も適切な選択肢は{}です。"),
}
DENIED = [
    *("La respuesta no es B.", "La respuesta incorrecta es B.", "La réponse n'est pas B.", "La mauvaise réponse est B."),
    *("Die Antwort ist nicht B.", "Die falsche Antwort ist B.", "La risposta non è B.", "La risposta sbagliata è B."),
    *("答案不是B。", "错误的答案是B。", "答えはBではない。", "誤った選択肢はBです。"),
]


def test_every_language_is_tried() -> None:
    assert STATED.keys() == _LANGUAGES.keys()


@pytest.mark.parametrize("phrasing", [phrasing for phrasings in STATED.values() for phrasing in phrasings])
def test_is_read(phrasing: str) -> None:
    read = {letter: ChoiceReader().read(phrasing.format(letter), QUESTION).value for letter in "ABCD"}
    assert read == {letter: letter for letter in "ABCD"}
    assert ChoiceReader().read("Metoprolol. " + phrasing.format("C"), QUESTION).value == "C"


@pytest.mark.parametrize("text", DENIED)
def test_is_denied(text: str) -> None:
    assert ChoiceReader().read(text, QUESTION).value is None
