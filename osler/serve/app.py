"""The web application: routes, the key, the size of a body, and events of a stream. What is asked and answered is the desk's."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from osler.core.solution import Solution
from osler.serve.desk import Begun, Desk
from osler.serve.limits import Limits
from osler.serve.parts import NOTICE
from osler.serve.refusal import Refusal

WATCH_S = 0.5
"""How often it is looked whether a client that waits for an answer is still there."""
STREAMED = "steps and answer, when the search is done"
"""What a stream has, said in its first piece: an engine's replies come whole, so there are no tokens to pass on before that."""


def app_of(desk: Desk, key: str | None, hosts: frozenset[str] | None) -> FastAPI:
    """`key` is what clients have to send; None: nothing. `hosts` are the names under which the server may be asked; None: any. They keep a
    page in a browser from asking a server on the same machine under a name of its own."""
    app = FastAPI(title="osler", docs_url=None, redoc_url=None, openapi_url=None)

    async def at_the_door(request: Request) -> None:
        if hosts is not None and _host(request) not in hosts:
            raise Refusal(421, f"this server is not {_host(request)!r}; ask it as {min(hosts)}", code="wrong_host")

    async def with_key(request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key is not None and not hmac.compare_digest(given.encode(), key.encode()):
            raise Refusal(401, "the key is missing or wrong; send it as `Authorization: Bearer …`", code="invalid_api_key")

    app.include_router(_open_routes(), dependencies=[Depends(at_the_door)])
    app.include_router(_closed_routes(desk), dependencies=[Depends(at_the_door), Depends(with_key)])
    _add_handlers(app, desk)
    return app


def _open_routes() -> APIRouter:
    router = APIRouter()

    @router.get("/")
    async def front() -> dict[str, Any]:
        return {"name": "osler", "notice": NOTICE, "endpoints": ["/v1/chat/completions", "/v1/models", "/health", "/metrics"]}

    @router.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok"}

    return router


def _closed_routes(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get("/metrics")
    async def metrics() -> Response:
        return PlainTextResponse(desk.metrics_text, media_type="text/plain; version=0.0.4")

    @router.get("/v1/models")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [_model(desk)]}

    @router.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        if name != desk.parts.name:
            raise Refusal(404, f"model: there is no {name!r} here; ask for {desk.parts.name!r}", code="model_not_found", param="model")
        return _model(desk)

    @router.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        begun = await desk.begin(lambda: _body(request, desk.limits))
        headers = {"x-request-id": begun.id}
        if begun.chat.stream:
            headers |= {"cache-control": "no-store", "x-accel-buffering": "no"}
            return StreamingResponse(_events(desk, begun), media_type="text/event-stream", headers=headers)
        return JSONResponse(desk.solved(begun, await _waited(request, begun)).whole(), headers=headers)

    return router


def _add_handlers(app: FastAPI, desk: Desk) -> None:
    async def refused(_: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, Refusal)
        if refusal.status in (401, 421):
            desk.meters.turned_away(refusal.outcome)
        return JSONResponse(refusal.body, refusal.status, refusal.headers)

    async def unknown(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        refusal = Refusal(error.status_code, f"{request.method} {request.url.path} is not served here; see /", code="not_found")
        return JSONResponse(refusal.body, refusal.status, refusal.headers)

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(HTTPException, unknown)


def _host(request: Request) -> str:
    """Without the port."""
    host = request.headers.get("host", "")
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]


def _model(desk: Desk) -> dict[str, Any]:
    parts, limits = desk.parts, desk.limits
    scored = parts.reward is not None
    about = {
        "notice": NOTICE,
        "identity": parts.policy.model.identity,
        "strategy": parts.kind,
        "settings": dict(parts.settings),
        "strategies": [kind for kind, strategy in parts.strategies.items() if scored or not strategy().needs_scores],
        "limits": asdict(limits),
    }
    return {"id": parts.name, "object": "model", "created": desk.started_s, "owned_by": "osler", "osler": about}


async def _body(request: Request, limits: Limits) -> bytes:
    """What is too long is read up to four times the limit and thrown away, so that the client is there to hear why. Raises Refusal."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # a page of another site can send anything else unasked
        raise Refusal(415, f"content-type: {kind!r} is not read here; send application/json", code="invalid_content_type")
    max_bytes = limits.max_body_kb * 1024
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(limits.body_timeout_s):
            async for part in request.stream():
                size += len(part)
                if size <= max_bytes:
                    parts.append(part)
                elif size > 4 * max_bytes:
                    break
    except (TimeoutError, ClientDisconnect):
        raise Refusal(408, f"the body did not come within {limits.body_timeout_s:g} s; send it again", code="body_timeout") from None
    if size > max_bytes:
        raise Refusal(413, f"the body is longer than {limits.max_body_kb} KiB; send less", code="body_too_large")
    return b"".join(parts)


async def _waited(request: Request, begun: Begun) -> Solution:
    """The solution; where the client has gone, the request is given up."""
    try:
        while not (await asyncio.wait({begun.solving}, timeout=WATCH_S))[0]:
            if await request.is_disconnected():
                raise Refusal(408, "the client has gone", code="gone")
        return begun.solving.result()
    finally:
        begun.solving.cancel()


async def _events(desk: Desk, begun: Begun) -> AsyncIterator[str]:
    first = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    head = {"id": begun.id, "object": "chat.completion.chunk", "created": begun.created_s, "model": desk.parts.name}
    try:
        yield _event({**head, "choices": [first], "osler": {"notice": NOTICE, "streamed": STREAMED}})
        while not (await asyncio.wait({begun.solving}, timeout=desk.limits.heartbeat_s))[0]:
            yield ": searching\n\n"
        for piece in desk.solved(begun, begun.solving.result()).pieces(has_usage=begun.chat.wants_usage):
            yield _event(piece)
        yield "data: [DONE]\n\n"
    except Refusal as refusal:
        yield _event(refusal.body)
    finally:
        begun.solving.cancel()


def _event(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n\n"
