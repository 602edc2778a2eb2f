"""Prompt, completion and whether it is wanted: what TRL's KTOTrainer reads."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.core.verdict import Outcome
from osler.synthesise.draft import Draft
from osler.synthesise.exporting.export import Column, Export, Rows, said
from osler.synthesise.exporting.style import Style, Unfit, turn

_LABELS = {Outcome.RIGHT: True, Outcome.WRONG: False}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KTOExport(Export):
    """A row for each trace with a verdict: a right one is wanted, a wrong one is not. No answer and no verdict are neither."""

    kind: Literal["kto"] = "kto"
    columns: ClassVar[dict[str, Column]] = {"id": "text", "prompt": "turns", "completion": "turns", "label": "flag"}

    def rows(self, draft: Draft, style: Style) -> Rows:
        for authored in draft.authored:
            outcome = authored.outcome or Outcome.UNJUDGED
            if outcome not in _LABELS:
                yield str(outcome)
                continue
            try:
                written = turn(authored, draft.asked.question, style)
            except Unfit as unfit:
                yield str(unfit)
                continue
            yield {"id": draft.id, "prompt": self.turns(draft, style), "completion": said(written), "label": _LABELS[outcome]}
