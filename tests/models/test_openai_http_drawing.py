"""Servers draw in their own way unless told otherwise: llama-cpp-python's makes what was said before unlikely, llama.cpp's keeps 40
tokens."""

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hostile_server import HostileServer

from osler.core.model import Finish, Message, Request, Sampling
from osler.models.openai_http import OpenAIHTTP

AS_IT_IS = {"min_p": 0.0, "repeat_penalty": 1.0, "repetition_penalty": 1.0}


class Choosy(HostileServer):
    """Refuses the fields, or the values of top-k, that it does not know."""

    refused: tuple[str, ...] = ()
    least_k = 0

    def _reply(self, path, asked, body, fault, writer):
        known = [name for name in self.refused if name in asked]
        if known or (asked.get("top_k", 1) < 1 and asked.get("top_k", 1) != self.least_k):
            return self._send(writer, 400, {"error": {"message": f"Unrecognized request argument supplied: {known}"}})
        super()._reply(path, asked, body, fault, writer)


@pytest.mark.parametrize(
    ("refused", "least_k", "expected"),
    [
        ((), 0, {"top_k": 0, **AS_IT_IS}),
        ((), -1, {"top_k": -1, **AS_IT_IS}),  # as SGLang's
        (("min_p",), 0, {}),  # as OpenAI's
    ],
)
def test_it_is_told_to_draw_from_the_model_as_it_is_where_it_takes_that(refused, least_k, expected):
    class Server(Choosy):
        pass

    Server.refused, Server.least_k = refused, least_k

    async def ask():
        async with asyncio.timeout(60):
            model = OpenAIHTTP(server.url, "nano").load()
            replies = await model.complete([Request((Message("user", "Which?"),), "", Sampling(), "", seed) for seed in (1, 2)])
            await model.close()
            return replies

    with Server() as server:
        assert {reply.finish for reply in asyncio.run(ask())} == {Finish.END}
        sent = [{name: body[name] for name in ("top_k", *AS_IT_IS) if name in body} for _, body in server.bodies]
    assert sent == [expected, expected]
