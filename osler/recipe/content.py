"""What a recipe's file says in few words, said in full before it is checked: another recipe that it is like, and a matrix of trainings."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from osler.core.errors import RecipeError
from osler.matrix import START, Matrix, deep, untrained

LIKE, MATRIX = "like", "matrix"


def read_content(path: Path, like: str) -> dict[str, Any]:
    """The mapping in a YAML file; where it says `like: OTHER`, a path beside it, that one's with its own settings in place of the other's.
    Raises RecipeError for what is no such file. `like` is where to look for an example."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: the recipe cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path}: this is not UTF-8 text; save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{path}: this is not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise RecipeError(f"{path}: a recipe is a mapping of settings; see {like}")
    if LIKE not in content:
        return content
    other = content.pop(LIKE)
    if not isinstance(other, str) or (path.parent / other).resolve() == path.resolve():
        raise RecipeError(f"{path}: like: {other!r} is no other recipe; name the file of one")
    return laid_over(read_content(path.parent / other, like), content)


def laid_over(content: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of one recipe with those of another in their place: mappings part by part, but those that say another `kind`, which
    replace the whole as lists and values do; null takes a setting away."""
    laid = dict(content)
    for name, value in own.items():
        there = laid.get(name)
        if value is None:
            laid.pop(name, None)
        elif isinstance(there, dict) and isinstance(value, dict) and value.get("kind", there.get("kind")) == there.get("kind"):
            laid[name] = laid_over(there, value)
        else:
            laid[name] = value
    return laid


def unfolded(content: dict[str, Any]) -> dict[str, Any]:
    """The recipe with a policy and a system for each training of its matrix, and its contrasts. Raises ValidationError, with places under
    `matrix`, where that does not fit; RecipeError where the recipe has a policy or system of such a name already."""
    if MATRIX not in content:
        return content
    matrix = TypeAdapter(dict[str, Matrix]).validate_python({MATRIX: content[MATRIX]})[MATRIX]
    full: dict[str, Any] = deep({name: part for name, part in content.items() if name != MATRIX})
    policies, answer = full.setdefault("policies", {}), full.setdefault("answer", {})
    systems, compare = answer.setdefault("systems", {}), answer.setdefault("compare", [])
    for cell in matrix.expanded():
        start = cell.settings.get(START, "seed")
        systems.setdefault(untrained(start), {"policy": start, "strategy": deep(matrix.strategy)})
        if cell.name in policies or cell.name in systems:
            raise RecipeError(f"matrix: there is a policy or system {cell.name!r} already; give that another name")
        policies[cell.name] = cell.settings
        systems[cell.name] = {"policy": cell.name, "strategy": deep(matrix.strategy)}
        compare.append([cell.name, untrained(start)])
    answer["contrasts"] = {name: [list(pair) for pair in matrix.pairs(name)] for name in matrix.contrasts}
    return full
