"""Where in a reply its answer stands: after the thought, and before what the model goes on to invent.

What is thought never answers: a reasoning model weighs options that it drops again. The tags are those of DeepSeek-R1 and its kin, of
OpenThoughts, Kimi, Magistral and gpt-oss; the headings are those of HuatuoGPT-o1 (arXiv 2412.18925).
"""

import re
from typing import NamedTuple

_OPEN = re.compile(
    r"[<\[◁](?=[trs|])(?:(?<=<)(?:(?:think(?:ing)?|thoughts?|reasoning|scratchpad)>|\|(?:(?:begin_of_thought|start_thinking)\|>"
    r"|channel\|>\s?analysis|im_start\|>\s?think))|(?<=\[)think\]|(?<=◁)think▷)",
    re.IGNORECASE,
)
_CLOSE = re.compile(
    r"[<\[◁](?=[/|])(?:(?<=<)(?:/(?:think(?:ing)?|thoughts?|reasoning|scratchpad)>|\|(?:(?:end_of_thought|end_thinking)\|>"
    r"|channel\|>\s?final(?:<\|message\|>)?|im_start\|>\s?answer))|(?<=\[)/think\]|(?<=◁)/think▷)",
    re.IGNORECASE,
)
"""These begin with a set of characters, so that the search passes over all others in one step."""
_THINKING_HEADING = re.compile(
    r"\s*(?:[\w|<]{0,24}>\s*)?#{1,6}\s*(?:thinking|thoughts?|reasoning|thought process)\b[:*_ \t]*\n", re.IGNORECASE
)
_ANSWER_HEADING = re.compile(
    r"\n[ \t]*(?:#{1,6}[ \t]*[*_]{0,3}(?:(?:the[ \t])?(?:final|my|best|correct)[ \t])?(?:response|answer|conclusion)"
    r"|[*_]{2,3}final[ \t](?:response|answer|conclusion)|final[ \t](?:response|answer))[:*_ \t]*(?=\n|$)",
    re.IGNORECASE,
)
_RUN_ON = re.compile(
    r"\n[ \t]*(?:#{1,6}[ \t]*|[*_]{1,3})?(?:(?:next|new|another)[ \t])?(?:(?:question|problem|exercise"
    r"|Q)[ \t]{0,2}(?:\#?\d{1,4}[ \t]?)?[:.)]"
    r"|question[ \t]\d{1,4}[ \t]*\n|<\|(?:im_start|start_header_id|user)\||(?:human|user|instruction"
    r"|problem)[ \t]?:)",
    re.IGNORECASE,
)
_REASONS = re.compile(
    r"\n[ \t]*(?:#{1,6}[ \t]*|[*_]{1,3})?(?:rationale|explanation|justification|reasoning|reasons?|discussion|analysis|why)\b[*_ \t]*:",
    re.IGNORECASE,
)
_TURN_ENDS = re.compile(
    r"[<\[](?=[/|ei])(?:(?<=<)(?:/s>|\|(?:im_end|eot_id|endoftext|end_of_text|end|eom_id)\|>|end_of_turn>)|(?<=\[)/?INST\])", re.IGNORECASE
)
_MAY_THINK = ("<", "[", "◁")
_TAG_WORDS = ("think", "thought", "reasoning", "scratchpad", "|channel|", "im_start")
_TURN_WORDS = ("</s>", "im_end", "eot_id", "endoftext", "end_of_text", "|end|", "eom_id", "end_of_turn", "inst]")
_MAX_HEAD_WORDS = 80
_SEARCHED, _MAX_BEGINNING = 20_000, 80


class Part(NamedTuple):
    """The answer part of a text: from `start` up to `end`. `is_unfinished`: the text stops inside a thought, and nothing is answered."""

    start: int
    end: int
    is_unfinished: bool = False


def answer_part(text: str) -> Part:
    """What follows the last thought; all of the text where there is none. Before a thought that never ends, an answer may stand."""
    start, end = 0, len(text)
    if any(mark in text for mark in _MAY_THINK):
        lower = text.lower()
        is_thinking = any(word in lower for word in _TAG_WORDS)
        closes = [match.end() for match in _CLOSE.finditer(text)] if is_thinking else []
        opens = [match.start() for match in _OPEN.finditer(text)] if is_thinking else []
        after = [place for place in closes if not opens or place > opens[-1]]
        if opens and not after:
            before = text[: opens[0]].strip()
            return Part(0, opens[0] if before else 0, is_unfinished=True)
        if closes:
            start = next((place for place in reversed(after) if text[place:].strip(" \n\t")), closes[-1])
        end = _turn_end(text, start) if any(word in lower for word in _TURN_WORDS) else end
    elif "#" in text[:80] and (heading := _THINKING_HEADING.match(text)):
        answer = [match.end() for match in _ANSWER_HEADING.finditer(text, heading.end() - 1)]
        return Part(answer[-1], end) if answer and text[answer[-1] :].strip() else Part(0, 0, is_unfinished=True)
    return Part(start, end)


def _turn_end(text: str, start: int) -> int:
    """Where the model ended its turn, if it went on after it."""
    for mark in _TURN_ENDS.finditer(text, start):
        if text[start : mark.start()].strip():
            return mark.start()
    return len(text)


_HEADING_REACH = 40_000
"""How far from its end a text is searched for the heading of its answer."""


def under_heading(text: str, part: Part) -> int:
    """Where the part under the last heading such as "## Final Response" or "**Final Answer**" starts, or the part's own start."""
    lower = text.lower()
    if not ("answer" in lower or "response" in lower or "conclusion" in lower):
        return part.start
    first_looked_at = max(part.start, part.end - _HEADING_REACH)
    headings = [match.end() for match in _ANSWER_HEADING.finditer(text, first_looked_at, part.end)]
    if not headings and part.start == 0 and (first := _ANSWER_HEADING.match("\n" + text[: part.end])):
        headings = [first.end() - 1]
    return headings[-1] if headings and text[headings[-1] : part.end].strip() else part.start


def run_on(text: str, part: Part) -> int | None:
    """Where the text goes on into a question of its own after it has said something, or None."""
    first = part.start + len(text[part.start : part.start + _SEARCHED]) - len(text[part.start : part.start + _SEARCHED].lstrip())
    found = _RUN_ON.search(text, first, min(part.end, first + _SEARCHED)) if text.find("\n", first, part.end) >= 0 else None
    return found.start() if found else None


def opens_with_question(text: str, part: Part) -> bool:
    """Whether the part begins with a question under its heading."""
    return _RUN_ON.match("\n" + text[part.start : part.start + _MAX_BEGINNING].lstrip()) is not None


def reasons(text: str, part: Part) -> int | None:
    """Where reasons under a heading of their own follow a short head ("B. Insulin", then "Rationale: …"), or None."""
    room = text[part.start : min(part.end, part.start + 10 * _MAX_HEAD_WORDS)]
    found = _REASONS.search(room) if ":" in room else None
    head = room[: found.start()] if found else ""
    return part.start + found.start() if found and head.strip() and len(head.split()) <= _MAX_HEAD_WORDS else None
