"""A stage's driver: whichever kind the engine is, the same solutions; what failed is counted; the engine is closed where it lived."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from osler.core.codec import CODECS
from osler.core.errors import RecipeError
from osler.core.model import AsyncModel, Finish, Model, Reply, Request, Sampling, Usage
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.solution import Solution
from osler.judges import QuestionReader
from osler.models.journal import AsyncJournalledModel, Journal, journalled
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.search.best_of_n import BestOfN
from osler.search.self_consistency import SelfConsistency
from osler.stages.context import DESCRIBED, Context
from osler.stages.driver import LocalDriver

QUESTIONS = [Question(f"q-{at}", f"Which is number {at}?", {"A": "gout", "B": "flu"}) for at in range(5)]


def script(request: Request, rng: object) -> str:
    return f"Step 1: The answer is {'AB'[request.seed % 2]}."


def policy_of(model: Model | AsyncModel) -> Policy:
    return Policy(model, Prompt.named("plain"), CODECS["step"], QuestionReader(), Sampling(), 1)


class FailingSome(ScriptedModel):
    """Fails for good where the seed says so."""

    def reply(self, request: Request) -> Reply:
        return Reply("", Finish.ERROR, Usage(), "503") if request.seed % 3 == 0 else super().reply(request)


class Alive(AsyncScriptedModel):
    """Remembers on which event loops it was asked and closed."""

    def __init__(self, model: ScriptedModel) -> None:
        super().__init__(model)
        self.loops: list[asyncio.AbstractEventLoop] = []
        self.is_closed = False

    async def complete(self, requests: Sequence[Request]) -> list[Reply]:
        self.loops.append(asyncio.get_running_loop())
        return await super().complete(requests)

    async def close(self) -> None:
        self.loops.append(asyncio.get_running_loop())
        self.is_closed = True


def test_both_kinds_of_engine_give_the_same_solutions() -> None:
    found = []
    for model in (ScriptedModel(script), AsyncScriptedModel(ScriptedModel(script))):
        with asyncio.Runner() as loop:
            driver = LocalDriver(policy_of(model), loop)
            found.append([driver.drive(SelfConsistency(n=3), QUESTIONS), driver.drive(SelfConsistency(n=3), QUESTIONS, seed=2)])
            driver.close()
    assert found[0] == found[1]
    assert found[0][0] != found[0][1]  # another seed draws other samples


def test_an_engine_far_away_stays_on_one_loop_until_it_is_closed() -> None:
    model = Alive(ScriptedModel(script))
    with asyncio.Runner() as loop:
        driver = LocalDriver(policy_of(model), loop)
        driver.drive(SelfConsistency(n=1), QUESTIONS)
        driver.drive(SelfConsistency(n=1), QUESTIONS[:1])
        driver.close()
    assert model.is_closed
    assert len(model.loops) == len(QUESTIONS) + 1 + 1
    assert len({id(each) for each in model.loops}) == 1


def test_every_reply_that_failed_is_counted(tmp_path: Path) -> None:
    """A third of the seeds fails; the count is the failing model's own, by kind of engine and behind a journal."""
    heard: list[Sequence[Solution]] = []
    for name, model in (("waves", FailingSome(script)), ("async", AsyncScriptedModel(FailingSome(script)))):
        journal = Journal(tmp_path / f"{name}.db")
        behind = journalled(model, journal)
        with asyncio.Runner() as loop:
            solutions = LocalDriver(policy_of(behind), loop, on_solved=heard.append).drive(SelfConsistency(n=4), QUESTIONS)
        assert heard[-1] == solutions
        n_failed = sum(trace.ending == "error" for solution in solutions for trace in solution.candidates)
        assert 0 < n_failed < 20
        assert sum(solution.n_errored for solution in solutions) == n_failed
        assert len(journal) == 20 - n_failed
        journal.close()
    assert heard[0] == heard[1]


def test_a_journal_goes_around_either_kind(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    assert isinstance(journalled(AsyncScriptedModel(ScriptedModel(script)), journal), AsyncJournalledModel)
    assert not isinstance(journalled(ScriptedModel(script), journal), AsyncJournalledModel)
    journal.close()


def test_a_reward_by_name_needs_somebody_who_knows_the_name() -> None:
    with asyncio.Runner() as loop, pytest.raises(RecipeError, match="no reward models by name here, so no 'main'"):
        LocalDriver(policy_of(ScriptedModel(script)), loop).drive(BestOfN(n=2), QUESTIONS, "main")


class Telling(AsyncScriptedModel):
    """Says what it found out."""

    async def description(self) -> dict[str, str]:
        return {"continues a turn": "by completions"}


def test_what_an_endpoint_was_found_to_do_is_written_once_beside_the_run(make_context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    context = make_context(1)
    loaded: list[Telling] = []

    class Endpoint:
        def load(self) -> Telling:
            loaded.append(Telling(ScriptedModel(script)))
            return loaded[-1]

    monkeypatch.setattr(type(context), "policy", Context.policy)
    monkeypatch.setattr(type(context), "engine", lambda *_: Endpoint())
    with context.answering("seed", Sampling()) as driver:
        [solution] = driver.drive(SelfConsistency(n=1), QUESTIONS[:1])
    assert solution.answer in ("A", "B")
    assert context.run.read_json(DESCRIBED) == {"continues a turn": "by completions"}
    assert len(loaded) == 1
