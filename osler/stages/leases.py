"""Leases: questions handed out in groups to whoever is free, since what they cost is skewed (at the 95th percentile 2.2 times the mean).

Groups are large at first, so that an engine's batches are full, and small at the end, so that nobody is waited for long: each is a fixed
share of what is left (guided self-scheduling, Polychronopoulos and Kuck 1987, doi:10.1109/TC.1987.5009495).
"""

from collections import deque
from dataclasses import dataclass, field

from osler.core.errors import RunError

MAX_LOST = 3
"""Workers that one group may cost before it is no accident."""


@dataclass(frozen=True)
class Lease:
    """Positions of questions; `n_lost` workers were lost while they had it."""

    positions: tuple[int, ...]
    n_lost: int = 0


@dataclass
class Leases:
    """Hands out the positions from 0 to `n`, in order, to `n_workers`: at a time a quarter of a worker's share of what is left, but no
    fewer than `least` and no more than `most`."""

    n: int
    n_workers: int
    least: int = 8
    most: int = 256
    _next: int = 0
    _back: deque[Lease] = field(default_factory=deque)

    def take(self) -> Lease | None:
        """What was given back comes first. None where everything has been handed out."""
        if self._back:
            return self._back.popleft()
        if self._next == self.n:
            return None
        size = min(max((self.n - self._next) // (4 * self.n_workers), self.least), self.most)
        start, self._next = self._next, min(self._next + size, self.n)
        return Lease(tuple(range(start, self._next)))

    def give_back(self, lease: Lease) -> None:
        """Whoever had it is lost. Raises RunError where that has happened too often."""
        if lease.n_lost + 1 >= MAX_LOST:
            raise lost_too_often(f"{len(lease.positions)} questions")
        self._back.append(Lease(lease.positions, lease.n_lost + 1))


def lost_too_often(what: str) -> RunError:
    found = f"{MAX_LOST} workers were lost one after the other over the same {what}"
    return RunError(f"--ray: {found}; see whether they run out of memory, then run the same command again")
