"""The bytes of HTTP: replies in whatever pieces, connections kept and let go."""

import asyncio
from collections.abc import Sequence

import pytest

from osler.models.http.connection import Broken, Connections

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"
TRAILED = CHUNKED[:-2] + b"Checked: yes\r\n\r\n"
TO_THE_END = b"HTTP/1.1 200 OK\r\n\r\nhello"


class Canned:
    """A server that answers the n-th request with the n-th of these, each a list of pieces; None cuts the connection."""

    def __init__(self, *replies: Sequence[bytes | None]) -> None:
        self.replies, self.requests, self.n_connections = list(replies), [], 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.n_connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                for piece in self.replies[len(self.requests) - 1]:
                    if piece is None:
                        return
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.001)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


def contents(canned: Canned, n: int, *, wait_s: float = 0.0) -> list[bytes | str]:
    """What `n` requests one after the other bring: the content, or why it broke."""

    async def ask() -> list[bytes | str]:
        server = await asyncio.start_server(canned.serve, "127.0.0.1", 0)
        connections = Connections(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", {"x": "y"})
        found: list[bytes | str] = []
        async with asyncio.timeout(30), server:
            for _ in range(n):
                try:
                    found.append((await connections.post("/chat", b"{}")).content)
                except Broken as error:
                    found.append(str(error))
                await asyncio.sleep(wait_s)
            connections.close()
        return found

    return asyncio.run(ask())


@pytest.mark.parametrize("reply", [WHOLE, CHUNKED, TRAILED], ids=["length", "chunks", "trailer"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_reply_is_read_in_whatever_pieces_and_the_connection_kept(reply, size):
    pieces = [reply[at : at + size] for at in range(0, len(reply), size)]
    canned = Canned(pieces, pieces)
    assert contents(canned, 2) == [b"hello", b"hello"]
    assert canned.n_connections == 1
    assert canned.requests[0].startswith(b"POST /v1/chat HTTP/1.1\r\nhost: 127.0.0.1:")
    assert canned.requests[0].endswith(b"x: y\r\ncontent-length: 2\r\n\r\n{}")


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


def test_a_connection_that_the_server_closed_meanwhile_is_not_used():
    canned = Canned([WHOLE, None], [WHOLE])
    assert contents(canned, 2, wait_s=0.05) == [b"hello", b"hello"]
    assert canned.n_connections == 2


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ([WHOLE[:-1], None], "the server closed the connection before the reply had ended"),
        ([CHUNKED[:-4], None], "the server closed the connection before the reply had ended"),
        ([None], "the server closed the connection before the reply had ended"),
        ([b"SSH-2.0-x\r\n\r\n"], "what came is no HTTP"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n"], "what came is no HTTP"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"], "what came is no HTTP"),
    ],
)
def test_what_breaks_off_or_is_no_http_is_never_a_reply(reply, reason):
    canned = Canned(reply, [WHOLE])
    assert contents(canned, 2) == [reason, b"hello"]
    assert canned.n_connections == 2


def test_what_nobody_asked_for_ends_the_connection():
    """A second reply behind the first would be taken for the reply to the next request."""
    canned = Canned([WHOLE + WHOLE.replace(b"hello", b"wrong")], [WHOLE])
    assert contents(canned, 2, wait_s=0.02) == [b"hello", b"hello"]
    assert canned.n_connections == 2


def test_a_request_that_is_cancelled_takes_its_connection_with_it():
    async def ask() -> tuple[int, bytes]:
        canned = Canned([], [WHOLE])
        server = await asyncio.start_server(canned.serve, "127.0.0.1", 0)
        connections = Connections(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", {})
        async with asyncio.timeout(30), server:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await connections.post("/", b"")
            answer = await connections.post("/", b"")
            connections.close()
        return canned.n_connections, answer.content

    assert asyncio.run(ask()) == (2, b"hello")
