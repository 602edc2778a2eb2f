"""Lists of options: "A, C and E", their texts joined by commas or "and", or one a line."""

import re
from collections.abc import Mapping

from osler.judges.choice.statement import Statement
from osler.judges.stated.plain import plain

_JOIN = re.compile(
    r"[.)]?\s?(?:[,;/&+\n]|\band\b|\bplus\b|\bas well as\b|\balong with\b|[和与及と])[\s,;/&+]*(?:and\s|also\s)?(?:\d{1,2}[.)]\s)?",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:[:=>#•]\s?|-\s|\d{1,2}[.)]\s|both\s|all of\s|only\s|options?\s|choices?\s|answers?\s|letters?\s|statements?\s|\()*", re.IGNORECASE
)


def listed(options: Mapping[str, str], source: str) -> tuple[str, ...]:
    """The options that `source` is a list of, each by its letter, its text or both, once and sorted; none where it is anything else."""
    stretch = plain(source)
    lead = _LEAD.match(stretch.text)
    at, found = lead.end() if lead else 0, set[str]()
    statement = Statement(options, stretch, is_whole=False)
    while at < len(stretch.text):
        option = statement.one_of_several(at)
        if option is None:
            return ()
        found.add(str(option.value))
        join = _JOIN.match(stretch.text, option.end)
        if join is None:
            return tuple(sorted(found)) if not stretch.text[option.end :].strip(" .)]\n;:") else ()
        at = join.end()
    return tuple(sorted(found))
