"""The share of a reply that is in the language of its question."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.rewards.terms.term import Kit, Seen, Term


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Language(Term):
    """The share s of the letters that are of the question's language (`language` where it is named), in [0, 1]; 0 where the sentences are
    of another, or there are none. `least`: 1 from that share on, else 0, as a gate wants it. `is_penalty`: s − 1, in [−1, 0], of which
    Med-R³ (arXiv 2507.23541) takes a tenth for the thought and a tenth for the response."""

    kind: Literal["language"] = "language"
    of: Literal["reply", "reasoning", "response"] = "reply"
    language: str = ""
    least: Annotated[float, Field(ge=0, le=1)] | None = None
    is_penalty: bool = False

    def number(self, seen: Seen, kit: Kit) -> float:
        text = {"reply": seen.text, "reasoning": seen.reasoning, "response": seen.response}[self.of]
        wanted = self.language or kit.language_of(seen.item.question.text)
        share = _share(text, wanted, kit)
        share = share if self.least is None else float(share >= self.least)
        return share - 1 if self.is_penalty else share


def _share(text: str, wanted: str, kit: Kit) -> float:
    if not any(letter.isalpha() for letter in text):
        return 0.0
    if not wanted:
        return 1.0
    found = kit.language_of(text)
    return 1 - kit.foreign_share(text, wanted) if found in ("", wanted) else 0.0
