"""Plain arithmetic as working is written, worked out by a reader of its own: no text is ever evaluated as code.

sum     = product {("+" | "-") product}
product = power {("×" | "*" | "/" | "·") power}
power   = ["-"] atom ["^" ["-"] number | "²" | "³"]
atom    = number [unit] | "(" sum ")" | ("min" | "max" | "ln" | "√" | "exp") "(" sum {"," sum} ")"
"""

import math
import re
from collections.abc import Callable

_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?(?:e[-+]?\d+)?)|([-+×*/·^²³(),√])|(min|max|ln|exp)(?=\())")
_CALLS: dict[str, Callable[..., float]] = {"min": min, "max": max, "ln": math.log, "exp": math.exp, "√": math.sqrt}
MAX_CHARACTERS = 500


def worked_out(text: str) -> float | None:
    """What it comes to; None where it is not plain arithmetic."""
    if len(text) > MAX_CHARACTERS:
        return None
    tokens = _tokens(text)
    if not tokens:
        return None
    try:
        value = _Sum(tokens).whole()
    except (ValueError, ArithmeticError, IndexError, TypeError, RecursionError):
        return None
    return value if isinstance(value, float) and math.isfinite(value) else None


def _tokens(text: str) -> list[str] | None:
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            return None
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


class _Sum:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = [*tokens, ""], 0

    def whole(self) -> float:
        value = self.sum()
        if self.tokens[self.at]:
            raise ValueError
        return float(value)

    def _take(self, *wanted: str) -> str:
        token = self.tokens[self.at]
        if token and token in wanted:
            self.at += 1
            return token
        return ""

    def sum(self) -> float:
        value = self.product()
        while operator := self._take("+", "-"):
            value += self.product() if operator == "+" else -self.product()
        return value

    def product(self) -> float:
        value = self.power()
        while operator := self._take("×", "*", "·", "/"):
            value = value / self.power() if operator == "/" else value * self.power()
        return value

    def power(self) -> float:
        if self._take("-"):
            return -self.power()
        value = self.atom()
        if self._take("²"):
            return value**2
        if self._take("³"):
            return float(value**3)
        if self._take("^"):
            factor = -1 if self._take("-") else 1
            return float(value ** (factor * self.atom()))
        return value

    def atom(self) -> float:
        if name := self._take(*_CALLS):
            return self._call(name)
        if self._take("("):
            value = self.sum()
            if not self._take(")"):
                raise ValueError
            return value
        token = self.tokens[self.at]
        self.at += 1
        return float(token)

    def _call(self, name: str) -> float:
        if not self._take("("):
            return _CALLS[name](self.atom())
        values = [self.sum()]
        while self._take(","):
            values.append(self.sum())
        if not self._take(")"):
            raise ValueError
        return float(_CALLS[name](*values))
