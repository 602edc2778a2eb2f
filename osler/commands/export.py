"""A checkpoint written for other engines: a GGUF file for llama.cpp, Ollama and what else is built on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from osler.core.errors import UserError


@dataclass(frozen=True)
class Exporting:
    """What is exported, to where, and how exactly its matrices are kept."""

    checkpoint: Path
    gguf: Path
    precision: str = "f32"

    def export(self) -> str:
        """Write the file and say what it is. Raises UserError where something does not fit, before anything is written."""
        try:
            from osler.models.gguf_export import export_gguf
            from osler.models.gguf_tensors import Precision
        except ModuleNotFoundError as error:
            if error.name != "gguf":
                raise
            raise UserError("export: the package gguf is not installed; run: pip install 'osler[llamacpp]'") from error
        if self.gguf.suffix != ".gguf":
            raise UserError(f"{self.gguf}: llama.cpp knows its files by their ending; name it {self.gguf.name}.gguf")
        if not self.gguf.parent.is_dir():
            raise UserError(f"{self.gguf}: there is no folder {self.gguf.parent}; make it first")
        for precision in get_args(Precision):
            if precision == self.precision:
                n_tensors = export_gguf(self.checkpoint, self.gguf, precision)
                return f"{n_tensors} tensors, {self.gguf.stat().st_size / 1e6:,.1f} MB, {precision}: {self.gguf}"
        raise UserError(f"export: there is no precision {self.precision!r}; choose among {', '.join(get_args(Precision))}")
