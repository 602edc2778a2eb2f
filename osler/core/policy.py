"""Policy: a model, a prompt, a reader, and a rule for where a step ends. Turns traces into requests, and replies into longer traces."""

import hashlib
from dataclasses import dataclass, replace

from osler.core.codec import Codec
from osler.core.errors import RecipeError
from osler.core.model import AsyncModel, Finish, Model, Reply, Request, Sampling
from osler.core.prompt import Prompt
from osler.core.reading import Abstention, Reader, Reading
from osler.core.trace import Ending, Trace

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
        if not is_whole and not self.codec.stop:
            raise RecipeError(f"policy: {type(self.codec).__name__} writes whole traces only; search by steps needs codec: step")
        prefix = self.codec.opening(trace.steps) if trace.steps or lead or not is_whole else ""
        prefix += f" {lead}" if lead else ""
        return Request(
            messages=self.prompt.messages(trace.question),
            prefix=prefix,
            sampling=sampling or self.sampling,
            stop="" if is_whole else self.codec.stop,
            seed=_seed(self.seed, trace.question.id, prefix, is_whole, sample),
        )

    def extend(self, trace: Trace, request: Request, reply: Reply) -> Trace:
        """The trace with what the reply adds. A bad reply is data: it ends the trace with a reason and never raises."""
        grown = replace(trace, n_tokens=trace.n_tokens + reply.usage.completion_tokens)
        if reply.finish is Finish.ERROR:
            return self._unread(grown, Ending.ERROR, reply.error)
        if not reply.text.strip():
            return self._unread(grown, Ending.EMPTY, "")
        parsed = self.codec.parse(request.prefix + reply.text)
        if reply.finish is Finish.LENGTH:
            steps = parsed.steps if parsed else trace.steps
            return self._unread(replace(grown, steps=steps), Ending.LENGTH, reply.text)
        if parsed is None:
            return self._unread(grown, Ending.MALFORMED, reply.text)
        grown = replace(grown, steps=parsed.steps, response=parsed.response)
        if reply.finish is Finish.STOP and not self.codec.states_answer(parsed.steps[-1]):
            return grown
        reading = self.reader.read(self.codec.answer_text(parsed), trace.question)
        return replace(grown, ending=Ending.FINISHED, reading=reading)

    def _unread(self, trace: Trace, ending: Ending, raw: str) -> Trace:
        return replace(trace, ending=ending, raw=raw, reading=Reading(abstention=_UNREAD[ending], method="ending"))


def _seed(run_seed: int, question_id: str, prefix: str, is_whole: bool, sample: int) -> int:
    text = f"{run_seed}\0{question_id}\0{prefix}\0{is_whole}\0{sample}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
