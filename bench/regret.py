"""How well does each strategy search? Regret against the best path on a simulated policy, by tokens spent and by error of the reward model.

    python bench/regret.py [--questions 80] [--noises 0 0.3 0.6] [--seed 0]

The policy is `SimulatedTree`: six steps of ten tokens, four turns to take at each, hidden soundness, and an answer that is right with a
chance that grows with it. Every value is known; the best path is found by looking at all. The reward model gives the true value of each
beginning of a trace plus a normal error of the given size, cut to [0, 1]; its last score is the value of a trace. Regret is the best path's
value less the chosen one's, 1 or 0; where nothing was chosen it is the whole of it.

A budget is a number of whole traces' tokens (60 each). Strategies that draw whole traces get that many traces, beams that many
beams, 4 wide. A tree has that many tokens as its limit and, by scores, as many nodes as come to about as much with every open leaf driven
to an answer; what each strategy really spent on average stands in brackets. A tree gives a node its children once: with three, the
published number, it runs out of leaves before the largest budget, so there is one with eight as well. `best` and `vote` choose from the
same candidates. Every cell has the same questions, so that cells compare more closely than their standard errors say.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from math import sqrt
from statistics import mean, stdev

from osler.core.budget import Budget
from osler.core.codec import CODECS
from osler.core.model import Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.reading import Reading
from osler.core.solution import Solution
from osler.judges import QuestionReader
from osler.models.simulated import OPTIONS, TOKENS_A_STEP, SimulatedModel, SimulatedReward, SimulatedTree
from osler.search import DVTS, MCTS, STRATEGIES, Beam, BestOfN, Greedy, RejectionSampling, SelfConsistency, Strategy
from osler.search.drive import drive
from osler.search.selection import choose, values_of

TREE = SimulatedTree()
NODES = {1: 1, 4: 6, 16: 60, 64: 1000}
WIDE_NODES = {1: 1, 4: 1, 16: 20, 64: 120}
"""Traces in the budget, and the nodes of a tree by scores, with three and with eight children, that come to about as many tokens."""


class Remembering:
    """Reads each text once: the same few sentences close every trace, and all questions have the same options."""

    def read(self, text: str, question: Question) -> Reading:
        return _read(text, tuple(question.options.items()))


@cache
def _read(text: str, options: tuple[tuple[str, str], ...]) -> Reading:
    return QuestionReader().read(text, Question("any", "Which?", dict(options)))


def strategies(n: int) -> dict[str, Strategy]:
    """Every strategy of the registry at a budget of `n` whole traces."""
    tokens = Budget(max_tokens=n * TREE.n_steps * TOKENS_A_STEP)
    width = min(n, 4)
    tree = {"aggregate": "last", "is_vote": True, "max_right": max(n, 4), "n_reflections": 0, "budget": tokens}
    return {
        "greedy": Greedy(),
        "self_consistency": SelfConsistency(n=n),
        "best_of_n": BestOfN(n=n, aggregate="last", is_vote=True),
        "beam": Beam(n_beams=n, width=width),
        "dvts": DVTS(n_beams=n, width=width),
        "mcts, a roll-out a node": MCTS(n_rollouts=1, min_rollouts=1, max_nodes=1000, **tree),
        "mcts, scores": MCTS(value_by="scores", max_nodes=NODES[n], **tree),
        "mcts, scores, 8 wide": MCTS(value_by="scores", max_nodes=WIDE_NODES[n], n_children=8, c=0.5, **tree),
        "rejection_sampling": RejectionSampling(n=n, budget=tokens),
    }


def cells(strategy: Strategy, questions: Sequence[Question], noise: float, seed: int) -> dict[str, str]:
    """By how the choice is made, where there is one to make."""
    policy = Policy(SimulatedModel(TREE), Prompt("plain", "{question}{options}"), CODECS["step"], Remembering(), Sampling(), seed)
    solutions = drive(strategy, questions, policy, SimulatedReward(TREE, noise, seed))
    n_tokens = mean(solution.usage.completion_tokens for solution in solutions)
    if not getattr(strategy, "is_vote", False):
        return {"": cell(solutions, n_tokens)}
    best = [replace(each, chosen=choose(each.candidates, values_of(each.scores, "last"), is_vote=False)) for each in solutions]
    return {", best": cell(best, n_tokens), ", vote": cell(solutions, n_tokens)}


def cell(solutions: Sequence[Solution], n_tokens: float) -> str:
    regrets = [TREE.regret(solution) for solution in solutions]
    return f"{mean(regrets):.3f} ± {stdev(regrets) / sqrt(len(regrets)):.3f} ({n_tokens:,.0f})"


def references(questions: Sequence[Question]) -> str:
    """What the chances alone say: of the best path, one sample, and the limit of a vote."""
    ids = [question.id for question in questions]
    best = [TREE.best_value(name) for name in ids]
    one = mean(value - TREE.value(name) for name, value in zip(ids, best, strict=True))
    first = {name: max(OPTIONS, key=lambda letter, name=name: TREE.answers(name)[letter]) for name in ids}
    limit = mean(value - (first[name] == TREE.right_answer(name)) for name, value in zip(ids, best, strict=True))
    return f"best path {mean(best):.3f}; regret of one sample {one:.3f}, of a vote in the limit {limit:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="regret of every strategy on a simulated policy, by budget and noise")
    parser.add_argument("--questions", type=int, default=80)
    parser.add_argument("--noises", type=float, nargs="+", default=[0.0, 0.3, 0.6])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    assert {strategy.kind for strategy in strategies(1).values()} == set(STRATEGIES) - {"rag", "revise"}  # type: ignore[attr-defined]
    started = time.process_time()
    questions = TREE.questions(arguments.questions)
    print(f"{len(questions)} questions; {references(questions)}")
    print("regret ± its standard error (tokens a question)")
    blind: dict[tuple[str, int], dict[str, str]] = {}  # what asks for no scores is the same under any noise
    for noise in arguments.noises:
        print(f"\nerror of the reward model {noise:g}\n{'traces in the budget':30}" + "".join(f"{n:>25}" for n in NODES))
        for name in strategies(1):
            columns = []
            for n in NODES:
                strategy = strategies(n)[name]
                if strategy.needs_scores or (name, n) not in blind:
                    blind[name, n] = cells(strategy, questions, noise, arguments.seed)
                columns.append(blind[name, n])
            for choice in columns[0]:
                print(f"{name + choice:30}" + "".join(f"{column[choice]:>25}" for column in columns), flush=True)
    print(f"\n{time.process_time() - started:.0f} s of CPU time")


if __name__ == "__main__":
    main()
