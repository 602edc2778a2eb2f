"""A synthesis in a folder of its own: found again by its settings and the content of its files, and made only once."""

import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import yaml

from osler.core.checkpoint import content_hash
from osler.core.records import write_text
from osler.core.run import Run
from osler.data import load_item_sets
from osler.knowledge.retrieval import BM25
from osler.manifest import surroundings
from osler.models import VLLM, HuggingFace, OpenAIHTTP
from osler.stages.around import HOW_IT_IS_REACHED, disk_errors, fixed_arithmetic, hash_below
from osler.stages.context import DESCRIBED, Listener
from osler.stages.finishing import finish
from osler.stages.material import ItemMaterial
from osler.stages.prompts_used import prompts_used
from osler.stages.synthesising import STAGE, Counts, synthesise
from osler.synthesis import Synthesis, resolved_synthesis


def run_synthesis(synthesis: Synthesis, runs: Path, *, fresh: bool = False, listener: Listener | None = None) -> tuple[Path, Counts]:
    """Make the records in a folder under `runs`, which the same settings and the same content of their files find again. Raises RunError
    where the folder is in use, cannot be written, or the disk is full; what the journal holds is kept."""
    if synthesis.hub:
        synthesis.hub.require()
    settings = resolved_synthesis(synthesis)
    run = Run.for_settings(runs, synthesis.name, what_counts(synthesis))
    with run, disk_errors(run.folder):
        if fresh:
            run.clear()
        write_text(run.path("recipe.yaml"), yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
        started, was_done = time.monotonic(), run.is_done(STAGE)
        with _arithmetic(synthesis):
            counts = synthesise(synthesis, run, listener)
        if not was_done or not run.path("manifest.json").exists():
            run.write_json("manifest.json", _manifest(synthesis, run, counts, time.monotonic() - started))
        finish(synthesis, run)
        return run.folder, counts


def what_counts(synthesis: Synthesis) -> dict[str, Any]:
    """Everything that could change a record: the settings, and the content of the files that they name. Exports, prices and how an
    endpoint is reached are not of it: with others, nobody is asked again."""
    settings = resolved_synthesis(synthesis)
    for name in ("exports", "hub"):
        settings.pop(name)
    contents = {str(path): hash_below(path) for path in _files(synthesis)}
    for spec in (*synthesis.against, *(synthesis.material.sets if isinstance(synthesis.material, ItemMaterial) else ())):
        if Path(spec).suffix in (".yaml", ".yml"):  # names files of its own
            contents[f"items {spec}"] = " ".join(item_set.content_hash for item_set in load_item_sets(spec))
    for name, role in synthesis.roles.items():
        settings["roles"][name].pop("price")
        if isinstance(role.engine, OpenAIHTTP):
            for setting in HOW_IT_IS_REACHED:
                settings["roles"][name]["engine"].pop(setting)
        for setting in ("path", "adapter"):
            if place := getattr(role.engine, setting, ""):
                contents[f"{name} {setting}"] = content_hash(place)
    if synthesis.retrieval:
        settings["retrieval"].pop("index")
    if all(isinstance(role.engine, OpenAIHTTP) for role in synthesis.roles.values()):
        for setting in ("window", "threads"):  # in this process they make batches and sums
            settings.pop(setting)
    return {**settings, "contents": contents}


def _files(synthesis: Synthesis) -> list[Path]:
    against = [Path(spec.partition(":")[2] or spec) for spec in synthesis.against]
    passages = list(synthesis.retrieval.passages) if synthesis.retrieval else []
    return [*synthesis.material.files, *against, *passages, *([synthesis.graph] if synthesis.graph else [])]


def _arithmetic(synthesis: Synthesis) -> AbstractContextManager[None]:
    """Fixed threads where torch adds up; where it does not, it is not imported."""
    has_encoder = synthesis.retrieval is not None and not isinstance(synthesis.retrieval.retriever, BM25)
    is_near = any(isinstance(role.engine, HuggingFace | VLLM) for role in synthesis.roles.values())
    return fixed_arithmetic(synthesis.threads) if is_near or has_encoder else nullcontext()


def _manifest(synthesis: Synthesis, run: Run, counts: Counts, seconds: float) -> dict[str, Any]:
    """What ran, with what, on what. Of the role of an endpoint stands what it was found to do; of keys nothing."""
    described = run.read_json(DESCRIBED)
    return {
        "name": synthesis.name,
        "seed": synthesis.seed,
        **surroundings(),
        "threads": synthesis.threads,
        "roles": {role: {**found, "prompt": synthesis.roles[role].prompt} for role, found in described.items()},
        "prompts": prompts_used(synthesis),
        "usage": {role: vars(usage) for role, usage in counts.usage.items()},
        "cost": counts.cost,
        "n_drafts": counts.n_drafts,
        "n_records": counts.n_records,
        "seconds": round(seconds, 1),
    }
