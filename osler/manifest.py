"""The manifest: what ran, with what, on what, written beside what came out."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from osler.recipe.recipe import Recipe
from osler.train.energy import total

PACKAGES = ("osler", "torch", "transformers", "trl", "tokenizers", "numpy", "scipy", "pydantic")


def manifest(
    recipe: Recipe, stages: Sequence[Mapping[str, Any]], counts: Mapping[str, int], engine: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Commit (null outside a checkout), versions, machine, seed, and time, tokens and energy by stage. `engine` is what an endpoint was
    found to do; for others there is none."""
    return {
        "name": recipe.name,
        "seed": recipe.seed,
        **surroundings(),
        "threads": recipe.threads,
        **({"engine": dict(engine)} if engine else {}),
        "stages": list(stages),
        "energy": total([stage["energy"] for stage in stages if "energy" in stage]),
        "data": {**counts, "answer_split": getattr(recipe.data, "answer_split", None)},
    }


def surroundings() -> dict[str, Any]:
    """Commit (null outside a checkout), versions and machine."""
    commit, is_dirty = _commit()
    return {
        "commit": commit,
        "is_dirty": is_dirty,
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _commit() -> tuple[str | None, bool | None]:
    """The commit of the checkout that this package lies in, and whether it has uncommitted changes."""
    folder = Path(__file__).parent
    try:
        head = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=folder, capture_output=True, text=True, check=True)
        status = subprocess.run(["git", "status", "--porcelain", "."], cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None, None
    return head.stdout.strip(), bool(status.stdout.strip())
