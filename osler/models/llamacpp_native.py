"""llama.cpp behind a few plain methods: a vocabulary, and a cache of keys and values in which several conversations share what they have in
common.

The C functions are called rather than `llama_cpp.Llama`, which writes one conversation at a time.
"""

import ctypes
import os
from collections.abc import Sequence
from typing import Any

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from osler.core.errors import ModelError
from osler.models.llamacpp import LlamaCpp

N_BATCH = 512
"""The most tokens that one call reads; llama.cpp's own default for the part that it computes at once."""

_ERROR = 4  # GGML_LOG_LEVEL_ERROR
_CACHE = {"float32": 0, "float16": 1}  # GGML_TYPE_F32, GGML_TYPE_F16
_complaints: list[str] = []


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
def _listen(level: int, text: bytes, _: ctypes.c_void_p) -> None:
    """Nothing goes to the terminal; what went wrong is kept for the message of an error."""
    if level == _ERROR:
        _complaints.append(text.decode(errors="replace").strip())


class NativeModel:
    """A model and its cache. Conversations are numbered from 0 up to `batch_size`, and have their own positions."""

    def __init__(self, settings: LlamaCpp) -> None:
        """Raises ModelError with what llama.cpp says where the file cannot be loaded."""
        _complaints.clear()
        llama_cpp.llama_log_set(_listen, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        self._model = llama_cpp.llama_model_load_from_file(os.fsencode(settings.path), _model_settings(settings))
        if not self._model:
            reason = _complaints[0] if _complaints else "no reason given"
            raise ModelError(f"{settings.path}: llama.cpp could not load this file ({reason}); check that it is a whole .gguf file")
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self.n_vocab = int(llama_cpp.llama_vocab_n_tokens(self._vocab))
        self.max_length = min(settings.max_length, int(llama_cpp.llama_model_n_ctx_train(self._model)))
        self._context = llama_cpp.llama_init_from_model(self._model, _cache_settings(settings, self.max_length))
        if not self._context:
            llama_cpp.llama_model_free(self._model)
            n_cells = self.max_length * settings.batch_size
            raise ModelError(f"{settings.path}: no memory for a cache of {n_cells} tokens; lower max_length or batch_size")
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(max(N_BATCH, settings.batch_size), 0, 1)

    def close(self) -> None:
        """Free everything, in the order that llama.cpp wants. Closing again does nothing."""
        if self._context:
            llama_cpp.llama_batch_free(self._batch)
            llama_cpp.llama_free(self._context)
            llama_cpp.llama_model_free(self._model)
            self._context = None

    def metadata(self, key: str) -> str:
        """A value of the file's metadata as text; empty where there is none."""
        n_bytes = llama_cpp.llama_model_meta_val_str(self._model, key.encode(), ctypes.create_string_buffer(1), 1)
        if n_bytes < 0:
            return ""
        buffer = ctypes.create_string_buffer(n_bytes + 1)
        llama_cpp.llama_model_meta_val_str(self._model, key.encode(), buffer, n_bytes + 1)
        return buffer.value.decode()

    def token_ids(self, text: str) -> list[int]:
        """Special tokens that stand in the text are read as such; none is added."""
        raw = text.encode()
        ids = (llama_cpp.llama_token * (len(raw) + 1))()
        n = llama_cpp.llama_tokenize(self._vocab, raw, len(raw), ids, len(ids), False, True)
        assert n >= 0, "no text has more tokens than bytes"
        return list(ids[:n])

    def pieces(self) -> list[bytes]:
        """What every token is in the text."""
        return [self._piece(token) for token in range(self.n_vocab)]

    def name_of(self, token: int) -> str:
        """How a special token is written; empty for none (-1)."""
        return llama_cpp.llama_vocab_get_text(self._vocab, token).decode() if token >= 0 else ""

    @property
    def bos(self) -> int:
        return int(llama_cpp.llama_vocab_bos(self._vocab))

    @property
    def eos(self) -> int:
        return int(llama_cpp.llama_vocab_eos(self._vocab))

    def control_tokens(self) -> frozenset[int]:
        """The tokens that stand for nothing in the text."""
        return frozenset(token for token in range(self.n_vocab) if llama_cpp.llama_vocab_is_control(self._vocab, token))

    def end_tokens(self) -> frozenset[int]:
        """The tokens that end a turn."""
        return frozenset(token for token in range(self.n_vocab) if llama_cpp.llama_vocab_is_eog(self._vocab, token))

    def clear(self) -> None:
        """Forget all conversations."""
        llama_cpp.llama_memory_clear(self._memory, False)

    def share(self, source: int, other: int, n_tokens: int) -> None:
        """Let conversation `other` begin with the first `n_tokens` of `source`. Nothing is copied or computed."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, other, 0, n_tokens)

    def forget(self, conversation: int) -> None:
        llama_cpp.llama_memory_seq_rm(self._memory, conversation, -1, -1)

    def read(self, conversation: int, token_ids: Sequence[int], start: int) -> NDArray[np.float32]:
        """Go on with a conversation at position `start`. Returns the logits after the last token, shape (n_vocab,)."""
        logits = np.empty((0, self.n_vocab), dtype=np.float32)
        for at in range(0, len(token_ids), N_BATCH):
            part = token_ids[at : at + N_BATCH]
            positions = range(start + at, start + at + len(part))
            is_last = at + len(part) == len(token_ids)
            logits = self._decode(part, positions, [conversation] * len(part), [False] * (len(part) - 1) + [is_last])
        return logits.reshape(self.n_vocab)

    def read_next(self, conversations: Sequence[int], tokens: Sequence[int], positions: Sequence[int]) -> NDArray[np.float32]:
        """One more token of each conversation. Returns the logits after it, shape (conversations, n_vocab)."""
        return self._decode(tokens, positions, conversations, [True] * len(tokens))

    def _decode(
        self, tokens: Sequence[int], positions: Sequence[int], conversations: Sequence[int], wanted: Sequence[bool]
    ) -> NDArray[np.float32]:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for at, (token, position, conversation, is_wanted) in enumerate(zip(tokens, positions, conversations, wanted, strict=True)):
            batch.token[at], batch.pos[at], batch.logits[at] = token, position, is_wanted
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = conversation
        code = llama_cpp.llama_decode(self._context, batch)
        if code != 0:
            raise ModelError(f"llama.cpp: decoding failed with code {code} ({'; '.join(_complaints[-1:])}); lower max_length or batch_size")
        n_wanted = sum(wanted)
        if n_wanted == 0:
            return np.empty((0, self.n_vocab), dtype=np.float32)
        logits: NDArray[np.float32] = np.ctypeslib.as_array(llama_cpp.llama_get_logits(self._context), shape=(n_wanted, self.n_vocab))
        return logits.copy()

    def _piece(self, token: int) -> bytes:
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            n_bytes = llama_cpp.llama_token_to_piece(self._vocab, token, buffer, size, 0, False)
            if n_bytes >= 0:
                return buffer.raw[:n_bytes]
            size = -n_bytes


def _model_settings(settings: LlamaCpp) -> Any:
    native = llama_cpp.llama_model_default_params()
    native.n_gpu_layers = 0x7FFFFFFF if settings.n_gpu_layers == -1 else settings.n_gpu_layers
    return native


def _cache_settings(settings: LlamaCpp, max_length: int) -> Any:
    n_threads, n_batch, dtype = settings.n_threads or _n_cores(), max(N_BATCH, settings.batch_size), _CACHE[settings.cache_dtype]
    changed = {
        "n_ctx": max_length * settings.batch_size,
        "n_seq_max": settings.batch_size,
        "kv_unified": True,  # a token that many conversations have in common is kept once
        "n_batch": n_batch,
        "n_ubatch": n_batch,
        "n_threads": n_threads,
        "n_threads_batch": n_threads,
        "type_k": dtype,
        "type_v": dtype,
        "flash_attn_type": llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED,  # on a CPU its sums depend on the number of threads
    }
    native = llama_cpp.llama_context_default_params()
    for name, value in changed.items():
        setattr(native, name, value)
    return native


def _n_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
