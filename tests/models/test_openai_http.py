"""The engine at a server that behaves: what it asks, what it makes of the replies, and when it refuses."""

import asyncio
import json
import logging
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from hostile_server import HostileServer, by_steps, n_tokens

from osler.core.errors import ModelError
from osler.core.model import Finish, Message, Reply, Request, Sampling, Usage, is_async
from osler.models.http.connections import Connections
from osler.models.http.replies import choice
from osler.models.openai_http import OpenAIHTTP

QUESTION = (Message("user", "Which is number one?"),)
PROMPT = "<|user|>\nWhich is number one?<|end|>\n<|assistant|>\n"
STOP = "\n\nStep"
KEY = "sk-test-4b1d0f77"


def request(prefix: str = "", *, stop: str = "", seed: int = 7, max_tokens: int = 1024) -> Request:
    return Request(QUESTION, prefix, Sampling(max_tokens=max_tokens), stop, seed)


def asked(server: HostileServer, *requests: Request, **settings) -> list[Reply]:
    async def ask() -> list[Reply]:
        async with asyncio.timeout(60):
            model = OpenAIHTTP(server.url, "nano", **{"first_wait_s": 0.01, "max_wait_s": 0.05} | settings).load()
            try:
                return await model.complete(requests)
            finally:
                await model.close()

    return asyncio.run(ask())


def described(server: HostileServer, **settings) -> dict[str, str]:
    async def ask() -> dict[str, str]:
        async with asyncio.timeout(60):
            model = OpenAIHTTP(server.url, "nano", **settings).load()
            try:
                return await model.description()
            finally:
                await model.close()

    return asyncio.run(ask())


def saying(text: str):
    return lambda prompt, seed: text


# what is asked, and what comes of it


