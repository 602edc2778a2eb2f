import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from osler.core.budget import Budget
from osler.core.codec import CODECS
from osler.core.errors import BudgetSpent, RecipeError
from osler.core.model import Finish, Reply, Request, Sampling, Usage
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.solution import Solution
from osler.core.trace import Ending, Trace
from osler.judges import QuestionReader
from osler.models.scripted import Script, ScriptedModel
from osler.search import MCTS, BestOfN, Greedy, SelfConsistency
from osler.search.asks import All, Propose, Score, Searching, Strategy, propose, score
from osler.search.drive import drive

OPTIONS = {"A": "one", "B": "two", "C": "three"}
QUESTIONS = [Question(f"q-{number}", f"Which is number {number}?", OPTIONS) for number in range(7)]
STRATEGIES = [
    Greedy(),
    SelfConsistency(n=5),
    BestOfN(n=4),
    BestOfN(n=4, is_vote=True, aggregate="mean"),
    MCTS(n_children=2, n_rollouts=4, min_rollouts=1, max_nodes=9),
]


class ByLength:
    """A reward model written by hand: a step is worth its number of letters, in hundredths. Remembers the batches it was given."""

    identity = "by-length"

    def __init__(self) -> None:
        self.batches: list[int] = []

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


def policy_of(model: ScriptedModel) -> Policy:
    return Policy(model, Prompt("plain", "{question}{options}"), CODECS["step"], QuestionReader(), Sampling(), seed=3)


def driven(strategy: Strategy, questions: Sequence[Question], script: Script = thoughtful) -> tuple[list[Solution], ScriptedModel]:
    model = ScriptedModel(script, batch_size=5)
    return drive(strategy, questions, policy_of(model), ByLength()), model


def asked_about(question: Question, model: ScriptedModel) -> Counter[Request]:
    return Counter(request for request in model.requests if question.text in request.messages[0].content)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_search_driven_among_others_asks_the_same_as_alone(strategy):
    together, model = driven(strategy, QUESTIONS)
    backwards, other = driven(strategy, QUESTIONS[::-1])
    assert together == backwards[::-1]
    for question, among_others in zip(QUESTIONS, together, strict=True):
        [alone], own = driven(strategy, [question])
        assert own.requests
        assert asked_about(question, model) == asked_about(question, other) == Counter(own.requests)
        assert among_others == alone


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_solutions_come_in_the_order_of_the_questions(strategy):
    """Whichever search is done first: MCTS takes as many waves as its tree needs."""
    solutions, _ = driven(strategy, QUESTIONS)
    assert [solution.question for solution in solutions] == QUESTIONS


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_usage_is_what_the_model_reported(strategy):
    """All together here; question by question in `tests/contracts/test_search.py`."""
    reported: list[Usage] = []

    class Reporting(ScriptedModel):
        def complete(self, requests):
            for batch in super().complete(requests):
                reported.extend(reply.usage for _, reply in batch)
                yield batch

    solutions = drive(strategy, QUESTIONS, policy_of(Reporting(thoughtful)), ByLength())
    assert reported
    assert sum((solution.usage for solution in solutions), Usage()) == sum(reported, Usage())


def test_a_whole_wave_is_put_to_the_model_together():
    """Seven questions of five samples are 35 requests, in one call; their 35 traces are scored in one call."""
    calls: list[int] = []

    class Listening(ScriptedModel):
        def complete(self, requests):
            calls.append(len(requests))
            return super().complete(requests)

    reward = ByLength()
    drive(BestOfN(n=5), QUESTIONS, policy_of(Listening(thoughtful)), reward)
    assert (calls, reward.batches) == ([35], [35])


def test_scores_come_first_so_that_the_model_has_every_request_in_one_go():
    """One search wants scores before its proposal, the other proposes at once: one call of four requests, not two of two."""
    calls: list[int] = []

    class Listening(ScriptedModel):
        def complete(self, requests):
            calls.append(len(requests))
            return super().complete(requests)

    @dataclass(frozen=True)
    class Scoring:
        budget: Budget = Budget()

        def search(self, question: Question) -> Searching:
            if question.id == "q-0":
                yield from score([Trace(question)])
            [traces] = yield from propose([Trace(question)], 2, is_whole=True)
            return Solution(question, tuple(traces), None)

    drive(Scoring(), QUESTIONS[:2], policy_of(Listening(thoughtful)), ByLength())
    assert calls == [4]


def test_batches_of_any_size_and_order_bring_the_same():
    class Backwards(ScriptedModel):
        def complete(self, requests):
            yield from reversed([list(reversed(batch)) for batch in super().complete(requests)])

    solutions, _ = driven(MCTS(max_nodes=9), QUESTIONS)
    assert solutions == drive(MCTS(max_nodes=9), QUESTIONS, policy_of(Backwards(thoughtful, batch_size=3)), ByLength())


