"""`osler train`: one training of a recipe on its own, in this process or, under `accelerate launch`, in as many as there are devices."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from osler.core.errors import RecipeError, UserError
from osler.recipe import Recipe
from osler.train import AnyTrainer
from osler.train.method import Method, Trained
from osler.train.records import Records
from osler.train.schedule import OnStep, is_first_process


@dataclass(frozen=True)
class Training:
    """One trainer of a recipe, and what it works on: the checkpoint `base` and the JSONL file `records` become the checkpoint `to`."""

    trainer: AnyTrainer
    seed: int
    base: Path
    records: Path
    to: Path

    def train(self, on_step: OnStep | None = None) -> Trained:
        """Raises UserError where a file is missing or `to` is there already, before anything is loaded."""
        for path in (self.base, self.records):
            if not path.exists():
                raise UserError(f"{path}: there is no such file or folder; check the path")
        if any(self.to.glob("*.safetensors")):
            raise UserError(f"{self.to}: there is a checkpoint already; name a new folder")
        return self.trainer.train(
            self.base, Records.read(self.records), self.to, seed=self.seed, on_step=on_step if is_first_process() else None
        )


def trainer_of(recipe: Recipe, place: str) -> AnyTrainer:
    """The trainer that stands at `place` of the recipe, such as policies.round_1.training. Raises RecipeError with those there are."""
    trainers = dict(trainers_of(recipe))
    if place not in trainers:
        raise RecipeError(f"{place}: the recipe has no training there; choose among {', '.join(trainers)}")
    return trainers[place]


def trainers_of(settings: Any, place: str = "") -> list[tuple[str, AnyTrainer]]:
    """Every trainer below these settings, with its place."""
    if isinstance(settings, Method):
        return [(place, cast(AnyTrainer, settings))]
    parts = settings if isinstance(settings, Mapping) else vars(settings) if hasattr(settings, "__dict__") else {}
    return [found for name, part in parts.items() for found in trainers_of(part, f"{place}.{name}".removeprefix("."))]
