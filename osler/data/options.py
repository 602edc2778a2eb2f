"""Options by letter from whatever a table has them in, and where a key points among them."""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from osler.data.columns import Columns, KeyForm, as_text, as_texts, is_missing, value_at
from osler.data.unusable import UnusableRow

_LABELLED = re.compile(r"\(?\s*(\w+)\s*(?:[.):]\s*(.*))?", re.DOTALL)
"""A label as keys and options are written: B, (B), B. or B), and perhaps the text of its option."""


@dataclass(frozen=True)
class LetteredOptions:
    """`letters[i]` is the letter of the option that the table calls `labels[i]`, and an empty one where its text is empty."""

    labels: tuple[str, ...]
    letters: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def by_letter(self) -> dict[str, str]:
        return {letter: text for letter, text in sorted(zip(self.letters, self.texts, strict=True)) if letter}

    def letter_at(self, key: Any, form: KeyForm) -> str:
        """The letter that one entry of a key names. Raises UnusableRow."""
        if form == "text":
            return self._letter_of_text(as_text(key))
        position = self._position_of_label(as_text(key)) if form == "letter" else self._position_of_index(key, form)
        if not self.letters[position]:
            raise UnusableRow("key_not_an_option", f"the key {key!r} names an empty option")
        return self.letters[position]

    def _position_of_label(self, key: str) -> int:
        """A label alone, or with the text of the same option."""
        found = _LABELLED.fullmatch(key)
        for wanted, text in ((key, ""), *([(found[1], found[2] or "")] if found else [])):
            for same in (str, str.casefold):
                named = [position for position, label in enumerate(self.labels) if same(label) == same(wanted)]
                if len(named) == 1 and plain(text) in ("", plain(self.texts[named[0]])):
                    return named[0]
        raise UnusableRow("key_not_an_option", f"the key {key!r} is not among the options {', '.join(self.labels)}")

    def _position_of_index(self, key: Any, form: KeyForm) -> int:
        try:
            index = int(as_text(key))
        except ValueError:
            raise UnusableRow("key_not_an_option", f"the key {key!r} is not the number of an option") from None
        if index < 0:
            raise UnusableRow("no_key", f"the key is {index}, which stands for none")
        position = index - 1 if form == "index_from_1" else index
        if not 0 <= position < len(self.labels):
            raise UnusableRow("key_not_an_option", f"the key {index} is not the number of one of {len(self.labels)} options")
        return position

    def _letter_of_text(self, key: str) -> str:
        for same in (str, plain):
            named = [letter for letter, text in self.by_letter.items() if same(text) == same(key)]
            if not named and (found := _LABELLED.fullmatch(key)) and found[2]:
                named = [letter for letter, text in self.by_letter.items() if (letter, same(text)) == (found[1].upper(), same(found[2]))]
            if len(named) == 1:
                return named[0]
            if named:
                raise UnusableRow("ambiguous_key", f"the key {key!r} is the text of the options {', '.join(named)}")
        raise UnusableRow("key_not_an_option", f"the key {key!r} is not the text of an option")


def plain(text: str) -> str:
    """Without case and with single spaces."""
    return " ".join(text.casefold().split())


def options_of(values: Mapping[str, Any], columns: Columns) -> LetteredOptions:
    """Raises UnusableRow where there are more than 26."""
    labelled = _without_labels(_labelled(values, columns))
    labels = [label for label, _ in labelled]
    if len(labels) > len(ascii_uppercase):
        raise UnusableRow("too_many_options", f"there are {len(labels)} options, and {len(ascii_uppercase)} letters")
    are_letters = all(re.fullmatch("[A-Za-z]", label) for label in labels)
    capital = [label.upper() for label in labels] if are_letters else list(ascii_uppercase[: len(labels)])
    letters = [letter if text else "" for letter, (_, text) in zip(capital, labelled, strict=True)]
    if len(set(capital)) < len(capital):
        raise UnusableRow("repeated_label", f"two options are called the same: {', '.join(labels)}")
    return LetteredOptions(tuple(labels), tuple(letters), tuple(text for _, text in labelled))


def _labelled(values: Mapping[str, Any], columns: Columns) -> list[tuple[str, str]]:
    names = columns.option_columns
    if columns.fixed_options:
        return _lettered(columns.fixed_options)
    if len(names) > 1:
        return _lettered([as_text(value_at(values, name)) for name in names])
    content = parsed(value_at(values, names[0])) if names else None
    if isinstance(content, Mapping) and isinstance(content.get(columns.option_text), list | tuple):  # one list of labels, one of texts
        texts, labels = content[columns.option_text], content.get(columns.option_label)
        if labels is not None and (not isinstance(labels, list | tuple) or len(labels) != len(texts)):
            raise UnusableRow("no_options", f"the labels {labels!r:.80} are not those of {len(texts)} options")
        return _lettered(texts) if labels is None else [(as_text(label), as_text(text)) for label, text in zip(labels, texts, strict=True)]
    if isinstance(content, Mapping):
        return [(str(label), as_text(text)) for label, text in content.items()]
    if isinstance(content, list) and content and all(isinstance(option, Mapping) for option in content):
        texts = [as_text(option.get(columns.option_text)) for option in content]
        if not columns.option_label:
            return _lettered(texts)
        return [(as_text(option.get(columns.option_label)), text) for option, text in zip(content, texts, strict=True)]
    if isinstance(content, list):
        return _lettered([as_text(option) for option in content])
    raise UnusableRow("no_options", f"the column {names[0] if names else 'options'!r} holds no options, but {content!r:.80}")


def _without_labels(labelled: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Where every text says its label again ("A. gout"), without it."""
    found = [_LABELLED.fullmatch(text) for label, text in labelled]
    repeats = [each is not None and each[1] == label and bool(each[2]) for each, (label, _) in zip(found, labelled, strict=True)]
    if len(labelled) < 2 or not all(repeats):
        return labelled
    return [(label, each[2].strip()) for each, (label, _) in zip(found, labelled, strict=True) if each]


def _lettered(texts: Sequence[Any]) -> list[tuple[str, str]]:
    return [(ascii_uppercase[at] if at < len(ascii_uppercase) else str(at), as_text(text)) for at, text in enumerate(texts)]


def parsed(value: Any) -> Any:
    """An object or a list that a table holds as text: JSON, or a literal as Python prints it (data only; nothing is executed)."""
    if not isinstance(value, str) or value.strip()[:1] not in ("{", "["):
        return value
    for read in (json.loads, ast.literal_eval):
        try:
            return read(value.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return value


def key_entries(value: Any, columns: Columns, options: LetteredOptions) -> list[Any]:
    """The entries of a key that may hold several."""
    content = parsed(value)
    if isinstance(content, list | tuple):
        return [entry for entry in content if not is_missing(entry)]
    whole = as_text(content)
    if columns.key_separator and whole not in options.texts:
        return as_texts(whole.split(columns.key_separator))
    return [content]
