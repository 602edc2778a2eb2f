"""A conversation as the text that the model reads, rendered by the server itself: llama.cpp's `/apply-template`."""

import json
from typing import Any

from osler.core.model import Message
from osler.models.http.attempts import Failed
from osler.models.http.gate import Went
from osler.models.http.wire import Wire


class ServerRendering:
    """Asks the server once for each conversation. `bos` is empty: this server adds the token once, whether the text has it or not."""

    bos = ""

    def __init__(self, wire: Wire, url: str) -> None:
        self._wire, self._address = wire, url.removesuffix("/v1") + "/apply-template"
        self._texts: dict[tuple[Message, ...], str] = {}

    async def rendered(self, messages: tuple[Message, ...]) -> str:
        """Raises Refused where the server has no such thing."""
        if messages not in self._texts:
            turns = [{"role": message.role, "content": message.content} for message in messages]
            self._texts[messages], _ = await self._wire.ask(self._address, json.dumps({"messages": turns}).encode(), _prompt)
        return self._texts[messages]


def _prompt(said: Any) -> str:
    if not isinstance(said, dict) or not isinstance(said.get("prompt"), str):
        raise Failed("the reply has no prompt", Went.NEITHER)
    return str(said["prompt"])
