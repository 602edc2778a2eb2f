"""Asking a language model what a judge cannot tell by itself: many questions in one call, and a reply that cannot be read is data.

An unreadable reply is asked for once more with another seed; then it is `Unread` with a reason, which makes the verdict UNJUDGED. Nothing
is guessed from it, where MedScore (arXiv 2505.18452) takes a reply with neither word in it for "false" if it says "not" or "cannot".
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from osler.core.model import Finish, Message, Model, Reply, Request, Sampling, complete_all
from osler.core.question import Key, Question
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.free.reader import free_answer

Read = TypeVar("Read")
AnyKey = TypeVar("AnyKey", bound=Key)
Asked = Sequence[tuple[Question, Reading, Key]]

AGAIN_TEMPERATURE = 0.7
"""At temperature 0 the same reply would come again; the second try draws at least this hot."""


@dataclass(frozen=True)
class Unread:
    """A reply that could not be read, and why: `judge_errored`, `judge_truncated`, `judge_empty` or `judge_unreadable`."""

    reason: str


@dataclass(frozen=True)
class Asking:
    """How a judge's model is asked. Temperature 0, as MedScore's (arXiv 2505.18452); `max_tokens` is ours and leaves room for reasons.

    A request's seed depends on `seed` and on what it asks, never on what is asked beside it; equal requests of one call are sent once.
    """

    sampling: Sampling = Sampling(temperature=0.0, top_p=1.0, max_tokens=1024)
    seed: int = 0
    max_tries: int = 2

    def ask(self, model: Model, texts: Sequence[str], read: Callable[[str], Read | None]) -> list[Read | Unread]:
        """What `read` makes of the reply to each text, without the model's thought; `read` returns None for what it cannot read."""
        found: dict[str, Read | Unread] = {}
        open_texts = list(dict.fromkeys(texts))
        for attempt in range(self.max_tries):
            replies = complete_all(model, [self._request(text, attempt) for text in open_texts]) if open_texts else []
            found.update((text, _read(reply, read)) for text, reply in zip(open_texts, replies, strict=True))
            open_texts = [text for text in open_texts if isinstance(found[text], Unread)]
        return [found[text] for text in texts]

    def _request(self, text: str, attempt: int) -> Request:
        digest = hashlib.blake2b(f"{self.seed} {attempt} {text}".encode("utf-8", "replace"), digest_size=8).digest()
        sampling = self.sampling
        if attempt and sampling.temperature < AGAIN_TEMPERATURE:
            sampling = replace(sampling, temperature=AGAIN_TEMPERATURE)
        return Request((Message("user", text),), "", sampling, "", int.from_bytes(digest, "big") >> 1)


def _read(reply: Reply, read: Callable[[str], Read | None]) -> Read | Unread:
    if reply.finish is Finish.ERROR:
        return Unread("judge_errored")
    if reply.finish is Finish.LENGTH:
        return Unread("judge_truncated")
    answer = free_answer(reply.text)
    if isinstance(answer, Abstention):
        return Unread(f"judge_{answer.value}")
    found = read(reply.text[slice(*answer)])
    return Unread("judge_unreadable") if found is None else found


def sort_out(asked: Asked, key_class: type[AnyKey]) -> tuple[dict[int, Verdict], dict[int, tuple[Question, Reading, str, AnyKey]]]:
    """Verdicts on what needs no model (another kind of key, no answer), and the rest with its answer's text; both by position."""
    verdicts: dict[int, Verdict] = {}
    rest: dict[int, tuple[Question, Reading, str, AnyKey]] = {}
    for place, (question, reading, key) in enumerate(asked):
        if not isinstance(key, key_class):
            verdicts[place] = Verdict(Outcome.UNJUDGED, reading, "wrong_kind")
        elif reading.value is None or not reading.value.strip():
            verdicts[place] = Verdict(Outcome.NO_ANSWER, reading, (reading.abstention or Abstention.EMPTY).value)
        else:
            rest[place] = (question, reading, reading.value, key)
    return verdicts, rest


def in_order(verdicts: Mapping[int, Verdict]) -> list[Verdict]:
    return [verdicts[place] for place in range(len(verdicts))]
