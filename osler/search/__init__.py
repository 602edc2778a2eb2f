"""Spend compute on one question: a strategy asks, the driver answers. One file per strategy."""

from osler.search.asks import Strategy
from osler.search.beam import Beam
from osler.search.best_of_n import BestOfN
from osler.search.dvts import DVTS
from osler.search.greedy import Greedy
from osler.search.mcts import MCTS
from osler.search.rag import RAG
from osler.search.rejection_sampling import RejectionSampling
from osler.search.revise import Revision
from osler.search.self_consistency import SelfConsistency

STRATEGIES: dict[str, type[Strategy]] = {
    "greedy": Greedy,
    "self_consistency": SelfConsistency,
    "best_of_n": BestOfN,
    "beam": Beam,
    "dvts": DVTS,
    "mcts": MCTS,
    "rejection_sampling": RejectionSampling,
    "rag": RAG,
    "revise": Revision,
}

AnyStrategy = Greedy | SelfConsistency | BestOfN | Beam | DVTS | MCTS | RejectionSampling | RAG | Revision

__all__ = [
    "DVTS",
    "MCTS",
    "RAG",
    "STRATEGIES",
    "AnyStrategy",
    "Beam",
    "BestOfN",
    "Greedy",
    "RejectionSampling",
    "Revision",
    "SelfConsistency",
    "Strategy",
]
