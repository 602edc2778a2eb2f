"""What of a multiple-choice item can be said by rule about asking it without its options (HuatuoGPT-o1, arXiv 2412.18925: short items, ones
that ask for what is wrong, and ones with several answers are dropped; the words and numbers of these rules are ours)."""

import re

from osler.core.question import ChoiceKey, Item

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_NEGATED = re.compile(
    r"\b(?:except|incorrect|false|untrue|wrong|(?<!at )least)\b|\b(?:is|are|was|were|do|does|did|would|should|can|could|will|may)\s+not\b"
    r"|\b(?-i:NOT)\b|n['’]t\b",
    re.IGNORECASE,
)
_OF_OPTIONS = re.compile(
    r"\b(?:all|none|both|any|neither|either|some) of (?:the )?(?:above|these|them|options|other)|\b(?:option|choice|answer)s? [A-J]\b"
    r"|^\W*(?-i:[A-J])\W*(?:and|or|&|,)\W*(?-i:[A-J])\b|^\W*(?:both|neither)\b",
    re.IGNORECASE,
)
_LISTED = re.compile(r"^\s*[(\[]?[A-J1-9][.):\]]\s", re.MULTILINE)
_SPEAKS_OF_OPTIONS = re.compile(r"\b(?:of|among|from) the (?:following|options|choices|above)\b|\b(?:options|choices)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORD = re.compile(r"\w+")


def unfit(item: Item, min_words: int) -> str | None:
    """Why an item is not asked without options: `not_choice`, `multi_answer`, `of_options` (its key speaks of other options), `negated`,
    `short`; None where no rule is against it. `negated` looks at the sentence that asks."""
    key, text = item.key, item.question.text
    if not isinstance(key, ChoiceKey):
        return "multi_answer" if key.kind == "multi" else "not_choice"
    if len(key.letters) > 1:
        return "multi_answer"
    if _OF_OPTIONS.search(item.question.options[key.letters[0]]):
        return "of_options"
    if _NEGATED.search(_SENTENCE_END.split(text.strip())[-1]):
        return "negated"
    return "short" if len(text.split()) < min_words else None


def amiss(question: str, answers: list[str], asked_before: str) -> str | None:
    """What is amiss with a question that was rewritten: `has_options`, `gives_answer` (a right answer stands in it that did not before), or
    `new_number`; None where nothing is found."""
    if len(_LISTED.findall(question)) > 1 or _SPEAKS_OF_OPTIONS.search(question):
        return "has_options"
    before, now = _words(asked_before), _words(question)
    if any(_words(answer).strip() and _words(answer) in now and _words(answer) not in before for answer in answers):
        return "gives_answer"
    if set(_NUMBER.findall(question)) - set(_NUMBER.findall(asked_before)):
        return "new_number"
    return None


def _words(text: str) -> str:
    """Whole words between spaces, so that "tension" does not stand in "hypertension"."""
    return f" {' '.join(word.casefold() for word in _WORD.findall(text))} "
