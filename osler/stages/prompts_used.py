"""Which prompts a synthesis asks with, by hash: those of its roles, and those that its blocks name."""

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from importlib.resources import files
from types import ModuleType
from typing import Any

from osler.core.prompt import Prompt
from osler.synthesis import Synthesis

BLOCKS_LIE_IN = "osler.synthesise"


def prompts_used(synthesis: Synthesis) -> dict[str, dict[str, str]]:
    """Role or block → name of the prompt → its hash. Of a block these are the prompts that its settings name, and those that its module
    and the modules of blocks that it rests on name in their text."""
    used = {f"role {role}": [settings.prompt] for role, settings in synthesis.roles.items()}
    for block in synthesis.blocks:
        used[block.kind] = sorted({*used.get(block.kind, ()), *_of_block(block)})
    return {whose: {name: Prompt.named(name).hash for name in names} for whose, names in used.items() if names}


def _of_block(block: Any) -> set[str]:
    settings = {value for each in fields(block) if isinstance(value := getattr(block, each.name), str)}
    return (settings | _in_module(type(block).__module__)) & _names()


@cache
def _in_module(name: str) -> frozenset[str]:
    """Every text constant that could be a prompt's name, of a module and of those of ours that it imports."""
    found, seen, to_see = set[str](), set[str](), [name]
    while to_see:
        if (at := to_see.pop()) in seen:
            continue
        seen.add(at)
        tree = ast.parse(inspect.getsource(sys.modules[at]))
        found |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        to_see += _ours(sys.modules[at])
    return frozenset(found)


def _ours(module: ModuleType) -> Iterator[str]:
    for value in vars(module).values():
        name = getattr(value, "__module__", None)
        if isinstance(name, str) and name.startswith(BLOCKS_LIE_IN) and name in sys.modules:
            yield name


@cache
def _names() -> frozenset[str]:
    folder = files("osler") / "prompts"
    return frozenset(file.name.removesuffix(".txt") for file in folder.iterdir() if file.name.endswith(".txt"))
