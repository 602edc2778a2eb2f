"""Open answers: a language model says whether an answer says the same as the one of somebody who knows, asked in both orders.

A judge may prefer what stands first (Zheng et al. 2023, arXiv 2306.05685, section 3.3): so each pair is shown twice, with the two answers
swapped, and a verdict counts only where both orders agree on it (their "conservative" way, section 3.4).
"""

from dataclasses import dataclass, field

from osler.core.model import Model
from osler.core.prompt import Prompt, fill, require_places
from osler.core.question import OpenKey, Question
from osler.core.reading import Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.free.ask import Asked, Asking, Unread, in_order, sort_out
from osler.judges.free.verdict_word import Words

SAME, DIFFERENT = "same", "different"
WORDS = Words(
    {SAME: ("same", "equivalent", "correct"), DIFFERENT: ("different", "inequivalent", "incorrect", "wrong")},
    opposites={SAME: DIFFERENT},
)
KEY_FIRST, ANSWER_FIRST = "same_key_first", "same_answer_first"
"""Marks: 1 where the model said "same" in this order, 0 where it said "different"; absent where it was unreadable."""


@dataclass(frozen=True)
class OpenJudge:
    """RIGHT (`same`) or WRONG (`different`) where both orders agree; else UNJUDGED: `orders_differ`, or why a reply could not be read.

    The answers stand in `{first}` and `{second}` of the prompt, each under its name, the question in `{question}`.
    """

    model: Model
    asking: Asking = Asking()
    prompt: Prompt = field(default_factory=lambda: Prompt.named("judge_open"))

    def __post_init__(self) -> None:
        require_places(self.prompt, ("question", "first", "second"))

    @property
    def identity(self) -> str:
        return f"open:{self.model.identity}:{self.prompt.hash}"

    def judge_all(self, asked: Asked) -> list[Verdict]:
        verdicts, rest = sort_out(asked, OpenKey)
        texts = [self._text(question, *pair) for question, _, answer, key in rest.values() for pair in _both_orders(key.text, answer)]
        words = iter(self.asking.ask(self.model, texts, WORDS.read))
        for place, (_, reading, _, _) in rest.items():
            verdicts[place] = _verdict(reading, next(words), next(words))
        return in_order(verdicts)

    def _text(self, question: Question, first: str, second: str) -> str:
        return fill(self.prompt, {"question": question.text, "first": first, "second": second})


def _both_orders(key: str, answer: str) -> tuple[tuple[str, str], tuple[str, str]]:
    key, answer = f"Reference answer:\n{key}", f"Given answer:\n{answer}"
    return (key, answer), (answer, key)


def _verdict(reading: Reading, key_first: str | Unread, answer_first: str | Unread) -> Verdict:
    words = {KEY_FIRST: key_first, ANSWER_FIRST: answer_first}
    marks = {name: float(word == SAME) for name, word in words.items() if not isinstance(word, Unread)}
    for word in words.values():
        if isinstance(word, Unread):
            return Verdict(Outcome.UNJUDGED, reading, word.reason, marks)
    if key_first != answer_first:
        return Verdict(Outcome.UNJUDGED, reading, "orders_differ", marks)
    return Verdict(Outcome.RIGHT if key_first == SAME else Outcome.WRONG, reading, SAME if key_first == SAME else DIFFERENT, marks)
