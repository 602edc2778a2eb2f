"""One drawn differential: candidates, what is there and what is not, and what is right; or None where the draw does not fit its level."""

import math
from collections.abc import Container, Sequence
from itertools import pairwise
from random import Random
from typing import Literal, NamedTuple

from osler.clinic.differentials.levels import LEVELS, MAX_PRESENT, MIN_PRESENT, N_OPTIONS, Rung
from osler.clinic.differentials.posterior import entropy_bits, looked_for, updated
from osler.clinic.differentials.profiles import UNLISTED, Profiles, chance

Aim = Literal["likeliest", "ruled_out", "next_finding", "ranked"]

_UNLISTED = chance(UNLISTED)
_N_POOL = 12
_N_SEEN = 2
_ORDERS = 4
"""So many orders of findings are tried for one set of candidates that are to be close."""
_TRIES_PER_MISSING = 8
_MIN_ENTROPY_BITS = 0.6


class Drawn(NamedTuple):
    """Positions in the profiles. `own` is the condition that the findings were drawn from; `right` is a position among `candidates`, or
    among `options` where the next finding is asked for."""

    asked: Aim
    level: int
    own: int
    candidates: tuple[int, ...]
    present: tuple[int, ...]
    absent: tuple[int, ...]
    options: tuple[int, ...]
    right: int


def draw(rng: Random, profiles: Profiles, asked: Aim, level: int) -> Drawn | None:
    """The same state of `rng` gives the same draw."""
    chosen = _candidates(rng, profiles, LEVELS[level])
    if chosen is None:
        return None
    if asked == "ruled_out":
        return _ruled_out(rng, profiles, level, *chosen)
    if asked == "next_finding":
        return _next_finding(rng, profiles, level, *chosen)
    return _weighed(rng, profiles, level, *chosen, asked)


def chances_of(profiles: Profiles, candidates: Sequence[int], finding: int) -> list[float]:
    return [profiles.probabilities[candidate].get(finding, _UNLISTED) for candidate in candidates]


def _candidates(rng: Random, profiles: Profiles, rung: Rung) -> tuple[int, list[int]] | None:
    """A condition, and candidates that it is one of, in random order."""
    own = rng.randrange(len(profiles.conditions))
    near = profiles.nearest(own, rung.n_near)
    if len(near) < rung.n_candidates - 1:
        return None
    candidates = [own, *rng.sample(near, rung.n_candidates - 1)]
    rng.shuffle(candidates)
    return own, candidates


def _by_frequency(rng: Random, profiles: Profiles, own: int) -> list[int]:
    """A condition's findings without replacement, each with weight equal to its frequency."""
    shown = profiles.probabilities[own]
    return _in_order(rng, profiles.listed[own], [shown[finding] for finding in profiles.listed[own]])


def _in_order(rng: Random, findings: Sequence[int], weights: Sequence[float]) -> list[int]:
    """A weighted order (Efraimidis and Spirakis 2006) of the findings that have a weight."""
    random, log = rng.random, math.log
    keys = [(log(1 - random()) / weight, finding) for finding, weight in zip(findings, weights, strict=True) if weight]
    keys.sort(reverse=True)
    return [finding for _, finding in keys]


def _weights(profiles: Profiles, own: int, rivals: Sequence[int]) -> list[float]:
    """The frequency of each finding times the number of rivals that show it too."""
    findings, shown = profiles.listed[own], profiles.probabilities[own]
    n_showing = map(sum, zip(*(map(profiles.shown[rival].__contains__, findings) for rival in rivals), strict=True))
    return [shown[finding] * n for finding, n in zip(findings, n_showing, strict=True)]


def _missing(
    rng: Random, profiles: Profiles, own: int, candidates: Sequence[int], n: int, certain: Container[int] = ()
) -> list[int] | None:
    """`n` findings, typical of candidates, that a case of `own` does not show, each as often as its profile has it; none of `certain`."""
    random, shown, missing = rng.random, profiles.probabilities[own], list[int]()
    for _ in range(_TRIES_PER_MISSING * n):
        typical = profiles.typical[candidates[int(random() * len(candidates))]]
        if typical and random() >= shown.get(finding := typical[int(random() * len(typical))], _UNLISTED):
            if finding not in missing and finding not in certain and not profiles.related[finding].intersection(missing):
                missing.append(finding)
            if len(missing) == n:
                break
    return missing if len(missing) == n else None


def _apart(profiles: Profiles, findings: Sequence[int], missing: Sequence[int], n: int) -> list[int]:
    """The first `n` findings of which none is missing, or is a broader or narrower name of one that is, or of another of them."""
    taken = list[int]()
    for finding in findings:
        related = profiles.related[finding]
        if finding not in missing and not (related and (related.intersection(missing) or related.intersection(taken))):
            taken.append(finding)
            if len(taken) == n:
                break
    return taken


def _shares_two(profiles: Profiles, rivals: Sequence[int], present: Sequence[int]) -> bool:
    """Whether some rival shows two of the findings as well."""
    return any(sum(finding in profiles.shown[rival] for finding in present) >= 2 for rival in rivals)


