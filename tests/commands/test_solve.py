"""Questions outside a run: every strategy answers with nothing but a checkpoint and, where it scores, a reward model."""

from pathlib import Path

import pytest

from osler.commands.solve import Solving, shown, solution_to_record
from osler.core.question import Question
from osler.search import STRATEGIES

QUESTIONS = [Question("q-1", "Which of these explains a stiff neck?", {"A": "Meningitis", "B": "Migraine"}), Question("q-2", "Why?")]
SMALL = {
    "greedy": (),
    "self_consistency": ("n=2",),
    "best_of_n": ("n=2", "is_vote=true"),
    "beam": ("n_beams=2", "width=2", "max_steps=2"),
    "dvts": ("n_beams=2", "width=2", "max_steps=2"),
    "mcts": ("value_by=scores", "max_nodes=3"),
    "rejection_sampling": ("n=2",),
    "revise": ("n_tries=1", "n_revisions=1"),
    "rag": ("n_passages=1", "within={kind: greedy, max_tokens: 6}"),
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_answers(strategy: str, tiny: Path, tiny_prm: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.md"
    book.write_text("# Heads\n\nA stiff neck may be meningitis.\n")
    looking = {"prompt": "with_passages", "passages": (book,), "index": tmp_path} if strategy == "rag" else {}
    solving = Solving(str(tiny), tiny_prm, strategy, SMALL[strategy], max_tokens=6, **looking)
    solutions = solving.solve(QUESTIONS)
    assert [solution.question for solution in solutions] == QUESTIONS
    assert all(solution.usage.completion_tokens > 0 for solution in solutions)
    [alone] = solving.solve(QUESTIONS[1:])
    assert [trace.steps for trace in alone.candidates] == [trace.steps for trace in solutions[1].candidates]
    for solution in solutions:
        assert shown(solution).startswith(solution.question.id)
        assert solution_to_record(solution)["usage"]["completion_tokens"] == solution.usage.completion_tokens
