import pytest

from osler.core.question import ChoiceKey, Item, NumberKey, Question, RankedListKey, RubricKey, TextKey
from osler.core.reading import Abstention, Reading
from osler.core.records import read_records, write_records
from osler.core.solution import Solution
from osler.core.trace import Ending, Step, Trace
from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded
from osler.evaluate.truths import SolutionRecord, solution_record, step_rates

QUESTION = Question("q-1", "Which?", {"A": "one", "B": "two"})
ITEM = Item(QUESTION, ChoiceKey(("B",)))
TRUTHS = {"good": "true", "bad": "false", "odd": "unreadable"}


def check(question_id: str, step: str) -> str:
    assert question_id == "q-1"
    return TRUTHS[step]


def trace(*texts: str, answer: str | None) -> Trace:
    reading = Reading(value=answer) if answer else Reading(abstention=Abstention.NO_ANSWER)
    return Trace(QUESTION, tuple(map(Step, texts)), ending=Ending.FINISHED, reading=reading, raw="" if answer else "?")


def verdict(outcome: Outcome, answer: str | None) -> Graded:
    return Graded("ours", "q-1", "", outcome, "match", answer, False, 12)


CANDIDATES = (trace("bad", answer="A"), trace("good", "odd", answer="B"), trace("good", answer="B"), trace("odd", answer=None))


def test_the_record_of_a_solution_has_the_chosen_trace_and_the_votes(tmp_path):
    solution = Solution(QUESTION, CANDIDATES, 1, ((0.1,), (0.9, 0.2), (0.3,), (0.4,)))
    record = solution_record(ITEM, solution, verdict(Outcome.RIGHT, "B"), check)
    assert record == SolutionRecord(
        system="ours", id="q-1", question="Which?", options={"A": "one", "B": "two"}, key="B", outcome=Outcome.RIGHT, answer="B",
        ending="finished", steps=("good", "odd"), step_truths=("true", "unreadable"), step_scores=(0.9, 0.2), votes={"A": 1, "B": 2},
    )  # fmt: skip
    write_records(tmp_path / "solutions.jsonl", [record])
    assert list(read_records(tmp_path / "solutions.jsonl", SolutionRecord)) == [record]


def test_where_nothing_was_chosen_the_first_candidate_shows_what_went_wrong():
    record = solution_record(ITEM, Solution(QUESTION, CANDIDATES[3:], None), verdict(Outcome.NO_ANSWER, None), None)
    assert (record.steps, record.step_truths, record.step_scores, record.raw, record.votes) == (("odd",), (), (), "?", {})
    nothing = solution_record(ITEM, Solution(QUESTION, (), None), verdict(Outcome.NO_ANSWER, None), check)
    assert (nothing.steps, nothing.ending) == ((), "open")


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        (ChoiceKey(("A", "B")), "A, B"),
        (TextKey("Losartan", ("Cozaar",)), "Losartan"),
        (NumberKey(2.5, "mg"), "2.5 mg"),
        (NumberKey(40), "40"),
        (RankedListKey(("gout", "rash")), "gout, rash"),
        (RubricKey(("It is gout.", "Rest.")), "It is gout.; Rest."),
    ],
)
def test_the_key_is_shown_as_a_person_would_write_it(key, shown):
    assert solution_record(Item(QUESTION, key), Solution(QUESTION, (), None), verdict(Outcome.WRONG, None), None).key == shown


def test_the_rates_of_true_steps_by_hand():
    """Ours: true, unreadable, true, false: ½, ¼, ¼. Of the other nothing is known."""
    chosen = [(trace("good", "odd", answer="B"), check), (trace("good", "bad", answer="B"), check)]
    ours = [solution_record(ITEM, Solution(QUESTION, (each,), 0), verdict(Outcome.RIGHT, "B"), by) for each, by in chosen]
    other = solution_record(ITEM, Solution(QUESTION, CANDIDATES[:1], 0), Graded("other", "q-1", "", Outcome.WRONG, "", "A", False, 1), None)
    assert step_rates([ours[0], other, ours[1]]) == [
        {"system": "ours", "n_steps": 4, "true_rate": 0.5, "false_rate": 0.25, "unreadable_rate": 0.25}
    ]
    assert step_rates([other]) == []


def test_what_follows_the_thought_is_kept():
    """Steps without it could not be read again as the response that they were part of."""
    trace = Trace(QUESTION, (Step("Uric acid is high."),), "The answer is B.", Ending.FINISHED, reading=Reading("B"))
    graded = Graded("ours", "q-1", "", Outcome.RIGHT, "key", "B", False, 1)
    assert solution_record(ITEM, Solution(QUESTION, (trace,), 0), graded, None).response == "The answer is B."
