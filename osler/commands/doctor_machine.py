"""What the machine is: cores, memory and disk as far as this process may use them, and the GPUs that the driver shows."""

import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

_CGROUP_MEMORY = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_CGROUP_CORES = Path("/sys/fs/cgroup/cpu.max")
_SMI = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
_SMI_TIMEOUT_S = 5.0
GIB = 1 << 30
T = TypeVar("T")


@dataclass(frozen=True)
class Machine:
    """`cores` that may be used, of `n_cores`; memory and disk in GiB, None where it cannot be found out; `memory_gib` is the container's
    where that is less. `nvidia` as its driver names the GPUs."""

    python: str
    osler: str
    system: str
    cores: float
    n_cores: int
    memory_gib: float | None
    memory_free_gib: float | None
    is_memory_limited: bool
    nvidia: tuple[str, ...]


@dataclass(frozen=True)
class Disk:
    use: str
    path: str
    free_gib: float | None


def machine() -> Machine:
    total, limit = _physical_memory(), _memory_limit()
    is_limited = limit is not None and (total is None or limit < total)
    return Machine(
        python=platform.python_version(),
        osler=_own_version(),
        system=f"{platform.system()} {platform.machine()}",
        cores=_cores(),
        n_cores=os.cpu_count() or 1,
        memory_gib=_gib(limit if is_limited else total),
        memory_free_gib=_gib(_free_memory()),
        is_memory_limited=is_limited,
        nvidia=nvidia_gpus(),
    )


def disks(runs: Path) -> tuple[Disk, ...]:
    """Where runs are written, and where the hub's checkpoints are kept."""
    return (Disk("runs", str(runs), _free_disk(runs)), Disk("hub cache", str(hub_cache()), _free_disk(hub_cache())))


def hub_cache() -> Path:
    """As huggingface_hub finds it."""
    if named := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("HF_HOME") or f"{cache}/huggingface").expanduser() / "hub"


def nvidia_gpus() -> tuple[str, ...]:
    """What nvidia-smi lists, such as "NVIDIA H200, 143771 MiB"; nothing where there is no driver or it does not answer."""
    try:
        said = subprocess.run(_SMI, capture_output=True, text=True, timeout=_SMI_TIMEOUT_S, check=True).stdout
    except (OSError, subprocess.SubprocessError, ValueError):
        return ()
    return tuple(line.strip() for line in said.splitlines() if line.strip())


def _own_version() -> str:
    try:
        return version("osler")
    except PackageNotFoundError:
        return "not installed"


def _cores() -> float:
    """Those that this process may run on, and no more than its container's share of time comes to."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    share = _read(_CGROUP_CORES, _share)
    return min(float(allowed), share) if share else float(allowed)


def _share(text: str) -> float | None:
    """ "200000 100000" is 2 cores, "max 100000" no limit."""
    time, period = text.split()
    return None if time == "max" else int(time) / int(period)


def _memory_limit() -> int | None:
    limits = [limit for file in _CGROUP_MEMORY if (limit := _read(file, lambda text: None if text == "max" else int(text)))]
    return min(limits, default=None)


def _physical_memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _free_memory() -> int | None:
    def available(text: str) -> int | None:
        lines = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        return int(lines["MemAvailable"].split()[0]) * 1024

    return _read(Path("/proc/meminfo"), available)


def _free_disk(path: Path) -> float | None:
    """Of the disk on which it lies, or would lie."""
    try:
        there = next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
        return _gib(shutil.disk_usage(there).free)
    except (OSError, StopIteration):
        return None


def _gib(n_bytes: int | None) -> float | None:
    return None if n_bytes is None else round(n_bytes / GIB, 1)


def _read(file: Path, parse: Callable[[str], T]) -> T | None:
    """None where the file is not there or is not what it is taken for."""
    try:
        return parse(file.read_text(encoding="utf-8").strip())
    except (OSError, ValueError, KeyError, IndexError, ZeroDivisionError):
        return None
