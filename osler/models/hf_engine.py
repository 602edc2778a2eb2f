"""A Hugging Face causal language model in this process: sorted full batches, prompts shared by their samples, seeded noise for every row.

The decode loop is our own because finished rows leave the batch (`bench/decode.py` measures it against `generate`, which keeps them to the
end), and because a reply must not depend on the rows beside it: each row draws from its own seed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, count, groupby
from typing import Any

import torch
from transformers import PreTrainedModel

from osler.core.errors import ModelError
from osler.core.model import Finish, Message, Reply, Request, Sampling, Usage, Written
from osler.models.checkpoint import load_checkpoint
from osler.models.hf import HuggingFace
from osler.models.kv_cache import roomy_cache
from osler.models.noise import uniforms
from osler.models.prefix_cache import Begun, PrefixCache
from osler.models.stopping import StopWatch

KEEP_UNTIL = 0.875
"""Rows that are done leave the batch once no more than this share of it is live: leaving costs a copy of the cache."""


HEAD = 64
"""The likeliest tokens that top-p sampling looks at first. Only rows whose nucleus is larger have their whole vocabulary sorted."""


class HuggingFaceModel:
    """Implements `Model`. Reproducible in float32 on a CPU with a fixed number of threads, where no keys and values outlive a batch."""

    def __init__(self, settings: HuggingFace) -> None:
        self._settings = settings
        self._tokenizer, self._model, self._device, name = load_checkpoint(settings)
        if self._tokenizer.chat_template is None:
            raise ModelError(f"{settings.path}: the tokenizer has no chat template; add one to tokenizer_config.json")
        self._max_length = int(self._model.config.max_position_embeddings)
        self._ends = _end_tokens(self._tokenizer, self._model)
        self._kept = PrefixCache(self._model, settings.cache_mb, settings.path) if settings.cache_mb else None
        self._has_written = bool(self._kept) and _joins_pieces(self._tokenizer)
        self._identity = f"hf:{name}" + (":kept" if self._kept else "")

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def is_reproducible(self) -> bool:
        return self._kept is None and self._model.dtype == torch.float32 and self._device.type == "cpu"

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        """See `Model.complete`. Batches hold one kind of sampling each, longest prompts first, equal prompts side by side."""
        prompts = self._encode(requests)
        too_long = [at for at, ids in enumerate(prompts) if len(ids) >= self._max_length]
        if too_long:
            yield [(at, self._refusal(len(prompts[at]))) for at in too_long]
        rest = sorted(
            set(range(len(requests))) - set(too_long),
            key=lambda at: (_group(requests[at]), -len(prompts[at]), prompts[at], requests[at].seed),
        )
        for _, members in groupby(rest, key=lambda at: _group(requests[at])):
            group = list(members)
            for start in range(0, len(group), self._settings.batch_size):
                batch = group[start : start + self._settings.batch_size]
                replies = self._decode([requests[at] for at in batch], [prompts[at] for at in batch])
                yield list(zip(batch, replies, strict=True))

    def close(self) -> None:
        """Give the memory of the weights and of what was kept back."""
        self._kept = None
        del self._model

    def _encode(self, requests: Sequence[Request]) -> list[tuple[int, ...]]:
        rendered: dict[tuple[Message, ...], str] = {}
        for request in requests:
            if request.messages not in rendered:
                turns = [{"role": message.role, "content": message.content} for message in request.messages]
                rendered[request.messages] = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        parts = [list(self._parts(rendered[request.messages], request)) for request in requests]
        texts = list(dict.fromkeys(part for each in parts for part in each if isinstance(part, str)))
        known = dict(zip(texts, map(tuple, self._tokenizer(texts, add_special_tokens=False).input_ids), strict=True)) if texts else {}
        return [tuple(chain.from_iterable(known[part] if isinstance(part, str) else part for part in each)) for each in parts]

    def _parts(self, text: str, request: Request) -> Iterator[str | tuple[int, ...]]:
        """Text to be tokenised, and between it the tokens that were written."""
        at = 0
        for place, written in request.written if self._has_written else ():
            yield text + request.prefix[at:place]
            yield written.token_ids
            text, at = "", place + len(written.text)
        yield text + request.prefix[at:]

    def _refusal(self, n_tokens: int) -> Reply:
        message = f"the prompt has {n_tokens} tokens, the model takes {self._max_length}"
        return Reply("", Finish.ERROR, Usage(n_tokens, 0, 1), error=message)

    @torch.inference_mode()
    def _decode(self, requests: Sequence[Request], prompts: Sequence[tuple[int, ...]]) -> list[Reply]:
        """Generate for one batch of requests that share sampling settings and stop string. Rows that are done leave the batch."""
        rows = _Rows(requests, prompts, self._tokenizer, self._ends, self._max_length)
        kept = self._kept.read(prompts) if self._kept else None
        logits, cache, mask, positions = kept or self._prefill(prompts)
        width = mask.shape[1]
        for step in count():
            tokens = _draw(logits, requests[0].sampling, rows.seeds(), step)
            n_live = rows.append(tokens.tolist())
            if n_live <= KEEP_UNTIL * len(tokens):
                if self._kept and kept:
                    self._kept.keep(cache, rows.read_by_done(), width)
                if n_live == 0:
                    break
                live = torch.tensor(rows.drop_done(), device=tokens.device)
                tokens, mask, positions = tokens[live], mask[live], positions[live]
                cache.batch_select_indices(live)
            mask = torch.cat([mask, mask.new_ones(len(tokens), 1)], dim=1)
            positions = (positions + 1).clamp(max=self._max_length - 1)  # reached by rows that are done, never by live ones
            output = self._model(
                input_ids=tokens[:, None], attention_mask=mask, position_ids=positions[:, None], past_key_values=cache, use_cache=True
            )
            logits = output.logits[:, -1]
        return (
            [replace(reply, written=written) for reply, written in rows.replies()]
            if self._has_written
            else [reply for reply, _ in rows.replies()]
        )

    def _prefill(self, prompts: Sequence[tuple[int, ...]]) -> Begun:
        """Run each distinct prompt once, left-padded, and copy its cache to all of its rows."""
        distinct = list(dict.fromkeys(prompts))
        rank = {ids: at for at, ids in enumerate(distinct)}
        width = max(len(ids) for ids in distinct)
        ids = torch.tensor([[0] * (width - len(row)) + list(row) for row in distinct], device=self._device)
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in distinct], device=self._device)
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        cache = roomy_cache(self._model.config)
        output = self._model(
            input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True, logits_to_keep=1
        )
        owner = torch.tensor([rank[row] for row in prompts], device=self._device)
        cache.batch_select_indices(owner)
        return Begun(output.logits[:, -1][owner], cache, mask[owner], positions[owner, -1])


class _Rows:
    """The rows of a batch while they are written: which are still in it, their tokens so far, and why each ended."""

    def __init__(
        self, requests: Sequence[Request], prompts: Sequence[tuple[int, ...]], tokenizer: Any, ends: frozenset[int], max_length: int
    ) -> None:
        self._requests, self._prompts, self._tokenizer, self._ends = requests, prompts, tokenizer, ends
        # each row has its own limit: a reply must not be shorter because a longer prompt lies beside it
        self._limits = [min(each.sampling.max_tokens, max_length - len(ids)) for each, ids in zip(requests, prompts, strict=True)]
        self._stop = StopWatch(requests[0].stop, tokenizer)
        self._tokens: list[list[int]] = [[] for _ in requests]
        self._finish: list[Finish | None] = [None] * len(requests)
        self._present = list(range(len(requests)))

    def seeds(self) -> list[int]:
        return [self._requests[row].seed for row in self._present]

    def append(self, tokens: Sequence[int]) -> int:
        """Add one token to each row that is present and live; returns how many are live after it."""
        for row, token in zip(self._present, tokens, strict=True):
            if self._finish[row] is None:
                self._tokens[row].append(token)
                if token in self._ends:
                    self._finish[row] = Finish.END
                elif self._stop.has_come(self._tokens[row]):
                    self._finish[row] = Finish.STOP
                elif len(self._tokens[row]) == self._limits[row]:
                    self._finish[row] = Finish.LENGTH
        return sum(self._finish[row] is None for row in self._present)

    def drop_done(self) -> list[int]:
        """Take the rows that are done out of the batch; returns the positions of those that stay."""
        keep = [at for at, row in enumerate(self._present) if self._finish[row] is None]
        self._present = [self._present[at] for at in keep]
        return keep

    def read_by_done(self) -> list[tuple[int, tuple[int, ...], int]]:
        """See `PrefixCache.keep`: rows in the batch that are done and may be gone on from. The last token was never put in."""
        done = ((at, row) for at, row in enumerate(self._present) if self._finish[row] not in (None, Finish.END))
        return [(at, (*self._prompts[row], *self._tokens[row][:-1]), len(self._prompts[row])) for at, row in done]

    def replies(self) -> list[tuple[Reply, Written]]:
        return [self._reply(row) for row in range(len(self._requests))]

    def _reply(self, row: int) -> tuple[Reply, Written]:
        """And in its own tokens, but for the end of the turn."""
        tokens, finish = self._tokens[row], self._finish[row]
        assert finish is not None
        whole = self._tokenizer.decode(tokens, skip_special_tokens=True)
        text = whole[: whole.index(self._requests[row].stop)] if finish is Finish.STOP else whole
        reply = Reply(text, finish, Usage(len(self._prompts[row]), len(tokens), 1))
        return reply, Written(whole, tuple(tokens[:-1] if finish is Finish.END else tokens))


def _draw(logits: torch.Tensor, sampling: Sampling, seeds: Sequence[int], step: int) -> torch.Tensor:
    """The next token of each row: the likeliest at temperature 0, else by inverting the cumulative distribution at the row's own number."""
    if sampling.temperature == 0:
        return logits.argmax(-1)
    probabilities = (logits.float() / sampling.temperature).softmax(-1)
    at = torch.tensor(uniforms(seeds, step), dtype=probabilities.dtype, device=logits.device)
    if sampling.top_p == 1:
        return _invert(probabilities, at)
    head, order = probabilities.topk(min(HEAD, probabilities.shape[-1]), dim=-1)
    tokens = _draw_ranked(head, order, at, sampling.top_p)
    is_longer = head.sum(-1) < sampling.top_p
    if is_longer.any():
        ranked, order = probabilities[is_longer].sort(stable=True, dim=-1, descending=True)
        tokens[is_longer] = _draw_ranked(ranked, order, at[is_longer], sampling.top_p)
    return tokens


