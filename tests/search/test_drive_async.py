import asyncio
import gc
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from osler.core.budget import Budget
from osler.core.codec import CODECS
from osler.core.errors import ModelError, RecipeError
from osler.core.model import Finish, Reply, Request, Sampling, Usage
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.reward import RewardModel
from osler.core.solution import Solution
from osler.core.trace import Ending, Trace
from osler.judges import QuestionReader
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.search import MCTS, BestOfN, Greedy, SelfConsistency
from osler.search.asks import All, Propose, Score, Searching, Strategy
from osler.search.drive import drive
from osler.search.drive_async import drive_async

QUESTIONS = [Question(f"q-{number}", f"Which is number {number}?", {"A": "one", "B": "two", "C": "three"}) for number in range(9)]
TREE = MCTS(n_children=2, n_rollouts=4, min_rollouts=2, max_nodes=9)
STRATEGIES = [Greedy(), SelfConsistency(n=5), BestOfN(n=4, is_vote=True, aggregate="mean"), TREE]


@dataclass
class ByLength:
    """A reward model written by hand: a step is worth its number of letters, in hundredths."""

    identity = "by-length"
    batches: list[int] = field(default_factory=list)

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        self.batches.append(len(traces))
        return [tuple(min(len(step.text) / 100, 1.0) for step in trace.steps) for trace in traces]


def thoughtful(request: Request, rng: random.Random) -> str:
    """One to four steps and an answer, or one time in eight nothing."""
    if rng.random() < 0.125:
        return ""
    n_done = request.prefix.count("Step ") - 1 if request.prefix else 0
    n_more = rng.randint(1, 4)
    texts = [f"Step {n_done + number}: {'so ' * rng.randint(1, 9)}on" for number in range(1, n_more + 1)]
    turn = "\n\n".join(texts) + f". The answer is {rng.choice('ABC')}."
    return turn.removeprefix(f"Step {n_done + 1}:") if request.prefix else turn


def jittered(seed: int) -> Callable[[Sequence[Request]], float]:
    rng = random.Random(seed)
    return lambda requests: rng.choice([0.0, 0.0, 0.001, 0.002, 0.004])


def policy_of(model: ScriptedModel | AsyncScriptedModel) -> Policy:
    return Policy(model, Prompt("plain", "{question}{options}"), CODECS["step"], QuestionReader(), Sampling(), seed=3)


def driven(
    strategy: Strategy, model: AsyncScriptedModel, questions: Sequence[Question] = QUESTIONS, reward: RewardModel | None = None, **settings
) -> list[Solution]:
    async def limited() -> list[Solution]:
        async with asyncio.timeout(120):  # a hang is a failure, not a wait
            return await drive_async(strategy, questions, policy_of(model), reward or ByLength(), **settings)

    return asyncio.run(limited())


def delayed(script=thoughtful, delay_s=0.0) -> AsyncScriptedModel:
    return AsyncScriptedModel(ScriptedModel(script), delay_s)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("max_in_flight", [1, 3, 256])
def test_whatever_the_order_of_arrival_the_solutions_are_those_of_waves(strategy, max_in_flight):
    waves = drive(strategy, QUESTIONS, policy_of(ScriptedModel(thoughtful)), ByLength())
    assert any(solution.chosen is not None for solution in waves)
    for seed in range(3):
        assert driven(strategy, delayed(delay_s=jittered(seed)), max_in_flight=max_in_flight) == waves


def test_usage_is_what_the_model_reported():
    model = delayed(delay_s=jittered(0))
    solutions = driven(TREE, model)
    replies = [ScriptedModel(thoughtful).reply(request) for request in model._model.requests]
    assert sum((solution.usage for solution in solutions), Usage()) == sum((reply.usage for reply in replies), Usage())
    assert sum(model.calls) == len(replies) > 100


def test_each_ask_is_one_call():
    """Nine questions of five samples: nine calls of five. The tree's first ask has its two children, its second their roll-outs."""
    model = delayed()
    driven(SelfConsistency(n=5), model)
    assert model.calls == [5] * 9
    model = delayed(lambda request, rng: " so\n\nStep" if request.stop else "Step 1: so\n\nStep 2: The answer is B.")
    driven(MCTS(n_children=2, n_rollouts=4, min_rollouts=2, max_nodes=2), model, QUESTIONS[:1])
    assert model.calls[:2] == [2, 2]  # the two children are the same step, merged: n_rollouts // 2 roll-outs of one node


