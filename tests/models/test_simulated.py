import random
from collections import Counter
from itertools import product

import pytest

from osler.core.codec import CODECS
from osler.core.model import Finish, Sampling, complete_all
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.solution import Solution
from osler.core.trace import Ending, Trace
from osler.judges import QuestionReader
from osler.models.simulated import OPTIONS, SimulatedModel, SimulatedReward, SimulatedTree, path_of

TINY = SimulatedTree(n_steps=3, n_turns=2, chances_right=(0.0, 0.5, 1.0))


def policy_of(tree: SimulatedTree, seed: int = 0) -> Policy:
    return Policy(SimulatedModel(tree), Prompt("plain", "{question}{options}"), CODECS["step"], QuestionReader(), Sampling(), seed)


def whole(tree: SimulatedTree, question, samples, *, sampling: Sampling | None = None) -> list[Trace]:
    policy = policy_of(tree)
    requests = [policy.request(Trace(question), sample, is_whole=True, sampling=sampling) for sample in samples]
    return [policy.extend(Trace(question), *pair) for pair in zip(requests, complete_all(policy.model, requests), strict=True)]


def chance_of(tree: SimulatedTree, question_id: str, path: tuple[str, ...]) -> float:
    """The chance that the policy takes this path, turn by turn."""
    chance = 1.0
    for at, turn in enumerate(path):
        chance *= tree.chances(question_id, path[:at])[turn]
    return chance


# known by hand


@pytest.mark.parametrize(("moves", "value", "best"), [((0, 1, 0), 0.5, 1.0), ((1, 0, 0), 0.0, 0.0), ((0, 0, 1), 1.0, 1.0)])
def test_a_tree_that_only_moves_one_way_by_hand(moves, value, best):
    """Of three places a path starts in the middle one, right half of the time. Where every turn stays, all beginnings are worth ½; where
    every turn leads down, no path is right, and the best is worth nothing; where every turn leads up, every path is."""
    tree = SimulatedTree(n_steps=3, n_turns=2, chances_right=(0.0, 0.5, 1.0), moves=moves)
    [question] = tree.questions(1)
    assert tree.value(question.id) == pytest.approx(value)
    assert tree.best_value(question.id) == best
    right = tree.right_answer(question.id)
    assert tree.chances(question.id, ("a", "b"))[right] == pytest.approx(value)
    assert tree.regret(Solution(question, (), None)) == best


def test_from_the_bottom_nothing_leads_up():
    """Of three places a path starts in the middle one: one turn down and it can never be right, whatever the next turns are."""
    tree = SimulatedTree(n_steps=4, n_turns=3, chances_right=(0.0, 0.5, 1.0), moves=(0.5, 0.0, 0.5))
    dead = 0
    for question in tree.questions(10):
        for turn in "abc":
            if tree.value(question.id, (turn,)) == 0.0:
                dead += 1
                assert all(tree.value(question.id, (turn, *more)) == 0.0 for more in product("abc", repeat=2))
    assert 5 <= dead <= 25  # 15 of 30 turns lead down on average


# against looking at every path, one by one


@pytest.mark.parametrize("tree", [TINY, SimulatedTree(n_steps=4, n_turns=3, seed=1)])
def test_every_value_is_that_of_all_paths_weighed_by_their_chances(tree):
    turns = "abc"[: tree.n_turns]
    for question in tree.questions(8):
        paths = [(*steps, letter) for steps in product(turns, repeat=tree.n_steps - 1) for letter in OPTIONS]
        chances = {path: chance_of(tree, question.id, path) for path in paths}
        right = tree.right_answer(question.id)
        assert sum(chances.values()) == pytest.approx(1.0)
        for begun in [(), *product(turns, repeat=1), *product(turns, repeat=2)]:
            beginning = {path: chance for path, chance in chances.items() if path[: len(begun)] == begun}
            for letter, share in tree.answers(question.id, begun).items():
                expected = sum(chance for path, chance in beginning.items() if path[-1] == letter) / sum(beginning.values())
                assert share == pytest.approx(expected)
            assert tree.value(question.id, begun) == tree.answers(question.id, begun)[right]
            assert tree.best_value(question.id, begun) == float(any(path[-1] == right and chance for path, chance in beginning.items()))


def test_questions_are_of_many_kinds():
    """By default some questions are easy and some are hard, and the vote of many is wrong on some: there is something to search for."""
    tree = SimulatedTree()
    ids = [question.id for question in tree.questions(40)]
    assert len({*ids}) == 40
    values = [tree.value(name) for name in ids]
    assert min(values) < 0.15
    assert max(values) > 0.6
    misled = [name for name in ids if max(tree.answers(name), key=lambda letter: tree.answers(name)[letter]) != tree.right_answer(name)]
    assert 5 < len(misled) < 35
    assert SimulatedTree(seed=1).value(ids[0]) != tree.value(ids[0])


# the policy


