"""The form of a reply: exactly one thought and one response, or none at all."""

import re
from typing import Literal, NamedTuple

from pydantic.dataclasses import dataclass

from osler.core.codec import Codec, Parsed, StepCodec, ThinkCodec
from osler.core.question import STRICT
from osler.rewards.terms.term import Kit, Seen, Term

Form = Literal["step", "think", "section", "think_answer"]
"""A codec, or the form of MedVLThinker (arXiv 2508.02669): `<think>…</think>`, white space, `<answer>…</answer>`, and nothing else."""

_THINK_ANSWER = re.compile(r"<think>(?P<reasoning>.*?)</think>\s*<answer>(?P<response>.*?)</answer>", re.DOTALL)
_TAG = re.compile(r"</?(?:think|answer)>", re.IGNORECASE)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]*(?:thinking|final response)\b", re.IGNORECASE | re.MULTILINE)


class Parts(NamedTuple):
    reasoning: str
    response: str


def parts_of(text: str, codec: Codec | None) -> Parts | None:
    """The thought and the response of a text as the codec writes them, or without one as think_answer does; None where it is not of this
    form: a part is missing or empty, or stands there twice.

    Of steps the last is the response. Tags and headings count in whatever case they are written."""
    if codec is None:
        found = _THINK_ANSWER.fullmatch(text.strip())
        is_once = len(_TAG.findall(text)) == 4
        return _filled(found["reasoning"], found["response"]) if found and is_once else None
    parsed = codec.parse(text)
    is_twice = len((_TAG if isinstance(codec, ThinkCodec) else _HEADING).findall(text)) != 2 and not isinstance(codec, StepCodec)
    return None if parsed is None or is_twice else _parted(parsed, is_step=isinstance(codec, StepCodec))


def _parted(parsed: Parsed, *, is_step: bool) -> Parts | None:
    texts = [step.text for step in parsed.steps]
    return Parts("\n\n".join(texts[:-1]), texts[-1]) if is_step else _filled("\n\n".join(texts), parsed.response)


def _filled(reasoning: str, response: str) -> Parts | None:
    return Parts(reasoning.strip(), response.strip()) if reasoning.strip() and response.strip() else None


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Format(Term):
    """1 where the reply is of the mix's form, else 0. The published reward of HuatuoGPT-o1 (arXiv 2412.18925) asks the same of
    `## Thinking` and `## Final Response`."""

    kind: Literal["format"] = "format"

    def number(self, seen: Seen, kit: Kit) -> float:
        return float(seen.is_formed)
