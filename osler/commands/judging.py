"""The judges of `osler grade` that ask a model, wherever it runs, behind a journal where one is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from osler.commands.engine import engine_named
from osler.core.model import AsyncModel, Model, is_async, is_sync
from osler.evaluate.responses import AnyJudge
from osler.judges.free.claims import ClaimsJudge
from osler.judges.free.open import OpenJudge
from osler.judges.free.rubric import RubricJudge
from osler.models.blocking import BlockingModel
from osler.models.journal import Journal, journalled


@dataclass(frozen=True)
class Judging:
    """Which model judges free answers: `model` and `engine` as `osler solve` has its policy and the engine's settings. `journal` is a file
    that keeps its replies: what it holds is not asked for again."""

    model: str
    engine: tuple[str, ...] = ()
    journal: Path | None = None


@cache
def model_judges(judging: Judging) -> Mapping[str, AnyJudge]:
    """The judges that ask the model, by the kind of key. It is loaded once, and stays until the process ends."""
    model = _waiting(_loaded(judging))
    return {"open": OpenJudge(model), "rubric": RubricJudge(model), "claims": ClaimsJudge(model)}


def _loaded(judging: Judging) -> Model | AsyncModel:
    model: Model | AsyncModel = engine_named(judging.model, judging.engine).load()
    return journalled(model, Journal(judging.journal)) if judging.journal else model


def _waiting(model: Model | AsyncModel) -> Model:
    if is_async(model):
        return BlockingModel(model)
    assert is_sync(model)
    return model
