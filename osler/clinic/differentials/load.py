"""Profiles from where they are: the teaching clinic, a graph, the DDXPlus knowledge base, or somebody's own table."""

import re
from functools import lru_cache
from pathlib import Path

from osler.clinic.differentials.own_table import read_own_table
from osler.clinic.differentials.profiles import Profiles, profiles_of
from osler.clinic.world import Frequency, load_world
from osler.core.errors import UserError

CLINIC = "clinic"
_PERCENT = {
    Frequency.OBLIGATE: 100,
    Frequency.VERY_FREQUENT: 90,
    Frequency.FREQUENT: 55,
    Frequency.OCCASIONAL: 17,
    Frequency.EXCLUDED: 0,
}


def load_profiles(where: str) -> Profiles:
    """`clinic`, or a path. Read once and kept until the files change. Raises UserError for what cannot be read or is too little."""
    if where == CLINIC:
        return _clinic()
    place = Path(where)
    if not place.exists():
        raise UserError(f"{where}: there is no such file or folder; give a table, a graph, the folder of DDXPlus, or {CLINIC!r}")
    stamps = tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files_of(where))
    return _load(place, stamps)


def files_of(where: str) -> tuple[Path, ...]:
    """The files that profiles are read from; none for the clinic."""
    place = Path(where)
    if where == CLINIC:
        return ()
    return tuple(sorted(each for each in place.iterdir() if each.is_file())) if place.is_dir() else (place,)


@lru_cache(maxsize=4)
def _load(place: Path, stamps: tuple[tuple[str, int, int], ...]) -> Profiles:
    from osler.clinic.differentials.ddxplus import is_ddxplus, read_ddxplus
    from osler.clinic.differentials.of_graph import read_graph

    if is_ddxplus(place):
        return read_ddxplus(place, slug(place))
    if place.is_file() and {".csv", ".tsv", ".txt", ".jsonl"} & set(place.suffixes):
        return read_own_table(place, slug(place))
    return read_graph(place, slug(place))


def slug(place: Path) -> str:
    """A file's or folder's name as a part of ids."""
    name = place.resolve().name
    return re.sub(r"[^a-z0-9]+", "-", name.split(".")[0].lower()).strip("-")[:40] or "profiles"


@lru_cache(maxsize=1)
def _clinic() -> Profiles:
    rows = [
        (condition.name, finding, _PERCENT[frequency])
        for condition in load_world().conditions.values()
        for finding, frequency in condition.findings.items()
    ]
    origin = "The teaching clinic of osler: simplified facts, written for this project from common medical knowledge."
    return profiles_of(CLINIC, rows, origin=origin, licence="Apache License 2.0, as osler itself.")
