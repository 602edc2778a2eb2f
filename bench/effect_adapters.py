"""Adapters against all weights at equal steps: LoRA, rsLoRA, DoRA, DoRA with rsLoRA (Gazal-R1's), and full fine-tuning.

The same student, records, order and schedule; each arm has the learning rate of `CHOSEN`, the one of `RATES` that is best on the
development split (`--size dev --seeds 1` tries them all and prints a row for each). All adapters are on every linear layer at rank `R`,
alpha `ALPHA`: LoRA and DoRA scale by alpha / r = 1, rsLoRA by alpha / √r = 4. The nano model is 96 wide, so that rank 16 is a sixth of it,
where in a model of billions it is a hundredth: what is said here about the cost of few weights is said of this model.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from effect import Arms, Size, clinic, kept, outcomes, records_of, run, schedule, student, taught
from safetensors import safe_open

from osler.clinic.case import CaseKind
from osler.train import LoRA

R, ALPHA = 16, 16
RATES = (2e-3, 5e-3, 1e-2, 2e-2)
CHOSEN = {"full": 1e-2, "lora": 2e-2, "rslora": 5e-3, "dora": 1e-2, "dora_rslora": 5e-3}
ADAPTERS: Mapping[str, LoRA | None] = {
    name: None if name == "full" else LoRA(kind=name, r=R, alpha=ALPHA)  # type: ignore[arg-type]
    for name in CHOSEN
}
IS_CHOOSING = "dev" in sys.argv
ARMS = {f"{name} {rate:g}": (name, rate) for name in CHOSEN for rate in RATES} if IS_CHOOSING else {n: (n, r) for n, r in CHOSEN.items()}
N_TRAINED: dict[str, int] = {}


def n_trained(folder: Path) -> int:
    """How many numbers were trained: those of the adapter, or of the whole checkpoint."""
    adapter = folder / "adapter" / "adapter_model.safetensors"
    with safe_open(adapter if adapter.exists() else folder / "model.safetensors", "pt") as weights:
        names = [name for name in weights.keys() if not name.endswith("magnitude_vector")]  # noqa: SIM118  # those stand twice
        return sum(weights.get_tensor(name).numel() for name in names)


def arm(start: Path, records: list[dict[str, Any]], folder: Path, seed: int, size: Size, name: str) -> Path:
    kind, rate = ARMS[name]
    if not (folder / "model.safetensors").exists():
        plain = [{key: record[key] for key in ("id", "messages")} for record in records]
        replace(schedule(size.epochs, rate), adapter=ADAPTERS[kind]).train(start, plain, folder, seed=seed)
    return folder


def arms_of(folder: Path, size: Size, seed: int) -> Arms:
    folder = folder / CaseKind.DIAGNOSIS
    source = clinic(size)
    start, items = student(folder, source, seed), source.load(seed).answer
    records = records_of(taught(folder / "taught", source, seed))
    arms: dict[str, dict[str, Any]] = {"before": kept(folder / "adapters before.json", lambda: outcomes(start, items))}
    for name in ARMS:
        kind, rate = ARMS[name]
        place = folder / f"adapters {kind} at {rate:g}"
        arms[name] = kept(
            place.with_name(f"{place.name}.json"),
            lambda name=name, place=place: {  # type: ignore[misc]
                **outcomes(arm(start, records, place, seed, size, name), items),
                "n_records": len(records),
            },
        )
        N_TRAINED[kind] = n_trained(place)
    return arms


if __name__ == "__main__":
    against = [(name, "full") for name in CHOSEN if name != "full"] + [("rslora", "lora"), ("dora", "lora"), ("full", "before")]
    run("Adapters at equal steps", arms_of, [] if IS_CHOOSING else against)
    print("\n| arm | trained parameters |\n|---|---|")
    print("\n".join(f"| {name} | {n:,} |" for name, n in N_TRAINED.items()))
