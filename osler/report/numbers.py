"""How numbers are written, in the terminal and on the page alike. None, which is "not known", is a dash."""

import math
import unicodedata

UNKNOWN = "–"


def percent(fraction: float | None) -> str:
    """0.4832 → "48.3 %"."""
    return UNKNOWN if fraction is None else f"{100 * fraction:.1f} %"


def whole_percent(fraction: float | None) -> str:
    """0.4832 → "48 %"; for axes and small cells."""
    return UNKNOWN if fraction is None else f"{100 * fraction:.0f} %"


def span(low: float, high: float) -> str:
    """The ends of an interval of fractions, in per cent: "44.1–52.5"."""
    return f"{100 * low:.1f}–{100 * high:.1f}"


def points(fraction: float | None) -> str:
    """A difference of fractions in percentage points, signed unless it rounds to zero: "+4.2", "−1.0", "0.0"."""
    if fraction is None:
        return UNKNOWN
    text = f"{100 * fraction:+z.1f}"
    return "0.0" if text == "+0.0" else text.replace("-", "−")


def point_span(low: float | None, high: float | None) -> str:
    return UNKNOWN if low is None or high is None else f"[{points(low)}, {points(high)}]"


def p_value(p: float | None) -> str:
    if p is None:
        return UNKNOWN
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def decimal(number: float | None, digits: int = 3) -> str:
    """A number that is no percentage: 0.9127 → "0.913"."""
    return UNKNOWN if number is None else f"{number:.{digits}f}".replace("-", "−")


def count(n: float | None) -> str:
    return UNKNOWN if n is None else f"{n:,.0f}"


def spelt(name: str) -> str:
    """A snake_case word of ours as people write it."""
    return name.replace("_", " ").replace("wilson", "Wilson")


def ratio(part: int, whole: int) -> str:
    """Part of a whole as a percentage; of nothing, a dash."""
    return percent(part / whole if whole else None)


def seconds(n: float) -> str:
    return f"{n:,.1f}"


def amount(n: float | None) -> str:
    """Any number of something, to three significant digits or to the whole: 1273.4 → "1,273", 41.26 → "41.3", 0.00123 → "0.00123"."""
    if n is None:
        return UNKNOWN
    if n == 0 or abs(n) >= 100:
        return f"{n:,.0f}".replace("-", "−")
    digits = 2 - math.floor(math.log10(abs(n)))
    return (f"{n:.{digits}f}" if digits <= 7 else f"{n:.2e}").replace("-", "−")


def signed(n: float | None) -> str:
    """An amount with its sign, unless it is zero."""
    return f"+{amount(n)}" if n is not None and n > 0 else amount(n)


def mark(finding: str | None) -> str:
    """A triangle where the interval of a difference is clear of zero."""
    return {"higher": "▲", "lower": "▼"}.get(finding or "", "")


def shortened(text: str, n: int) -> str:
    """At most `n` characters, the last an ellipsis where any are missing."""
    return text if len(text) <= n else text[: n - 1].rstrip() + "…"


_TURNS = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"


def harmless(text: str) -> str:
    """A model's text for a terminal: no character that a terminal obeys, nor one that turns the direction of writing, nor half of one."""
    return "".join("\ufffd" if _is_obeyed(character) else character for character in text)


def _is_obeyed(character: str) -> bool:
    return character in _TURNS or (unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t")