def test_each_request_is_sent_with_its_own_seed_and_all_that_shapes_it():
    with HostileServer() as server:
        replies = asked(server, *(request(seed=seed) for seed in (1, 2, 2**40 + 3)))
        sent = sorted((body for _, body in server.bodies), key=lambda body: body["seed"])
        assert [body["seed"] for body in sent] == [1, 2, 3]  # 31 bits of each
        assert [reply.text for reply in replies] == [by_steps(PROMPT, seed) for seed in (1, 2, 3)]
        neutral = {"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0, "repetition_penalty": 1.0}
        expected = {"model": "nano", "temperature": 1.0, "top_p": 0.95, "max_tokens": 1024, **neutral}
        assert all(expected.items() <= body.items() for body in sent)
        assert sent[0]["messages"] == [{"role": "user", "content": "Which is number one?"}]
        assert "stop" not in sent[0]


def test_it_is_an_asynchronous_model_that_promises_nothing():
    with HostileServer() as server:
        model = OpenAIHTTP(server.url, "nano").load()
        assert is_async(model)
        assert not model.is_reproducible


def test_usage_is_what_the_server_counts():
    """<|user|> \\n 4 words <|end|> \\n <|assistant|> \\n: 10 tokens; three words written."""
    with HostileServer(writes=saying("one two three")) as server:
        [reply] = asked(server, request())
        assert (reply.text, reply.finish, reply.usage, reply.n_attempts) == ("one two three", Finish.END, Usage(10, 3, 1), 1)


def test_a_reply_at_its_limit_says_so():
    with HostileServer(writes=saying("one two three")) as server:
        [reply] = asked(server, request(max_tokens=2))
        assert (reply.text, reply.finish, reply.usage.completion_tokens) == ("one two", Finish.LENGTH, 2)


def test_log_probabilities_are_asked_for_only_where_they_are_wanted():
    with HostileServer(writes=saying("one two three")) as server:
        [without] = asked(server, request())
        [reply] = asked(server, request(), has_logprobs=True)
        assert (without.logprobs, reply.logprobs) == ((), (-0.5, -0.5, -0.5))
        assert [body.get("logprobs") for _, body in server.bodies] == [None, True]


ALWAYS = {"messages", "model", "temperature", "top_p", "seed"}
NEUTRAL = {"min_p": 0.0, "repeat_penalty": 1.0, "repetition_penalty": 1.0}


@pytest.mark.parametrize(
    ("known", "sent"),
    [
        ({"max_tokens", "verbose", "return_prompt_text", "top_k", *NEUTRAL}, {"max_tokens": 1024, "top_k": -1, **NEUTRAL}),
        ({"max_completion_tokens"}, {"max_completion_tokens": 1024}),
    ],
)
def test_a_server_that_refuses_a_field_is_asked_without_it(known, sent):
    """One that takes no top-k of 0, and one that refuses every field it does not know, and `max_tokens` as well."""

    class Strict(HostileServer):
        async def _answer(self, path, head, body, reader, writer):
            if path == "/chat/completions":
                self.taken = json.loads(body)
                if self.taken.get("top_k") == 0 or set(self.taken) - ALWAYS - known:
                    return self._send(writer, 400, {"error": {"message": "a field that I do not take"}})
                body = json.dumps({"max_tokens": self.taken.get("max_completion_tokens"), **self.taken}).encode()
            await super()._answer(path, head, body, reader, writer)

    with Strict() as server:
        [reply] = asked(server, request())
        assert reply.text == by_steps(PROMPT, 7)
        assert {name: value for name, value in server.taken.items() if name not in ALWAYS} == sent


# the end of a step and the end of the turn


@pytest.mark.parametrize("manner", ["vllm", "llamacpp"])
@pytest.mark.parametrize(("text", "finish"), [(" one" + STOP + " 2: two", Finish.STOP), (" one", Finish.END)])
def test_a_server_that_tells_is_believed(manner, text, finish):
    with HostileServer(manner=manner, writes=saying(text)) as server:
        [reply] = asked(server, request("Step 1:", stop=STOP))
        assert (reply.text, reply.finish) == (" one", finish)


@pytest.mark.parametrize(("text", "finish", "n_written"), [(" one" + STOP + " 2: two", Finish.STOP, None), (" one two", Finish.END, 2)])
def test_a_server_that_does_not_tell_streams_and_is_cut_here(text, finish, n_written, tiny):
    """It is never given the stop string. Tokens are the server's where the reply came to its end, the tokenizer's where it was cut."""
    with HostileServer(manner="plain", writes=saying(text)) as server:
        [reply] = asked(server, request("Step 1:", stop=STOP), tokenizer=str(tiny))
        assert (reply.text, reply.finish) == (text.split(STOP)[0], finish)
        assert reply.usage.completion_tokens == (n_written or tokens(tiny, " one"))
        [(_, body)] = server.bodies
        assert body["stream"] is True
        assert "stop" not in body


def tokens(folder: Path, text: str) -> int:
    from transformers import AutoTokenizer

    return len(AutoTokenizer.from_pretrained(folder).encode(text, add_special_tokens=False))


def test_without_a_tokenizer_such_a_server_is_no_use_for_steps():
    with (
        HostileServer(manner="plain") as server,
        pytest.raises(ModelError, match="does not tell whether a reply ended at the stop string; name a tokenizer"),
    ):
        asked(server, request("Step 1:", stop=STOP))


# a prefix


@pytest.mark.parametrize("manner", ["vllm", "llamacpp", "plain", "restating"])
def test_a_prefix_is_continued_and_not_said_again(manner):
    """The text is what the model writes after the prompt that ends with the prefix."""
    with HostileServer(manner=manner) as server:
        [reply] = asked(server, request("Step 1:"))
        assert reply.text == by_steps(PROMPT + "Step 1:", 7)
        [(path, body)] = server.bodies
        assert path == "/chat/completions"
        assert body["messages"][-1] == {"role": "assistant", "content": "Step 1:"}
        assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)


