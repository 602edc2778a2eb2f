"""Connections to one endpoint, by aiohttp: requests and streams, through a proxy where the environment names one.

aiohttp takes a tenth of httpx's time for a request when hundreds are under way (`bench/endpoint.py`). Two of its ways are not taken: it
follows no redirect, for the key would follow too, and it does not look at the environment itself, where it would find the passwords of
`~/.netrc` as well. What it sends again by itself are other methods than POST.
"""

import errno
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx

from osler.core.errors import ModelError
from osler.models.http.attempts import Failed
from osler.models.http.gate import Went
from osler.models.openai_http import OpenAIHTTP

T = TypeVar("T")

_MAX_CONTENT = 2**28
"""Bytes. A reply beyond them is no reply."""
_KEEP_IDLE_S = 2.5
"""Below the 5 s after which uvicorn and llama.cpp close an idle connection: none is used while it is being closed."""


_CUT = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})


@dataclass(frozen=True)
class Answer:
    """A reply as it came. `retry_after` is the header, empty where there is none."""

    status: int
    retry_after: str
    content: bytes


class _Request(aiohttp.ClientRequest):
    """aiohttp would take what came on an idle connection for the reply to the next request (its issue 13656)."""

    async def send(self, conn: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        """Raises Failed where the server has spoken before it was asked; aiohttp closes the connection then."""
        if conn.protocol is None or conn.protocol.should_close:
            raise Failed("the server spoke before it was asked", Went.NEITHER)
        return await super().send(conn)


class Connections:
    """To one endpoint, as many as are asked for at once. For one event loop, that of the first request."""

    def __init__(self, settings: OpenAIHTTP) -> None:
        """Raises ModelError where the environment names a proxy that cannot be used."""
        self._settings, self._proxy = settings, proxy_of(settings)
        self._opened: aiohttp.ClientSession | None = None

    async def post(self, path: str, body: bytes) -> Answer:
        """`path` follows that of the address, unless it is a whole address of the same host. Raises Failed where no reply comes whole, and
        ModelError where the server's certificate is not trusted."""
        return await self._told(self._posted(path, body))

    async def stream(self, path: str, body: bytes, read: Callable[[AsyncIterator[bytes]], Awaitable[T]]) -> T | Answer:
        """What `read` makes of the lines of a reply with status 200; if it leaves before their end, the connection ends. Any other comes
        as it is."""
        return await self._told(self._streamed(path, body, read))

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    async def _posted(self, path: str, body: bytes) -> Answer:
        async with self._client.post(self._address(path), data=body, allow_redirects=False) as response:
            return await _answer(response)

    async def _streamed(self, path: str, body: bytes, read: Callable[[AsyncIterator[bytes]], Awaitable[T]]) -> T | Answer:
        async with self._client.post(self._address(path), data=body, allow_redirects=False) as response:
            return await read(_lines(response)) if response.status == 200 else await _answer(response)

    async def _told(self, sending: Awaitable[T]) -> T:
        """aiohttp's errors hold the headers, and so the key: what is raised here holds none of them, not even as its context."""
        failed: Exception
        try:
            return await sending
        except TimeoutError:
            failed = Failed(f"no whole reply within {self._settings.timeout_s:g} s")
        except aiohttp.ClientConnectorCertificateError as error:
            why = getattr(error.certificate_error, "verify_message", "") or "its certificate is not trusted"
            failed = ModelError(f"{self._settings.url}: {why}; name the server's authority in SSL_CERT_FILE")
        except (aiohttp.ClientError, OSError) as error:
            failed = Failed(_cause(error))
        raise failed

    def _address(self, path: str) -> str:
        return path if path.startswith("http") else self._settings.url + path

    @property
    def _client(self) -> aiohttp.ClientSession:
        if self._opened is None:
            is_encrypted = self._settings.url.startswith("https")
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0,  # the gate's
                    keepalive_timeout=_KEEP_IDLE_S,
                    ssl=trusted(self._settings.url) if is_encrypted else True,
                    resolver=aiohttp.ThreadedResolver(),  # by Python's sockets, which --offline watches
                ),
                headers={"accept": "application/json, text/event-stream", "accept-encoding": "identity", **headers(self._settings)},
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=self._settings.timeout_s),
                proxy=self._proxy,
                request_class=_Request,
            )
        return self._opened


def trusted(url: str) -> ssl.SSLContext:
    """Whom a client of this address trusts: certifi's authorities, or those of SSL_CERT_FILE; nobody where nothing is encrypted, since
    reading them takes a while."""
    return httpx.create_ssl_context() if url.startswith("https") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def headers(settings: OpenAIHTTP) -> dict[str, str]:
    key = settings.key
    return {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})


def proxy_of(settings: OpenAIHTTP) -> str | None:
    """The proxy that the environment names for this address; None where it names none, and for loopback. Raises ModelError where it is of
    a kind that aiohttp does not speak to."""
    parts, proxies = urlsplit(settings.url), getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or settings.is_loopback or proxy_bypass(parts.hostname or ""):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    kind = proxy.partition("://")[0].lower()
    if kind not in ("http", "https"):
        raise ModelError(f"{settings.url}: the environment names a {kind} proxy for it; name one of http, or the host in NO_PROXY")
    return proxy


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    content = b"".join([part async for part in _parts(response)])
    return Answer(response.status, response.headers.get("retry-after", ""), content)


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    rest = b""
    async for part in _parts(response):
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield line
    yield rest


async def _parts(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    n_bytes = 0
    async for part in response.content.iter_any():
        n_bytes += len(part)
        if n_bytes > _MAX_CONTENT:
            raise Failed(f"the reply does not end within {_MAX_CONTENT} bytes")
        yield part


def _cause(error: Exception) -> str:
    """What a failed end of the connection is called."""
    if isinstance(error, aiohttp.ClientConnectorError):
        error = error.os_error
    elif isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy answers HTTP {error.status}"
    elif isinstance(error, aiohttp.ClientResponseError):
        return "what came is no HTTP"
    elif isinstance(error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError) or getattr(error, "errno", None) in _CUT:
        return "the server closed the connection before the reply had ended"
    return f"{type(error).__name__}: {error}".rstrip(": ")
