"""What is sent: the body of a request, as bytes. What hundreds of requests about a question share is written once."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from osler.core.model import Message, Request, Sampling

_MAX_SEED = 2**31 - 1
"""llama.cpp keeps 32 bits of a seed and takes all ones for none; 31 bits are safe everywhere."""


def chat_body(request: Request, fields: str, *, max_tokens: int, has_logprobs: bool, limit_field: str = "max_tokens") -> bytes:
    """Of /chat/completions. A prefix is the beginning of the assistant's turn, with the flags that vLLM, SGLang and llama.cpp know.
    `fields` are more, as JSON without braces: the model first of all."""
    turn = ""
    if request.prefix:
        last = json.dumps({"role": "assistant", "content": request.prefix})
        turn, fields = f",{last}", fields + ',"continue_final_message":true,"add_generation_prompt":false'
    logprobs = ',"logprobs":true' if has_logprobs else ""
    drawn = _drawn(request.sampling, request.stop)
    seed = request.seed & _MAX_SEED
    text = f'{{"messages":[{_turns(request.messages)}{turn}],{fields}{logprobs}{drawn},"{limit_field}":{max_tokens},"seed":{seed}}}'
    return text.encode()


def plain_body(request: Request, text: str, fields: str, *, max_tokens: int, has_logprobs: bool) -> bytes:
    """Of /completions: `text` is everything that the model reads, up to the end of the prefix."""
    logprobs = ',"logprobs":1' if has_logprobs else ""
    drawn = _drawn(request.sampling, request.stop)
    seed = request.seed & _MAX_SEED
    return f'{{"prompt":{json.dumps(text)},{fields}{logprobs}{drawn},"max_tokens":{max_tokens},"seed":{seed}}}'.encode()


def written_fields(fields: Mapping[str, Any]) -> str:
    """JSON without its braces."""
    return json.dumps(fields)[1:-1]


@lru_cache(maxsize=4096)
def _turns(messages: tuple[Message, ...]) -> str:
    return ",".join(json.dumps({"role": message.role, "content": message.content}) for message in messages)


@lru_cache(maxsize=256)
def _drawn(sampling: Sampling, stop: str) -> str:
    fields: dict[str, Any] = {"temperature": sampling.temperature, "top_p": sampling.top_p}
    return "," + written_fields(fields | ({"stop": [stop]} if stop else {}))
