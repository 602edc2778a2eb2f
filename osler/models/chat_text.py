"""A chat template as models carry it, rendered as transformers does: Jinja in a sandbox, since it comes from whoever made the model."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from osler.core.errors import ModelError
from osler.core.model import Message

_MARKER = re.compile(r"(\{%[-+]?\s*)(end)?generation(\s*[-+]?%\})")


class ChatText:
    """Renders conversations up to where the assistant begins to write."""

    def __init__(self, source: str, special_tokens: Mapping[str, str], *, where: str) -> None:
        """`special_tokens`: the template's `bos_token` and `eos_token`. Raises ModelError, naming `where`, if it is no template."""
        self._special_tokens, self._where = special_tokens, where
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
        try:
            self._jinja = environment.from_string(without_markers(source))
        except TemplateError as error:
            raise ModelError(f"{where}: its chat template cannot be read ({error}); mend it") from error

    def render(self, messages: Sequence[Message]) -> str:
        """Raises ModelError where the template refuses the conversation."""
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            return self._jinja.render(messages=turns, add_generation_prompt=True, **self._special_tokens)
        except (TemplateError, TypeError, ValueError) as error:
            raise ModelError(f"{self._where}: its chat template refuses the conversation ({error}); use a prompt that it takes") from error


def without_markers(source: str) -> str:
    """A template without the marks around what the assistant wrote (`{% generation %}`), which are for training only and which no engine
    but transformers knows. White space is cut where it was."""
    return _MARKER.sub(lambda mark: f"{mark[1]}{'endif' if mark[2] else 'if true'}{mark[3]}", source)


def _to_json(value: Any, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, **options)


def _raise(message: str) -> str:
    raise TemplateError(message)
