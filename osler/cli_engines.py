"""The commands of the command line about engines and what they leave behind: doctor, serve, export, journal."""

from typing import Any

COMMANDS: tuple[Any, ...] = ()
