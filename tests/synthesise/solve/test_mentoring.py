"""The rules of MICS by hand: what a step is worth, who goes on, whose trace is saved."""

import random

from osler.synthesise.solve.mentoring import Lesson, StepScore, best_mentor, finisher


def test_three_right_of_four_is_three_quarters() -> None:
    """Two interns at two temperatures."""
    assert StepScore(3, 4).score == 0.75
    assert not StepScore(3, 4).is_full
    assert StepScore(4, 4).is_full


def test_two_steps_are_offered_at_the_root_and_one_later() -> None:
    lesson = Lesson("one", (), ("a", "b", "c", "d"), "So it is A.")
    assert (lesson.offered, lesson.reached) == (("a", "b"), ("a", "b"))
    later = lesson.moved_on()
    assert (later.before, later.offered, later.reached) == (("a", "b"), ("c",), ("a", "b", "c"))
    assert later.moved_on().moved_on().offered == ()  # only the answer is left to say
    assert Lesson("two", (), ("a",), "So it is A.").offered == ("a",)


def test_the_best_step_is_taken_of_equals_one_by_a_mentor_not_chosen_before() -> None:
    low, high = StepScore(1, 4), StepScore(2, 4)
    assert best_mentor({"one": low, "two": high}, []) == "two"
    assert best_mentor({"one": high, "two": high}, []) == "one"
    assert best_mentor({"one": high, "two": high}, ["one"]) == "two"
    assert best_mentor({"one": high, "two": high}, ["one", "two"]) == "one"
    assert best_mentor({"one": high, "two": low}, ["one"]) == "one"  # a better step goes before a new mentor


def test_where_no_step_helps_nobody_is_best() -> None:
    assert best_mentor({"one": StepScore(0, 4), "two": StepScore(0, 4)}, []) is None


def test_the_trace_of_the_mentor_with_the_best_past_is_saved() -> None:
    assert finisher(["one", "two"], {"one": 0.5, "two": 0.75}, None) == "two"
    assert finisher(["one", "two"], {"one": 0.5, "two": 0.5}, None) == "one"
    assert finisher(["two"], {"one": 0.75}, None) == "two"


def test_at_the_root_chance_decides_and_every_one_has_one() -> None:
    drawn = {finisher(["one", "two"], {}, random.Random(seed)) for seed in range(20)}
    assert drawn == {"one", "two"}
