"""`osler tasks`: made tasks, to be read by people or written as items."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from osler.clinic.generate import Split
from osler.clinic.task import Maker, Task
from osler.core.errors import UserError
from osler.core.question import ChoiceKey, DateKey, MultiKey, NumberKey, RankedListKey
from osler.core.records import describe, write_records, write_text
from osler.data.nearest import suggestion
from osler.data.task_source import MAKERS


def maker_named(kind: str, levels: Sequence[int] = (), settings: Sequence[str] = ()) -> Maker:
    """A maker with `name=value` settings, the values in YAML. Raises UserError with the nearest name."""
    if kind not in MAKERS:
        raise UserError(f"tasks: there is no {kind!r}{suggestion(kind, MAKERS)}; choose among {', '.join(MAKERS)}")
    content: dict[str, Any] = {"levels": list(levels)} if levels else {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise UserError(f"--set {setting}: write it as name=value")
        try:
            content[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UserError(f"--set {setting}: the value is not YAML; put it in quotes") from error
    try:
        return TypeAdapter(MAKERS[kind]).validate_python(content)
    except ValidationError as error:
        raise UserError(f"tasks {kind}: {describe(error)}; correct the setting") from error


def split_named(name: str) -> Split:
    if name not in list(Split):
        raise UserError(f"--split {name}: there is no such split; choose among {', '.join(Split)}")
    return Split(name)


def readable(task: Task) -> str:
    """A task as people read it: the question, the options, the steps and the answer."""
    options = [f"  {letter}  {text}" for letter, text in task.options.items()]
    steps = [f"  {number}. {step}" for number, step in enumerate(task.steps, 1)]
    return "\n".join([f"{task.id} (level {task.level})", "", task.text, *options, "", *steps, "", f"  Key: {said(task)}", ""])


def said(task: Task) -> str:
    """The key in words."""
    match task.key:
        case ChoiceKey(letters) | MultiKey(letters):
            return ", ".join(letters)
        case DateKey(day):
            return day.isoformat()
        case RankedListKey(entries):
            return ", ".join(entries)
        case NumberKey(value, unit, tolerance):
            within = f" ± {tolerance:g}" if tolerance else ""
            return "N/A" if value is None else f"{value:g}{within} {unit}".rstrip()
    return str(task.key)


def write_tasks(path: Path, tasks: Sequence[Task], maker: Maker, *, is_worked: bool) -> Path:
    """Items, or worked items with their steps, as a source of kind `files` takes them, with the card beside them: its path. The level
    stands in the group of an item."""
    if path.suffix != ".jsonl":
        raise UserError(f"{path}: tasks are written as JSON Lines; name a file that ends in .jsonl")
    if not path.parent.is_dir():
        raise UserError(f"{path}: there is no folder {path.parent}; make it first")
    adapter: TypeAdapter[Any] = TypeAdapter(Any)
    records = (adapter.dump_python(task.item(), mode="json") | ({"steps": list(task.steps)} if is_worked else {}) for task in tasks)
    write_records(path, records)
    card = path.with_suffix(".md")
    write_text(card, maker.card())
    return card
