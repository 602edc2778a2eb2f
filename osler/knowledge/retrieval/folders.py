"""Index folders: written beside their place and renamed into it whole, so that a half-built one is never used; looked over when opened."""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from osler.core.errors import UserError

FORMAT = 1
"""Of everything that lies in these folders; another number is another version's."""

ABOUT = "index.json"
_UNFINISHED, _LEFT_BEHIND_S = ".unfinished-", 24 * 3600.0


@contextmanager
def unfinished(root: Path) -> Iterator[Path]:
    """An empty folder in `root` to build in, gone afterwards unless `finish` moved it. Raises UserError where it cannot be written."""
    place = root / f"{_UNFINISHED}{uuid4().hex}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        place.mkdir()
        yield place
    except OSError as error:
        raise UserError(f"{root}: no index can be written here ({error.strerror or error}); make room, or choose another folder") from None
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _sweep(root: Path) -> None:
    """Take away what a process that was killed has left behind, a day later."""
    for left in root.glob(f"{_UNFINISHED}*"):
        with suppress(OSError):
            if time.time() - max(each.stat().st_mtime for each in (left, *left.iterdir())) > _LEFT_BEHIND_S:
                shutil.rmtree(left, ignore_errors=True)


def finish(place: Path, folder: Path, kind: str, **about: Any) -> None:
    """Write what the folder is, and move it to where it belongs. Where another process was first, its folder stays: it holds the same."""
    sizes = {file.name: file.stat().st_size for file in sorted(place.iterdir())}
    text = json.dumps({"format": FORMAT, "kind": kind, **about, "sizes": sizes}, indent=1)
    (place / ABOUT).write_text(text + "\n", encoding="utf-8")
    try:
        place.rename(folder)
    except OSError:
        if not (folder / ABOUT).is_file():
            raise


def opened(folder: Path, kind: str, *needed: str) -> Mapping[str, Any]:
    """What the folder says of itself, `needed` included. Raises UserError where it is no such index, another version's, or not whole."""
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        found, sizes = (about["format"], about["kind"]), dict(about["sizes"])
    except FileNotFoundError:
        raise UserError(f"{folder}: there is no finished index here; build it again from its passages") from None
    except (OSError, ValueError, TypeError, KeyError):
        raise damaged(folder, ABOUT) from None
    if found[0] != FORMAT:
        raise UserError(f"{folder}: an index of format {found[0]!r}, and this version reads {FORMAT}; delete the folder and build it again")
    if found[1] != kind:
        raise UserError(f"{folder}: an index of kind {found[1]!r}, not {kind!r}; give the folder of the other one")
    if not all(name in about for name in needed):
        raise damaged(folder, ABOUT)
    for name, size in sizes.items():
        if not (folder / name).is_file() or (folder / name).stat().st_size != size:
            raise damaged(folder, name)
    return dict(about)


def damaged(folder: Path, name: str) -> UserError:
    return UserError(f"{folder}: {name} is missing or damaged; delete the folder and build the index again")


def mapped(folder: Path, name: str, kind: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """An array of the folder, mapped into memory and not read; `kind` as numpy writes it ("<f4"). Raises UserError for any other array."""
    try:
        read = np.load(folder / name, mmap_mode="r" if np.prod(shape) else None, allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError):
        raise damaged(folder, name) from None
    if read.dtype != np.dtype(kind) or read.shape != shape:
        raise damaged(folder, name)
    array: NDArray[Any] = read.view(np.ndarray)  # the same memory, without what `memmap` does at every index
    return array


def listed(folder: Path, name: str) -> list[str]:
    """A list of strings of the folder. Raises UserError where it is none."""
    try:
        strings = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise damaged(folder, name) from None
    if not isinstance(strings, list) or not all(isinstance(each, str) for each in strings):
        raise damaged(folder, name)
    return strings
