"""Prompt, chosen and rejected: what TRL's DPOTrainer reads."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.core.trace import Ending
from osler.core.verdict import Outcome
from osler.synthesise.draft import Draft, Preference
from osler.synthesise.exporting.export import Column, Export, Rows, said
from osler.synthesise.exporting.style import Style, Unfit, turn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DPOExport(Export):
    """A row for each preference, by one of `rules` where some are named. One whose better trace is wrong, or written the same as the worse,
    is left out. `open` names those of the two that go on after what is written: no end of turn is to be learnt from them."""

    kind: Literal["dpo"] = "dpo"
    rules: tuple[str, ...] = ()
    columns: ClassVar[dict[str, Column]] = {"id": "text", "prompt": "turns", "chosen": "turns", "rejected": "turns", "open": "texts"}

    def rows(self, draft: Draft, style: Style) -> Rows:
        for preference in draft.preferences:
            try:
                chosen, rejected = self._written(preference, draft, style)
            except Unfit as unfit:
                yield str(unfit)
                continue
            sides = (("chosen", preference.chosen), ("rejected", preference.rejected))
            going_on = [side for side, authored in sides if authored.ending is Ending.OPEN]
            row = {"id": draft.id, "prompt": self.turns(draft, style), "chosen": said(chosen), "rejected": said(rejected)}
            yield {**row, "open": going_on}

    def _written(self, preference: Preference, draft: Draft, style: Style) -> tuple[str, str]:
        if self.rules and preference.rule not in self.rules:
            raise Unfit("another_rule")
        if preference.chosen.outcome is Outcome.WRONG:
            raise Unfit("chosen_wrong")
        chosen, rejected = (turn(each, draft.asked.question, style) for each in (preference.chosen, preference.rejected))
        if chosen == rejected:
            raise Unfit("same")
        return chosen, rejected