def _weighed(
    rng: Random, profiles: Profiles, level: int, own: int, candidates: list[int], asked: Literal["likeliest", "ranked"]
) -> Drawn | None:
    """Findings are added until the posterior of the condition that they come from lies within the level, or all candidates stand apart."""
    rung, at = LEVELS[level], candidates.index(own)
    rivals = [candidate for candidate in candidates if candidate != own]
    missing = _missing(rng, profiles, own, rivals, rung.n_absent)
    if missing is None:
        return None
    rows = [profiles.probabilities[candidate] for candidate in candidates]
    prior = [math.prod(1 - row.get(finding, _UNLISTED) for finding in missing) for row in rows]
    is_close = asked == "ranked" or rung.high < 1
    by_finding = _weights(profiles, own, rivals if is_close else [own])
    for _ in range(_ORDERS if is_close else 1):
        weights, there = prior, _apart(profiles, _in_order(rng, profiles.listed[own], by_finding), missing, MAX_PRESENT)
        for n_present, finding in enumerate(there, 1):
            weights = [weight * row.get(finding, _UNLISTED) for weight, row in zip(weights, rows, strict=True)]
            if n_present < MIN_PRESENT or not _fits(weights, at, rung, asked):
                continue
            if _shares_two(profiles, rivals, there[:n_present]):
                right = weights.index(max(weights))
                return Drawn(asked, level, own, tuple(candidates), tuple(there[:n_present]), tuple(missing), (), right)
    return None


def _fits(weights: Sequence[float], at: int, rung: Rung, asked: Aim) -> bool:
    """Whether the posterior, of which these are multiples, is of the level."""
    total = sum(weights)
    if asked == "ranked":
        gap = rung.rank_gap * total
        return all(more - less >= gap for more, less in pairwise(sorted(weights, reverse=True)))
    return rung.low * total <= weights[at] <= rung.high * total


def _ruled_out(rng: Random, profiles: Profiles, level: int, own: int, candidates: list[int]) -> Drawn | None:
    """One rival always shows a finding that is not there; decoys are typical of some candidate, but not always shown by any."""
    rows = [profiles.percents[candidate] for candidate in candidates]
    always = [(at, finding) for at, each in enumerate(candidates) if each != own for finding in profiles.certain[each]]
    certain = {finding for row in rows for finding, percent in row.items() if percent == 100}
    telling = [(at, finding) for at, finding in always if sum(row.get(finding) == 100 for row in rows) == 1]
    if not telling:
        return None
    right, finding = rng.choice(telling)
    if rng.random() < profiles.probabilities[own].get(finding, _UNLISTED):
        return None
    missing = _missing(rng, profiles, own, candidates, LEVELS[level].n_decoys, certain)
    if missing is None:
        return None
    missing.insert(rng.randrange(len(missing) + 1), finding)
    order = [other for other in _by_frequency(rng, profiles, own) if all(row.get(other) != 0 for row in rows)]
    there = _apart(profiles, order, missing, rng.randint(_N_SEEN, MIN_PRESENT))
    if len(there) < _N_SEEN:
        return None
    return Drawn("ruled_out", level, own, tuple(candidates), tuple(there), tuple(missing), (), right)


def _next_finding(rng: Random, profiles: Profiles, level: int, own: int, candidates: list[int]) -> Drawn | None:
    """Two findings are there; of four others, looking for one lowers the expected entropy more than for the rest, by the level's gap."""
    rung = LEVELS[level]
    there = _apart(profiles, _by_frequency(rng, profiles, own), (), _N_SEEN)
    posterior = [1 / len(candidates)] * len(candidates)
    for finding in there:
        posterior = updated(posterior, chances_of(profiles, candidates, finding), is_present=True)
    if len(there) < _N_SEEN or entropy_bits(posterior) < _MIN_ENTROPY_BITS:
        return None
    pool = list(dict.fromkeys(finding for candidate in candidates for finding in profiles.listed[candidate]))
    pool = [finding for finding in pool if finding not in there and not profiles.related[finding].intersection(there)]
    pool = rng.sample(pool, min(_N_POOL, len(pool)))
    left = sorted((looked_for(posterior, chances_of(profiles, candidates, finding))[3], finding) for finding in pool)
    for place in range(len(left) - N_OPTIONS + 1):
        least = left[place][0]
        others = [finding for expected, finding in left[place + 1 :] if expected - least >= rung.min_gap]
        near = [finding for expected, finding in left[place + 1 :] if rung.min_gap <= expected - least <= rung.max_gap]
        if near and len(others) >= N_OPTIONS - 1:
            rival = rng.choice(near)
            options = [left[place][1], rival, *rng.sample([other for other in others if other != rival], N_OPTIONS - 2)]
            best = options[0]
            rng.shuffle(options)
            return Drawn("next_finding", level, own, tuple(candidates), tuple(there), (), tuple(options), options.index(best))
    return None