@pytest.mark.parametrize("manner", ["deaf", "closing"])
def test_a_prefix_that_would_be_lost_or_closed_is_not_sent(manner):
    with HostileServer(manner=manner) as server:
        with pytest.raises(ModelError, match="not proven to go on from text, and might lose it; name the tokenizer"):
            asked(server, request("Step 1:"))
        assert server.bodies == []
        [reply] = asked(server, request())  # without a prefix it is as good as any
        assert reply.finish is Finish.END


def test_a_thought_is_continued_only_where_that_is_proven():
    """By counting, the tags of a thought are not proven to arrive."""
    with HostileServer(manner="plain") as server:
        with pytest.raises(ModelError, match="text, an open thought, a closed thought"):
            asked(server, request("<think>\nso\n</think>\n\nStep 1:"))
        assert server.bodies == []
    with HostileServer(manner="vllm") as server:
        [reply] = asked(server, request("<think>\nso\n</think>\n\nStep 1:"))
        assert reply.text == by_steps(PROMPT + "<think>\nso\n</think>\n\nStep 1:", 7)


def test_a_model_s_own_words_that_begin_like_the_prefix_are_its_own():
    """This server does not say the prefix again, so nothing is taken away."""
    with HostileServer(writes=saying("Step 1: again")) as server:
        [reply] = asked(server, request("Step 1:"))
        assert reply.text == "Step 1: again"


def test_a_server_that_says_the_prefix_again_but_changed_is_an_error():
    class Changing(HostileServer):
        def _reply(self, path, asked, body, fault, writer):
            if asked["max_tokens"] > 1:
                asked["messages"][-1]["content"] = asked["messages"][-1]["content"].strip()
            super()._reply(path, asked, body, fault, writer)

    with Changing(manner="restating") as server:
        [reply] = asked(server, request("Step 1: \n"))
        assert (reply.finish, reply.error) == (Finish.ERROR, "the server did not say the prefix again as it was")


def test_llama_cpp_renders_the_prompt_itself():
    with HostileServer(manner="llamacpp") as server:
        [reply] = asked(server, request("Step 1:"), prefill="completions")
        [(path, body)] = server.bodies
        assert (path, body["prompt"]) == ("/completions", PROMPT + "Step 1:")
        assert reply.text == by_steps(PROMPT + "Step 1:", 7)


class Templated(HostileServer):
    """A server of `tiny`: its chat template, and its own count."""

    def __init__(self, tiny: Path, *, n_more: int = 0) -> None:
        super().__init__(manner="plain")
        from osler.models.http.rendering import LocalTokenizer

        self._tokenizer, self._n_more = LocalTokenizer(str(tiny)), n_more

    def _read(self, path, asked):
        if path == "/completions":
            return asked["prompt"]
        messages = tuple(Message(each["role"], each["content"]) for each in asked["messages"] if each["role"] != "assistant")
        return asyncio.run_coroutine_threadsafe(self._tokenizer.rendered(messages), self._loop) and self._rendered(messages)

    def _rendered(self, messages):
        return self._tokenizer._render(messages) + " more" * self._n_more


def test_a_prompt_rendered_here_is_sent_where_it_is_the_server_s_own(tiny):
    """The server's chat drops the prefix; its plain completions take the prompt as it is."""
    with Templated(tiny) as server:
        [reply] = asked(server, request("Step 1:"), tokenizer=str(tiny))
        [(path, body)] = server.bodies
        assert path == "/completions"
        assert body["prompt"] == server._rendered(QUESTION) + "Step 1:"
        assert reply.finish is not Finish.ERROR


def test_a_template_that_is_not_the_server_s_is_not_used(tiny):
    with Templated(tiny, n_more=3) as server, pytest.raises(ModelError, match="not proven to go on from text"):
        asked(server, request("Step 1:"), tokenizer=str(tiny))


def test_a_server_that_wraps_plain_prompts_is_found_out(tiny):
    """Ollama takes the prompt of /completions for a message."""
    with HostileServer(manner="deaf") as server, pytest.raises(ModelError, match="not proven"):
        asked(server, request("Step 1:"), tokenizer=str(tiny))


