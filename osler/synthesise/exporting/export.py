"""Export: the settings that all kinds share, and the style in which one writes."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.passage import Evidence
from osler.core.question import STRICT
from osler.synthesise.draft import Draft
from osler.synthesise.exporting.style import Style
from osler.synthesise.exports import Record

Rows = Iterator[Record | str]
"""A row; or, in a short snake_case word, why a trace made none."""

Column = Literal["text", "texts", "turns", "numbers", "flag", "flags"]
"""What a column holds: a text, a list of texts, messages, a list of numbers, a boolean, or a list of them."""

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Export:
    """`name` is the file's, without its ending; left out, the kind. `prompt` and `codec` left out are those of the role "teacher", or of
    the only role. `is_open_book`: the passages of a draft stand in its prompt, which needs a place for them."""

    name: FileName | None = None
    prompt: str | None = None
    codec: str | None = None
    form: Literal["jsonl", "parquet"] = "jsonl"
    is_open_book: bool = False

    def turns(self, draft: Draft, style: Style) -> list[dict[str, str]]:
        """What is asked, as messages."""
        evidence = [Evidence(passage, 1.0) for passage in draft.passages] if self.is_open_book else []
        return [{"role": message.role, "content": message.content} for message in style.prompt.messages(draft.asked.question, evidence)]


def said(content: str) -> list[dict[str, Any]]:
    """An assistant's turn, as messages."""
    return [{"role": "assistant", "content": content}]
