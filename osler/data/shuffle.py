"""Options in another order, with the key following: what a model that prefers a letter cannot profit from."""

import random
import re
from collections.abc import Mapping
from dataclasses import replace

from osler.core.question import ChoiceKey, Item, MultiKey

_LETTERS = r"\(?[a-j1-9]\)?(?:\s*(?:,|/|&|\+|\band\b|\bor\b|\bnor\b|\by\b|\bet\b|\bund\b|\be\b)+\s*\(?[a-j1-9]\)?)+"
_ALL = r"(?:all|none|any|both|neither|either)"
_SOME = r"(?:all|none|any|both|neither|either|each|some|two|three|more than one|only one|not all)"
_OTHERS = r"(?:above|following|preceding|previous|others?|mentioned|listed|given|options?|answers?|choices?|statements?|alternatives?)"
_REFERS = re.compile(
    rf"""
    # "both A and C", "a, b are true", "only 1 and 2"
    (?:both|either|neither|only|options?|answers?|choices?|statements?)?\s*{_LETTERS}(?:\s+(?:are|is|only|both)\b.*)?\.?
    # "none", "all of these", "any of the options", "all are correct"
    | {_ALL}\.?
    | {_SOME}\s+(?:of\s+)?(?:(?:the|these|those|are|is)\s+)*(?:{_OTHERS}\b.*|these|those|them|true|false|right|wrong|correct|incorrect)\.?
    | {_SOME}\s+of\s+(?:these|those|them)\b.*
    | .*\b{_SOME}\s+(?:of\s+)?(?:the\s+)?above\b.*
    # "the same as option B", "as in the first answer"
    | .*\b(?:options?|answers?|choices?|alternatives?)\s+\(?[A-J1-9]\b.*
    | .*\b(?:first|second|third|fourth|fifth|last|previous|preceding)\s+(?:option|answer|choice|statement)s?\b.*
    | .*\b(?:of|mentioned|listed|stated|given|the)\s+above\s*(?:\(.*\))?\.?
    # Spanish, French, German, Italian, Chinese and Japanese
    | (?:todas|todos|ningun[oa]|ambas|ambos|cualquiera)\b.*\b(?:anteriores|dos|otras|respuestas|opciones)\b.*
    | (?:toutes|tous|aucune?)\b.*\b(?:réponses|propositions|ci-dessus|précédentes?)\b.*
    | (?:alle|keine?s?|beide)\b.*\b(?:genannten|antworten|oben|aussagen|davon)\b.*
    | (?:tutte|tutti|nessun[ao]?|entrambe)\b.*\b(?:precedenti|risposte|sopra|altre)\b.*
    | .*(?:以上|上述|上記).*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_QUESTION_REFERS = re.compile(r"\b(?:[Oo]ptions?|[Cc]hoices?|[Aa]nswers?|OPTIONS?)\s+\(?[A-J]\b\)?(?!\s*[-'’])")


def shuffled(item: Item, seed: int) -> Item:
    """The item with the texts of its options dealt anew among its letters, by the seed and its id alone, and the key where its text went.

    Items without letters for a key, and those in which an option or the question refers to options by their place or to each other ("all of
    the above"), are left as they are.
    """
    options, key = item.question.options, item.key
    if not isinstance(key, ChoiceKey | MultiKey) or refers_to_places(item):
        return item
    letters = list(options)
    dealt = list(letters)
    random.Random(f"{seed}/{item.id}").shuffle(dealt)
    moved = dict(zip(dealt, letters, strict=True))
    following = tuple(sorted(moved[letter] for letter in key.letters))
    texts: Mapping[str, str] = {to: options[origin] for origin, to in sorted(moved.items(), key=lambda move: letters.index(move[1]))}
    return replace(item, question=replace(item.question, options=texts), key=replace(key, letters=following))


def refers_to_places(item: Item) -> bool:
    """Whether the options mean something only in the order they stand in."""
    options = item.question.options.values()
    return any(_REFERS.fullmatch(" ".join(option.split())) for option in options) or bool(_QUESTION_REFERS.search(item.question.text))