# asks and their answers


@dataclass(frozen=True)
class Playing:
    """A strategy that asks what it is given, one ask after another, and keeps the answers."""

    asks: tuple
    answers: list
    budget: Budget = Budget()
    max_requests: int = 10**6

    def search(self, question: Question) -> Searching:
        for ask in self.asks:
            self.answers.append((yield ask))
        return Solution(question, (), None)


def answers_to(*asks, script: Script = lambda request, rng: "Step 1: a") -> list:
    playing = Playing(asks, [])
    drive(playing, QUESTIONS[:1], policy_of(ScriptedModel(script)), ByLength())
    return playing.answers


def test_a_proposal_is_answered_by_a_row_for_each_trace():
    one, two = Trace(QUESTIONS[0]), Trace(QUESTIONS[1])
    [rows] = answers_to(Propose((one, two), 3, is_whole=True))
    assert [[trace.question for trace in row] for row in rows] == [[one.question] * 3, [two.question] * 3]
    assert answers_to(Propose((), 3, is_whole=True), Propose((one,), 0, is_whole=True), Score(())) == [[], [[]], []]


def test_several_asks_are_answered_in_their_shape():
    trace = Trace(QUESTIONS[0])
    ask = Propose((trace,), 1, is_whole=True)
    grown = answers_to(ask)[0][0][0]
    assert grown.ending is Ending.FINISHED
    scores = (0.01,)
    [answer] = answers_to(All((ask, Score((grown, trace)), All((Score((grown,)), ask)), All(()))))
    assert answer == [[[grown]], [scores, ()], [[scores], [[grown]]], []]


def test_asking_again_from_a_later_sample_brings_new_ones():
    def by_seed(request: Request, rng: random.Random) -> str:
        return f"Step 1: {request.seed}"

    trace = Trace(QUESTIONS[0])
    [first, again, more, all_four] = answers_to(
        Propose((trace,), 2, is_whole=True),
        Propose((trace,), 2, is_whole=True),
        Propose((trace,), 2, is_whole=True, first_sample=2),
        Propose((trace,), 4, is_whole=True),
        script=by_seed,
    )
    assert first == again
    assert [[*first[0], *more[0]]] == all_four
    assert len({trace.steps for trace in all_four[0]}) == 4


def test_a_lead_goes_to_the_model_and_into_the_step():
    def continuing(request: Request, rng: random.Random) -> str:
        return " then so." if request.prefix.endswith("Step 1: But wait,") else "Step 1: no lead"

    [[[grown]]] = answers_to(Propose((Trace(QUESTIONS[0]),), 1, is_whole=True, lead="But wait,"), script=continuing)
    assert [step.text for step in grown.steps] == ["But wait, then so."]


def test_a_bad_reply_leaves_its_siblings_unharmed():
    """Of four samples the engine fails on one: three traces vote, and the fourth is there with its ending."""

    class FailingOnce(ScriptedModel):
        def complete(self, requests):
            for batch in super().complete(requests):
                yield [(at, Reply("", Finish.ERROR, Usage(), "out of memory") if at == 2 else reply) for at, reply in batch]

    model = FailingOnce(lambda request, rng: "Step 1: The answer is B.")
    [solution] = drive(SelfConsistency(n=4), QUESTIONS[:1], policy_of(model))
    assert [trace.ending for trace in solution.candidates] == [Ending.FINISHED, Ending.FINISHED, Ending.ERROR, Ending.FINISHED]
    assert solution.candidates[2].raw == "out of memory (1 attempt)"
    assert (solution.answer, solution.usage.n_calls) == ("B", 3)


@pytest.mark.parametrize("strategy", [BestOfN(n=2), MCTS(), Playing((All((Score((Trace(QUESTIONS[0]),)),)),), [])])
def test_scores_without_a_reward_model_are_refused_with_what_to_do(strategy):
    model = ScriptedModel(lambda request, rng: " The answer is B." if request.stop else "Step 1: The answer is B.")
    with pytest.raises(
        RecipeError, match=f"{type(strategy).__name__} asks for scores, but there is no reward model; name one under `reward`"
    ):
        drive(strategy, QUESTIONS, policy_of(model))


def test_no_questions_have_no_solutions():
    solutions, model = driven(SelfConsistency(), [])
    assert (solutions, model.requests) == ([], [])


# budget


