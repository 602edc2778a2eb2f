"""Many at once: each gets what it would get alone, batches are full, and an end finishes what is under way and refuses what waits."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest

from osler.core.codec import StepCodec, ThinkCodec
from osler.core.model import Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.judges import QuestionReader
from osler.models.hf import HuggingFace
from osler.models.openai_http import OpenAIHTTP
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.serve.limits import Limits

N = 32
QUESTIONS = [f"What is number {number}?\nA. Gout\nB. Flu" for number in range(N)]
SAMPLED = {"osler": {"strategy": "self_consistency", "settings": {"n": 4}}}


def all_at_once(running: Any) -> list[dict[str, Any]]:
    with ThreadPoolExecutor(N) as pool:
        return [answer.osler for answer in pool.map(lambda text: running.ask(text, extra_body=SAMPLED), QUESTIONS)]


@pytest.fixture(scope="module")
def alone(serving: Any) -> list[dict[str, Any]]:
    """What each gets when it is the only one."""
    running = serving(serving.rambling)
    answers = [running.ask(text, extra_body=SAMPLED).osler for text in QUESTIONS]
    assert len({str(answer["candidates"]) for answer in answers}) == N
    return answers


def test_concurrent_requests_get_the_answers_that_they_get_alone(serving: Any, alone: list[dict[str, Any]]) -> None:
    held = serving.Held()
    running = serving(held)
    with ThreadPoolExecutor(N) as pool:
        first = pool.submit(running.ask, QUESTIONS[0], extra_body=SAMPLED)
        assert held.is_asked.wait(60)
        others = [pool.submit(running.ask, text, extra_body=SAMPLED) for text in QUESTIONS[1:]]
        running.wait_for("osler_requests_in_flight", N)
        held.let_go.set()
        answers = [each.result().osler for each in (first, *others)]
    assert answers == alone
    assert held.sizes == [4, 31 * 4]  # what waited together was driven together


def test_an_engine_far_away_gives_the_same(serving: Any, alone: list[dict[str, Any]]) -> None:
    model = AsyncScriptedModel(ScriptedModel(serving.rambling), delay_s=0.01)
    running = serving(model, Limits(max_together=8, max_tokens=64, grace_s=5))
    assert all_at_once(running) == alone
    assert model.calls == [4] * N


def test_different_strategies_do_not_mix(serving: Any) -> None:
    held = serving.Held()
    running = serving(held)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(running.ask, QUESTIONS[0])
        assert held.is_asked.wait(60)
        greedy = [pool.submit(running.ask, text) for text in QUESTIONS[1:3]]
        sampled = pool.submit(running.ask, QUESTIONS[3], extra_body=SAMPLED)
        running.wait_for("osler_requests_in_flight", 4)
        held.let_go.set()
        kinds = [each.result().osler["strategy"]["kind"] for each in (first, *greedy, sampled)]
    assert kinds == ["greedy", "greedy", "greedy", "self_consistency"]
    assert sorted(held.sizes) == [1, 2, 4]


def test_a_checkpoint_answers_many_as_it_answers_one(tiny: Path, serving: Any) -> None:
    policy = Policy(HuggingFace(str(tiny)).load(), Prompt.named("plain"), StepCodec(), QuestionReader(), Sampling(max_tokens=12))
    running = serving(serving.parts_of(None, policy=policy))
    assert policy.model.is_reproducible
    texts = [f"Why {number}?\nA. x\nB. y" for number in range(8)]
    alone = [running.ask(text, extra_body=SAMPLED).osler for text in texts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: running.ask(text, extra_body=SAMPLED).osler, texts))
    assert together == alone
    assert all(answer["usage"]["completion_tokens"] > 0 for answer in alone)


@pytest.mark.parametrize("is_far", [False, True])
def test_an_end_answers_what_is_under_way_and_refuses_what_waits(is_far: bool, serving: Any) -> None:
    held = serving.Held()
    model = Far(held) if is_far else held
    running = serving(model, Limits(max_together=1, max_tokens=64, grace_s=30))
    with ThreadPoolExecutor(2) as pool:
        under_way = pool.submit(running.ask, QUESTIONS[0])
        assert held.is_asked.wait(60)
        waiting = pool.submit(running.ask, QUESTIONS[1])
        running.wait_for("osler_requests_in_flight", 2)
        running.server.should_exit = True
        with pytest.raises(openai.InternalServerError, match="the server is stopping") as refused:
            waiting.result()
        assert not under_way.done()
        held.let_go.set()
        assert under_way.result().osler["answer"] in ("A", "B")
    assert (refused.value.status_code, refused.value.code) == (503, "stopping")
    running.thread.join(60)
    assert not running.thread.is_alive()
    assert held.is_closed
    with pytest.raises(openai.APIConnectionError):
        running.ask(QUESTIONS[0])


class Far:
    """A held model far away. It must be used and closed on one event loop."""

    is_reproducible, identity = True, "far"

    def __init__(self, held: Any) -> None:
        self._held = held
        self._threads: set[int] = set()

    async def complete(self, requests: Any) -> Any:
        self._threads.add(threading.get_ident())
        replies: dict[int, Any] = {}
        for batch in await asyncio.to_thread(lambda: list(self._held.complete(requests))):
            replies.update(batch)
        return [replies[at] for at in range(len(requests))]

    async def close(self) -> None:
        self._threads.add(threading.get_ident())
        assert len(self._threads) == 1
        self._held.close()


def test_a_server_may_stand_before_another(serving: Any) -> None:
    """The engine `openai_http` asks the first server, and what that one reasons becomes the second's reasoning."""
    behind = serving(serving.answering("B"))
    engine = OpenAIHTTP(f"{behind.url}/v1", "small")
    policy = Policy(engine.load(), Prompt.named("plain"), ThinkCodec(), QuestionReader(), Sampling(max_tokens=64))
    answer = serving(serving.parts_of(None, policy=policy)).ask(QUESTIONS[0])
    assert (answer.osler["answer"], answer.osler["answer_text"]) == ("B", "Flu")
    assert answer.choices[0].message.reasoning_content == "Fever and a cough."
    assert behind.metric('osler_requests_total{outcome="answered"}') >= 1
