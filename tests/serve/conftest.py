"""Real servers on loopback, each in a thread, over models that reply from a function."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
import pytest
from openai import DefaultHttpxClient, OpenAI

from osler.core.codec import StepCodec
from osler.core.model import Request, Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.judges import QuestionReader
from osler.models.scripted import ScriptedModel
from osler.search import STRATEGIES
from osler.search.drive import drive
from osler.search.drive_async import drive_async
from osler.serve.limits import Limits
from osler.serve.parts import Parts
from osler.serve.server import Server, bound

PATIENCE_S = 60
"""How long a test waits for something that must come; nothing depends on how soon it does."""

HTTP = DefaultHttpxClient()
"""Shared: the first thing that a client does is to read every certificate there is."""


@dataclass
class Running:
    """A server that is up. `client` is OpenAI's, and tries once."""

    server: Server
    url: str
    thread: threading.Thread
    _clients: dict[str, OpenAI] = field(default_factory=dict)

    def client(self, key: str = "none") -> OpenAI:
        if key not in self._clients:  # each takes a while to make
            self._clients[key] = OpenAI(base_url=f"{self.url}/v1", api_key=key, max_retries=0, timeout=PATIENCE_S, http_client=HTTP)
        return self._clients[key]

    def ask(self, text: str, **more: Any) -> Any:
        return self.client().chat.completions.create(model="small", messages=[{"role": "user", "content": text}], **more)

    def post(self, body: Any, **more: Any) -> httpx.Response:
        return httpx.post(f"{self.url}/v1/chat/completions", json=body, timeout=PATIENCE_S, **more)

    def metric(self, name: str) -> float:
        """A line of /metrics; 0 where it is not there yet."""
        lines = httpx.get(f"{self.url}/metrics").text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name), 0.0)

    def wait_for(self, name: str, value: float) -> None:
        until(lambda: self.metric(name) == value)


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def parts_of(model: Any, **more: Any) -> Parts:
    sampling = Sampling(max_tokens=64)
    policy = Policy(model, Prompt("plain", "{question}{options}"), StepCodec(), QuestionReader(), sampling, seed=3)
    offered = {kind: each for kind, each in STRATEGIES.items() if kind != "rag"}
    return Parts(**{"name": "small", "policy": policy, "reward": None, "strategies": offered, "drive": drive,
                    "drive_async": drive_async, **more})  # fmt: skip


def answering(*letters: str) -> Callable[[Request, Random], str]:
    """Two steps that state these letters in turn, one a reply."""
    replies = iter(letters * 1000)
    return lambda request, rng: f"Step 1: Fever and a cough.\n\nStep 2: The answer is {next(replies)}."


def rambling(request: Request, rng: Random) -> str:
    """Steps that depend on the request's own seed and question, so that mixed up replies show."""
    asked = request.messages[-1].content.split("\n")[0]
    steps = [f"Step {number}: of {asked} {rng.randrange(1000)}." for number in range(1, rng.randrange(2, 5))]
    return "\n\n".join([*steps, f"Step {len(steps) + 1}: The answer is {rng.choice('AB')}."])


class Held:
    """A model that waits before its replies until it is let go. `n_batches` counts how often it was asked."""

    is_reproducible = True
    identity = "held"

    def __init__(self, script: Any = rambling) -> None:
        self._model = ScriptedModel(script)
        self.let_go, self.is_asked = threading.Event(), threading.Event()
        self.sizes: list[int] = []
        self.is_closed = False

    def complete(self, requests: Any) -> Any:
        self.sizes.append(len(requests))
        self.is_asked.set()
        assert self.let_go.wait(PATIENCE_S)
        yield from self._model.complete(requests)

    def close(self) -> None:
        self.is_closed = True


class Serving:
    """Starts servers of a model, or of `Parts`. What tests make models of stands beside it, since a test cannot import this file."""

    Held = Held
    parts_of = staticmethod(parts_of)
    answering = staticmethod(answering)
    rambling = staticmethod(rambling)
    until = staticmethod(until)

    def __init__(self) -> None:
        self._started: list[tuple[Server, threading.Thread]] = []

    def __call__(self, what: Any, limits: Limits | None = None, key: str | None = None) -> Running:
        parts = what if isinstance(what, Parts) else parts_of(ScriptedModel(what) if callable(what) else what)
        server = Server.of(parts, limits or Limits(grace_s=5, max_tokens=64), key, "127.0.0.1")
        listening = bound("127.0.0.1", 0)
        thread = threading.Thread(target=server.run_at, args=(listening,))
        thread.start()
        self._started.append((server, thread))
        until(lambda: server.started)
        return Running(server, f"http://127.0.0.1:{listening.getsockname()[1]}", thread)

    def stop(self) -> None:
        for server, _ in self._started:
            server.should_exit = True
        for _, thread in self._started:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    """All servers of a file are stopped at its end."""
    serving = Serving()
    yield serving
    serving.stop()
