"""The contract of strategies, run over every entry of `osler.search.STRATEGIES`: the same asks driven alone or among others; usage equals
what the model reported; `max_requests` bounds what is asked; nothing is chosen when nothing finished, and a bad reply costs nothing but
itself. To add a strategy: one line of settings below, small enough for a test."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace

import pytest

from osler.core.budget import Budget
from osler.core.codec import CODECS
from osler.core.errors import RecipeError
from osler.core.model import Finish, Reply, Request, Sampling, Usage
from osler.core.passage import Evidence, Passage
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.solution import Solution
from osler.core.trace import Ending, Trace
from osler.judges import QuestionReader
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.search import DVTS, MCTS, RAG, STRATEGIES, Beam, BestOfN, Greedy, RejectionSampling, Revision, SelfConsistency, Strategy
from osler.search.drive import drive
from osler.search.drive_async import drive_async

SMALL: dict[str, tuple[Strategy, ...]] = {
    "greedy": (Greedy(),),
    "self_consistency": (SelfConsistency(n=1), SelfConsistency(n=5)),
    "best_of_n": (BestOfN(n=1), BestOfN(n=4, aggregate="mean"), BestOfN(n=4, is_vote=True)),
    "beam": (Beam(n_beams=1, width=1), Beam(n_beams=6, width=2, aggregate="mean"), Beam(n_beams=4, width=4, max_steps=1, is_vote=False)),
    "dvts": (DVTS(n_beams=1, width=1), DVTS(n_beams=6, width=2, aggregate="mean"), DVTS(n_beams=4, width=4, max_steps=1, is_vote=False)),
    "rejection_sampling": (
        RejectionSampling(n=1, n_per_ask=1),
        RejectionSampling(n=5, n_per_ask=2, max_right=1),
        RejectionSampling(n=4, n_per_ask=9),
    ),
    "mcts": (
        MCTS(n_children=2, n_rollouts=4, min_rollouts=1, max_nodes=8),
        MCTS(n_children=1, n_rollouts=1, min_rollouts=1, max_nodes=1),
        MCTS(n_children=9, n_rollouts=1, min_rollouts=1, max_nodes=12, max_right=99, c=0.0),
        MCTS(n_children=2, n_rollouts=4, min_rollouts=1, max_nodes=8, n_reflections=0, drive_leaves=False),
        MCTS(n_children=2, n_rollouts=6, min_rollouts=3, max_nodes=12, max_right=99, n_reflections=2, n_parallel=3, early_stop=True),
        MCTS(n_children=3, max_nodes=10, max_right=99, n_parallel=2, value_by="scores", aggregate="mean", is_vote=True),
        MCTS(n_children=1, max_nodes=5, max_right=1, value_by="scores", finish_at=0.3, low_gate=0.3),
    ),
    "revise": (
        Revision(),
        Revision(n_tries=1, n_revisions=0),
        Revision(n_tries=2, n_revisions=4, ways=("backtrack", "verify"), right_at=0.4),
    ),
    "rag": (RAG(), RAG(n_passages=2, has_options=True, within=BestOfN(n=3)), RAG(within=MCTS(n_children=2, n_rollouts=4, max_nodes=8))),
}
CASES = [pytest.param(strategy, id=f"{kind}-{at}") for kind, strategies in SMALL.items() for at, strategy in enumerate(strategies)]
PROMPT = Prompt("ours", "{question}{options}\n{evidence}")
OPTIONS = {"A": "aspirin", "B": "ibuprofen", "C": "neither"}
QUESTIONS = [Question(f"q-{number}", f"What about number {number}?", OPTIONS) for number in range(5)]
OPEN_QUESTION = Question("open", "What does number 9 have?")

Script = Callable[[Request, random.Random], str]


class ByHash:
    """A reward model that likes some traces better than others for no reason but their text, the same in any batch."""

    identity = "by-hash"

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        return [tuple(random.Random(step.text).random() for step in trace.steps) for trace in traces]


class Numbered:
    """A retriever that finds, for every query, passages that say its number."""

    identity = "numbered"

    def retrieve(self, queries: Sequence[str], n: int, where: Mapping[str, str] | None = None) -> list[list[Evidence]]:
        return [[Evidence(Passage(f"p-{at}", f"{query[:30]!r} is on page {at}."), 1.0 / at) for at in range(1, n + 1)] for query in queries]


class Reporting(ScriptedModel):
    """Adds up what it reports, by the question that was asked."""

    def __init__(self, script: Script, bad: Callable[[Request, Reply], Reply] = lambda request, reply: reply) -> None:
        super().__init__(script, batch_size=7)
        self.reported: dict[str, Usage] = {}
        self._bad = bad

    def complete(self, requests):
        for batch in super().complete(requests):
            batch = [(at, self._bad(requests[at], reply)) for at, reply in batch]
            for at, reply in batch:
                text = requests[at].messages[0].content.split("\n")[0]
                self.reported[text] = self.reported.get(text, Usage()) + reply.usage
            yield batch


def answering(request: Request, rng: random.Random) -> str:
    """One to three more steps and an answer, by letter or, where there is nothing to choose from, by name."""
    n_done = request.prefix.count("Step ") - 1 if request.prefix else 0
    n_more = rng.randint(1, 3)
    texts = [f"Step {n_done + number}: consider {rng.choice('uvwxyz')}" for number in range(1, n_more + 1)]
    answer = rng.choice("ABC") if "A. aspirin" in request.messages[0].content else rng.choice(["gout", "sepsis"])
    turn = "\n\n".join(texts) + f". The answer is {answer}."
    return turn.removeprefix(f"Step {n_done + 1}:") if request.prefix else turn


def unfaithful(share: float, text: str) -> Script:
    """Like the above, but `share` of the replies are `text`."""
    return lambda request, rng: text if rng.random() < share else answering(request, rng)


def cut(request: Request, reply: Reply) -> Reply:
    return replace(reply, finish=Finish.LENGTH)


def failed(request: Request, reply: Reply) -> Reply:
    return Reply("", Finish.ERROR, Usage(), "the engine is gone")


@dataclass
class Driven:
    solutions: list[Solution]
    model: Reporting


def driven(strategy: Strategy, questions: Sequence[Question], model: Reporting | None = None, *, seed: int = 5) -> Driven:
    model = model or Reporting(answering)
    policy = Policy(model, PROMPT, CODECS["step"], QuestionReader(), Sampling(max_tokens=64), seed)
    return Driven(drive(strategy, questions, policy, ByHash(), retriever=Numbered()), model)


def asked_about(question: Question, model: ScriptedModel) -> Counter[Request]:
    return Counter(request for request in model.requests if question.text in request.messages[0].content)


def test_every_strategy_has_its_case():
    assert CASES
    assert set(SMALL) == set(STRATEGIES)
    for kind, strategies in SMALL.items():
        assert strategies
        assert all(type(strategy) is STRATEGIES[kind] and strategy.kind == kind for strategy in strategies)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", sorted(STRATEGIES))
def test_a_strategy_is_its_settings(kind):
    """Frozen, complete without arguments, and equal where its settings are: it can be written into a recipe and found again."""
    strategy = STRATEGIES[kind]()
    assert is_dataclass(strategy)
    assert strategy == STRATEGIES[kind]()
    assert strategy.budget == Budget()
    assert strategy.max_requests >= 1
    assert {"kind", "budget"} <= {field.name for field in fields(strategy)}


@pytest.mark.parametrize("strategy", CASES)
def test_the_same_seed_brings_the_same(strategy):
    first, again = driven(strategy, QUESTIONS), driven(strategy, QUESTIONS)
    assert first.model.requests
    assert first.model.requests == again.model.requests
    assert first.solutions == again.solutions
    other = driven(strategy, QUESTIONS, seed=6)
    assert {request.seed for request in other.model.requests}.isdisjoint(request.seed for request in first.model.requests)


@pytest.mark.parametrize("strategy", CASES)
def test_the_same_asks_driven_alone_or_among_others(strategy):
    together = driven(strategy, [*QUESTIONS, OPEN_QUESTION])
    for question, among_others in zip([*QUESTIONS, OPEN_QUESTION], together.solutions, strict=True):
        alone = driven(strategy, [question])
        assert alone.model.requests
        assert asked_about(question, together.model) == Counter(alone.model.requests)
        assert [among_others] == alone.solutions


@pytest.mark.parametrize("strategy", CASES)
def test_both_drivers_bring_the_same(strategy):
    """Replies come after 0 to 2 ms, by chance: no order of arrival changes what is asked or found."""
    waves = driven(strategy, QUESTIONS)
    rng, model = random.Random(0), Reporting(answering)
    delayed = AsyncScriptedModel(model, lambda requests: rng.choice([0.0, 0.001, 0.002]))
    policy = Policy(delayed, PROMPT, CODECS["step"], QuestionReader(), Sampling(max_tokens=64), 5)
    assert asyncio.run(drive_async(strategy, QUESTIONS, policy, ByHash(), retriever=Numbered())) == waves.solutions
    assert Counter(model.requests) == Counter(waves.model.requests)


@pytest.mark.parametrize("strategy", CASES)
def test_a_strategy_says_whether_it_needs_a_reward_model(strategy):
    """One that needs none goes without; one that needs it is refused before it has chosen by nothing."""
    policy = Policy(Reporting(answering), PROMPT, CODECS["step"], QuestionReader(), Sampling())
    if strategy.needs_scores:
        with pytest.raises(RecipeError, match="there is no reward model"):
            drive(strategy, QUESTIONS, policy, retriever=Numbered())
    else:
        without = drive(strategy, QUESTIONS, policy, retriever=Numbered())
        assert without == drive(strategy, QUESTIONS, policy, ByHash(), retriever=Numbered())


@pytest.mark.parametrize("strategy", CASES)
def test_usage_is_what_the_model_reported(strategy):
    both = driven(strategy, QUESTIONS)
    assert len(both.solutions) == len(QUESTIONS)
    for solution in both.solutions:
        assert solution.usage == both.model.reported[solution.question.text]
        assert solution.usage.n_calls > 0


@pytest.mark.parametrize("bad", [None, cut, failed])
@pytest.mark.parametrize(
    "script", [answering, unfaithful(1.0, " x\n\nStep"), unfaithful(1.0, " same\n\nStep 2: same"), unfaithful(1.0, "")]
)
@pytest.mark.parametrize("strategy", CASES)
def test_no_search_asks_more_than_it_says(strategy, script, bad):
    model = Reporting(script, *([bad] if bad else []))
    driven(strategy, QUESTIONS[:2], model)
    for question in QUESTIONS[:2]:
        assert 1 <= asked_about(question, model).total() <= strategy.max_requests


@pytest.mark.parametrize("strategy", CASES)
def test_what_is_chosen_is_a_finished_candidate_with_an_answer(strategy):
    solutions = driven(strategy, [*QUESTIONS, OPEN_QUESTION]).solutions
    assert any(solution.chosen is not None for solution in solutions)
    for solution in solutions:
        if solution.chosen is not None:
            assert solution.trace is solution.candidates[solution.chosen]
            assert solution.trace.ending is Ending.FINISHED
            assert solution.answer in ([*OPTIONS] if solution.question.options else ["gout", "sepsis"])
        assert not solution.scores or len(solution.scores) == len(solution.candidates)
        assert all(trace.question == solution.question for trace in solution.candidates)


@pytest.mark.parametrize(
    ("script", "bad"),
    [
        (unfaithful(1.0, ""), None),
        (unfaithful(1.0, "  \n"), None),
        (unfaithful(1.0, "I would rather not say"), None),  # in a step of its own it is one that answers nothing
        (unfaithful(1.0, " a\n\nStep 99: The answer is A."), None),
        (answering, cut),
        (answering, failed),
    ],
    ids=["empty", "blank", "plain", "malformed", "length", "error"],
)
@pytest.mark.parametrize("strategy", CASES)
def test_where_nothing_is_finished_nothing_is_chosen(strategy, script, bad):
    model = Reporting(script, *([bad] if bad else []))
    solutions = driven(strategy, QUESTIONS, model).solutions
    assert [solution.question for solution in solutions] == QUESTIONS
    for solution in solutions:
        assert (solution.chosen, solution.trace, solution.answer) == (None, None, None)
        assert solution.usage == model.reported[solution.question.text]
        assert not solution.is_cut


@pytest.mark.parametrize("share", [0.01, 0.5])
@pytest.mark.parametrize("text", ["", " a\n\nStep 99: b"])
@pytest.mark.parametrize("strategy", CASES)
def test_some_bad_replies_lose_no_question(strategy, text, share):
    """Every question comes back in its place, and whatever was answered is chosen from."""
    questions = [Question(f"q-{number}", f"What about number {number}?", OPTIONS) for number in range(20)]
    solutions = driven(strategy, questions, Reporting(unfaithful(share, text))).solutions
    assert [solution.question for solution in solutions] == questions
    for solution in solutions:
        assert (solution.chosen is None) == all(trace.answer is None for trace in solution.candidates)
    assert sum(solution.chosen is not None for solution in solutions) >= (15 if share == 0.01 else 1)


@pytest.mark.parametrize("strategy", CASES)
def test_a_question_without_options_is_answered_by_name(strategy):
    questions = [Question(f"open-{number}", f"What does number {number} have?") for number in range(8)]
    solutions = driven(strategy, questions).solutions
    answers = [solution.answer for solution in solutions if solution.answer is not None]
    assert answers
    assert set(answers) <= {"gout", "sepsis"}


def largest_ask(strategy: Strategy) -> int:
    """In a tree, the children of the nodes that are expanded at a time or all of their roll-outs, or every leaf at the end; in a beam, the
    beam."""
    match strategy:
        case MCTS():
            return max(strategy.n_parallel * strategy.n_children * strategy.rollouts_at(1), strategy.max_nodes + strategy.n_children - 1)
        case Beam() | DVTS():
            return strategy.n_beams
        case RejectionSampling():
            return strategy.n_per_ask
        case _:
            return strategy.max_requests


@pytest.mark.parametrize("max_calls", [1, 3])
@pytest.mark.parametrize("strategy", CASES)
def test_a_budget_is_an_upper_bound_too(strategy, max_calls):
    """No more than one ask beyond it is answered."""
    both = driven(replace(strategy, budget=Budget(max_calls=max_calls)), QUESTIONS)
    assert len(both.solutions) == len(QUESTIONS)
    for solution in both.solutions:
        assert solution.usage.n_calls <= max_calls - 1 + largest_ask(strategy)
        assert (solution.chosen is None) == all(trace.answer is None for trace in solution.candidates)
