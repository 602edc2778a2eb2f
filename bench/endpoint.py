"""How fast are requests over HTTP? Ours beside a plain asyncio httpx client and aiohttp itself, at the same server, in the same run.

    python bench/endpoint.py [--in-flight 64 256 512] [--requests 6000] [--rounds 3]

The server, in a process of its own, answers each request of a chat after 20 ms, whatever is asked. So with n in flight the delay allows
n / 0.02 replies a second, if neither the client nor the server takes time for anything else. Four clients, in turn, `--rounds` times:

plain     `httpx.AsyncClient().post(..., json=...)` and `.json()`, a task for each place in flight: what one writes without thinking.
aiohttp   the same by `aiohttp.ClientSession().post(..., json=...)`: what the library under ours takes by itself.
bytes     the same bytes, sent and read by asyncio without a word of HTTP being looked at: what this machine and this server allow at all.
ours      `OpenAIHTTP(...).load()` with its retries, its limit, its reading of replies.

A figure is the best of the rounds. To be reached: ours at least as fast as plain, and 0.9 of what the delay allows where the server is not
the limit: where `bytes`, which does next to nothing itself, reaches that too. `cpu` is the client's own time for a request: its inverse is
the most that one process can do, however short the delay.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import Any

import aiohttp
import httpx

from osler.core.model import Finish, Message, Request, Sampling
from osler.models.openai_http import OpenAIHTTP

DELAY_S = 0.020
QUESTION = "A man of 54 has chest pain on exertion, relieved by rest. Which diagnosis fits best? A. Angina B. Reflux C. Pleurisy"
REPLY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "fixed",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Step 1: The answer is A."}, "finish_reason": "stop", "stop_reason": None}
    ],
    "usage": {"prompt_tokens": 40, "completion_tokens": 8, "total_tokens": 48},
}
LISTED = {"object": "list", "data": [{"id": "fixed", "object": "model", "owned_by": "bench"}]}


class Fixed(asyncio.Protocol):
    """Answers every request on its connection after the delay."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._came, self._loop = b"", asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        self._came += data
        while (end := self._came.find(b"\r\n\r\n")) >= 0:
            head = self._came[:end].lower()
            at = head.find(b"content-length:")
            size = end + 4 + (int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0)
            if len(self._came) < size:
                return
            self._came = self._came[size:]
            self._loop.call_later(DELAY_S, self._transport.write, written(LISTED if head.startswith(b"get") else REPLY))


def written(said: dict[str, Any], known: dict[int, bytes] = {}) -> bytes:  # noqa: B006
    if id(said) not in known:
        content = json.dumps(said).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        known[id(said)] = head.encode() + content
    return known[id(said)]


def serve(told: Connection) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Fixed, "127.0.0.1", 0, backlog=4096)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


# the clients


Post = Callable[[int], Awaitable[None]]


async def spread(n_requests: int, n_in_flight: int, post: Post) -> tuple[float, float]:
    """Requests a second, and the microseconds of this process's time that each took. The connections are made beforehand."""
    await asyncio.gather(*map(post, range(n_in_flight)))
    numbers = iter(range(n_requests))

    async def work() -> None:
        for number in numbers:
            await post(number)

    started, cpu_started = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(n_in_flight)))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu_started
    return n_requests / seconds, cpu / n_requests * 1e6


def asked(number: int) -> dict[str, Any]:
    drawn = {"temperature": 1.0, "top_p": 0.95, "max_tokens": 1024, "seed": number}
    return {"model": "fixed", "messages": [{"role": "user", "content": QUESTION}], **drawn}


async def plain(port: int, n_requests: int, n_in_flight: int) -> tuple[float, float]:
    limits = httpx.Limits(max_connections=n_in_flight, max_keepalive_connections=n_in_flight)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/v1", limits=limits, timeout=60) as client:

        async def post(number: int) -> None:
            response = await client.post("/chat/completions", json=asked(number))
            response.raise_for_status()
            assert response.json()["choices"][0]["message"]["content"]

        return await spread(n_requests, n_in_flight, post)


