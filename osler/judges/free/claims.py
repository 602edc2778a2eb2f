"""Claims: a free answer is taken apart into claims that can be judged one by one, and its factuality is the share that is true.

MedScore (arXiv 2505.18452): sentence by sentence, with the whole answer as context, into claims that keep their conditions, stand by
themselves, and state advice as fact; each is verified by the model's own knowledge or against evidence. An answer without a claim has no
factuality, neither 0 nor 1; the mean over answers is over those that have one, and `corpus_mean` says how many they are.

Ours differs in three things: sentences are split without spaCy, a claim that comes twice in an answer counts once (repeating what is true
earns nothing), and a reply that cannot be read leaves the answer unjudged where MedScore takes it for unsupported.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from osler.core.model import Model
from osler.core.prompt import Prompt, fill, require_places
from osler.core.question import ClaimsKey, Question
from osler.core.reading import Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.free.ask import Asked, Asking, Unread, in_order, sort_out
from osler.judges.free.sentences import sentences
from osler.judges.free.verdict_word import Words

TRUE, FALSE = "true", "false"
WORDS = Words(
    {TRUE: ("true", "supported"), FALSE: ("false", "untrue", "unsupported")},
    opposites={TRUE: FALSE, FALSE: TRUE},
    is_last_mention=True,  # MedScore: the last of "true" and "false" wins
)
FACTUALITY = "factuality"
_BULLET = re.compile(r"\s*(?:[-•–]\s*|\*\s+|\(?\d{1,3}[.)]\s+)(?P<claim>.*)")
_NO_CLAIM = re.compile(r"\W*(?:there (?:is|are) )?no (?:verifiable |objective )?claims?\W*", re.IGNORECASE)

Answered = dict[int, tuple[Question, Reading, str, ClaimsKey]]


def read_claims(text: str) -> list[str] | None:
    """The claims of a reply, a line with a bullet or a number each; none where it says "no claim"; None where it is in no such form. A
    bullet with nothing behind it is no claim."""
    lines = [line for line in text.splitlines() if line.strip()]
    bullets = [bullet["claim"].strip() for line in lines if (bullet := _BULLET.fullmatch(line.rstrip()))]
    claims = [claim for claim in bullets if any(map(str.isalnum, claim)) and not _NO_CLAIM.fullmatch(claim)]
    if claims:
        return claims
    return [] if any(_NO_CLAIM.fullmatch(line) for line in lines) or any(map(_NO_CLAIM.fullmatch, bullets)) else None


@dataclass(frozen=True)
class ClaimsJudge:
    """RIGHT (`all_true`) where every claim is true, WRONG (`some_false`) where one is not; UNJUDGED `no_claims`, or why a reply could not
    be read. Marks: `factuality` where there are claims and all were read; `n_sentences`, `n_claims`, `n_true`, `n_unread`."""

    model: Model
    asking: Asking = Asking()
    decompose: Prompt = field(default_factory=lambda: Prompt.named("judge_claims_decompose"))
    verify: Prompt = field(default_factory=lambda: Prompt.named("judge_claims_verify"))
    verify_by_evidence: Prompt = field(default_factory=lambda: Prompt.named("judge_claims_evidence"))

    def __post_init__(self) -> None:
        require_places(self.decompose, ("question", "answer", "sentence"))
        require_places(self.verify, ("claim",))
        require_places(self.verify_by_evidence, ("claim", "evidence"))

    @property
    def identity(self) -> str:
        hashes = ":".join(prompt.hash for prompt in (self.decompose, self.verify, self.verify_by_evidence))
        return f"claims:{self.model.identity}:{hashes}"

    def judge_all(self, asked: Asked) -> list[Verdict]:
        verdicts, rest = sort_out(asked, ClaimsKey)
        parts = self._decomposed(rest)
        claims = {place: _distinct(part for part in parts[place] if not isinstance(part, Unread)) for place in rest}
        texts = [self._question_of(claim, rest[place][3]) for place in rest for claim in claims[place]]
        words = iter(self.asking.ask(self.model, texts, WORDS.read))
        for place, (_, reading, _, _) in rest.items():
            unread = [part for part in parts[place] if isinstance(part, Unread)]
            verdicts[place] = _verdict(reading, len(parts[place]), unread, [next(words) for _ in claims[place]])
        return in_order(verdicts)

    def _decomposed(self, rest: Answered) -> dict[int, list[list[str] | Unread]]:
        """The claims of each sentence of each answer."""
        split = {place: list(sentences(answer)) for place, (_, _, answer, _) in rest.items()}
        texts = [
            fill(self.decompose, {"question": question.text, "answer": answer, "sentence": sentence})
            for place, (question, _, answer, _) in rest.items()
            for sentence in split[place]
        ]
        found = iter(self.asking.ask(self.model, texts, read_claims))
        return {place: [next(found) for _ in split[place]] for place in rest}

    def _question_of(self, claim: str, key: ClaimsKey) -> str:
        if key.evidence:
            return fill(self.verify_by_evidence, {"claim": claim, "evidence": key.evidence})
        return fill(self.verify, {"claim": claim})


def _distinct(claims_by_sentence: Iterator[list[str]]) -> list[str]:
    """Each claim once, however it is spaced, cased and stopped."""
    by_form: dict[str, str] = {}
    for claim in chain.from_iterable(claims_by_sentence):
        by_form.setdefault(" ".join(claim.lower().split()).rstrip(". "), claim)
    return list(by_form.values())


def _verdict(reading: Reading, n_sentences: int, unread: Sequence[Unread], words: Sequence[str | Unread]) -> Verdict:
    unread = [*unread, *(word for word in words if isinstance(word, Unread))]
    n_true = words.count(TRUE)
    marks = {
        "n_sentences": float(n_sentences),
        "n_claims": float(len(words)),
        "n_true": float(n_true),
        "n_unread": float(len(unread)),
    }
    if unread:
        return Verdict(Outcome.UNJUDGED, reading, unread[0].reason, marks)
    if not words:
        return Verdict(Outcome.UNJUDGED, reading, "no_claims", marks)
    marks[FACTUALITY] = n_true / len(words)
    return (
        Verdict(Outcome.RIGHT, reading, "all_true", marks) if n_true == len(words) else Verdict(Outcome.WRONG, reading, "some_false", marks)
    )


@dataclass(frozen=True)
class CorpusMean:
    """The mean of a mark over the verdicts that have it, None where none has; `n` have it, of `n_all`."""

    mean: float | None
    n: int
    n_all: int

    @property
    def coverage(self) -> float | None:
        return self.n / self.n_all if self.n_all else None


def corpus_mean(verdicts: Sequence[Verdict], mark: str = FACTUALITY) -> CorpusMean:
    found = [verdict.marks[mark] for verdict in verdicts if mark in verdict.marks]
    return CorpusMean(sum(found) / len(found) if found else None, len(found), len(verdicts))
