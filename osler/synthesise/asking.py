"""What blocks ask: free text, JSON of a known shape, whole traces, a whole search. Each is used as `yield from`.

A reply that cannot be used is data. It is asked for again with another sample, and then drops the draft with the reason: `errored`,
`truncated`, `empty`, `refused`, `malformed` (no JSON in it) or `wrong_shape` (JSON that is not what was asked for).
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from osler.core.errors import Drop
from osler.core.model import Finish, Message, Reply, Request, Sampling
from osler.core.passage import Evidence
from osler.core.policy import sample_seeds
from osler.core.question import Item, Question
from osler.core.records import describe
from osler.core.reward import RewardModel
from osler.core.solution import Solution
from osler.core.trace import Ending, Trace
from osler.core.verdict import Outcome
from osler.search.asks import Strategy
from osler.search.beside import Beside
from osler.search.underway import Got, Needs, underway
from osler.synthesise.block import Call, Kit, Making
from osler.synthesise.draft import Draft

T = TypeVar("T")

AGAIN_TEMPERATURE = 0.7
"""At temperature 0 the same reply would come again; further tries draw at least this hot."""

N_TRIES = 3

_THINKING = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)


def ask(
    kit: Kit, role: str, draft: Draft, text: str, *, n: int = 1, first_sample: int = 0, sampling: Sampling | None = None
) -> Making[list[Reply]]:
    """`n` replies to one user's turn. The seeds come from the run's, the draft's id, the role, the text and the sample's number."""
    policy = kit.policy(role)
    samples = range(first_sample, first_sample + n)
    drawn = [_hotter(sampling or policy.sampling, sample) if n == 1 else sampling or policy.sampling for sample in samples]
    seeds = sample_seeds(f"{kit.seed}\0{draft.id}\0{role}\0{text}\0", samples)
    message = (Message("user", text),)
    return list((yield [Call(role, Request(message, "", how, "", seed)) for how, seed in zip(drawn, seeds, strict=True)]))


def ask_read(
    kit: Kit, role: str, draft: Draft, text: str, read: Callable[[str], T], *, n_tries: int = N_TRIES, sampling: Sampling | None = None
) -> Making[T]:
    """What `read` makes of the reply, its thought aside; `read` raises Drop for what it cannot use. The reason of the last try stands."""
    for attempt in range(n_tries):
        [reply] = yield from ask(kit, role, draft, text, first_sample=attempt, sampling=sampling)
        try:
            return _read(_usable(reply), read, kit)
        except Drop as drop:
            if attempt == n_tries - 1 or drop.reason == "errored":
                raise
    raise ValueError("ask_read: n_tries must be at least 1")


def _read(said: str, read: Callable[[str], T], kit: Kit) -> T:
    try:
        return read(said)
    except Drop as drop:
        if drop.reason == "malformed" and kit.is_refusal(said):  # only now: a usable reply may well say "see a doctor"
            raise Drop("refused", said[:200]) from drop
        raise


def ask_json(
    kit: Kit, role: str, draft: Draft, text: str, shape: type[T], *, n_tries: int = N_TRIES, sampling: Sampling | None = None
) -> Making[T]:
    """A reply that holds one JSON value of this `shape`, a pydantic dataclass."""
    adapter: TypeAdapter[Any] = TypeAdapter(shape)

    def read(said: str) -> T:
        try:
            found: T = adapter.validate_python(json_in(said))
        except ValidationError as error:
            raise Drop("wrong_shape", describe(error)) from error
        return found

    return (yield from ask_read(kit, role, draft, text, read, n_tries=n_tries, sampling=sampling))


def json_in(text: str) -> Any:
    """The first JSON object in a text, between whatever else stands there. Raises Drop where there is none."""
    decoder = json.JSONDecoder()
    for start in (place.start() for place in re.finditer(r"\{", text)):
        try:
            return decoder.raw_decode(text, start)[0]
        except (ValueError, RecursionError):
            continue
    raise Drop("malformed", text[:200])


def sample(
    kit: Kit, role: str, question: Question, n: int, *, first_sample: int = 0, evidence: Sequence[Evidence] = ()
) -> Making[list[Trace]]:
    """`n` whole traces of a role for a question. Raises Drop where an engine failed: running again asks for just those."""
    policy = kit.policy(role)
    start = Trace(question, evidence=tuple(evidence))
    requests = policy.requests(start, range(first_sample, first_sample + n), is_whole=True)
    replies = yield [Call(role, request) for request in requests]
    traces = [policy.extend(start, request, reply) for request, reply in zip(requests, replies, strict=True)]
    if failed := next((trace for trace in traces if trace.ending is Ending.ERROR), None):
        raise Drop("errored", failed.raw)
    return traces


Scoring = Callable[[Sequence[Trace]], Making[list[tuple[float, ...]]]]
"""Step scores for which somebody has to be asked."""


def searched(
    kit: Kit, role: str, strategy: Strategy, question: Question, reward: RewardModel | None = None, scoring: Scoring | None = None
) -> Making[Solution]:
    """What a strategy finds for a question with the policy of a role. Traces are scored by `scoring` where it is given, else `reward`."""
    policy = kit.policy(role)
    beside = Beside(strategy, reward, kit.retriever, None)
    [search] = underway(strategy, [question], None)
    search.advance(None)
    while search.ask is not None:
        needs = Needs(policy)
        place = needs.collect(search.ask)
        replies = (yield [Call(role, request) for request in needs.requests]) if needs.requests else []
        scores = (yield from scoring(needs.scored)) if scoring else beside.scores(needs.scored)
        got = Got(replies, scores, beside.evidence(needs.retrieved), beside.calculations(needs.calculated))
        search.advance(*needs.answer(place, got))
    assert search.solution is not None
    if search.solution.n_errored:
        raise Drop("errored", f"{search.solution.n_errored} requests of {strategy.__class__.__name__} failed for good")
    return search.solution


def judged(kit: Kit, trace: Trace, item: Item) -> Outcome:
    """The verdict on a trace. What no judge reads is unjudged, and a trace without a reading has no answer."""
    if trace.reading is None:
        return Outcome.NO_ANSWER
    judge = kit.judges.get(item.key.kind)
    return judge.judge(trace.reading, item.key).outcome if judge else Outcome.UNJUDGED


def _usable(reply: Reply) -> str:
    if reply.finish is Finish.ERROR:
        raise Drop("errored", reply.error)
    if reply.finish is Finish.LENGTH:
        raise Drop("truncated", reply.text[-200:])
    said = _THINKING.sub("", reply.text).strip()
    if not said:
        raise Drop("empty")
    return said


def _hotter(sampling: Sampling, sample: int) -> Sampling:
    """For another try at one reply, not for several samples of it."""
    return replace(sampling, temperature=AGAIN_TEMPERATURE) if sample and sampling.temperature < AGAIN_TEMPERATURE else sampling
