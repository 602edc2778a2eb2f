"""Which tokens have their keys and values in which slots: a radix tree over token ids (Zheng et al., RadixAttention, arXiv 2312.07104).

It knows nothing of tensors. What was not used for longest makes room first; what the batch under way uses never does.
"""

import heapq
from collections.abc import Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray

Slots = NDArray[np.int64]
NO_SLOTS: Slots = np.empty(0, dtype=np.int64)


class Run:
    """Some tokens that follow one another, and their slots. `used`: the last batch that needed it. `ready`: the pass of the batch under way
    after which its slots are filled; 0: they are."""

    __slots__ = ("children", "ids", "parent", "ready", "slots", "used")

    def __init__(self, ids: tuple[int, ...], slots: Slots, parent: "Run | None", used: int, ready: int) -> None:
        self.ids, self.slots, self.parent, self.used, self.ready = ids, slots, parent, used, ready
        self.children: dict[int, Run] = {}


class PrefixTree:
    """`n_slots` of them, numbered from 1: slot 0 is the caller's for padding."""

    def __init__(self, n_slots: int) -> None:
        self.n_slots = n_slots
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._root = Run((), NO_SLOTS, None, 0, 0)
        self._free = list(range(self.n_slots, 0, -1))
        self._batch = 0

    @property
    def n_used(self) -> int:
        return self.n_slots - len(self._free)

    def begin(self) -> None:
        """A new batch: what it finds or adds stays until the next one begins."""
        self._batch += 1

    def find(self, ids: tuple[int, ...]) -> list[tuple[Run, int]]:
        """The longest beginning of `ids` that is here: runs, and how many tokens of each; of the last it may be fewer than all."""
        found: list[tuple[Run, int]] = []
        run, at = self._root, 0
        while at < len(ids) and (child := run.children.get(ids[at])):
            beside = ids[at : at + len(child.ids)]
            n = len(beside) if beside == child.ids else n_shared(child.ids, beside)
            child.used = self._batch
            found.append((child, n))
            if n < len(child.ids):
                break
            run, at = child, at + n
        return found

    def add(self, ids: tuple[int, ...], *, ready: int = 0) -> Slots:
        """Make `ids` known. Returns the slots of those at their end that were not, for the caller to fill. The caller has made room."""
        found = self.find(ids)
        n_known = sum(n for _, n in found)
        if n_known == len(ids):
            return NO_SLOTS
        parent = self._root
        if found:
            parent, n = found[-1]
            if n < len(parent.ids):
                parent = self._split(parent, n)
        slots = np.array([self._free.pop() for _ in range(len(ids) - n_known)], dtype=np.int64)
        run = Run(ids[n_known:], slots, parent, self._batch, ready)
        parent.children[run.ids[0]] = run
        return slots

    def make_room(self, n_slots: int) -> bool:
        """Whether so many slots are free, after ends of branches that no request of this batch needs have been given up, oldest first."""
        if len(self._free) >= n_slots:
            return True
        wanted = max(n_slots, self.n_slots // 16)  # to look for the oldest costs a walk over the tree
        order = count()  # runs have none of their own
        leaves = [(run.used, next(order), run) for run in self._runs() if not run.children and run.used < self._batch]
        heapq.heapify(leaves)
        while leaves and len(self._free) < wanted:
            _, _, run = heapq.heappop(leaves)
            parent = run.parent
            assert parent is not None
            del parent.children[run.ids[0]]
            self._free.extend(run.slots.tolist())
            if parent is not self._root and not parent.children and parent.used < self._batch:
                heapq.heappush(leaves, (parent.used, next(order), parent))
        return len(self._free) >= n_slots

    def _split(self, run: Run, n: int) -> Run:
        """Its first `n` tokens become a run of their own, above it."""
        assert run.parent is not None
        upper = Run(run.ids[:n], run.slots[:n], run.parent, run.used, run.ready)
        run.parent.children[run.ids[0]] = upper
        run.ids, run.slots, run.parent = run.ids[n:], run.slots[n:], upper
        upper.children[run.ids[0]] = run
        return upper

    def _runs(self) -> Iterator[Run]:
        waiting = list(self._root.children.values())
        while waiting:
            run = waiting.pop()
            yield run
            waiting.extend(run.children.values())


def n_shared(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """How many tokens both begin with; by halves, for tuples are compared fast."""
    same, differ = 0, min(len(one), len(other)) + 1
    while differ - same > 1:
        middle = (same + differ) // 2
        if one[same:middle] == other[same:middle]:
            same = middle
        else:
            differ = middle
    return same
