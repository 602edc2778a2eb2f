"""The entries of a list in free text: in JSON, on lines, or in one sentence."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from osler.core.reading import Abstention, Reading
from osler.judges.stated.answer_part import answer_part, run_on
from osler.judges.stated.closing import LEAD, NEGATION, closings
from osler.judges.stated.plain import article_length, bare_name, plain, with_latex
from osler.judges.stated.refusal import is_refusal

_ROOM = 1500
_MAX_WORDS = 12
_MAX_LENGTH = 200
_MAX_ENTRIES = 100
_MAX_JSON = 8000
_MAX_CLOSINGS = 5
_TAIL = 8000
"""Lists of lines are looked for in the last so many characters."""
_LINE = re.compile(
    r"^[ \t>*_]{0,8}(?:(?P<number>(?:#{1,4}[ \t]*)?[*_]{0,3}\(?[0-9]{1,2}(?:[.):]\)?|[ \t][-–])|#[0-9]{1,2}:?|[A-Ha-h]\)"
    r"|\|[ \t]*[0-9]{1,2}[ \t]*\|)|[-*•–+])[*_]{0,3}[ \t]+(?P<entry>\S[^\n]{0,1000})"
)
_DIGITS = re.compile(r"[0-9]+")
_LEAD_IN = re.compile(
    r"(?:(?:the|my|a|our)\s)?(?:(?:ranked|top|most|likely|leading|main|three|five|[35]|possible|differential)\s)*"
    r"(?:differentials?|diagnos[ie]s|possibilities|list)(?:\s(?:diagnos[ie]s|list))?(?:,?\s(?:for|in|of)\s[^,:;\n]{1,60}?)?"
    r"(?:\s?:|\s(?:includes?|are|is|would (?:be|include)|consists? of)(?::|\b))\s*",
    re.IGNORECASE,
)
_SPEAKS = re.compile(
    r"\b(?:is|are|was|were|has|have|had|should|can|may|might|will|would|needs?|does|do|I|you|we|she|he|they|it|this|include[sd]?)\b"
)
_AND = re.compile(r"\s(?:and|or)\s(?!without\b)")
_RANK = re.compile(r"(?:(?:rank|diagnosis|ddx|dx|top)?[_ #-]?[0-9]{1,2}|first|second|third|fourth|fifth)", re.IGNORECASE)
_NAMED = re.compile(r"diagnos|differential|rank|likel|answer|list\b|candidate|condition|cause|hypothes", re.IGNORECASE)
_OTHER = re.compile(
    r"test|step|treat|manag|recommend|evidence|finding|symptom|plan\b|reason|explan|feature|work-?up|key point|rationale|exclud|"
    r"rule[ds]? out|unlikely|against|consider(?:ed)? but|note",
    re.IGNORECASE,
)
_BOLD = re.compile(r"(?P<mark>\*\*|__)(?P<inner>[^*_\n]{1,200})(?P=mark)(?P<rest>.*)", re.DOTALL)
_LABEL = re.compile(
    r"(?:(?:the )?(?:(?:most|next|second|third|less|least)\b\s?)?(?:likely|probable|leading|top|alternative|possible|primary|working|"
    r"differential)?\s?(?:diagnosis|condition|candidate|rank)?\s?#?[0-9]{0,2}|[0-9]{1,2}(?:st|nd|rd|th))\s?:\s?",
    re.IGNORECASE,
)
_REASON = re.compile(
    r":(?:\s|$)|\s[-–—]+\s|\s?—\s?|[.;](?:\s|$)|,?\s(?:because|since|as evidenced)\s|,\s(?:which|as|given|due to)\s|\s?[=-]>", re.IGNORECASE
)
_ASIDE = re.compile(
    r"\s*(?:\((?:[A-Z][A-Za-z]{0,2}[A-Z0-9]{1,6}s?|[^()]{0,30}[0-9%][^()]{0,30}|[^()]{0,20}(?:likely|probab|likelihood|confidence)[^()]{0,20})\)"
    r"|[,:]?\s[~≈]?[0-9.]{1,5}\s?%)\s*$",
    re.IGNORECASE,
)
_SPLIT = (re.compile(r"\n"), re.compile(r"\s?(?:;|>|→|\|)\s?"), re.compile(r",\s(?:and\s|then\s)?|\s?/\s|,(?=[A-Z])"))
_NUMBERED_INLINE = re.compile(r"(?:^|[\s,;])\(?(?P<number>[1-9][0-9]?)[.)]\s+(?=[^\W\d_]|\*)")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_LAST_AND = re.compile(
    r"^(?:(?:and|or|then|followed by|lastly|(?:first|second|third|fourth|fifth)(?:ly)?[,:]|(?:finally|next)[,:])\s)+", re.IGNORECASE
)
_UNKNOWING = re.compile(
    r"\b(?:do(?:n['’]?t| not) know|can(?:not|['’]?t| not)|could not|not (?:sure|certain|clear|known)|unable|unknown|n/a)\b", re.IGNORECASE
)
_AROUND = " \t\r\n*_\"'“”‘’«»,;:!.[]"


class Block(NamedTuple):
    """Lines of a list that stand together, and the line before them. `numbers` are those of the entries, None where there is none."""

    heading: str
    entries: tuple[str, ...]
    numbers: tuple[int | None, ...]
    start: int
    end: int

    @property
    def is_numbered(self) -> bool:
        return self.numbers[0] is not None

    def unrolled(self) -> list[str]:
        """The entries, one that holds the next ones on its line taken apart: "1) Gout 2) Pseudogout"."""
        entries: list[str] = []
        for at, entry in enumerate(self.entries):
            number, start = self.numbers[at], 0
            following = self.numbers[at + 1] if at + 1 < len(self.numbers) else None
            if number is not None and following != number + 1:
                for mark in _NUMBERED_INLINE.finditer(entry):
                    if int(mark["number"]) == number + 1:
                        entries.append(entry[start : mark.start()])
                        number, start = number + 1, mark.end()
            entries.append(entry[start:])
        return entries

    def goes_on(self, before: "Block") -> bool:
        """Whether its numbers follow those of the block before, so that what stands between is said about an entry."""
        return None not in (self.numbers[0], before.numbers[-1]) and self.numbers[0] == (before.numbers[-1] or 0) + 1


def read_entries(text: str) -> Reading:
    """The entries that `text` lists as its answer after its thought, a line each."""
    if not text.strip():
        return Reading(abstention=Abstention.EMPTY, method="empty")
    part = answer_part(text)
    body = text[part.start : part.end]
    if not body.strip():
        return Reading(abstention=Abstention.TRUNCATED if part.is_unfinished else Abstention.EMPTY, method="no_answer_part")
    invented = run_on(text, part)
    for piece in ([text[part.start : invented]] if invented else []) + [body]:
        reading = _json(piece, part.start) or _after_closing(piece, part.start) or _lines(piece, part.start) or _whole(piece, part.start)
        if reading and (reading.value is not None or piece is body):
            return reading
    if part.is_unfinished:
        return Reading(abstention=Abstention.TRUNCATED, method="unfinished_thought")
    if is_refusal(body, 0, len(body)):
        return Reading(abstention=Abstention.REFUSED, method="refusal")
    return Reading(abstention=Abstention.NO_ANSWER, method="no_closing")


def _json(body: str, offset: int) -> Reading | None:
    """The last list of names in JSON, of objects the first text of each; or an object whose keys are ranks."""
    end = len(body)
    for _ in range(3):
        end = body.rfind("[", 0, end)
        if end < 0:
            break
        try:
            found, length = json.JSONDecoder().raw_decode(body[end : end + _MAX_JSON])
        except (ValueError, RecursionError):
            continue
        names = [_text_of(entry) for entry in found]
        if names and all(names):
            return _reading([name for name in names if name], "json", (offset + end, offset + end + length))
    return _json_ranks(body, offset)


def _json_ranks(body: str, offset: int) -> Reading | None:
    start = body.find("{")
    if start < 0:
        return None
    try:
        found, length = json.JSONDecoder().raw_decode(body[start : start + _MAX_JSON])
    except (ValueError, RecursionError):
        return None
    found = {field: with_latex(name) for field, name in found.items() if isinstance(name, str)}
    ranked = [name for rank, name in found.items() if _RANK.fullmatch(rank)]
    listed = [name for field, name in found.items() if _NAMED.search(field) and not _OTHER.search(field)]
    names = ranked or (_inline(listed[0], is_whole=True)[0] if listed else [])
    return _reading(names, "json", (offset + start, offset + start + length)) if names else None


def _text_of(entry: object) -> str | None:
    if isinstance(entry, dict):
        entry = next((value for value in entry.values() if isinstance(value, str)), None)
    return with_latex(entry) if isinstance(entry, str) else None


def _after_closing(body: str, offset: int) -> Reading | None:
    for closing in islice(closings(body, 0, len(body), is_last_first=True), _MAX_CLOSINGS):
        if closing.is_negated:
            return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_negated")
        end = min(closing.end, closing.start + _ROOM)
        stated = body[closing.start : end]
        blocks = list(_blocks(stated))
        if blocks and not any(map(str.isalnum, stated[: blocks[0].start])):
            return _of_block(blocks[0], closing.kind, offset + closing.start)
        names, length = _inline(stated, is_whole=closing.kind == "boxed")
        reading = _reading(names, closing.kind, (offset + closing.start, offset + closing.start + length))
        if closing.is_firm or reading.value is not None:
            return reading
    return None


def _lines(body: str, offset: int) -> Reading | None:
    """The list that answers: under a heading that says so, or else the first numbered one whose heading speaks of nothing else."""
    first = max(0, len(body) - _TAIL)
    blocks = [block for block in _blocks(body[first:]) if not _OTHER.search(block.heading) or _NAMED.search(block.heading)]
    named = [block for block in blocks if _NAMED.search(block.heading)]
    numbered = [block for block in blocks if block.is_numbered]
    chosen = named[-1:] or numbered[:1] or blocks[:1]
    return _of_block(chosen[0], "list", offset + first) if chosen else None


def _of_block(block: Block, place: str, offset: int) -> Reading:
    return _reading(block.unrolled(), place, (offset + block.start, offset + block.end))


def _blocks(body: str) -> Iterator[Block]:
    """Every list, one whose numbers go on after other lines being one."""
    last: Block | None = None
    for block in _runs(body):
        if last and block.goes_on(last):
            last = last._replace(entries=last.entries + block.entries, numbers=last.numbers + block.numbers, end=block.end)
        else:
            if last:
                yield last
            last = block
    if last:
        yield last


def _runs(body: str) -> Iterator[Block]:
    """Every run of list lines. Deeper lines and blank ones are part of it; another line, or a number 1, begins anew."""
    heading, entries, numbers, start, end, place = "", list[str](), list[int | None](), 0, 0, 0
    for line in body.splitlines(keepends=True):
        found = _LINE.match(line)
        number = _number(found["number"]) if found and found["number"] else None
        indent = len(line) - len(line.lstrip())
        is_deeper = bool(entries) and (indent >= 2 or (numbers[0] is not None and found is not None and number is None))
        if entries and not is_deeper and ((found is not None and number == 1) or (line.strip() and not found)):
            yield Block(heading, tuple(entries), tuple(numbers), start, end)
            heading, entries, numbers = "", [], []
        if found and not is_deeper and len(entries) < _MAX_ENTRIES:
            start = start if entries else place + found.start("entry")
            entries.append(found["entry"])
            numbers.append(number)
            end = place + len(line.rstrip())
        elif line.strip() and not found:
            heading = line
        place += len(line)
    if entries:
        yield Block(heading, tuple(entries), tuple(numbers), start, end)


def _number(mark: str) -> int:
    digits = _DIGITS.search(mark)
    return int(digits[0]) if digits else ord(mark[0].lower()) - ord("a") + 1


def _whole(body: str, offset: int) -> Reading | None:
    """A short text that is only names."""
    if len(body) > _ROOM or _SENTENCE_END.search(body.strip().rstrip(_AROUND)) or body.lstrip(" `\n").startswith(("{", "json")):
        return None
    names, length = _inline(body, is_whole=True)
    if any(len(name.split()) > _MAX_WORDS or _SPEAKS.search(name) for name in names):
        return None
    return _reading(names, "whole", (offset, offset + length))


def _inline(stated: str, *, is_whole: bool) -> tuple[list[str], int]:
    """The names of one sentence, and where it ends."""
    first = len(stated) - len(stated.lstrip(" \t\r\n:*_"))
    stop = None if is_whole else _SENTENCE_END.search(_NUMBERED_INLINE.sub(lambda mark: " " * len(mark[0]), stated), first)
    end = stop.start() if stop else len(stated)
    sentence = stated[first:end]
    lead = LEAD.match(sentence)
    sentence = sentence[lead.end() :] if lead else sentence
    lead_in = _LEAD_IN.match(sentence)
    sentence = sentence[lead_in.end() :] if lead_in else sentence
    if NEGATION.match(plain(sentence).text):
        return [], end
    if len(_NUMBERED_INLINE.findall(sentence)) > 1:
        return [piece for piece in _NUMBERED_INLINE.split(sentence)[::2] if piece.strip(_AROUND)], end
    for split in _SPLIT:
        pieces = split.split(sentence)
        if len(pieces) > 1:
            return [*pieces[:-1], *(_AND.split(pieces[-1]) if "," in split.pattern else pieces[-1:])][:_MAX_ENTRIES], end
    return re.split(r"\sor\s(?!without\b)", sentence), end


def _reading(names: Sequence[str], place: str, span: tuple[int, int]) -> Reading:
    """The entries that are names, each once. What is said to be unknown is no entry."""
    entries: dict[str, str] = {}
    for name in names[:_MAX_ENTRIES]:
        entry = entry_name(name)
        if (
            bare_name(entry)
            and len(entry) <= _MAX_LENGTH
            and not entry.endswith("?")
            and not _UNKNOWING.search(entry)
            and not NEGATION.match(entry)
        ):
            entries.setdefault(bare_name(entry), entry)
    if not entries:
        return Reading(abstention=Abstention.NO_ANSWER, method=f"{place}_empty")
    return Reading(value="\n".join(entries.values()), method=place, span=span)


def entry_name(written: str) -> str:
    """The name in one entry of a list: what is bold, or what stands before a colon, a dash or a reason; without its share or short form."""
    written = written.split(" | ")[0].strip().rstrip("|")
    bold = _BOLD.match(written)
    name = written
    if bold:
        is_label = _LABEL.fullmatch(f"{bold['inner'].rstrip(' :')}: ") is not None
        name = bold["rest"].lstrip(" :") if is_label else bold["inner"]
    elif label := _LABEL.match(written):
        name = written[label.end() :]
    name = plain(name).text
    reason = _REASON.search(name)
    name = name[: reason.start()] if reason and reason.start() else name
    name = _LAST_AND.sub("", _ASIDE.sub("", name.strip(_AROUND))).strip(_AROUND)
    return name[article_length(name.lower()) :]
