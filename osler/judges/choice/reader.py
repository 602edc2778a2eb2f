"""Multiple choice: reads an option's letter from free text without a key, and compares it with the key.

In this order: what closes the answer part of the text, its last line, what opens it ("B. Insulin", then reasons), what its sentences name
and do not deny. That a thought never answers, that an unclear text abstains and that there is no default follow what real replies showed:
the first or the last capital letter is not the answer in 5 to 26 of 100 free replies.

Where a letter and the text beside it are those of two options, the reading abstains with the method `…_conflict`: which of the two a model
meant cannot be known from the text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Literal

from osler.core.question import ChoiceKey, Key, Question
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.choice.lead import lead
from osler.judges.choice.mention import SENTENCE_END
from osler.judges.choice.option_names import are_distinct
from osler.judges.choice.pieces import Pieces
from osler.judges.stated.answer_part import Part, answer_part, opens_with_question, reasons, run_on
from osler.judges.stated.cleaned import cleaned
from osler.judges.stated.closing import Closing, closings
from osler.judges.stated.plain import bare_name, plain
from osler.judges.stated.refusal import is_refusal, names_none

_MAX_CLOSINGS = 12
_RESTATED, _MIN_ASKED = 1500, 40
_MIN_IN_TURN, _MAX_GAP = 3, 40
_USUAL = "The answer is "
_MAX_SHORT = 60
_SHORT = re.compile(
    r"(?P<closing>(?:[Tt]he )?(?:final |correct |best )?(?<=[e ])answer is |[Ff]inal answer: )?(?P<plain>\([A-Z]\)|[A-Z])\.?"
    r'|\{"answer(?:_choice)?": ?"(?P<marked>[A-Z])"\}'
)
"""The shortest replies, which are nothing but a letter, alone, in a sentence or in a field."""
_MAY_STATE = (
    *(
        "answer",
        "option",
        "choice",
        "boxed",
        "choose",
        "pick ",
        "select ",
        "go with",
        "going",
        "go for",
        "opt for",
        "settle on",
        "ans.",
        "ans:",
    ),
    *("ans ", "<", "#", "[", "◁", "\\", "~", "&", "❌", "✗", "✘", "☐", "⬜", "☒"),
)
_HEADING = re.compile(r"\n.{0,40}:")
"""What may state an answer before the usual one, hide it in a thought, or set it off as a head."""


@dataclass(frozen=True)
class ChoiceReader:
    """Reads which option a text chooses: by its letter, by its text, or by both where they agree.

    Names are compared whole, so "aspirin" is not option A and "diabetes insipidus" is not "diabetes". Where it is not clear, the reading
    abstains and says why. Which `statement` of an answer counts: the `last`, because models that think correct themselves; or the
    `first`, for base models, which run on into questions of their own. What stands in a thought is no statement, and what follows an
    invented question is none where the text has answered before.
    """

    statement: Literal["last", "first"] = "last"

    def read(self, text: str, question: Question) -> Reading:
        if usual := _usual(text, question.options):
            return usual
        if not text.strip():
            return Reading(abstention=Abstention.EMPTY, method="empty")
        text = cleaned(text)
        part = answer_part(text)
        if not text[part.start : part.end].strip():
            abstention = Abstention.TRUNCATED if part.is_unfinished else Abstention.NO_ANSWER
            return Reading(abstention=abstention, method="unfinished" if part.is_unfinished else "nothing_after_thought")
        reading = _Look(Pieces(text, question, is_last_first=self.statement == "last")).read(part)
        if part.is_unfinished and reading.abstention in (Abstention.NO_ANSWER, Abstention.REFUSED):
            return Reading(abstention=Abstention.TRUNCATED, method="unfinished")
        return reading


@dataclass(frozen=True)
class _Look:
    """One text, looked over for its answer."""

    pieces: Pieces

    def read(self, part: Part) -> Reading:
        text = self.pieces.text
        invented = run_on(text, part)
        if invented is not None and opens_with_question(text, part) and self._restates(invented):
            return self.read(part._replace(start=invented))  # what came before was another question, of the prompt
        if invented is not None:
            head = part._replace(end=invented)
            reading = self._stated(head) or (None if self._restates(invented) else self._part(head))
            if reading:
                return self._with_rival(replace(reading, method=f"{reading.method}_before_run_on"), invented, part.end)
        explained = reasons(text, part)
        if explained is not None and (reading := self._stated(part._replace(end=explained))):
            return self._with_rival(replace(reading, method=f"{reading.method}_before_reasons"), explained, part.end)
        return self._part(part)

    def _stated(self, head: Part) -> Reading | None:
        """The answer that a head states by itself, before the model runs on or gives its reasons; None where it states none."""
        reading = self.pieces.whole(head) or self._closed(self._found(head), head.end)
        if reading is None or reading.value is None:
            reading = self.pieces.led(head) or reading
        return reading if reading and (reading.value or reading.abstention is Abstention.SEVERAL) else None

    def _found(self, part: Part) -> list[Closing]:
        """The closing statements, as far as they are looked at. In JSON a field for the answer comes before the prose of other fields."""
        text, is_last_first = self.pieces.text, self.pieces.is_last_first
        found = list(islice(closings(text, part.start, part.end, is_last_first=is_last_first), _MAX_CLOSINGS))
        if len(found) > 1 and text[part.start : part.end].lstrip()[:1] in ("{", "`", "["):
            found.sort(key=lambda closing: not closing.is_field)
        return found

    def _restates(self, start: int) -> bool:
        """Whether the question that stands at `start` is the one that was asked: it or most of its options are there."""
        folded = plain(self.pieces.text[start : start + self.pieces.room + _RESTATED]).folded
        names = [bare_name(text) for text in self.pieces.options.values()]
        asked = plain(self.pieces.question.text).folded
        return (len(asked) > _MIN_ASKED and asked[-_MIN_ASKED:] in folded) or 2 * sum(name in folded for name in names) > len(names)

    def _part(self, part: Part) -> Reading:
        whole = self.pieces.whole(part)
        if whole and whole.value:
            return whole
        found = self._found(part)
        closed, led = self._closed(found, part.end), self.pieces.led(part)
        if led and led.value and not self.pieces.is_last_first:
            return _beside(led, closed)
        if closed and (closed.value or closed.abstention is Abstention.SEVERAL):
            if closed.value and self._states_all(found, part.end):
                return Reading(abstention=Abstention.SEVERAL, method="closing_one_after_another", span=closed.span)
            return _beside(closed, led) if led else self._with_opposite(closed, found, part)
        return self._opened(part, led, whole) or self._otherwise(part, found, closed)

    def _opened(self, part: Part, led: Reading | None, whole: Reading | None) -> Reading | None:
        if whole and whole.abstention is Abstention.SEVERAL:
            return whole
        last_line = self.pieces.last_line(part)
        if last_line and (self.pieces.is_last_first or led is None):
            return _beside(last_line, led)
        return led or whole

    def _otherwise(self, part: Part, found: Sequence[Closing], closed: Reading | None) -> Reading:
        """Where no piece of the text sets an answer off: what its sentences name, or why there is none."""
        is_negated = closed is not None and closed.method.endswith("negated")
        if closed and not is_negated:
            return closed
        start = self._after(found[0], part.end) if is_negated else part.start
        return self.pieces.mentioned(part._replace(start=start)) or closed or self._abstained(part)

    def _after(self, negated: Closing, end: int) -> int:
        """Where the sentence ends that says what the answer is not."""
        stop = SENTENCE_END.search(self.pieces.text, negated.start, end)
        return stop.end() if stop else end

    def _closed(self, found: Sequence[Closing], end: int) -> Reading | None:
        """What the closing statements say: the first that says something, in the order given. Where all fall short, how the first does."""
        short: Reading | None = None
        for closing in found:
            reading = self.pieces.closing(closing, end)
            is_short = reading is None or reading.method.endswith("empty")
            is_short = is_short or (not self.pieces.is_last_first and reading is not None and reading.method.endswith("negated"))
            if reading and not is_short:
                return reading
            short = short or reading
        return short

    def _states_all(self, found: Sequence[Closing], end: int) -> bool:
        """Whether one closing statement follows another with another answer, at least three of them and nothing between: "The answer is A.
        The answer is B. The answer is C." hits the key whatever it is."""
        in_turn = found[:_MIN_IN_TURN]
        if len(in_turn) < _MIN_IN_TURN or not self.pieces.is_last_first:
            return False
        if max(abs(one.start - other.start) for one, other in pairwise(in_turn)) > _MAX_GAP:
            return False
        values = {reading.value if (reading := self.pieces.closing(closing, end)) else None for closing in in_turn}
        return None not in values and len(values) == _MIN_IN_TURN

    def _with_rival(self, reading: Reading, start: int, end: int) -> Reading:
        """`reading` with what is stated last in the rest of the text."""
        if reading.value is None:
            return reading
        last = (self.pieces.closing(closing, end) for closing in islice(closings(self.pieces.text, start, end, is_last_first=True), 2))
        return _beside(reading, next((other for other in last if other and other.value), None))

    def _with_opposite(self, reading: Reading, found: Sequence[Closing], part: Part) -> Reading:
        """`reading` with what the text states first where it was the last statement that was read, and the other way round."""
        if len(found) < 2 or reading.value is None:
            return reading
        is_last_first = not self.pieces.is_last_first
        others = found[:0:-1] if len(found) < _MAX_CLOSINGS else closings(self.pieces.text, *part[:2], is_last_first=is_last_first)
        readings = (self.pieces.closing(closing, part.end) for closing in islice(others, 2))
        return _beside(reading, next((other for other in readings if other and other.value), None))

    def _abstained(self, part: Part) -> Reading:
        if is_refusal(self.pieces.text, part.start, part.end):
            return Reading(abstention=Abstention.REFUSED, method="refusal")
        if names_none(self.pieces.text, part.start, part.end):
            return Reading(abstention=Abstention.NOT_AN_OPTION, method="none_of_them")
        return Reading(abstention=Abstention.NO_ANSWER, method="no_closing")


