"""Matrix: the trainings that a paper compares, as one small table in a recipe: what differs between them, by name, and what is the same.

It is unfolded when the recipe is read: what is written beside a run names every policy and every system by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass as plain_dataclass
from itertools import product
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT
from osler.recipe.names import Name

Axis = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
"""The place of a setting of a policy, such as training.is_with_trace."""
START = "start"


@plain_dataclass(frozen=True)
class Cell:
    """One training of a matrix: `picks` has by axis the name of what it takes, `settings` the policy's settings."""

    name: str
    picks: Mapping[str, str]
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Matrix:
    """`axes` are what differs: by the place of a setting and by name, its value. `same` are the settings that all policies share. `cells`
    picks policies by name and axis; where there are none, every combination is one, named after what it takes. All answer by `strategy`,
    and so does every value of the axis `start` untrained: what a trained one has to beat.

    `contrasts` are questions to the whole table: of one axis [one, other], the mean difference between all policies that differ in that
    alone; or "trained", between every policy and the untrained one that it starts from.

    Raises ValueError for a cell that leaves an axis out, or takes what an axis does not have, and for a setting that is both."""

    axes: Mapping[Axis, Mapping[Name, Any]] = Field(min_length=1)
    same: Mapping[str, Any] = Field(default_factory=dict)
    cells: Mapping[Name, Mapping[Axis, Name]] = Field(default_factory=dict)
    strategy: Mapping[str, Any] = Field(default_factory=lambda: {"kind": "greedy"})
    contrasts: Mapping[str, Mapping[Axis, tuple[Name, Name]] | Literal["trained"]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _cells_fit(self) -> "Matrix":
        if both := set(self.axes) & set(self.same):
            raise ValueError(f"{min(both)}: this is set twice; name it once")
        if empty := [axis for axis, values in self.axes.items() if not values]:
            raise ValueError(f"axes.{empty[0]}: there is nothing on it; name one value or more")
        for name, picks in self.cells.items():
            if set(picks) != set(self.axes):
                raise ValueError(f"cells.{name}: it has to say {', '.join(self.axes)}, each once, and says {', '.join(picks)}")
            for axis, value in picks.items():
                self._known(f"cells.{name}", axis, value)
        for name, sides in self.contrasts.items():
            if not isinstance(sides, str):
                if len(sides) != 1:
                    raise ValueError(f"contrasts.{name}: a contrast is of one axis; name one, or say trained")
                for axis, pair in sides.items():
                    for value in pair:
                        self._known(f"contrasts.{name}", axis, value)
        return self

    def _known(self, where: str, axis: str, value: str) -> None:
        if axis not in self.axes:
            raise ValueError(f"{where}: there is no axis {axis!r}; choose among {', '.join(self.axes)}")
        if value not in self.axes[axis]:
            raise ValueError(f"{where}.{axis}: there is no {value!r}; choose among {', '.join(self.axes[axis])}")

    def expanded(self) -> list[Cell]:
        """Its trainings, in the order of the file."""
        return [Cell(name, dict(picks), self._settings(picks)) for name, picks in (self.cells or self._all()).items()]

    def pairs(self, contrast: str) -> list[tuple[str, str]]:
        """The systems that a contrast compares, each as [system, baseline]."""
        sides, cells = self.contrasts[contrast], self.expanded()
        if isinstance(sides, str):
            return [(cell.name, untrained(cell.settings.get(START, ""))) for cell in cells]
        [(axis, (one, other))] = sides.items()
        return [
            (cell.name, twin.name)
            for cell in cells
            for twin in cells
            if cell.picks[axis] == one and twin.picks[axis] == other and differing(cell, twin) == {axis}
        ]

    def _all(self) -> dict[str, dict[str, str]]:
        combinations = (dict(zip(self.axes, values, strict=True)) for values in product(*self.axes.values()))
        return {"-".join(picks.values()): picks for picks in combinations}

    def _settings(self, picks: Mapping[str, str]) -> dict[str, Any]:
        settings: dict[str, Any] = deep(self.same)
        for axis, value in picks.items():
            *parents, last = axis.split(".")
            at = settings
            for parent in parents:
                at = at.setdefault(parent, {})
            at[last] = self.axes[axis][value]
        return settings


def untrained(start: str) -> str:
    """What the system is called that answers with a first policy as it is."""
    return f"{start or 'seed'} untrained"


def differing(one: Cell, other: Cell) -> set[str]:
    """The axes in which two trainings of a matrix differ: where it is one, their difference is that axis'."""
    return {axis for axis in one.picks.keys() | other.picks.keys() if one.picks.get(axis) != other.picks.get(axis)}


def deep(settings: Any) -> Any:
    """Plain settings again, none of them shared with the first."""
    if isinstance(settings, Mapping):
        return {name: deep(value) for name, value in settings.items()}
    return [deep(each) for each in settings] if isinstance(settings, list | tuple) else settings
