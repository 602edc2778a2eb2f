"""Columns of records that are texts or messages."""

from collections.abc import Mapping
from typing import Any

from osler.train.records import Row, Unsound


def messages(value: Any, role: str) -> list[Row]:
    """A text is one message."""
    return [{"role": role, "content": value}] if isinstance(value, str) else list(value)


def amiss(record: Mapping[str, Any], *columns: str) -> Unsound | None:
    """What is amiss with columns that are texts or messages, before a tokenizer has seen them."""
    for column in columns:
        value = record.get(column)
        if value is None:
            return Unsound("missing_column", f"there is no `{column}`", f"the columns are {', '.join(columns)}")
        if not isinstance(value, str) and not (isinstance(value, list) and all(map(_is_message, value))):
            return Unsound("no_messages", f"`{column}` is neither a text nor messages", "give it a text, or a list of {role, content}")
        if not "".join(message["content"] for message in messages(value, "")).strip():
            return Unsound("empty", f"`{column}` is empty", "give it something to say")
    return None


def _is_message(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(value.get(name), str) for name in ("role", "content"))
