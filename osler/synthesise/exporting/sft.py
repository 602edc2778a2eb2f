"""Chat messages of right traces: what TRL's SFTTrainer reads."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.core.verdict import Outcome
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.exporting.export import Column, Export, Rows, said
from osler.synthesise.exporting.style import Style, Unfit, bare, turn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class SFTExport(Export):
    """A row for each right trace; never a wrong one, and one that nobody judged only where `has_unjudged`. Not `is_with_trace`: the answer
    alone, for the same ids. `authors`, where named, and no other; none that bears one of `without_flags`."""

    kind: Literal["sft"] = "sft"
    is_with_trace: bool = True
    has_unjudged: bool = False
    authors: tuple[str, ...] = ()
    without_flags: tuple[str, ...] = ()
    columns: ClassVar[dict[str, Column]] = {"id": "text", "messages": "turns"}

    def rows(self, draft: Draft, style: Style) -> Rows:
        for authored in draft.authored:
            if reason := self._unwanted(authored):
                yield reason
                continue
            try:
                written = (turn if self.is_with_trace else bare)(authored, draft.asked.question, style)
            except Unfit as unfit:
                yield str(unfit)
                continue
            yield {"id": draft.id, "messages": [*self.turns(draft, style), *said(written)]}

    def _unwanted(self, authored: Authored) -> str:
        if self.authors and authored.author not in self.authors:
            return "another_author"
        if set(self.without_flags) & set(authored.flags):
            return "flagged"
        if authored.outcome in (None, Outcome.UNJUDGED):
            return "" if self.has_unjudged else "unjudged"
        return "" if authored.is_right else str(authored.outcome)
