"""Days of the calendar: reads the day that a text states as its answer, and compares it with the key.

The patterns are made when the first text is read, so that importing the judges stays instant.
"""

from dataclasses import dataclass

from osler.core.question import DateKey, Key, Question
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict


@dataclass(frozen=True)
class DateReader:
    """Reads a day, as "2024-06-30": after the last closing statement, as all of a text, or in the sentence that concludes it.

    See `osler.judges.number.days.Days` for the order of day and month. Two days to choose from, and spans, are SEVERAL.
    """

    def read(self, text: str, question: Question) -> Reading:
        from osler.judges.number.days import Days
        from osler.judges.stated.conclusion import read_stated

        return read_stated(text, Days())


@dataclass(frozen=True)
class DateJudge:
    """Right on the same day. Reasons: `key`, `other_day`, the abstention's own word, `wrong_kind`."""

    def judge(self, reading: Reading, key: Key) -> Verdict:
        if not isinstance(key, DateKey):
            return Verdict(Outcome.UNJUDGED, reading, "wrong_kind")
        if reading.value is None:
            return Verdict(Outcome.NO_ANSWER, reading, reading.abstention.value if reading.abstention else Abstention.NO_ANSWER.value)
        if reading.value == key.day.isoformat():
            return Verdict(Outcome.RIGHT, reading, "key")
        return Verdict(Outcome.WRONG, reading, "other_day")
