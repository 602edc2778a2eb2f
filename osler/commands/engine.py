"""The engine that the command line names: a checkpoint, a .gguf file or an address, and its settings."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from osler.core.errors import UserError
from osler.core.records import describe
from osler.models import BASES, AnyEngine, Nano


def engine_named(policy: str, settings: Sequence[str] = ()) -> AnyEngine:
    """`policy` is an address (openai_http), a .gguf file (llamacpp), or a checkpoint (hf), unless one of the NAME=VALUE `settings` says
    another `kind`. Raises UserError where they do not fit."""
    values = settings_of(settings, "--engine")
    kind = str(values.get("kind", "openai_http" if "://" in policy else "llamacpp" if policy.endswith(".gguf") else "hf"))
    known = {name: base for name, base in BASES.items() if base is not Nano}
    if kind not in known:
        raise UserError(f"--engine kind={kind}: there is no such engine; choose among {', '.join(known)}")
    if kind == "openai_http" and "model" not in values:
        raise UserError(f"{policy}: name the model that is to answer there, with --engine model=NAME")
    place = "base_url" if kind == "openai_http" else "path"
    try:
        engine: AnyEngine = TypeAdapter[Any](known[kind]).validate_python({place: policy, **values})
    except ValidationError as error:
        raise UserError(f"--engine: {kind}: {describe(error)}") from error
    return engine


def settings_of(settings: Sequence[str], flag: str = "--set") -> Mapping[str, Any]:
    """NAME=VALUE overrides as values, which are read as YAML."""
    values: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise UserError(f"{flag} {setting}: write it as NAME=VALUE")
        try:
            values[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UserError(f"{flag} {setting}: the value is not YAML; put it in quotes") from error
    return values
