"""`osler compare`: systems over the same items, each against a baseline or a model against its own base."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any

from osler.commands.graded_folder import read_graded
from osler.commands.measured import costs
from osler.core.errors import UserError
from osler.evaluate.comparison import Comparison, adjusted, compare
from osler.evaluate.grade import Graded
from osler.evaluate.metrics import ALL, Metric, metrics


@dataclass(frozen=True)
class CompareSettings:
    """`baseline` is the system that all others are compared with, or the first one. `bases` ("model=base") compare each model with its own
    base instead. `has_groups` compares within every group as well. `seed` is the bootstrap's."""

    baseline: str = ""
    bases: tuple[str, ...] = ()
    has_groups: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Compared:
    """A metric of each system over the items that all of them answered, and the comparisons with Holm's correction for there being so many.
    `notes` are what a person should know of them."""

    metrics: list[Metric]
    comparisons: list[Comparison]
    notes: list[str]
    paths: tuple[str, ...]

    @property
    def content(self) -> dict[str, Any]:
        """Everything in `metrics.json`."""
        return {
            "metrics": [asdict(row) for row in self.metrics],
            "comparisons": [asdict(row) for row in self.comparisons],
            "wins": list(_wins(self.comparisons)),
            "costs": list(costs([row for row in self.metrics if row.group == ALL])),
        }

    @property
    def about(self) -> dict[str, Any]:
        """Everything in `grading.json`."""
        return {"title": "Comparison", "responses": list(self.paths), "notes": self.notes, "version": version("osler")}


def compare_files(paths: Sequence[Path], settings: CompareSettings) -> Compared:
    """Raises UserError where there are fewer than two systems, one that is named is not there, or they have no item in common."""
    by_system = systems_of(paths)
    sides = _sides(by_system, settings)
    named = list(dict.fromkeys(system for side in sides for system in reversed(side)))
    shared, notes = _shared({system: by_system[system] for system in named})
    comparisons = [
        compare(shared[system], shared[baseline], seed=settings.seed, group=group)
        for system, baseline in sides
        for group in (ALL, *(_groups(shared[system]) if settings.has_groups else ()))
    ]
    rows = metrics([row for graded in shared.values() for row in graded])
    kept = rows if settings.has_groups else [row for row in rows if row.group == ALL]
    return Compared(kept, adjusted(comparisons), notes, tuple(map(str, paths)))


def _wins(comparisons: Sequence[Comparison]) -> Iterator[dict[str, Any]]:
    """For each system against its baseline: in how many groups the interval of the difference is above zero, holds it, or is below.
    "Medical adaptation: are we making progress?", arXiv 2411.04118: an interval that holds zero is a tie; nothing is adjusted."""
    for system, baseline in dict.fromkeys((row.system, row.baseline) for row in comparisons):
        own = [row for row in comparisons if (row.system, row.baseline) == (system, baseline) and row.group != ALL]
        if own:
            n_wins, n_losses = sum(row.low > 0 for row in own), sum(row.high < 0 for row in own)
            names = {"system": system, "baseline": baseline}
            yield {**names, "n_wins": n_wins, "n_ties": len(own) - n_wins - n_losses, "n_losses": n_losses}


def systems_of(paths: Sequence[Path]) -> dict[str, list[Graded]]:
    """The verdicts of every system. Systems of one name in several places are told apart by the name of the folder."""
    places = [(label, read_graded(path)) for label, path in zip(_labels(paths), paths, strict=True)]
    names = [name for _, graded in places for name in dict.fromkeys(row.system for row in graded)]
    by_system: dict[str, list[Graded]] = {}
    for label, graded in places:
        for row in graded:
            name = f"{label}: {row.system}" if names.count(row.system) > 1 else row.system
            by_system.setdefault(name, []).append(replace(row, system=name))
    if len(by_system) < 2:
        raise UserError(f"compare: there is one system only, {next(iter(by_system))!r}; name another graded folder")
    return by_system


def _labels(paths: Sequence[Path]) -> list[str]:
    """The names of the folders, or the paths as they were given where those are the same."""
    labels = [(path if path.is_dir() else path.absolute().parent).resolve().name for path in paths]
    return labels if len(set(labels)) == len(labels) else list(map(str, paths))


def _sides(by_system: Mapping[str, object], settings: CompareSettings) -> list[tuple[str, str]]:
    if settings.bases:
        sides = [tuple(part.strip() for part in each.split("=", 1)) for each in settings.bases]
        wrong = next((each for each, side in zip(settings.bases, sides, strict=True) if len(side) < 2), None)
        if wrong is not None:
            raise UserError(f"--base {wrong}: that is no MODEL=BASE; name the model and its base")
        same = next((each for each, (model, base) in zip(settings.bases, sides, strict=True) if model == base), None)
        if same is not None:
            raise UserError(f"--base {same}: a model is compared with another one; name its base")
        return list(dict.fromkeys((_known(model, by_system), _known(base, by_system)) for model, base in sides))
    baseline = _known(settings.baseline, by_system) if settings.baseline else next(iter(by_system))
    return [(system, baseline) for system in by_system if system != baseline]


def _known(system: str, by_system: Mapping[str, object]) -> str:
    if system not in by_system:
        near = get_close_matches(system, by_system, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose among {', '.join(map(repr, by_system))}"
        raise UserError(f"compare: there is no system {system!r}; {hint}")
    return system


def _shared(by_system: Mapping[str, Sequence[Graded]]) -> tuple[dict[str, list[Graded]], list[str]]:
    """The verdicts on the items that all systems have, and what that leaves out."""
    ids = {system: {row.item_id for row in rows} for system, rows in by_system.items()}
    shared = set.intersection(*ids.values())
    if not shared:
        raise UserError("compare: the systems have no item in common; grade them on the same items")
    notes = [
        f"{system}: {len(own) - len(shared):,} of its {len(own):,} items are not compared: another system has no verdict on them"
        for system, own in ids.items()
        if own != shared
    ]
    return {system: [row for row in rows if row.item_id in shared] for system, rows in by_system.items()}, notes


def _groups(graded: Sequence[Graded]) -> list[str]:
    groups = [group for group in dict.fromkeys(row.group for row in graded) if group]
    return groups if len(groups) > 1 else []