def _draw_ranked(ranked: torch.Tensor, order: torch.Tensor, at: torch.Tensor, top_p: float) -> torch.Tensor:
    """From probabilities in falling order, cut where those before a token already reach `top_p` (Holtzman et al., arXiv 1904.09751)."""
    before = ranked.cumsum(-1) - ranked
    choice = _invert(ranked.masked_fill(before >= top_p, 0.0), at)
    return order.gather(-1, choice[:, None])[:, 0]


def _invert(probabilities: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """Where the cumulative distribution of each row, which need not add up to 1, passes the row's number in [0, 1)."""
    cumulative = probabilities.cumsum(-1)
    total = cumulative[:, -1:]
    level = at[:, None] * total
    level = torch.minimum(level, torch.nextafter(total, torch.zeros_like(total)))  # rounding must not reach past the last possible token
    return (cumulative <= level).sum(-1)


def _group(request: Request) -> tuple[float, float, int, str]:
    return (request.sampling.temperature, request.sampling.top_p, request.sampling.max_tokens, request.stop)


def _end_tokens(tokenizer: Any, model: PreTrainedModel) -> frozenset[int]:
    """What ends a turn: the tokenizer's end token and those of the generation config (for some models only that one names it)."""
    configured = model.generation_config.eos_token_id
    ends = configured if isinstance(configured, list) else [configured]
    return frozenset(end for end in (tokenizer.eos_token_id, *ends) if end is not None)


def _joins_pieces(tokenizer: Any) -> bool:
    """Whether texts tokenised one by one stand for the same joined. A tokenizer that begins each with a space cannot go on from tokens."""
    pieces = ("Step 1:", " 2:", "a", "\n\nb")
    ids = [token for piece in pieces for token in tokenizer(piece, add_special_tokens=False).input_ids]
    return bool(tokenizer.decode(ids) == "".join(pieces))
