"""The commands of the command line about what models see: passages, graphs, calculators and made tasks."""

from typing import Any

from osler.console import out

COMMANDS: tuple[Any, ...] = ()

__all__ = ["COMMANDS", "out"]
