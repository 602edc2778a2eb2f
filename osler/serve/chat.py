"""Chat: the body of a request, read strictly. What would change the answer and cannot be done is refused, never passed over in silence."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from osler.core.budget import Budget
from osler.core.model import Message
from osler.core.question import AnswerKind
from osler.core.records import describe
from osler.serve.refusal import Refusal

NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "stop": ("", []),
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "parallel_tool_calls": (False, True),
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
}
"""Parameters of OpenAI's API that are taken only with the values with which they change nothing."""
NO_MATTER = frozenset(
    {"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"}
)
"""Parameters that do not touch the answer: about accounts, storage and caches."""
INSTEAD = {"n": "ask for a strategy that samples, such as self_consistency with settings.n: its candidates come with the answer"}
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


class Wish(BaseModel, extra="forbid", frozen=True):
    """The `osler` object of a request: how to answer. `options` replaces what would be recognised in the text; an empty one says that
    there are none."""

    strategy: str | None = None
    settings: dict[str, Any] = {}
    budget: Budget | None = None
    options: dict[str, str] | None = None
    kind: AnswerKind | None = None


class StreamOptions(BaseModel, extra="ignore", frozen=True):
    include_usage: bool = False


class Chat(BaseModel, extra="forbid", frozen=True):
    """What a client asks for. The fields are those of OpenAI's API."""

    model: str
    messages: Annotated[list[dict[str, Any]], Field(min_length=1)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**64)] | None = None
    osler: Wish = Wish()

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage

    @property
    def turns(self) -> tuple[Message, ...]:
        """Raises Refusal where a message is not text, or the last is not the user's."""
        turns = tuple(_turn(message, f"messages.{at}") for at, message in enumerate(self.messages))
        if turns[-1].role != "user":
            raise _invalid(f"messages: the last one is of the role {turns[-1].role!r}; end with the user's question", "messages")
        return turns


def read_chat(body: bytes) -> Chat:
    """Raises Refusal (400) with one sentence."""
    try:
        content = json.loads(body, parse_constant=_no_number)
        json.dumps(content, ensure_ascii=False).encode()  # half of a surrogate pair is JSON, but no text
    except (ValueError, RecursionError):
        raise Refusal(400, "body: this is no JSON; send a chat request as one JSON object", code="invalid_json") from None
    if not isinstance(content, dict):
        raise Refusal(400, "body: this is JSON, but no object; send a chat request as one JSON object", code="invalid_json")
    try:
        return Chat.model_validate(_plain(content))
    except ValidationError as error:
        first = error.errors()[0]
        param = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise _unsupported(param, "there is no such parameter here; leave it out") from None
        raise _invalid(f"{describe(error)}; correct the request", param) from None


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    """Without the parameters that change nothing, and with one name for the most tokens."""
    plain = {name: value for name, value in content.items() if value is not None and name not in NO_MATTER}
    for name in NEUTRAL.keys() & plain.keys():
        if not any(plain[name] == value for value in NEUTRAL[name]):
            raise _unsupported(name, INSTEAD.get(name, f"only {NEUTRAL[name][0]!r} is taken; leave it out"))
        del plain[name]
    if "max_completion_tokens" in plain:
        newer = plain.pop("max_completion_tokens")
        if plain.setdefault("max_tokens", newer) != newer:
            raise _invalid("max_tokens: max_completion_tokens says something else; send one of them", "max_tokens")
    return plain


def _turn(message: dict[str, Any], where: str) -> Message:
    role = message.get("role")
    if role not in _ROLES:
        raise _invalid(f"{where}.role: {role!r} is not understood; use system, user or assistant", f"{where}.role")
    if calls := [name for name in ("tool_calls", "function_call", "audio") if message.get(name)]:
        raise _invalid(f"{where}.{calls[0]}: there are no tools and no sound here; send text", f"{where}.{calls[0]}")
    text = _text(message.get("content"), f"{where}.content")
    if not text.strip():
        raise _invalid(f"{where}.content: it is empty; write what is meant", f"{where}.content")
    return Message(_ROLES[role], text)  # type: ignore[arg-type]


def _text(content: Any, where: str) -> str:
    """The text of a message, which may come as a list of parts."""
    if isinstance(content, str):
        text = content
    elif isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        text = "\n".join(str(part.get("text", "")) for part in content)
    else:
        raise _invalid(f"{where}: only text is read here, no images, sounds or files; send text", where)
    return text


def _no_number(name: str) -> None:
    raise ValueError(name)


def _invalid(message: str, param: str) -> Refusal:
    return Refusal(400, message, code="invalid_value", param=param)


def _unsupported(param: str, what_to_do: str) -> Refusal:
    return Refusal(400, f"{param}: not supported; {what_to_do}", code="unsupported_parameter", param=param)
