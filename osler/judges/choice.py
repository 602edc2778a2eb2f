"""Multiple choice: reads an option's letter from free text without a key, and compares it with the key.

In this order: what closes the answer part of the text (`closing`), what opens it (`lead`: "B. Insulin", then reasons), what its sentences
name and do not deny (`mention`). The order, and that a thought never answers, that an unclear text abstains and that there is no default,
follow what real replies showed: a first or a last capital letter is another option's in 5 to 26 replies of 100.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal, NamedTuple

from osler.core.question import ChoiceKey, Key, Question
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.answer_part import Part, answer_part, reasons, run_on, under_heading
from osler.judges.closing import Closing, closings
from osler.judges.lead import lead
from osler.judges.mention import SENTENCE_END, in_sentence, mentioned
from osler.judges.plain import bare_name, plain
from osler.judges.refusal import is_refusal, names_none, names_nobody_knows
from osler.judges.statement import Stated, Statement, are_distinct

_ROOM = 300
_MAX_CLOSINGS = 12
_RESTATED = 1500
_USUAL = "The answer is "
_MAY_STATE = re.compile(r"(?i:answer|option|choice|boxed|choose|pick |select |go with|going with|opt for|settle on|\bans\b)|[<#\[◁\\]|\n.{0,40}:")
"""What may state an answer in English, hide one in a thought, or set one off as a head. In other languages than English, see below."""


@dataclass(frozen=True)
class ChoiceReader:
    """Reads which option a text chooses: by its letter, by its text, or by both where they agree.

    Names are compared whole, so "aspirin" is not option A and "diabetes insipidus" is not "diabetes". Where it is not clear, the reading
    abstains and says why. Which `statement` of an answer counts: the `last`, because models that think correct themselves; or the
    `first`, for base models, which run on into questions of their own. What stands in a thought is no statement.
    """

    statement: Literal["last", "first"] = "last"

    def read(self, text: str, question: Question) -> Reading:
        if usual := _usual(text, question.options):
            return usual
        if not text.strip():
            return Reading(abstention=Abstention.EMPTY, method="empty")
        if "\\n" in text:
            text = text.replace("\\n", " \n")  # an escaped line break, as in JSON; of the same length
        part = answer_part(text)
        look = _Look(text, question.options, is_last_first=self.statement == "last")
        if not text[part.start : part.end].strip():
            abstention = Abstention.TRUNCATED if part.is_unfinished else Abstention.NO_ANSWER
            return Reading(abstention=abstention, method="unfinished" if part.is_unfinished else "nothing_after_thought")
        reading = look.read(part)
        if part.is_unfinished and reading.abstention in (Abstention.NO_ANSWER, Abstention.REFUSED):
            return Reading(abstention=Abstention.TRUNCATED, method="unfinished")
        return reading


class _Look(NamedTuple):
    """One text read against one set of options."""

    text: str
    options: Mapping[str, str]
    is_last_first: bool

    def read(self, part: Part) -> Reading:
        invented = run_on(self.text, part)
        if invented is not None:
            head = part._replace(end=invented)
            reading = self._stated(head) or (None if self._restates(invented) else self._part(head))
            if reading:
                return self._with_rival(replace(reading, method=f"{reading.method}_before_run_on"), invented, part.end)
        explained = reasons(self.text, part)
        if explained is not None and (reading := self._stated(part._replace(end=explained))):
            return self._with_rival(replace(reading, method=f"{reading.method}_before_reasons"), explained, part.end)
        return self._part(part)

    def _stated(self, head: Part) -> Reading | None:
        """The answer that a head states by itself, before the model runs on or gives its reasons; None where it states none."""
        reading = self._whole(head) or self._closed(self._found(head), head.end)
        if reading is None or reading.value is None:
            reading = self._led(head) or reading
        return reading if reading and (reading.value or reading.abstention is Abstention.SEVERAL) else None

    def _found(self, part: Part) -> list[Closing]:
        return list(islice(closings(self.text, *part[:2], is_last_first=self.is_last_first), _MAX_CLOSINGS))

    def _restates(self, start: int) -> bool:
        """Whether the question that stands at `start` is the one that was asked: most of its options are there."""
        names = [bare_name(text) for text in self.options.values()]
        folded = plain(self.text[start : start + self._room() + _RESTATED]).folded
        return 2 * sum(name in folded for name in names) > len(names)

    def _with_rival(self, reading: Reading, start: int, end: int) -> Reading:
        """`reading` with what is stated last in the rest of the text."""
        if reading.value is None:
            return reading
        last = (self._closing(closing, end) for closing in islice(closings(self.text, start, end, is_last_first=True), 2))
        return _beside(reading, next((other for other in last if other and other.value), None))

    def _part(self, part: Part) -> Reading:
        whole = self._whole(part)
        if whole and whole.value:
            return whole
        found = self._found(part)
        closed, led = self._closed(found, part.end), self._led(part)
        if led and led.value and not self.is_last_first:
            return _beside(led, closed)
        if closed and (closed.value or closed.abstention is Abstention.SEVERAL):
            return _beside(closed, led) if led else self._with_opposite(closed, found, part)
        if first := led or whole:
            return first
        if closed and not closed.method.endswith(("negated", "empty")):
            return closed
        start = self._after(found[0], part.end) if closed and closed.method.endswith("negated") else part.start
        return self._mentioned(part._replace(start=start)) or closed or self._abstained(part)

    def _after(self, negated: Closing, end: int) -> int:
        """Where the sentence ends that says what the answer is not."""
        stop = SENTENCE_END.search(self.text, negated.start, end)
        return stop.end() if stop else end

    def _with_opposite(self, reading: Reading, found: Sequence[Closing], part: Part) -> Reading:
        """`reading` with what the text states first where it was the last statement that was read, and the other way round."""
        if len(found) < 2 or reading.value is None:
            return reading
        others = found[:0:-1] if len(found) < _MAX_CLOSINGS else closings(self.text, *part[:2], is_last_first=not self.is_last_first)
        readings = (self._closing(closing, part.end) for closing in islice(others, 2))
        return _beside(reading, next((other for other in readings if other and other.value), None))

    def _whole(self, part: Part) -> Reading | None:
        """Where a text is nothing but an answer."""
        if part.end - part.start > self._room():
            return None
        stated = self._statement(part.start, part.end, is_whole=True)
        return _reading("whole", stated) if stated else None

    def _closed(self, found: Sequence[Closing], end: int) -> Reading | None:
        """What the closing statements say: the first that says something, in the order given. Where all fall short, how the first does."""
        short: Reading | None = None
        for closing in found:
            reading = self._closing(closing, end)
            is_empty = reading is None or reading.method.endswith("empty") or (not self.is_last_first and reading.method.endswith("negated"))
            if reading and not is_empty:
                return reading
            short = short or reading
        return short

    def _closing(self, closing: Closing, end: int) -> Reading | None:
        """What one closing statement says; None where it goes on to something else than an answer."""
        if closing.is_negated:
            return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_negated")
        end = min(closing.end, closing.start + self._room())
        if not self.text[closing.start : end].strip(" \t\r\n.:*$"):
            return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_empty")
        if stated := self._statement(closing.start, end, is_whole=closing.kind == "boxed"):
            return _reading(closing.kind, stated)
        if closing.kind == "closing" and (named := in_sentence(self.options, self.text, closing.start, end)):
            return _reading("closing_sentence", named)
        if not closing.is_firm:
            return None
        if names_nobody_knows(self.text, closing.start, end):
            return Reading(abstention=Abstention.NO_ANSWER, method=f"{closing.kind}_not_known")
        return Reading(abstention=Abstention.NOT_AN_OPTION, method=f"{closing.kind}_unknown")

    def _led(self, part: Part) -> Reading | None:
        stated = lead(self.options, self.text, *part[:2])
        return _reading("lead", stated) if stated else None

    def _mentioned(self, part: Part) -> Reading | None:
        start = under_heading(self.text, part)
        stated = mentioned(self.options, self.text, start, part.end, is_last_first=self.is_last_first)
        return _reading("mention", stated) if stated else None

    def _abstained(self, part: Part) -> Reading:
        if is_refusal(self.text, *part[:2]):
            return Reading(abstention=Abstention.REFUSED, method="refusal")
        if names_none(self.text, *part[:2]):
            return Reading(abstention=Abstention.NOT_AN_OPTION, method="none_of_them")
        return Reading(abstention=Abstention.NO_ANSWER, method="no_closing")

    def _statement(self, start: int, end: int, *, is_whole: bool) -> tuple[Stated, tuple[int, int]] | None:
        tail = plain(self.text[start:end])
        stated = Statement(self.options, tail, is_whole).read() if tail.text else None
        return (stated, tail.span(stated.start, stated.end, offset=start)) if stated else None

    def _room(self) -> int:
        return 4 * max(map(len, self.options.values()), default=0) + _ROOM


def _beside(reading: Reading, other: Reading | None) -> Reading:
    """`reading`, with the value of another statement of the same text as its rival where it differs."""
    is_rival = other is not None and other.value is not None and reading.value is not None and other.value != reading.value
    return replace(reading, rival=other.value) if other and is_rival else reading


def _usual(text: str, options: Mapping[str, str]) -> Reading | None:
    """A short cut for a text that closes as our step codec has it, with a sentence "The answer is B." of its own: what everything below
    would read, at a tenth of the cost. None for any other text, and for one that might state another answer before."""
    start, letter = len(text) - len(_USUAL) - len("B."), text[-2:-1]
    if start < 0 or text[-1] != "." or letter not in options or not text.startswith(_USUAL, start):
        return None
    if start and (text[start - 1] not in " \n" or text[start - 2 : start - 1] not in (".", "!", "?") or _MAY_STATE.search(text, 0, start)):
        return None
    if not are_distinct(tuple(options.items())) or (start and lead(options, text, 0, len(text))):
        return None
    return Reading(value=letter, method="closing_letter", span=(len(text) - 2, len(text) - 1))


def _reading(place: str, stated: tuple[Stated, tuple[int, int]]) -> Reading:
    found, span = stated
    method = f"{place}_{found.form}"
    if isinstance(found.value, Abstention):
        return Reading(abstention=found.value, method=method, span=span)
    return Reading(value=found.value, method=method, span=span)


@dataclass(frozen=True)
class ChoiceJudge:
    """Right where the letter is among the key's letters. Reasons: `key`, `distractor`, the abstention's own word, `wrong_kind`."""

    def judge(self, reading: Reading, key: Key) -> Verdict:
        if not isinstance(key, ChoiceKey):
            return Verdict(Outcome.UNJUDGED, reading, "wrong_kind")
        if reading.value is None:
            return Verdict(Outcome.NO_ANSWER, reading, reading.abstention.value if reading.abstention else Abstention.NO_ANSWER.value)
        if reading.value in key.letters:
            return Verdict(Outcome.RIGHT, reading, "key")
        return Verdict(Outcome.WRONG, reading, "distractor")
