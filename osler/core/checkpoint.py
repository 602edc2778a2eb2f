"""What is in the folder of a checkpoint, without loading it."""

import hashlib
from pathlib import Path

_SUFFIXES = {".safetensors", ".json", ".jinja", ".txt", ".model"}


def content_hash(path: str) -> str:
    """Hash of everything in a local checkpoint that could change a reply; the name itself for a model of the hub."""
    folder = Path(path)
    if not folder.is_dir():
        return path
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix in _SUFFIXES:
            digest.update(file.name.encode())
            with file.open("rb") as content:  # a shard may be larger than memory
                while part := content.read(1 << 24):
                    digest.update(part)
    return digest.hexdigest()[:16]
