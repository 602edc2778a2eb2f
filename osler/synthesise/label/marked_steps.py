"""What Med-PRM makes of a judge's marks (arXiv 2506.11474, public code): zero after the first error, a balance of right and wrong, and
passages packed whole."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from osler.core.passage import Passage
from osler.core.verdict import Outcome
from osler.synthesise.draft import Authored
from osler.synthesise.labels import Label

CHARACTERS_PER_TOKEN = 4
"""An estimate for English prose; the published packing counts with the policy's tokenizer, which is not here."""

LEAST_RIGHT = 2


def marks_in(said: Sequence[Any], n_steps: int) -> tuple[Label, ...]:
    """The mark of each step, of entries such as {"step": 1, "label": 0}. None where a step has no entry, two that differ, or a label that
    is neither 0 nor 1: nothing is guessed."""
    marks: dict[int, set[int]] = {}
    unread = set[int]()
    for entry in said:
        number, mark = (entry.get("step"), entry.get("label")) if isinstance(entry, dict) else (None, None)
        if isinstance(number, int) and not isinstance(number, bool):
            if isinstance(mark, int) and not isinstance(mark, bool) and mark in (0, 1):
                marks.setdefault(number, set()).add(mark)
            else:
                unread.add(number)
    return tuple(
        float(next(iter(marks[number]))) if len(marks.get(number, ())) == 1 and number not in unread else None
        for number in range(1, n_steps + 1)
    )


def zero_after(labels_S: Sequence[Label]) -> tuple[Label, ...]:
    """After the first 0 every label is 0: what follows an error rests on it."""
    first = next((at for at, label in enumerate(labels_S) if label == 0), len(labels_S))
    return (*labels_S[:first], *(0.0 for _ in labels_S[first:]))


def balanced(authored: Sequence[Authored]) -> tuple[list[Authored], dict[str, int]]:
    """The traces that stay, in their order, and how many do not, by reason: `unmarked` where no step has a label, `unjudged` where the
    answer is neither right nor wrong, `no_error` for a wrong answer without a 0, `right_to_spare` for right ones beyond the number of wrong
    ones that stay, or beyond two where that is more."""
    reasons: list[str | None] = [_reason(each) for each in authored]
    n_wrong = sum(reason is None and each.outcome is Outcome.WRONG for each, reason in zip(authored, reasons, strict=True))
    n_left = max(n_wrong, LEAST_RIGHT)
    for at, each in enumerate(authored):
        if reasons[at] is None and each.is_right:
            reasons[at] = None if n_left else "right_to_spare"
            n_left -= bool(n_left)
    stay = [each for each, reason in zip(authored, reasons, strict=True) if reason is None]
    return stay, dict(sorted(Counter(reason for reason in reasons if reason).items()))


def packed(passages: Sequence[Passage], max_tokens: int) -> list[Passage]:
    """The first passages that fit whole, up to the first that does not: none is cut, and none further down takes its place."""
    taken: list[Passage] = []
    for passage in passages:
        max_tokens -= n_tokens(passage)
        if max_tokens < 0:
            break
        taken.append(passage)
    return taken


def n_tokens(passage: Passage) -> int:
    """As the judge reads it, with its headings; an estimate."""
    return math.ceil(len(shown(passage)) / CHARACTERS_PER_TOKEN)


def shown(passage: Passage) -> str:
    return "\n".join(part for part in (" > ".join(passage.heading), passage.text) if part)


def _reason(authored: Authored) -> str | None:
    if all(label is None for label in authored.labels):
        return "unmarked"
    if authored.outcome not in (Outcome.RIGHT, Outcome.WRONG):
        return "unjudged"
    return "no_error" if authored.outcome is Outcome.WRONG and 0.0 not in authored.labels else None
