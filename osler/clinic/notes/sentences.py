"""The sentences of a note: what each kind says, in several wordings that are written and read back, and whether it is true."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from random import Random
from typing import NamedTuple

from osler.clinic.language import enumerate_words, split_words
from osler.clinic.notes.grammar import fields_of, pattern
from osler.clinic.world import World


class Says(StrEnum):
    FOUND = "found"
    LACKS = "lacks"
    BACKGROUND = "background"
    DIAGNOSIS = "diagnosis"
    SYSTEM = "system"
    BRINGS = "brings"
    TREATS = "treats"
    CLASS = "class"
    GIVEN = "given"
    SUMMARY = "summary"


FORMS: Mapping[Says, tuple[str, ...]] = {
    Says.FOUND: ("The visit is for {findings}.", "Complaints are {findings}.", "Examination reveals {findings}."),
    Says.LACKS: ("Not found: {findings}.", "The following is absent: {findings}."),
    Says.BACKGROUND: ("Known background: {state}.", "The record lists {state}."),
    Says.DIAGNOSIS: ("The assessment is {condition}.", "All of this is due to {condition}."),
    Says.SYSTEM: ("{condition} is listed among the {system} conditions.", "{condition} counts as {system}."),
    Says.BRINGS: ("{condition} can bring {finding}.", "With {condition} one may see {finding}."),
    Says.TREATS: ("{drug} is a treatment of {condition}.", "For {condition} there is {drug}."),
    Says.CLASS: ("{drug} is of the class {drug_class}.", "The class of {drug} is {drug_class}."),
    Says.GIVEN: ("{drug} is begun, which suits this case.", "The plan is {drug}, right and safe here."),
    Says.SUMMARY: ("In short, there is {findings}.", "To sum up: {findings}."),
}
PREMISES = (Says.FOUND, Says.LACKS, Says.BACKGROUND)
"""What was observed: a note is read as true in these."""


class Sentence(NamedTuple):
    """`words` are the fields of its form in their order; findings are joined as they are written."""

    says: Says
    words: tuple[str, ...]
    text: str

    @property
    def findings(self) -> tuple[str, ...]:
        return split_words(self.words[0], "and")


class Told(NamedTuple):
    """What a note tells of a case. `condition` is the only one of the world that explains every finding; empty where several do."""

    present: tuple[str, ...]
    absent: tuple[str, ...]
    state: str
    condition: str


def write(rng: Random, says: Says, *words: str) -> Sentence:
    """A sentence in one of the wordings of its kind."""
    return Sentence(says, words, _capital(rng.choice(FORMS[says]).format(**dict(zip(_fields(says), words, strict=True)))))


def write_findings(rng: Random, says: Says, findings: Sequence[str]) -> Sentence:
    return write(rng, says, enumerate_words(findings, "and"))


def read(text: str, world: World) -> Sentence | None:
    """The sentence, or None where it has no wording that is known. Names come back as the world has them."""
    for says, forms in FORMS.items():
        for form in forms:
            if found := pattern(form).fullmatch(text):
                return Sentence(says, tuple(_known(found[field], world) for field in _fields(says)), text)
    return None


def told_by(sentences: Sequence[Sentence], world: World) -> Told:
    def findings(says: Says) -> tuple[str, ...]:
        return tuple(finding for each in sentences if each.says is says for finding in each.findings)

    present = findings(Says.FOUND)
    states = [each.words[0] for each in sentences if each.says is Says.BACKGROUND]
    return Told(present, findings(Says.LACKS), states[0] if states else "", sole_condition(world, present))


def sole_condition(world: World, present: Sequence[str]) -> str:
    """The condition that explains all of these findings, where no other does; else empty."""
    names = [condition.name for condition in world.conditions.values() if all(map(condition.explains, present))]
    return names[0] if len(names) == 1 else ""


def is_true(sentence: Sentence, told: Told, world: World) -> bool:
    """By the world, and by what the rest of the note tells. A finding that is neither listed nor excluded is not stated of a condition."""
    match sentence.says, sentence.words:
        case Says.DIAGNOSIS, (condition,):
            return condition in world.conditions and all(map(world.conditions[condition].explains, told.present))
        case Says.SYSTEM, (condition, system):
            return condition in world.conditions and world.conditions[condition].system == system
        case Says.BRINGS, (condition, finding):
            return condition in world.conditions and world.conditions[condition].explains(finding)
        case Says.TREATS, (drug, condition):
            return drug in world.drugs and condition in world.drugs[drug].treats
        case Says.CLASS, (drug, drug_class):
            return drug in world.drugs and world.drugs[drug].drug_class == drug_class
        case Says.GIVEN, (drug,):
            return suits(drug, told, world)
        case Says.SUMMARY, _:
            return set(sentence.findings) <= set(told.present)
    return True


def suits(drug: str, told: Told, world: World) -> bool:
    """Whether a drug treats what the case has, and its background does not forbid it."""
    known = world.drugs.get(drug)
    return known is not None and told.condition in known.treats and told.state not in known.contraindications


def _fields(says: Says) -> tuple[str, ...]:
    """Those of a kind's first wording: others may name them in another order."""
    return fields_of(FORMS[says][0])


def _known(name: str, world: World) -> str:
    """A name that begins a sentence has a capital which may not be its own."""
    small = name[:1].lower() + name[1:]
    is_other = small in world.conditions or small in world.drugs
    return small if is_other and name not in world.conditions and name not in world.drugs else name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
