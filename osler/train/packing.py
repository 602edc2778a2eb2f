"""Several records in a row of tokens, none of which attends to another.

transformers separates them by their positions, which start anew with each record, where it is given no attention mask: for sdpa, eager and
flex attention in any number of rows. TRL's own collator puts a whole batch into one row, as flash attention needs it; without that, the
cost of such a row grows with its square. So the rows stay apart here, and a model is asked before the first step whether it keeps records
apart: one that mixes them (a recurrent one, or another attention) is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from datasets import Dataset, disable_progress_bars
from torch.nn.utils.rnn import pad_sequence
from trl import pack_dataset

from osler.core.errors import UserError
from osler.train.masks import IGNORED

N_PROBE = 6


def packed(rows: Dataset, max_length: int) -> Dataset:
    """Best fit first, the longest first; `seq_lengths` gives the records of each row. No record is cut that is not longer."""
    disable_progress_bars()
    return pack_dataset(rows, max_length, "bfd")


@dataclass(frozen=True)
class PackedRows:
    """A batch of packed rows: `input_ids`, `labels` and `position_ids`, each of shape (rows, tokens of the longest row). Nothing learns to
    foretell the first token of a record, nor the padding, each token of which is a record of its own."""

    pad_token: int

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        positions = [torch.cat([torch.arange(length) for length in row["seq_lengths"]]) for row in rows]
        labels = _padded([row["labels"] for row in rows], IGNORED)
        position_ids = pad_sequence(positions, batch_first=True)
        labels[position_ids == 0] = IGNORED
        return {"input_ids": _padded([row["input_ids"] for row in rows], self.pad_token), "labels": labels, "position_ids": position_ids}


def _padded(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    return pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=filler)


@torch.no_grad()
def require_separation(model: Any) -> None:
    """Raises UserError where what the model says of a record depends on the one before it in the same row."""
    n = min(N_PROBE, model.config.vocab_size // 3)
    first, other, second = torch.arange(3 * n, device=model.device).reshape(3, n)
    positions = torch.arange(n, device=model.device).repeat(2)[None]
    is_training = model.training
    model.eval()
    alike, differing = (
        model(input_ids=torch.cat([before, second])[None], position_ids=positions, use_cache=False).logits[0, n:].float()
        for before in (first, other)
    )
    model.train(is_training)
    if (alike - differing).abs().max() > 1e-5 * alike.abs().max():
        raise UserError("is_packed: this model lets a record of a packed row see the one before it; set is_packed: false")
