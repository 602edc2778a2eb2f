"""Passages on disk: one line of JSON each, found by number without reading the others, and what they can be filtered by."""

import hashlib
import json
import mmap
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from osler.core.errors import UserError
from osler.core.passage import Passage
from osler.knowledge.retrieval.folders import damaged, finish, listed, mapped, opened, unfinished

Mask = NDArray[np.bool_]

_LINES, _STARTS = "passages.jsonl", "starts.npy"
_DEFAULTS = {field.name: field.default for field in fields(Passage) if field.name not in ("id", "text", "fields")}
_MAX_MASKS, _AT_ONCE = 64, 1024


def keep(passages: Iterable[Passage], root: Path) -> "Shelf":
    """The passages on disk, in the folder of `root` that is named after their content: written once, read one by one.

    A stream will do: no more than the ids and what can be filtered by is held in memory. Raises UserError where two passages have one id, a
    passage has none, or a field is called "source", which would hide the passage's own.
    """
    with unfinished(root) as place:
        written = _Written()
        with (place / _LINES).open("wb") as file:
            for passage in passages:
                file.write(written.line(passage))
        starts = np.frombuffer(written.starts, dtype=np.int64)
        np.save(place / _STARTS, starts)
        for number, (values, codes) in enumerate(written.columns.values()):
            codes.extend([-1] * (len(starts) - 1 - len(codes)))
            np.save(place / f"column{number}.npy", np.frombuffer(codes, dtype=np.int32))
            (place / f"column{number}.json").write_text(json.dumps(list(values)), encoding="utf-8")
        content = written.digest.hexdigest()[:16]
        folder = root / f"passages-{content}"
        if not folder.exists():
            finish(place, folder, "passages", n=len(starts) - 1, hash=content, columns=list(written.columns))
    return Shelf(folder)


class _Written:
    """What is known of the passages that were written so far."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.starts = array("q", [0])
        self.columns: dict[str, tuple[dict[str, int], array[int]]] = {}
        self._ids = set[str]()

    def line(self, passage: Passage) -> bytes:
        if not passage.id or passage.id in self._ids:
            what = f"two passages have the id {passage.id!r}" if passage.id else "a passage has no id"
            raise UserError(f"passages: {what}; give every passage an id of its own")
        if "source" in passage.fields:
            raise UserError(f"passages: {passage.id!r} has a field 'source', which every passage has already; give it another name")
        self._ids.add(passage.id)
        for name, value in (("source", passage.source), *passage.fields.items()):
            values, codes = self.columns.setdefault(name, ({}, array("i")))
            codes.extend([-1] * (len(self.starts) - 1 - len(codes)))
            codes.append(values.setdefault(value, len(values)))
        said: dict[str, Any] = {"id": passage.id, "text": passage.text}
        said |= {name: value for name, default in _DEFAULTS.items() if (value := getattr(passage, name)) != default}
        if passage.fields:
            said["fields"] = dict(passage.fields)
        line = json.dumps(said).encode() + b"\n"
        self.digest.update(line)
        self.starts.append(self.starts[-1] + len(line))
        return line


class Shelf:
    """Passages in the folder where `keep` put them. Opening reads none of them.

    `hash` is that of the content. `shelf[number]` raises UserError where the line cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        about = opened(folder, "passages", "n", "hash", "columns")
        self.folder = folder
        self.hash = str(about["hash"])
        self._n = int(about["n"])
        self._names = [str(name) for name in about["columns"]]
        self._starts = mapped(folder, _STARTS, "<i8", (self._n + 1,))
        self._masks: dict[tuple[tuple[str, str], ...], Mask] = {}
        with (folder / _LINES).open("rb") as file:
            self._lines: mmap.mmap | bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self._n else b""

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[Passage]:
        for start in range(0, self._n, _AT_ONCE):
            yield from self.take(np.arange(start, min(start + _AT_ONCE, self._n)))

    def __getitem__(self, number: int) -> Passage:
        if not 0 <= number < self._n:
            raise IndexError(number)
        return self.take(np.array([number]))[0]

    def take(self, numbers: NDArray[np.int64]) -> list[Passage]:
        """The passages of these numbers, each of which is one of the shelf."""
        spans = zip(self._starts[numbers].tolist(), self._starts[numbers + 1].tolist(), strict=True)
        lines = self._lines
        try:
            return [_passage(lines[start:end]) for start, end in spans]
        except (ValueError, TypeError):
            raise damaged(self.folder, _LINES) from None

    def texts(self) -> Iterator[str]:
        """What is searched of each passage: its `sought`, else its headings and its text."""
        for passage in self:
            yield passage.sought or "\n".join((*passage.heading, passage.text))

    def mask(self, where: Mapping[str, str] | None) -> Mask | None:
        """Which passages are as `where` says; None where it says nothing. Raises UserError where no passage has such a field."""
        if not where or not self._n:
            return None
        asked = tuple(sorted(where.items()))
        if asked not in self._masks:
            while len(self._masks) >= _MAX_MASKS:
                self._masks.pop(next(iter(self._masks)))
            self._masks[asked] = np.logical_and.reduce([self._column(name, value) for name, value in asked])
        return self._masks[asked]

    def _column(self, name: str, value: str) -> Mask:
        if name not in self._names:
            near = get_close_matches(name, self._names, n=1)
            known = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(map(repr, self._names)) or 'none'}"
            raise UserError(f"where: no passage has a field {name!r}; {known}")
        number = self._names.index(name)
        values = listed(self.folder, f"column{number}.json")
        mask = np.zeros(self._n, dtype=np.bool_)
        if value in values:
            codes = mapped(self.folder, f"column{number}.npy", "<i4", (self._n,))
            mask[:] = codes == values.index(value)
        return mask


def _passage(line: bytes) -> Passage:
    """From a line as `keep` wrote it. The quicker reader knows no halves of surrogate pairs, which some texts have."""
    try:
        said: dict[str, Any] = from_json(line, cache_strings="keys")
    except ValueError:
        said = json.loads(line)
    if "heading" in said:
        said["heading"] = tuple(said["heading"])
    return Passage(**said)
