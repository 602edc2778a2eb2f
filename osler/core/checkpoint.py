"""What is in the folder of a checkpoint and which device there is for it, without loading it."""

import hashlib
from pathlib import Path

from osler.core.errors import ModelError

_SUFFIXES = {".safetensors", ".json", ".jinja", ".txt", ".model"}
_BESIDE = {"training.json", "metrics.json", "manifest.json"}
"""What a training leaves beside the weights: how long it took, what it came to."""


def content_hash(path: str) -> str:
    """Hash of everything in a local checkpoint, a folder or one file, that could change a reply; the name itself for a model of the hub."""
    place = Path(path)
    if not place.exists():
        return path
    digest = hashlib.sha256()
    for file in sorted(place.iterdir()) if place.is_dir() else [place]:
        if (file.suffix in _SUFFIXES and file.name not in _BESIDE) or file == place:
            digest.update(file.name.encode())
            with file.open("rb") as content:  # a shard may be larger than memory
                while part := content.read(1 << 24):
                    digest.update(part)
    return digest.hexdigest()[:16]


def picked_device(name: str, where: str, *, n_cuda: int, has_mps: bool) -> str:
    """The device of this name; of "auto" the first CUDA device, else MPS, else the CPU. Raises ModelError where there is no such device."""
    if name == "auto":
        return "cuda" if n_cuda else "mps" if has_mps else "cpu"
    kind, _, number = name.partition(":")
    if (kind == "cuda" and int(number or 0) >= n_cuda) or (kind == "mps" and not has_mps):
        raise ModelError(f"{where}: there is no device {name!r} that torch could use; set device: auto, or install a torch made for it")
    return name
