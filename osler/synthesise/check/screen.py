"""Screen: what in a draft's passages or item speaks to a machine is reported, and the draft dropped or the words cut out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.passage import Passage
from osler.core.question import STRICT
from osler.synthesise.block import Kit, Making
from osler.synthesise.check.injection import injected_spans, without
from osler.synthesise.draft import Draft, DroppedDraft


@dataclass(frozen=True, config=STRICT)
class Screen:
    """Looks for injected text (`injected_spans`) in the passages with their headings, and in the item. Where there is some, the note
    `injection` has its [start, end] in the first passage as it came, `injected` all that was found in words, and by `then` the draft

    - "drop": is dropped as `injected`, with the notes on it;
    - "cut": goes on without the sentences that hold it; a heading, an item or a passage of which nothing would be left is not cut, and
      the draft dropped all the same;
    - "note": goes on as it is. For what reads no prompt; nothing else is safe from it.

    Where a source is to be trusted as little as the web, "drop": rules find what is said in known words alone."""

    kind: Literal["screen"] = "screen"
    then: Literal["drop", "cut", "note"] = "drop"
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft | DroppedDraft]]:
        yield from ()
        spans = [injected_spans(passage.text) for passage in draft.passages]
        in_passages = [passage.text[slice(*span)] for passage, found in zip(draft.passages, spans, strict=True) for span in found]
        elsewhere = [text for text in _other_texts(draft) if injected_spans(text)]
        if not in_passages and not elsewhere:
            return [draft]
        injected = [*in_passages, *elsewhere]
        noted = draft.noting(injection=[list(span) for span in spans[0]] if spans else [], injected=injected)
        dropped = DroppedDraft(noted, self.kind, "injected", " | ".join(injected)[:300])
        if self.then == "note":
            return [noted]
        if self.then == "drop" or elsewhere:
            return [dropped]
        try:
            return [replace(noted, passages=tuple(_cut(passage, found) for passage, found in zip(draft.passages, spans, strict=True)))]
        except Drop:
            return [dropped]


def _other_texts(draft: Draft) -> list[str]:
    headings = [" > ".join(passage.heading) for passage in draft.passages]
    item = [draft.item.question.text, *draft.item.question.options.values()] if draft.item else []
    return [*headings, *item]


def _cut(passage: Passage, spans: list[tuple[int, int]]) -> Passage:
    """Raises Drop where nothing would be left."""
    text = without(passage.text, spans)
    if not text.strip():
        raise Drop("injected")
    return replace(passage, text=text)
