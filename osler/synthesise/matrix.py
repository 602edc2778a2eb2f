"""Matrix: which training runs a paper compares, as one small table: what differs between them, by name, and what is the same in all.

It names sets of records and bases and trains nothing: whoever trains expands it.
"""

from collections.abc import Mapping
from dataclasses import dataclass as plain_dataclass
from itertools import product
from typing import Annotated, Any

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]


@plain_dataclass(frozen=True)
class Cell:
    """One run of a matrix: `picks` has by axis the name of what it takes, `settings` what that name stands for beside what is the same in
    all runs. An untrained cell is a base as it came."""

    name: str
    picks: Mapping[str, str]
    settings: Mapping[str, Any]
    is_trained: bool = True


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Matrix:
    """`axes` are what differs: by axis and name the value of a setting of that name. `same` are the settings that all runs share, the seed
    among them. `cells` picks runs by name and axis; where there are none, every combination is one, named after what it takes. Of each
    value of `untrained`, an axis, there is a run that trains nothing: what a trained one has to beat.

    Raises ValueError for a cell that leaves an axis out, or takes what an axis does not have, and for a setting that is both."""

    name: Name
    seed: Annotated[int, Field(ge=0)]
    axes: Mapping[Name, Mapping[Name, Any]]
    same: Mapping[str, Any] = Field(default_factory=dict)
    cells: Mapping[Name, Mapping[Name, Name]] = Field(default_factory=dict)
    untrained: Name | None = None

    @model_validator(mode="after")
    def _cells_fit(self) -> "Matrix":
        if both := (set(self.axes) & set(self.same)) | ({"seed"} & (set(self.axes) | set(self.same))):
            raise ValueError(f"{min(both)}: this is set twice; name it once, the seed at the top")
        if empty := [axis for axis, values in self.axes.items() if not values]:
            raise ValueError(f"axes.{empty[0]}: there is nothing on it; name one value or more")
        if self.untrained is not None and self.untrained not in self.axes:
            raise ValueError(f"untrained: there is no axis {self.untrained!r}; choose among {', '.join(self.axes)}")
        for name, picks in self.cells.items():
            if set(picks) != set(self.axes):
                raise ValueError(f"cells.{name}: it has to say {', '.join(self.axes)}, each once, and says {', '.join(picks)}")
            wrong = [axis for axis, value in picks.items() if value not in self.axes[axis]]
            if wrong:
                known = ", ".join(self.axes[wrong[0]])
                raise ValueError(f"cells.{name}.{wrong[0]}: there is no {picks[wrong[0]]!r}; choose among {known}")
        return self

    def expanded(self) -> list[Cell]:
        """Its runs in the order of the file: first the untrained ones."""
        return [*self._untrained(), *(self._cell(name, picks) for name, picks in (self.cells or self._all()).items())]

    def _all(self) -> dict[str, dict[str, str]]:
        combinations = (dict(zip(self.axes, values, strict=True)) for values in product(*self.axes.values()))
        return {"-".join(picks.values()): picks for picks in combinations}

    def _cell(self, name: str, picks: Mapping[str, str]) -> Cell:
        return Cell(name, dict(picks), {"seed": self.seed, **self.same, **{axis: self.axes[axis][value] for axis, value in picks.items()}})

    def _untrained(self) -> list[Cell]:
        axis = self.untrained
        if axis is None:
            return []
        values = self.axes[axis].items()
        return [Cell(f"{name}-untrained", {axis: name}, {"seed": self.seed, axis: value}, is_trained=False) for name, value in values]


def differing(one: Cell, other: Cell) -> set[str]:
    """The axes in which two runs of a matrix differ: where it is one, their difference is that axis'."""
    return {axis for axis in one.picks.keys() | other.picks.keys() if one.picks.get(axis) != other.picks.get(axis)}
