"""A key-value cache with room to grow: new tokens are written in place instead of copying all earlier ones at every step.

Concatenation took 59 % of decoding's time for the nano model (256 rows, `docs/log.md`).
"""

import torch
from transformers import DynamicCache, PretrainedConfig
from transformers.cache_utils import DynamicLayer


class RoomyLayer(DynamicLayer):  # type: ignore[misc]  # transformers has no types
    """Keys and values, shape (rows, heads, tokens, head size), are views of buffers that hold `ROOM` tokens more than were needed."""

    ROOM = 64

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the new tokens' states; returns all of them."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
            self._buffers = [key_states[:, :, :0], value_states[:, :, :0]]
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        if end > self._buffers[0].shape[-2]:
            self._buffers = [self._grown(buffer, start, end + self.ROOM) for buffer in self._buffers]
        for buffer, states in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[:, :, start:end] = states
        self._show(end)
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep these rows; an index that comes twice copies its row."""
        if n_tokens := self.get_seq_length():
            self._buffers = [self._selected(buffer, indices) for buffer in self._buffers]
            self._show(n_tokens)

    def _show(self, n_tokens: int) -> None:
        self.keys, self.values = (buffer[:, :, :n_tokens] for buffer in self._buffers)

    @staticmethod
    def _selected(buffer: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        return buffer.index_select(0, indices)

    @staticmethod
    def _grown(buffer: torch.Tensor, n_used: int, n_tokens: int) -> torch.Tensor:
        rows, heads, _, size = buffer.shape
        grown = buffer.new_empty(rows, heads, n_tokens, size)
        grown[:, :, :n_used] = buffer[:, :, :n_used]
        return grown


class TokenMajorLayer(RoomyLayer):
    """The same, but all heads of a token lie together in memory, so that tokens are gathered from a pool and put back whole."""

    @property
    def n_columns(self) -> int:
        """How many tokens a row has room for."""
        return int(self._buffers[0].shape[2])

    @property
    def buffers(self) -> list[torch.Tensor]:
        """Keys and values as they lie in memory, room included, shape (rows, tokens, heads, head size)."""
        return [buffer.transpose(1, 2) for buffer in self._buffers]

    def fill(self, keys: torch.Tensor, values: torch.Tensor, n_tokens: int) -> None:
        """Begin with these, shape (rows, tokens, heads, head size), of which the first `n_tokens` are there and the rest is room."""
        self._buffers = [keys.transpose(1, 2), values.transpose(1, 2)]
        self.lazy_initialization(keys, values)
        self._show(n_tokens)

    @staticmethod
    def _selected(buffer: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        return buffer.transpose(1, 2).index_select(0, indices).transpose(1, 2)

    @staticmethod
    def _grown(buffer: torch.Tensor, n_used: int, n_tokens: int) -> torch.Tensor:
        rows, heads, _, size = buffer.shape
        grown = buffer.new_empty(rows, n_tokens, heads, size).transpose(1, 2)
        grown[:, :, :n_used] = buffer[:, :, :n_used]
        return grown


def roomy_cache(config: PretrainedConfig, layer_type: type[RoomyLayer] = RoomyLayer) -> DynamicCache:
    """A `DynamicCache` whose full-attention layers have room; layers of other kinds stay as they are."""
    cache = DynamicCache(config=config)
    cache.layers = [layer_type() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache
