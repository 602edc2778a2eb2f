"""Who plays the roles: engines near and far under one driver, each loaded and closed once, and what each role has used."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

from osler.core.model import AsyncModel, Message, Model, Reply, Request, Sampling
from osler.models.journal import Journal
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.stages.players import Players
from osler.synthesise.block import Call, Making
from osler.synthesise.drive import drive

EVENTS: list[str] = []


class Near(ScriptedModel):
    def close(self) -> None:
        EVENTS.append(f"closed {self.identity}")


class Far(AsyncScriptedModel):
    """Answers only while one event loop runs, and notes which."""

    loops: ClassVar[set[int]] = set()

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        self.loops.add(id(asyncio.get_running_loop()))
        return await super().complete(requests)

    async def description(self) -> dict[str, str]:
        return {"tokens": "words"}

    async def close(self) -> None:
        EVENTS.append(f"closed {self.identity}")


@dataclass(frozen=True)
class Engine:
    """Stands for the settings of an engine."""

    name: str
    is_far: bool
    loaded: list[Any] = field(default_factory=list, compare=False)

    def load(self) -> Model | AsyncModel:
        model = ScriptedModel(lambda request, _: f"{self.name} says {request.messages[-1].content}", name=self.name)
        self.loaded.append(
            Far(model, 0.001) if self.is_far else Near(lambda request, _: f"{self.name} says {request.seed}", name=self.name)
        )
        return self.loaded[-1]  # type: ignore[no-any-return]


def request(text: str, seed: int = 0) -> Request:
    return Request((Message("user", text),), "", Sampling(), "", seed)


def conversation(number: int) -> Making[list[str]]:
    """Asks both roles at once, then the judge about it."""
    both = yield [Call("teacher", request(f"{number}", number)), Call("student", request(f"{number}", number))]
    [judged] = yield [Call("judge", request(f"{number} again", number))]
    return [reply.text for reply in (*both, judged)]


def played(roles: dict[str, Engine], folder: Path, n: int) -> tuple[list[list[str]], Players]:
    with ExitStack() as stack:
        journal = stack.enter_context(closing(Journal(folder / "journal.db")))
        loop = stack.enter_context(asyncio.Runner())
        players = Players({name: SimpleNamespace(engine=engine) for name, engine in roles.items()}, journal, loop, stack)  # type: ignore[misc]
        made = list(drive((conversation(number) for number in range(n)), players.models, loop, window=4))
        assert set(players.described()) == set(roles)
        return made, players


def test_near_and_far_play_together_each_loaded_and_closed_once_on_one_loop(tmp_path: Path) -> None:
    far, near = Engine("far", is_far=True), Engine("near", is_far=False)
    EVENTS.clear()
    Far.loops.clear()
    made, players = played({"teacher": far, "student": near, "judge": far}, tmp_path, 10)
    assert made == [[f"far says {number}", f"near says {number}", f"far says {number} again"] for number in range(10)]
    assert (len(far.loaded), len(near.loaded)) == (1, 1)
    assert sorted(EVENTS) == ["closed scripted:far", "closed scripted:near"]
    assert len(Far.loops) == 1
    assert {role: usage.n_calls for role, usage in players.usage.items()} == {"teacher": 10, "student": 10, "judge": 10}
    assert players.usage["judge"].completion_tokens == 10 * 4  # words
    again, replayed = played({"teacher": far, "student": near, "judge": far}, tmp_path, 10)
    assert again == made
    assert replayed.usage == players.usage
    assert [len(model.requests) for model in near.loaded] == [10, 0]
    assert sum(far.loaded[1].calls) == 0


def test_siblings_are_kept_one_by_one(tmp_path: Path) -> None:
    """Of two requests in one call the quick one stands in the journal while the slow one is still under way."""
    seen: list[int] = []

    def siblings() -> Making[int]:
        replies = yield [Call("teacher", request("quick")), Call("teacher", request("slow"))]
        return len(replies)

    class Slow(Far):
        async def complete(self, requests: Sequence[Request]) -> list[Reply]:
            if requests[0].messages[-1].content == "slow":
                for _ in range(2000):  # until the other is kept, or two seconds and more have gone by
                    if len(journal):
                        break
                    await asyncio.sleep(0.001)
                seen.append(len(journal))
            return await AsyncScriptedModel.complete(self, requests)

    class SlowEngine(Engine):
        def load(self) -> AsyncModel:
            return Slow(ScriptedModel(lambda request, _: "yes"))

    with ExitStack() as stack:
        journal = stack.enter_context(closing(Journal(tmp_path / "journal.db")))
        loop = stack.enter_context(asyncio.Runner())
        players = Players({"teacher": SimpleNamespace(engine=SlowEngine("slow", is_far=True))}, journal, loop, stack)  # type: ignore[dict-item]
        assert list(drive([siblings()], players.models, loop)) == [2]
    assert seen == [1]
