"""Spend compute on one question: a strategy asks, the driver answers. One file per strategy."""

from osler.search.asks import Strategy
from osler.search.best_of_n import BestOfN
from osler.search.greedy import Greedy
from osler.search.mcts import MCTS
from osler.search.self_consistency import SelfConsistency

STRATEGIES: dict[str, type[Strategy]] = {
    "greedy": Greedy,
    "self_consistency": SelfConsistency,
    "best_of_n": BestOfN,
    "mcts": MCTS,
}

AnyStrategy = Greedy | SelfConsistency | BestOfN | MCTS

__all__ = ["MCTS", "STRATEGIES", "AnyStrategy", "BestOfN", "Greedy", "SelfConsistency", "Strategy"]
