"""What goes over the connections and what does not: replies in pieces, connections kept and let go, redirects, proxies, passwords."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from osler.core.errors import ModelError
from osler.models.http.attempts import Failed
from osler.models.http.connections import Answer, Connections
from osler.models.openai_http import OpenAIHTTP

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
WRONG = WHOLE.replace(b"hello", b"wrong")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"
TRAILED = CHUNKED[:-2] + b"Checked: yes\r\n\r\n"
TO_THE_END = b"HTTP/1.1 200 OK\r\n\r\nhello"
BROKEN = "the server closed the connection before the reply had ended"
KEY = "sk-test-4b1d0f77"


class Canned:
    """A server that answers the n-th request with the n-th of these, each a list of pieces; None cuts the connection."""

    def __init__(self, *replies: Sequence[bytes | None]) -> None:
        self.replies, self.requests, self.n_connections = list(replies), [], 0

    async def __aenter__(self) -> "Canned":
        self._server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.n_connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
                self.requests.append(head + await reader.readexactly(length))
                for piece in self.replies[len(self.requests) - 1]:
                    if piece is None:
                        return
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.001)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def tried(connections: Connections) -> bytes | str:
    """The content of a reply, or why there is none."""
    try:
        return (await connections.post("/chat", b"{}")).content
    except Failed as error:
        return str(error)


def contents(canned: Canned, n: int, *, wait_s: float = 0.0, timeout_s: float = 30.0) -> list[bytes | str]:
    """What `n` requests one after the other bring."""

    async def ask() -> list[bytes | str]:
        found = []
        async with asyncio.timeout(60), canned:
            connections = Connections(OpenAIHTTP(f"{canned.address}/v1", "nano", timeout_s=timeout_s))
            for _ in range(n):
                found.append(await tried(connections))
                await asyncio.sleep(wait_s)
            await connections.close()
        return found

    return asyncio.run(ask())


# pieces


@pytest.mark.parametrize("reply", [WHOLE, CHUNKED, TRAILED], ids=["length", "chunks", "trailer"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_reply_is_read_in_whatever_pieces_and_the_connection_kept(reply, size):
    pieces = [reply[at : at + size] for at in range(0, len(reply), size)]
    canned = Canned(pieces, pieces)
    assert contents(canned, 2) == [b"hello", b"hello"]
    assert canned.n_connections == 1
    head, _, body = canned.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/chat HTTP/1.1\r\n")
    assert b"\r\ncontent-type: application/json\r\n" in head.lower()
    assert body == b"{}"


def test_a_reply_of_no_length_ends_with_its_connection():
    canned = Canned([TO_THE_END, None], [WHOLE])
    assert contents(canned, 2) == [b"hello", b"hello"]
    assert canned.n_connections == 2


def test_a_server_that_says_close_is_not_asked_on_that_connection_again():
    canned = Canned([WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")], [WHOLE])
    assert contents(canned, 2) == [b"hello", b"hello"]
    assert canned.n_connections == 2


def test_a_provisional_reply_is_waited_out():
    assert contents(Canned([b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE]), 1) == [b"hello"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ([WHOLE[:-1], None], BROKEN),
        ([CHUNKED[:-4], None], BROKEN),
        ([None], BROKEN),
        ([b"SSH-2.0-x\r\n\r\n"], "what came is no HTTP"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n"], "what came is no HTTP"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"], "what came is no HTTP"),
    ],
)
def test_what_breaks_off_or_is_no_http_is_never_a_reply(reply, reason):
    canned = Canned(reply, [WHOLE])
    assert contents(canned, 2) == [reason, b"hello"]
    assert canned.n_connections == 2


def test_chunks_that_go_wrong_later_on_are_no_reply_either():
    """aiohttp closes the connection and does not tell whoever waits, so that the time of the request runs out."""
    canned = Canned([CHUNKED[:-5], b"xyz\r\n"], [WHOLE])
    assert contents(canned, 2, timeout_s=0.3) == ["no whole reply within 0.3 s", b"hello"]


def test_a_reply_without_end_is_no_reply(monkeypatch):
    monkeypatch.setattr("osler.models.http.connections._MAX_CONTENT", 4)
    canned = Canned([WHOLE], [WHOLE.replace(b"5", b"4").replace(b"hello", b"well")])
    assert contents(canned, 2) == ["the reply does not end within 4 bytes", b"well"]


# connections


def test_a_connection_that_the_server_closed_meanwhile_is_not_used():
    canned = Canned([WHOLE, None], [WHOLE])
    assert contents(canned, 2, wait_s=0.05) == [b"hello", b"hello"]
    assert canned.n_connections == 2


def test_a_request_on_a_connection_that_is_just_being_closed_has_failed_and_is_not_sent_again_behind_our_back():
    canned = Canned([WHOLE], [None], [WHOLE])
    assert contents(canned, 3) == [b"hello", BROKEN, b"hello"]
    assert (canned.n_connections, len(canned.requests)) == (2, 3)


def test_what_came_with_a_reply_that_nobody_asked_for_ends_the_connection():
    """It would be taken for the reply to the next request."""
    canned = Canned([WHOLE + WRONG], [WHOLE])
    assert contents(canned, 2, wait_s=0.02) == [b"hello", b"hello"]
    assert canned.n_connections == 2


def test_what_comes_before_anybody_asks_is_never_a_reply():
    async def ask() -> list[bytes | str]:
        async with asyncio.timeout(60), Canned([WHOLE, WRONG], [WHOLE]) as canned:
            connections = Connections(OpenAIHTTP(f"{canned.address}/v1", "nano"))
            found = [await tried(connections)]
            await asyncio.sleep(0.2)
            while b"hello" not in found[1:]:
                found.append(await tried(connections))
            await connections.close()
        return found

    found = asyncio.run(ask())
    assert found in ([b"hello", "the server spoke before it was asked", b"hello"], [b"hello", b"hello"])
    assert b"wrong" not in found


def test_a_request_that_is_cancelled_takes_its_connection_with_it():
    async def ask() -> tuple[int, bytes | str]:
        async with asyncio.timeout(60), Canned([], [WHOLE]) as canned:
            connections = Connections(OpenAIHTTP(f"{canned.address}/v1", "nano"))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await connections.post("/chat", b"")
            content = await tried(connections)
            await connections.close()
        return canned.n_connections, content

    assert asyncio.run(ask()) == (2, b"hello")


# streams


async def lines_of(lines: AsyncIterator[bytes]) -> list[bytes]:
    return [line async for line in lines]


@pytest.mark.parametrize(("status", "expected"), [(b"200", [b"hel", b"lo"]), (b"400", Answer(400, "", b"hel\nlo"))])
def test_a_stream_comes_line_by_line_and_a_refusal_as_it_is(status, expected):
    async def ask() -> object:
        async with asyncio.timeout(60), Canned([b"HTTP/1.1 " + status + b" X\r\nContent-Length: 6\r\n\r\nhe", b"l\nl", b"o"]) as canned:
            connections = Connections(OpenAIHTTP(f"{canned.address}/v1", "nano"))
            found = await connections.stream("/chat", b"{}", lines_of)
            await connections.close()
        return found

    assert asyncio.run(ask()) == expected


def test_a_stream_that_is_left_ends_its_connection():
    """Else the server would go on writing for nobody."""

    async def first(lines: AsyncIterator[bytes]) -> bytes:
        async for line in lines:
            return line
        raise AssertionError

    async def ask() -> tuple[bytes | Answer, int]:
        head, left = b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n", asyncio.Event()

        class Writing(Canned):
            async def serve(self, reader, writer):
                await super().serve(reader, writer)  # until the client has gone
                left.set()

        async with asyncio.timeout(60), Writing([head + b"one\n"]) as canned:
            connections = Connections(OpenAIHTTP(f"{canned.address}/v1", "nano"))
            found = await connections.stream("/chat", b"{}", first)
            await left.wait()
            await connections.close()
        return found, canned.n_connections

    assert asyncio.run(ask()) == (b"one", 1)


# where the key goes, and where it does not


def test_a_redirect_is_not_followed(monkeypatch):
    """The key would go to whom the server names."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    async def ask() -> tuple[int, list[bytes]]:
        async with asyncio.timeout(60), Canned([WHOLE]) as other:
            moved = f"HTTP/1.1 307 X\r\nLocation: {other.address}/v1/chat\r\nContent-Length: 0\r\n\r\n"
            async with Canned([moved.encode()]) as canned:
                connections = Connections(OpenAIHTTP(f"{canned.address}/v1", "nano"))
                answer = await connections.post("/chat", b"{}")
                await connections.close()
            assert f"authorization: bearer {KEY}".encode() in canned.requests[0].lower()
            return answer.status, other.requests

    assert asyncio.run(ask()) == (307, [])


