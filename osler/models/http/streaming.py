"""A reply that comes in pieces, put together as if it had come whole, and cut where the stop string comes up.

A server that takes the stop string itself and does not tell whether it came leaves open whether the turn has ended. So it is not given the
string: the pieces are watched for it here, and the connection is closed when it comes, which ends the writing on every server we know.
"""

from collections.abc import AsyncIterator
from typing import Any

from pydantic_core import from_json

from osler.models.http.attempts import Failed
from osler.models.http.gate import Went


async def gathered(lines: AsyncIterator[bytes], stop: str) -> dict[str, Any]:
    """`lines` are server-sent events. Raises Failed where they break off before the reply has ended. `stop_reason` says whether `stop`
    came, and then there is no usage."""
    texts: dict[str, str] = {}
    last: dict[str, Any] = {}
    usage: Any = None
    async for line in lines:
        if not line.startswith(b"data:") or (data := line[5:].strip()) == b"[DONE]":
            continue
        try:
            said = from_json(data)
            usage = said.get("usage") or usage
            for first in said.get("choices", [])[:1]:
                last = first if first.get("finish_reason") else last
                _add(texts, first)
        except (ValueError, AttributeError, TypeError) as error:
            raise Failed("a part of the reply is no JSON of a reply", Went.NEITHER) from error
        if stop in texts.get("content", "") or stop in texts.get("text", ""):
            return _whole(texts, "stop", None, stop)
    if not last:
        raise Failed("the reply broke off")
    return _whole(texts, last["finish_reason"], usage, None)


def _add(texts: dict[str, str], first: dict[str, Any]) -> None:
    for name, value in {**first.get("delta", {}), "text": first.get("text")}.items():
        if isinstance(value, str) and name != "role":
            texts[name] = texts.get(name, "") + value


def _whole(texts: dict[str, str], finish: str, usage: Any, stop: str | None) -> dict[str, Any]:
    said = {"text": texts["text"]} if "text" in texts else {"message": texts}
    return {"choices": [{**said, "finish_reason": finish, "stop_reason": stop}], "usage": usage}
