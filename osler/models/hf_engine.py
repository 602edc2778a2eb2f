"""A Hugging Face causal language model in this process: sorted full batches, prompts shared by their samples, seeded noise for every row.

The decode loop is our own because finished rows leave the batch (`bench/decode.py` measures it against `generate`, which keeps them to the
end), and because a reply must not depend on the rows beside it: each row draws from its own seed.
"""

from collections.abc import Iterator, Sequence
from itertools import count, groupby
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, DynamicCache, PreTrainedModel

from osler.core.errors import ModelError
from osler.core.model import Finish, Message, Reply, Request, Sampling, Usage
from osler.models.hf import HuggingFace, content_hash
from osler.models.kv_cache import roomy_cache
from osler.models.noise import uniforms
from osler.models.stopping import StopWatch

KEEP_UNTIL = 0.875
"""Rows that are done leave the batch once no more than this share of it is live: leaving costs a copy of the cache."""


HEAD = 64
"""The likeliest tokens that top-p sampling looks at first. Only rows whose nucleus is larger have their whole vocabulary sorted."""


class HuggingFaceModel:
    """Implements `Model`. Reproducible in float32 on a CPU with a fixed number of threads."""

    def __init__(self, settings: HuggingFace) -> None:
        self._settings = settings
        self._tokenizer, self._model = load_checkpoint(settings)
        if self._tokenizer.chat_template is None:
            raise ModelError(f"{settings.path}: the tokenizer has no chat template; add one to tokenizer_config.json")
        self._model.to(settings.device)
        self._model.eval()
        self._max_length = int(self._model.config.max_position_embeddings)
        self._ends = _end_tokens(self._tokenizer, self._model)
        self._identity = f"hf:{content_hash(settings.path)}:{settings.dtype}:{settings.device}"

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def is_reproducible(self) -> bool:
        return self._settings.dtype == "float32" and self._settings.device == "cpu"

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
        """Give the weights' memory back."""
        del self._model

    def _encode(self, requests: Sequence[Request]) -> list[list[int]]:
        rendered: dict[tuple[Message, ...], str] = {}
        for request in requests:
            if request.messages not in rendered:
                turns = [{"role": message.role, "content": message.content} for message in request.messages]
                rendered[request.messages] = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        texts = [rendered[request.messages] + request.prefix for request in requests]
        return list(self._tokenizer(texts, add_special_tokens=False).input_ids) if texts else []

    def _refusal(self, n_tokens: int) -> Reply:
        message = f"the prompt has {n_tokens} tokens, the model takes {self._max_length}"
        return Reply("", Finish.ERROR, Usage(n_tokens, 0, 1), error=message)

    @torch.inference_mode()
    def _decode(self, requests: Sequence[Request], prompts: Sequence[list[int]]) -> list[Reply]:
        """Generate for one batch of requests that share sampling settings and stop string. Rows that are done leave the batch."""
        rows = _Rows(requests, prompts, self._tokenizer, self._ends, self._max_length)
        logits, cache, mask, positions = self._prefill(prompts)
        for step in count():
            tokens = _draw(logits, requests[0].sampling, rows.seeds(), step)
            n_live = rows.append(tokens.tolist())
            if n_live == 0:
                break
            if n_live <= KEEP_UNTIL * len(tokens):
                kept = torch.tensor(rows.drop_done(), device=tokens.device)
                tokens, mask, positions = tokens[kept], mask[kept], positions[kept]
                cache.batch_select_indices(kept)
            mask = torch.cat([mask, mask.new_ones(len(tokens), 1)], dim=1)
            positions = (positions + 1).clamp(max=self._max_length - 1)  # reached by rows that are done, never by live ones
            output = self._model(
                input_ids=tokens[:, None], attention_mask=mask, position_ids=positions[:, None], past_key_values=cache, use_cache=True
            )
            logits = output.logits[:, -1]
        return rows.replies()

    def _prefill(self, prompts: Sequence[list[int]]) -> tuple[torch.Tensor, DynamicCache, torch.Tensor, torch.Tensor]:
        """Run each distinct prompt once, left-padded, and copy its cache to all of its rows."""
        distinct = [list(ids) for ids in dict.fromkeys(tuple(ids) for ids in prompts)]
        rank = {tuple(ids): at for at, ids in enumerate(distinct)}
        width = max(len(ids) for ids in distinct)
        ids = torch.tensor([[0] * (width - len(row)) + row for row in distinct], device=self._settings.device)
        mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in distinct], device=self._settings.device)
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        cache = roomy_cache(self._model.config)
        output = self._model(
            input_ids=ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True, logits_to_keep=1
        )
        owner = torch.tensor([rank[tuple(row)] for row in prompts], device=self._settings.device)
        cache.batch_select_indices(owner)
        return output.logits[:, -1][owner], cache, mask[owner], positions[owner, -1]


class _Rows:
    """The rows of a batch while they are written: which are still in it, their tokens so far, and why each ended."""

    def __init__(
        self, requests: Sequence[Request], prompts: Sequence[list[int]], tokenizer: Any, ends: frozenset[int], max_length: int
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

    def replies(self) -> list[Reply]:
        return [self._reply(row) for row in range(len(self._requests))]

    def _reply(self, row: int) -> Reply:
        text = self._tokenizer.decode(self._tokens[row], skip_special_tokens=True)
        finish = self._finish[row]
        assert finish is not None
        if finish is Finish.STOP:
            text = text[: text.index(self._requests[row].stop)]
        return Reply(text, finish, Usage(len(self._prompts[row]), len(self._tokens[row]), 1))


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


def load_checkpoint(settings: HuggingFace) -> tuple[Any, PreTrainedModel]:
    """Tokenizer and model. Safetensors only, no code from the checkpoint. Raises ModelError in one sentence."""
    try:
        config = AutoConfig.from_pretrained(settings.path, local_files_only=True, trust_remote_code=False)
        if config.is_encoder_decoder or not any(name.endswith(("ForCausalLM", "LMHeadModel")) for name in config.architectures or []):
            names = ", ".join(config.architectures or ["unknown"])
            raise ModelError(f"{settings.path}: this checkpoint is {names}, not a causal language model; name a …ForCausalLM checkpoint")
        tokenizer = AutoTokenizer.from_pretrained(settings.path, local_files_only=True, trust_remote_code=False)
        model, report = AutoModelForCausalLM.from_pretrained(
            settings.path, dtype=getattr(torch, settings.dtype), use_safetensors=True, local_files_only=True, trust_remote_code=False,
            output_loading_info=True,
        )  # fmt: skip
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{settings.path}: no causal language model could be loaded ({_first_line(error)}); check the path") from error
    if report["missing_keys"]:  # transformers would go on with random numbers in their place
        raise ModelError(f"{settings.path}: the checkpoint lacks the weights {min(report['missing_keys'])}; copy or train it again")
    if not tokenizer("a", add_special_tokens=False).input_ids:  # what transformers makes of a missing tokenizer.json
        raise ModelError(f"{settings.path}: the tokenizer has no vocabulary; copy tokenizer.json beside the weights")
    return tokenizer, model


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