def _beside(reading: Reading, other: Reading | None) -> Reading:
    """`reading`, with the value of another statement of the same text as its rival where it differs."""
    is_rival = other is not None and other.value is not None and reading.value is not None and other.value != reading.value
    return replace(reading, rival=other.value) if other and is_rival else reading


def _may_state(before: str) -> bool:
    return any(word in before for word in _MAY_STATE) or ("\n" in before and _HEADING.search(before) is not None)


def _usual(text: str, options: Mapping[str, str]) -> Reading | None:
    """A short cut for the shortest replies, and for a text that closes as our step codec has it, with a sentence "The answer is B." of its
    own: what everything else here would read, at a tenth of the cost. None for any other text, and for one that might state another
    answer before."""
    if len(text) <= _MAX_SHORT and (short := _SHORT.fullmatch(text)):
        stated = short["plain"] or short["marked"]
        if stated.strip("()") not in options or not are_distinct(tuple(options.items())):
            return None
        method = "closing_letter" if short["closing"] or short["marked"] else "whole_letter"
        return Reading(value=stated.strip("()"), method=method, span=short.span("plain" if short["plain"] else "marked"))
    start, letter = len(text) - len(_USUAL) - len("B."), text[-2:-1]
    if start < 0 or text[-1] != "." or letter not in options or not text.startswith(_USUAL, start):
        return None
    if start and (text[start - 1] not in " \n" or text[start - 2 : start - 1] not in (".", "!", "?") or _may_state(text[:start].lower())):
        return None
    if not are_distinct(tuple(options.items())) or (start and lead(options, text, 0, len(text))):
        return None
    return Reading(value=letter, method="closing_letter", span=(len(text) - 2, len(text) - 1))


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
