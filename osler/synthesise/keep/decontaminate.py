"""Decontaminate: what stands in a test set, whole or nearly so, is not trained on."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.synthesise.block import Kit
from osler.synthesise.draft import Draft, DroppedDraft
from osler.synthesise.quality.contamination import CUTS, Text, compared_text, rule_of

AT_ONCE = 2000


@dataclass(frozen=True, config=STRICT)
class Decontaminate:
    """Drops a draft that overlaps with an item of a set that the synthesis is `against`: reason `contaminated`, with that item's id.

    `rule` "ours" is what `osler overlap` does. The published ones are `characters`, `ngram`, `blocks` and `ratio`, cut at `cut`, or where
    they were published: 64 characters, 13 words, half of the item, a ratio of 95. What is compared is the question, with its options where
    it has fewer than 8 words; `is_whole`: and what its passages and traces say, each by itself."""

    kind: Literal["decontaminate"] = "decontaminate"
    rule: Literal["ours", "characters", "ngram", "blocks", "ratio"] = "ours"
    cut: Annotated[float, Field(gt=0)] | None = None
    is_whole: bool = False
    needs: ClassVar[tuple[str, ...]] = ("overlapping",)

    def sift(self, drafts: Iterable[Draft], kit: Kit) -> Iterator[Draft | DroppedDraft]:
        stream = iter(drafts)
        while batch := list(islice(stream, AT_ONCE)):
            texts = [(f"{at} {part}", text) for at, draft in enumerate(batch) for part, text in enumerate(self._texts(draft))]
            found: dict[int, str] = {}
            for id, tested in self._found(texts, kit):
                found.setdefault(int(id.split()[0]), tested)
            for at, draft in enumerate(batch):
                yield DroppedDraft(draft, self.kind, "contaminated", found[at]) if at in found else draft

    def _texts(self, draft: Draft) -> list[str]:
        texts = [compared_text(draft.item)] if draft.item else []
        if self.is_whole:
            texts += [passage.text for passage in draft.passages]
            texts += ["\n".join((*each.steps, each.response)) for each in draft.authored]
        return [text for text in texts if text.strip()]

    def _found(self, texts: Sequence[Text], kit: Kit) -> list[tuple[str, str]]:
        if self.rule == "ours":
            assert kit.overlapping is not None
            overlapping = kit.overlapping(texts)
            return [(id, overlapping[id]) for id, _ in texts if id in overlapping]
        rule = rule_of(self.rule, [text for _, text in kit.tested], self.cut or CUTS[self.rule])
        found = rule.find([text for _, text in texts])
        return [(id, kit.tested[number][0]) for (id, _), number in zip(texts, found, strict=True) if number is not None]