@pytest.mark.parametrize("reply", [[b"SSH-2.0-x\r\n\r\n"], [WHOLE[:-1], None], [None]])
def test_a_failure_holds_no_key_wherever_one_looks(monkeypatch, reply):
    """aiohttp's own errors hold the request with its headers."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    async def ask() -> Failed:
        async with asyncio.timeout(60), Canned(reply) as canned:
            connections = Connections(OpenAIHTTP(f"{canned.address}/v1", "nano"))
            with pytest.raises(Failed) as caught:
                await connections.post("/chat", b"{}")
            await connections.close()
            assert KEY.encode() in canned.requests[0]
        return caught.value

    error: BaseException | None = asyncio.run(ask())
    seen = ""
    while error is not None:
        seen += repr(error) + repr(error.args) + repr(vars(error))
        error = error.__cause__ or error.__context__
    assert seen.startswith("Failed(")
    assert KEY not in seen


def test_passwords_of_netrc_are_not_sent(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    canned = Canned([WHOLE])
    assert contents(canned, 1) == [b"hello"]
    assert b"authorization" not in canned.requests[0].lower()


# proxies


def behind(monkeypatch, proxy: str, **more: str) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in {"https_proxy": proxy, **more}.items():
        monkeypatch.setenv(name, value)


def test_a_proxy_is_told_the_host_and_nothing_else(monkeypatch):
    """What is encrypted goes through a tunnel; the proxy has its own password (me:secret, in base 64), and no key."""

    async def ask() -> tuple[bytes | str, bytes]:
        async with asyncio.timeout(60), Canned([b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"]) as proxy:
            behind(monkeypatch, proxy.address.replace("//", "//me:secret@"))
            monkeypatch.setenv("OPENAI_API_KEY", KEY)
            connections = Connections(OpenAIHTTP("https://nowhere.invalid/v1", "nano"))
            found = await tried(connections)
            await connections.close()
            [request] = proxy.requests
        return found, request

    found, request = asyncio.run(ask())
    assert found == "the proxy answers HTTP 403"
    assert request.startswith(b"CONNECT nowhere.invalid:443 HTTP/1.1\r\n")
    assert b"proxy-authorization: basic bwu6c2vjcmv0" in request.lower()
    assert KEY.encode() not in request


def test_a_host_that_is_not_to_be_asked_through_the_proxy_is_not(monkeypatch):
    behind(monkeypatch, "socks5://127.0.0.1:9", no_proxy="a.example")
    Connections(OpenAIHTTP("https://a.example/v1", "nano"))
    Connections(OpenAIHTTP("https://127.0.0.1:9/v1", "nano"))
    with pytest.raises(ModelError, match=r"^https://b.example/v1: the environment names a socks5 proxy for it; name one of http"):
        Connections(OpenAIHTTP("https://b.example/v1", "nano"))
