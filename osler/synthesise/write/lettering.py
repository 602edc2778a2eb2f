"""Letters of options in a text: set to what the options are called after they were dealt anew, or found to be too loose for that."""

import re
from collections.abc import Mapping

from osler.core.errors import Drop

_AFTER = r"(?!['’]\w)(?![\w-])"
_LIST = rf"[(\[]?[A-J][)\]]?{_AFTER}(?:\s*(?:,|/|&|\band\b|\bor\b|,\s*and\b|,\s*or\b)\s*[(\[]?[A-J][)\]]?{_AFTER})*"
_NAMED = re.compile(rf"\b(?i:options?|choices?|alternatives?|distractors?|answers?(?:\s+(?:is|are|choices?|options?))?)\s*:?\s*({_LIST})")
_BRACKETED = re.compile(r"(?:(\w+)\s+)?([(\[])([A-J])([)\]])")
_NO_OPTION = (
    r"(?:vitamins?|hepatitis|types?|groups?|class|grades?|stage|factors?|influenza|flu|proteins?|immunoglobulins?|cells?|coenzymes?|phase|"
    r"apolipoprotein|cytochrome|subunits?|chains?|antigens?|haemophilia|hemophilia|toxins?|blood|child|child-pugh|rh|Ig|zone|area|category)"
)
_LOOSE = re.compile(
    rf"(?:^|(?<=[.;:,!?]\s)|\b(?:so|thus|hence|therefore|because|but|and|while|whereas|though|that|as)\s+)([A-J])"
    rf"(?:[.):]\s|\s+(?:is|are|was|were|would|can|cannot|could|does|fits?|describes?|refers?|represents?|remains?|and\s+[A-J]{_AFTER})\b)"
)


def relettered(text: str, moved: Mapping[str, str]) -> str:
    """The text with the letters of options, where it calls them so ("option B", "(B)"), as `moved` has them. Raises Drop `letters` where a
    letter stands for an option in looser words ("B is wrong", "B. Too late"): whether it does cannot be told from it alone."""
    bare = _NAMED.sub(lambda found: "·" * len(found[0]), text)
    if loose := next((found for found in _LOOSE.finditer(bare) if found[1] in moved), None):
        raise Drop("letters", loose[0])
    text = _NAMED.sub(lambda found: found[0][: found.start(1) - found.start()] + _moved(found[1], moved), text)
    return _BRACKETED.sub(lambda found: _bracketed(found, moved), text)


def _moved(letters: str, moved: Mapping[str, str]) -> str:
    # a bracketed letter is set later, with all others in brackets
    return re.sub(r"(?<![(\[\w])[A-J](?![)\]\w])", lambda letter: moved.get(letter[0], letter[0]), letters)


def _bracketed(found: re.Match[str], moved: Mapping[str, str]) -> str:
    if found[1] and re.fullmatch(_NO_OPTION, found[1], re.IGNORECASE):
        return found[0]
    return found[0][: -len(found[3]) - 1] + moved.get(found[3], found[3]) + found[4]
