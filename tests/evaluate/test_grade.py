from dataclasses import dataclass, field

import pytest

from osler.core.errors import UserError
from osler.core.model import Usage
from osler.core.question import ChoiceKey, Item, Key, Question, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.solution import Solution
from osler.core.trace import Ending, Trace
from osler.core.verdict import Outcome, Verdict
from osler.evaluate.grade import Graded, grade


@dataclass
class LetterJudge:
    """Right where the letter is in the key; keeps what it was asked."""

    asked: list[tuple[Reading, Key]] = field(default_factory=list)

    def judge(self, reading: Reading, key: Key) -> Verdict:
        self.asked.append((reading, key))
        assert isinstance(key, ChoiceKey)
        if reading.value is None:
            return Verdict(Outcome.NO_ANSWER, reading, str(reading.abstention))
        is_right = reading.value in key.letters
        return Verdict(Outcome.RIGHT if is_right else Outcome.WRONG, reading, "same_letter" if is_right else "other_letter")


def item(id: str = "q1", group: str = "cardiology") -> Item:
    return Item(Question(id, "Which?", {"A": "one", "B": "two"}), ChoiceKey(("B",)), group)


def trace(answer: str | None = None, ending: Ending = Ending.FINISHED, id: str = "q1") -> Trace:
    abstention = Abstention.TRUNCATED if ending is Ending.LENGTH else Abstention.NO_ANSWER
    reading = Reading(value=answer) if answer else Reading(abstention=abstention)
    return Trace(item(id).question, ending=ending, reading=reading)


def solution(*candidates: Trace, chosen: int | None = None, id: str = "q1") -> Solution:
    return Solution(item(id).question, candidates, chosen, usage=Usage(prompt_tokens=100, completion_tokens=42, n_calls=3))


def grade_one(solution: Solution, judge: LetterJudge | None = None) -> Graded:
    [graded] = grade("ours", [item()], [solution], {"choice": judge or LetterJudge()})
    return graded


def test_the_chosen_trace_is_judged_and_no_other():
    judge = LetterJudge()
    graded = grade_one(solution(trace("A"), trace("B"), chosen=1), judge)
    assert judge.asked == [(Reading(value="B"), ChoiceKey(("B",)))]
    assert graded == Graded("ours", "q1", "cardiology", Outcome.RIGHT, "same_letter", "B", is_truncated=False, n_tokens=42)


def test_a_wrong_answer_keeps_the_judges_reason():
    graded = grade_one(solution(trace("A"), trace("B"), chosen=0))
    assert (graded.outcome, graded.reason, graded.answer) == (Outcome.WRONG, "other_letter", "A")


def test_a_chosen_abstention_goes_to_the_judge():
    graded = grade_one(solution(trace(None), chosen=0))
    assert (graded.outcome, graded.reason, graded.answer) == (Outcome.NO_ANSWER, "no_answer", None)


def test_a_chosen_trace_that_was_cut_is_truncated():
    graded = grade_one(solution(trace(None, Ending.LENGTH), trace("B"), chosen=0))
    assert (graded.outcome, graded.reason, graded.is_truncated) == (Outcome.NO_ANSWER, "truncated", True)


def test_a_cut_sibling_does_not_make_the_chosen_trace_truncated():
    assert not grade_one(solution(trace(None, Ending.LENGTH), trace("B"), chosen=1)).is_truncated


@pytest.mark.parametrize(
    ("endings", "reason", "is_truncated"),
    [
        ([], "nothing_finished", False),
        ([Ending.LENGTH], "truncated", True),
        ([Ending.LENGTH, Ending.LENGTH], "truncated", True),
        ([Ending.LENGTH, Ending.EMPTY], "nothing_finished", False),
        ([Ending.MALFORMED, Ending.ERROR], "nothing_finished", False),
    ],
)
def test_nothing_chosen_is_no_answer_and_says_why(endings, reason, is_truncated):
    judge = LetterJudge()
    graded = grade_one(solution(*(trace(None, ending) for ending in endings)), judge)
    assert (graded.outcome, graded.reason, graded.is_truncated, graded.answer) == (Outcome.NO_ANSWER, reason, is_truncated, None)
    assert graded.n_tokens == 42
    assert judge.asked == []


def test_a_chosen_trace_that_never_ended_is_no_answer():
    graded = grade_one(solution(Trace(item().question), chosen=0))
    assert (graded.outcome, graded.reason) == (Outcome.NO_ANSWER, "nothing_finished")


def test_a_key_without_a_judge_is_unjudged_and_keeps_its_answer():
    open_item = Item(Question("q1", "What?"), TextKey("gout"))
    [graded] = grade("ours", [open_item], [solution(trace("gout"), chosen=0)], {"choice": LetterJudge()})
    assert (graded.outcome, graded.reason, graded.answer) == (Outcome.UNJUDGED, "no_judge", "gout")


def test_solutions_may_come_in_any_order():
    solutions = [solution(trace("A", id="q2"), chosen=0, id="q2"), solution(trace("B"), chosen=0)]
    graded = grade("ours", [item("q1"), item("q2", "renal")], solutions, {"choice": LetterJudge()})
    assert [(row.item_id, row.group, row.outcome) for row in graded] == [
        ("q1", "cardiology", Outcome.RIGHT),
        ("q2", "renal", Outcome.WRONG),
    ]


@pytest.mark.parametrize(
    ("item_ids", "solution_ids", "message"),
    [
        (["q1", "q2"], ["q1"], r"'q2' has no solution \(1 of 2 have none\); infer it"),
        (["q1"], ["q1", "q9"], r"'q9' answers none of the items .*; grade with the items"),
        (["q1", "q1"], ["q1"], "'q1' stands twice among the items; keep one"),
        (["q1"], ["q1", "q1"], "'q1' stands twice among the solutions; keep one"),
    ],
)
def test_items_and_solutions_that_do_not_pair_are_refused_by_id(item_ids, solution_ids, message):
    with pytest.raises(UserError, match=message):
        grade("ours", [item(id) for id in item_ids], [solution(id=id) for id in solution_ids], {})


def test_nothing_to_grade_gives_nothing():
    assert grade("ours", [], [], {}) == []
