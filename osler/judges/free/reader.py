"""Free answers: the whole text after the thought is what is judged. Reads the kinds `rubric`, `open` and `claims`."""

from dataclasses import dataclass

from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.judges.stated.answer_part import answer_part


@dataclass(frozen=True)
class FreeReader:
    """Reads what is left without the thought. An unfinished thought is TRUNCATED, and nothing after it is EMPTY. No answer is taken for a
    refusal here: to advise somebody to see a doctor is part of many good ones, and the judge sees what else they say."""

    def read(self, text: str, question: Question) -> Reading:
        answer = free_answer(text)
        if isinstance(answer, Abstention):
            return Reading(abstention=answer, method="free")
        return Reading(value=text[slice(*answer)], method="free", span=answer)


def free_answer(text: str) -> tuple[int, int] | Abstention:
    """The range of the answer in `text`, without white space around it. What stands before an unfinished thought is an answer, too."""
    part = answer_part(text)
    answer = text[part.start : part.end]
    if not answer.strip():
        return Abstention.TRUNCATED if part.is_unfinished else Abstention.EMPTY
    left = part.start + len(answer) - len(answer.lstrip())
    return left, left + len(answer.strip())
