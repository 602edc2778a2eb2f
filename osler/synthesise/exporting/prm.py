"""Prompt, completions, labels and mask: step supervision, as our own trainer of process reward models reads it."""

from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.synthesise.draft import Draft
from osler.synthesise.exporting.export import Column, Export, Rows
from osler.synthesise.exporting.style import Style
from osler.synthesise.exports import prm_record
from osler.synthesise.labels import LabelledTrace


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PRMExport(Export):
    """A row for each trace with labels. A masked step has a label of 0 and a mask of False; a trace of nothing else is left out."""

    kind: Literal["prm"] = "prm"
    columns: ClassVar[dict[str, Column]] = {"id": "text", "prompt": "turns", "completions": "texts", "labels": "numbers", "mask": "flags"}

    def rows(self, draft: Draft, style: Style) -> Rows:
        for authored in draft.authored:
            if not authored.labels:
                yield "no_labels"
            elif len(authored.labels) != len(authored.steps):
                yield "labels_and_steps_differ"
            elif all(label is None for label in authored.labels):
                yield "all_masked"
            else:
                labelled = LabelledTrace(authored.trace(draft.asked.question), authored.labels, is_right=authored.is_right)
                yield {**prm_record(labelled, style.prompt, style.codec), "id": draft.id, "prompt": self.turns(draft, style)}
