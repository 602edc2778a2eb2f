"""The steps of an entailment: what the note and the world say of what the statement names, whether the statement is then true, false or
open; checked by the world and by the note's text."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from osler.clinic.language import enumerate_words, split_words
from osler.clinic.notes.grammar import fill, read_form
from osler.clinic.notes.sentences import Told, read, told_by
from osler.clinic.notes.statements import Statement, can_bring, has, is_safe, read_statement, treats_it, value_of
from osler.clinic.truth import Truth
from osler.clinic.world import Frequency, World

STEPS: Mapping[str, str] = {
    "alone": "{condition} alone explains {findings}.",
    "told": "The note tells of {finding}.",
    "denied": "The note says that {finding} is absent.",
    "always": "The note does not speak of {finding}, but {condition} always brings it.",
    "ruled_out": "The note does not speak of {finding}, but {condition} never brings it.",
    "open": "The note does not speak of {finding}, and {condition} neither always nor never brings it.",
    "unlisted": "Nothing says whether {condition} can bring {finding}.",
    "can": "{condition} can bring {finding}.",
    "never": "{condition} never brings {finding}.",
    "treats": "{drug} treats {condition}.",
    "not_treats": "{drug} does not treat {condition}.",
    "safe": "{drug} is safe in {state}.",
    "avoid": "{drug} must be avoided in {state}.",
    "unknown": "The note tells no background, and some forbid {drug}.",
    "closing": "So the statement is {value}.",
}
VALUES = {True: "true", False: "false", None: "open"}

_TEXT = re.compile(r"\n\n(?P<note>[^\n]+)\n\nStatement: (?P<statement>[^\n]+)\n\n")
_OF_FINDING = {True: ("told", "always"), False: ("denied", "ruled_out"), None: ("open", "open")}
_OF_CAN = {True: "can", False: "never", None: "unlisted"}


class Posed(NamedTuple):
    """A note and a statement read back from a text."""

    told: Told
    statement: Statement


@lru_cache(maxsize=512)
def _parts(text: str) -> tuple[tuple[str, ...], str] | None:
    found = _TEXT.search(text)
    return (tuple(re.split(r"(?<=\.) ", found["note"])), found["statement"]) if found else None


def read_posed(text: str, world: World) -> Posed | None:
    """None where a sentence or the statement is in no wording that is known, or where no one condition explains all findings."""
    parts = _parts(text)
    statement = read_statement(parts[1], world) if parts else None
    if parts is None or statement is None:
        return None
    sentences = [sentence for sentence in (read(text, world) for text in parts[0]) if sentence]
    told = told_by(sentences, world)
    return Posed(told, statement) if len(sentences) == len(parts[0]) and told.condition else None


def write_steps(world: World, told: Told, statement: Statement) -> list[str]:
    """What each name in the statement comes to, and what the statement then is."""
    steps = [fill(STEPS["alone"], told.condition, enumerate_words(told.present, "and"))]
    for word in statement.words:
        if word in world.drugs:
            steps += _of_drug(world, told, word)
        elif statement.name in ("can", "never"):
            steps.append(fill(STEPS[_OF_CAN[can_bring(word, told, world)]], told.condition, word))
        else:
            steps.append(_of_finding(world, told, word))
    return [*steps, fill(STEPS["closing"], VALUES[value_of(statement, told, world)])]


def _of_finding(world: World, told: Told, finding: str) -> str:
    is_spoken = finding in told.present or finding in told.absent
    name = _OF_FINDING[has(finding, told, world)][0 if is_spoken else 1]
    return fill(STEPS[name], finding) if is_spoken else fill(STEPS[name], finding, told.condition)


def _of_drug(world: World, told: Told, drug: str) -> list[str]:
    treats = fill(STEPS["treats" if treats_it(drug, told, world) else "not_treats"], drug, told.condition)
    safe = is_safe(drug, told, world)
    if safe is None:
        return [treats, fill(STEPS["unknown"], drug)]
    return [treats, fill(STEPS["safe" if safe else "avoid"], drug, told.state)]


def check(world: World, posed: Posed, step: str) -> Truth:
    """The truth of a step that is not the answer."""
    found = read_form(STEPS, step)
    if found is None:
        return Truth.UNREADABLE
    return Truth.TRUE if _holds(world, posed, *found) else Truth.FALSE


def _holds(world: World, posed: Posed, name: str, words: tuple[str, ...]) -> bool:
    told, first, rest = posed.told, words[0], words[1:]
    match name:
        case "closing":
            return first == VALUES[value_of(posed.statement, told, world)]
        case "alone":
            return first == told.condition and sorted(split_words(rest[0], "and")) == sorted(told.present)
        case "told":
            return first in told.present
        case "denied":
            return first in told.absent
        case "always" | "ruled_out" | "open":
            return rest == (told.condition,) and _is_unspoken(world, told, first, name)
        case "can" | "never" | "unlisted":
            return (
                first in world.conditions
                and rest[0] in world.findings
                and _frequency_says(world.conditions[first].frequency(rest[0]), name)
            )
    return first in world.drugs and _drug_holds(world, told, name, first, rest)


def _is_unspoken(world: World, told: Told, finding: str, name: str) -> bool:
    if finding not in world.findings or finding in (*told.present, *told.absent):
        return False
    frequency = world.conditions[told.condition].frequency(finding)
    return name == {Frequency.OBLIGATE: "always", Frequency.EXCLUDED: "ruled_out"}.get(frequency, "open")


def _frequency_says(frequency: Frequency, name: str) -> bool:
    return name == {Frequency.UNLISTED: "unlisted", Frequency.EXCLUDED: "never"}.get(frequency, "can")


def _drug_holds(world: World, told: Told, name: str, drug: str, rest: tuple[str, ...]) -> bool:
    known = world.drugs[drug]
    match name:
        case "treats" | "not_treats":
            return rest[0] in world.conditions and (rest[0] in known.treats) is (name == "treats")
        case "safe" | "avoid":
            return bool(told.state) and rest == (told.state,) and (told.state in known.contraindications) is (name == "avoid")
    return not told.state and bool(known.contraindications)
