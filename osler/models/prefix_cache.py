"""Keys and values that outlive their batch, so that a child's prompt is read from where its parent's reply ended.

A pool has a slot for every token that is kept; `PrefixTree` knows which. A batch's prompts are read in passes: one that begins with what
another of them has new waits for it. Then the rows' keys and values are gathered from the pool, and what they write goes back into it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import DynamicCache

from osler.core.errors import ModelError
from osler.models.kv_cache import TokenMajorLayer, roomy_cache
from osler.models.prefix_tree import NO_SLOTS, PrefixTree, Run, Slots, n_shared

MIN_SHARED = 16
"""A prompt waits for another of its batch only for so many tokens: a pass has a cost of its own."""
MAX_PASSES = 4
MIN_PADDING = 256
"""Prompts of one pass are read together, whatever their lengths, unless so many tokens of padding are saved by reading them apart."""


class Begun(NamedTuple):
    """A batch whose prompts are read: the logits after them, shape (rows, vocabulary); their keys and values; which of those count, shape
    (rows, tokens); and the position of each row's last token."""

    logits: torch.Tensor
    cache: DynamicCache
    mask: torch.Tensor
    positions: torch.Tensor


@dataclass
class _Reading:
    """One distinct prompt: its first tokens are in the slots `known` by the pass before, the rest are read in this one. The last of them go
    into the slots `new`: those before were read by another prompt of the same pass."""

    row: int
    ids: tuple[int, ...]
    known: Slots
    new: Slots

    @property
    def n_new(self) -> int:
        return len(self.ids) - len(self.known)


