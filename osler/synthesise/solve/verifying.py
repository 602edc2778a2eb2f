"""Whether a trace is right, by the judge of its key and, where that does not say so, by a role that is asked.

HuatuoGPT-o1 has a model say true or false against the reference; an exact match agreed with people on 70.5 to 74.5 %, its model on 94.5 to
96.5 % (arXiv 2412.18925). Ours is asked in both orders and agrees only where both say "same".
"""

import re

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import Item, OpenKey, TextKey
from osler.core.trace import Trace
from osler.core.verdict import Outcome
from osler.synthesise.asking import N_TRIES, ask_read, judged
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft

_VERDICT = re.compile(r"verdict\W+(same|different)\b", re.IGNORECASE)

MOST_JUDGING = 2 * N_TRIES
"""Calls for one verdict: two orders."""


def verified(kit: Kit, draft: Draft, trace: Trace, item: Item, judge_role: str | None) -> Making[Outcome]:
    """The verdict of the key's judge; where it is not right and the key is a name or a free answer, that of `judge_role`."""
    outcome = judged(kit, trace, item)
    if outcome in (Outcome.RIGHT, Outcome.NO_ANSWER) or judge_role is None or not isinstance(item.key, TextKey | OpenKey):
        return outcome
    given, reference = f"Given answer:\n{trace.answer}", f"Reference answer:\n{item.key.text}"
    words = []
    for first, second in ((reference, given), (given, reference)):
        text = fill(Prompt.named("judge_open"), {"question": item.question.text, "first": first, "second": second})
        try:
            words.append((yield from ask_read(kit, judge_role, draft, text, _word)))
        except Drop as drop:
            if drop.reason == "errored":
                raise
            return Outcome.UNJUDGED
        if words[-1] == "different":
            return Outcome.WRONG
    return Outcome.RIGHT


def can_verify(kit: Kit, item: Item, judge_role: str | None) -> bool:
    """Whether anybody says what is right."""
    return item.key.kind in kit.judges or (judge_role is not None and isinstance(item.key, OpenKey))


def _word(said: str) -> str:
    stated = _VERDICT.findall(said)
    if not stated:
        raise Drop("malformed", said[:200])
    word: str = stated[-1].lower()
    return word
