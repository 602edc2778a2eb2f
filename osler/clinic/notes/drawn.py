"""A case for a note: a condition that its findings give away, findings that are absent, a background, and drugs that suit or do not."""

from random import Random
from typing import NamedTuple

from osler.clinic.notes.lore import Lore

N_PRESENT = (3, 4)
N_ABSENT = 2
N_NEAR = 6


class Drawn(NamedTuple):
    """`rivals` explain some of the findings too, the likeliest first. `suited` treat the condition and are safe here; `unsafe` treat it and
    are not."""

    condition: str
    present: tuple[str, ...]
    absent: tuple[str, ...]
    state: str
    rivals: tuple[str, ...]
    suited: tuple[str, ...]
    unsafe: tuple[str, ...]


def draw(rng: Random, lore: Lore) -> Drawn | None:
    """None where the findings that were drawn do not give the condition away, or nothing treats it."""
    own = rng.choice(lore.names)
    drugs = lore.treated_by[own]
    if not drugs:
        return None
    present = tuple(rng.sample(lore.shown[own], min(rng.choice(N_PRESENT), len(lore.shown[own]))))
    is_apart = all(lore.is_apart(finding, present[:at]) for at, finding in enumerate(present))
    if len(present) < 2 or not is_apart or lore.sole_condition(present) != own:
        return None
    rivals = tuple(lore.rivals(own, present))
    absent = _absent(rng, lore, own, rivals, present)
    states = sorted({state for drug in drugs for state in lore.world.drugs[drug].contraindications} & lore.silent_states)
    if len(absent) < N_ABSENT or not states:
        return None
    state = rng.choice(states)
    suited = tuple(drug for drug in drugs if state not in lore.world.drugs[drug].contraindications)
    return Drawn(own, present, absent, state, rivals, suited, tuple(drug for drug in drugs if drug not in suited))


def _absent(rng: Random, lore: Lore, own: str, rivals: tuple[str, ...], present: tuple[str, ...]) -> tuple[str, ...]:
    """Findings of the nearest rivals that the condition does not explain."""
    of_rivals = dict.fromkeys(finding for rival in rivals[:N_NEAR] for finding in lore.shown[rival] if own not in lore.shown_by[finding])
    telling = list(of_rivals)
    absent: list[str] = []
    for finding in rng.sample(telling, len(telling)):
        if len(absent) < N_ABSENT and lore.is_apart(finding, (*present, *absent)):
            absent.append(finding)
    return tuple(absent)


def unspoken(rng: Random, lore: Lore, drawn: Drawn) -> str:
    """A finding that the note says nothing of and that the condition neither always nor never brings; empty where none was found."""
    own, spoken = drawn.condition, (*drawn.present, *drawn.absent)
    for _ in range(20):
        finding = rng.choice(lore.shown[rng.choice((own, *drawn.rivals[:N_NEAR]))])
        if finding not in lore.never[own] and finding not in lore.always[own] and lore.is_apart(finding, spoken):
            return finding
    return ""
