"""QuestionReader: the one reader that search, voting and evaluation share; the question says how it is to be read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from osler.core.question import Question
from osler.core.reading import Abstention, Reader, Reading


def _registered() -> Mapping[str, Reader]:
    from osler.judges import READERS  # it imports this module

    return READERS


@dataclass(frozen=True)
class QuestionReader:
    """Reads what the question asks for, with the reader for its kind of answer. An answer of a kind that has no reader is not read."""

    readers: Mapping[str, Reader] = field(default_factory=_registered)

    def read(self, text: str, question: Question) -> Reading:
        reader = self.readers.get(question.answer_kind)
        return reader.read(text, question) if reader else Reading(abstention=Abstention.NO_ANSWER, method="no_reader")
