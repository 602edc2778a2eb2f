"""Asks that are looked up, by both drivers, and retrieval-augmented generation."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from osler.core.budget import Budget
from osler.core.calculation import Amount, Calculation
from osler.core.codec import CODECS
from osler.core.errors import RecipeError
from osler.core.model import Sampling
from osler.core.passage import Evidence, Passage
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.judges import QuestionReader
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.search import MCTS, RAG, BestOfN, Greedy
from osler.search.asks import All, Calculate, Retrieve, Searching, calculate, propose, retrieve
from osler.search.drive import drive
from osler.search.drive_async import drive_async

WITH_PASSAGES = Prompt.named("with_passages")
QUESTIONS = [Question(f"q-{at}", f"What is drug {at} for?", {"A": "gout", "B": "flu"}) for at in range(3)]


class Shelf:
    """Finds what names the query's last word but one; remembers every call."""

    identity = "shelf"

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[str, ...], int, Mapping[str, str] | None]] = []

    def retrieve(self, queries: Sequence[str], n: int, where: Mapping[str, str] | None = None) -> list[list[Evidence]]:
        self.calls.append((tuple(queries), n, where))
        found = [[Passage(f"p-{query}-{at}", f"about {query}: {at}", ("Drugs", "Uses")) for at in range(n)] for query in queries]
        return [[Evidence(passage, 1.0) for passage in passages] for passages in found]


class Doubling:
    """A calculator of one number."""

    def calculate(self, name: str, amounts: Mapping[str, Amount]) -> Calculation:
        if name != "double":
            return Calculation(name, None, error=f"there is no {name!r}")
        [value] = amounts.values()
        assert isinstance(value, float)
        return Calculation(name, 2 * value)


class LookingUp:
    """A strategy that asks for everything that is looked up, at once and one by one, and keeps the answers."""

    needs_scores, max_requests, budget = False, 1, Budget()

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}

    def search(self, question: Question) -> Searching:
        both = yield All((Retrieve((question.id, "b"), 2), Calculate("double", {"x": 4.0}), Retrieve((question.id,), 1, {"source": "s"})))
        [alone] = yield from retrieve(["alone"], 3)
        bad = yield from calculate("treble", {"x": 1.0})
        [traces] = yield from propose([Trace(question)], is_whole=True)
        self.answers[question.id] = (both, alone, bad)
        return Solution(question, tuple(traces), chosen=0)


def model() -> ScriptedModel:
    return ScriptedModel(lambda request, rng: " The answer is B." if request.stop else "Step 1: It is known. The answer is B.")


def policy_of(model: Any, prompt: Prompt = WITH_PASSAGES) -> Policy:
    return Policy(model, prompt, CODECS["step"], QuestionReader(), Sampling(max_tokens=64))


@pytest.mark.parametrize("is_async", [False, True])
def test_what_is_looked_up_comes_back_to_whoever_asked(is_async: bool) -> None:
    strategy, shelf = LookingUp(), Shelf()
    if is_async:
        policy = policy_of(AsyncScriptedModel(model(), lambda requests: 0.0))
        solutions = asyncio.run(drive_async(strategy, QUESTIONS, policy, retriever=shelf, calculators=Doubling()))
    else:
        solutions = drive(strategy, QUESTIONS, policy_of(model()), retriever=shelf, calculators=Doubling())
    assert [solution.answer for solution in solutions] == ["B"] * 3
    for question in QUESTIONS:
        (pair, doubled, filtered), alone, bad = strategy.answers[question.id]
        assert [[each.id for each in found] for found in pair] == [[f"p-{query}-0", f"p-{query}-1"] for query in (question.id, "b")]
        assert doubled.value == 8.0
        assert [[each.id for each in found] for found in filtered] == [[f"p-{question.id}-0"]]
        assert [each.id for each in alone] == ["p-alone-0", "p-alone-1", "p-alone-2"]
        assert (bad.value, bad.error) == (None, "there is no 'treble'")


