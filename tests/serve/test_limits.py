"""What a server does not take: too much at once, too much in one body, too long, without a key, under another's name."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import openai
import pytest

from osler.core.errors import UserError
from osler.serve.limits import Limits
from osler.serve.server import bound, is_loopback

KEY = "an example of a key, 0123456789"
ASKED = "What is it?\nA. Gout\nB. Flu"
BODY = {"model": "small", "messages": [{"role": "user", "content": ASKED}]}


@pytest.fixture(scope="module")
def plain(serving: Any) -> Any:
    return serving(serving.answering("B"), Limits(max_body_kb=4, max_tokens=64, grace_s=5))


@pytest.fixture(scope="module")
def locked(serving: Any) -> Any:
    return serving(serving.answering("B"), key=KEY)


def error_of(response: httpx.Response) -> dict[str, Any]:
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return dict(error)


def test_more_requests_than_may_wait_are_told_when_to_ask_again(serving: Any) -> None:
    held = serving.Held()
    running = serving(held, Limits(max_together=1, max_waiting=2, max_tokens=64, grace_s=5))
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(running.ask, f"{number}?\nA. x\nB. y") for number in range(3)]
        running.wait_for("osler_requests_in_flight", 3)
        with pytest.raises(openai.RateLimitError, match="3 requests are under way; ask again in 1 s") as refused:
            running.ask(ASKED)
        held.let_go.set()
        assert [each.result().osler["answer"] in ("A", "B") for each in asked] == [True] * 3
    assert refused.value.response.headers["retry-after"] == "1"
    assert refused.value.type == "rate_limit_error"
    running.wait_for("osler_requests_in_flight", 0)
    assert running.metric('osler_requests_total{outcome="busy"}') == 1
    assert running.ask(ASKED).osler["answer"] in ("A", "B")


def test_a_body_that_is_too_long_is_refused(plain: Any) -> None:
    long = {**BODY, "messages": [{"role": "user", "content": "x" * 4096}]}
    refused = plain.post(long)
    assert (refused.status_code, error_of(refused)["code"]) == (413, "body_too_large")
    fits = {**BODY, "messages": [{"role": "user", "content": "x" * 4000}]}
    assert plain.post(fits).status_code == 200
    with pytest.raises(openai.APIStatusError, match="longer than 4 KiB") as told:
        plain.ask("x" * 10_000)
    assert told.value.status_code == 413


def test_a_long_body_in_pieces_of_unsaid_length_is_refused(plain: Any) -> None:
    refused = httpx.post(
        f"{plain.url}/v1/chat/completions", content=(b"x" * 1024 for _ in range(12)), headers={"content-type": "application/json"}
    )
    assert refused.status_code == 413


def test_a_body_that_does_not_come_is_given_up(serving: Any) -> None:
    running = serving(serving.answering("B"), Limits(body_timeout_s=0.1, max_tokens=64, grace_s=5))
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n"
        connection.sendall(head.encode() + b"{")
        assert connection.recv(4096).startswith(b"HTTP/1.1 408 ")
    running.wait_for("osler_requests_in_flight", 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "body: this is no JSON"),
        (b"{", "body: this is no JSON"),
        (b"[1]", "body: this is JSON, but no object"),
        (b"\xff\xfe{}", "body: this is no JSON"),
        (b"[" * 3000, "body: this is no JSON"),
        (b'{"model": "small", "temperature": NaN}', "body: this is no JSON"),
        (rb'{"model": "small", "messages": [{"role": "user", "content": "\ud800"}]}', "body: this is no JSON"),
        (b'{"model": "small"}', "messages: Field required"),
        (b'{"model": "small", "messages": ["hello"]}', "messages.0: Input should be a valid dictionary"),
    ],
)
def test_what_is_no_request_is_refused(content: bytes, message: str, plain: Any) -> None:
    refused = httpx.post(f"{plain.url}/v1/chat/completions", content=content, headers={"content-type": "application/json"})
    assert refused.status_code == 400
    assert error_of(refused)["message"].startswith(message)


def test_other_types_of_content_are_refused(plain: Any) -> None:
    """What a page of another site can send without asking first."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        refused = httpx.post(f"{plain.url}/v1/chat/completions", content=json.dumps(BODY), headers={"content-type": kind})
        assert (refused.status_code, error_of(refused)["code"]) == (415, "invalid_content_type")


