"""What names and counts in a recipe look like, and what is said of a name that is not there."""

import difflib
from collections.abc import Collection
from typing import Annotated, Any

from pydantic import Field

from osler.core.errors import RecipeError

Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
"""A name becomes a file's: lower-case letters, digits, - and _."""
RunSeed = Annotated[int, Field(ge=0, lt=2**32)]
"""What NumPy takes for one."""

SEED = "seed"
"""The name of the first policy."""


def suggest(name: str, known: Any) -> str:
    """ "; did you mean 'x'?" where a known name is near, else nothing."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def check_known(where: str, name: str, known: Collection[str]) -> None:
    """Raises RecipeError where there is no such name."""
    if name not in known:
        choice = f"choose among {', '.join(known)}" if known else "there is none"
        raise RecipeError(f"{where}: there is no {name!r}{suggest(name, known)}; {choice}")
