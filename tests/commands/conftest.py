"""Invented items about four drugs, and responses to them, as files."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

OPTIONS = {"A": "aspirin", "B": "metoprolol", "C": "morphine", "D": "alteplase"}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes rows as JSON Lines."""

    def write(name: str, rows: Iterable[Mapping[str, Any]]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


@pytest.fixture
def items(write: Write) -> Callable[..., str]:
    """A file of items of our own with these keys, named q1, q2, …; all of them are about the same four drugs."""

    def items(keys: str, name: str = "items.jsonl", **more: Any) -> str:
        def item(number: int, key: str) -> dict[str, Any]:
            question = {"id": f"q{number}", "text": f"Which drug stands in drawer {number}?", "options": OPTIONS}
            own = {field: value[number - 1] for field, value in more.items()}
            return {"question": question, "key": {"kind": "choice", "letters": [key]}, **own}

        return str(write(name, [item(number, key) for number, key in enumerate(keys, 1)]))

    return items


@pytest.fixture
def answers(write: Write) -> Callable[..., Path]:
    """A file of responses that state these letters of q1, q2, …; a dot stands for an item without a response."""

    def answers(letters: str, name: str = "small.jsonl", **more: Any) -> Path:
        return write(
            name,
            [
                {"id": f"q{number}", "output": f"The answer is {letter}.", **more}
                for number, letter in enumerate(letters, 1)
                if letter != "."
            ],
        )

    return answers
