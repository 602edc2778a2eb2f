"""Repairs by hand: where a wrong trace leaves the right one, and what each way back is worth."""

import random
from itertools import product

import pytest

from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.synthesise.label.repairs import onward_value, repairs_of
from osler.synthesise.labels import leaf_values

QUESTION = Question("q", "Which?", {"A": "one", "B": "two"})


def trace(steps: str, answer: str | None, response: str = "") -> Trace:
    reading = Reading(answer) if answer else Reading(abstention=Abstention.NO_ANSWER)
    return Trace(QUESTION, tuple(map(Step, steps)), response, Ending.FINISHED, reading=reading)


def found(*each: tuple[str, str | None]) -> Solution:
    """Traces with a step per letter; A is right."""
    return Solution(
        QUESTION, tuple(trace(*one) for one in each), None, tuple((float(answer == "A"),) * len(steps) for steps, answer in each)
    )


# "s" leads to three right and three wrong leaves; "sa" to two right, "sx" to one right and two wrong, "sxy" to two wrong
TREE = found(("sab", "A"), ("sac", "A"), ("sxyz", "B"), ("sxyw", "C"), ("sxr", "A"), ("sp", "B"))


def test_the_value_of_going_on_by_hand() -> None:
    """The mean of the step reached, of the whole way, and of what remains after that step. "sab" after "s": 1, (0 + 1 + 1) / 3 and 1, where
    "s" leads to three right leaves of six. "sxyz" after "sxy": the last step, −1; (0 − ⅓ − 1 − 1) / 4; nothing remains, so −1 again."""
    values = {("s",): 0.0, ("s", "a"): 1.0, ("s", "a", "b"): 1.0, ("s", "x"): -1 / 3, ("s", "x", "y"): -1.0, ("s", "x", "y", "z"): -1.0}
    assert onward_value(values, trace("sab", "A"), 1) == pytest.approx((1 + 2 / 3 + 1) / 3)
    assert onward_value(values, trace("sxyz", "B"), 3) == pytest.approx((-1 - 7 / 12 - 1) / 3)
    assert onward_value(values, trace("sxyz", "B"), 4) == pytest.approx((-1 - 7 / 12 - 1) / 3)
    assert onward_value(values, trace("sxyz", "B"), 1) == pytest.approx((-1 / 3 - 7 / 12 - 1) / 3)


def test_repairs_by_hand() -> None:
    """Each wrong trace is mended once in mid-reasoning and once after its end; "sp" ends with its first wrong step and so only after it. It
    looks back in mid-reasoning after "x", below which most leaves are wrong."""
    repairs = {("".join(step.text for step in each.wrong.steps), each.place): each for each in repairs_of(TREE)}
    assert repairs.keys() == {("sxyz", "mid"), ("sxyz", "post"), ("sxyw", "mid"), ("sxyw", "post"), ("sp", "post")}
    mid = repairs["sxyz", "mid"]
    assert mid.chosen("!") == ("s", "x", "!", "a", "b")
    assert mid.rejected("?") == ("s", "x", "?", "y", "z")
    assert (mid.shared, mid.astray, mid.back, mid.onward) == (("s",), ("x",), ("a", "b"), ("y", "z"))
    post = repairs["sxyz", "post"]
    assert post.chosen("!") == ("s", "x", "y", "z", "!", "a", "b")
    assert post.rejected("?") == ("s", "x", "y", "z", "?", "z")
    assert mid.gap == pytest.approx((1 + 2 / 3 + 1) / 3 - (-1 + (0 - 1 / 3 - 1 - 1) / 4 - 1) / 3)
    gaps = [each.gap for each in repairs_of(TREE)]
    assert gaps == sorted(gaps, reverse=True)


def test_where_the_answer_stands_in_a_response_no_step_is_said_twice() -> None:
    right, wrong = trace("ab", "A", "The answer is A."), trace("cd", "B", "The answer is B.")
    [_, post] = sorted(repairs_of(Solution(QUESTION, (right, wrong), None, ((1.0,) * 2, (0.0,) * 2))), key=lambda each: each.place)
    assert post.rejected("?") == ("c", "d", "?")
    assert post.chosen("!") == ("c", "d", "!", "a", "b")


@pytest.mark.parametrize(
    "solution",
    [
        found(("ab", "A"), ("ac", "A")),
        found(("ab", "B"), ("ac", "C")),
        found(("ab", "A"), ("ac", None)),  # what states no answer is not wrong
        found(("ab", "A"), ("abc", "B")),  # nothing was wrong on the way: it went on after the right end
        found(("ab", "B"), ("abc", "A")),  # it was opened again, and mended itself
        Solution(QUESTION, (), None),
    ],
)
def test_there_is_nothing_to_repair(solution: Solution) -> None:
    assert repairs_of(solution) == []


def test_chosen_and_rejected_share_all_that_comes_before_the_reflection() -> None:
    repairs = repairs_of(TREE)
    assert repairs
    for repair in repairs:
        chosen, rejected = repair.chosen("!"), repair.rejected("?")
        assert chosen[: repair.n_before] == rejected[: repair.n_before]
        assert (chosen[repair.n_before], rejected[repair.n_before]) == ("!", "?")
        assert chosen[: repair.n_before] == tuple(step.text for step in repair.wrong.steps)[: repair.n_before]
        assert (repair.right.answer, repair.wrong.answer) != ("A", "A")


def test_of_all_right_traces_the_one_that_mends_best_is_taken() -> None:
    """Against every pair of a right and a wrong trace, one by one, on random trees."""
    rng = random.Random(7)
    for _ in range(20):
        texts = {"".join(rng.choice("ab") + str(depth) for depth in range(rng.randint(2, 5))) for _ in range(12)}
        each = [(tuple(text[at : at + 2] for at in range(0, len(text), 2)), rng.choice("AB")) for text in sorted(texts)]
        traces = tuple(Trace(QUESTION, tuple(map(Step, steps)), "", Ending.FINISHED, reading=Reading(answer)) for steps, answer in each)
        solution = Solution(QUESTION, traces, None, tuple((float(answer == "A"),) * len(steps) for steps, answer in each))
        values = leaf_values(solution)
        widest: dict[tuple[str, ...], float] = {}
        for right, wrong in product(traces, traces):
            one, other = ([step.text for step in trace.steps] for trace in (right, wrong))
            shared = next((at for at, both in enumerate(zip(one, other, strict=False)) if both[0] != both[1]), None)
            if (right.answer, wrong.answer) == ("A", "B") and shared is not None:
                gap = onward_value(values, right, shared) - onward_value(values, wrong, len(other))
                widest[tuple(other)] = max(gap, widest.get(tuple(other), gap))
        found = {tuple(step.text for step in each.wrong.steps): each.gap for each in repairs_of(solution) if each.place == "post"}
        assert found == pytest.approx(widest)