def test_what_was_found_is_said():
    with HostileServer(manner="vllm") as server:
        said = described(server)
        assert said["continues a turn"].startswith(
            "by chat: text, text that ends with a space, an open thought, a closed thought (the server"
        )
        assert (said["tokens"], said["tells which stop string came"]) == ("usage", "yes")
    with HostileServer(manner="closing") as server:
        assert described(server)["continues a turn"] == "no"


# reasoning


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_that_comes_apart_is_put_before_the_content(name):
    said = {"choices": [{"message": {"content": "\n\nB.", name: "\nso\n"}, "finish_reason": "stop"}]}
    assert choice(said).text == "<think>\nso\n</think>\n\nB."


def test_reasoning_that_was_cut_off_stays_open():
    said = {"choices": [{"message": {"content": None, "reasoning": "so far"}, "finish_reason": "length"}]}
    assert choice(said).text == "<think>\nso far"


def test_a_thought_that_the_prompt_opens_is_opened_in_the_text():
    """The server shows it; and a closing tag alone shows it too."""
    with HostileServer(thinks="<think>\n", writes=saying("so it goes")) as server:
        assert asked(server, request())[0].text == "<think>\nso it goes"
    with HostileServer(manner="plain", thinks="<think>\n", writes=saying("so\n</think>\n\nB.")) as server:
        assert asked(server, request())[0].text == "<think>\nso\n</think>\n\nB."


def thinking(prompt: str, seed: int) -> str:
    """Thinks seven words; once the thought is closed, answers."""
    if "</think>" in prompt:
        return "The answer is B."
    return "<think>\none two three four five six seven\n</think>\n\nThe answer is A."


def test_a_thought_is_closed_at_its_limit_and_the_model_goes_on_behind_it():
    """`<think>`, a line end and three words are five tokens; four more for the answer. The second request is for what is left of 20."""
    with HostileServer(writes=thinking) as server:
        [reply] = asked(server, request(max_tokens=20), thinking_tokens=5)
        assert reply.text == "<think>\none two three\n</think>\n\nThe answer is B."
        assert (reply.finish, reply.usage.completion_tokens, reply.usage.n_calls) == (Finish.END, 9, 2)
        assert [body["max_tokens"] for _, body in server.bodies] == [5, 15]
        assert server.bodies[1][1]["messages"][-1]["content"] == "<think>\none two three\n</think>\n\n"


def test_a_thought_within_its_limit_is_left_alone():
    with HostileServer(writes=thinking) as server:
        [reply] = asked(server, request(max_tokens=60), thinking_tokens=40)
        assert reply.text == thinking("", 0)
        assert len(server.bodies) == 1


class Budgeting(HostileServer):
    """Knows vLLM's limit on thoughts; `has_parser` says whether it was started with what it takes."""

    has_parser = True

    def _reply(self, path, asked, body, fault, writer):
        limit = asked.get("thinking_token_budget")
        if limit is not None and limit < -1:
            return self._send(writer, 400, {"error": {"message": "`thinking_token_budget` must be a non-negative integer"}})
        if limit is not None and not self.has_parser:
            return self._send(writer, 400, {"error": {"message": "thinking_token_budget is set but reasoning_config is not configured"}})
        super()._reply(path, asked, body, fault, writer)


@pytest.mark.parametrize("has_parser", [True, False])
def test_the_server_s_own_limit_is_used_where_it_has_one(has_parser):
    class Server(Budgeting):
        pass

    Server.has_parser = has_parser
    with Server(writes=thinking) as server:
        asked(server, request(max_tokens=20), thinking_tokens=5)
        assert [body.get("thinking_token_budget") for _, body in server.bodies] == ([5] if has_parser else [None, None])


# tokens


