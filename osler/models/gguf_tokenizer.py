"""A byte-level BPE as a GGUF file carries it. What llama.cpp would not split as the checkpoint does is refused."""

import json
from collections.abc import Mapping
from typing import Any

from gguf import GGUFWriter, TokenType

from osler.core.errors import ModelError
from osler.models.chat_text import without_markers

_GPT2 = ""  # GPT-2's splits are those of the byte-level pre-tokenizer itself
_QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_KNOWN: Mapping[tuple[str | None, str | None, bool], str] = {
    (None, _GPT2, False): "gpt-2",
    ("NFC", _QWEN2, False): "qwen2",
    (None, _LLAMA3, True): "llama-bpe",
}
"""How llama.cpp calls what a tokenizer does: its normaliser, its splits, and whether a word that is a token is taken whole
(`src/llama-vocab.cpp`; that it does not compose characters for Qwen2 is made up for in `llamacpp_engine`)."""

_KINDS = "GPT-2's, Qwen2's or Llama 3's splits"


class ExportedTokenizer:
    """The tokenizer of a checkpoint, checked."""

    def __init__(self, tokenizer: Any, n_vocab: int, ends: tuple[int, ...], *, where: str) -> None:
        """`n_vocab`: how many tokens the body has embeddings for; `ends`: what ends a turn. Raises ModelError where llama.cpp would not
        make the same tokens of every text."""
        self._tokenizer, self._n_vocab, self._ends, self._where = tokenizer, n_vocab, ends, where
        if getattr(tokenizer, "backend_tokenizer", None) is None:
            raise self._refused("it has no tokenizer.json")
        self._parts = json.loads(tokenizer.backend_tokenizer.to_str())
        self.pre = self._pre()
        self._check_model()
        self._check_added()
        if tokenizer.chat_template is None:
            raise ModelError(f"{where}: the tokenizer has no chat template; add one to tokenizer_config.json")

    def write(self, writer: GGUFWriter) -> None:
        """Add the vocabulary, the merges, the special tokens and the chat template to the metadata."""
        texts, kinds = self._vocabulary()
        writer.add_tokenizer_model("gpt2")  # llama.cpp's word for every byte-level BPE
        writer.add_tokenizer_pre(self.pre)
        writer.add_token_list(texts)
        writer.add_token_types(kinds)
        writer.add_token_merges([pair if isinstance(pair, str) else " ".join(pair) for pair in self._parts["model"]["merges"]])
        self._write_special(writer)
        writer.add_chat_template(without_markers(self._tokenizer.chat_template))

    def _write_special(self, writer: GGUFWriter) -> None:
        tokenizer = self._tokenizer
        for token, add in zip(self._ends, (writer.add_eos_token_id, writer.add_eot_token_id, writer.add_eom_token_id), strict=False):
            add(token)
        if tokenizer.bos_token_id is not None:
            writer.add_bos_token_id(tokenizer.bos_token_id)
        if tokenizer.pad_token_id is not None:
            writer.add_pad_token_id(tokenizer.pad_token_id)
        bare, framed = (tokenizer("a", add_special_tokens=is_framed).input_ids for is_framed in (False, True))
        at = next(at for at in range(len(framed)) if framed[at : at + len(bare)] == bare)
        before, after = framed[:at], framed[at + len(bare) :]
        if before not in ([], [tokenizer.bos_token_id]) or after not in ([], [self._ends[0]]):
            raise self._refused("it adds other special tokens to a text than one at its beginning and one at its end")
        writer.add_add_bos_token(bool(before))
        writer.add_add_eos_token(bool(after))
        writer.add_add_space_prefix(False)

    def _vocabulary(self) -> tuple[list[str], list[TokenType]]:
        """Every token that the body has an embedding for, as text and kind."""
        texts = [f"[PAD{token}]" for token in range(self._n_vocab)]
        kinds = [TokenType.UNUSED] * self._n_vocab
        added = self._tokenizer.added_tokens_decoder
        for text, token in self._tokenizer.get_vocab().items():
            if token >= self._n_vocab:
                raise self._refused(f"its token {token} ({text}) has no embedding")
            texts[token] = text
            kinds[token] = TokenType.NORMAL if token not in added else _kind(added[token])
        return texts, kinds

    def _pre(self) -> str:
        normalizer = (self._parts["normalizer"] or {}).get("type")
        if normalizer == "Sequence" and not self._parts["normalizer"]["normalizers"]:
            normalizer = None
        kind = (normalizer, _splits(self._parts["pre_tokenizer"] or {}), bool(self._parts["model"].get("ignore_merges")))
        if kind not in _KNOWN:
            raise self._refused(f"its tokenizer does not split as one of those that are known here ({_KINDS})")
        return _KNOWN[kind]

    def _check_model(self) -> None:
        model = self._parts["model"]
        is_plain = not any(model.get(name) for name in ("dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback"))
        if model["type"] != "BPE" or not is_plain or (self._parts["decoder"] or {}).get("type") != "ByteLevel":
            raise self._refused("its tokenizer is no plain byte-level BPE")
        if lacking := _byte_characters() - model["vocab"].keys():
            raise self._refused(f"its tokenizer lacks a token for {len(lacking)} of the 256 bytes")

    def _check_added(self) -> None:
        for added in self._tokenizer.added_tokens_decoder.values():
            if added.lstrip or added.rstrip or added.single_word:
                raise self._refused(f"its token {added.content} takes the white space or the words around it into account")
        if not 1 <= len(self._ends) <= 3:
            raise self._refused(f"{len(self._ends)} tokens end a turn; a GGUF file names one to three")

    def _refused(self, reason: str) -> ModelError:
        return ModelError(f"{self._where}: {reason}; use llama.cpp's own convert_hf_to_gguf.py")


def _kind(added: Any) -> TokenType:
    return TokenType.CONTROL if added.special else TokenType.USER_DEFINED


def _splits(pre_tokenizer: Mapping[str, Any]) -> str | None:
    """The pattern that a byte-level pre-tokenizer splits by; None where it does anything else."""
    parts = pre_tokenizer["pretokenizers"] if pre_tokenizer.get("type") == "Sequence" else [pre_tokenizer]
    *before, last = parts
    if last.get("type") != "ByteLevel" or last["add_prefix_space"]:
        return None
    if not before:
        return _GPT2 if last["use_regex"] else None
    [split, *more] = before
    is_plain = split["type"] == "Split" and split["behavior"] == "Isolated" and not split["invert"]
    return split["pattern"].get("Regex") if is_plain and not more and not last["use_regex"] else None


def _byte_characters() -> set[str]:
    """The characters that stand for the 256 bytes in a byte-level vocabulary: printable ones for themselves, the rest from 256 on."""
    printable = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    return {chr(byte) for byte in printable} | {chr(256 + number) for number in range(256 - len(printable))}
