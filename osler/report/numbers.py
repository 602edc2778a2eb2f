"""How numbers are written, in the terminal and on the page alike."""


def percent(fraction: float) -> str:
    """0.4832 → "48.3 %"."""
    return f"{100 * fraction:.1f} %"


def span(low: float, high: float) -> str:
    """The ends of an interval of fractions, in per cent: "44.1–52.5"."""
    return f"{100 * low:.1f}–{100 * high:.1f}"


def points(fraction: float) -> str:
    """A difference of fractions in percentage points, signed unless it rounds to zero: "+4.2", "−1.0", "0.0"."""
    text = f"{100 * fraction:+z.1f}"
    return "0.0" if text == "+0.0" else text.replace("-", "−")


def point_span(low: float, high: float) -> str:
    return f"[{points(low)}, {points(high)}]"


def p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def count(n: float) -> str:
    return f"{n:,.0f}"


def ratio(part: int, whole: int) -> str:
    """Part of a whole as a percentage; of nothing, a dash."""
    return percent(part / whole) if whole else "–"


def seconds(n: float) -> str:
    return f"{n:,.1f}"
