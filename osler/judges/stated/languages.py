"""How other languages than English state an answer: one row a language. To add a language, add a row.

`noun`: the word for the answer; `option`: words for an option, which need one of `praise` beside them; `praise`: what makes it the right
one, before or after the noun; `blame`: what makes it a wrong one; `states`: the verb; `denies`: the verb denied; `opens`: whole other
phrases after which the answer stands. All are regular expressions, in lower case; a row without spaces between words says so.
"""

import re
from dataclasses import dataclass
from unicodedata import normalize


@dataclass(frozen=True)
class _Language:
    noun: str
    option: str
    praise: str
    blame: str
    states: str
    denies: str
    opens: str
    is_spaced: bool = True


_LANGUAGES = {
    "es": _Language(
        noun="respuestas?",
        option="opci(?:o|ó)n|alternativa|elecci(?:o|ó)n",
        praise=r"correctas?|final|m(?:a|á)s (?:probable|adecuada|apropiada|acertada)|adecuada|mejor|definitiva|verdadera",
        blame=r"incorrectas?|equivocada|falsa|err(?:o|ó)nea|peor|ninguna",
        states=r"es|ser(?:i|í)a|son|debe ser",
        denies=r"no (?:es|ser(?:i|í)a|son|puede ser)",
        opens=r"(?:yo )?(?:elijo|escojo|elegir(?:i|í)a)",
    ),
    "fr": _Language(
        noun="réponses?|reponses?",
        option="option|proposition|choix",
        praise=r"correctes?|bonnes?|exactes?|justes?|finale|la plus (?:probable|appropriée|adaptée)|meilleure|définitive|bon",
        blame=r"incorrectes?|mauvaises?|fausses?|pire|aucune",
        states=r"est|serait|sont|doit être",
        denies=r"n['’ ]?(?:est|était|serait|peut) pas(?: être)?",
        opens=r"je (?:choisis|choisirais)",
    ),
    "de": _Language(
        noun="antwort(?:en)?|lösung",
        option="option|antwortmöglichkeit|auswahl|wahl",
        praise=r"richtige[nr]?|korrekte[nr]?|beste|endgültige|finale|wahrscheinlichste|passendste|zutreffende",
        blame=r"falsche|inkorrekte|schlechteste|keine",
        states=r"ist|lautet|wäre|sind|muss sein",
        denies=r"(?:ist|lautet|wäre|kann) nicht(?: sein)?",
        opens=r"ich (?:wähle|würde wählen)",
    ),
    "it": _Language(
        noun="rispost[ae]",
        option="opzione|alternativa|scelta",
        praise=r"corrett[ae]|giust[ae]|esatt[ae]|finale|migliore|più (?:probabile|appropriata|adatta)|definitiva",
        blame=r"sbagliat[ae]|errat[ae]|scorrett[ae]|fals[ae]|peggiore|nessuna",
        states=r"è|e['’]|sarebbe|sono|deve essere",
        denies=r"non (?:è|sarebbe|sono|può essere)",
        opens=r"(?:io )?(?:scelgo|sceglierei)",
    ),
    "pt": _Language(
        noun="respostas?",
        option="opção|alternativa",
        praise=r"corretas?|certas?|final|mais (?:provável|adequada)|melhor",
        blame=r"incorretas?|erradas?|falsa|pior|nenhuma",
        states=r"é|seria|são|deve ser",
        denies=r"não (?:é|seria|são|pode ser)",
        opens=r"(?:eu )?escolho",
    ),
    "zh": _Language(
        noun=r"(?:正确|最佳|最终|最后|标准|参考|正確|最終)?的?(?:答案|答)",
        option=r"(?:正确|最佳|最合适|最可能|正確)的?(?:选项|选择|選項|選擇)",
        praise=r"",
        blame=r"错误的?|不正确的?|錯誤的?",
        states=r"应该是|应当是|应为|應該是|應為|就是|是|为|為|选择?|選",
        denies=r"(?:应该|应当)?不(?:是|应是|为|能是|可能是|选)|並?非",
        opens=r"(?:因此|所以|故|应|應|应该|本题|答案)?(?:选择?|選擇?)(?:项|項)?",
        is_spaced=False,
    ),
    "ja": _Language(
        noun=r"(?:最も適切な|最終的な|正しい|最終)?(?:答え|正解|解答|回答|正答|答)",
        option=r"(?:最も適切な|正しい|最適な)(?:選択肢|もの)",
        praise=r"",
        blame=r"誤った|間違った|不正解の|不適切な",
        states=r"は|が",
        denies=r"は(?:決して)?(?=.{1,12}(?:では?な|じゃな|ではあり))",
        opens=r"",
        is_spaced=False,
    ),
}
"""Spanish, French, German, Italian, Portuguese, Chinese, Japanese."""

