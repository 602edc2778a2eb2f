"""The nearest right name for a wrong one."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggestion(name: str, known: Iterable[str]) -> str:
    """ ", did you mean 'medqa'?", or nothing."""
    near = get_close_matches(name.casefold(), list(known), n=1)
    return f", did you mean {near[0]!r}?" if near else ""