def test_searches_that_ask_alike_are_one_call() -> None:
    shelf = Shelf()
    drive(LookingUp(), QUESTIONS, policy_of(model()), retriever=shelf, calculators=Doubling())
    assert shelf.calls == [
        (("q-0", "b", "q-1", "b", "q-2", "b"), 2, None),
        (("q-0", "q-1", "q-2"), 1, {"source": "s"}),
        (("alone", "alone", "alone"), 3, None),
    ]


@pytest.mark.parametrize(
    ("parts", "missing"), [({"calculators": Doubling()}, "asks for passages"), ({"retriever": Shelf()}, "asks for calculations")]
)
def test_what_is_not_there_is_refused(parts: Any, missing: str) -> None:
    with pytest.raises(RecipeError, match=f"LookingUp {missing}, but there is no"):
        drive(LookingUp(), QUESTIONS, policy_of(model()), **parts)


def test_a_budget_counts_no_lookups() -> None:
    strategy = LookingUp()
    strategy.budget = Budget(max_calls=1)
    solutions = drive(strategy, QUESTIONS, policy_of(model()), retriever=Shelf(), calculators=Doubling())
    assert not any(solution.is_cut for solution in solutions)


@pytest.mark.parametrize("has_options", [False, True])
def test_passages_stand_in_every_prompt_and_on_the_trace(has_options: bool) -> None:
    engine, shelf = model(), Shelf()
    [solution] = drive(
        RAG(n_passages=2, has_options=has_options, within=BestOfN(n=3)), QUESTIONS[:1], policy_of(engine), Equal(), retriever=shelf
    )
    query = "What is drug 0 for?" + ("\ngout\nflu" if has_options else "")
    assert shelf.calls == [((query,), 2, None)]
    assert len(engine.requests) == 3
    for request in engine.requests:
        [turn] = request.messages
        assert (
            f"[1] Drugs > Uses\nabout {query}: 0\n\n[2] Drugs > Uses\nabout {query}: 1\n\nWhat is drug 0 for?\nA. gout\nB. flu"
            in turn.content
        )
    assert all([each.id for each in trace.evidence] == [f"p-{query}-0", f"p-{query}-1"] for trace in solution.candidates)
    assert solution.answer == "B"


class Equal:
    """A reward model that sees the evidence, too."""

    identity = "equal"

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        assert all(trace.evidence for trace in traces)
        return [(0.5,) * len(trace.steps) for trace in traces]


def test_a_tree_keeps_its_evidence() -> None:
    engine = model()
    strategy = RAG(n_passages=1, within=MCTS(n_children=2, n_rollouts=2, min_rollouts=1, max_nodes=6))
    [solution] = drive(strategy, QUESTIONS[:1], policy_of(engine), Equal(), retriever=Shelf())
    assert solution.tree
    assert all("about What is drug 0 for?: 0" in request.messages[0].content for request in engine.requests)


def test_without_passages_it_is_what_is_within() -> None:
    class Nothing(Shelf):
        def retrieve(self, queries: Sequence[str], n: int, where: Mapping[str, str] | None = None) -> list[list[Evidence]]:
            return [[] for _ in queries]

    plain = Prompt("plain", "{question}{options}")
    assert drive(RAG(within=Greedy()), QUESTIONS, policy_of(model(), plain), retriever=Nothing()) == drive(
        Greedy(), QUESTIONS, policy_of(model(), plain)
    )


def test_a_prompt_without_a_place_for_passages_is_refused() -> None:
    with pytest.raises(RecipeError, match="prompt: plain has no place for passages; choose with_passages"):
        drive(RAG(), QUESTIONS, policy_of(model(), Prompt.named("plain")), retriever=Shelf())


def test_a_budget_belongs_to_rag_itself() -> None:
    with pytest.raises(ValidationError, match="set `budget` of rag itself"):
        RAG(within=Greedy(budget=Budget(max_calls=1)))


def test_braces_in_a_passage_stay_as_they_are() -> None:
    passage = Passage("p", "{question} and {options}", ("{evidence}",))
    [turn] = WITH_PASSAGES.messages(QUESTIONS[0], [Evidence(passage, 1.0)])
    assert "[1] {evidence}\n{question} and {options}" in turn.content
