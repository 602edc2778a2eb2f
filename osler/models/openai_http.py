"""An endpoint that speaks OpenAI's protocol as a setting: vLLM, llama.cpp's server, Ollama, SGLang, or a service."""

import ipaddress
import os
import re
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import ModelError
from osler.core.question import STRICT

if TYPE_CHECKING:
    from osler.models.http.engine import OpenAIHTTPModel


@dataclass(frozen=True, config=STRICT)
class OpenAIHTTP:
    """Where the endpoint is, which of its models answers, and how it is asked.

    `base_url` ends before `/chat/completions` (`http://127.0.0.1:8000/v1`). `key_env` names the environment variable that holds the key;
    where it is not set, none is sent. `is_plain_http_allowed` lets text travel unencrypted to another machine.

    `max_in_flight`: 256 is how many sequences vLLM runs at once unless told otherwise. A server that answers one at a time wants 1:
    llama-cpp-python's breaks a stream off when another request comes in. `timeout_s` holds for one request, from its sending
    to the end of its reply; 600 s is the OpenAI client's. `deadline_s` holds for a run, from its first request; None: no limit.
    `max_attempts` counts the first. Between two of them lie `first_wait_s` and twice as long each time, up to `max_wait_s`, and a random
    part. The OpenAI client begins with 0.5 s too, but gives up after 3 attempts and some seconds; 8 and 30 s outlast the restart of a
    server.

    `thinking_tokens`: the most tokens of a thought, None for no limit but `max_tokens`. `has_logprobs` asks for the log-probabilities of
    what was written. `prefill`: how a turn of the assistant is continued, `chat` by `continue_final_message`, `completions` by the rendered
    prompt; `auto` takes the first of the two that the server is proven to have. `tokenizer`: a folder with the tokenizer of the served
    model and its chat template, for servers that count no tokens, continue no turn, or do not tell why a reply ended; empty: none.
    """

    base_url: str
    model: str
    kind: Literal["openai_http"] = "openai_http"
    key_env: str = "OPENAI_API_KEY"
    is_plain_http_allowed: bool = False
    max_in_flight: Annotated[int, Field(ge=1)] = 256
    timeout_s: Annotated[float, Field(gt=0)] = 600.0
    deadline_s: Annotated[float, Field(gt=0)] | None = None
    max_attempts: Annotated[int, Field(ge=1)] = 8
    first_wait_s: Annotated[float, Field(ge=0)] = 0.5
    max_wait_s: Annotated[float, Field(ge=0)] = 30.0
    thinking_tokens: Annotated[int, Field(ge=1)] | None = None
    has_logprobs: bool = False
    prefill: Literal["auto", "chat", "completions"] = "auto"
    tokenizer: str = ""

    def check(self) -> None:
        """Raises ModelError where the address or the name of the variable cannot be used. Asks nobody."""
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.key_env):
            raise ModelError("key_env: this is not the name of an environment variable; write the name there, and the key in the variable")
        if not (self.key.isascii() and self.key.isprintable()):
            raise ModelError(f"{self.key_env}: the environment variable holds characters that no key has; set it to the key alone")
        try:
            parts = urlsplit(self.base_url)
            is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            is_whole = False
        if not is_whole:
            raise ModelError("base_url: this is no address; write one like http://127.0.0.1:8000/v1")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise ModelError("base_url: it holds more than an address; leave out user, password and query: keys come from the environment")
        if parts.scheme == "http" and not self.is_plain_http_allowed and not self.is_loopback:
            raise ModelError(
                f"{self.url}: text would travel there unencrypted, and it may be a patient's; use https, or set is_plain_http_allowed:"
                " true where everything on the way is trusted"
            )

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return self.base_url.rstrip("/")

    @property
    def is_loopback(self) -> bool:
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    @property
    def key(self) -> str:
        """What the environment variable holds; empty where it is not set."""
        return os.environ.get(self.key_env, "").strip()

    def load(self) -> "OpenAIHTTPModel":
        """Raises ModelError where the settings cannot be used, nobody answers there, the key is refused or the model is not served."""
        self.check()
        from osler.models.http.engine import OpenAIHTTPModel

        return OpenAIHTTPModel(self)
