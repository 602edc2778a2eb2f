import pytest
from pydantic import ValidationError

from osler.core.errors import UserError
from osler.core.question import ChoiceKey, Item, Question
from osler.core.reading import Abstention, Reading
from osler.core.records import read_records, write_records
from osler.core.trace import Ending, Step, Trace
from osler.evaluate.calibration import ScoreBin
from osler.evaluate.candidates import CandidateRecord, CandidateSet, candidate_set
from osler.evaluate.first_error import PositionHits
from osler.evaluate.reward_quality import reward_quality

ITEM = Item(Question("q-1", "Which?", {"A": "one", "B": "two"}), ChoiceKey(("B",)))
TRUTHS = {"good": "true", "bad": "false", "odd": "unreadable"}


def trace(*texts: str, answer: str | None) -> Trace:
    reading = Reading(value=answer) if answer else Reading(abstention=Abstention.NO_ANSWER)
    return Trace(ITEM.question, tuple(map(Step, texts)), ending=Ending.FINISHED, reading=reading)


TRACES = [trace("good", "bad", answer="A"), trace("odd", answer=None), trace("good", "good", answer="B")]
SCORES = {"prm": [(0.9, 0.4), (0.8,), (0.6, 1.0)], "likelihood": [(0.1, 0.1), (0.1,), (0.1, 0.1)]}


def made(*, is_checked: bool = True) -> CandidateSet:
    return candidate_set(ITEM, TRACES, [False, False, True], SCORES, (lambda _, text: TRUTHS[text]) if is_checked else None)


def test_a_candidate_set_by_hand():
    assert made() == CandidateSet(
        "q-1",
        (
            CandidateRecord("A", False, ("true", "false"), {"prm": (0.9, 0.4), "likelihood": (0.1, 0.1)}),
            CandidateRecord(None, False, ("unreadable",), {"prm": (0.8,), "likelihood": (0.1,)}),
            CandidateRecord("B", True, ("true", "true"), {"prm": (0.6, 1.0), "likelihood": (0.1, 0.1)}),
        ),
    )
    assert [candidate.step_truths for candidate in made(is_checked=False).candidates] == [(), (), ()]


def test_a_candidate_set_comes_back_from_the_file(tmp_path):
    write_records(tmp_path / "candidates.jsonl", [made(), made(is_checked=False)])
    assert list(read_records(tmp_path / "candidates.jsonl", CandidateSet)) == [made(), made(is_checked=False)]


def test_a_record_with_something_unknown_in_it_is_refused():
    with pytest.raises(ValidationError):
        CandidateSet(id="q-1", candidates=(), key="B")


@pytest.mark.parametrize("scores", [[(0.9, 0.4), (0.8,), (0.6,)], [(0.9, 0.4), (0.8,), (0.6, 1.0), (0.5,)]])
def test_scores_of_other_traces_are_refused(scores):
    with pytest.raises(ValueError, match="q-1: 'prm' scored other traces than these"):
        candidate_set(ITEM, TRACES, [False, False, True], {"prm": scores}, None)


def test_the_quality_of_a_reward_model_by_hand():
    """Five steps, three of them true; the one that cannot be read counts as false. True ones: .9, .6, 1; false ones: .4, .8: of six pairs
    only .6 < .8 is out of order. Brier: (.01 + .16 + .64 + .16 + 0) / 5. Each has a bin of its own, so that the calibration error is (.1 +
    .4 + .8 + .4 + 0) / 5. Of the two traces with an error the first is found, the other not."""
    quality = reward_quality([made(), made(is_checked=False)], "prm")
    assert (quality.n_steps, quality.true_rate) == (5, 0.6)
    assert quality.auroc == pytest.approx(5 / 6)
    assert quality.brier == pytest.approx(0.97 / 5)
    assert quality.ece == pytest.approx(1.7 / 5)
    assert [each for each in quality.bins if each.n] == [
        ScoreBin(0.3, 0.4, 1, 0.4, 0.0), ScoreBin(0.5, 0.6, 1, 0.6, 1.0), ScoreBin(0.7, 0.8, 1, 0.8, 0.0),
        ScoreBin(0.8, 0.9, 1, 0.9, 1.0), ScoreBin(0.9, 1.0, 1, 1.0, 1.0),
    ]  # fmt: skip
    assert (quality.first_error.error_accuracy, quality.first_error.correct_accuracy) == (0.5, 1.0)
    assert quality.first_error.positions == (PositionHits(1, 1, 0), PositionHits(2, 1, 1))


def test_without_truths_there_is_no_quality():
    assert reward_quality([made(is_checked=False)], "prm") is None
    assert reward_quality([], "prm") is None


def test_a_reward_model_that_gave_no_scores_is_an_error_in_one_sentence():
    with pytest.raises(UserError, match=r"^candidates: no scores by 'other', only by prm, likelihood; [^\n]+$"):
        reward_quality([made()], "other")
