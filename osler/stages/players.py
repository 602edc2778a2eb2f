"""Who plays the roles of a synthesis: engines behind the journal, each loaded once, with what each role has used of them."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from osler.core.model import AsyncModel, Described, Model, Reply, Request, Usage, is_async, is_sync
from osler.models.journal import AsyncJournalledModel, Journal, JournalledModel, journalled
from osler.synthesis import Role
from osler.synthesise.drive import replies_of


class NearRole:
    """Implements `Model`: a role whose engine runs in this process. `usage` is what its replies cost, those of the journal included."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.usage = Usage()

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def is_reproducible(self) -> bool:
        return self._model.is_reproducible

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        for batch in self._model.complete(requests):
            self.usage = sum((reply.usage for _, reply in batch), self.usage)
            yield batch

    def close(self) -> None:
        """The engine is closed by whoever loaded it."""


class FarRole:
    """Implements `AsyncModel`: a role whose engine is far away. Each request goes through the journal on its own, so that a reply is kept
    as soon as it is there, whatever its siblings do. `usage` as in `NearRole`."""

    def __init__(self, model: AsyncModel) -> None:
        self._model = model
        self.usage = Usage()

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def is_reproducible(self) -> bool:
        return self._model.is_reproducible

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        replies = [reply for [reply] in await asyncio.gather(*(replies_of(self._model, [request]) for request in requests))]
        self.usage = sum((reply.usage for reply in replies), self.usage)
        return replies

    async def close(self) -> None:
        """The engine is closed by whoever loaded it."""


class WaitedFor:
    """Implements `Model` by one far away, on the loop of all that are far away: where other roles run in this process."""

    def __init__(self, model: AsyncModel, loop: asyncio.Runner) -> None:
        self._model, self._loop = model, loop

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def is_reproducible(self) -> bool:
        return self._model.is_reproducible

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        if requests:
            yield list(enumerate(self._loop.run(self._model.complete(requests))))

    def close(self) -> None:
        """The engine is closed by whoever loaded it."""


class Players:
    """The model of each role, all near or all far as one driver needs them. Engines are closed with `stack`: before loop and journal."""

    def __init__(self, roles: Mapping[str, Role], journal: Journal, loop: asyncio.Runner, stack: ExitStack) -> None:
        """Raises ModelError where an engine cannot be loaded."""
        self._loop = loop
        self._engines = {role: settings.engine for role, settings in roles.items()}
        self._loaded: dict[Any, Model | AsyncModel] = {}
        for engine in dict.fromkeys(self._engines.values()):
            self._loaded[engine] = engine.load()
            stack.callback(self._close, self._loaded[engine])
        kept = {engine: journalled(model, journal) for engine, model in self._loaded.items()}
        self._roles = {role: _played(kept[engine]) for role, engine in self._engines.items()}
        is_mixed = len({is_async(model) for model in self._roles.values()}) > 1
        self.models: dict[str, Model | AsyncModel] = {
            role: WaitedFor(model, loop) if is_mixed and isinstance(model, FarRole) else model for role, model in self._roles.items()
        }

    @property
    def usage(self) -> dict[str, Usage]:
        """What the replies to each role cost; a reply that the journal held is counted as what it once cost."""
        return {role: model.usage for role, model in self._roles.items()}

    def described(self) -> dict[str, dict[str, str]]:
        """Of each role the engine's identity, and what an endpoint was found to do. Asks it what is not known yet."""
        return {role: {"identity": model.identity, **self._found(self._engines[role])} for role, model in self._roles.items()}

    def _found(self, engine: Any) -> dict[str, str]:
        model = self._loaded[engine]
        if not isinstance(model, Described):
            return {}
        try:
            return self._loop.run(model.description())
        except ConnectionError as error:
            return {"not described": str(error)}

    def _close(self, model: Model | AsyncModel) -> None:
        if is_async(model):
            self._loop.run(model.close())
        elif is_sync(model):
            model.close()


def _played(model: JournalledModel | AsyncJournalledModel) -> NearRole | FarRole:
    return FarRole(model) if isinstance(model, AsyncJournalledModel) else NearRole(model)
