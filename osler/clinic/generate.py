"""Seeded cases. Splits are by combination: the set of present findings decides the split, so a held-out case is never a training case in
other words."""

import hashlib
import random
from collections.abc import Callable
from enum import StrEnum

from osler.clinic.case import Case, CaseKind
from osler.clinic.truth import account
from osler.clinic.world import Condition, World
from osler.core.errors import UserError

MAX_TRIES_PER_CASE = 20_000


class Split(StrEnum):
    TRAIN = "train"
    DEV = "dev"
    HELDOUT = "heldout"


class Difficulty(StrEnum):
    """How close the wrong options are, and how clearly the findings tell them from the right one."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"

    @property
    def n_nearest(self) -> int:
        """Wrong options are drawn from this many conditions nearest by likelihood."""
        return {"easy": 60, "medium": 20, "hard": 8}[self.value]

    @property
    def min_margin(self) -> float:
        """The right condition's log-likelihood exceeds every rival's by at least this (natural log)."""
        return {"easy": 4.0, "medium": 2.0, "hard": 1.0}[self.value]


def split_of(present: tuple[str, ...]) -> Split:
    """60 % of the combinations of present findings are for training, 10 % for development, 30 % held out."""
    return split_of_text("|".join(sorted(present)))


def split_of_text(text: str) -> Split:
    """The same shares of all that a text can name."""
    share = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32
    return Split.TRAIN if share < 0.6 else Split.DEV if share < 0.7 else Split.HELDOUT


def generate_cases(
    world: World, kind: CaseKind, split: Split, n: int, *, seed: int, difficulty: Difficulty, n_options: int, n_present: int
) -> list[Case]:
    """`n` cases of one kind and split, no combination twice. The same arguments always give the same cases, and a longer list begins with
    the shorter one. Raises UserError where the world cannot supply so many."""
    if not (kind is CaseKind.DIAGNOSIS or 4 <= n_options <= 6):
        raise UserError(f"clinic: n_options is {n_options}; a case has 4 to 6 options")
    make: dict[CaseKind, Callable[[random.Random], Case | None]] = {
        CaseKind.DIFFERENTIAL: lambda rng: _differential(rng, world, difficulty, n_options, n_present),
        CaseKind.DIAGNOSIS: lambda rng: _diagnosis(rng, world, difficulty, n_present),
        CaseKind.PATHWAY: lambda rng: _pathway(rng, world, difficulty, n_options, n_present),
    }
    rng = random.Random(f"{seed}/{kind}/{split}")
    cases: list[Case] = []
    seen: set[frozenset[str]] = set()
    n_tries = 0
    while len(cases) < n:
        if n_tries == MAX_TRIES_PER_CASE:
            raise UserError(
                f"clinic: only {len(cases)} of {n} {kind} cases for {split}; ask for fewer, or for more body systems or findings"
            )
        n_tries += 1
        case = make[kind](rng)
        if case is None or split_of(case.present) is not split or frozenset(case.present) in seen:
            continue
        seen.add(frozenset(case.present))
        cases.append(_with_id(case, f"clinic-{kind}-{split}-{len(cases):05d}"))
        n_tries = 0
    return cases


def _with_id(case: Case, case_id: str) -> Case:
    return Case(case_id, case.kind, case.condition, case.present, case.absent, case.options, case.answer, case.state)


def _present(rng: random.Random, condition: Condition, n: int) -> tuple[str, ...]:
    """`n` of the condition's findings without replacement, each with weight equal to its frequency (Efraimidis and Spirakis 2006)."""
    listed = [(finding, frequency) for finding, frequency in condition.findings.items() if frequency.is_listed]
    drawn = sorted(listed, key=lambda entry: rng.random() ** (1 / entry[1].value), reverse=True)[:n]
    return tuple(finding for finding, _ in drawn)


def _nearest(world: World, condition: str, present: tuple[str, ...]) -> list[Condition]:
    """The other conditions, most likely first."""
    others = [other for other in world.conditions.values() if other.name != condition]
    return sorted(others, key=lambda other: -other.log_likelihood(present, ()))


def _absent(rng: random.Random, right: Condition, rivals: list[Condition]) -> tuple[str, ...]:
    """Up to two findings that are typical of a rival and that the right condition does not explain."""
    telling = [
        finding for rival in rivals for finding, frequency in rival.findings.items() if frequency.is_typical and not right.explains(finding)
    ]
    telling = list(dict.fromkeys(telling))
    return tuple(rng.sample(telling, min(len(telling), rng.randint(0, 2))))


def _differential(rng: random.Random, world: World, difficulty: Difficulty, n_options: int, n_present: int) -> Case | None:
    right = rng.choice(list(world.conditions.values()))
    present = _present(rng, right, n_present)
    near = _nearest(world, right.name, present)[: difficulty.n_nearest]
    rivals = rng.sample(near, min(n_options - 1, len(near)))
    absent = _absent(rng, right, [rival for rival in rivals if not set(present) & _typical(rival)] or rivals)
    absent = tuple(finding for finding in absent if finding not in present)
    names = [right.name, *(rival.name for rival in rivals)]
    rng.shuffle(names)
    case = Case("draft", CaseKind.DIFFERENTIAL, right.name, present, absent, tuple(names), right.name)
    return case if len(names) == n_options and _stands_out(world, case, rivals, difficulty.min_margin) else None


def _typical(condition: Condition) -> set[str]:
    return {finding for finding, frequency in condition.findings.items() if frequency.is_typical}


def _diagnosis(rng: random.Random, world: World, difficulty: Difficulty, n_present: int) -> Case | None:
    right = rng.choice(list(world.conditions.values()))
    present = _present(rng, right, n_present)
    rivals = _nearest(world, right.name, present)
    absent = tuple(finding for finding in _absent(rng, right, rivals[:3]) if finding not in present)
    case = Case("draft", CaseKind.DIAGNOSIS, right.name, present, absent, (), right.name)
    return case if _stands_out(world, case, rivals[:5], difficulty.min_margin) else None


def _stands_out(world: World, case: Case, rivals: list[Condition], min_margin: float) -> bool:
    """The right condition is clearly the likeliest, and every rival leaves something unexplained or would bring something absent."""
    own = world.conditions[case.condition].log_likelihood(case.present, case.absent)
    for rival in rivals:
        explained, missing = account(world, case, rival.name)
        if own - rival.log_likelihood(case.present, case.absent) < min_margin or (explained == case.present and not missing):
            return False
    return True


def _pathway(rng: random.Random, world: World, difficulty: Difficulty, n_options: int, n_present: int) -> Case | None:
    right = rng.choice(list(world.conditions.values()))
    state = rng.choice(world.states)
    treating = [world.drugs[name] for name in world.drugs_for(right.name)]
    safe = [drug.name for drug in treating if state not in drug.contraindications]
    unsafe = [drug.name for drug in treating if state in drug.contraindications]
    if not safe or not unsafe:
        return None
    present = _present(rng, right, n_present)
    rivals = _nearest(world, right.name, present)[:5]
    others = [drug.name for drug in world.drugs.values() if right.name not in drug.treats]
    answer, trap = rng.choice(safe), rng.choice(unsafe)
    options = [answer, trap, *rng.sample(others, n_options - 2)]
    rng.shuffle(options)
    case = Case("draft", CaseKind.PATHWAY, right.name, present, (), tuple(options), answer, state)
    return case if _stands_out(world, case, rivals, difficulty.min_margin) else None
