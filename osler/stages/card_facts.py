"""What a model card says of a base, of a source of items, and of what lies in a checkpoint's folder."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from osler.data import AnySource, BenchmarkSource, ClinicSource, FileSource, HubSource, SetsSource, TaskSource
from osler.data.benchmarks import BENCHMARKS
from osler.models import VLLM, AnyBase, HuggingFace, Nano
from osler.report.card import NOT_STATED
from osler.report.model_card import CURVE, BaseFacts, RecordsFacts

CARD, TRAINED = "README.md", "training.json"
OWN_LICENCE = "apache-2.0"
"""That of what the teaching clinic makes, as of osler itself."""


def folder_facts(folder: Path) -> dict[str, Any]:
    """What lies in the folder of a checkpoint: what its training did, a drawing of its curve, an adapter instead of all weights."""
    trained = json.loads((folder / TRAINED).read_text(encoding="utf-8"))
    task = "text-generation" if any("ForCausalLM" in each for each in _architectures(folder)) else ""
    has = {"has_curve": (folder / CURVE).exists(), "is_adapter": (folder / "adapter_config.json").exists()}
    return {"trained": trained, "task": task, **has}


def _architectures(folder: Path) -> list[str]:
    """The classes that the checkpoint is of, as its config.json says; of an adapter alone none."""
    file = folder / "config.json"
    return list(json.loads(file.read_text(encoding="utf-8")).get("architectures") or ()) if file.exists() else []


def base_facts(base: AnyBase) -> BaseFacts:
    if isinstance(base, Nano):
        shape = f"{base.n_layers} layers, {base.hidden_size} wide, at most {base.vocab_size} tokens"
        return BaseFacts(f"random numbers in the shape of a Qwen2 ({shape})", is_from_nothing=True)
    if isinstance(base, HuggingFace | VLLM):
        return checkpoint_facts(Path(base.path))
    return BaseFacts(str(getattr(base, "model", "") or base.kind))


_CACHED = re.compile(r"(?:^|/)models--([^/]+)--([^/]+)(?:/snapshots/[^/]+)?/?$")
_HUB_ID = re.compile(r"^[\w.-]+/[\w.-]+$")


def checkpoint_facts(path: Path) -> BaseFacts:
    """A checkpoint's name on the hub where its place tells it, and its licence where its own card does. Of a place on this disk stands the
    folder's name alone."""
    own = _front_matter(path / CARD)
    licence = own.get("license") if isinstance(own.get("license"), str) else ""
    if cached := _CACHED.search(path.as_posix()):
        hub = f"{cached[1]}/{cached[2]}"
    else:
        hub = path.as_posix() if _HUB_ID.match(path.as_posix()) and not path.exists() else ""
    return BaseFacts(hub or path.resolve().name, hub, "" if licence in ("unknown", None) else str(licence))


def _front_matter(card: Path) -> Mapping[str, Any]:
    """What stands at the top of a card; nothing where there is none or it cannot be read: it is of others."""
    try:
        _, head, _ = card.read_text(encoding="utf-8").split("---\n", 2)
        found = yaml.safe_load(head)
    except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError):
        return {}
    return found if isinstance(found, Mapping) else {}


def source_facts(source: AnySource) -> RecordsFacts:
    """Where items come from, and under which licence."""
    match source:
        case ClinicSource():
            return RecordsFacts("the teaching clinic, which is invented", OWN_LICENCE, is_invented=True)
        case TaskSource():
            makers, files = ", ".join(maker.kind for maker in source.makers), ", ".join(path.name for path in source.files)
            said = f"made tasks ({makers}{f'; from {files}' if files else ''})"
            return RecordsFacts(said, NOT_STATED if files else OWN_LICENCE, is_invented=not files)
        case BenchmarkSource():
            known = BENCHMARKS.get(source.name)
            return RecordsFacts(source.name, (known.licence if known else "") or NOT_STATED, known.hub.id if known and known.hub else "")
        case HubSource():
            is_folder = Path(source.id).exists()
            return RecordsFacts(source.name or Path(source.id).name, source.licence or NOT_STATED, "" if is_folder else source.id)
        case FileSource():
            return RecordsFacts(", ".join(path.name for path in source.files))
        case SetsSource():
            names = [spec.partition(":")[0] for spec in source.search]
            licences = dict.fromkeys(BENCHMARKS[name].licence if name in BENCHMARKS else NOT_STATED for name in names)
            return RecordsFacts(", ".join(source.search), NOT_STATED if NOT_STATED in licences else "; ".join(licences))
    return RecordsFacts(", ".join(path.name for path in source.files), source.licence or NOT_STATED)


def synthesis_facts(card: Path, said: str) -> list[RecordsFacts]:
    """Of an export of a synthesis each source that its card.json names; `said` alone where there is no such card."""
    if not card.is_file():
        return [RecordsFacts(said)]
    licences = json.loads(card.read_text(encoding="utf-8"))["records"]["licences"]
    return [RecordsFacts(f"{said}, from {source}", licence) for source, own in licences.items() for licence in own]


def items_said(source: AnySource) -> str:
    """The items to answer, in words."""
    split = getattr(source, "answer_split", "") or getattr(source, "split", "")
    if isinstance(source, SetsSource):
        return ", ".join(source.answer)
    answered = source.answer.name if isinstance(source, FileSource) else source_facts(source).said
    return f"{answered}{f', split {split}' if split else ''}"
