"""Open form: a multiple-choice item becomes an open question with one short answer, as HuatuoGPT-o1 (arXiv 2412.18925), Med-R³ (arXiv
2507.23541) and ReMEDY (its README) begin. Untried at scale.

HuatuoGPT-o1's labels and its two further tries at a rewriting; whether the question still has one answer is asked as in Med-R³. Ours: the
rules of `open_rules.py`, that the key stays the text of the right option, and that other names for it count only where a second role says
that they mean the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, ChoiceKey, Item, OpenKey, Question, Text, TextKey
from osler.core.reading import Reading
from osler.core.records import describe
from osler.synthesise.asking import N_TRIES, ask_json, ask_read, json_in
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft
from osler.synthesise.solve.told import question_text
from osler.synthesise.write.open_rules import amiss, unfit

PASS = "pass"
REASONS = ("too_simple", "ambiguous", "not_reformulatable")
"""HuatuoGPT-o1's labels of an item; one that does not pass is dropped for it."""


@dataclass(frozen=True)
class Opened:
    """An open question as a role wrote it, with the answer and other names for it."""

    question: Text
    answer: Text
    synonyms: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Confirmed:
    """Whether an open question has one answer, and which names mean the same as it."""

    is_unique: bool
    same: tuple[str, ...] = ()


@dataclass(frozen=True, config=STRICT)
class OpenForm:
    """`role` says whether an item can be asked without options and rewrites it; `check_role` confirms that one answer is left and which
    names mean the same. The open draft has the id of the closed one with "-open" after it, the closed item's id as the place of its origin
    and in its cluster, and no traces. The key is the right option's text: a name of at most `max_name_words` words with its synonyms, else
    a free answer. `is_closed_kept`: the closed draft goes on as well, before the open one, for a curriculum from one to the other.

    Dropped by rule, and for the labels of `role`; a rewriting that stays amiss drops the draft as `has_options`, `gives_answer`,
    `new_number` or `other_answer`, and one without a unique answer as `not_unique`. Items of fewer than `min_words` words are short; how
    many were short is not published."""

    kind: Literal["open_form"] = "open_form"
    role: str = "teacher"
    check_role: str = "judge"
    min_words: Annotated[int, Field(ge=0)] = 10
    max_name_words: Annotated[int, Field(ge=1)] = 6
    is_closed_kept: bool = False
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.role, self.check_role)))

    @property
    def most_calls(self) -> int:
        return 3 * N_TRIES

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        item = draft.asked
        if reason := unfit(item, self.min_words):
            raise Drop(reason, item.question.text[-200:])
        parts = {"item": question_text(item.question), "answer": _right(item)}
        suits = yield from ask_read(kit, self.role, draft, fill(Prompt.named("open_form_suits"), parts), _suits)
        if suits != PASS:
            raise Drop(suits, item.question.text[-200:])
        written = fill(Prompt.named("open_form_write"), parts)
        opened = yield from ask_read(kit, self.role, draft, written, lambda said: _opened(said, item, kit))
        names = yield from self._confirmed(draft, kit, opened, item)
        made = self._made(draft, item, opened.question, names)
        return [draft, made] if self.is_closed_kept else [made]

    def _confirmed(self, draft: Draft, kit: Kit, opened: Opened, item: Item) -> Making[tuple[str, ...]]:
        """The names that mean the same as the right option, other than its own."""
        right = _right(item)
        offered = [name for name in dict.fromkeys((opened.answer, *opened.synonyms)) if not _is_named(kit, name, [right])]
        parts = {"question": opened.question, "answer": right, "names": "\n".join(offered) or "(none)"}
        text = fill(Prompt.named("open_form_check"), parts)
        confirmed = yield from ask_json(kit, self.check_role, draft, text, Confirmed)
        if not confirmed.is_unique:
            raise Drop("not_unique", opened.question[-200:])
        if opened.answer in offered and opened.answer not in confirmed.same:
            raise Drop("other_answer", f"{opened.answer!r} for {right!r}")
        return tuple(name for name in offered if name in confirmed.same and not _is_named(kit, name, _wrong(item)))

    def _made(self, draft: Draft, item: Item, text: str, names: tuple[str, ...]) -> Draft:
        right = _right(item)
        key = TextKey(right, names) if len(right.split()) <= self.max_name_words else OpenKey(right)
        opened = Item(Question(f"{item.id}-open", text), key, item.group, item.cluster or item.id)
        origin = replace(draft.origin, place=item.id)
        made = replace(draft, id=f"{draft.id}-open", origin=origin, item=opened, authored=(), preferences=())
        return made.noting(open_form={"of": item.id, "key": key.kind})


def _right(item: Item) -> str:
    assert isinstance(item.key, ChoiceKey)
    return item.question.options[item.key.letters[0]]


def _wrong(item: Item) -> list[str]:
    return [text for text in item.question.options.values() if text != _right(item)]


def _suits(said: str) -> str:
    value = json_in(said).get("suits")
    word = value.strip().lower().replace(" ", "_").replace("-", "_") if isinstance(value, str) else ""
    if word not in (PASS, *REASONS):
        raise Drop("wrong_shape", said[:200])
    return word


def _opened(said: str, item: Item, kit: Kit) -> Opened:
    try:
        opened = TypeAdapter(Opened).validate_python(json_in(said))
    except ValidationError as error:
        raise Drop("wrong_shape", describe(error)) from error
    is_other = _is_named(kit, opened.answer, _wrong(item))
    reason = "other_answer" if is_other else amiss(opened.question, [_right(item), opened.answer, *opened.synonyms], item.question.text)
    if reason:
        raise Drop(reason, opened.question[-200:])
    return opened


def _is_named(kit: Kit, name: str, texts: Sequence[str]) -> bool:
    """Whether a name is one of these texts, as the judge of names compares."""
    return any(kit.judges["text"].judge(Reading(name), TextKey(text)).is_right for text in texts)
