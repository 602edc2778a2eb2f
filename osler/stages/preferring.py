"""What searches found as records of what is preferred: pairs for DPO, judged traces for KTO."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from osler.core.codec import Parsed
from osler.core.errors import UserError
from osler.core.solution import Solution
from osler.core.trace import Trace
from osler.judges import QuestionReader
from osler.recipe.training import JudgedTraces, PreferredPairs
from osler.stages.context import Context
from osler.synthesise.exports import preference_record, sft_record
from osler.synthesise.labels import finished_traces
from osler.synthesise.pairs import PAIR_RULES, Pair, best_worst_sibling, level_wise

WITH_A_GAP = {"level_wise": level_wise, "best_worst_sibling": best_worst_sibling}


def pair_records(context: Context, where: str, settings: PreferredPairs, solutions: Sequence[Solution]) -> list[dict[str, Any]]:
    """Raises UserError where the rule finds no pair."""
    pairs = [pair for solution in solutions for pair in _pairs(settings, _read_again(context, solution))]
    if not pairs:
        found = f"{settings.rule} finds no pair on {len(solutions)} questions of {', '.join(settings.searches)}"
        advice = "search by mcts, on more questions, or ask for a narrower gap"
        raise UserError(f"{where}: {found}; {advice}{'' if settings.has_open else ', or set has_open: true'}")
    return [preference_record(pair, context.prompt, context.codec) for pair in pairs]


def judged_records(context: Context, where: str, settings: JudgedTraces, solutions: Sequence[Solution]) -> list[dict[str, Any]]:
    """Raises UserError where there is no trace to judge."""
    records = [
        _judged_record(context, trace, is_right=is_right)
        for solution in solutions
        for trace, is_right in _some_of_each(solution, settings.n_per_question)
    ]
    if not records:
        raise UserError(f"{where}: {', '.join(settings.searches)} finished no trace; search longer, or on more or easier questions")
    return records


def _pairs(settings: PreferredPairs, solution: Solution) -> list[Pair]:
    """In the rule's own order, the first so many of those that the settings take."""
    found = PAIR_RULES[settings.rule](solution) if settings.gap is None else WITH_A_GAP[settings.rule](solution, settings.gap)
    return [pair for pair in found if settings.has_open or pair.is_finished][: settings.n_per_question]


def _read_again(context: Context, solution: Solution) -> Solution:
    """The search with what its records leave out and rules ask for: of the traces their readings, and of the finished nodes the response,
    which the trace of the same steps has."""
    reader = QuestionReader()

    def read(trace: Trace) -> Trace:
        text = context.codec.answer_text(Parsed(trace.steps, trace.response))
        return replace(trace, reading=reader.read(text, trace.question))

    responses = {trace.steps: trace.response for trace in solution.candidates}
    tree = (
        replace(node, trace=replace(node.trace, response=responses.get(node.trace.steps, ""))) if node.trace.has_ended else node
        for node in solution.tree
    )
    return replace(solution, candidates=tuple(map(read, solution.candidates)), tree=tuple(tree))


def _judged_record(context: Context, trace: Trace, *, is_right: bool) -> dict[str, Any]:
    """`{"id", "prompt": [messages], "completion": [assistant message], "label"}`: TRL's unpaired preference shape."""
    record = sft_record(trace.question, trace.steps, context.prompt, context.codec, trace.response)
    *prompt, said = record["messages"]
    return {"id": record["id"], "prompt": prompt, "completion": [said], "label": is_right}


def _some_of_each(solution: Solution, n: int) -> Iterator[tuple[Trace, bool]]:
    """The first `n` distinct right traces and as many wrong ones."""
    distinct = {(trace.steps, trace.response): (trace, is_right) for trace, is_right in reversed(finished_traces(solution))}
    for outcome in (True, False):
        yield from [each for each in reversed(distinct.values()) if each[1] is outcome][:n]
