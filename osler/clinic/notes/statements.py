"""Statements about a note: their wordings, and whether the note makes them true, makes them false, or leaves them open."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from osler.clinic.notes.grammar import fields_of, pattern
from osler.clinic.notes.sentences import Told
from osler.clinic.world import Frequency, World


class Label(StrEnum):
    ENTAILED = "entailed"
    CONTRADICTED = "contradicted"
    NEUTRAL = "neutral"


STATEMENTS: Mapping[str, tuple[str, ...]] = {
    "there": ("There is {finding}.", "One can find {finding}."),
    "not_there": ("There is no {finding}.", "One cannot find {finding}."),
    "both": ("There are both {finding} and {other}.", "Together there are {finding} and {other}."),
    "neither": ("There is neither {finding} nor {other}.", "One can find neither {finding} nor {other}."),
    "either": ("There is {finding} or {other}, or both.", "At least one of {finding} and {other} is there."),
    "can": ("The condition here can bring {finding}.", "What is the matter here can bring {finding}."),
    "never": ("The condition here never brings {finding}.", "What is the matter here never brings {finding}."),
    "shows": ("On a closer look there is {finding}.", "A closer look shows {finding}."),
    "shows_not": ("On a closer look there is no {finding}.", "A closer look shows no {finding}."),
    "may_give": ("Here {drug} treats the condition and is safe.", "As a treatment that is safe here there is {drug}."),
    "may_not_give": ("Here {drug} is no treatment or is not safe.", "It is wrong that {drug} is a safe treatment here."),
    "avoid_though": ("Although it treats the condition, {drug} must be avoided here.", "Here {drug} is a treatment, but is not safe."),
    "no_use_though": ("Although it is safe here, {drug} does not treat the condition.", "Here {drug} is safe, but is no treatment."),
}
BY_LEVEL: Mapping[int, tuple[str, ...]] = {
    1: ("there", "not_there"),
    2: ("both", "neither", "either"),
    3: ("can", "never", "shows", "shows_not"),
    4: ("may_give", "may_not_give"),
    5: ("avoid_though", "no_use_though"),
}

OF_DRUGS = (*BY_LEVEL[4], *BY_LEVEL[5])

Value = bool | None
"""True, false, or open."""


class Statement(NamedTuple):
    name: str
    words: tuple[str, ...]


def read_statement(text: str, world: World) -> Statement | None:
    """None where it is in no wording that is known, or names what the world does not know."""
    for name, forms in STATEMENTS.items():
        names = world.drugs if name in OF_DRUGS else world.findings
        for form in forms:
            if found := pattern(form).fullmatch(text):
                words = tuple(found[field] for field in fields_of(forms[0]))
                if all(word in names for word in words):
                    return Statement(name, words)
    return None


def label_of(value: Value) -> Label:
    return Label.NEUTRAL if value is None else Label.ENTAILED if value else Label.CONTRADICTED


def value_of(statement: Statement, told: Told, world: World) -> Value:
    """Kleene's logic over what the note tells and what the world says of its condition."""
    first, *rest = statement.words
    match statement.name:
        case "there" | "shows":
            return has(first, told, world)
        case "not_there" | "shows_not":
            return _not(has(first, told, world))
        case "both":
            return _and(has(first, told, world), has(rest[0], told, world))
        case "neither":
            return _and(_not(has(first, told, world)), _not(has(rest[0], told, world)))
        case "either":
            return _not(_and(_not(has(first, told, world)), _not(has(rest[0], told, world))))
        case "can":
            return can_bring(first, told, world)
        case "never":
            return _not(can_bring(first, told, world))
    treats, safe = treats_it(first, told, world), is_safe(first, told, world)
    match statement.name:
        case "may_give":
            return _and(treats, safe)
        case "may_not_give":
            return _not(_and(treats, safe))
        case "avoid_though":
            return _and(treats, _not(safe))
    return _and(_not(treats), safe)


def has(finding: str, told: Told, world: World) -> Value:
    """Whether the case shows a finding: by the note, else by what its condition always or never brings."""
    if finding in told.present or finding in told.absent:
        return finding in told.present
    match world.conditions[told.condition].frequency(finding):
        case Frequency.OBLIGATE:
            return True
        case Frequency.EXCLUDED:
            return False
    return None


def can_bring(finding: str, told: Told, world: World) -> Value:
    """Whether the condition explains a finding; open where the facts neither list nor exclude it."""
    match world.conditions[told.condition].frequency(finding):
        case Frequency.UNLISTED:
            return None
        case Frequency.EXCLUDED:
            return False
    return True


def treats_it(drug: str, told: Told, world: World) -> bool:
    return told.condition in world.drugs[drug].treats


def is_safe(drug: str, told: Told, world: World) -> Value:
    """Open where no background is told and some background forbids the drug."""
    forbidden = world.drugs[drug].contraindications
    return told.state not in forbidden if told.state or not forbidden else None


def _not(value: Value) -> Value:
    return None if value is None else not value


def _and(first: Value, second: Value) -> Value:
    if first is False or second is False:
        return False
    return None if first is None or second is None else True
