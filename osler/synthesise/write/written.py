"""What a teacher wrote as an item: read from JSON in the forms that models give it, and refused with a reason where it is no item."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from osler.core.errors import Drop
from osler.synthesise.quoting import folded

LETTERS = "ABCDEFGHIJ"

_ASKED = ("vignette", "stem", "question")
_STEPS = ("steps", "reasoning", "explanation", "rationale")
_QUOTES = ("quotes", "quote", "evidence")
_TEXTS = ("text", "option", "content", "value")
_PREFIX = re.compile(r"\(?([A-Ja-j])\s?[.):]\s+(?=\S)|\(([A-Ja-j])\)\s*(?=\S)")
_LETTER = re.compile(
    r"(?:(?:the\s+)?(?:correct\s+|right\s+)?(?:option|choice|answer)\s*(?:is\s+|:\s*)?)?[(\[]?([A-J])[)\].:]?", re.IGNORECASE
)
_LETTERS = re.compile(r"\(?[A-J]\)?(?:\s*(?:,|/|&|;|\band\b|\bor\b)\s*\(?[A-J]\)?)+\.?", re.IGNORECASE)
_NUMBER = re.compile(r"^(?:step\s*\d{1,2}\s*[:.)-]\s*|\d{1,2}\s*[.):]\s+|[-*•]\s+)", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"(?:all|none|both|any|neither|some)\s+(?:of\s+)?(?:the\s+|these\s+)?(?:above|following|others?|preceding|options?|answers?|choices?|listed)\b.*"
    r"|(?:all|none|both|neither)(?:\s+of\s+(?:these|them|those))?|(?:both|either|neither)?\s*(?:options?\s+)?\(?[A-J]\)?\s*(?:,|and|or|&)\s*"
    r"\(?[A-J]\)?(?:\s*(?:,|and|or|&)\s*\(?[A-J]\)?)*(?:\s+(?:only|are\b.*))?|.*\bof\s+the\s+above\b.*|(?:options?|answers?|choices?)\s+\(?[A-J]\)?\b.*",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"\b(?:the|this|these|that)\s+(?:(?:given|provided|above|following|present|cited|quoted)\s+)?"
    r"(?:passage|text|textbook|excerpt|extract|paragraph|study|article|chapter|authors?)s?\b(?!\s+(?:of|messages?|drugs?|medications?)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class WrittenItem:
    """An item as a teacher wrote it: the texts of its options without letters, `right` the place of the right one among them."""

    question: str
    options: tuple[str, ...]
    right: int
    steps: tuple[str, ...]
    quotes: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.question, *self.options, *self.steps)


def written_item(content: Any) -> WrittenItem:
    """Options as a list or by letter, with or without letters before them; the answer as a letter, as a text or as both; what else is
    there is passed over. Raises Drop: `wrong_shape`, `equal_options`, `refers_to_options`, `no_key`, `several_keys`, `names_source`."""
    fields = _unwrapped(content)
    asked = list(dict.fromkeys(_text(fields[name], name) for name in _ASKED if fields.get(name)))
    if not asked:
        raise Drop("wrong_shape", "question: there is none")
    lettered = _options(fields.get("options", fields.get("choices")))
    options = tuple(lettered.values())
    distinct = {folded(option).rstrip(".") for option in options}
    if len(distinct) < len(options):
        raise Drop("equal_options", " | ".join(options))
    if wrong := next((option for option in options if _ELSEWHERE.fullmatch(folded(option))), None):
        raise Drop("refers_to_options", wrong)
    right = _key(fields.get("answer", fields.get("answer_idx", fields.get("key"))), lettered)
    steps = _lines(_first(fields, _STEPS), "steps")
    item = WrittenItem(" ".join(asked), options, right, steps, _lines(_first(fields, _QUOTES), "quotes"))
    if named := next((found for text in item.texts if (found := _SOURCE.search(text))), None):
        raise Drop("names_source", named[0])
    return item


def _unwrapped(content: Any) -> Mapping[str, Any]:
    """The item itself, where it came as {"item": …} or {"items": [one]}."""
    for name in ("item", "items"):
        if isinstance(content, Mapping) and name in content and "options" not in content:
            inner = content[name]
            content = inner[0] if isinstance(inner, list) and len(inner) == 1 else inner
    if not isinstance(content, Mapping):
        raise Drop("wrong_shape", f"an item is an object, not {type(content).__name__}")
    return content


def _first(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name)), [])


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Drop("wrong_shape", f"{name}: a text is wanted, not {value!r}"[:200])
    return " ".join(value.split())


def _lines(value: Any, name: str) -> tuple[str, ...]:
    """Each on one line, without the number before it."""
    several = value.splitlines() if isinstance(value, str) else value
    if not isinstance(several, list):
        raise Drop("wrong_shape", f"{name}: a list of texts is wanted, not {type(value).__name__}")
    lines = (_NUMBER.sub("", _text(line, name)) for line in several if line != "")
    return tuple(line for line in lines if line)


def _options(value: Any) -> dict[str, str]:
    """The texts by the letters that the reply gives them, or by those of their places."""
    if isinstance(value, Mapping):
        options = {str(letter).strip().upper(): _option(text) for letter, text in value.items()}
    elif isinstance(value, list):
        options = dict(zip(LETTERS, map(_option, value), strict=False))
    else:
        raise Drop("wrong_shape", f"options: a list or texts by letter are wanted, not {type(value).__name__}")
    if len(options) != len(value) or len(options) < 2 or not all(len(letter) == 1 and letter in LETTERS for letter in options):
        raise Drop("wrong_shape", f"options: two or more of the letters A to J, each once, not {', '.join(options)}")
    prefixes = {letter: _PREFIX.match(text) for letter, text in options.items()}
    if all(found and (found[1] or found[2]).upper() == letter for letter, found in prefixes.items()):
        return {letter: text[found.end() :] for (letter, text), found in zip(options.items(), prefixes.values(), strict=True) if found}
    return options


def _option(value: Any) -> str:
    if isinstance(value, Mapping):
        value = _first(value, _TEXTS)
    return _text(value, "options")


def _key(value: Any, options: Mapping[str, str]) -> int:
    """The place of the one right option."""
    if isinstance(value, Mapping):
        value = value.get("letter", value.get("text"))
    if isinstance(value, list):
        if len(value) > 1:
            raise Drop("several_keys", str(value)[:200])
        value = value[0] if value else ""
    said = _text(value, "answer")
    by_text = {folded(text).rstrip("."): letter for letter, text in options.items()}
    letter = by_text.get(folded(said).rstrip("."))
    if letter is None and (alone := _LETTER.fullmatch(said)):
        letter = alone[1].upper()
    if letter is None and _LETTERS.fullmatch(said):
        raise Drop("several_keys", said)
    if letter is None and (both := _PREFIX.match(said)):
        letter = (both[1] or both[2]).upper()
        if by_text.get(folded(said[both.end() :]).rstrip(".")) != letter:
            raise Drop("no_key", f"{said}: the letter and the words are not of one option")
    if letter is None or letter not in options:
        raise Drop("no_key", f"{said}: this is none of the options"[:200])
    return list(options).index(letter)
