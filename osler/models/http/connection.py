"""HTTP/1.1 connections for many small requests at once: one request at a time on each, kept for the next.

httpx's own pool looks through all its connections and waiting requests whenever one comes or goes, and its layers cost some 500 us a
request: at 256 in flight that is more than the server's answer takes (`bench/endpoint.py`). Only what OpenAI's protocol needs is here: a
POST of JSON, and a reply of a known length, in chunks, or up to the end of the connection. httpx does the rest: lists of models, streams,
and whatever goes through a proxy.
"""

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

_MAX_HEAD, _MAX_CONTENT = 2**16, 2**28
"""Bytes. A reply beyond them is no reply."""
_KEEP_IDLE_S = 2.5
"""Below the 5 s after which uvicorn and llama.cpp close an idle connection: none is used while it is being closed."""
_BODILESS = frozenset({204, 304})


class Broken(ConnectionError):
    """The connection ended before the reply did, or what came is no HTTP."""


@dataclass(frozen=True)
class Answer:
    """A reply as it came; the names of `headers` are in small letters."""

    status: int
    headers: dict[str, str]
    content: bytes


def trusted(url: str) -> ssl.SSLContext:
    """Whom a client of this address trusts: certifi's authorities, or those of SSL_CERT_FILE; nobody where nothing is encrypted, since
    reading them takes a while."""
    return httpx.create_ssl_context() if url.startswith("https") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Connections:
    """To one host, as many as are asked for at once. For one event loop."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        parts = urlsplit(url)
        self._host, self._path = parts.hostname or "", parts.path
        self._tls = trusted(url) if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        lines = {"host": parts.netloc, "accept": "application/json", "accept-encoding": "identity", **headers}
        self._lines = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._idle: list[_Connection] = []
        self._busy: set[_Connection] = set()

    async def post(self, path: str, body: bytes) -> Answer:
        """`path` follows that of the address, unless it is a whole address of the same host. Raises OSError where nobody answers, Broken
        where the reply does not come whole."""
        connection = self._kept() or await self._opened()
        self._busy.add(connection)
        try:
            place = urlsplit(path).path if path.startswith("http") else self._path + path
            head = f"POST {place} HTTP/1.1\r\n{self._lines}content-length: {len(body)}\r\n\r\n"
            answer = await connection.ask(head.encode("latin-1") + body)
        finally:
            self._busy.discard(connection)
            if connection.is_reusable:
                self._idle.append(connection)
            else:
                connection.abort()
        return answer

    def close(self) -> None:
        for connection in (*self._idle, *self._busy):
            connection.abort()
        self._idle.clear()

    def _kept(self) -> "_Connection | None":
        """The one that was used last: those that were idle for long stay below it, and are closed when they come up."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_reusable and now - connection.idle_since_s < _KEEP_IDLE_S:
                return connection
            connection.abort()
        return None

    async def _opened(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: _Connection(loop), self._host, self._port, ssl=self._tls)
        return connection


class _Connection(asyncio.Protocol):
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._came = bytearray()
        self._head: tuple[int, dict[str, str]] | None = None
        self._n_wanted: int | None = None
        self._is_open = False
        self.idle_since_s = 0.0

    @property
    def is_reusable(self) -> bool:
        """Whether a reply has come whole, nothing came after it, and the server did not say that it was the last one."""
        return self._is_open and self._waiting is None and not self._came

    async def ask(self, sent: bytes) -> Answer:
        if self._transport is None or not self._is_open:
            raise Broken("the server closed the connection")
        self._waiting = self._loop.create_future()
        self._transport.write(sent)
        return await self._waiting

    def abort(self) -> None:
        self._is_open = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._is_open = transport, True

    def connection_lost(self, error: Exception | None) -> None:
        self._is_open = False
        if self._waiting is not None and self._head is not None and self._n_wanted is None and error is None and not self._is_chunked:
            self._done(bytes(self._came), is_last=True)
        elif self._waiting is not None:
            self._fail("the server closed the connection before the reply had ended")

    def data_received(self, data: bytes) -> None:
        self._came += data
        if self._waiting is None:
            return self.abort()  # nobody asked
        try:
            self._read()
        except (ValueError, IndexError):
            self._fail("what came is no HTTP")

    @property
    def _is_chunked(self) -> bool:
        return self._head is not None and "chunked" in self._head[1].get("transfer-encoding", "").lower()

    def _read(self) -> None:
        while self._head is None:
            end = self._came.find(b"\r\n\r\n")
            if end < 0:
                if len(self._came) > _MAX_HEAD:
                    raise ValueError("no end of the head")
                return
            self._read_head(bytes(self._came[:end]))
            del self._came[: end + 4]
        if self._is_chunked:
            content = _unchunked(self._came)
            if content is not None:
                self._came.clear()
                self._done(content)
        elif self._n_wanted is not None and len(self._came) >= self._n_wanted:
            content = bytes(self._came[: self._n_wanted])
            del self._came[: self._n_wanted]
            self._done(content)
        if len(self._came) > _MAX_CONTENT:
            raise ValueError("no end of the content")

    def _read_head(self, head: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, *_ = first.split(" ", 2)
        if not version.startswith("HTTP/1."):
            raise ValueError(version)
        if 100 <= int(status) < 200:
            return  # the reply itself follows
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._head = int(status), headers
        self._n_wanted = 0 if int(status) in _BODILESS else int(headers["content-length"]) if "content-length" in headers else None
        if version == "HTTP/1.0" or "close" in headers.get("connection", "").lower() or (self._n_wanted is None and not self._is_chunked):
            self._is_open = False

    def _done(self, content: bytes, *, is_last: bool = False) -> None:
        assert self._head is not None
        (status, headers), self._head, self._n_wanted = self._head, None, None
        waiting, self._waiting = self._waiting, None
        self.idle_since_s = self._loop.time()
        if is_last:
            self._is_open = False
        if waiting is not None and not waiting.done():
            waiting.set_result(Answer(status, headers, content))

    def _fail(self, reason: str) -> None:
        waiting, self._waiting = self._waiting, None
        self.abort()
        if waiting is not None and not waiting.done():
            waiting.set_exception(Broken(reason))


def _unchunked(came: bytearray) -> bytes | None:
    """The content of chunks, None while they are not all there. Trailers are left out."""
    parts: list[bytes] = []
    at = 0
    while (end := came.find(b"\r\n", at)) >= 0:
        size = int(bytes(came[at:end]).split(b";")[0], 16)
        if size == 0:
            return b"".join(parts) if came.find(b"\r\n\r\n", end) == end or came.find(b"\r\n\r\n", end + 2) >= 0 else None
        if len(came) < end + 2 + size + 2:
            return None
        parts.append(bytes(came[end + 2 : end + 2 + size]))
        at = end + 2 + size + 2
    return None
