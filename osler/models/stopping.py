"""Finding a stop string while tokens arrive, without decoding every row at every token."""

from functools import lru_cache
from typing import Any


class StopWatch:
    """Tells when the text of a row has come to the stop string. An empty stop string never comes."""

    def __init__(self, stop: str, tokenizer: Any) -> None:
        self._stop, self._tokenizer = stop, tokenizer
        self._special = {token for token, added in tokenizer.added_tokens_decoder.items() if added.special}
        self._closing = _closing_tokens(stop, tokenizer) if stop else frozenset()

    def has_come(self, tokens: list[int]) -> bool:
        if not self._stop or tokens[-1] not in self._closing:
            return False
        written = [token for token in tokens if token not in self._special]  # a reply does not show special tokens
        # the stop string has at most as many tokens as bytes
        tail = self._tokenizer.decode(written[-len(self._stop.encode()) - 1 :])
        return self._stop in tail


@lru_cache(maxsize=16)
def _closing_tokens(stop: str, tokenizer: Any) -> frozenset[int]:
    """The tokens that can complete `stop`: those that contain it, or begin with the end of it, be it part of a character."""
    texts = tokenizer.batch_decode([[token] for token in range(len(tokenizer))])
    endings = (*(stop[at:] for at in range(len(stop))), *([] if stop.isascii() else ["\ufffd"]))
    return frozenset(token for token, text in enumerate(texts) if stop in text or text.startswith(endings))
