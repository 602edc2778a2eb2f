"""QuestionReader: the one reader that search, voting and evaluation share; the question says how it is to be read."""

from dataclasses import dataclass, field

from osler.core.question import Question
from osler.core.reading import Reader, Reading
from osler.judges.choice import ChoiceReader
from osler.judges.text import TextReader


@dataclass(frozen=True)
class QuestionReader:
    """Reads a letter where the question has options, and a name where it has none."""

    choice: Reader = field(default_factory=ChoiceReader)
    text: Reader = field(default_factory=TextReader)

    def read(self, text: str, question: Question) -> Reading:
        return (self.choice if question.options else self.text).read(text, question)