ABSENT = re.compile(
    r"(?:ninguna|ninguno|aucune?|kein[er]?|nessun[ao]|nenhuma|以上(?:都|皆|均)|都不|いずれ(?:で)?も|どれ(?:で)?も|なし|没有|无)",
    re.IGNORECASE,
)
"""How a statement begins that names none of the options."""


def _phrase(language: _Language) -> str:
    if not language.is_spaced:
        colon = r"\s{0,2}[:：]"
        return (
            rf"(?P<%s>{language.blame})?(?:{language.noun}|{language.option})(?:\s{{0,2}}(?:[:：]|(?P<%s>{language.denies})|"
            rf"(?:{language.states})(?:{colon})?))"
            + (rf"|{language.opens}(?:{colon})?\s?(?=[*(（\[【「]{{0,4}}[A-ZＡ-Ｚ])" if language.opens else "")
        )
    praise, colon = rf"(?:\s(?:{language.praise}))", r"\s{0,2}[:：]"
    return (
        rf"(?<!\w)(?:(?P<%s>{language.blame})\s)?(?:(?:{language.noun}){praise}{{0,3}}"
        rf"|(?:{language.option}){praise}{{1,3}}|(?:{language.praise})\s(?:{language.noun}|{language.option}){praise}{{0,2}})"
        rf"[*_\"]{{0,3}}(?:{colon}|\s(?P<%s>{language.denies})\b|\s(?:{language.states})(?=[\s:：*\"«„'])(?:{colon})?)"
        rf"|(?<!\w)(?:{language.opens})\s(?=(?:(?:la|l['’]|die)\s?)?(?:(?:{language.option})\s)?[*(\[\"']{{0,4}}[A-Z]\b)"
    )


def _accented(pattern: str) -> str:
    """`pattern`, in which an accent may be a character of its own."""
    pairs = {letter: normalize("NFD", letter) for letter in set(pattern) if letter.isalpha() and len(normalize("NFD", letter)) == 2}
    return "".join(f"(?:{letter}|{pairs[letter]})" if letter in pairs and ord(letter) < 0x250 else letter for letter in pattern)


_FOREIGN = re.compile(
    "|".join(f"(?P<{code}>{_accented(_phrase(language)) % (f'{code}_blame', f'{code}_denies')})" for code, language in _LANGUAGES.items()),
    re.IGNORECASE,
)
_TRIGGERS = (
    *(
        "respuesta",
        "die korrekte ",
        "die richtige ",
        "die beste ",
        "opción",
        "opcio\u0301n",
        "opcion ",
        "alternativa ",
        "elijo",
        "réponse",
        "re\u0301ponse",
        "la reponse",
        "bonne ",
        "je choisi",
    ),
    *(
        "antwort",
        "lösung",
        "lo\u0308sung",
        "wähle",
        "rispost",
        "opzione",
        "scelgo",
        "resposta",
        "opção",
        "escolho",
        "答",
        "选",
        "選",
        "正解",
    ),
)
_ASCII_TRIGGERS = tuple(word for word in _TRIGGERS if word.isascii())
OPTION_WORDS = (
    r"opci(?:o|ó)n|alternativa|respuesta|réponse|proposition|antwort|buchstabe|opzione|risposta|lettera|letra|lettre|resposta|opção"
)


def is_foreign(lower: str) -> bool:
    """Whether a text, given in lower case, may state an answer in one of these languages. Cheap."""
    return any(word in lower for word in (_ASCII_TRIGGERS if lower.isascii() else _TRIGGERS))


def foreign(text: str, start: int, end: int) -> list[tuple[int, bool]]:
    """Every statement in one of these languages: where its answer begins, and whether it is denied. "The wrong answer is" is none."""
    found = []
    for match in _FOREIGN.finditer(text, start, end):
        code = next(code for code in _LANGUAGES if match[code] is not None)
        if not match[f"{code}_blame"]:
            found.append((match.end(), match[f"{code}_denies"] is not None))
    return found
