"""Languages of sentences that we wrote, and what must not be called foreign."""

import pytest

from osler.synthesise.quality.language import foreign_share, language_of

SAID = {
    "en": [
        "A 45-year-old woman presents with fatigue and weight gain. Which of the following is the most likely diagnosis?",
        "Which drug should be avoided in this patient?",
        "how often do you need a shingles vaccine",
        "The rash is due to a lack of vitamin C.",
        "Okay, so the patient has a fever, but no cough; that makes pneumonia less likely.",
    ],
    "es": [
        "Una mujer de 45 años acude a la consulta por cansancio y aumento de peso desde hace tres meses.",
        "¿Cuál es el diagnóstico más probable en este paciente?",
        "El tratamiento de elección no es la cirugía, sino el reposo.",
    ],
    "fr": [
        "Une femme de 45 ans consulte pour une fatigue et une prise de poids depuis trois mois.",
        "Quel est le diagnostic le plus probable dans ce cas ?",
        "Le patient ne doit pas recevoir ce médicament car il est allergique.",
    ],
    "de": [
        "Eine 45-jährige Frau stellt sich mit Müdigkeit und Gewichtszunahme vor.",
        "Welches der folgenden Medikamente ist bei diesem Patienten kontraindiziert?",
        "Die Diagnose ist wahrscheinlich, weil der Patient kein Fieber hat und die Haut nicht gerötet ist.",
    ],
    "it": [
        "Una donna di 45 anni si presenta con stanchezza e aumento di peso da tre mesi.",
        "Quale è la diagnosi più probabile in questo caso?",
        "Il paziente non ha febbre, ma la tosse è presente da una settimana.",
    ],
    "pt": [
        "Uma mulher de 45 anos apresenta cansaço e aumento de peso há três meses, sem febre.",
        "Qual é o diagnóstico mais provável neste caso, com os exames que estão ao lado?",
        "O paciente não tem febre, mas a tosse está presente há uma semana.",
    ],
    "nl": [
        "Een vrouw van 45 jaar komt op het spreekuur met vermoeidheid en gewichtstoename.",
        "Welke van de volgende diagnoses is het meest waarschijnlijk bij deze patiënt?",
        "De patiënt heeft geen koorts en de huid is niet rood.",
    ],
    "zh": ["一名45岁女性因乏力和体重增加就诊，最可能的诊断是什么？", "患者没有发热，因此肺炎的可能性较小。"],
    "ja": ["45歳の女性が倦怠感と体重増加を主訴に来院した。最も考えられる診断はどれか。"],
    "ko": ["45세 여성이 피로와 체중 증가로 내원하였다. 가장 가능성이 높은 진단은?"],
    "ru": ["Женщина 45 лет обратилась с жалобами на слабость и прибавку в весе."],
    "ar": ["امرأة تبلغ من العمر 45 عاما تعاني من التعب وزيادة الوزن."],
    "el": ["Γυναίκα 45 ετών προσέρχεται με κόπωση και αύξηση βάρους."],
    "hi": ["45 वर्षीय महिला थकान और वजन बढ़ने की शिकायत लेकर आती है।"],
}


@pytest.mark.parametrize(("language", "text"), [(language, text) for language, texts in SAID.items() for text in texts])
def test_sentences(language: str, text: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "12.5 / 3 = 4.2",
        "Eisenmenger syndrome–True are A/E –",
        "Vitamin C",
        "IgG, IgA, IgM",
        "Staphylococcus aureus",
        "β",
        "NaCl 0.9 %",
        "😀",
    ],
)
def test_what_tells_nothing_is_of_no_language(text: str) -> None:
    assert language_of(text) == ""


def test_latin_names_in_another_script_do_not_make_it_english() -> None:
    assert language_of("患者服用 metformin 后出现腹泻，HbA1c 为 7.5%。") == "zh"


def test_the_share_of_letters_of_another_script() -> None:
    """Five Cyrillic letters that look Latin among 13; an ideogram counts as three letters; a lone Greek letter as none."""
    assert foreign_share("раtіеnt А has it", "en") == pytest.approx(5 / 13)
    assert foreign_share("abcdef 的", "en") == pytest.approx(3 / 9)
    assert foreign_share("An α-helix, a β-blocker and γ", "en") == 0.0
    assert foreign_share("λόγος", "en") == foreign_share("logos", "el") == 1.0
    assert foreign_share("日本の", "ja") == 0.0
    assert foreign_share("日本の", "zh") == pytest.approx(1 / 7)
    assert foreign_share("7.5 %", "en") == 0.0
