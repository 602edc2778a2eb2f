"""Policy: a model, a prompt, a reader, and a rule for where a step ends. Turns traces into requests, and replies into longer traces."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from osler.core.codec import Codec
from osler.core.errors import RecipeError
from osler.core.model import AsyncModel, Finish, Model, Reply, Request, Sampling, WrittenAt
from osler.core.prompt import Prompt
from osler.core.reading import Abstention, Reader, Reading
from osler.core.trace import Ending, Step, Trace

_UNREAD = {
    Ending.LENGTH: Abstention.TRUNCATED,
    Ending.EMPTY: Abstention.EMPTY,
    Ending.ERROR: Abstention.ERRORED,
    Ending.MALFORMED: Abstention.NO_ANSWER,
}


@dataclass(frozen=True)
class Policy:
    """Whatever reasons. `seed` is the run's; each request's seed is made from it, the trace and the sample's index, never from the order
    of arrival, so that a search driven among others asks the same as alone."""

    model: Model | AsyncModel
    prompt: Prompt
    codec: Codec
    reader: Reader
    sampling: Sampling
    seed: int = 0

    def request(self, trace: Trace, sample: int, *, is_whole: bool, sampling: Sampling | None = None, lead: str = "") -> Request:
        """Ask for the next step of `trace`, or for everything up to its end (`is_whole`). `lead` is how that step begins: the model goes on
        from it, and `extend` makes it part of the step. Raises RecipeError where the codec has no steps to ask for."""
        [request] = self.requests(trace, [sample], is_whole=is_whole, sampling=sampling, lead=lead)
        return request

    def requests(
        self, trace: Trace, samples: Sequence[int], *, is_whole: bool, sampling: Sampling | None = None, lead: str = ""
    ) -> list[Request]:
        """`request` for each of `samples`. What they share is made once."""
        if not is_whole and not self.codec.stop:
            raise RecipeError(f"policy: {type(self.codec).__name__} writes whole traces only; search by steps needs codec: step")
        prefix = self.codec.opening(trace.steps) if trace.steps or lead or not is_whole else ""
        prefix += f" {lead}" if lead else ""
        messages = self.prompt.messages(trace.question, trace.evidence)
        stop = "" if is_whole else self.codec.stop
        seeds = sample_seeds(f"{self.seed}\0{trace.question.id}\0{prefix}\0{is_whole}\0", samples)
        written = _still_in(prefix, trace.written)
        return [Request(messages, prefix, sampling or self.sampling, stop, seed, written) for seed in seeds]

    def extend(self, trace: Trace, request: Request, reply: Reply) -> Trace:
        """The trace with what the reply adds. A bad reply is data: it ends the trace with a reason and never raises."""
        n_tokens = trace.n_tokens + reply.usage.completion_tokens
        if reply.finish is Finish.ERROR:
            attempts = f"{reply.n_attempts} attempt{'s' if reply.n_attempts != 1 else ''}"
            return _unread(trace, n_tokens, trace.steps, Ending.ERROR, f"{reply.error} ({attempts})".lstrip())
        if not reply.text.strip():
            return _unread(trace, n_tokens, trace.steps, Ending.EMPTY, "")
        parsed = self.codec.parse(request.prefix + reply.text)
        if reply.finish is Finish.LENGTH:
            return _unread(trace, n_tokens, parsed.steps if parsed else trace.steps, Ending.LENGTH, reply.text)
        if parsed is None:
            return _unread(trace, n_tokens, trace.steps, Ending.MALFORMED, reply.text)
        if reply.finish is Finish.STOP and not self.codec.states_answer(parsed.steps[-1]):
            written = (*request.written, (len(request.prefix), reply.written)) if reply.written else ()
            return replace(_grown(trace, n_tokens), steps=parsed.steps, response=parsed.response, written=written)
        reading = self.reader.read(self.codec.answer_text(parsed), trace.question)
        ended = _grown(trace, n_tokens)
        return replace(ended, steps=parsed.steps, response=parsed.response, ending=Ending.FINISHED, reading=reading)


def _still_in(prefix: str, written: WrittenAt) -> WrittenAt:
    """What was written, up to the first part that does not stand in `prefix` as it was written: a codec may have set spaces right."""
    return tuple(takewhile(lambda part: prefix.startswith(part[1].text, part[0]), written))


def _unread(trace: Trace, n_tokens: int, steps: tuple[Step, ...], ending: Ending, raw: str) -> Trace:
    reading = Reading(abstention=_UNREAD[ending], method="ending")
    return replace(_grown(trace, n_tokens), steps=steps, response=trace.response, ending=ending, raw=raw, reading=reading)


def _grown(trace: Trace, n_tokens: int) -> Trace:
    """What a trace keeps as it grows."""
    return Trace(trace.question, n_tokens=n_tokens, evidence=trace.evidence)


def sample_seeds(text: str, samples: Iterable[int]) -> Iterator[int]:
    """A seed of 63 bits for each sample of what `text` says."""
    shared = hashlib.blake2b(text.encode(), digest_size=8)
    for sample in samples:
        own = shared.copy()
        own.update(str(sample).encode())
        yield int.from_bytes(own.digest(), "big") >> 1
