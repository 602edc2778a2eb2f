"""The pieces of a text that may state a choice, and what each says: the whole, a closing statement, the opening, the last line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.judges.choice.lead import lead
from osler.judges.choice.letters import letters_only
from osler.judges.choice.listed import listed
from osler.judges.choice.mention import in_sentence, mentioned
from osler.judges.choice.statement import Stated, Statement
from osler.judges.stated.answer_part import Part, under_heading
from osler.judges.stated.closing import Closing
from osler.judges.stated.plain import plain
from osler.judges.stated.refusal import is_refusal, names_nobody_knows, names_none

_ROOM = 300
_LISTED = re.compile(r"\W{0,6}(?:(?:option|choice)\s)?[A-Z](?:\s?[.):]|\W{0,3}$)", re.IGNORECASE)

_Placed = tuple[Stated, tuple[int, int]]


@dataclass(frozen=True)
class Pieces:
    """A text and the question that it answers. Every method reads one piece of it, and gives None where that piece states nothing."""

    text: str
    question: Question
    is_last_first: bool

    @property
    def options(self) -> Mapping[str, str]:
        return self.question.options

    @property
    def room(self) -> int:
        """How long a statement of an answer may be."""
        return 4 * max(map(len, self.options.values()), default=0) + _ROOM

    def whole(self, part: Part) -> Reading | None:
        """Where a text is nothing but an answer."""
        if part.end - part.start > self.room:
            return None
        if stated := self._statement(part.start, part.end, is_whole=True):
            return _reading("whole", stated)
        return self._letters("whole", part.start, part.end, is_glued=False)

    def led(self, part: Part) -> Reading | None:
        """What the text opens with, before its reasons."""
        stated = lead(self.options, self.text, part.start, part.end)
        return _reading("lead", stated) if stated else None

    def last_line(self, part: Part) -> Reading | None:
        """What the last line states where it is nothing but an answer, and not the end of a list of options."""
        line, end, before = _last_lines(self.text, part)
        if line is None or end - line > self.room:
            return None
        stated = self._statement(line, end, is_whole=True)
        if stated is None or isinstance(stated[0].value, Abstention) or _is_listed(stated[0].form, before):
            return None
        return _reading("last_line", stated)

    def mentioned(self, part: Part) -> Reading | None:
        """What its sentences name and do not deny, under the last heading for an answer where there is one."""
        start = under_heading(self.text, part)
        stated = mentioned(self.options, self.text, start, part.end, is_last_first=self.is_last_first)
        return _reading("mention", stated) if stated else None

    def closing(self, closing: Closing, last: int) -> Reading | None:
        """What one closing statement says; None where it goes on to something else than an answer."""
        start, end = closing.start, min(closing.end, closing.start + self.room, last)
        if closing.is_negated:
            return self._negated(closing, end)
        if not self.text[start:end].strip(" \t\r\n.:*$([{\"'`}"):
            return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_empty")
        if stated := self._statement(start, end, is_whole=closing.kind == "boxed"):
            return self._said(closing.kind, stated, end)
        line_end = self.text.find("\n", start + 1, end)
        if letters := self._letters(closing.kind, start, line_end if line_end > 0 and closing.kind == "closing" else end, is_glued=True):
            return letters
        if closing.kind == "closing" and (named := in_sentence(self.options, self.text, start, end)):
            return _reading("closing_sentence", named)
        return self._unread(closing, start, end) if closing.is_firm else None

    def _said(self, kind: str, stated: _Placed, end: int) -> Reading:
        found, (_, after) = stated
        if found.form == "withdrawn":
            return self.mentioned(Part(after, end)) or _reading(kind, stated)
        if found.form == "negated" and names_none(self.text, stated[1][0], end):
            return Reading(abstention=Abstention.NOT_AN_OPTION, method=f"{kind}_none_of_them")
        return _reading(kind, stated)

    def _negated(self, closing: Closing, end: int) -> Reading:
        """ "The answer isn't A but B" has an answer, "it cannot be A" has none."""
        tail = plain(self.text[closing.start : end])
        put = Statement(self.options, tail, is_whole=False).instead(0) if tail.text else None
        if put and put.value in self.options:
            return _reading(f"{closing.kind}_but", (put, tail.span(put.start, put.end, offset=closing.start)))
        return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_negated")

    def _unread(self, closing: Closing, start: int, end: int) -> Reading:
        if is_refusal(self.text, start, end):
            return Reading(abstention=Abstention.REFUSED, method=f"{closing.kind}_refusal")
        if names_nobody_knows(self.text, start, end):
            return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_not_known")
        return Reading(abstention=Abstention.NOT_AN_OPTION, method=f"{closing.kind}_unknown")

    def _letters(self, place: str, start: int, end: int, *, is_glued: bool) -> Reading | None:
        """The reading of a stretch that is nothing but letters, or a list of options: the one, however often it comes, or SEVERAL."""
        stretch = self.text[start:end]
        letters = letters_only(stretch.strip(), self.options, is_glued=is_glued) or (
            listed(self.options, stretch) if "\n" in stretch else ()
        )
        span = (start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip()))
        if len(letters) == 1:
            return Reading(value=letters[0], method=f"{place}_letter", span=span)
        return Reading(abstention=Abstention.SEVERAL, method=f"{place}_several", span=span) if letters else None

    def _statement(self, start: int, end: int, *, is_whole: bool) -> _Placed | None:
        tail = plain(self.text[start:end])
        stated = Statement(self.options, tail, is_whole).read() if tail.text else None
        return (stated, tail.span(stated.start, stated.end, offset=start)) if stated else None


def _last_lines(text: str, part: Part) -> tuple[int | None, int, str]:
    """Where the last line that says something starts, if there are others, and ends, and the line before it. Of a table's row, the last
    cell."""
    end = part.start + len(text[part.start : part.end].rstrip("| \t\r\n"))
    start = text.rfind("\n", part.start, end)
    if start < 0:
        return None, end, ""
    before = text[part.start : start].rstrip().rsplit("\n", 1)[-1][-_ROOM:]
    return max(start, text.rfind("|", start, end)) + 1, end, before


def _is_listed(form: str, before: str) -> bool:
    """Whether the line before is an option as well: then the last is the end of a list."""
    return _LISTED.match(before) is not None and (form != "letter" or len(before.strip()) <= len("(A)."))


def _reading(place: str, stated: _Placed) -> Reading:
    found, span = stated
    method = f"{place}_{found.form}"
    if isinstance(found.value, Abstention):
        return Reading(abstention=found.value, method=method, span=span)
    return Reading(value=found.value, method=method, span=span)
