"""MathML as a line of text that people and models read: a/b, x^y, x_y, √(x)."""

import re

from lxml import etree

from osler.knowledge.textbooks.markup import name_of

_SPACED = set("=+−-×·÷→←⇌↔<>≤≥≈≠±∗*∝")
_NO_TEXT = {"annotation", "annotation-xml", "maction", "mphantom", "none", "mprescripts"}


def flat_math(element: etree._Element) -> str:
    """A formula in one line; white space is even."""
    return re.sub(r"\s+", " ", _flat(element)).strip()


def _flat(element: etree._Element) -> str:
    name, parts = name_of(element), [_flat(child) for child in element if isinstance(child.tag, str)]
    match name, parts:
        case (("mi" | "mn" | "mtext" | "ms" | "mo"), _):
            return _token(name, " ".join("".join(map(str, element.itertext())).split()) or (" " if name == "mtext" else ""))
        case "mspace", _:
            return " "
        case "mfrac", [above, below]:
            return f"{_held(above)}/{_held(below)}"
        case "msup" | "mover", [inner, above]:
            return f"{_held(inner)}^{_held(above)}"
        case "msub" | "munder", [inner, below]:
            return f"{_held(inner)}_{_held(below)}"
        case "msubsup" | "munderover", [inner, below, above]:
            return f"{_held(inner)}_{_held(below)}^{_held(above)}"
        case "msqrt", _:
            return f"√({''.join(parts).strip()})"
        case "mroot", [inner, degree]:
            return f"root {degree.strip()} of ({inner.strip()})"
        case "mfenced", _:
            return (element.get("open") or "(") + ", ".join(part.strip() for part in parts) + (element.get("close") or ")")
        case "mtable", _:
            return "; ".join(part.strip() for part in parts)
        case "mtr", _:
            return " ".join(part.strip() for part in parts)
        case _ if name in _NO_TEXT:
            return ""
    return "".join(parts)


def _token(name: str, text: str) -> str:
    return f" {text} " if name == "mo" and text in _SPACED else text


def _held(text: str) -> str:
    """In brackets where it is more than one thing, so that a/b stays a/b."""
    text = text.strip()
    is_one = len(text) <= 2 or not re.search(r"[\s/^]", text) or (text[0] == "(" and text.find(")") == len(text) - 1)
    return text if is_one else f"({text})"
