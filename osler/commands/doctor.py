"""`osler doctor`: what is here, what is missing, and what mends it. Nothing that is broken ends it."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from osler.commands.doctor_endpoints import Endpoint, endpoints
from osler.commands.doctor_extras import Extra, State, Torch, extras
from osler.commands.doctor_machine import Disk, Machine, disks, machine
from osler.offline import is_offline

T = TypeVar("T")
MAX_MODELS = 3


@dataclass(frozen=True)
class Checkup:
    """What was found. A part that could not be looked at at all is empty, and named in `unseen` with the reason."""

    machine: Machine | None
    disks: tuple[Disk, ...]
    extras: tuple[Extra, ...]
    torch: Torch
    endpoints: tuple[Endpoint, ...]
    is_offline: bool
    unseen: dict[str, str]

    @property
    def is_sound(self) -> bool:
        """Whether everything that the installation claims to have works."""
        return not self.unseen and all(extra.state is not State.BROKEN for extra in self.extras)

    def as_content(self) -> dict[str, Any]:
        return {"is_sound": self.is_sound, **asdict(self), "gpus": gpus(self)}

    def rows(self) -> list[tuple[str, str]]:
        """A name and what there is to say of it, for people."""
        shown = [*_machine_rows(self), *(_extra_row(each) for each in self.extras), *_endpoint_rows(self)]
        return [*shown, *((f"{name} !", reason) for name, reason in self.unseen.items())]


def look(named: Sequence[str] = (), runs: Path = Path("runs")) -> Checkup:
    """Never raises; a part that fails is said to have failed."""
    unseen: dict[str, str] = {}

    def guarded(name: str, find: Callable[[], T], otherwise: T) -> T:
        try:
            return find()
        except Exception as error:  # a doctor that dies of what it finds is of no use
            unseen[name] = f"could not be looked at ({type(error).__name__}: {error})".splitlines()[0][:200]
            return otherwise

    # the imports of the extras keep every core busy: whoever is to answer in time is asked before them
    reached = guarded("endpoints", lambda: endpoints(named), tuple[Endpoint, ...]())
    here, space = guarded("machine", machine, None), guarded("disks", lambda: disks(runs), tuple[Disk, ...]())
    found, torch = guarded("extras", extras, (tuple[Extra, ...](), Torch()))
    return Checkup(here, space, found, torch, reached, is_offline(), unseen)


def gpus(checkup: Checkup) -> str:
    """What can be computed on, and why not where there is a GPU that cannot be."""
    nvidia = checkup.machine.nvidia if checkup.machine else ()
    if checkup.torch.devices:
        return _counted(checkup.torch.devices)
    if checkup.torch.is_mps:
        return "Apple's, by MPS"
    if nvidia and checkup.torch.is_there and not checkup.torch.is_cuda_build:
        return f"{_counted(nvidia)}, but this torch was built for CPUs; install a CUDA build"
    if nvidia:
        return _counted(nvidia) + (", but torch cannot use it; see its driver" if checkup.torch.is_there else ", by nvidia-smi")
    return "none"


def _counted(names: Sequence[str]) -> str:
    return ", ".join(f"{names.count(name)} × {name}" if names.count(name) > 1 else name for name in dict.fromkeys(names))


def _machine_rows(checkup: Checkup) -> list[tuple[str, str]]:
    found = checkup.machine
    rows: list[tuple[str, str]] = []
    if found:
        of_all = f" of {found.n_cores}" if found.cores < found.n_cores else ""
        limited = ", limited by the container" if found.is_memory_limited else ""
        rows += [
            ("Python", f"{found.python}, osler {found.osler}, {found.system}"),
            ("cores", f"{found.cores:g}{of_all}"),
            ("memory", f"{_gib(found.memory_gib)}, {_gib(found.memory_free_gib)} free{limited}"),
        ]
    rows.append(("GPU", gpus(checkup)))
    rows += [("disk", ", ".join(f"{_gib(disk.free_gib)} free for {disk.use}" for disk in checkup.disks))] if checkup.disks else []
    network = "offline: no socket but to this machine" if checkup.is_offline else "allowed (--offline forbids it)"
    return [*rows, ("network", f"{network}; libraries report nothing")]


def _gib(size_gib: float | None) -> str:
    return "unknown" if size_gib is None else f"{size_gib:.0f} GiB"


def _extra_row(extra: Extra) -> tuple[str, str]:
    shown = [f"{name} {found}" for name, found in extra.versions.items()][:2]
    versions = ", ".join(shown) + (" …" if len(extra.versions) > len(shown) else "")
    match extra.state:
        case State.OK:
            said = f"{extra.unlocks}: {versions}"
        case State.MISSING:
            said = f"missing ({extra.unlocks}); {extra.install}"
        case State.TOO_OLD:
            said = f"{extra.detail}; {extra.install}"
        case State.INCOMPLETE:
            said = f"{extra.unlocks}: {versions}, {extra.detail}; {extra.install}"
        case State.BROKEN:
            said = f"broken ({extra.detail}); {extra.install}"
    return (f"[{extra.name}]", said)


def _endpoint_rows(checkup: Checkup) -> list[tuple[str, str]]:
    if not checkup.endpoints:
        return [("endpoints", "none on this machine; name one with --endpoint URL")]
    return [("endpoint", _endpoint(each)) for each in checkup.endpoints]


def _endpoint(each: Endpoint) -> str:
    if not each.is_reachable:
        return f"{each.url}: {each.detail}"
    more = f" and {len(each.models) - MAX_MODELS} more" if len(each.models) > MAX_MODELS else ""
    names = ", ".join(each.models[:MAX_MODELS]) + more
    parts = [f"{each.url}: {each.server}{f': {names}' if names else ''}", each.detail]
    parts += [f"{name}: {_in_brief(value)}" for name, value in each.features.items()]
    return "; ".join(part for part in parts if part)


def _in_brief(value: str) -> str:
    """ "by chat: text, an open thought (proof)" → "by chat"; several of them, joined by "; ", likewise."""
    return " or ".join(part.partition(" (")[0].partition(":")[0] for part in value.split("; "))
