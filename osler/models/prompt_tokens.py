"""How a request becomes token ids: its chat template, then the assistant's turn as far as it has come, in the tokens that the engine itself
wrote where it wrote them."""

from collections.abc import Mapping, Sequence
from typing import Any

from osler.core.model import Message, Request, Written


class PromptTokens:
    """Renders and tokenises each distinct conversation once."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._rendered: dict[tuple[Message, ...], str] = {}
        # a tokenizer that puts a space before every text cannot go on in the middle of one
        self._is_joinable = tokenizer.decode([*self._ids("x"), *self._ids("y")]) == "xy"

    def ids(self, request: Request) -> list[int]:
        """What is written by the engine stands in its own tokens, whatever the text around it would have made of them."""
        if request.messages not in self._rendered:
            self._rendered[request.messages] = self._tokenizer.apply_chat_template(
                _turns(request.messages), add_generation_prompt=True, tokenize=False
            )
        text, prefix, at = self._rendered[request.messages], request.prefix, 0
        ids: list[int] = []
        for start, written in request.written if self._is_joinable else ():
            ids += [*self._ids(text + prefix[at:start]), *written.token_ids]
            text, at = "", start + len(written.text)
        return ids + self._ids(text + prefix[at:])

    def written(self, text: str, token_ids: Sequence[int]) -> Written | None:
        """What `token_ids` decode to, which `text` begins; None where it is not so, and the text has to be tokenised again."""
        if not self._is_joinable:
            return None
        whole = str(self._tokenizer.decode(list(token_ids), skip_special_tokens=True))
        return Written(whole, tuple(token_ids)) if whole.startswith(text) else None

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False).input_ids) if text else []


def _turns(messages: Sequence[Message]) -> list[Mapping[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]
