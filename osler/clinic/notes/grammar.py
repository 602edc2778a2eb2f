"""A closed grammar by forms: a sentence is written by one of them and read back by all of them."""

import re
from collections.abc import Mapping
from functools import cache

MAX_NAMES = 300
"""So many characters a name, or names in a row, may have."""


@cache
def fields_of(form: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\{(\w+)\}", form))


def fill(form: str, *words: str) -> str:
    """The form with the words in the order of its fields."""
    return form.format(**dict(zip(fields_of(form), words, strict=True)))


@cache
def pattern(form: str) -> re.Pattern[str]:
    """Of a form of one sentence: no name has a full stop or a colon. Capitals may differ, for a name may begin a sentence."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", rf"(?P<\1>[^.:]{{1,{MAX_NAMES}}}?)", re.escape(form)), re.IGNORECASE)


def read_form(forms: Mapping[str, str], text: str) -> tuple[str, tuple[str, ...]] | None:
    """The name of the first form that says this, and the words in its fields."""
    for name, form in forms.items():
        if found := pattern(form).fullmatch(text):
            return name, tuple(found[field] for field in fields_of(form))
    return None
