"""How `Reading.value` has a number with its unit: written in one way, and taken apart again."""

import re

NOT_COMPUTABLE = "n/a"
"""The value of a text that says that the number cannot be computed."""


def written(number: float, unit: str) -> str:
    """A quantity as `Reading.value` has it: the shortest decimal that is the number, and the unit."""
    digits = repr(number + 0.0).removesuffix(".0").replace("-0", "0", 1) if number == 0 else repr(number).removesuffix(".0")
    return f"{digits} {unit}".rstrip()


def parted(value: str) -> tuple[float, str] | None:
    """The number and the unit of what `written` wrote; None for any other string."""
    digits, _, unit = value.partition(" ")
    if not re.fullmatch(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:e[-+]?[0-9]{1,3})?", digits):
        return None
    return float(digits), unit
