"""A conversation as the text that the model reads, by the chat template of a tokenizer in a local folder."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from osler.core.errors import ModelError
from osler.core.model import Message


class LocalTokenizer:
    """The tokenizer of the served model, from a folder. Nothing is fetched."""

    def __init__(self, folder: str) -> None:
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelError(f"{folder}: no tokenizer can be loaded from there ({error}); name the folder of the served model") from error
        if not self._tokenizer.chat_template:
            raise ModelError(f"{folder}: the tokenizer has no chat template; name the folder of the served model")
        self.content = _content(Path(folder))
        self._kept = lru_cache(maxsize=4096)(self._render)

    @property
    def bos(self) -> str:
        """The token that begins every text; empty for a tokenizer without one."""
        return self._tokenizer.bos_token or ""

    async def rendered(self, messages: tuple[Message, ...]) -> str:
        return self._kept(messages)

    def count(self, text: str) -> int:
        """Tokens, no special ones added."""
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    def _render(self, messages: tuple[Message, ...]) -> str:
        turns = [{"role": message.role, "content": message.content} for message in messages]
        return str(self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))


def _content(folder: Path) -> str:
    """A hash of the files that make tokens and prompts."""
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.name.startswith("tokenizer") or file.suffix == ".jinja":
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