@pytest.mark.parametrize("max_in_flight", [1, 2, 4, 100])
def test_no_more_asks_are_in_flight_than_allowed_and_as_many(max_in_flight):
    in_flight = peak = 0

    class Counting(AsyncScriptedModel):
        async def complete(self, requests):
            nonlocal in_flight, peak
            in_flight += 1
            peak = max(peak, in_flight)
            try:
                return await super().complete(requests)
            finally:
                in_flight -= 1

    driven(TREE, Counting(ScriptedModel(thoughtful), 0.001), max_in_flight=max_in_flight)
    assert peak == min(max_in_flight, len(QUESTIONS))


def test_a_search_goes_on_when_its_own_replies_are_in():
    """The first question's replies take as long as all the others' together; they are done before it."""
    finished: list[str] = []

    class Noting(ByLength):
        def score(self, traces):
            finished.extend(trace.question.id for trace in traces)
            return super().score(traces)

    slow = delayed(delay_s=lambda requests: 0.3 if "number 0" in requests[0].messages[0].content else 0.001)
    driven(BestOfN(n=1), slow, reward=Noting())
    assert sorted(finished) == sorted(question.id for question in QUESTIONS)
    assert finished[-1] == "q-0"


def test_traces_that_come_to_the_reward_model_together_are_scored_together():
    """All nine asks come back in the same pass of the event loop: one call of 9 × 4 traces."""
    reward = ByLength()
    driven(BestOfN(n=4), delayed(lambda request, rng: "Step 1: The answer is B."), reward=reward)
    assert reward.batches == [36]


def test_several_asks_at_once_are_answered_in_their_shape():
    @dataclass(frozen=True)
    class Playing:
        answers: list
        budget: Budget = Budget()

        def search(self, question: Question) -> Searching:
            ask = Propose((Trace(question),), 1, is_whole=True)
            [[grown]] = yield ask
            self.answers.append((yield All((ask, Score((grown, Trace(question))), All((Score((grown,)), ask)), All(())))))
            return Solution(question, (), None)

    playing, model = Playing([]), delayed(lambda request, rng: "Step 1: a")
    driven(playing, model, QUESTIONS[:1])
    [[[[grown]], scores, [again, more], nothing]] = playing.answers
    assert (grown.ending, scores, again, more, nothing) == (Ending.FINISHED, [(0.01,), ()], [(0.01,)], [[grown]], [])
    assert model.calls == [1, 2]


def test_progress_is_told_after_each_search():
    heard: list[tuple[int, int]] = []
    driven(TREE, delayed(delay_s=jittered(1)), on_done=lambda done, total: heard.append((done, total)))
    assert heard == [(done, 9) for done in range(1, 10)]


def test_no_questions_have_no_solutions():
    model = delayed()
    assert driven(TREE, model, []) == []
    assert model.calls == []


# budgets


@pytest.mark.parametrize("strategy", [TREE, replace(TREE, budget=Budget(max_calls=1))])
def test_budgets_are_those_of_waves(strategy):
    budgets = [Budget(max_calls=at) if at % 2 else Budget(max_tokens=40 * at + 1) for at in range(1, 10)]
    waves = drive(strategy, QUESTIONS, policy_of(ScriptedModel(thoughtful)), ByLength(), budgets=budgets)
    assert {solution.is_cut for solution in waves} == {True, False}
    assert driven(strategy, delayed(delay_s=jittered(2)), budgets=budgets) == waves
    assert driven(strategy, delayed(delay_s=jittered(2))) != waves


# failures


class Broken(AsyncScriptedModel):
    """Raises in its call number `at`, from 0."""

    def __init__(self, error: Exception, at: int) -> None:
        super().__init__(ScriptedModel(thoughtful), 0.001)
        self._error, self._at = error, at

    async def complete(self, requests):
        if len(self.calls) == self._at:
            self.calls.append(len(requests))
            raise self._error
        return await super().complete(requests)


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), TimeoutError(), ConnectionError("refused")])
def test_an_ask_that_never_arrived_is_data_and_the_others_are_unharmed(error):
    whole = driven(SelfConsistency(n=4), delayed())
    solutions = driven(SelfConsistency(n=4), Broken(error, 2))
    failed = [at for at, solution in enumerate(solutions) if solution.usage.n_calls == 0]
    assert len(failed) == 1
    for trace in solutions[failed[0]].candidates:
        assert (trace.ending, trace.raw) == (Ending.ERROR, f"{type(error).__name__}: {error}".removesuffix(": ") + " (1 attempt)")
    assert solutions[failed[0]].chosen is None
    assert [each for at, each in enumerate(solutions) if at not in failed] == [each for at, each in enumerate(whole) if at not in failed]


