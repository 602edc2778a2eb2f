"""Prompts with their keys in plain columns: what TRL's GRPOTrainer asks, and what a reward function reads."""

import json
from typing import Any, ClassVar, Literal

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT, ChoiceKey, DateKey, Item, Key, MultiKey, NumberKey, OpenKey, RankedListKey, TextKey
from osler.synthesise.draft import Draft
from osler.synthesise.exporting.export import Column, Export, Rows
from osler.synthesise.exporting.style import Style


@dataclass(frozen=True, kw_only=True, config=STRICT)
class GRPOExport(Export):
    """A row for each item. TRL hands every column but the prompt to the reward functions: `answer_kind`, `answers` (letters, names, a
    number with its unit, a day, a right free answer; empty for a rubric and for claims) and `item`, the whole item as JSON."""

    kind: Literal["grpo"] = "grpo"
    columns: ClassVar[dict[str, Column]] = {"id": "text", "prompt": "turns", "answer_kind": "text", "answers": "texts", "item": "text"}

    def rows(self, draft: Draft, style: Style) -> Rows:
        if draft.item is None:
            yield "no_item"
            return
        yield {"id": draft.id, "prompt": self.turns(draft, style), **key_columns(draft.item)}


def key_columns(item: Item) -> dict[str, Any]:
    """What a reward reads."""
    content: dict[str, Any] = TypeAdapter(Item).dump_python(item, mode="json")
    return {"answer_kind": item.key.kind, "answers": answers(item.key), "item": json.dumps(content, ensure_ascii=False)}


def answers(key: Key) -> list[str]:
    """What is right, as plain texts."""
    match key:
        case ChoiceKey(letters=letters) | MultiKey(letters=letters):
            return list(letters)
        case TextKey(text=text, synonyms=synonyms):
            return [text, *synonyms]
        case NumberKey(value=value, unit=unit):
            return ["n/a" if value is None else f"{value!r} {unit}".rstrip()]
        case DateKey(day=day):
            return [day.isoformat()]
        case RankedListKey(entries=entries):
            return list(entries)
        case OpenKey(text=text):
            return [text]
    return []