def test_other_places_and_methods_are_errors_of_the_same_shape(plain: Any) -> None:
    assert error_of(httpx.get(f"{plain.url}/v1/embeddings"))["code"] == "not_found"
    refused = httpx.get(f"{plain.url}/v1/chat/completions")
    assert refused.status_code == 405
    assert error_of(refused)["message"] == "GET /v1/chat/completions is not served here; see /"
    assert httpx.get(f"{plain.url}/docs").status_code == 404


def test_a_server_without_a_key_answers_to_this_machines_names_alone(plain: Any) -> None:
    refused = plain.post(BODY, headers={"host": "evil.example"})
    assert (refused.status_code, error_of(refused)["code"]) == (421, "wrong_host")
    for name in ("localhost:1", "127.0.0.1", "[::1]:80"):
        assert plain.post(BODY, headers={"host": name}).status_code == 200


def test_a_request_that_takes_too_long_is_given_up(serving: Any) -> None:
    held = serving.Held()
    running = serving(held, Limits(timeout_s=0.2, max_tokens=64, grace_s=5))
    with pytest.raises(openai.InternalServerError, match=r"no answer came within 0.2 s") as late:
        running.ask(ASKED)
    assert (late.value.status_code, late.value.code) == (504, "timeout")
    assert late.value.response.headers["x-should-retry"] == "false"
    running.wait_for("osler_requests_in_flight", 0)
    assert running.metric('osler_requests_total{outcome="timeout"}') == 1
    held.let_go.set()


def test_a_stream_that_takes_too_long_ends_with_an_error(serving: Any) -> None:
    held = serving.Held()
    running = serving(held, Limits(timeout_s=0.3, heartbeat_s=0.05, max_tokens=64, grace_s=5))
    stream = iter(running.ask(ASKED, stream=True))
    assert next(stream).choices[0].delta.role == "assistant"
    with pytest.raises(openai.APIError, match="no answer came within") as late:
        next(stream)
    assert late.value.code == "timeout"
    with httpx.stream("POST", f"{running.url}/v1/chat/completions", json={**BODY, "stream": True}) as response:
        lines = list(response.iter_lines())
    assert ": searching" in lines
    held.let_go.set()


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_client_that_goes_gives_its_place_back(is_streamed: bool, serving: Any) -> None:
    held = serving.Held()
    running = serving(held)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{running.url}/v1/chat/completions", json={**BODY, "stream": is_streamed}, timeout=0.5).read()
    running.wait_for("osler_requests_in_flight", 0)
    assert running.metric('osler_requests_total{outcome="gone"}') == 1
    held.let_go.set()


def test_a_key_opens(locked: Any) -> None:
    assert httpx.get(f"{locked.url}/v1/models").status_code == 401
    for wrong in ("Bearer none", f"Bearer {KEY[:-1]}", f"Bearer {KEY}x", "Bearer ключ", f"Basic {KEY}"):
        assert httpx.get(f"{locked.url}/v1/models", headers={"authorization": wrong.encode()}).status_code == 401
    with pytest.raises(openai.AuthenticationError, match="the key is missing or wrong") as refused:
        locked.ask(ASKED)
    assert refused.value.type == "authentication_error"
    assert [model.id for model in locked.client(KEY).models.list()] == ["small"]
    answer = locked.client(KEY).chat.completions.create(**BODY)
    assert answer.osler["answer"] == "B"
    assert httpx.get(f"{locked.url}/metrics").status_code == 401
    assert httpx.get(f"{locked.url}/health").json() == {"status": "ok"}
    assert "no medical device" in httpx.get(f"{locked.url}/").json()["notice"]
    assert locked.client(KEY).with_options(default_headers={"host": "osler.example"}).models.list().data


def test_which_addresses_are_this_machines() -> None:
    assert [host for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost") if not is_loopback(host)] == []
    assert [host for host in ("0.0.0.0", "::", "192.168.0.1", "example.org", "localhost.example", "") if is_loopback(host)] == []


def test_a_port_that_is_taken_is_an_error_of_the_users() -> None:
    with bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"--host 127.0.0.1 --port {port}: cannot be listened at .*; choose another"):
            bound("127.0.0.1", port)