def test_where_the_server_counts_nothing_the_tokenizer_does(tiny):
    with HostileServer(manner="uncounted", writes=saying("one two three")) as server:
        [reply] = asked(server, request(), tokenizer=str(tiny))
        assert reply.usage.completion_tokens == tokens(tiny, "one two three")
        assert reply.usage.prompt_tokens > tokens(tiny, QUESTION[0].content)
        assert described(server, tokenizer=str(tiny))["tokens"] == f"the tokenizer of {tiny}"


def test_where_nobody_counts_nothing_begins():
    with HostileServer(manner="uncounted") as server:
        with pytest.raises(ModelError, match="the server counts no tokens; name the folder of the model's tokenizer"):
            asked(server, request())
        assert server.bodies == []


# settings, addresses, keys


@pytest.mark.parametrize(
    "url",
    ["http://10.1.2.3:8000/v1", "http://hospital.example/v1", "http://0.0.0.0:1/v1", "http://127.0.0.1.example/v1", "http://[fe80::1]/v1"],
)
def test_text_does_not_travel_unencrypted_unless_told_to(url):
    with pytest.raises(ModelError, match="unencrypted, and it may be a patient's; use https, or set is_plain_http_allowed: true"):
        OpenAIHTTP(url, "nano").load()
    OpenAIHTTP(url, "nano", is_plain_http_allowed=True).check()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/v1", "http://localhost/v1", "http://[::1]:8000/v1", "http://127.9.9.9/", "https://a.example/v1"]
)
def test_loopback_and_https_need_no_leave(url):
    OpenAIHTTP(url, "nano").check()


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8000",
        "ftp://127.0.0.1/",
        "http://",
        "http://127.0.0.1:port/v1",
        "https://me:secret@a.example/v1",
        "https://a.example/v1?key=secret",
    ],
)
def test_what_is_no_address_is_not_repeated(url):
    with pytest.raises(ModelError, match=r"^base_url: ") as caught:
        OpenAIHTTP(url, "nano").check()
    assert "secret" not in str(caught.value)


def test_a_key_in_place_of_its_variable_is_not_repeated():
    with pytest.raises(ModelError, match=r"^key_env: this is not the name of an environment variable") as caught:
        OpenAIHTTP("http://127.0.0.1:1/v1", "nano", key_env=KEY).load()
    assert KEY not in str(caught.value)


def test_a_model_that_is_not_served_is_named_with_those_that_are():
    with HostileServer() as server, pytest.raises(ModelError, match=r"there is no model 'mini'; it serves nano; correct the name$"):
        OpenAIHTTP(server.url, "mini").load()


def test_where_nobody_listens_the_address_is_named():
    with HostileServer() as server:
        url = server.url
    with pytest.raises(ModelError, match=r"/v1: no answer \(ConnectError: .*\); start the server, or correct base_url$"):
        OpenAIHTTP(url, "nano", max_attempts=2, first_wait_s=0.01).load()


@pytest.mark.parametrize(("value", "state"), [("", "is not set"), ("sk-wrong-1", "holds a key that it does not accept")])
def test_a_refused_key_is_named_by_its_variable(monkeypatch, value, state):
    monkeypatch.setenv("TEST_KEY", value)
    with HostileServer(key=KEY) as server:
        with pytest.raises(ModelError, match=rf"access is refused \(HTTP 401\); the environment variable TEST_KEY {state}$") as caught:
            OpenAIHTTP(server.url, "nano", key_env="TEST_KEY").load()
        assert KEY not in str(caught.value)


def test_the_key_is_sent_and_appears_nowhere_else(monkeypatch, caplog):
    """Not in the identity, the settings, the logs at their most talkative, nor in an error of a server that repeats it."""

    class Repeating(HostileServer):
        async def _faulty(self, fault, writer, reader):
            if fault:
                self._send(writer, int(fault), {"error": {"message": f"no more for {KEY} today"}})
            return bool(fault)

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    with Repeating(["400", "500", "500"], key=KEY) as server:
        settings = OpenAIHTTP(server.url, "nano", max_attempts=2, first_wait_s=0.01)

        async def ask() -> list[object]:
            model = settings.load()
            replies = [(await model.complete([request(seed=seed)]))[0] for seed in range(3)]
            said = [model.identity, repr(model), repr(vars(model)), repr(settings), *map(repr, replies), str(await model.description())]
            await model.close()
            return [replies, *said]

        replies, *said = asyncio.run(ask())
    assert [reply.error for reply in replies] == [
        "HTTP 400: no more for *** today",
        "HTTP 500: no more for *** today, after 2 attempts",
        "",
    ]
    assert KEY not in "\n".join((*said, caplog.text, *(record.getMessage() for record in caplog.records)))


