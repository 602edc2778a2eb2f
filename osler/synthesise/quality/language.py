"""The language of a text, by its script and by the small words that hold sentences together. Coarse, and it says when it cannot tell."""

import re
import unicodedata
from collections import Counter

_SCRIPTS = {
    "LATIN": "", "CYRILLIC": "ru", "GREEK": "el", "ARABIC": "ar", "HEBREW": "he", "DEVANAGARI": "hi", "THAI": "th", "CJK": "zh",
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "ARMENIAN": "hy", "GEORGIAN": "ka", "BENGALI": "bn", "TAMIL": "ta",
}  # fmt: skip
"""The language that a script stands for. Several share Latin; Ukrainian counts as ru and Persian as ar."""

_SMALL_WORDS = {
    "en": "the of and to in is was were that with for which are has have had not been by on from at following his her he she most what who "
    "when would likely should can this an or as be it these does did if after because so we but there than no into i'm you your my do how "
    "why while all any about used use between during may its they their them me am up out except cause causes often get take i",
    "es": "el la los las de del que y en un una con por para su se no es al lo como más fue sido cuál qué está son pero siguiente este "
    "esta sin años debe sobre también desde hace tiene le hay porque muy cuando entre si",
    "fr": "le la les des du de et est un une dans pour que qui avec sur par au aux ce cette il elle ne pas plus sont été son sa ses quel "
    "quelle lequel ou mais suivant depuis après nous vous ont être très aussi comme si car",
    "de": "der die das und ist ein eine einer eines einem den dem des mit von zu im für auf nicht sich bei wird wurde sind auch nach aus "
    "an als seit welche welcher welches folgenden er sie es hat haben oder aber wie wenn dass kann nur noch um über vor",
    "it": "il lo la gli le di del della dei che è un una con per non si in nel nella al alla da dal sono stato quale più come questo "
    "questa ma anche dopo suo sua cosa anni deve presenta se perché molto quando tra",
    "pt": "os as de do da dos das que em um uma com por para não no na nos nas é ao à mais foi qual são como mas seu sua há este "
    "esta após também anos deve sobre está ele ela ser tem muito quando entre pelo",
    "nl": "de het een van en in is dat die met op voor niet te zijn aan er bij als ook door naar uit heeft wordt was welke over om maar of "
    "deze dit na sinds hij zij kan worden nog meer geen wat haar",
}
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
LANGUAGES = tuple(sorted({*_WORDS, *filter(None, _SCRIPTS.values())}))
"""The codes (ISO 639-1) that can be found."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LONE_GREEK = re.compile(r"(?<![\u0370-\u03ff])[\u0370-\u03ff](?![\u0370-\u03ff])")
_LEAST = 2
_MOST_LETTERS = 20_000


def language_of(text: str) -> str:
    """Its code; empty where nothing tells: no letters, a bare name, a formula, or too few small words of any one language."""
    letters = scripts_of(text)
    if not letters:
        return ""
    script = max(letters, key=lambda name: (letters[name], name))
    if _SCRIPTS.get(script, ""):
        kana = letters["HIRAGANA"] + letters["KATAKANA"]
        return "ja" if script == "CJK" and kana > 0.1 * letters["CJK"] else _SCRIPTS[script]
    if script != "LATIN":
        return ""
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(text[:_MOST_LETTERS])]
    counts = {language: sum(word in small for word in words) for language, small in _WORDS.items()}
    best, second = sorted(counts, key=lambda language: (-counts[language], language))[:2]
    is_clear = counts[best] >= _LEAST and counts[best] > counts[second] and counts[best] >= 0.1 * len(words)
    return best if is_clear else ""


def foreign_share(text: str, language: str) -> float:
    """The share of the letters of a text that are of no script in which the language is written; 0 without letters."""
    letters = scripts_of(text)
    own = {script for script, code in _SCRIPTS.items() if code == language} or {"LATIN"}
    if language == "ja":
        own.add("CJK")
    total = sum(letters.values())
    return sum(n for script, n in letters.items() if script not in own) / total if total else 0.0


def scripts_of(text: str) -> Counter[str]:
    """How many letters of each script there are, by the first word of their names in Unicode. An ideogram counts as much as three letters,
    about as long as it is when written out; a Greek letter that stands alone, as in β-blocker, is of no script."""
    counts = Counter[str]()
    for letter, n in Counter(_LONE_GREEK.sub("", text[:_MOST_LETTERS])).items():
        if letter.isalpha():
            script = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
            counts["LATIN" if script in ("FULLWIDTH", "MODIFIER", "MICRO", "FEMININE", "MASCULINE") else script] += n * (
                3 if script == "CJK" else 1
            )
    return counts
