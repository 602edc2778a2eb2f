"""Sentences of medical prose: where each starts and ends, by rules. No white space and no character is in two of them.

A sentence ends at `.`, `!` or `?` (with closing quotes, brackets and bracketed references) before white space, unless what stands before is
an abbreviation or an initial, or what follows does not begin a sentence. Genus initials (*E. coli*) and units are followed by small
letters; names such as mRNA and pH begin sentences all the same.
"""

import re

MAX_SENTENCE = 4000
"""Characters. A longer one is cut at white space, or where there is none just there: a book has none, a broken file may."""

_END = re.compile(
    r"""(?<![.!?…])[.!?…]++["'”’»)\]]*+(?:\[[\d,\s–-]{1,20}\])?(\s+)
        (?=["'“‘«(\[]*+(?:[^\W_a-z]|[a-z]{1,3}[A-Z]|[αβγδκλµ≥≤<>~±•]))""",
    re.VERBOSE,
)
_LONGEST = 16
"""Characters of an abbreviation, with brackets before it."""
_INITIAL = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]\.|[IVX]{1,4}\.")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER_LAST = _words(
    """dr mr mrs ms prof drs st mt fig figs eq eqs eqn no nos vs viz cf ca approx e.g eg i.e ie ex incl resp ref refs tab vol vols pp ch
    chap sec ed eds dept gen gov col sgt capt lt rev hon jan feb mar apr jun jul aug sep sept oct nov dec ph var subsp bros esp"""
)
"""In small letters and without the last point: what always goes on."""
_SELDOM_LAST = _words("al etc inc ltd co corp jr sr spp sp a.m p.m am pm b.i.d t.i.d q.i.d q.d p.o i.v i.m s.c p.r.n m.d ph.d u.s u.k d.c")
_ABBREVIATIONS = _NEVER_LAST | _SELDOM_LAST
_STARTERS = _words(
    """the a an this these that those it its in on at for from with when while if as after before during although because since however
    therefore thus moreover furthermore some many most all both each any no not such other another one two they he she we you there here
    what which who how why by to of and but or so then also patients treatment"""
)
"""Words that begin the next sentence and no name."""
_NEXT_WORD = re.compile(r"[\"'“‘«(\[]*([^\W\d_]++)(?!\.)")
_NUMBERED = re.compile(r"\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)]")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of every sentence, in order; between two there is white space alone, or nothing where one had to be cut."""
    spans: list[tuple[int, int]] = []
    start = len(text) - len(text.lstrip())
    for found in _END.finditer(text):
        if found.start() >= start and _is_end(text, start, found):
            stop = found.start(1)
            spans += _cut(text, start, stop) if stop - start > MAX_SENTENCE else [(start, stop)]
            start = found.end(1)
    end = len(text.rstrip())
    if start < end:
        spans += _cut(text, start, end)
    return spans


def _is_end(text: str, start: int, found: re.Match[str]) -> bool:
    if text[found.start()] != "." or _is_plain(text, start, found.start()):
        return True
    tail = text[max(start, found.start() - _LONGEST) : found.start() + 1].rsplit(None, 1)[-1]
    if len(tail) > _LONGEST:
        return True
    word = tail.lstrip("([“\"'")
    for mark in "/–—":
        word = word.rpartition(mark)[2]
    if found.start() + 1 - len(tail) == start and _NUMBERED.fullmatch(tail):
        return False
    bare = word[:-1].lower()
    if bare in _NEVER_LAST:
        return False
    if bare in _SELDOM_LAST or _INITIAL.fullmatch(word):
        following = _NEXT_WORD.match(text, found.end())
        return following is not None and following[1].lower() in _STARTERS
    return True


def _is_plain(text: str, start: int, end: int) -> bool:
    """Whether the word that ends there is none to look at twice: of letters, no abbreviation, and not the first of its sentence."""
    space = text.rfind(" ", start, end)
    word = text[space + 1 : end]
    return space > start and len(word) > 1 and word.isalpha() and word[-1].islower() and word.lower() not in _ABBREVIATIONS


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """One span, or where it is too long several."""
    spans = []
    while end - start > MAX_SENTENCE:
        space = max(text.rfind(" ", start + 1, start + MAX_SENTENCE), text.rfind("\n", start + 1, start + MAX_SENTENCE))
        stop = space if space > 0 else start + MAX_SENTENCE
        stop_text = len(text[start:stop].rstrip()) + start
        if stop_text > start:
            spans.append((start, stop_text))
        start = stop + len(text[stop : stop + MAX_SENTENCE]) - len(text[stop : stop + MAX_SENTENCE].lstrip())
    if start < end:
        spans.append((start, end))
    return spans
