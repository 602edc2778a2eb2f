"""Picking some of many: m1's draw by domain and source, and s1's by domain and length."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Pickable(NamedTuple):
    """What a draft is picked by. `length` is that of its trace, in tokens; `is_sure`: picked in any case."""

    domain: str
    source: str
    length: int = 0
    is_sure: bool = False

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.domain, self.source)))


def by_domain_and_source(rows: Sequence[Pickable], n: int, rng: random.Random) -> list[int]:
    """Positions, in the order of the draw: a domain with equal chances, a source in it, an item of that, none twice. What is emptied is
    drawn no more (m1, arXiv 2504.00869, code)."""
    stock: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for at, row in enumerate(rows):
        stock[row.domain][row.source].append(at)
    picked: list[int] = []
    while stock and len(picked) < n:
        domain = rng.choice(sorted(stock))
        source = rng.choice(sorted(stock[domain]))
        own = stock[domain][source]
        picked.append(own.pop(rng.randrange(len(own))))
        if not own:
            del stock[domain][source]
        if not stock[domain]:
            del stock[domain]
    return picked


def by_domain_and_length(rows: Sequence[Pickable], n: int, n_even: int, weights: Mapping[str, float], rng: random.Random) -> dict[int, str]:
    """Positions with how each was picked, in the order of the draw: those that are `sure`; then, until there are `n_even`, a domain with
    `even` chances; then, until there are `n`, one by its weight (`weighted`; without weights all are even). Within a domain the longer the
    likelier, by `rank` (s1, arXiv 2501.19393, code)."""
    picked = {at: "sure" for at, row in enumerate(rows) if row.is_sure}
    stock: dict[str, list[int]] = defaultdict(list)
    for at in sorted(range(len(rows)), key=lambda at: (-rows[at].length, at)):
        if at not in picked:
            stock[rows[at].domain].append(at)
    while stock and len(picked) < n:
        domains = sorted(stock)
        chances = [weights.get(domain, 0.0) for domain in domains]
        is_weighted = len(picked) >= n_even and sum(chances) > 0
        domain = rng.choices(domains, chances)[0] if is_weighted else rng.choice(domains)
        picked[stock[domain].pop(rank(len(stock[domain]), rng) - 1)] = "weighted" if is_weighted else "even"
        if not stock[domain]:
            del stock[domain]
    return picked


def rank(n: int, rng: random.Random) -> int:
    """From 1 to `n`, each half as likely as the one before: of four 8/15, 4/15, 2/15 and 1/15."""
    while True:
        place = 1
        while place <= n and rng.getrandbits(1):
            place += 1
        if place <= n:
            return place