async def by_aiohttp(port: int, n_requests: int, n_in_flight: int) -> tuple[float, float]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=aiohttp.TCPConnector(limit=n_in_flight)) as client:

        async def post(number: int) -> None:
            async with client.post("/v1/chat/completions", json=asked(number)) as response:
                response.raise_for_status()
                assert (await response.json())["choices"][0]["message"]["content"]

        return await spread(n_requests, n_in_flight, post)


async def by_bytes(port: int, n_requests: int, n_in_flight: int) -> tuple[float, float]:
    body = json.dumps({"model": "fixed", "messages": [{"role": "user", "content": QUESTION}], "max_tokens": 1024, "seed": 1000}).encode()
    sent = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
    size, loop = len(written(REPLY)), asyncio.get_running_loop()

    class Pipe(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport: Any = transport
            self.n_came = 0
            self.whole: asyncio.Future[None] = loop.create_future()

        def data_received(self, data: bytes) -> None:
            self.n_came += len(data)
            if self.n_came == size:
                self.n_came = 0
                self.whole.set_result(None)

    idle: list[Pipe] = []

    async def post(number: int) -> None:
        pipe = idle.pop() if idle else (await loop.create_connection(Pipe, "127.0.0.1", port))[1]
        pipe.whole = loop.create_future()
        pipe.transport.write(sent)
        await pipe.whole
        idle.append(pipe)

    figures = await spread(n_requests, n_in_flight, post)
    for pipe in idle:
        pipe.transport.abort()
    return figures


async def ours(port: int, n_requests: int, n_in_flight: int) -> tuple[float, float]:
    model = OpenAIHTTP(f"http://127.0.0.1:{port}/v1", "fixed", max_in_flight=n_in_flight).load()
    messages, sampling = (Message("user", QUESTION),), Sampling()

    async def post(number: int) -> None:
        [reply] = await model.complete([Request(messages, "", sampling, "", number)])
        assert reply.finish is Finish.END

    figures = await spread(n_requests, n_in_flight, post)
    await model.close()
    return figures


CLIENTS = {"plain": plain, "aiohttp": by_aiohttp, "bytes": by_bytes, "ours": ours}


def machine() -> str:
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def main() -> None:
    parser = argparse.ArgumentParser(description="Requests a second against a server with a fixed delay.")
    parser.add_argument("--in-flight", nargs="*", type=int, default=[64, 256, 512])
    parser.add_argument("--requests", type=int, default=6000, help="of a round of ours; the plain client gets a tenth")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    told, telling = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(telling,), daemon=True)
    server.start()
    port = told.recv()
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}; a delay of {DELAY_S * 1000:.0f} ms")
    print(f"Python {platform.python_version()}, httpx {httpx.__version__}, aiohttp {aiohttp.__version__}")
    columns = f"{'in flight':>10}{'client':>8}{'requests/s':>12}{'cpu us':>8}{'of the delay':>14}{'of bytes':>10}{'of aiohttp':>12}"
    print(f"\n{columns}{'of plain':>10}")
    for n_in_flight in arguments.in_flight:
        found: dict[str, tuple[float, float]] = dict.fromkeys(CLIENTS, (0.0, 0.0))
        for _ in range(arguments.rounds):
            for name, client in CLIENTS.items():
                n = arguments.requests // 10 if name == "plain" else arguments.requests
                found[name] = max(found[name], asyncio.run(client(port, max(n, 2 * n_in_flight), n_in_flight)))
        for name, (rate, cpu_us) in found.items():
            share = rate / (n_in_flight / DELAY_S)
            of_bytes, of_aiohttp, of_plain = (rate / found[each][0] for each in ("bytes", "aiohttp", "plain"))
            figures = f"{rate:>12,.0f}{cpu_us:>8.0f}{share:>14.2f}{of_bytes:>10.2f}{of_aiohttp:>12.2f}{of_plain:>10.1f}"
            print(f"{n_in_flight:>10}{name:>8}{figures}", flush=True)
    server.terminate()


if __name__ == "__main__":
    main()
