"""One forward pass over many traces: the prompt of a question is run once, and its keys and values are copied to all of its traces.

The other way, all traces of a question packed into one sequence under a block mask, took twice as long on a CPU (a nano model, traces of 64
tokens behind prompts of 44): attention then covers every pair of traces before the mask throws it away.
"""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from transformers import DynamicCache

from osler.core.encoding import EncodedSteps

BATCHES = 4
"""Prompts are taken together until their traces fill so many batches, which are then filled with traces of like length."""


def run_shared(
    model: Any, encoded: Sequence[EncodedSteps], *, batch_size: int, device: torch.device
) -> Iterator[tuple[list[EncodedSteps], torch.Tensor]]:
    """Batches of `encoded`, in an order of their own, each with the model's logits, shape (rows, tokens, labels). Token t of a row is at
    position n_prompt - 1 + t of its ids: the last of the prompt, and then the steps'. The caller holds `torch.inference_mode`."""
    for group in _groups(encoded, batch_size):
        cache, mask = _run_prompts(model, list(group), device)
        rows = sorted(
            ((owner, each) for owner, own in enumerate(group.values()) for each in own), key=lambda row: (_n_new(row[1]), row[1].ids)
        )
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            owners = torch.tensor([owner for owner, _ in batch], device=device)
            traces = [each for _, each in batch]
            yield traces, _run_steps(model, traces, _rows_of(cache, owners), mask[owners])


def _groups(encoded: Sequence[EncodedSteps], batch_size: int) -> Iterator[dict[tuple[int, ...], list[EncodedSteps]]]:
    """Traces by all of their prompt but its last token, which goes with the steps; prompts of like length together."""
    by_prompt: dict[tuple[int, ...], list[EncodedSteps]] = {}
    for each in encoded:
        by_prompt.setdefault(each.ids[: each.n_prompt - 1], []).append(each)
    group: dict[tuple[int, ...], list[EncodedSteps]] = {}
    for prompt in sorted(by_prompt, key=lambda prompt: (len(prompt), prompt)):
        group[prompt] = by_prompt[prompt]
        if len(group) == batch_size or sum(map(len, group.values())) >= BATCHES * batch_size:
            yield group
            group = {}
    if group:
        yield group


def _run_prompts(model: Any, prompts: Sequence[tuple[int, ...]], device: torch.device) -> tuple[DynamicCache, torch.Tensor]:
    """Left-padded, so that the steps follow without a gap. The mask has shape (prompts, tokens)."""
    width = max(map(len, prompts))
    ids = torch.tensor([[*[0] * (width - len(prompt)), *prompt] for prompt in prompts], device=device)
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=device)
    cache = DynamicCache(config=model.config)
    if width:
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        model.base_model(input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True)
    return cache, mask


def _rows_of(cache: DynamicCache, owners: torch.Tensor) -> DynamicCache:
    """A cache of these rows; `cache` stays as it is."""
    rows = copy.copy(cache)
    rows.layers = [copy.copy(layer) for layer in cache.layers]
    rows.batch_select_indices(owners)
    return rows


def _run_steps(model: Any, batch: Sequence[EncodedSteps], cache: DynamicCache, prompt_mask: torch.Tensor) -> torch.Tensor:
    """Right-padded: what stands to the right of a step cannot change its score."""
    width, device = max(map(_n_new, batch)), prompt_mask.device
    new = [each.ids[each.n_prompt - 1 :] for each in batch]
    ids = torch.tensor([[*each, *[0] * (width - len(each))] for each in new], device=device)
    mask = torch.tensor([[1] * len(each) + [0] * (width - len(each)) for each in new], device=device)
    positions = torch.tensor([each.n_prompt - 1 for each in batch], device=device)[:, None] + (mask.cumsum(1) - 1)
    logits: torch.Tensor = model(
        input_ids=ids,
        attention_mask=torch.cat([prompt_mask, mask], dim=1),
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
    ).logits
    return logits


def _n_new(each: EncodedSteps) -> int:
    return len(each.ids) - each.n_prompt + 1
