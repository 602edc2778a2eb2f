"""Chats: `messages` or ShareGPT `conversations`, of which the last assistant turn answers; or an engine's `choices`, one sample each.

{"id": "x-1", "messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "Answer: B"}]}
{"id": "x-1", "conversations": [{"from": "human", "value": "…"}, {"from": "gpt", "value": "Answer: B"}]}
{"custom_id": "x-1", "response": {"body": {"choices": [{"message": {"content": "Answer: B"}, "finish_reason": "stop"}]}}}
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from osler.core.model import Finish
from osler.core.response import Response
from osler.data.responses.columns import finish_of, item_id, response_of, system_column, usual, with_thinking
from osler.data.responses.rows import Row

_ASSISTANTS = {"assistant", "gpt", "model", "bot", "chatgpt"}
_THINKING = ("reasoning_content", "reasoning", "thinking")


def is_chat(row: Row) -> bool:
    return any(isinstance(row.get(name), list) for name in ("messages", "conversations", "choices", "response.body.choices"))


def chat(row: Row, id: str) -> Iterator[tuple[Response, bool]]:
    """The last assistant turn, or every choice. A chat that ends before any assistant turn is a RecordError, one that failed a response
    with its error."""
    row = _unwrapped(row)
    columns = usual(id, system_column(row, ("model", "model_name")))
    if isinstance(row.get("choices"), list):
        yield from _choices(row, id)
        return
    turns = row.get("messages") or row.get("conversations")
    if row.get("error") and not turns:
        yield response_of(row, columns, "")
        return
    turn = last_turn(turns)
    if turn is None:
        raise row.error("has no turn of an assistant; keep the reply in the chat, or name the column that has it")
    noted = {name: turn[name] for name in _THINKING if name in turn}
    yield response_of(Row(row.where, row.record | noted), columns, content(turn))


def _choices(row: Row, id: str) -> Iterator[tuple[Response, bool]]:
    columns = usual(id, system_column(row, ("model", "model_name")))
    choices = row.get("choices")
    for at, choice in enumerate(choices):
        if not isinstance(choice, dict):
            raise row.error(f"choice {at + 1} is no record but a {type(choice).__name__}; correct the row")
        message = choice.get("message") or {"content": choice.get("text")}
        noted = {name: message[name] for name in _THINKING if name in message} | {"finish_reason": choice.get("finish_reason")}
        inner = dict(row.record) | noted
        if len(choices) > 1:
            inner.pop("usage", None)  # counted over all choices together
        response, is_numbered = response_of(Row(row.where, inner), columns, content(message))
        yield (replace(response, sample=at), True) if len(choices) > 1 else (response, is_numbered)


def _unwrapped(row: Row) -> Row:
    """The line of a batch file with the reply's own fields at its top, and the id that was asked with rather than the reply's."""
    body = row.get("response.body")
    if not isinstance(body, dict):
        return row
    asked = {"id": item_id(row, ("custom_id", "id"))}
    return Row(row.where, body | {name: value for name, value in row.record.items() if name not in ("response", "id")} | asked)


def last_turn(turns: Any) -> dict[str, Any] | None:
    """The last turn of the assistant. Turns of tools and of people after it do not count."""
    for turn in reversed(turns if isinstance(turns, list) else []):
        if isinstance(turn, dict) and str(turn.get("role") or turn.get("from") or "").lower() in _ASSISTANTS:
            return turn
    return None


def content(turn: dict[str, Any], finish: Finish | None = None) -> str:
    """The text of a turn. Content may come in parts, those of reasoning being put before the others in `<think>`."""
    value = turn.get("content", turn.get("value"))
    if isinstance(value, str):
        return value
    parts = [part for part in value if isinstance(part, dict | str)] if isinstance(value, list) else []
    thinking = [str(_thinking(part)) for part in parts if isinstance(part, dict) and _thinking(part)]
    texts = [part if isinstance(part, str) else str(part.get("text") or "") for part in parts]
    return with_thinking("\n\n".join(thinking), "".join(texts), finish)


def _thinking(part: dict[str, Any]) -> Any:
    if part.get("type") in ("reasoning", "thinking"):
        return part.get("reasoning") or part.get("thinking") or part.get("summary")
    return None


def finish_of_choice(choice: dict[str, Any]) -> Finish | None:
    return finish_of(choice.get("stop_reason") or choice.get("finish_reason"))
