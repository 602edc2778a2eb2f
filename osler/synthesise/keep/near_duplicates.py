"""Near-duplicates: of questions that say nearly the same the first."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass
from rapidfuzz import fuzz

from osler.core.question import STRICT, Item
from osler.synthesise.block import Kit
from osler.synthesise.draft import Draft, DroppedDraft
from osler.synthesise.quality.near import NearIndex

AT_ONCE = 1000


@dataclass(frozen=True, config=STRICT)
class NearDuplicates:
    """Drops a draft whose text has a ratio of `least` or more (`rapidfuzz.fuzz.ratio`, 0 to 100) with that of an earlier one that was kept:
    reason `near_duplicate`, with the other's id. No pair at or above `least` is missed.

    `text` is what is compared: the question alone, or the whole `prompt` with its options in their order, as m1 does at 95 (arXiv
    2504.00869, code). "Which of the following is true?" is one question with other options each time: only `prompt` tells them apart.

    Of the drafts that were kept the texts, not the drafts, stay in memory."""

    kind: Literal["near_duplicates"] = "near_duplicates"
    least: Annotated[float, Field(ge=92, le=100)] = 95
    text: Literal["question", "prompt"] = "prompt"
    needs: ClassVar[tuple[str, ...]] = ()

    def sift(self, drafts: Iterable[Draft], kit: Kit) -> Iterator[Draft | DroppedDraft]:
        index, ids, stream = NearIndex(self.least), list[str](), iter(drafts)
        while batch := list(islice(stream, AT_ONCE)):
            texts = [compared(draft.asked, self.text) for draft in batch]
            ids += [draft.id for draft in batch]
            for draft, text, first in zip(batch, texts, index.keep(texts), strict=True):
                if first is None:
                    yield draft
                else:
                    ratio = fuzz.ratio(index.text(first), text)
                    yield DroppedDraft(draft, self.kind, "near_duplicate", f"{ids[first]}, ratio {ratio:.1f}")


def compared(item: Item, text: str) -> str:
    """The question; with its options on lines of their own where it is the prompt that is compared."""
    options = [f"{letter}. {option}" for letter, option in item.question.options.items()] if text == "prompt" else []
    return "\n".join((item.question.text, *options))
