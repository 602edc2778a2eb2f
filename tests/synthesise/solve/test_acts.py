"""The published rule by its table: the last three acts, and nothing else."""

import pytest

from osler.synthesise.solve.acts import is_complete

THOUGHT, CONCLUSION, CHECK = "inner_thinking", "final_conclusion", "verification"


@pytest.mark.parametrize(
    ("acts", "is_valid"),
    [
        ((THOUGHT, CONCLUSION, CHECK), True),
        ((THOUGHT, THOUGHT, THOUGHT, CONCLUSION, CHECK), True),
        ((THOUGHT, CONCLUSION, "backtrack", THOUGHT, CONCLUSION, CHECK), True),
        ((THOUGHT, CONCLUSION, "backtrack", CONCLUSION, CHECK), False),
        ((THOUGHT, CONCLUSION), False),
        ((THOUGHT, CHECK, CONCLUSION), False),
        ((THOUGHT, CONCLUSION, CHECK, CHECK), False),
        ((CONCLUSION, CHECK), False),
        ((), False),
    ],
)
def test_a_trace_closes_with_a_thought_a_conclusion_and_its_verification(acts: tuple[str, ...], is_valid: bool) -> None:
    assert is_complete(acts) is is_valid
