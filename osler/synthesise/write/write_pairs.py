"""Question–answer pairs from passages (MIRIAD, arXiv 2506.06091): written, filtered by words, and checked by a role."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, Item, OpenKey, Question, Text
from osler.synthesise.asking import ask_json
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Authored, Draft, DroppedDraft

REFERS = re.compile(
    r"\b(?:the|this|that|these) (?:given |above |provided )?"
    r"(?:passage|text|excerpt|article|paper|study|studies|authors?|abstract|section)\b"
    r"|\baccording to (?:the|this) (?:source|material|report)\b",
    re.IGNORECASE,
)
"""Words that lean on a text that the reader will not have. MIRIAD's own list has "the passage" and "the study"; the others are ours."""


@dataclass(frozen=True)
class WrittenPair:
    question: Text
    answer: Text


@dataclass(frozen=True)
class WrittenPairs:
    pairs: Annotated[tuple[WrittenPair, ...], Field(min_length=1)]


@dataclass(frozen=True, config=STRICT)
class WritePairs:
    """`role` writes `n` pairs (MIRIAD: 3, at temperature 0) from the first passage of a draft; each becomes a draft with an open item. One
    that speaks of its source is dropped: `refers_to_source`."""

    kind: Literal["write_pairs"] = "write_pairs"
    role: str = "teacher"
    n: Annotated[int, Field(ge=1)] = 3
    prompt: str = "write_pairs"
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft | DroppedDraft]]:
        passage = passage_of(draft)
        text = fill(Prompt.named(self.prompt), {"n": str(self.n), "passage": passage})
        written = yield from ask_json(kit, self.role, draft, text, WrittenPairs)
        return [self._made(draft, number, pair) for number, pair in enumerate(written.pairs[: self.n], 1)]

    def _made(self, draft: Draft, number: int, pair: WrittenPair) -> Draft | DroppedDraft:
        id = f"{draft.id}-q{number}"
        item = Item(Question(id, pair.question, kind="open"), OpenKey(pair.answer))
        made = replace(draft, id=id, item=item, authored=(Authored(self.role, (), pair.answer),))
        if found := REFERS.search(f"{pair.question}\n{pair.answer}"):
            return DroppedDraft(made, self.kind, "refers_to_source", found[0])
        return made


@dataclass(frozen=True)
class CheckedPair:
    is_relevant: bool
    is_factual: bool
    is_grounded: bool


@dataclass(frozen=True, config=STRICT)
class CheckPair:
    """`role` says whether a pair is relevant, factual and grounded in its passage: what MIRIAD's clinicians check. It drops what is not, as
    `not_relevant`, `not_factual` or `not_grounded`, the first of them. MIRIAD labels a sample so and trains a classifier on it; here every
    pair is asked about."""

    kind: Literal["check_pair"] = "check_pair"
    role: str = "judge"
    prompt: str = "check_pair"
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft | DroppedDraft]]:
        item = draft.asked
        answer = item.key.text if isinstance(item.key, OpenKey) else ""
        parts = {"passage": passage_of(draft), "question": item.question.text, "answer": answer}
        checked = yield from ask_json(kit, self.role, draft, fill(Prompt.named(self.prompt), parts), CheckedPair)
        for name, holds in (("relevant", checked.is_relevant), ("factual", checked.is_factual), ("grounded", checked.is_grounded)):
            if not holds:
                raise Drop(f"not_{name}")
        return [draft]


def passage_of(draft: Draft) -> str:
    """The text of a draft's first passage. Raises Drop where it has none."""
    if not draft.passages:
        raise Drop("no_passage")
    return draft.passages[0].text
