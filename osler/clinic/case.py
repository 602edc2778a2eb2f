"""Case: one patient of the clinic, with everything that is true of it."""

from enum import StrEnum

from pydantic.dataclasses import dataclass

from osler.clinic.language import enumerate_words
from osler.clinic.world import World
from osler.core.question import STRICT, ChoiceKey, Item, Key, Question, TextKey


class CaseKind(StrEnum):
    DIFFERENTIAL = "differential"  # which of these conditions fits best?
    DIAGNOSIS = "diagnosis"  # the same without options: the answer is a name
    PATHWAY = "pathway"  # finding → condition → drug → contraindication


@dataclass(frozen=True, config=STRICT)
class Case:
    """A patient with `condition` who shows `present` and not `absent`.

    `options` are conditions (differential) or drugs (pathway) in the order of their letters, empty for a diagnosis. `answer` is the right
    condition or drug by name. `state` is the background that rules drugs out (pathway only).
    """

    id: str
    kind: CaseKind
    condition: str
    present: tuple[str, ...]
    absent: tuple[str, ...]
    options: tuple[str, ...]
    answer: str
    state: str = ""

    def lettered(self) -> dict[str, str]:
        return {chr(ord("A") + position): option for position, option in enumerate(self.options)}

    def letter_of(self, option: str) -> str:
        return chr(ord("A") + self.options.index(option))

    def question(self) -> Question:
        return Question(self.id, self._text(), self.lettered())

    def key(self, world: World) -> Key:
        if self.options:
            return ChoiceKey((self.letter_of(self.answer),))
        return TextKey(self.answer, world.conditions[self.answer].synonyms)

    def item(self, world: World) -> Item:
        return Item(self.question(), self.key(world), group=self.kind.value)

    def presentation(self) -> str:
        """What the patient shows and does not show."""
        lacks = f", but no {enumerate_words(self.absent, 'or')}" if self.absent else ""
        return f"A patient has {enumerate_words(self.present, 'and')}{lacks}"

    def _text(self) -> str:
        match self.kind:
            case CaseKind.DIFFERENTIAL:
                return f"{self.presentation()}. Which condition fits best?"
            case CaseKind.DIAGNOSIS:
                return f"{self.presentation()}. What is the diagnosis?"
            case CaseKind.PATHWAY:
                return f"{self.presentation()}, on a background of {self.state}. Which drug treats the cause and is safe?"
