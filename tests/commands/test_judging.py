"""Judges that ask a model: wherever it runs, and never twice for what a journal holds."""

from pathlib import Path

import pytest

from osler.commands.judging import Judging, model_judges
from osler.core.errors import UserError
from osler.core.question import OpenKey, Question
from osler.core.reading import Reading
from osler.models.journal import Journal
from osler.models.scripted import AsyncScriptedModel, ScriptedModel

QUESTION = Question("q", "What is a stroke?")
ASKED = [(QUESTION, Reading(value="A vessel is blocked."), OpenKey("A blocked or burst vessel of the brain."))]


class Endpoint:
    """Stands for the settings of an engine far away."""

    def __init__(self, model: ScriptedModel) -> None:
        self._model = model

    def load(self) -> AsyncScriptedModel:
        return AsyncScriptedModel(self._model)


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    model_judges.cache_clear()
    model = ScriptedModel(lambda *_: "Verdict: correct")
    monkeypatch.setattr("osler.commands.judging.engine_named", lambda *_: Endpoint(model))
    return model


def test_a_model_far_away_judges(far: ScriptedModel) -> None:
    [verdict] = model_judges(Judging("http://127.0.0.1:9/v1"))["open"].judge_all(ASKED)
    assert far.requests
    assert verdict.reading.value == "A vessel is blocked."


def test_what_the_journal_holds_is_not_asked_again(far: ScriptedModel, tmp_path: Path) -> None:
    judging = Judging("http://127.0.0.1:9/v1", journal=tmp_path / "judge.db")
    first = model_judges(judging)["open"].judge_all(ASKED)
    n_asked = len(far.requests)
    assert n_asked >= 1
    model_judges.cache_clear()
    assert model_judges(judging)["open"].judge_all(ASKED) == first
    assert len(far.requests) == n_asked
    journal = Journal(tmp_path / "judge.db")
    assert len(journal) == len(set(far.requests))
    journal.close()


def test_an_engine_that_does_not_fit_is_said_in_a_sentence() -> None:
    with pytest.raises(UserError, match=r"http://127.0.0.1:9/v1: name the model that is to answer there, with --engine model=NAME"):
        model_judges(Judging("http://127.0.0.1:9/v1"))
