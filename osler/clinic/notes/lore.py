"""What the teaching world says, by name, so that a case is drawn without going through all of it."""

import math
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import chain
from typing import NamedTuple

from osler.clinic.world import Condition, Frequency, World, load_world


class Lore(NamedTuple):
    """`shown` are the findings that a condition explains and `shown_by` the conditions that explain a finding; `never` are those that it
    excludes, `always` the obligate ones. `gains` are the log-likelihoods of a finding (natural log) over that of one that is unlisted.
    `related` are findings whose names contain one another, such as fever and high fever: no two of them stand in one note.
    `telling` are findings that some condition always brings and another never. `silent_states` are the backgrounds
    that speak of no finding: a low blood pressure is both."""

    world: World
    names: tuple[str, ...]
    shown: Mapping[str, tuple[str, ...]]
    shown_by: Mapping[str, frozenset[str]]
    never: Mapping[str, tuple[str, ...]]
    always: Mapping[str, tuple[str, ...]]
    gains: Mapping[str, Mapping[str, float]]
    treated_by: Mapping[str, tuple[str, ...]]
    related: Mapping[str, frozenset[str]]
    telling: frozenset[str]
    silent_states: frozenset[str]

    def sole_condition(self, present: Iterable[str]) -> str:
        """The condition that explains all of these findings, where no other does; else empty."""
        names = frozenset.intersection(*(self.shown_by[finding] for finding in present))
        return next(iter(names)) if len(names) == 1 else ""

    def rivals(self, own: str, present: Iterable[str]) -> list[str]:
        """The other conditions that explain any of these findings, the likeliest first."""
        gained: dict[str, float] = {}
        for finding in present:
            for name, gain in self.gains[finding].items():
                gained[name] = gained.get(name, 0.0) + gain
        gained.pop(own, None)
        return sorted((name for name in gained if gained[name] > 0), key=lambda name: -gained[name])

    def is_apart(self, finding: str, others: Iterable[str]) -> bool:
        """Whether it is none of the others, nor a broader or narrower name of one."""
        return self.related[finding].isdisjoint(others)


@cache
def lore() -> Lore:
    world = load_world()
    conditions = world.conditions.values()
    unlisted = math.log(Frequency.UNLISTED.value)
    shown = {each.name: tuple(finding for finding in each.findings if each.explains(finding)) for each in conditions}
    always = {each.name: _of(each, Frequency.OBLIGATE) for each in conditions}
    never = {each.name: _of(each, Frequency.EXCLUDED) for each in conditions}
    return Lore(
        world,
        tuple(world.conditions),
        shown,
        {finding: frozenset(name for name in shown if finding in shown[name]) for finding in world.findings},
        never,
        always,
        {
            finding: {each.name: math.log(each.findings[finding].value) - unlisted for each in conditions if finding in each.findings}
            for finding in world.findings
        },
        {name: world.drugs_for(name) for name in world.conditions},
        {finding: frozenset(other for other in world.findings if finding in other or other in finding) for finding in world.findings},
        frozenset(chain.from_iterable(always.values())) & frozenset(chain.from_iterable(never.values())),
        frozenset(state for state in world.states if not any(_matter(finding) in state for finding in world.findings)),
    )


def _of(condition: Condition, wanted: Frequency) -> tuple[str, ...]:
    return tuple(finding for finding, frequency in condition.findings.items() if frequency is wanted)


def _matter(finding: str) -> str:
    """What a finding is about: blood pressure, whether it is high or low."""
    return finding.removeprefix("high ").removeprefix("low ")
