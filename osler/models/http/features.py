"""What a server can do, found out by asking it and seen in what it answers, never by its name.

That a beginning of the assistant's turn is continued has to be proven, since a server that does not know the flag leaves it out in silence,
and one that knows half of it closes the turn and opens another. Three things prove it:

- the server shows the prompt that the model read (vLLM's `return_prompt_text`, llama.cpp's `verbose`), and it ends with the prefix;
- it counts: 8 and 16 words of prefix cost as many tokens as words, and without them exactly what the question alone costs, so that
  nothing was opened or closed behind them;
- for plain completions: the rendered prompt has as many tokens as the server's own chat makes of the same question, so that it was neither
  wrapped once more nor begun twice, and every word of prefix adds to them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal, Protocol

from osler.core.errors import ModelError
from osler.core.model import Message, Request, Sampling
from osler.models.http.attempts import Refused
from osler.models.http.bodies import chat_body, plain_body, written_fields
from osler.models.http.replies import Choice, choice
from osler.models.http.wire import Wire
from osler.models.openai_http import OpenAIHTTP

HELLO = Request((Message("user", "Count."),), "", Sampling(temperature=0.0, top_p=1.0, max_tokens=1), "", 0)
FORMS: dict[str, str] = {
    "text": "{}",
    "text that ends with a space": "{}\n\n",
    "an open thought": "<think>\n{}",
    "a closed thought": "<think>\n{}\n</think>\n\n{}",
}
"""Chat templates that cut spaces off, or take thoughts out, lose a prefix only where it has them: each form is proven on its own."""
_SHOW = {"verbose": True, "return_prompt_text": True}
_NEUTRAL = {"min_p": 0.0, "repeat_penalty": 1.0, "repetition_penalty": 1.0}
_FIELDS: tuple[dict[str, Any], ...] = ({"top_k": 0, **_NEUTRAL}, {"top_k": -1, **_NEUTRAL}, {})
"""Servers draw by defaults of their own unless told not to: llama.cpp by top-k 40 and min-p 0.05, llama-cpp-python by a penalty of 1.1 on
what it repeats, vLLM by what lies beside the weights. No top-k is 0, but -1 for SGLang, which refuses 0 (0 comes first, since
llama-cpp-python answers a field it refuses with 500). A server that refuses fields it does not know gets none of them."""


@dataclass(frozen=True)
class Features:
    """`n_tokens` of the question `HELLO`, None where the server counts none. `is_verbose`: it tells more, such as why a reply ended, where
    `verbose` asks for it. `shows_by`: the fields that make it show the prompt, empty where none do. `is_opened`: its prompt ends with
    `<think>`. `drawn`: the fields that keep its own defaults from how tokens are drawn, empty where it refuses them. `budget_field`: where
    it takes a limit on the thought, empty if nowhere."""

    n_tokens: int | None
    is_stop_told: bool
    is_verbose: bool
    shows_by: str
    is_opened: bool
    limit_field: str
    drawn: str = ""
    budget_field: str = ""


@dataclass(frozen=True)
class Continuation:
    """How a turn is continued, for which forms of prefix, whether the reply says the prefix again, and what proves it. Of a rendered prompt
    `cut` is left out at the beginning, and `more` are fields to send with it."""

    means: Literal["chat", "completions"]
    forms: frozenset[str]
    is_restated: bool
    proof: str
    cut: str = ""
    more: str = ""


class Rendering(Protocol):
    """Makes of messages the text that the model reads, up to where the assistant begins."""

    @property
    def bos(self) -> str: ...

    async def rendered(self, messages: tuple[Message, ...]) -> str: ...


def forms_of(prefix: str) -> frozenset[str]:
    """What of `FORMS` a prefix is."""
    spaced, opened, closed = prefix[-1:].isspace(), "<think>" in prefix, "</think>" in prefix
    return frozenset(form for form, is_there in zip(FORMS, (True, spaced, opened, closed), strict=True) if is_there)


def named(forms: frozenset[str]) -> str:
    return ", ".join(form for form in FORMS if form in forms)


def words(form: str, n: int) -> str:
    return FORMS[form].format(*[" ".join(["one"] * n)] * FORMS[form].count("{}"))


class Probe:
    """Asks one server what it can do. Each request is for one token."""

    def __init__(self, wire: Wire, settings: OpenAIHTTP) -> None:
        self._wire, self._settings = wire, settings
        self._model = written_fields({"model": settings.model})

    async def features(self) -> Features:
        """Raises ModelError where the server refuses even the shortest question."""
        refused = ""
        for limit_field, show, drawn in product(("max_tokens", "max_completion_tokens"), (_SHOW, {}), _FIELDS):
            body = chat_body(HELLO, _joined(self._model, show, drawn), max_tokens=1, has_logprobs=False, limit_field=limit_field)
            try:
                hello = await self._ask("/chat/completions", body)
            except Refused as error:
                refused = refused or str(error)
                continue
            features = _features(hello, show, drawn, limit_field)
            return replace(features, budget_field=await self._budget_field(limit_field)) if self._settings.thinking_tokens else features
        raise ModelError(f"{self._settings.url}: the server answers no chat ({refused}); correct base_url or the server's settings")

    async def _budget_field(self, limit_field: str) -> str:
        """vLLM's: a server that knows it refuses a limit below -1, and takes the right one only where it was started with a parser."""
        name = "thinking_token_budget"
        for value, is_refused in ((-2, True), (self._settings.thinking_tokens, False)):
            body = chat_body(
                HELLO, f"{self._model},{written_fields({name: value})}", max_tokens=1, has_logprobs=False, limit_field=limit_field
            )
            try:
                await self._ask("/chat/completions", body)
            except Refused as error:
                if not is_refused or name not in error.words:
                    return ""
            else:
                if is_refused:
                    return ""
        return name

    async def by_chat(self, features: Features) -> Continuation | None:
        """By `continue_final_message`, or because the server goes on from a last turn of the assistant anyway. None: unproven."""
        fields = ",".join(part for part in (self._model, features.shows_by) if part)

        async def ask(prefix: str) -> Choice:
            body = chat_body(replace(HELLO, prefix=prefix), fields, max_tokens=1, has_logprobs=False, limit_field=features.limit_field)
            return await self._ask("/chat/completions", body)

        try:
            plain = await ask(words("text", 8))
            if plain.shown is not None:
                forms = frozenset([form for form in FORMS if await _is_shown(ask, words(form, 8))])
                proof = "the server shows the prompt, and it ends with the prefix"
            else:
                forms = await _counted(ask, plain, features.n_tokens)
                proof = "each word of a prefix costs a token, and nothing else does"
        except Refused:
            return None
        is_restated = plain.text.startswith(words("text", 8))  # eight words in one token: no model wrote them
        return Continuation("chat", forms, is_restated, proof) if "text" in forms else None

    async def by_rendering(self, features: Features, rendering: Rendering) -> Continuation | None:
        """By the rendered prompt, as it is, without the token that begins it, or with the server told to add none. None where no form of it
        has as many tokens as the server's own."""
        try:
            text = await rendering.rendered(HELLO.messages)
        except Refused:
            return None
        if features.n_tokens is None:
            return None
        for cut, more in (("", ""), (rendering.bos, ""), ("", ',"add_special_tokens":false')):
            if cut and not text.startswith(cut):
                continue

            async def count(prefix: str, cut: str = cut, more: str = more) -> int:
                body = plain_body(HELLO, text.removeprefix(cut) + prefix, self._model + more, max_tokens=1, has_logprobs=False)
                usage = (await self._ask("/completions", body)).usage
                return usage.prompt_tokens if usage else -1

            try:
                if await count("") == features.n_tokens and await count(words("text", 8)) >= features.n_tokens + 8:
                    proof = "the prompt rendered here has as many tokens as the server's own, and each word of a prefix adds to them"
                    return Continuation("completions", frozenset(FORMS), False, proof, cut, more)
            except Refused:
                continue
        return None

    async def _ask(self, path: str, body: bytes) -> Choice:
        return (await self._wire.ask(path, body, choice))[0]


