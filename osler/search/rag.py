"""Retrieval-augmented generation: passages for the question first, then any other strategy with them in its prompt."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass

from osler.core.budget import Budget
from osler.core.passage import Evidence
from osler.core.question import STRICT, Question
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.search.asks import All, Ask, Propose, Score, Searching, retrieve
from osler.search.beam import Beam
from osler.search.best_of_n import BestOfN
from osler.search.dvts import DVTS
from osler.search.greedy import Greedy
from osler.search.mcts import MCTS
from osler.search.self_consistency import SelfConsistency

Within = Annotated[Greedy | SelfConsistency | BestOfN | Beam | DVTS | MCTS, Field(discriminator="kind")]


@dataclass(frozen=True, config=STRICT)
class RAG:
    """Retrieve `n_passages` for the question, and search with them in the prompt as `within` does.

    The query is the question without its options, as in MedRAG (Xiong et al., arXiv 2402.13178, section 3; 32 passages there), unless
    `has_options`: in the query they find more, and show whatever is retrieved by which distractors were chosen. A small policy reads few
    passages well: ours is 5. The prompt must have a place for passages (`with_passages`)."""

    kind: Literal["rag"] = "rag"
    n_passages: Annotated[int, Field(ge=1)] = 5
    has_options: bool = False
    within: Within = Greedy()
    budget: Budget = Budget()

    @model_validator(mode="after")
    def _budget_is_its_own(self) -> "RAG":
        if self.within.budget != Budget():
            raise ValueError("the budget of `within` would not be kept; set `budget` of rag itself")
        return self

    @property
    def max_requests(self) -> int:
        return self.within.max_requests

    @property
    def needs_scores(self) -> bool:
        return self.within.needs_scores

    def search(self, question: Question) -> Searching:
        query = "\n".join((question.text, *(question.options.values() if self.has_options else ())))
        [evidence] = yield from retrieve([query], self.n_passages)
        return (yield from _with_evidence(self.within.search(question), tuple(evidence)))


def _with_evidence(searching: Searching, evidence: tuple[Evidence, ...]) -> Searching:
    """The same search, its traces with the evidence from their beginning on. What the driver throws into it reaches it."""
    answer: Any = None
    error: BaseException | None = None
    try:
        while True:
            try:
                ask = searching.throw(error) if error else searching.send(answer)
            except StopIteration as finished:
                solution: Solution = finished.value
                return solution
            error = None
            try:
                answer = yield _informed(ask, evidence)
            except Exception as thrown:
                error = thrown
    finally:
        searching.close()


def _informed(ask: Ask, evidence: tuple[Evidence, ...]) -> Ask:
    def informed(traces: tuple[Trace, ...]) -> tuple[Trace, ...]:
        return tuple(trace if trace.evidence else replace(trace, evidence=evidence) for trace in traces)

    match ask:
        case All():
            return All(tuple(_informed(each, evidence) for each in ask.asks))
        case Propose() | Score():
            return replace(ask, traces=informed(ask.traces))
        case _:
            return ask
