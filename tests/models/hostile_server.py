"""A server on loopback that speaks OpenAI's protocol and misbehaves by script. Its replies depend on the conversation and the seed alone.

`manner` is whose ways it has; `faults` are consumed one by one by the requests that are to get them. A request that is in `probes` (for one
token) never gets one, so that a test says what happens to the requests it makes itself.
"""

import asyncio
import hashlib
import json
import random
import re
import ssl
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

MANNERS = ("vllm", "llamacpp", "plain", "deaf", "closing", "restating", "uncounted")
_TOKENS = re.compile(r"<\|\w+\|>|</?think>|\n|[^\s<]+|<")


def n_tokens(text: str) -> int:
    """A token per word, tag and line end."""
    return len(_TOKENS.findall(text))


def by_steps(prompt: str, seed: int) -> str:
    """What the model would write if nothing stopped it: a step that goes on six times in ten, or else the answer."""
    rng = random.Random(f"{prompt}\0{seed}")
    turn = prompt.rpartition("<|assistant|>\n")[2]
    text = f"so {rng.random()}\n\nStep 9: more" if rng.random() < 0.6 else f"The answer is {rng.choice('AB')}."
    return f" {text}" if turn else f"Step 1: {text}"


class HostileServer:
    """Runs in a thread of its own between `with` and its end. `url` is the address to be given to the client."""

    def __init__(
        self,
        faults: Iterable[str] = (),
        *,
        manner: str = "vllm",
        writes: Callable[[str, int], str] = by_steps,
        fault_of: Callable[[bytes, int], str] = lambda body, attempt: "",
        key: str = "",
        delay_s: float = 0.0,
        thinks: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`fault_of` gives the fault of a body at its n-th attempt (from 0) once `faults` are used up. `thinks` ends the prompt when the
        assistant begins."""
        self.faults = deque(faults)
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self.asked: Counter[bytes] = Counter()
        self.answered: Counter[bytes] = Counter()
        self.n_in_flight, self.most_in_flight = 0, 0
        self.times_s: list[float] = []
        self._manner, self._writes, self._fault_of, self._key, self._delay_s, self._thinks = manner, writes, fault_of, key, delay_s, thinks
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._port = 0
        self._streams: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "HostileServer":
        self._thread.start()
        self.revive()
        return self

    def __exit__(self, *_: object) -> None:
        self.die()
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def url(self) -> str:
        return f"https://localhost:{self._port}/v1" if self._tls else f"http://127.0.0.1:{self._port}/v1"

    def die(self) -> None:
        """No port, and every connection cut."""
        asyncio.run_coroutine_threadsafe(self._die(), self._loop).result(10)

    def revive(self) -> None:
        """On the port it had."""
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, backlog=2048, limit=2**20, ssl=self._tls)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _die(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for stream in list(self._streams):
            stream.transport.abort()

    async def _finish(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._streams.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                path = urlsplit(head.split(" ", 2)[1]).path  # a proxy is given whole addresses
                length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1])) if length else b""
                self.n_in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.n_in_flight)
                try:
                    await self._answer(path.removeprefix("/v1"), head, body, reader, writer)
                finally:
                    self.n_in_flight -= 1
        self._streams.discard(writer)
        writer.close()

    async def _answer(self, path: str, head: str, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._key and f"authorization: bearer {self._key}".lower() not in head.lower():
            return self._send(writer, 401, {"error": {"message": f"Incorrect key, not {self._key}"}})
        if path == "/models":
            card = {"id": "nano", "object": "model", "created": random.randrange(2**30), "owned_by": self._manner, "root": "/weights/nano"}
            return self._send(writer, 200, {"object": "list", "data": [card]})
        asked = json.loads(body)
        if path == "/apply-template" and self._manner == "llamacpp":
            return self._send(writer, 200, {"prompt": self._prompt(asked["messages"], is_open=True)})
        if path not in ("/chat/completions", "/completions"):
            return self._send(writer, 404, {"error": {"message": f"there is no {path}"}})
        if asked.get("max_tokens", 0) > 1:
            self.bodies.append((path, asked))
            self.times_s.append(self._loop.time())
            fault = self.faults.popleft() if self.faults else self._fault_of(body, self.asked[body])
            self.asked[body] += 1
        else:
            fault = ""
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        if not await self._faulty(fault, writer, reader):
            self._reply(path, asked, body, fault, writer)
        await writer.drain()

    async def _faulty(self, fault: str, writer: asyncio.StreamWriter, reader: asyncio.StreamReader) -> bool:
        """Whether the fault was all of the answer."""
        kind, _, value = fault.partition(":")
        headers = {"retry-after": value} if value else {}
        if kind == "429date":
            date = format_datetime(datetime.now(UTC) + timedelta(seconds=float(value)), usegmt=True)
            self._send(writer, 429, {"error": {"message": "busy"}}, {"retry-after": date})
        elif kind in ("429", "500", "503"):
            self._send(writer, int(kind), {"error": {"message": "busy", "code": kind}}, headers)
        elif kind == "overflow":
            said = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens."
            self._send(writer, 400, {"error": {"message": said, "type": "BadRequestError", "code": 400}})
        elif kind == "unknown":
            self._send(writer, 404, {"error": {"message": "The model `nano` does not exist."}})
        elif kind == "drop":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n" + b'{"choices": [{"mess')
            await writer.drain()
            writer.transport.abort()
        elif kind == "hangup":
            writer.transport.abort()
        elif kind == "stall":
            await reader.read(1)  # until the client has had enough
            raise ConnectionError
        elif kind == "malformed":
            self._send(writer, 200, "<html>it works</html>")
        elif kind == "empty":
            self._send(writer, 200, {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 0}})
        elif kind == "slow":
            await asyncio.sleep(float(value))
            return False
        else:
            return False
        return True

    def _prompt(self, messages: list[dict[str, str]], *, is_open: bool) -> str:
        """ChatML in short. `is_open`: the last turn is the assistant's and goes on."""
        text = "".join(f"<|{message['role']}|>\n{message['content']}<|end|>\n" for message in messages)
        if messages[-1]["role"] == "assistant" and is_open:
            return text.removesuffix("<|end|>\n")
        return text + "<|assistant|>\n" + self._thinks

    def _read(self, path: str, asked: dict[str, Any]) -> str:
        """The prompt as this manner of server makes it."""
        if path == "/completions":
            text: str = asked["prompt"]
            return f"<|user|>\n{text}<|end|>\n<|assistant|>\n" if self._manner in ("deaf", "closing") else text
        messages = asked["messages"]
        if self._manner == "deaf" and messages[-1]["role"] == "assistant":
            messages = messages[:-1]
        return self._prompt(messages, is_open=self._manner != "closing")

    def _reply(self, path: str, asked: dict[str, Any], body: bytes, fault: str, writer: asyncio.StreamWriter) -> None:
        prompt = self._read(path, asked)
        text, finish, stopped = self._writes(prompt, asked["seed"]), "stop", ""
        for stop in asked.get("stop", []):
            if stop in text:
                text, stopped = text.split(stop, 1)[0], stop
        n, limit = n_tokens(text) + n_tokens(stopped), asked["max_tokens"]
        if n > limit or fault == "length":
            n = min(n, limit)
            text, finish, stopped = text[: [*_TOKENS.finditer(text)][n - 1].end()] if n < n_tokens(text) else text, "length", ""
        if fault == "filter":
            text, finish = "", "content_filter"
        if self._manner == "restating" and path == "/chat/completions" and asked["messages"][-1]["role"] == "assistant":
            text = asked["messages"][-1]["content"] + text
        if limit > 1:
            self.answered[body] += 1
        usage = {"prompt_tokens": n_tokens(prompt), "completion_tokens": n, "total_tokens": n_tokens(prompt) + n}
        if asked.get("stream"):
            return self._stream(path, text, finish, usage, writer)
        first: dict[str, Any] = {"index": 0, "finish_reason": finish}
        first |= {"text": text} if path == "/completions" else {"message": {"role": "assistant", "content": text}}
        said: dict[str, Any] = {"id": "x", "object": "chat.completion", "choices": [first]}
        if asked.get("logprobs"):
            tokens = [{"token": token, "logprob": -0.5} for token in _TOKENS.findall(text)]
            first["logprobs"] = {"content": tokens} if path == "/chat/completions" else {"token_logprobs": [-0.5] * len(tokens)}
        if self._manner != "uncounted":
            said["usage"] = usage
        if self._manner == "vllm":
            first["stop_reason"] = stopped or None
            said["prompt_text"] = prompt if asked.get("return_prompt_text") else None
        if self._manner == "llamacpp" and asked.get("verbose"):
            said["__verbose"] = {"prompt": prompt, "stop_type": "word" if stopped else "eos", "stopping_word": stopped}
        self._send(writer, 200, said)

    def _stream(self, path: str, text: str, finish: str, usage: dict[str, int], writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        pieces = re.findall(r"\s*\S+|\s+$", text)
        for piece in pieces:
            part = {"text": piece} if path == "/completions" else {"delta": {"content": piece}}
            writer.write(f"data: {json.dumps({'choices': [{**part, 'finish_reason': None}]})}\n\n".encode())
        last = {"text": ""} if path == "/completions" else {"delta": {}}
        writer.write(f"data: {json.dumps({'choices': [{**last, 'finish_reason': finish}]})}\n\n".encode())
        writer.write(f"data: {json.dumps({'choices': [], 'usage': usage})}\n\ndata: [DONE]\n\n".encode())
        raise ConnectionError  # nothing more on this connection

    def _send(self, writer: asyncio.StreamWriter, status: int, said: Any, headers: dict[str, str] | None = None) -> None:
        content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n{more}\r\n"
        writer.write(head.encode() + content)


def digest(body: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(body, digest_size=8).digest(), "big")