def test_the_policy_takes_the_paths_of_the_tree():
    """1,000 samples of the first turn and of the answer: each share within 4 standard errors, √(p(1-p)/1000), of its chance."""
    [question] = TINY.questions(1)
    traces = whole(TINY, question, range(1000))
    assert {trace.ending for trace in traces} == {Ending.FINISHED}
    assert {len(path_of(trace)) for trace in traces} == {3}
    answers, first = Counter(trace.answer for trace in traces), Counter(path_of(trace)[0] for trace in traces)
    for counted, chances in ((answers, TINY.answers(question.id)), (first, TINY.chances(question.id, ()))):
        for name, chance in chances.items():
            assert abs(counted[name] / 1000 - chance) <= 4 * (chance * (1 - chance) / 1000) ** 0.5
    assert traces[0].answer == path_of(traces[0])[-1]


def test_a_reply_is_its_seeds_and_a_step_stops_where_it_should():
    [question] = TINY.questions(1)
    assert whole(TINY, question, [1, 2, 3]) == [whole(TINY, question, [sample])[0] for sample in (1, 2, 3)]
    policy = policy_of(TINY)
    trace = Trace(question)
    for n_steps in (1, 2, 3):
        request = policy.request(trace, 0, is_whole=False)
        [reply] = complete_all(policy.model, [request])
        assert reply.finish is (Finish.END if n_steps == 3 else Finish.STOP)
        assert (reply.usage.completion_tokens, reply.usage.prompt_tokens) == (10, 10 * n_steps)
        trace = policy.extend(trace, request, reply)
        assert len(trace.steps) == len(path_of(trace)) == n_steps
    assert trace.ending is Ending.FINISHED
    assert trace.n_tokens == 30


def test_a_prefix_is_gone_on_from():
    [question] = TINY.questions(1)
    policy = policy_of(TINY)
    begun = whole(TINY, question, [0])[0]
    prefix = Trace(question, begun.steps[:1])
    request = policy.request(prefix, 0, is_whole=True)
    grown = policy.extend(prefix, request, complete_all(policy.model, [request])[0])
    assert (path_of(grown)[:1], len(path_of(grown)), grown.n_tokens) == (path_of(begun)[:1], 3, 20)


def test_at_temperature_0_the_likeliest_turn_is_taken():
    for question in TINY.questions(5):
        [trace] = whole(TINY, question, [0], sampling=Sampling(temperature=0.0))
        path = path_of(trace)
        for at, turn in enumerate(path):
            chances = TINY.chances(question.id, path[:at])
            assert chances[turn] == max(chances.values())


def test_the_token_limit_cuts():
    """29 tokens are two steps of ten."""
    [question] = TINY.questions(1)
    [trace] = whole(TINY, question, [0], sampling=Sampling(max_tokens=29))
    assert (trace.ending, len(trace.steps), trace.n_tokens, trace.answer) == (Ending.LENGTH, 2, 20, None)


# the reward


def test_without_noise_the_scores_are_the_true_values():
    [question] = TINY.questions(1)
    [trace] = whole(TINY, question, [0])
    path = path_of(trace)
    right = float(path[-1] == TINY.right_answer(question.id))
    expected = (TINY.value(question.id, path[:1]), TINY.value(question.id, path[:2]), right)
    assert SimulatedReward(TINY).score([trace, Trace(question)]) == [expected, ()]
    assert TINY.regret(Solution(question, (trace,), 0)) == 1.0 - right


def test_noise_is_of_the_size_asked_for_and_the_same_each_time():
    """Around ½, where little is cut: 600 errors of standard deviation .1, whose own standard error is .1/√1200 = .003."""
    tree = SimulatedTree(n_steps=2, n_turns=2, chances_right=(0.0, 0.5, 1.0), moves=(0, 1, 0))
    traces = [Trace(question, whole(tree, question, [0])[0].steps[:1]) for question in tree.questions(600)]
    noisy = SimulatedReward(tree, 0.1)
    scores = [scores_S[0] for scores_S in noisy.score(traces)]
    errors = [score - 0.5 for score in scores]
    assert abs(sum(errors) / 600) < 4 * 0.1 / 600**0.5
    assert (sum(error**2 for error in errors) / 600) ** 0.5 == pytest.approx(0.1, abs=4 * 0.003)
    shuffled = random.Random(0).sample(range(600), 600)
    assert SimulatedReward(tree, 0.1).score([traces[at] for at in shuffled]) == [(scores[at],) for at in shuffled]
    assert SimulatedReward(tree, 0.1, seed=1).score(traces[:1]) != noisy.score(traces[:1])
    assert all(0.0 <= score <= 1.0 for [score] in SimulatedReward(tree, 5.0).score(traces))


def test_identities_tell_apart_what_replies_differently():
    identities = [SimulatedModel(tree).identity for tree in (TINY, SimulatedTree())]
    identities += [SimulatedReward(TINY, *settings).identity for settings in ((), (0.1,), (0.1, 1))]
    assert len({*identities}) == 5