@pytest.mark.parametrize("value", ["sk-1\nhost: evil", "sk-\u00fc", "sk-1\t2"])
def test_a_key_that_is_none_is_not_sent(monkeypatch, value):
    monkeypatch.setenv("OPENAI_API_KEY", value)
    with pytest.raises(
        ModelError, match=r"^OPENAI_API_KEY: the environment variable holds characters that no key has; set it to the key alone$"
    ):
        OpenAIHTTP("http://127.0.0.1:1/v1", "nano").load()


def test_a_proxy_of_the_environment_is_used_but_for_loopback(monkeypatch):
    """The server is the proxy: it is asked for an address that does not exist, and answers."""
    with HostileServer() as server:
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTP_PROXY", server.url.removesuffix("/v1"))
        monkeypatch.setenv("http_proxy", server.url.removesuffix("/v1"))

        async def ask(settings: OpenAIHTTP) -> list[Reply]:
            model = settings.load()
            replies = await model.complete([request()])
            await model.close()
            return replies

        [reply] = asyncio.run(ask(OpenAIHTTP("http://nowhere.invalid/v1", "nano", is_plain_http_allowed=True)))
        assert reply.text == by_steps(PROMPT, 7)
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        assert asked(server, request())[0].text == by_steps(PROMPT, 7)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here to make a certificate with")
def test_https_is_checked_against_the_authority_that_is_named(monkeypatch, tmp_path):
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key -out cert"
    )
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    with HostileServer(tls=tls) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert"))
        assert asked(server, request("Step 1:"))[0].text == by_steps(PROMPT + "Step 1:", 7)
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(ModelError, match="CERTIFICATE_VERIFY_FAILED"):
            asked(server, request(), max_attempts=1)
        with pytest.raises(ModelError, match=r"self.signed certificate; name the server's authority in SSL_CERT_FILE$"):
            asyncio.run(Connections(OpenAIHTTP(server.url, "nano")).post("/chat/completions", b"{}"))


# identity


def test_the_identity_is_all_that_could_change_a_reply_and_nothing_else(tiny, monkeypatch):
    """The same when the server starts anew or the client is hastier; another for another model, limit, or means."""

    class Named(HostileServer):
        root = "/weights/nano"

        def _send(self, writer, status, said, headers=None):
            if isinstance(said, dict) and "data" in said:
                said["data"][0]["root"] = self.root
            super()._send(writer, status, said, headers)

    with Named() as server:

        def identity(**settings) -> str:
            return OpenAIHTTP(server.url, "nano", **settings).load().identity

        plain = identity()
        assert plain.startswith(f"openai_http:{server.url}:nano@")
        assert identity() == plain  # `created` is another each time
        assert identity(max_in_flight=1, timeout_s=1.0, deadline_s=9.0, max_attempts=1, key_env="OTHER") == plain
        others = [{"thinking_tokens": 5}, {"has_logprobs": True}, {"prefill": "completions"}, {"tokenizer": str(tiny)}]
        identities = {plain, *(identity(**other) for other in others)}
        Named.root = "/weights/nano-2"
        assert len(identities | {identity()}) == 6


def test_the_hostile_server_counts_as_the_tests_say():
    assert n_tokens(PROMPT) == 10
    assert n_tokens("<think>\none two three") == 5
    assert json.dumps("\n\n") == '"\\n\\n"'
