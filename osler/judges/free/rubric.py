"""Rubrics: how much of what an answer must say it says, and how much of what is known it contradicts.

K-QA (Manes et al. 2024, arXiv 2401.14493, section 4). Each statement is judged by itself: entailed by the answer, contradicted, or neither.
Completeness is the share of must-have statements that are entailed (their "comprehensiveness"); hallucination counts the statements,
must-have and nice-to-have, that are contradicted. `hallucination_rate` is that count over all statements, so that items compare.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from osler.core.model import Model
from osler.core.prompt import Prompt, fill, require_places
from osler.core.question import RubricKey
from osler.core.reading import Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.free.ask import Asked, Asking, Unread, in_order, sort_out
from osler.judges.free.verdict_word import Words

ENTAILED, NEUTRAL, CONTRADICTED = "entailed", "neutral", "contradicted"
WORDS = Words(
    {
        ENTAILED: ("entailed", "entails", "entailment"),
        NEUTRAL: ("neutral",),
        CONTRADICTED: ("contradicted", "contradicts", "contradiction", "contradictory"),
    }
)


@dataclass(frozen=True)
class RubricJudge:
    """RIGHT (`all_entailed`) where every must-have statement is entailed and no statement is contradicted; WRONG is `contradicted` or else
    `incomplete`. One statement whose reply cannot be read leaves the item UNJUDGED, without completeness and rate: a mean over the rest
    would be of other statements. The counts (`n_…`) are always among the marks.
    """

    model: Model
    asking: Asking = Asking()
    prompt: Prompt = field(default_factory=lambda: Prompt.named("judge_rubric"))

    def __post_init__(self) -> None:
        require_places(self.prompt, ("question", "answer", "statement"))

    @property
    def identity(self) -> str:
        return f"rubric:{self.model.identity}:{self.prompt.hash}"

    def judge_all(self, asked: Asked) -> list[Verdict]:
        verdicts, rest = sort_out(asked, RubricKey)
        texts = [
            fill(self.prompt, {"question": question.text, "answer": answer, "statement": statement})
            for question, _, answer, key in rest.values()
            for statement in (*key.must_have, *key.nice_to_have)
        ]
        words = iter(self.asking.ask(self.model, texts, WORDS.read))
        for place, (_, reading, _, key) in rest.items():
            must_have = [next(words) for _ in key.must_have]
            verdicts[place] = _verdict(reading, must_have, [next(words) for _ in key.nice_to_have])
        return in_order(verdicts)


def _verdict(reading: Reading, must_have: Sequence[str | Unread], nice_to_have: Sequence[str | Unread]) -> Verdict:
    words = [*must_have, *nice_to_have]
    unread = [word for word in words if isinstance(word, Unread)]
    n_entailed, n_contradicted = must_have.count(ENTAILED), words.count(CONTRADICTED)
    marks = {
        "n_must_have": float(len(must_have)),
        "n_must_have_entailed": float(n_entailed),
        "n_nice_to_have": float(len(nice_to_have)),
        "n_nice_to_have_entailed": float(nice_to_have.count(ENTAILED)),
        "n_contradicted": float(n_contradicted),
        "n_unread": float(len(unread)),
    }
    if unread:
        return Verdict(Outcome.UNJUDGED, reading, unread[0].reason, marks)
    marks |= {"completeness": n_entailed / len(must_have), "hallucination_rate": n_contradicted / len(words)}
    if n_contradicted:
        return Verdict(Outcome.WRONG, reading, "contradicted", marks)
    if n_entailed < len(must_have):
        return Verdict(Outcome.WRONG, reading, "incomplete", marks)
    return Verdict(Outcome.RIGHT, reading, "all_entailed", marks)
