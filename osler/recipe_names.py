"""What names and counts in a recipe look like."""

from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
"""A name becomes a file's: lower-case letters, digits, - and _."""
RunSeed = Annotated[int, Field(ge=0, lt=2**32)]
"""What NumPy takes for one."""

SEED = "seed"
"""The name of the first policy."""
