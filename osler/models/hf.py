"""A Hugging Face causal language model as a setting: cheap to build and to read; `load` makes it heavy."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.question import STRICT

if TYPE_CHECKING:
    from osler.models.hf_engine import HuggingFaceModel


@dataclass(frozen=True, config=STRICT)
class HuggingFace:
    """Where a causal language model lies and how it is run. `path` is a folder, or a name on the hub that is already in the local cache."""

    path: str
    kind: Literal["hf"] = "hf"
    batch_size: Annotated[int, Field(ge=1)] = 256
    dtype: Literal["float32", "bfloat16"] = "float32"
    device: str = "cpu"

    def load(self) -> "HuggingFaceModel":
        from osler.models.hf_engine import HuggingFaceModel

        return HuggingFaceModel(self)


def content_hash(path: str) -> str:
    """Hash of everything in a local checkpoint that could change a reply; the name itself for a model of the hub."""
    folder = Path(path)
    if not folder.is_dir():
        return path
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix in {".safetensors", ".json", ".jinja", ".txt", ".model"}:
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
