from collections.abc import Generator, Iterable
from typing import Any

import pytest

from osler.core.errors import BudgetSpent
from osler.core.question import Question
from osler.core.trace import Trace
from osler.search.asks import All, Ask, Propose, Score, spends, together

TRACE = Trace(Question("q", "Which?"))
STEP, SCORE = Propose((TRACE,), 1, is_whole=False), Score((TRACE,))


def part(name: str, asks: Iterable[Ask], *, heard: list[str] | None = None, is_patient: bool = True) -> Generator[Ask, Any, str]:
    """Asks these in turn and returns its name with every reply. A spent budget ends a patient one with what it has."""
    said = name
    try:
        for ask in asks:
            said += str((yield ask))
    except BudgetSpent:
        if not is_patient:
            raise
        return f"{said}!"
    finally:
        if heard is not None:
            heard.append(name)
    return said


def returned(searching: Generator[Ask, Any, list[str]], send: Any) -> list[str]:
    with pytest.raises(StopIteration) as finished:
        searching.send(send)
    return finished.value.value  # type: ignore[no-any-return]


def test_parts_go_in_lock_step_and_one_alone_asks_as_it_is():
    """a asks once, b three times, c never: first both together, then b on its own. What they return comes in their order."""
    searching = together([part("a", [STEP]), part("b", [SCORE, STEP, STEP]), part("c", [])])
    assert next(searching) == All((STEP, SCORE))
    assert searching.send([1, 2]) == STEP
    assert searching.send(3) == STEP
    assert returned(searching, 4) == ["a1", "b234", "c"]


def test_no_parts_return_nothing_and_ask_nothing():
    with pytest.raises(StopIteration) as finished:
        next(together([]))
    assert finished.value.value == []


def test_a_spent_budget_ends_those_that_spend_and_the_rest_still_get_their_scores():
    """a has asked for a step, b for scores. a ends with what it has; b is answered, and ends when it wants a step."""
    searching = together([part("a", [STEP, STEP]), part("b", [SCORE, STEP])])
    next(searching)
    assert searching.throw(BudgetSpent()) == SCORE
    assert searching.send(1) == STEP
    with pytest.raises(StopIteration) as finished:
        searching.throw(BudgetSpent())
    assert finished.value.value == ["a!", "b1!"]


def test_a_spent_budget_that_is_let_through_is_raised_when_the_others_have_ended():
    heard: list[str] = []
    searching = together([part("a", [STEP], heard=heard, is_patient=False), part("b", [SCORE], heard=heard)])
    next(searching)
    assert searching.throw(BudgetSpent()) == SCORE
    assert heard == ["a"]
    with pytest.raises(BudgetSpent):
        searching.send(1)
    assert heard == ["a", "b"]


def test_a_budget_that_is_spent_while_all_wait_for_scores_ends_them_all():
    searching = together([part("a", [SCORE]), part("b", [SCORE])])
    next(searching)
    with pytest.raises(StopIteration) as finished:
        searching.throw(BudgetSpent())
    assert finished.value.value == ["a!", "b!"]


@pytest.mark.parametrize("ends", ["closed", "an error"])
def test_no_part_is_left_open(ends):
    heard: list[str] = []
    searching = together([part(name, [STEP], heard=heard) for name in "abc"])
    next(searching)
    if ends == "closed":
        searching.close()
    else:
        with pytest.raises(KeyError):
            searching.throw(KeyError())
    assert sorted(heard) == ["a", "b", "c"]


def test_parts_of_parts_nest():
    searching = together([together([part("a", [STEP]), part("b", [STEP])]), together([part("c", [SCORE])])])
    assert next(searching) == All((All((STEP, STEP)), SCORE))
    assert returned(searching, [[1, 2], 3]) == [["a1", "b2"], ["c3"]]


def test_only_proposals_spend():
    assert spends(STEP)
    assert spends(All((SCORE, All((SCORE, STEP)))))
    assert not spends(SCORE)
    assert not spends(All((SCORE, All(()))))
