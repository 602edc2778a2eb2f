"""A reward as a mix of terms: what must hold, what counts how much, and each term logged apart."""

from dataclasses import dataclass as plain_dataclass
from math import isfinite
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.question import STRICT
from osler.core.verdict import Outcome
from osler.rewards.terms.answer import Answer, Verified
from osler.rewards.terms.form import Form, Format
from osler.rewards.terms.language import Language
from osler.rewards.terms.length import Overlong, ReasoningLength
from osler.rewards.terms.paths import PathOverlap
from osler.rewards.terms.repetition import Repetition
from osler.rewards.terms.retrieval import RetrievalRecall
from osler.rewards.terms.survival import Reasons, SurvivalClass, SurvivalTime
from osler.rewards.terms.term import Kit, Seen

AnyTerm = Annotated[
    Answer
    | Verified
    | Format
    | Language
    | ReasoningLength
    | Overlong
    | Repetition
    | RetrievalRecall
    | PathOverlap
    | SurvivalClass
    | SurvivalTime
    | Reasons,
    Field(discriminator="kind"),
]
AnyGate = Annotated[Format | Language, Field(discriminator="kind")]


@plain_dataclass(frozen=True)
class Worth:
    """What an attempt is worth: `total`, and what each term adds to it, by name; beside them `gate` and how the answer came out, 1 or 0."""

    total: float
    terms: dict[str, float]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class RewardMix:
    """The sum of `terms`, each times its weight, where every term of the `gate` gives 1; else `floor`. `form` says how a reply is parted
    into thought and response; left out, it is the recipe's codec. `is_opened`: the prompt ends with `<think>`, as the chat templates of
    some reasoning models have it, and a reply goes on from there."""

    terms: tuple[AnyTerm, ...] = Field(default=(Answer(),), min_length=1)
    gate: tuple[AnyGate, ...] = ()
    floor: float = 0.0
    form: Form | None = None
    is_opened: bool = False

    def __post_init__(self) -> None:
        names = [name_of(term) for term in self.terms]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two terms are called {twice[0]!r}; give one of them a `name`")
        if taken := [name for name in names if name in _TAKEN]:
            raise ValueError(f"the name {taken[0]!r} is taken; give the term another")
        if any(getattr(term, "is_penalty", False) for term in self.gate):
            raise ValueError("a penalty is never 1, and so no gate; give the gate's term a `least`")
        if self.is_opened and self.form in ("step", "section"):
            raise ValueError(f"no prompt opens a thought of the form {self.form}; leave is_opened out")

    def worth(self, seen: Seen, kit: Kit) -> Worth:
        """Every term is asked, behind the gate as well, so that an empty attempt shows whether a record lacks something. Raises
        RecordError where it has not, and UserError with the attempt where a term is no finite number."""
        holds = all(term.number(seen, kit) >= 1 for term in self.gate)
        counted = {"gate": float(holds), **{f"is_{outcome}": float(seen.verdict.outcome is outcome) for outcome in Outcome}}
        numbers = {name_of(term): self._added(term, seen, kit) for term in self.terms}
        added = {name: number if holds else 0.0 for name, number in numbers.items()}
        return Worth(sum(added.values()) if holds else self.floor, added | counted)

    def _added(self, term: AnyTerm, seen: Seen, kit: Kit) -> float:
        number = term.weight * term.number(seen, kit)
        if not isfinite(number):
            start = " ".join(seen.text.split())[:80]
            raise UserError(f"{seen.item.id}: the term {name_of(term)} gives {number} for {start!r}; a reward has to be a finite number")
        return 0.0 if term.is_for_right and not seen.verdict.is_right else number


_TAKEN = {"gate", *(f"is_{outcome}" for outcome in Outcome)}


def name_of(term: AnyTerm) -> str:
    return term.name or term.kind
