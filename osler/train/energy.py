"""What a piece of work took from the wall: by the counters of the machine where there are some, else by an estimate, and which of them.

GPUs count their own energy (NVML, of Volta and later), Intel and AMD processors theirs (RAPL, where the kernel lets it be read). Both count
the whole device, whoever else was at work on it. Without RAPL, the processor is estimated by the seconds that this process and those that
it has waited for were computing, times WATTS_PER_CORE. Memory beyond what RAPL counts, discs, fans and the losses of the supply are left
out everywhere. Nothing is looked up: the grams of CO₂ per kWh are a setting of the environment.
"""

import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

from osler.core.errors import UserError

CO2_G_PER_KWH = 481.0
"""Of electricity in the world's average, 2023 (Ember, Global Electricity Review 2024)."""
CO2_VARIABLE = "OSLER_CO2_G_PER_KWH"
WATTS_PER_CORE = 12.0
"""Of a core at work, where no counter is read: what Green Algorithms takes of a processor it does not know (Lannelongue et al., Advanced
Science 2021, doi 10.1002/advs.202100707)."""
POWERCAP = Path("/sys/class/powercap")
_LOOK_EVERY_S = 60.0
"""A counter of RAPL starts again after some 2 to 70 minutes of full work; it is read more often than that."""


def grams_per_kwh() -> float:
    """Raises UserError where the environment says something else than a number."""
    said = os.environ.get(CO2_VARIABLE, "").strip()
    try:
        grams = float(said) if said else CO2_G_PER_KWH
    except ValueError:
        grams = -1.0
    if not 0 <= grams < 10_000:
        raise UserError(
            f"{CO2_VARIABLE}: {said!r} is no number of grams of CO₂ per kWh; give one, such as 56 for France or {CO2_G_PER_KWH:g}"
        )
    return grams


@dataclass
class Counter:
    """A counter of joules, `read`, that starts again at `wraps_at`; what it has counted since it was first read is `joules`."""

    read: Callable[[], float]
    wraps_at: float | None = None
    joules: float = 0.0
    _last: float | None = None

    def look(self) -> None:
        now = self.read()
        if self._last is not None:
            passed = now - self._last
            if passed < 0 and self.wraps_at is not None:
                passed += self.wraps_at
            self.joules += max(0.0, passed)
        self._last = now


def rapl(root: Path = POWERCAP) -> list[Counter]:
    """One for each processor, and for its memory where that is counted apart. Of a platform that counts itself as a whole (psys), the
    processors alone, so that nothing counts twice. Empty where the files cannot be read: most kernels show them to root only."""
    counters = []
    for zone in sorted(root.glob("intel-rapl:*")):
        try:
            name = (zone / "name").read_text().strip()
            if not (name.startswith("package") or name == "dram"):
                continue
            wraps_at = float((zone / "max_energy_range_uj").read_text()) / 1e6
            read = _reading(zone / "energy_uj")
            read()
        except (OSError, ValueError):
            continue
        counters.append(Counter(read, wraps_at))
    return counters


def _reading(file: Path) -> Callable[[], float]:
    return lambda: float(file.read_text()) / 1e6


def nvml() -> list[Counter]:
    """One for each GPU that CUDA_VISIBLE_DEVICES leaves to this process, by nvidia-ml-py. Empty where there is no such package, no driver,
    or no GPU that counts."""
    try:
        library: Any = import_module("pynvml")
        library.nvmlInit()
        handles = [library.nvmlDeviceGetHandleByIndex(at) for at in range(library.nvmlDeviceGetCount())]
    except Exception:
        return []  # the library raises errors of its own kind, and an AttributeError where another package has its name
    counters = []
    for at, handle in enumerate(handles):
        try:
            if _is_ours(at, library.nvmlDeviceGetUUID(handle)):
                read = _counting(library, handle)
                read()
                counters.append(Counter(read))
        except Exception:
            continue  # a GPU older than Volta, or a slice of one, which counts nothing
    return counters


def _counting(library: Any, handle: Any) -> Callable[[], float]:
    return lambda: float(library.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1e3


def _is_ours(at: int, uuid: str | bytes) -> bool:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return True
    name = uuid.decode() if isinstance(uuid, bytes) else uuid
    return any(each == str(at) or (each.startswith("GPU-") and name.startswith(each)) for each in map(str.strip, visible.split(",")))


def cpu_seconds() -> float:
    """Of this process and of those that it has waited for."""
    return sum(os.times()[:4])


class Meter:
    """Counts while it is open: `with Meter() as meter: …`, then `meter.energy()`; also before it is closed."""

    def __init__(self, powercap: Path = POWERCAP) -> None:
        self._grams, self._gpus, self._packages = grams_per_kwh(), nvml(), rapl(powercap)
        self._began_s, self._ended_s = cpu_seconds(), 0.0
        self._closed, self._lock = threading.Event(), threading.Lock()
        self._watch = threading.Thread(target=self._watching, daemon=True) if self._packages else None

    def __enter__(self) -> "Meter":
        self._look()
        if self._watch:
            self._watch.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._look()
        self._ended_s = cpu_seconds()
        self._closed.set()

    def _watching(self) -> None:
        while not self._closed.wait(_LOOK_EVERY_S):
            self._look()

    def _look(self) -> None:
        with self._lock:
            for counter in (*self._gpus, *self._packages):
                counter.look()

    def joules(self) -> float:
        if not self._closed.is_set():
            self._look()
        counted = sum(counter.joules for counter in (*self._gpus, *self._packages))
        return counted + (0.0 if self._packages else WATTS_PER_CORE * self._cpu_s())

    def _cpu_s(self) -> float:
        return (self._ended_s if self._closed.is_set() else cpu_seconds()) - self._began_s

    def energy(self, before: float = 0.0) -> dict[str, Any]:
        """`{"kwh", "co2_g", "g_per_kwh", "how"}`; `before` are joules of an earlier part of the same work."""
        return account(self.joules() + before, self._grams, self.how())

    def how(self) -> str:
        """Which counters were read and what was estimated, in a clause."""
        parts = [f"NVML counter of {len(self._gpus)} GPU{'s' * (len(self._gpus) > 1)}"] if self._gpus else []
        if self._packages:
            return " + ".join([*parts, "RAPL counter of the processors"])
        parts += ["estimate: CPU seconds × " + f"{WATTS_PER_CORE:g} W"]
        is_unseen = not self._gpus and _has_worked_on_gpu()
        return " + ".join(parts) + ("; its GPU is not counted (install nvidia-ml-py)" if is_unseen else "")


def _has_worked_on_gpu() -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_initialized())


def account(joules: float, grams: float, how: str) -> dict[str, Any]:
    kwh = joules / 3.6e6
    return {"kwh": float(f"{kwh:.4g}"), "co2_g": float(f"{kwh * grams:.4g}"), "g_per_kwh": grams, "how": how}


def total(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Of several accounts; how each was measured, said once."""
    if not parts:
        return {}
    sums = {name: float(f"{sum(part[name] for part in parts):.4g}") for name in ("kwh", "co2_g")}
    return sums | {"how": "; ".join(dict.fromkeys(part["how"] for part in parts))}
