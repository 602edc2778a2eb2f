"""A GGUF file run by llama.cpp in this process: several conversations at once, what they have in common read once, seeded draws.

Draws as `hf_engine` does, from the same number for the same seed and position, so that the same weights give the same reply in both but for
what rounding changes.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from osler.core.errors import ModelError
from osler.core.model import Finish, Message, Reply, Request, Sampling, Usage, Written
from osler.models.chat_text import ChatText
from osler.models.llamacpp import LlamaCpp
from osler.models.llamacpp_native import NativeModel
from osler.models.noise import uniforms
from osler.models.stopping import StopWatch

HEAD = 64
"""The likeliest tokens that top-p sampling looks at first. Only rows whose nucleus is larger have their whole vocabulary sorted."""


class LlamaCppModel:
    """Implements `Model`. Reproducible on a CPU, with any number of threads."""

    def __init__(self, settings: LlamaCpp) -> None:
        self._settings = settings
        file_hash = _file_hash(settings.path)
        self._native = NativeModel(settings)
        self._vocabulary = Vocabulary(self._native)
        self._ends = self._native.end_tokens()
        self._chat_text = self._its_chat_text()
        extras = ":logprobs" if settings.has_logprobs else ""
        self._identity = f"llamacpp:{file_hash}:{settings.cache_dtype}:{self._native.max_length}:{settings.n_gpu_layers}{extras}"

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def is_reproducible(self) -> bool:
        return self._settings.n_gpu_layers == 0

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        """See `Model.complete`. Prompts that begin alike lie side by side."""
        prompts = self._encode(requests)
        max_length = self._native.max_length
        too_long = [at for at, ids in enumerate(prompts) if len(ids) >= max_length]
        if too_long:
            yield [(at, _refusal(len(prompts[at]), max_length)) for at in too_long]
        rest = sorted(set(range(len(requests))) - set(too_long), key=lambda at: (prompts[at], requests[at].seed))
        for start in range(0, len(rest), self._settings.batch_size):
            batch = rest[start : start + self._settings.batch_size]
            rows = [self._row(number, requests[at], prompts[at]) for number, at in enumerate(batch)]
            self._write(rows)
            yield [(at, self._reply(row)) for at, row in zip(batch, rows, strict=True)]

    def close(self) -> None:
        """Give the memory of the weights and of the cache back."""
        self._native.close()

    def token_ids(self, text: str) -> list[int]:
        """The tokens of a text as the model's own tokenizer has them. llama.cpp leaves out that Qwen2's composes characters first."""
        is_composed = self._native.metadata("tokenizer.ggml.pre") == "qwen2"
        return self._native.token_ids(unicodedata.normalize("NFC", text) if is_composed else text)

    def _its_chat_text(self) -> ChatText:
        source = self._native.metadata("tokenizer.chat_template")
        if not source:
            self.close()
            raise ModelError(f"{self._settings.path}: the file has no chat template; export it from a checkpoint that has one")
        names = {"bos_token": self._native.name_of(self._native.bos), "eos_token": self._native.name_of(self._native.eos)}
        return ChatText(source, names, where=self._settings.path)

    def _encode(self, requests: Sequence[Request]) -> list[list[int]]:
        rendered: dict[tuple[Message, ...], str] = {}
        encoded: dict[tuple[Any, ...], list[int]] = {}
        for request in requests:
            if request.messages not in rendered:
                rendered[request.messages] = self._chat_text.render(request.messages)
            key = (request.messages, request.prefix, request.written)
            if key not in encoded:
                encoded[key] = self._prompt(rendered[request.messages], request)
        return [encoded[request.messages, request.prefix, request.written] for request in requests]

    def _prompt(self, rendered: str, request: Request) -> list[int]:
        """The tokens of the template and the prefix; what this engine wrote itself stays the tokens that it wrote."""
        ids: list[int] = []
        text, done = rendered, 0
        for at, written in request.written:
            ids += self.token_ids(text + request.prefix[done:at]) + list(written.token_ids)
            text, done = "", at + len(written.text)
        return ids + self.token_ids(text + request.prefix[done:])

    def _row(self, number: int, request: Request, prompt: list[int]) -> "_Row":
        limit = min(request.sampling.max_tokens, self._native.max_length - len(prompt))
        return _Row(number, request, prompt, limit, StopWatch(request.stop, self._vocabulary))

    def _write(self, rows: Sequence["_Row"]) -> None:
        """Write all rows to their ends, one token of each at a time."""
        logits = self._read_prompts(rows)
        live = list(rows)
        while live:
            self._append(live, logits)
            for row in live:
                if row.finish:
                    self._native.forget(row.number)
            live = [row for row in live if not row.finish]
            if live:
                positions = [len(row.prompt) + len(row.tokens) - 1 for row in live]
                logits = self._native.read_next([row.number for row in live], [row.tokens[-1] for row in live], positions)

    def _read_prompts(self, rows: Sequence["_Row"]) -> NDArray[np.float32]:
        """The logits after every prompt. What a prompt has in common with the one before it is not read again."""
        self._native.clear()
        before: list[int] = []
        logits: list[NDArray[np.float32]] = []
        for row in rows:
            n_shared = _n_shared(before, row.prompt)
            is_same = n_shared == len(row.prompt) == len(before)
            n_shared = n_shared if is_same else min(n_shared, len(row.prompt) - 1)
            if n_shared:
                self._native.share(row.number - 1, row.number, n_shared)
            logits.append(logits[-1] if is_same else self._native.read(row.number, row.prompt[n_shared:], n_shared))
            before = row.prompt
        return np.stack(logits)

    def _append(self, rows: Sequence["_Row"], logits: NDArray[np.float32]) -> None:
        """Draw the next token of each row."""
        for row, row_logits in zip(rows, logits, strict=True):
            token = _draw(row_logits, row.request.sampling, row.request.seed, len(row.tokens))
            row.append(token, self._ends)
            if self._settings.has_logprobs:
                row.logprobs.append(_logprob(row_logits, token))

    def _reply(self, row: "_Row") -> Reply:
        text = whole = self._vocabulary.decode([token for token in row.tokens if token not in self._vocabulary.added_tokens_decoder])
        assert row.finish is not None
        if row.finish is Finish.STOP:
            text = whole[: whole.index(row.request.stop)]
        usage = Usage(len(row.prompt), len(row.tokens), 1)
        kept = row.tokens[:-1] if row.finish is Finish.END else row.tokens  # nobody goes on after the end of a turn
        return Reply(text, row.finish, usage, logprobs=tuple(row.logprobs), written=Written(whole, tuple(kept)))


@dataclass
class _Row:
    """One conversation while it is written."""

    number: int
    request: Request
    prompt: list[int]
    limit: int
    stop_watch: StopWatch
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish: Finish | None = None

    def append(self, token: int, ends: frozenset[int]) -> None:
        self.tokens.append(token)
        if token in ends:
            self.finish = Finish.END
        elif self.stop_watch.has_come(self.tokens):
            self.finish = Finish.STOP
        elif len(self.tokens) == self.limit:
            self.finish = Finish.LENGTH


class Vocabulary:
    """The little of a Hugging Face tokenizer that a `StopWatch` needs."""

    def __init__(self, native: NativeModel) -> None:
        self._pieces = native.pieces()
        self.added_tokens_decoder = dict.fromkeys(native.control_tokens(), SimpleNamespace(special=True))

    def __len__(self) -> int:
        return len(self._pieces)

    def decode(self, tokens: Sequence[int]) -> str:
        return b"".join(self._pieces[token] for token in tokens).decode(errors="replace")

    def batch_decode(self, tokens: Sequence[Sequence[int]]) -> list[str]:
        return [self.decode(row) for row in tokens]


def _draw(logits: NDArray[np.float32], sampling: Sampling, seed: int, step: int) -> int:
    """The next token: the likeliest at temperature 0, else by inverting the cumulative distribution at the row's own number."""
    if sampling.temperature == 0:
        return int(logits.argmax())
    scaled = (logits.astype(np.float64) - logits.max()) / sampling.temperature
    probabilities = np.exp(scaled)
    probabilities /= probabilities.sum()
    at = float(uniforms([seed], step)[0])
    if sampling.top_p == 1:
        return _invert(probabilities, at)
    order = np.argpartition(-probabilities, HEAD)[:HEAD] if len(probabilities) > HEAD else np.arange(len(probabilities))
    if probabilities[order].sum() < sampling.top_p:
        order = np.arange(len(probabilities))
    order = order[np.lexsort((order, -probabilities[order]))]
    ranked = probabilities[order]
    before = ranked.cumsum() - ranked
    return int(order[_invert(np.where(before >= sampling.top_p, 0.0, ranked), at)])


def _invert(probabilities: NDArray[np.float64], at: float) -> int:
    """Where the cumulative distribution, which need not add up to 1, passes `at` in [0, 1)."""
    cumulative = probabilities.cumsum()
    level = min(at * cumulative[-1], np.nextafter(cumulative[-1], 0.0))
    return int(np.searchsorted(cumulative, level, side="right"))


def _logprob(logits: NDArray[np.float32], token: int) -> float:
    shifted = logits.astype(np.float64) - logits.max()
    return float(shifted[token] - np.log(np.exp(shifted).sum()))


def _n_shared(one: Sequence[int], other: Sequence[int]) -> int:
    """With how many equal tokens both begin."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (token, its) in enumerate(pairs) if token != its), min(len(one), len(other)))


def _refusal(n_tokens: int, max_length: int) -> Reply:
    return Reply("", Finish.ERROR, Usage(n_tokens, 0, 1), error=f"the prompt has {n_tokens} tokens, the model takes {max_length}")


def _file_hash(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        raise ModelError(f"{path}: the file cannot be read ({error.strerror}); name a .gguf file") from error
