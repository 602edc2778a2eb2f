"""An engine far away, asked as one in this process: for judges, which ask many questions in one call and wait for all replies."""

import asyncio
from collections.abc import Iterator, Sequence

from osler.core.model import AsyncModel, Reply, Request, complete_async


class BlockingModel:
    """Implements `Model` by an `AsyncModel`, on an event loop of its own. Not to be called from inside another."""

    def __init__(self, model: AsyncModel) -> None:
        self._model = model
        self._loop = asyncio.Runner()

    @property
    def identity(self) -> str:
        return self._model.identity

    @property
    def is_reproducible(self) -> bool:
        return self._model.is_reproducible

    def complete(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply]]]:
        """All replies together. Raises ModelError where the engine cannot be reached."""
        if requests:
            yield list(enumerate(self._loop.run(complete_async(self._model, requests))))

    def close(self) -> None:
        """Close the engine, then its event loop."""
        self._loop.run(self._model.close())
        self._loop.close()
