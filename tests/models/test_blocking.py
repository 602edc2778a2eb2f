"""An asynchronous engine, asked by a caller that waits."""

import asyncio

import pytest

from osler.core.errors import ModelError
from osler.core.model import Message, Request, Sampling, complete_all
from osler.models.blocking import BlockingModel
from osler.models.scripted import AsyncScriptedModel, ScriptedModel

REQUESTS = [Request((Message("user", "which?"),), "", Sampling(), "", seed) for seed in range(5)]


def test_every_reply_comes_in_its_place_in_one_call_after_another():
    scripted = ScriptedModel(lambda request, _: f"reply {request.seed}")
    far = AsyncScriptedModel(scripted, delay_s=lambda requests: 0.001 * len(requests))
    model = BlockingModel(far)
    assert [reply.text for reply in complete_all(model, REQUESTS)] == [f"reply {seed}" for seed in range(5)]
    assert [reply.text for reply in complete_all(model, REQUESTS[3:])] == ["reply 3", "reply 4"]
    assert far.calls == [5, 2]
    assert list(model.complete([])) == []
    assert (model.identity, model.is_reproducible) == (scripted.identity, True)
    model.close()


def test_closing_it_closes_the_engine_on_the_loop_it_lived_on():
    loops = []

    class Closing(AsyncScriptedModel):
        async def complete(self, requests):
            loops.append(id(asyncio.get_running_loop()))
            return await super().complete(requests)

        async def close(self):
            loops.append(id(asyncio.get_running_loop()))

    model = BlockingModel(Closing(ScriptedModel(lambda *_: "yes")))
    complete_all(model, REQUESTS)
    model.close()
    assert len(loops) == 2
    assert loops[0] == loops[1]


def test_a_reply_too_few_is_an_error():
    class Short(AsyncScriptedModel):
        async def complete(self, requests):
            return (await super().complete(requests))[1:]

    with pytest.raises(ModelError, match="4 replies came to 5 requests"):
        complete_all(BlockingModel(Short(ScriptedModel(lambda *_: "yes"))), REQUESTS)