def _features(hello: Choice, show: dict[str, Any], drawn: dict[str, Any], limit_field: str) -> Features:
    shows = bool(show) and hello.shown is not None
    return Features(
        n_tokens=hello.usage.prompt_tokens if hello.usage else None,
        is_stop_told=hello.stopped_by is not None,
        is_verbose=hello.is_verbose,
        shows_by=written_fields(show) if shows else "",
        is_opened=shows and (hello.shown or "").rstrip().endswith("<think>"),
        limit_field=limit_field,
        drawn=written_fields(drawn),
    )


def _joined(model: str, *fields: dict[str, Any]) -> str:
    return ",".join((model, *(written_fields(each) for each in fields if each)))


Asking = Callable[[str], Awaitable[Choice]]


async def _is_shown(ask: Asking, prefix: str) -> bool:
    try:
        shown = (await ask(prefix)).shown
    except Refused:
        return False
    return shown is not None and shown.endswith(prefix)


async def _counted(ask: Asking, plain: Choice, n_hello: int | None) -> frozenset[str]:
    """By the number of tokens. What the tags of a thought cost is not known, so thoughts cannot be proven in this way."""
    longer, spaced = await ask(words("text", 16)), await ask(words("text that ends with a space", 8))
    if n_hello is None or plain.usage is None or longer.usage is None or spaced.usage is None:
        return frozenset()
    n_8, n_16 = plain.usage.prompt_tokens, longer.usage.prompt_tokens
    if n_16 <= n_8 or 2 * n_8 - n_16 != n_hello:
        return frozenset()
    return frozenset({"text", *({"text that ends with a space"} if spaced.usage.prompt_tokens > n_8 else ())})