@pytest.mark.parametrize("error", [ModelError("engine: the key is refused; set another"), RuntimeError("a bug")])
@pytest.mark.parametrize("at", [0, 5])
def test_any_other_error_ends_all_searches_and_is_raised_as_it_is(error, at):
    model = Broken(error, at)
    with pytest.raises(type(error), match=str(error)):
        driven(TREE, model)
    assert len(model.calls) <= at + len(QUESTIONS)


def test_too_few_replies_are_named():
    class Short(AsyncScriptedModel):
        async def complete(self, requests):
            return (await super().complete(requests))[1:]

    with pytest.raises(ModelError, match="scripted:scripted: 4 replies came to 5 requests; "):
        driven(SelfConsistency(n=5), Short(ScriptedModel(thoughtful)))


def test_an_error_of_the_reward_model_reaches_every_search():
    class Refusing(ByLength):
        def score(self, traces):
            raise ModelError("prm: no")

    with pytest.raises(ModelError, match="prm: no"):
        driven(BestOfN(n=2), delayed(), reward=Refusing())


def test_scores_without_a_reward_model_are_refused_with_what_to_do():
    with pytest.raises(RecipeError, match="MCTS asks for scores, but there is no reward model; name one under `reward`"):
        asyncio.run(drive_async(MCTS(), QUESTIONS, policy_of(delayed(lambda request, rng: " The answer is B."))))


def test_each_driver_refuses_the_other_s_models():
    with pytest.raises(RecipeError, match=r"scripted:scripted answers asynchronously; drive it with `drive_async`"):
        drive(Greedy(), QUESTIONS, policy_of(delayed()))
    with pytest.raises(RecipeError, match=r"scripted:scripted answers synchronously; drive it with `drive`"):
        asyncio.run(drive_async(Greedy(), QUESTIONS, policy_of(ScriptedModel(thoughtful))))


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="max_in_flight is 0"):
        driven(Greedy(), delayed(), max_in_flight=0)
    with pytest.raises(ValueError, match="9 questions and 1 budgets"):
        driven(Greedy(), delayed(), budgets=[Budget()])


@dataclass(frozen=True)
class Closing:
    """Asks for ever; remembers which of its searches were begun and which closed."""

    begun: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    budget: Budget = Budget()

    def search(self, question: Question) -> Searching:
        self.begun.append(question.id)
        try:
            while True:
                yield Propose((Trace(question),), 2, is_whole=True)
        finally:
            self.closed.append(question.id)


def test_cancelling_closes_every_search_and_leaves_no_task():
    strategy, model = Closing(), delayed(delay_s=0.001)

    async def cancelled() -> set[asyncio.Task]:
        task = asyncio.ensure_future(drive_async(strategy, QUESTIONS, policy_of(model), max_in_flight=4))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return asyncio.all_tasks() - {asyncio.current_task()}

    gc.disable()  # a generator that is collected is closed too, which would prove nothing
    try:
        assert asyncio.run(cancelled()) == set()
        assert strategy.begun == strategy.closed == [f"q-{number}" for number in range(4)]
    finally:
        gc.enable()


def test_an_error_closes_every_search_too():
    strategy = Closing()
    with pytest.raises(ModelError):
        driven(strategy, Broken(ModelError("x: y; z"), 12))
    assert sorted(strategy.closed) == sorted(strategy.begun) == [f"q-{number}" for number in range(9)]


def test_an_error_reply_is_kept_apart_from_the_rest():
    """One request of an ask fails for good: its siblings vote."""

    class FailingOnce(AsyncScriptedModel):
        async def complete(self, requests):
            replies = await super().complete(requests)
            return [Reply("", Finish.ERROR, Usage(), "too long") if at == 1 else reply for at, reply in enumerate(replies)]

    [solution] = driven(SelfConsistency(n=3), FailingOnce(ScriptedModel(lambda request, rng: "Step 1: The answer is B.")), QUESTIONS[:1])
    assert [trace.ending for trace in solution.candidates] == [Ending.FINISHED, Ending.ERROR, Ending.FINISHED]
    assert (solution.answer, solution.usage.n_calls) == ("B", 2)
