"""The teaching world: conditions, findings, drugs and patient states, read from the YAML files beside this module.

The facts were written for this project from common medical knowledge. They are simplified teaching data, not a clinical reference.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from osler.core.errors import UserError


class Frequency(Enum):
    """How often a condition shows a finding: the classes of the Human Phenotype Ontology (HP:0040279), and UNLISTED for all other findings.

    The value is the probability that cases are generated with: about the middle of the class (100 %, 80–99, 30–79, 5–29, 0), kept off 0
    and 1 so that log-odds stay finite.
    """

    OBLIGATE = 0.98
    VERY_FREQUENT = 0.90
    FREQUENT = 0.55
    OCCASIONAL = 0.17
    UNLISTED = 0.02
    EXCLUDED = 0.002

    def __init__(self, share: float) -> None:
        self.log_present, self.log_absent = math.log(share), math.log(1 - share)

    @property
    def is_typical(self) -> bool:
        """Its absence speaks against the condition."""
        return self in (Frequency.OBLIGATE, Frequency.VERY_FREQUENT)

    @property
    def is_listed(self) -> bool:
        """The condition explains it."""
        return self not in (Frequency.UNLISTED, Frequency.EXCLUDED)


@dataclass(frozen=True)
class Condition:
    name: str
    system: str
    synonyms: tuple[str, ...]
    findings: dict[str, Frequency]

    def frequency(self, finding: str) -> Frequency:
        return self.findings.get(finding, Frequency.UNLISTED)

    def explains(self, finding: str) -> bool:
        return self.frequency(finding).is_listed

    def log_likelihood(self, present: Iterable[str], absent: Iterable[str]) -> float:
        """Natural log of the probability of these findings, taken as independent given the condition (naive Bayes)."""
        of, unlisted = self.findings.get, Frequency.UNLISTED
        seen = sum([of(finding, unlisted).log_present for finding in present])
        return seen + sum([of(finding, unlisted).log_absent for finding in absent])


@dataclass(frozen=True)
class Drug:
    name: str
    drug_class: str
    treats: frozenset[str]
    contraindications: frozenset[str]


@dataclass(frozen=True)
class World:
    """Everything that is true in the clinic."""

    conditions: dict[str, Condition]
    drugs: dict[str, Drug]
    findings: tuple[str, ...]
    states: tuple[str, ...]

    def drugs_for(self, condition: str) -> tuple[str, ...]:
        return tuple(drug.name for drug in self.drugs.values() if condition in drug.treats)

    def restricted_to(self, systems: tuple[str, ...]) -> "World":
        """The part of the world that concerns these body systems; all of it when `systems` is empty."""
        if not systems:
            return self
        known = sorted({condition.system for condition in self.conditions.values()})
        for system in systems:
            if system not in known:
                raise UserError(f"clinic: there is no body system {system!r}; choose among {', '.join(known)}")
        conditions = {name: condition for name, condition in self.conditions.items() if condition.system in systems}
        drugs = {
            drug.name: Drug(drug.name, drug.drug_class, drug.treats & set(conditions), drug.contraindications)
            for drug in self.drugs.values()
            if drug.treats & set(conditions)
        }
        used = {finding for condition in conditions.values() for finding in condition.findings}
        findings = tuple(finding for finding in self.findings if finding in used)
        return World(conditions, drugs, findings, self.states)


@cache
def load_world() -> World:
    """The whole clinic. Raises UserError, naming the file and the entry, where the data contradict themselves."""
    folder = files("osler.clinic") / "world"
    findings = tuple(finding for group in _read(folder / "findings.yaml").values() for finding in group)
    states = tuple(_read(folder / "states.yaml")["states"])
    conditions: dict[str, Condition] = {}
    for file in sorted((folder / "conditions").iterdir(), key=lambda file: file.name):
        content = _read(file)
        for entry in content["conditions"]:
            if entry["name"] in conditions:
                raise UserError(f"{file.name}: {entry['name']!r} is a condition already; make names unique")
            conditions[entry["name"]] = _condition(entry, content["system"], file.name)
    drugs = {
        entry["name"]: Drug(entry["name"], entry["class"], frozenset(entry["treats"]), frozenset(entry["contraindicated in"]))
        for entry in _read(folder / "drugs.yaml")["drugs"]
    }
    world = World(conditions, drugs, findings, states)
    _check(world)
    return world


def _read(file: Traversable) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _condition(entry: dict[str, Any], system: str, file: str) -> Condition:
    findings: dict[str, Frequency] = {}
    for frequency in Frequency:
        for finding in entry.get(frequency.name.lower().replace("_", " "), []):
            if finding in findings:
                raise UserError(f"{file}: {entry['name']} lists {finding!r} twice; keep one")
            findings[finding] = frequency
    return Condition(entry["name"], system, tuple(entry.get("synonyms", [])), findings)


def _check(world: World) -> None:
    for condition in world.conditions.values():
        for finding in condition.findings:
            if finding not in world.findings:
                raise UserError(f"{condition.name}: {finding!r} is not in findings.yaml; add it there or use a listed one")
    for drug in world.drugs.values():
        for condition_name in drug.treats - world.conditions.keys():
            raise UserError(f"drugs.yaml: {drug.name} treats {condition_name!r}, which is no condition; correct the name")
        for state in drug.contraindications - set(world.states):
            raise UserError(f"drugs.yaml: {drug.name} is contraindicated in {state!r}, which is not in states.yaml; add it there")
    names = [name for condition in world.conditions.values() for name in (condition.name, *condition.synonyms)]
    for name in {name for name in names if names.count(name) > 1}:
        raise UserError(f"conditions: {name!r} names two conditions; make names and synonyms unique")
