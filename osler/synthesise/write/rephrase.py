"""Rephrase: a role asks the question of an item in prose. The options, the key and the steps stay as they are."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.errors import Drop, RecipeError
from osler.core.prompt import Prompt, fill
from osler.core.question import STRICT, ChoiceKey, Item
from osler.synthesise.asking import ask_read
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft


@dataclass(frozen=True, config=STRICT)
class Rephrase:
    """What `role` says is checked by names alone: each of the note `names` must be in it (`lost_fact`), the right option must not
    (`told_answer`), and it must end as a question (`no_question`). Whether it asks the same is seen by solving it again: put `solve` after
    it. The words of before are the note `asked_before`. QwQ-Med-3 (arXiv 2507.13966) has its items written by a model from the path; with
    which checks is not published."""

    kind: Literal["rephrase"] = "rephrase"
    role: str = "teacher"
    needs: ClassVar[tuple[str, ...]] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        return (self.role,)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        item = draft.asked
        names = draft.notes.get("names")
        if not names:
            raise RecipeError(f"blocks: rephrase needs the note 'names', which {draft.id!r} has not; give it tasks made from a graph")
        text = fill(Prompt.named("rephrase"), {"question": item.question.text, "names": "\n".join(f"- {name}" for name in names)})
        said = yield from ask_read(kit, self.role, draft, text, lambda said: _checked(said, item, names))
        asked = replace(item, question=replace(item.question, text=said))
        return [replace(draft.noting(asked_before=item.question.text), item=asked)]


def _checked(said: str, item: Item, names: Sequence[str]) -> str:
    if not said.endswith("?"):
        raise Drop("no_question", said[-200:])
    if lost := [name for name in names if name.casefold() not in said.casefold()]:
        raise Drop("lost_fact", f"{', '.join(lost)}: not in {said[:200]!r}")
    if isinstance(item.key, ChoiceKey):
        right = item.question.options[item.key.letters[0]]
        if right.casefold() not in item.question.text.casefold() and right.casefold() in said.casefold():
            raise Drop("told_answer", f"{right}: in {said[:200]!r}")
    return said
