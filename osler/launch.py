"""Launching a run: its folder, its lock, its threads, and the stages inside them."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import dropwhile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import yaml

from osler.core.checkpoint import content_hash
from osler.core.records import write_text
from osler.core.run import Run
from osler.data import ClinicSource
from osler.models import VLLM, HuggingFace, LlamaCpp, OpenAIHTTP
from osler.pipeline import run_stages, stages
from osler.recipe.names import SEED
from osler.recipe.recipe import Recipe, resolved
from osler.stages.around import HOW_IT_IS_REACHED, disk_errors, fixed_arithmetic, hash_below
from osler.stages.context import Listener, Workers


def launch(
    recipe: Recipe, runs: Path, *, fresh: bool = False, listener: Listener | None = None, workers: Workers | None = None
) -> tuple[Path, int]:
    """Run the recipe in its folder under `runs`; a complete run is left as it is. Returns the folder and how many requests
    failed for good.

    Raises RunError where the folder is in use, cannot be written, or the disk is full; what was done is kept.
    """
    settings = resolved(recipe)
    run = Run.for_settings(runs, recipe.name, _what_counts(recipe))
    with run, disk_errors(run.folder):
        if fresh:
            run.clear()
        write_text(run.path("recipe.yaml"), yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
        with fixed_arithmetic(recipe.threads):
            run_stages(recipe, run, listener, workers)
        n_errored = {stage: int(run.read_marker(stage).get("n_errored", 0)) for stage in stages(recipe)}
        for stage in dropwhile(lambda stage: not n_errored[stage], n_errored):
            run.unmark(stage)  # the journal keeps no failed reply: the same command asks for just those, and does over what rests on them
    return run.folder, sum(n_errored.values())


def launch_all(
    recipes: Sequence[Recipe],
    runs: Path,
    listener_of: Callable[[Recipe], Listener],
    *,
    processes: int,
    fresh: bool = False,
    workers: Workers | None = None,
) -> Iterator[tuple[Path, int]]:
    """Launch one run after another, or as many at once as `processes`, each in a process of its own; yields as `launch` returns, in the
    order of the recipes. A run that fails stops those that have not begun. `workers` answer for one run at a time."""
    if processes == 1 or len(recipes) == 1 or workers:
        yield from (launch(recipe, runs, fresh=fresh, listener=listener_of(recipe), workers=workers) for recipe in recipes)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:  # a fork would share torch's threads
        under_way = [pool.submit(launch, recipe, runs, fresh=fresh, listener=listener_of(recipe)) for recipe in recipes]
        try:
            yield from (each.result() for each in under_way)
        finally:
            pool.shutdown(cancel_futures=True)


def _what_counts(recipe: Recipe) -> dict[str, object]:
    """Everything that could change what comes out: the settings, and the content of the files that they name."""
    settings = resolved(recipe)
    if recipe.retrieval is None:
        del settings["retrieval"]
    else:
        del settings["retrieval"]["index"]
    for name in ("tokens_per_second", "processes"):  # the one is for the plan, the other for how runs of several seeds are arranged
        del settings[name]
    for first, written in (("seed_policy", settings["seed_policy"]), *settings["bases"].items()):
        if isinstance(recipe.first_policies[SEED if first == "seed_policy" else first].base, OpenAIHTTP):
            for name in HOW_IT_IS_REACHED:
                del written["base"][name]
    return {**_without(settings, "save_every_s"), "contents": _contents(recipe)}


def _contents(recipe: Recipe) -> dict[str, str]:
    """Hashes of the files and checkpoints that a recipe names."""
    named = () if isinstance(recipe.data, ClinicSource) else recipe.data.files
    contents = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in named if path.is_file()}
    for first, settings in recipe.first_policies.items():
        base, suffix = settings.base, "" if first == SEED else f" of {first}"
        if isinstance(base, HuggingFace | VLLM | LlamaCpp):
            contents[f"base{suffix}"] = content_hash(base.path)
        if adapter := getattr(base, "adapter", ""):
            contents[f"adapter{suffix}"] = content_hash(adapter)
    trained = [each for part in (*recipe.policies.values(), *recipe.reward_models.values()) for each in getattr(part, "records", ())]
    files = [path for each in trained for path in getattr(each, "files", ())]
    for path in (*(recipe.retrieval.passages if recipe.retrieval else ()), *files):
        contents[str(path)] = hash_below(path)
    return contents


def _without(settings: Any, name: str) -> Any:
    """Plain settings without those of this name, at any depth."""
    if isinstance(settings, dict):
        return {key: _without(value, name) for key, value in settings.items() if key != name}
    return [_without(each, name) for each in settings] if isinstance(settings, list) else settings
