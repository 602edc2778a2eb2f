"""What a server's reply says, in osler's words: the text with its thought, why it ended, what it cost.

A server keeps the thought apart (`reasoning`, vLLM since 0.12; `reasoning_content`, DeepSeek, SGLang and llama.cpp) or in the text between
`<think>` and `</think>`. Here it is one text, which all codecs and readers know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from osler.core.model import Finish, Usage
from osler.models.http.attempts import Failed
from osler.models.http.gate import Went

OPENING, CLOSING = "<think>\n", "\n</think>\n\n"
_ENDED = frozenset({"stop", "eos", "eos_token", "end_turn", "stop_sequence"})


@dataclass(frozen=True)
class Choice:
    """The first choice of a reply. `stopped_by`: the stop string that ended it, empty where the turn ended, None where the server does not
    tell. `usage` is None where it counts nothing. `shown`: the prompt as the model read it, None where the server does not show it.
    `refusal`: why there is no text, of a server that filters what it writes. `is_verbose`: it has llama.cpp's further fields."""

    text: str
    finish: Finish
    stopped_by: str | None
    usage: Usage | None
    logprobs: tuple[float, ...] = ()
    shown: str | None = None
    refusal: str = ""
    is_verbose: bool = False


def choice(said: Any) -> Choice:
    """Raises Failed on a reply that has no choice, or one without text and end: it was broken off and may be asked again."""
    try:
        first = said["choices"][0]
        finish = _finish(first["finish_reason"])
        text, refusal = _text(first, finish)
        logprobs = _logprobs(first.get("logprobs"))
        usage = _usage(said.get("usage"))
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise Failed("the reply has no choice with a text and an end", Went.NEITHER) from error
    if first["finish_reason"] == "content_filter":
        refusal = "the server's filter held the reply back"
    return Choice(text, finish, _stopped_by(said, first), usage, logprobs, _shown(said), refusal, "__verbose" in said)


def _finish(word: Any) -> Finish:
    if word == "length":
        return Finish.LENGTH
    if word in _ENDED:
        return Finish.END
    if word in ("content_filter", "tool_calls", "function_call"):
        return Finish.ERROR
    raise ValueError(f"no end that is known: {word!r}")


def _text(first: Mapping[str, Any], finish: Finish) -> tuple[str, str]:
    """The text, and why there is none."""
    if "message" not in first:
        return _string(first["text"]), ""
    message = first["message"]
    content = _string(message.get("content") or "")
    reasoned = _string(message.get("reasoning") or message.get("reasoning_content") or "")
    if finish is Finish.ERROR:
        return "", "the server answered with a call of a tool"
    if reasoned:
        is_cut = finish is Finish.LENGTH and not content
        return OPENING + reasoned.strip("\n") + ("" if is_cut else CLOSING + content.lstrip("\n")), ""
    return content or _string(message.get("refusal") or ""), ""


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"no text: {value!r}")
    return value


def _stopped_by(said: Mapping[str, Any], first: Mapping[str, Any]) -> str | None:
    """vLLM says it in `stop_reason`, SGLang in `matched_stop` (a token id is an end of the turn), llama.cpp where `verbose` asks for it."""
    for name in ("stop_reason", "matched_stop"):
        if name in first:
            return first[name] if isinstance(first[name], str) else ""
    verbose = said.get("__verbose")
    if isinstance(verbose, dict) and isinstance(verbose.get("stop_type"), str):
        return str(verbose.get("stopping_word", "")) if verbose["stop_type"] == "word" else ""
    return None


def _shown(said: Mapping[str, Any]) -> str | None:
    """The prompt that the model read: vLLM (`return_prompt_text`), llama.cpp (`verbose`)."""
    verbose = said.get("__verbose")
    shown = said.get("prompt_text") or (verbose.get("prompt") if isinstance(verbose, dict) else None)
    return shown if isinstance(shown, str) and shown else None


def _usage(said: Any) -> Usage | None:
    if not isinstance(said, dict) or "completion_tokens" not in said or "prompt_tokens" not in said:
        return None
    return Usage(int(said["prompt_tokens"]), int(said["completion_tokens"]), 1)


def _logprobs(said: Any) -> tuple[float, ...]:
    """Of chat completions (a list of tokens) and of plain ones (`token_logprobs`, whose first may be null)."""
    if not isinstance(said, dict):
        return ()
    if isinstance(said.get("content"), list):
        return tuple(float(token["logprob"]) for token in said["content"])
    return tuple(float(value) for value in said.get("token_logprobs") or () if value is not None)


def is_thinking(text: str) -> bool:
    """Whether a turn of the assistant that has come to here is in a thought."""
    return text.count("<think>") > text.count("</think>")
