"""Sufficient: reasoning without its conclusion must still lead to the answer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, Item
from osler.core.reading import Reading
from osler.core.trace import Ending, Trace
from osler.synthesise.asking import ask_read, judged
from osler.synthesise.block import Kit, Making, together
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.grounded.asked import parts_of


@dataclass(frozen=True, config=STRICT)
class Sufficient:
    """The traces whose steps, without the response, make `role` give the right answer (MedReason's test). A draft without one is dropped:
    `no_trace` where none was written, else `insufficient`.

    The note `sufficient` counts the traces, those that were enough, and among these those whose steps state the right answer in so many
    words already (`n_stated`): there the test proves little, which the paper does not count."""

    kind: Literal["sufficient"] = "sufficient"
    role: str = "student"
    needs: ClassVar[tuple[str, ...]] = ()

    PROMPT: ClassVar[str] = "paths_sufficient"

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        if not draft.authored:
            raise Drop("no_trace")
        item, reader = draft.asked, kit.policy(self.role).reader
        readings = yield from together([self._read(draft, kit, each) for each in draft.authored])
        pairs = zip(draft.authored, readings, strict=True)
        kept = [each for each, reading in pairs if _is_right(kit, item, reading)]
        if not kept:
            said = ", ".join(reading.value or str(reading.abstention) for reading in readings)
            raise Drop("insufficient", f"answers without the conclusion: {said}")
        n_stated = sum(_is_right(kit, item, reader.read("\n\n".join(each.steps), item.question)) for each in kept)
        counts = {"n": len(draft.authored), "n_enough": len(kept), "n_stated": n_stated}
        return [replace(draft.noting(sufficient=counts), authored=tuple(kept))]

    def _read(self, draft: Draft, kit: Kit, authored: Authored) -> Making[Reading]:
        question = draft.asked.question
        text = fill(Prompt.named(self.PROMPT), {**parts_of(question), "reasoning": "\n\n".join(authored.steps)})
        return (yield from ask_read(kit, self.role, draft, text, lambda said: kit.policy(self.role).reader.read(said, question)))


def _is_right(kit: Kit, item: Item, reading: Reading) -> bool:
    return judged(kit, Trace(item.question, ending=Ending.FINISHED, reading=reading), item).value == "right"