class PrefixCache:
    """For one model, on its device, in at most `size_mb` MiB. Raises ModelError where a model keeps more than a key and a value a token."""

    def __init__(self, model: Any, size_mb: int, where: str) -> None:
        self._model = model
        probe = self._empty(where)
        with torch.inference_mode():
            model(input_ids=torch.zeros(1, 1, dtype=torch.long, device=model.device), past_key_values=probe, use_cache=True)
        states = [each for layer in probe.layers for each in (layer.keys, layer.values)]
        n_slots = (size_mb << 20) // sum(each.nbytes for each in states) - 1
        if n_slots < 1:
            raise ModelError(f"{where}: {size_mb} MiB do not hold one token's keys and values; raise cache_mb")
        self.tree = PrefixTree(n_slots)
        self._pool = [each.new_zeros(n_slots + 1, each.shape[1], each.shape[3]) for each in states]

    def read(self, prompts: Sequence[tuple[int, ...]]) -> Begun | None:
        """None: the pool does not hold them all at once."""
        distinct = sorted(set(prompts))
        self.tree.begin()
        if not self.tree.make_room(self._n_missing(distinct)):
            return None
        try:
            rank, logits = {ids: row for row, ids in enumerate(distinct)}, None
            for readings in self._passes(distinct):
                for together in _of_like_length(readings):
                    last = self._read(together)
                    logits = logits if logits is not None else last.new_empty(len(distinct), last.shape[-1])
                    logits[[reading.row for reading in together]] = last
            assert logits is not None
            owners = [rank[ids] for ids in prompts]
            cache, mask = self._gathered([self._slots(ids) for ids in distinct], owners)
        except BaseException:
            self.tree.clear()  # some slots are not filled
            raise
        return Begun(logits[owners], cache, mask, mask.sum(1) - 1)

    def keep(self, cache: DynamicCache, rows: Sequence[tuple[int, tuple[int, ...], int]], width: int) -> None:
        """Put what a batch has written into the pool. Its prompts end at column `width`; of each row: its place in the batch, the tokens
        whose keys and values are there, and how many of them are its prompt's."""
        columns: list[NDArray[np.int64]] = []
        slots: list[Slots] = []
        n_columns = cache.layers[0].n_columns
        for row, ids, n_prompt in rows:
            if not self.tree.make_room(len(ids) - n_prompt):
                continue
            new = self.tree.add(ids)
            columns.append(row * n_columns + width - n_prompt + len(ids) + np.arange(-len(new), 0))
            slots.append(new)
        self._store(cache, columns, slots)

    def _empty(self, where: str) -> DynamicCache:
        cache = roomy_cache(self._model.config, TokenMajorLayer)
        others = {type(layer).__name__ for layer in cache.layers if not isinstance(layer, TokenMajorLayer)}
        if others:
            raise ModelError(f"{where}: this model keeps more than one key and value a token ({min(others)}); set cache_mb: 0")
        return cache

    def _n_missing(self, distinct: Sequence[tuple[int, ...]]) -> int:
        """Slots that are needed: in sorted order, what a prompt shares with an earlier one it shares with the one before it."""
        n_missing, before = 0, tuple[int, ...]()
        for ids in distinct:
            n_known = max(sum(n for _, n in self.tree.find(ids)), n_shared(before, ids))
            n_missing += len(ids) - n_known
            before = ids
        return n_missing

    def _passes(self, distinct: Sequence[tuple[int, ...]]) -> list[list[_Reading]]:
        passes: list[list[_Reading]] = [[] for _ in range(MAX_PASSES)]
        for row, ids in enumerate(distinct):
            found = self.tree.find(ids)
            slots = np.concatenate([NO_SLOTS, *(run.slots[:n] for run, n in found)])
            by_pass = [_n_ready(found, at) for at in range(MAX_PASSES)]
            at = 0
            for later in range(1, MAX_PASSES):
                if by_pass[later] - by_pass[at] >= MIN_SHARED:
                    at = later
            new = self.tree.add(ids, ready=at + 1)
            passes[at].append(_Reading(row, ids, slots[: min(by_pass[at], len(ids) - 1)], new))
        return passes

    def _read(self, readings: Sequence[_Reading]) -> torch.Tensor:
        """One pass; the logits after the last token of each. New tokens are padded on the left as well: all rows end together."""
        width = max(reading.n_new for reading in readings)
        ids, mask = _left_padded([reading.ids[len(reading.known) :] for reading in readings], width)
        cache, known = self._gathered([reading.known for reading in readings], range(len(readings)), n_room=width)
        new = torch.from_numpy(mask).to(known.device)
        n_known = known.sum(1, keepdim=True)
        logits: torch.Tensor = self._model(
            input_ids=torch.from_numpy(ids).to(known.device),
            attention_mask=torch.cat([known, new], dim=1),
            position_ids=(n_known + new.cumsum(1) - 1).clamp(min=0),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:, -1]
        end, n_columns = known.shape[1] + width, cache.layers[0].n_columns
        columns = [row * n_columns + end + np.arange(-len(reading.new), 0) for row, reading in enumerate(readings)]
        self._store(cache, columns, [reading.new for reading in readings])
        return logits

    def _slots(self, ids: tuple[int, ...]) -> Slots:
        found = self.tree.find(ids)
        for run, _ in found:
            run.ready = 0
        return np.concatenate([run.slots for run, _ in found])

    def _gathered(
        self, slots: Sequence[Slots], owners: Sequence[int], n_room: int = TokenMajorLayer.ROOM
    ) -> tuple[DynamicCache, torch.Tensor]:
        """A cache with a row for each owner, left-padded, with room for more tokens; and which columns count."""
        width = max(map(len, slots))
        places, mask = _left_padded(slots, width, n_room)
        device = self._pool[0].device
        index = torch.from_numpy(places[owners]).to(device)
        cache = self._empty("")
        if width:
            states = iter(self._pool)
            for layer, (keys, values) in zip(cache.layers, zip(states, states, strict=True), strict=True):
                layer.fill(*(pool.index_select(0, index.flatten()).unflatten(0, index.shape) for pool in (keys, values)), width)
        return cache, torch.from_numpy(mask[owners]).to(device)

    def _store(self, cache: DynamicCache, columns: Sequence[NDArray[np.int64]], slots: Sequence[Slots]) -> None:
        if not columns:
            return
        device = self._pool[0].device
        taken, places = (torch.from_numpy(np.concatenate(each)).to(device) for each in (columns, slots))
        for pool, states in zip(self._pool, (states for layer in cache.layers for states in layer.buffers), strict=True):
            pool.index_copy_(0, places, states.flatten(0, 1).index_select(0, taken))


def _n_ready(found: Sequence[tuple[Run, int]], at: int) -> int:
    """How many tokens, from the first on, pass `at` can begin with."""
    return sum(n for _, n in takewhile(lambda part: part[0].ready <= at, found))


def _of_like_length(readings: Sequence[_Reading]) -> list[list[_Reading]]:
    """Longest first; a new part begins where it saves enough padding."""
    parts: list[list[_Reading]] = []
    by_length = sorted(readings, key=lambda reading: -reading.n_new)
    for at, reading in enumerate(by_length):
        saved = (parts[-1][0].n_new - reading.n_new) * (len(by_length) - at) if parts else 0
        if parts and (saved < MIN_PADDING or 2 * reading.n_new > parts[-1][0].n_new):
            parts[-1].append(reading)
        else:
            parts.append([reading])
    return parts


def _left_padded(rows: Sequence[Sequence[int] | Slots], width: int, n_after: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Shape (rows, width + n_after), 0 where there is none; and where there is one, shape (rows, width)."""
    padded = np.zeros((len(rows), width + n_after), dtype=np.int64)
    for at, row in enumerate(rows):
        padded[at, width - len(row) : width] = row
    lengths = np.array([len(row) for row in rows])
    return padded, (np.arange(width) >= width - lengths[:, None]).astype(np.int64)
