"""Reading a recipe: one YAML file, strictly; every error says where, what is wrong, and the nearest right name."""

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import TypeAdapter, ValidationError

from osler.core.errors import RecipeError
from osler.matrix import deep
from osler.recipe.check import checked
from osler.recipe.content import read_content, unfolded
from osler.recipe.defaults import with_default_systems
from osler.recipe.names import suggest
from osler.recipe.recipe import Recipe
from osler.synthesis import Synthesis


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe file and apply `a.b=c` overrides to it. Raises RecipeError with the place, what is wrong and the nearest right name."""
    recipe: Recipe = _load(path, overrides, Recipe, lambda read: checked(with_default_systems(read)), "recipes/smoke.yaml")
    return recipe


def load_synthesis(path: Path, overrides: Sequence[str] = ()) -> Synthesis:
    """`load_recipe` for the recipe of a synthesis."""
    synthesis: Synthesis = _load(path, overrides, Synthesis, Synthesis.check, "recipes/synthesis/")
    return synthesis


def settings_from(overrides: Sequence[str], kind: Any, where: str) -> Any:
    """Settings of a part, of nothing but `a.b=c` overrides. Raises RecipeError as `load_recipe` does, with `where` in place of the file."""
    content: dict[str, Any] = {}
    for override in overrides:
        _apply(content, override)
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        raise RecipeError(f"{where}: {_explain(error, content, kind)}") from error


def _load(path: Path, overrides: Sequence[str], kind: Any, check: Callable[[Any], Any], like: str) -> Any:
    content = deep(read_content(path, like))  # what a file says by an alias is overridden in one place alone
    for override in overrides:
        _apply(content, override)
    try:
        content = unfolded(content) if kind is Recipe else content
        return check(TypeAdapter(kind).validate_python(content))
    except ValidationError as error:
        raise RecipeError(f"{path}: {_explain(error, content, kind)}") from error
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from error


def _apply(content: dict[str, Any], override: str) -> None:
    path, equals, value = override.partition("=")
    if not equals or not path:
        raise RecipeError(f"--set {override}: write it as a.b=value")
    *parents, name = path.split(".")
    at: Any = content
    for number, parent in enumerate(parents):
        at = _part(at, parent, override, path.split(".")[number - 1])
    try:
        parsed = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise RecipeError(f"--set {override}: the value is not YAML; put it in quotes") from error
    if isinstance(at, list):
        at[_place_in(at, name, override, parents[-1])] = parsed
    elif isinstance(at, dict):
        at[name] = parsed
    else:
        raise RecipeError(f"--set {override}: {parents[-1]!r} is a value, not a section; check the path")


def _part(at: Any, name: str, override: str, whole: str) -> Any:
    """The part of this name, made where it is missing; of a list the one of this number."""
    if isinstance(at, list):
        return at[_place_in(at, name, override, whole)]
    if not isinstance(at, dict):
        raise RecipeError(f"--set {override}: {whole!r} is a value, not a section; check the path")
    return at.setdefault(name, {})


def _place_in(parts: list[Any], number: str, override: str, name: str) -> int:
    if not number.isdecimal():
        raise RecipeError(f"--set {override}: {name!r} is a list; name its parts by number, from 0")
    if int(number) >= len(parts):
        raise RecipeError(f"--set {override}: there is no number {number} in {name!r}, which has {len(parts)}, counted from 0")
    return int(number)


def _explain(error: ValidationError, content: Any, kind: Any) -> str:
    """The first thing wrong, with the nearest known name for one that is unknown."""
    first = error.errors()[0]
    where = _place(first["loc"], content)
    match first["type"]:
        case "unexpected_keyword_argument":
            name = str(first["loc"][-1])
            return f"{where}: there is no setting {name!r}{suggest(name, _names(kind)) or '; remove it'}"
        case "union_tag_invalid":
            wrong, known = first["ctx"]["tag"], first["ctx"]["expected_tags"].replace("'", "")
            return f"{where}.kind: there is no {wrong!r}{suggest(wrong, known.split(', '))}; choose among {known}"
        case "union_tag_not_found":
            return f"{where}: `kind` is missing; say which it is"
        case "missing" | "missing_argument":
            return f"{where}: this setting is missing; add it"
        case "string_pattern_mismatch":
            place = where.removesuffix(f".{first['input']}.[key]")
            return f"{place}: a name is lower-case letters, digits, - and _; got {first['input']!r}"
    what = first["msg"].removeprefix("Value error, ")
    return f"{where}: {what}; got {first['input']!r}" if where else what


def _place(loc: Sequence[int | str], content: Any) -> str:
    """The path as the file has it: pydantic also names the `kind` that it picked on the way."""
    parts: list[str] = []
    for part in loc:
        if isinstance(content, dict) and content.get("kind") == part and part not in content:
            continue
        if isinstance(content, dict) and part == 0 and parts:
            continue  # the one part of a list that the file has without its dash
        parts.append(str(part))
        if isinstance(content, list) and isinstance(part, int) and part < len(content):
            content = content[part]
        else:
            content = content.get(part) if isinstance(content, dict) else None
    return ".".join(parts)


def _names(kind: Any) -> set[str]:
    """Every name that a recipe may use, at any depth."""
    if is_dataclass(kind):
        return {name for field in fields(kind) for name in (field.name, *_names(field.type))}
    return {name for part in get_args(kind) for name in _names(part)}
