"""`osler train`: one training on its own, of a recipe or by a method with its settings, in this process or, under `accelerate launch`, in
as many as there are devices."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from osler.core.errors import RecipeError, UserError
from osler.core.run import Run
from osler.recipe.file import settings_from
from osler.recipe.recipe import Recipe
from osler.report.numbers import amount, count
from osler.stages.context import Context
from osler.stages.rewarding import reward_function
from osler.train import TRAINERS, AnyTrainer
from osler.train.method import Method, Trained
from osler.train.records import Records
from osler.train.rewarding import RewardFunction
from osler.train.schedule import OnStep, is_first_process


@dataclass(frozen=True)
class Training:
    """One trainer, and what it works on: the checkpoint `base` and the JSONL file `records` become the checkpoint `to`. `reward` is what
    a method asks that learns from its own attempts."""

    trainer: AnyTrainer
    seed: int
    base: Path
    records: Path
    to: Path
    reward: RewardFunction | None = None

    def check(self) -> None:
        """Raises UserError where a file is missing or `to` is there already, before anything is loaded."""
        for path in (self.base, self.records):
            if not path.exists():
                raise UserError(f"{path}: there is no such file or folder; check the path")
        if any(self.to.glob("*.safetensors")):
            raise UserError(f"{self.to}: there is a checkpoint already; name a new folder")

    def train(self, on_step: OnStep | None = None) -> Trained:
        """Raises UserError as `check` does."""
        self.check()
        trainer: Any = self.trainer
        asked = {"reward": self.reward} if self.reward else {}
        heard = on_step if is_first_process() else None
        trained: Trained = trainer.train(self.base, Records.read(self.records), self.to, seed=self.seed, on_step=heard, **asked)
        return trained

    def planned(self) -> list[tuple[str, str]]:
        """What would be trained, line by line, for `--dry-run`. The weights are not loaded."""
        from osler.train.estimate import estimate

        self.check()
        found, schedule = estimate(self.trainer, self.base, Records.read(self.records)), self.trainer.schedule
        adapter = self.trainer.adapter
        weights = f"{amount(found.n_weights / 1e6)} million; trained {amount(found.n_trained / 1e6)} million"
        together = f" × {schedule.accumulate} accumulated" if schedule.accumulate > 1 else ""
        gb = f"{_gb(found.weight_bytes)} weights, {_gb(found.trained_bytes)} gradients and moments; activations come on top"
        return [
            ("method", f"{self.trainer.kind}, {adapter.kind + f' r {adapter.r}' if adapter else 'every weight'}"),
            ("records", f"{count(found.n_records)}, about {count(found.n_tokens)} tokens by the base's tokenizer"),
            ("batch", f"{schedule.batch_size}{together}"),
            ("steps", f"{count(found.n_steps)} in {schedule.epochs:g} epochs, if no record is dropped or cut in two"),
            ("weights", weights),
            ("memory", gb),
            ("devices", found.devices),
        ]


def _gb(n_bytes: float) -> str:
    return f"{amount(n_bytes / 1e9)} GB" if n_bytes >= 1e9 else f"{amount(n_bytes / 1e6)} MB"


def trainer_of(recipe: Recipe, place: str) -> AnyTrainer:
    """The trainer that stands at `place` of the recipe, such as policies.round_1.training. Raises RecipeError with those there are."""
    trainers = dict(trainers_of(recipe))
    if place not in trainers:
        raise RecipeError(f"{place or 'PLACE'}: the recipe has no training there; choose among {', '.join(trainers)}")
    return trainers[place]


def trainers_of(settings: Any, place: str = "") -> list[tuple[str, AnyTrainer]]:
    """Every trainer below these settings, with its place."""
    if isinstance(settings, Method):
        return [(place, cast(AnyTrainer, settings))]
    parts = settings if isinstance(settings, Mapping) else vars(settings) if hasattr(settings, "__dict__") else {}
    return [found for name, part in parts.items() for found in trainers_of(part, f"{place}.{name}".removeprefix("."))]


def reward_of(recipe: Recipe, place: str, to: Path) -> RewardFunction | None:
    """What the attempts of the policy trained at `place` are worth; None where its method asks for no reward."""
    policy = recipe.policies.get(place.removeprefix("policies.").removesuffix(".training"))
    return reward_function(Context(recipe, Run(to)), policy.reward) if policy and policy.reward else None


def trainer_by(method: str, overrides: list[str]) -> AnyTrainer:
    """A method by its name, with settings as `schedule.epochs=2`. Raises UserError where there is none, or it needs a recipe."""
    if method not in TRAINERS:
        raise UserError(f"--method {method}: there is no such method; choose among {', '.join(TRAINERS)}")
    if method == "grpo":
        raise UserError("--method grpo: it needs a reward; write both into a recipe under `policies`, and name recipe and place")
    trainer: AnyTrainer = settings_from(overrides, TRAINERS[method], f"--method {method}")
    return trainer
