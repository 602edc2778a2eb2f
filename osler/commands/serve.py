"""Serving: what `osler serve` is made of. The address, the key and the strategy are checked before anything is loaded."""

import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from osler.commands.engine import engine_named, settings_of
from osler.core.codec import CODECS
from osler.core.errors import UserError
from osler.core.model import Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.records import describe
from osler.judges import QuestionReader
from osler.models import AnyEngine, OpenAIHTTP
from osler.offline import is_offline
from osler.rewards import PRM
from osler.search import RAG, STRATEGIES, Strategy
from osler.search.drive import drive
from osler.search.drive_async import drive_async
from osler.serve.limits import Limits
from osler.serve.parts import NOTICE, Parts

if TYPE_CHECKING:
    from osler.serve.server import Server

MIN_KEY = 16
"""Characters of a key, at least: a short one can be tried out."""


@dataclass(frozen=True)
class Serving:
    """What to serve, with what, and where. `settings` are NAME=VALUE overrides of the strategy's own, `engine` those of the policy's
    engine. `key_env` names the environment variable that holds the key; `name` is what clients call the model, the policy's own where it
    is empty."""

    policy: str
    reward: Path | None = None
    strategy: str = "greedy"
    settings: tuple[str, ...] = ()
    seed: int = 0
    prompt: str = "plain"
    codec: str = "step"
    engine: tuple[str, ...] = ()
    name: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    key_env: str = ""
    limits: Limits = Limits()

    def opened(self) -> "Opened":
        """Load everything and take the address. Raises UserError."""
        try:
            from osler.serve.server import Server, bound, is_loopback
        except ModuleNotFoundError as error:
            raise UserError(f"serve: {error.name} is missing; install it with `pip install 'osler[serve]'`") from error
        key = read_key(self.key_env) if self.key_env else None
        if is_offline() and not is_loopback(self.host):
            raise UserError(f"--host {self.host}: --offline answers this machine alone; leave one of the two out")
        if key is None and not is_loopback(self.host):
            raise UserError(f"--host {self.host}: beyond this machine a key is needed; name its environment variable with --key-env")
        strategy = self._strategy()
        prompt = Prompt.named(self.prompt)
        if self.codec not in CODECS:
            raise UserError(f"--codec {self.codec}: there is no such codec; choose among {', '.join(CODECS)}")
        engine = engine_named(self.policy, self.engine)
        listening = bound(self.host, self.port)
        try:
            parts = self._parts(strategy, prompt, engine)
        except BaseException:
            listening.close()
            raise
        return Opened(Server.of(parts, self.limits, key, self.host), listening, parts.name, self.strategy, is_open=key is None)

    def _parts(self, strategy: Strategy, prompt: Prompt, engine: AnyEngine) -> Parts:
        codec = CODECS[self.codec]
        reward = PRM(str(self.reward)).load(prompt, codec) if self.reward else None
        sampling = Sampling(max_tokens=self.limits.max_tokens)
        policy = Policy(engine.load(), prompt, codec, QuestionReader(), sampling, self.seed)
        settings: Mapping[str, Any] = asdict(strategy)  # type: ignore[call-overload]
        offered = {kind: each for kind, each in STRATEGIES.items() if each is not RAG}  # nothing is retrieved here
        return Parts(self.name or name_of(engine), policy, reward, offered, drive, drive_async, self.strategy, settings)

    def _strategy(self) -> Strategy:
        """What a request gets that names none."""
        if self.strategy not in STRATEGIES:
            raise UserError(f"--strategy {self.strategy}: there is no such strategy; choose among {', '.join(STRATEGIES)}")
        usual = {"max_tokens": self.limits.max_tokens} if self.strategy == "greedy" else {}
        try:
            strategy = TypeAdapter(STRATEGIES[self.strategy]).validate_python({**usual, **settings_of(self.settings)})
        except ValidationError as error:
            raise UserError(f"--set: {self.strategy}: {describe(error)}; correct the setting") from error
        if strategy.needs_scores and self.reward is None:
            raise UserError(f"--strategy {self.strategy}: it needs scores; name a process reward model with --reward")
        return strategy


@dataclass(frozen=True)
class Opened:
    """A server that has its address and everything loaded. `is_open`: it asks for no key."""

    server: "Server"
    listening: socket.socket
    name: str
    strategy: str
    is_open: bool

    @property
    def lines(self) -> list[str]:
        """What is said at the start."""
        host, port = self.listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        lines = [NOTICE, f"{self.name} at http://{shown}:{port}/v1, answering by {self.strategy}; Ctrl-C stops it"]
        if not self.is_open:
            lines.append("A key is asked for. This is plain HTTP: beyond this machine, put a proxy with TLS in front of it.")
        return lines

    def run(self) -> None:
        """Serve until Ctrl-C or SIGTERM."""
        self.server.run_at(self.listening)


def name_of(engine: AnyEngine) -> str:
    """What a model is called where nobody says: as its server calls it, or as its file or folder."""
    if isinstance(engine, OpenAIHTTP):
        return engine.model
    return Path(engine.path).resolve().name.removesuffix(".gguf") if Path(engine.path).exists() else engine.path


def read_key(name: str) -> str:
    """The key in this environment variable. Raises UserError, which never has any of it."""
    key = os.environ.get(name, "")
    if len(key) < MIN_KEY or key != key.strip() or not key.isprintable():
        raise UserError(f"--key-env {name}: the variable holds no key of {MIN_KEY} characters or more without spaces around it; set it")
    return key
