"""The server: a socket, uvicorn on it, and an end at Ctrl-C that finishes what is under way and refuses what waits."""

import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI

from osler.core.errors import UserError
from osler.serve.app import app_of
from osler.serve.desk import Desk
from osler.serve.limits import Limits
from osler.serve.parts import Parts

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address. A name other than localhost may mean anything."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bound(host: str, port: int) -> socket.socket:
    """A socket at the address; port 0 takes a free one. Raises UserError."""
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)  # whoever reads the first lines may connect at once
    except OSError as error:
        raise UserError(f"--host {host} --port {port}: cannot be listened at ({error.strerror}); choose another") from error
    return listening


class Server(uvicorn.Server):
    """Uvicorn's, but for two things: what waits is refused before what is under way is waited for, and the end that a signal asked for is
    a good one, with no signal raised again."""

    def __init__(self, app: FastAPI, desk: Desk) -> None:
        super().__init__(
            uvicorn.Config(
                app, log_config=None, log_level="error", access_log=False, server_header=False, loop="asyncio", http="h11", ws="none",
                lifespan="off", timeout_graceful_shutdown=desk.limits.grace_s, backlog=max(128, 2 * desk.limits.max_in_flight),
            )
        )  # fmt: skip
        self._desk = desk

    @classmethod
    def of(cls, parts: Parts, limits: Limits, key: str | None, host: str) -> "Server":
        """A server of these parts. Where it asks for no key it answers to the names of this machine alone."""
        desk = Desk(parts, limits)
        names = LOOPBACK_NAMES | {f"[{host}]" if ":" in host else host}
        return cls(app_of(desk, key, names if key is None else None), desk)

    def run_at(self, listening: socket.socket) -> None:
        """Serve until a signal, or `should_exit`, ends it."""
        try:
            self.run([listening])
        finally:
            self._desk.close()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._desk.stop()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        try:
            before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        except ValueError:  # not in the main thread: whoever runs it there sets `should_exit`
            yield
            return
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
