"""Completes text at an endpoint that speaks OpenAI's protocol. What the server can do is found out at the first request that needs it."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from osler.core.errors import ModelError
from osler.core.model import Finish, Reply, Request, Usage
from osler.models.http.attempts import Failed, GivenUp, Refused
from osler.models.http.bodies import chat_body, plain_body, written_fields
from osler.models.http.features import Continuation, Features, Probe, Rendering, forms_of, named
from osler.models.http.gate import Went
from osler.models.http.listing import listing
from osler.models.http.once import Once
from osler.models.http.replies import CLOSING, OPENING, Choice, choice, is_thinking
from osler.models.http.server_rendering import ServerRendering
from osler.models.http.wire import Wire
from osler.models.openai_http import OpenAIHTTP

if TYPE_CHECKING:
    from osler.models.http.rendering import LocalTokenizer

_STREAM = ',"stream":true,"stream_options":{"include_usage":true}'


class OpenAIHTTPModel:
    """Implements `AsyncModel` for one event loop, the one of its first request."""

    def __init__(self, settings: OpenAIHTTP) -> None:
        """Raises ModelError as `OpenAIHTTP.load` says."""
        self._settings = settings
        self._tokenizer = _tokenizer(settings.tokenizer)
        self._wire = Wire(settings)
        self._probe = Probe(self._wire, settings)
        self._fields = written_fields({"model": settings.model})
        self._identity = _identity(settings, listing(settings).card, self._tokenizer.content if self._tokenizer else "")
        self._features = Once(self._found)
        self._server_rendering = ServerRendering(self._wire, settings.url)
        self._by_chat, self._by_rendering = Once(self._chat), Once(self._rendered)

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def is_reproducible(self) -> bool:
        """A server mixes requests into batches as they come: sums are rounded in another order, and a seed does not outweigh that."""
        return False

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        """Each request has a seed of its own, so they are sent one by one, all at once. Raises ModelError where no request can succeed, or
        where a prefix would be lost."""
        if len(requests) == 1:
            return [await self._reply(requests[0])]
        tasks = [asyncio.ensure_future(self._reply(request)) for request in requests]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def close(self) -> None:
        for each in (self._features, self._by_chat, self._by_rendering):
            each.cancel()
        await self._wire.close()

    async def description(self) -> dict[str, str]:
        """What the server can do, in words. Asks it what is not known yet. Raises ModelError, or ConnectionError where it is gone."""
        try:
            features = await self._features()
            found = [each for each in (await self._by_chat(), await self._by_rendering()) if each]
        except (GivenUp, Refused) as error:
            raise ConnectionError(f"{self._settings.url}: {error}") from error
        counts = ["usage"] * (features.n_tokens is not None) + [f"the tokenizer of {self._settings.tokenizer}"] * bool(self._tokenizer)
        limit = f"the server's own ({features.budget_field})" if features.budget_field else "by a second request"
        return {
            "continues a turn": "; ".join(f"by {each.means}: {named(each.forms)} ({each.proof})" for each in found) or "no",
            "tokens": " or ".join(counts) or "not counted",
            "tells which stop string came": "yes" if features.is_stop_told else "no: replies are streamed and cut here",
            "draws tokens": "as asked" if features.drawn else "perhaps by defaults of its own as well",
            "limit on thoughts": limit if self._settings.thinking_tokens else "none",
        }

    async def _reply(self, request: Request) -> Reply:
        try:
            features = self._features.value or await self._features()
            limit = self._settings.thinking_tokens
            if limit is None or features.budget_field or limit >= request.sampling.max_tokens:
                return await self._asked(request, features)
            return await self._forced(request, features, limit)
        except GivenUp as error:
            return Reply("", Finish.ERROR, Usage(), str(error), error.n_attempts)
        except Refused as error:
            if error.status == 404:
                raise ModelError(f"{self._settings.url}: {error}; see whether the server still has {self._settings.model!r}") from error
            return Reply("", Finish.ERROR, Usage(), str(error))

    async def _forced(self, request: Request, features: Features, limit: int) -> Reply:
        """Write up to the limit on thoughts; close a thought that goes on there, and go on behind it (budget forcing, arXiv 2501.19393)."""
        first = await self._asked(replace(request, sampling=replace(request.sampling, max_tokens=limit)), features)
        n_left = request.sampling.max_tokens - first.usage.completion_tokens
        if first.finish is not Finish.LENGTH or n_left < 1:
            return first
        text = first.text.rstrip() + CLOSING if is_thinking(request.prefix + first.text) else first.text
        sampling = replace(request.sampling, max_tokens=n_left)
        second = await self._asked(replace(request, prefix=request.prefix + text, sampling=sampling, written=()), features)
        return Reply(
            text + second.text,
            second.finish,
            first.usage + second.usage,
            second.error,
            first.n_attempts + second.n_attempts,
            first.logprobs + second.logprobs,
        )

    async def _asked(self, request: Request, features: Features) -> Reply:
        continuation = await self._continuation(request.prefix) if request.prefix else None
        is_streamed = bool(request.stop) and not features.is_stop_told
        if is_streamed and self._tokenizer is None:
            raise ModelError(
                f"{self._settings.url}: the server does not tell whether a reply ended at the stop string; name a tokenizer, so that tokens"
                " can be counted where a reply is cut here"
            )
        path, body = await self._written(request, features, continuation, is_streamed=is_streamed)
        ask = partial(self._wire.ask_streamed, stop=request.stop) if is_streamed else self._wire.ask
        found, n_attempts = await ask(path, body, self._read)
        if found.refusal:
            return Reply("", Finish.ERROR, found.usage or Usage(), found.refusal, n_attempts)
        return await self._joined(request, found, features, continuation, n_attempts)

    async def _written(
        self, request: Request, features: Features, continuation: Continuation | None, *, is_streamed: bool
    ) -> tuple[str, bytes]:
        """Where to, and the body."""
        asked = replace(request, stop="") if is_streamed else request
        n, has_logprobs = request.sampling.max_tokens, self._settings.has_logprobs
        fields = self._fields + (f",{features.drawn}" if features.drawn else "") + (_STREAM if is_streamed else "")
        if features.budget_field:
            fields += f',"{features.budget_field}":{self._settings.thinking_tokens}'
        if request.stop and not is_streamed and features.is_verbose:
            fields += ',"verbose":true'
        if continuation is None or continuation.means == "chat":
            body = chat_body(asked, fields, max_tokens=n, has_logprobs=has_logprobs, limit_field=features.limit_field)
            return "/chat/completions", body
        text = (await self._rendering.rendered(request.messages)).removeprefix(continuation.cut) + request.prefix
        return "/completions", plain_body(asked, text, fields + continuation.more, max_tokens=n, has_logprobs=has_logprobs)

    def _read(self, said: Any) -> Choice:
        found = choice(said)
        if found.usage is None and self._tokenizer is None and not found.refusal:
            raise Failed("the reply does not say how many tokens it has", Went.NEITHER)
        return found

    async def _joined(
        self, request: Request, found: Choice, features: Features, continuation: Continuation | None, n_attempts: int
    ) -> Reply:
        text, finish = found.text, found.finish
        if continuation and continuation.is_restated:
            if not text.startswith(request.prefix):
                return Reply("", Finish.ERROR, found.usage or Usage(), "the server did not say the prefix again as it was", n_attempts)
            text = text.removeprefix(request.prefix)
        if is_thinking(request.prefix):
            text = text.removeprefix(OPENING)  # the thought that goes on was opened in the prefix
        elif not request.prefix and "<think>" not in text and (features.is_opened or "</think>" in text):
            text = OPENING + text.lstrip("\n")  # opened in the prompt
        if request.stop and (request.stop in text or found.stopped_by == request.stop):
            text, finish = text.split(request.stop, 1)[0], Finish.STOP
        usage = found.usage or await self._counted(request, text)
        return Reply(text, finish, usage, "", n_attempts, found.logprobs)

    async def _counted(self, request: Request, text: str) -> Usage:
        assert self._tokenizer is not None  # `_read` and `_asked` see to it
        before = await self._tokenizer.rendered(request.messages) + request.prefix
        return Usage(self._tokenizer.count(before), self._tokenizer.count(text), 1)

    async def _continuation(self, prefix: str) -> Continuation:
        forms = forms_of(prefix)
        for means in (self._by_chat, self._by_rendering):
            found = means.value if means.is_known else await means()
            if found and forms <= found.forms:
                return found
        raise ModelError(
            f"{self._settings.url}: the server is not proven to go on from {named(forms)}, and might lose it; name the"
            " tokenizer of the served model, so that the prompt can be rendered here, or use a strategy of whole traces"
        )

    async def _found(self) -> Features:
        features = await self._probe.features()
        if features.n_tokens is None and self._tokenizer is None:
            raise ModelError(f"{self._settings.url}: the server counts no tokens; name the folder of the model's tokenizer in the settings")
        return features

    async def _chat(self) -> Continuation | None:
        return None if self._settings.prefill == "completions" else await self._probe.by_chat(await self._features())

    async def _rendered(self) -> Continuation | None:
        return None if self._settings.prefill == "chat" else await self._probe.by_rendering(await self._features(), self._rendering)

    @property
    def _rendering(self) -> Rendering:
        return self._tokenizer or self._server_rendering


def _tokenizer(folder: str) -> "LocalTokenizer | None":
    if not folder:
        return None
    from osler.models.http.rendering import LocalTokenizer

    return LocalTokenizer(folder)


def _identity(settings: OpenAIHTTP, card: tuple[tuple[str, str], ...], tokenizer: str) -> str:
    """The address, the model, and a hash of what the server says of it and of every setting that could change a reply."""
    changing = (card, settings.thinking_tokens, settings.has_logprobs, settings.prefill, tokenizer)
    digest = hashlib.blake2b(repr(changing).encode(), digest_size=8).hexdigest()
    return f"openai_http:{settings.url}:{settings.model}@{digest}"
