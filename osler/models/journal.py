"""The journal: every reply, kept before anybody sees it, keyed by everything that could change it. Running again is resuming."""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from osler.core.model import AsyncModel, Finish, Message, Model, Reply, Request, Sampling, Usage, complete_async, is_async, is_sync
from osler.core.pooled import Pooled
from osler.models.journal_file import Journal

__all__ = ["AsyncJournalledModel", "Journal", "JournalledModel"]


class _Journalled:
    """What both kinds of journalled model share: whose replies they are, their keys, and what they cost."""

    def __init__(self, model: Model | AsyncModel, journal: Journal) -> None:
        self._identity, self._is_reproducible = model.identity, model.is_reproducible
        self._journal = journal
        self._used: dict[bytes, Usage] = {}

    @property
    def journal(self) -> Journal:
        return self._journal

    @property
    def used(self) -> Mapping[bytes, Usage]:
        """What each reply so far cost, by its key, in the order in which they were first used."""
        return self._used

    @property
    def usage(self) -> Usage:
        """What all the replies so far cost, each counted once however often it was asked for, replayed ones included."""
        return sum(self._used.values(), Usage())

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def is_reproducible(self) -> bool:
        return self._is_reproducible

    def _find(self, keys: Iterable[bytes]) -> dict[bytes, Reply]:
        known = self._journal.find(list(keys), self._identity)
        self._used.update((key, reply.usage) for key, reply in known.items())
        return known

    def _keep(self, replies: Sequence[tuple[bytes, Reply]]) -> None:
        """A reply that failed is no answer: it is counted, and asked for again."""
        answers = [(key, reply) for key, reply in replies if reply.finish is not Finish.ERROR]
        self._journal.keep(answers, self._identity)
        self._journal.failed(len(replies) - len(answers), self._identity)

    def _key(self, request: Request) -> bytes:
        """8 bytes of what is asked and 16 of everything: the rows about a question lie side by side in the journal's index, so that a
        batch changes few of its pages."""
        place, digest = _for_all(self._identity, request.messages, request.sampling, request.stop)
        own = digest.copy()
        if request.written:  # begins with a letter, what follows with a number: no text can make the one look like the other
            own.update(f"written {request.written!r} ".encode())
        own.update(f"{request.seed}\0{request.prefix}".encode())
        return place + bytes(own.digest())


@lru_cache(maxsize=4096)
def _for_all(identity: str, messages: tuple[Message, ...], sampling: Sampling, stop: str) -> tuple[bytes, Any]:
    """What hundreds of requests about a question have in common, hashed once. The digest is to be copied before more goes in."""
    place = hashlib.blake2b(repr((identity, messages)).encode(), digest_size=8)
    return place.digest(), hashlib.blake2b(repr((identity, messages, sampling, stop)).encode(), digest_size=16)


class JournalledModel(_Journalled):
    """A `Model` that asks the wrapped one only for what the journal does not hold. Failed replies are not kept: they are asked again."""

    def __init__(self, model: Model, journal: Journal) -> None:
        super().__init__(model, journal)
        self._model = model

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        keys = [self._key(request) for request in requests]
        known = self._find(dict.fromkeys(keys))
        if hits := [(at, known[key]) for at, key in enumerate(keys) if key in known]:
            yield hits
        places: dict[bytes, list[int]] = {}
        for at, key in enumerate(keys):
            if key not in known:
                places.setdefault(key, []).append(at)
        missing = list(places)
        for batch in self._model.complete([requests[places[key][0]] for key in missing]):
            self._keep([(missing[at], reply) for at, reply in batch])
            self._used.update({missing[at]: reply.usage for at, reply in batch})
            yield [(place, reply) for at, reply in batch for place in places[missing[at]]]

    def close(self) -> None:
        """Close the model. The journal is whose it is."""
        self._model.close()


class AsyncJournalledModel(_Journalled):
    """`JournalledModel` for an `AsyncModel`. The replies that come in during one pass of the event loop are one transaction, and nobody
    sees a reply before it is kept. What has been asked for already is not asked for again: the second who asks waits."""

    def __init__(self, model: AsyncModel, journal: Journal) -> None:
        super().__init__(model, journal)
        self._model = model
        self._pooled = Pooled(self._kept)
        self._asked: dict[bytes, asyncio.Future[None]] = {}

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        keys = [self._key(request) for request in requests]
        missing = dict(zip(keys, requests, strict=True))
        replies: dict[bytes, Reply] = {}
        while True:
            replies |= self._find(missing)
            missing = {key: request for key, request in missing.items() if key not in replies}
            if not (others := {self._asked[key] for key in missing if key in self._asked}):
                break
            await asyncio.wait(others)
        if missing:
            replies |= await self._generate(missing)
        return [replies[key] for key in keys]

    async def close(self) -> None:
        """Close the model. The journal is whose it is."""
        await self._model.close()

    async def _generate(self, missing: Mapping[bytes, Request]) -> dict[bytes, Reply]:
        asked = asyncio.get_running_loop().create_future()
        self._asked.update(dict.fromkeys(missing, asked))
        try:
            replies = dict(zip(missing, await complete_async(self._model, list(missing.values())), strict=True))
            await self._pooled(list(replies.items()))
        finally:
            for key in missing:
                del self._asked[key]
            asked.set_result(None)
        self._used.update((key, reply.usage) for key, reply in replies.items())
        return replies

    def _kept(self, replies: list[tuple[bytes, Reply]]) -> list[tuple[bytes, Reply]]:
        self._keep(replies)
        return replies


def journalled(model: Model | AsyncModel, journal: Journal) -> JournalledModel | AsyncJournalledModel:
    """The model behind the journal, of its own kind."""
    if is_async(model):
        return AsyncJournalledModel(model, journal)
    assert is_sync(model)
    return JournalledModel(model, journal)
