"""Repairs: where a wrong trace leaves a right one, and what it takes to come back (Med-REFL, arXiv 2506.13793).

A repair becomes two traces that begin with the same wrong steps. The better one sees the error and goes on as the right trace does; the
worse one looks back, sees nothing and goes on to the wrong answer. The published generators are not released: where their description says
too little, what is ours is marked so.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.synthesise.labels import Path, leaf_values
from osler.synthesise.pairs import ranked_ways, way_worth

Place = Literal["mid", "post"]


@dataclass(frozen=True)
class Repair:
    """`shared` are the steps that both traces have, `astray` those on which the wrong one went on before it looks back. `place` is "mid"
    where the wrong trace had not come to its end by then, else "post". `gap` is by how much the effective reflection is worth more than the
    one in vain."""

    right: Trace
    wrong: Trace
    n_shared: int
    n_before: int
    place: Place
    gap: float

    @property
    def shared(self) -> tuple[str, ...]:
        return _texts(self.right)[: self.n_shared]

    @property
    def astray(self) -> tuple[str, ...]:
        return _texts(self.wrong)[self.n_shared : self.n_before]

    @property
    def back(self) -> tuple[str, ...]:
        """The right trace from where the wrong one left it."""
        return _texts(self.right)[self.n_shared :]

    @property
    def onward(self) -> tuple[str, ...]:
        """How the wrong trace goes on. At its end it repeats the step that gives the answer, where a response does not."""
        texts = _texts(self.wrong)
        return texts[self.n_before :] or (() if self.wrong.response else texts[-1:])

    def chosen(self, reflection: str) -> tuple[str, ...]:
        return (*self.shared, *self.astray, reflection, *self.back)

    def rejected(self, reflection: str) -> tuple[str, ...]:
        return (*self.shared, *self.astray, reflection, *self.onward)


def repairs_of(solution: Solution) -> list[Repair]:
    """The repairs of a search, the widest gap first. Each wrong trace comes at most once in each place, with the right trace that mends it
    best; of equals the one that it leaves first, then the one that ranks first.

    In mid-reasoning the reflection stands after the first wrong step: the first beyond the shared ones with more wrong leaves below it than
    right ones."""
    values = leaf_values(solution)
    right, wrong = ranked_ways(solution)
    ways = _ways_on(values, [trace for _, trace in right])
    repairs: list[Repair] = []
    for _, lost in wrong:
        best: dict[Place, Repair] = {}
        for repair in _repairs(values, ways, lost):
            if repair.place not in best or repair.gap > best[repair.place].gap:
                best[repair.place] = repair
        repairs += best.values()
    return sorted(repairs, key=lambda repair: -repair.gap)


def _ways_on(values: Mapping[Path, float], right: Sequence[Trace]) -> dict[Path, list[tuple[float, Trace]]]:
    """From each beginning of a right trace the right traces that go on from there, each with what that is worth, the highest first."""
    ways: dict[Path, list[tuple[float, Trace]]] = defaultdict(list)
    for trace in right:
        for start in range(len(trace.steps)):
            ways[_texts(trace)[:start]].append((onward_value(values, trace, start), trace))
    for each in ways.values():
        each.sort(key=lambda way: -way[0])
    return ways


def _repairs(values: Mapping[Path, float], ways: Mapping[Path, Sequence[tuple[float, Trace]]], wrong: Trace) -> Iterator[Repair]:
    """Of each step that a right trace has otherwise the best way back: in mid-reasoning, and after the end."""
    texts = _texts(wrong)
    for shared, step in enumerate(texts):
        found = next(((worth, trace) for worth, trace in ways.get(texts[:shared], ()) if trace.steps[shared].text != step), None)
        if found is None:
            continue
        gone = next((end for end in range(shared + 1, len(texts)) if values[texts[:end]] < 0), None)
        places: list[tuple[Place, int]] = [("mid", gone)] if gone is not None else []
        for place, n_before in (*places, ("post", len(texts))):
            yield Repair(found[1], wrong, shared, n_before, place, found[0] - onward_value(values, wrong, n_before))


def onward_value(values: Mapping[Path, float], trace: Trace, start: int) -> float:
    """What it is worth to go on with `trace` after its first `start` steps. The published value combines those of the step that is reached,
    of the solution, and of what remains; how is not said, and the plain mean of the three is ours. Where nothing remains, the step reached
    stands for it; where the trace had come to its end, so does its last step."""
    texts = _texts(trace)
    reached = values[texts[: min(start + 1, len(texts))]]
    remains = way_worth(values, trace, start + 1) if start + 1 < len(texts) else reached
    return (reached + way_worth(values, trace) + remains) / 3


def _texts(trace: Trace) -> tuple[str, ...]:
    return tuple(step.text for step in trace.steps)
