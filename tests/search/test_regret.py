"""How well each strategy searches, on a policy whose every value is known: regret against the best path, which is found by looking at all.

The expected regrets are derived from the tree's chances alone, without a search; a mean over questions lies within 4 standard errors.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import mean

import pytest

from osler.core.codec import CODECS
from osler.core.model import Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.solution import Solution
from osler.judges import QuestionReader
from osler.models.simulated import Path, SimulatedModel, SimulatedReward, SimulatedTree, path_of
from osler.search import DVTS, MCTS, STRATEGIES, Beam, BestOfN, Greedy, RejectionSampling, SelfConsistency, Strategy
from osler.search.drive import drive

TREE = SimulatedTree(n_steps=5, n_turns=3)
QUESTIONS = TREE.questions(60)
SMALL: dict[str, tuple[Strategy, ...]] = {
    "greedy": (Greedy(),),
    "self_consistency": (SelfConsistency(n=5),),
    "best_of_n": (BestOfN(n=5, aggregate="last"), BestOfN(n=5, aggregate="last", is_vote=True)),
    "beam": (Beam(n_beams=4, width=2), Beam(n_beams=4, width=2, is_vote=False, max_steps=2)),
    "dvts": (DVTS(n_beams=4, width=2), DVTS(n_beams=4, width=2, is_vote=False, max_steps=2)),
    "mcts": (MCTS(n_rollouts=4, min_rollouts=1, max_nodes=6), MCTS(value_by="scores", max_nodes=6)),
    "rejection_sampling": (RejectionSampling(n=5, n_per_ask=2, max_right=1),),
}


def solved(strategy: Strategy, noise: float = 0.0, *, questions: Sequence[Question] = QUESTIONS) -> list[Solution]:
    policy = Policy(SimulatedModel(TREE), Prompt("plain", "{question}{options}"), CODECS["step"], QuestionReader(), Sampling(), seed=11)
    return drive(strategy, questions, policy, SimulatedReward(TREE, noise))


def mean_regret(strategy: Strategy, noise: float = 0.0) -> float:
    return mean(TREE.regret(solution) for solution in solved(strategy, noise))


def agrees(strategy: Strategy, chances_wrong: Sequence[float]) -> bool:
    """Whether the strategy is wrong as often as these chances, one per question, say: within 4 standard errors of their mean."""
    error = sqrt(sum(p * (1 - p) for p in chances_wrong)) / len(chances_wrong)
    assert 0 < error < 0.1
    return abs(mean_regret(strategy) - mean(chances_wrong)) <= 4 * error


def greedy_path(question_id: str) -> Path:
    path: Path = ()
    while chances := TREE.chances(question_id, path):
        path = (*path, max(chances, key=lambda turn: chances[turn]))
    return path


def best_of(m: int, question_id: str, path: Path = ()) -> float:
    """The chance that taking the truly best of m sampled turns, step by step, ends right. The best of m is worth no more than v with chance
    (the chance of all turns worth no more than v)^m. Of turns worth the same, those that are left lead on alike, as only the last soundness
    or a dead end makes them so."""
    chances = TREE.chances(question_id, path)
    if not chances:
        return TREE.value(question_id, path)
    expected = below = 0.0
    by_value = sorted(chances, key=lambda turn: TREE.value(question_id, (*path, turn)))
    for turn in by_value:
        up_to = below + chances[turn]
        expected += (up_to**m - below**m) * best_of(m, question_id, (*path, turn))
        below = up_to
    return expected


# for every strategy


def test_every_strategy_has_its_case() -> None:
    # rag searches as what is within it, once it has looked things up; and nothing leads on from the end of a simulated path
    assert set(SMALL) == set(STRATEGIES) - {"rag", "revise"}


@pytest.mark.parametrize("noise", [0.0, 0.5])
@pytest.mark.parametrize("strategy", [strategy for strategies in SMALL.values() for strategy in strategies])
def test_regret_is_never_below_nothing(strategy: Strategy, noise: float) -> None:
    """The best path of every question is right here, so what is missing from it is 1 for a wrong answer and 0 for a right one."""
    questions = QUESTIONS[:20]
    assert all(TREE.best_value(question.id) == 1.0 for question in questions)
    solutions = solved(strategy, noise, questions=questions)
    assert [TREE.regret(each) for each in solutions] == [float(each.answer != TREE.right_answer(each.question.id)) for each in solutions]


# what the regret must come to


def test_greedy_takes_the_likeliest_path() -> None:
    assert [path_of(each.candidates[0]) for each in solved(Greedy())] == [greedy_path(question.id) for question in QUESTIONS]


@pytest.mark.parametrize("n", [1, 3, 12])
def test_the_best_of_n_is_wrong_where_all_n_are(n: int) -> None:
    """With true scores: (1 - V)^n."""
    assert agrees(BestOfN(n=n, aggregate="last"), [(1 - TREE.value(question.id)) ** n for question in QUESTIONS])


def test_rejection_sampling_is_right_where_the_best_of_n_is() -> None:
    """It stops once it has what it wants, and its samples are the same."""
    for n in (1, 5, 12):
        rejecting, choosing = solved(RejectionSampling(n=n)), solved(BestOfN(n=n, aggregate="last"))
        assert [TREE.regret(each) for each in rejecting] == [TREE.regret(each) for each in choosing]
        assert sum(each.usage.n_calls for each in rejecting) <= sum(each.usage.n_calls for each in choosing)


def test_one_vote_is_one_sample_and_many_are_the_majority() -> None:
    """The regret of a vote does not go to nothing: its limit is the answer that most paths come to. 400 votes know it where it leads by a
    tenth: the difference of two shares has a standard error of at most 1/√400 = .05."""
    assert agrees(SelfConsistency(n=1), [1 - TREE.value(question.id) for question in QUESTIONS])
    limits, sure = {}, []
    for question in QUESTIONS:
        first, second, *_ = sorted(TREE.answers(question.id).items(), key=lambda pair: -pair[1])
        limits[question.id] = first[0]
        if first[1] - second[1] > 0.2:
            sure.append(question)
    wrong = [question for question in sure if limits[question.id] != TREE.right_answer(question.id)]
    assert len(wrong) >= 3
    some = [*wrong[:3], *[question for question in sure if question not in wrong][:3]]
    assert [each.answer for each in solved(SelfConsistency(n=400), questions=some)] == [limits[question.id] for question in some]


@pytest.mark.parametrize(("n_beams", "width"), [(1, 1), (2, 2), (4, 4), (4, 2), (6, 2)])
def test_dvts_is_wrong_where_every_subtree_is(n_beams: int, width: int) -> None:
    """With true scores: (1 - the chance of a greedy best of M by steps)^(N/M), as the subtrees are independent."""
    assert agrees(DVTS(n_beams=n_beams, width=width), [(1 - best_of(width, question.id)) ** (n_beams // width) for question in QUESTIONS])


def test_a_single_beam_is_a_single_subtree() -> None:
    """N = M: both keep the best step of M."""
    for noise in (0.0, 0.5):
        assert solved(Beam(n_beams=3, width=3), noise) == solved(DVTS(n_beams=3, width=3), noise)


@pytest.mark.parametrize(
    "growing",
    [
        [BestOfN(n=n, aggregate="last") for n in (1, 4, 32)],
        [BestOfN(n=n, aggregate="last", is_vote=True) for n in (1, 4, 32)],
        [Beam(n_beams=n, width=min(n, 4)) for n in (1, 4, 16)],
        [DVTS(n_beams=n, width=min(n, 4)) for n in (1, 4, 16)],
        [RejectionSampling(n=n) for n in (1, 4, 32)],
        [MCTS(n_rollouts=2, min_rollouts=1, max_nodes=n, aggregate="last") for n in (1, 6, 36)],
        [MCTS(value_by="scores", max_nodes=n, aggregate="last") for n in (1, 6, 36)],
    ],
    ids=lambda growing: type(growing[0]).__name__,
)
def test_with_true_scores_regret_falls_to_nothing_as_the_budget_grows(growing: Sequence[Strategy]) -> None:
    """The largest budgets are 32 whole traces, beams of 16 and 36 nodes."""
    assert mean((1 - TREE.value(question.id)) ** 32 for question in QUESTIONS) < 0.05
    regrets = [mean_regret(strategy) for strategy in growing]
    assert regrets == sorted(regrets, reverse=True)
    assert regrets[0] > 0.2
    assert regrets[-1] <= 0.05


def test_a_worse_reward_model_chooses_worse() -> None:
    """The candidates are the same; from true scores to ones that are all error, regret comes to that of a single sample, and not beyond."""
    regrets = [mean_regret(BestOfN(n=8, aggregate="last"), noise) for noise in (0.0, 0.5, 50.0)]
    assert regrets == sorted(regrets)
    assert regrets[2] == pytest.approx(mean(1 - TREE.value(question.id) for question in QUESTIONS), abs=4 * 0.5 / sqrt(len(QUESTIONS)))


def test_the_expected_regrets_are_what_the_chances_say() -> None:
    """The derivation itself: the best of one is the value; of two answers, each right with chance r, one is right with 1 - (1 - r)²."""
    question = QUESTIONS[0].id
    assert best_of(1, question) == pytest.approx(TREE.value(question))
    path = greedy_path(question)[:4]
    right = TREE.chances(question, path)[TREE.right_answer(question)]
    assert best_of(2, question, path) == pytest.approx(1 - (1 - right) ** 2)
