"""A checkpoint for others: an adapter merged into its base, a GGUF file for llama.cpp and what is built on it, a repository on a hub."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from osler.core.errors import UserError
from osler.synthesise.exporting.push import HubPush

PUSHED = (".jinja", ".json", ".jsonl", ".md", ".model", ".png", ".safetensors", ".svg", ".txt")
"""What a checkpoint is made of. Pickles stay here, and so do folders: the adapter of a merged checkpoint, the state of a training."""


@dataclass(frozen=True)
class Exporting:
    """What is exported, and to where. `merge` is the folder of the whole checkpoint that an adapter becomes, on `base` where that is not
    the one that the adapter names; what follows is done to that one. `precision` is how a GGUF file keeps matrices. `push` is
    `organisation/name` of a model on the hub."""

    checkpoint: Path
    gguf: Path | None = None
    precision: str = "f32"
    merge: Path | None = None
    base: str = ""
    push: str = ""
    is_private: bool = True

    def export(self) -> list[str]:
        """Do what was asked for and say of each what it is. Raises UserError where something does not fit, before anything is written."""
        self._check()
        whole, lines = self.merge or self.checkpoint, []
        hub = self._hub() if self.push else None
        if self.merge:
            lines.append(f"merged into {self._merged(self.merge)}: {self.merge}")
        if self.gguf:
            lines.append(self._written(whole, self.gguf))
        if hub:
            files = _files(whole)
            lines.append(f"pushed {len(files)} files: {hub.push_model(whole, files)}")
        return lines

    def _check(self) -> None:
        if not (self.gguf or self.merge or self.push):
            raise UserError("export: say what to make of it: --merge FOLDER, --gguf FILE or --push REPO")
        if self.base and not self.merge:
            raise UserError("export: --base says what an adapter is merged into; add --merge FOLDER")
        if self.merge and self.merge.exists() and (not self.merge.is_dir() or any(self.merge.iterdir())):
            raise UserError(f"{self.merge}: there is something already; name a new folder")
        if self.gguf:
            _check_gguf(self.gguf, self.precision)
        if self.push and not self.merge:
            _check_base(self.checkpoint)

    def _hub(self) -> HubPush:
        try:
            hub = HubPush(self.push, self.is_private)
        except ValidationError as error:
            raise UserError(f"export: --push {self.push!r} is no repository's name; write it as organisation/name") from error
        hub.require("leave --push out")
        return hub

    def _merged(self, folder: Path) -> str:
        try:
            from osler.train.merging import merge
        except ModuleNotFoundError as error:
            raise UserError(f"export: the package {error.name} is not installed; run: pip install 'osler[train]'") from error
        return merge(self.checkpoint, folder, base=self.base)

    def _written(self, checkpoint: Path, file: Path) -> str:
        from osler.models.gguf_export import export_gguf
        from osler.models.gguf_tensors import Precision

        precision = next(each for each in get_args(Precision) if each == self.precision)
        n_tensors = export_gguf(checkpoint, file, precision)
        return f"{n_tensors} tensors, {file.stat().st_size / 1e6:,.1f} MB, {precision}: {file}"


def _check_gguf(file: Path, precision: str) -> None:
    try:
        from osler.models.gguf_tensors import Precision
    except ModuleNotFoundError as error:
        if error.name != "gguf":
            raise
        raise UserError("export: the package gguf is not installed; run: pip install 'osler[llamacpp]'") from error
    if file.suffix != ".gguf":
        raise UserError(f"{file}: llama.cpp knows its files by their ending; name it {file.name}.gguf")
    if not file.parent.is_dir():
        raise UserError(f"{file}: there is no folder {file.parent}; make it first")
    if precision not in get_args(Precision):
        raise UserError(f"export: there is no precision {precision!r}; choose among {', '.join(get_args(Precision))}")


def _check_base(checkpoint: Path) -> None:
    """Raises UserError for what would be of no use on a hub: no checkpoint, or an adapter whose base nobody else has."""
    file = checkpoint / "adapter_config.json"
    if not file.is_file():
        _files(checkpoint)
        return
    try:
        base = str(json.loads(file.read_text(encoding="utf-8")).get("base_model_name_or_path") or "")
    except (ValueError, AttributeError) as error:
        raise UserError(f"{file}: this is no JSON object; copy the adapter again") from error
    if Path(base).is_absolute() or Path(base).is_dir():
        raise UserError(f"{checkpoint}: the base of this adapter is a folder of this machine, which nobody else has; add --merge FOLDER")


def _files(checkpoint: Path) -> list[str]:
    """Those of a checkpoint that go to a hub. Raises UserError where there are no weights among them."""
    found = sorted(file.name for file in checkpoint.glob("[!.]*") if file.is_file() and file.suffix in PUSHED)
    if not any(name.endswith(".safetensors") for name in found):
        raise UserError(f"{checkpoint}: there are no weights in *.safetensors here; name the folder of a checkpoint")
    return found