@dataclass(frozen=True)
class Insatiable:
    """Asks for `width` whole traces again and again, and scores them when it is told to stop."""

    budget: Budget
    width: int = 2
    max_requests: int = 10**6

    def search(self, question: Question) -> Searching:
        traces: list[Trace] = []
        try:
            while len(traces) < 100:
                [grown] = yield from propose([Trace(question)], self.width, is_whole=True, first_sample=len(traces))
                traces += grown
        except BudgetSpent:
            scores = yield from score(traces)
            return Solution(question, tuple(traces), 0, tuple(scores), is_cut=True)
        return Solution(question, tuple(traces), 0)


def three_words(request: Request, rng: random.Random) -> str:
    return "Step 1: a"


@pytest.mark.parametrize(("budget", "n_calls"), [(Budget(max_calls=1), 2), (Budget(max_calls=4), 4), (Budget(max_calls=5), 6)])
def test_calls_are_kept_to_the_asks_already_under_way(budget, n_calls):
    """Two calls an ask: 1 is reached after 2, 4 after 4, 5 after 6."""
    solutions, _ = driven(Insatiable(budget), QUESTIONS, three_words)
    assert [solution.usage.n_calls for solution in solutions] == [n_calls] * 7
    assert all(solution.is_cut and len(solution.scores) == n_calls for solution in solutions)


@pytest.mark.parametrize(("max_tokens", "tokens"), [(1, 6), (6, 6), (7, 12), (30, 30)])
def test_tokens_are_kept_to_the_asks_already_under_way(max_tokens, tokens):
    """Three words a reply, two replies an ask: six tokens at a time."""
    [solution], _ = driven(Insatiable(Budget(max_tokens=max_tokens)), QUESTIONS[:1], three_words)
    assert solution.usage.completion_tokens == tokens
    assert solution.is_cut


def test_each_search_has_a_budget_of_its_own():
    """The first question's replies are long: it alone is cut."""

    def script(request: Request, rng: random.Random) -> str:
        return "Step 1: " + "word " * (50 if "number 0" in request.messages[0].content else 1)

    solutions, _ = driven(replace(Insatiable(Budget(max_tokens=400)), width=10), QUESTIONS, script)
    assert [(solution.is_cut, len(solution.candidates)) for solution in solutions] == [(True, 10)] + [(False, 100)] * 6


def test_each_question_may_have_a_budget_of_its_own_in_place_of_the_strategy_s():
    """Two calls an ask: limits of 1, 4 and 5 are reached after 2, 4 and 6; without a limit it comes to its end at 100."""
    budgets = [Budget(max_calls=1), Budget(max_calls=4), Budget(max_calls=5), Budget()]
    solutions = drive(Insatiable(Budget(max_calls=50)), QUESTIONS[:4], policy_of(ScriptedModel(three_words)), ByLength(), budgets=budgets)
    assert [(solution.usage.n_calls, solution.is_cut) for solution in solutions] == [(2, True), (4, True), (6, True), (100, False)]
    with pytest.raises(ValueError, match="7 questions and 4 budgets; pass one budget per question"):
        drive(Insatiable(Budget()), QUESTIONS, policy_of(ScriptedModel(three_words)), ByLength(), budgets=budgets)


def test_a_search_that_lets_itself_be_cut_has_a_solution_all_the_same():
    strategy = Playing((Propose((Trace(QUESTIONS[0]),), 3, is_whole=True),) * 9, [], budget=Budget(max_calls=4))
    [solution] = drive(strategy, QUESTIONS[:1], policy_of(ScriptedModel(three_words)))
    assert solution == Solution(QUESTIONS[0], (), None, usage=solution.usage, is_cut=True)
    assert solution.usage.n_calls == 6


def test_a_search_that_is_finished_when_its_budget_is_spent_was_not_cut():
    [solution], _ = driven(SelfConsistency(n=4, budget=Budget(max_calls=4)), QUESTIONS[:1])
    assert not solution.is_cut
    assert len(solution.candidates) == 4


def test_what_was_paid_for_is_still_scored():
    """All four samples are there when the budget is spent; to choose among them costs no call and no token."""
    [solution], _ = driven(BestOfN(n=4, budget=Budget(max_calls=4)), QUESTIONS[:1])
    [free], _ = driven(BestOfN(n=4), QUESTIONS[:1])
    assert solution == free
    assert solution.chosen is not None


# progress


def test_each_wave_is_told_and_progress_comes_to_its_end():
    heard: list[tuple[int, int]] = []
    model = ScriptedModel(thoughtful)
    drive(MCTS(max_nodes=12), QUESTIONS, policy_of(model), ByLength(), on_wave=lambda done, total: heard.append((done, total)))
    assert len(heard) > 2
    assert heard == sorted(heard)
    assert (heard[0], heard[-1]) == ((0, 7), (7, 7))
