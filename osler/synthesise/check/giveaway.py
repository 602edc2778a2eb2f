"""No giveaway: a question does not state its key, a trace does not begin with its answer, and without its steps none of them is left."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.codec import CLOSING
from osler.core.errors import Drop
from osler.core.question import STRICT, ChoiceKey, Item, MultiKey, TextKey
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.label.strip import without_steps

_STATED = re.compile(r"\b(?:answer|option|choice|key)\s*(?:is|was|:|=)[\s\"'*_(\[]*(?P<letter>(?-i:[A-Z]))(?!\w)", re.IGNORECASE)
_MARKED = re.compile(r"[✓✔✅*]\s*$|[(\[]\s*(?:the )?(?:correct|right)(?: answer| option| choice)?\s*[)\]]", re.IGNORECASE)
_SENTENCE = re.compile(r".+?(?:[.!?](?=\s|$)|\n|$)", re.DOTALL)
_ALONE = re.compile(r"^[\s\"'*_(\[]*(?P<letter>[A-Z])[\s\"'*_)\].:]*$")

_SUPPOSED = re.compile(r"\b(?:if|whether|suppose|supposing|assume|assuming)\b", re.IGNORECASE)


@dataclass(frozen=True, config=STRICT)
class NoGiveaway:
    """A draft is dropped as `key_in_question` where what `role` reads states the key: its letter as the answer, a mark beside the right
    option, or the name that is asked for. A trace is left out, and the last one's reason drops the draft, as

    - `answer_first`: its first sentence states the answer, and reasons follow;
    - `no_answer_left`: no answer, or another one, is read once its steps are taken away;
    - `reasoning_left`: what is left then has a run of `n_words` words of a step that stands neither in the question nor in an option.

    The note `giveaways` counts the traces that were left out. `n_words` None does not look for reasoning. The rules and the 8 are ours."""

    kind: Literal["no_leak"] = "no_leak"
    role: str = "teacher"
    n_words: Annotated[int, Field(ge=2)] | None = 8
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        item, policy = draft.asked, kit.policy(self.role)
        if stated := _key_in(item, policy.prompt.messages(item.question)[-1].content):
            raise Drop("key_in_question", stated)
        found = [(each, self._giveaway(each, item, kit)) for each in draft.authored]
        kept, reasons = [each for each, reason in found if not reason], [reason for _, reason in found if reason]
        if reasons and not kept:
            raise Drop(reasons[-1], f"all {len(reasons)} traces give something away")
        counts = {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}
        return [replace(draft, authored=tuple(kept)).noting(giveaways=counts) if reasons else draft]

    def _giveaway(self, authored: Authored, item: Item, kit: Kit) -> str:
        """The reason why a trace is left out; empty where it is not."""
        if begins_with_answer(authored):
            return "answer_first"
        left = without_steps(authored)
        if kit.policy(self.role).reader.read(left, item.question).value != authored.answer:
            return "no_answer_left"
        if self.n_words and reasoning_in(left, authored, item, self.n_words):
            return "reasoning_left"
        return ""


def begins_with_answer(authored: Authored) -> bool:
    """Whether the first sentence of the steps states the trace's answer, with more to follow."""
    reasoning = "\n".join(authored.steps).strip()
    first = _SENTENCE.match(reasoning)
    if authored.answer is None or not first or not reasoning[first.end() :].strip():
        return False
    said, answer = first[0], authored.answer
    named = re.compile(rf"(?<!\w){re.escape(answer)}(?!\w)", re.IGNORECASE if len(answer) > 1 else 0)
    is_closing = any(named.search(said, place.end()) and not _SUPPOSED.search(said, 0, place.start()) for place in CLOSING.finditer(said))
    is_letter = any(place["letter"] == answer for place in (*_STATED.finditer(said), *_ALONE.finditer(said)))
    return is_closing or (is_letter and not _SUPPOSED.search(said))


def reasoning_in(left: str, authored: Authored, item: Item, n: int) -> str:
    """The first run of `n` words of the steps that stands in what is left, and neither in the question nor in an option; empty if none. Of
    a trace without a response what is left is part of the last step, which is not compared."""
    steps = authored.steps if authored.response else authored.steps[:-1]
    known = {run for text in (item.question.text, *item.question.options.values()) for run in _runs(text, n)}
    said = set(_runs(left, n)) - known
    return next((" ".join(run) for step in steps for run in _runs(step, n) if run in said), "")


def _runs(text: str, n: int) -> list[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]


def _key_in(item: Item, read: str) -> str:
    """Where what is read states the key; empty where it does not."""
    match item.key:
        case ChoiceKey() | MultiKey():
            stated = [place[0] for place in _STATED.finditer(read) if place["letter"] in item.key.letters]
            marked = [text for letter, text in item.question.options.items() if letter in item.key.letters and _MARKED.search(text)]
            return next(iter([*stated, *marked]), "")
        case TextKey():
            names = (item.key.text, *item.key.synonyms)
            asked = item.question.text
            return next((name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", asked, re.IGNORECASE)), "")
    return ""
