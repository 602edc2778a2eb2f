"""What the trainer of process reward models makes of its records: the targets of the loss, and what cannot be trained on."""

import json
import math

import pytest

from osler.core.errors import UserError
from osler.core.question import Question
from osler.core.reading import Reading
from osler.core.trace import Trace
from osler.search.selection import choose, values_of
from osler.train import LoRA, Records
from osler.train.prm import TrainPRM, check

WHOLE = {"prompt": [{"role": "user", "content": "Why?"}], "completions": ["One.", "Two."], "labels": [1.0, 0.5]}


@pytest.mark.parametrize(
    ("labels", "mask", "settings", "wanted"),
    [
        ([1, 1, 0, 1], None, {"is_zero_after_error": True}, [1, 1, 0, 0]),  # Med-PRM
        ([1, 1, 0, 1], None, {}, [1, 1, 0, 1]),
        ([0.9, 0.35, 0.8, 0.5], None, {}, [0.9, 0.35, 0.8, 0.5]),
        ([0.9, 0.35, 0.8, 0.5], None, {"labels": "hard"}, [1, 0, 1, 1]),  # 0.5 is at the threshold
        ([0.9, 0.35, 0.8, 0.5], None, {"labels": "hard", "threshold": 0.3}, [1, 1, 1, 1]),
        ([0.0, 0.01, 1.0, 0.0], None, {"labels": "hard", "threshold": 1e-9}, [0, 1, 1, 0]),  # Math-Shepherd: any right answer will do
        ([0.9, 0.35, 0.8, 0.5], None, {"is_zero_after_error": True}, [0.9, 0.35, 0, 0]),  # the error keeps its own soft label
        ([0.9, 0.35, 0.8, 0.5], None, {"labels": "hard", "is_zero_after_error": True}, [1, 0, 0, 0]),
        # a masked step is no error, whatever stands in its label, and none after an error is unmasked
        ([1, 0, 0.35, 0.8], [True, False, True, False], {"is_zero_after_error": True}, [1, None, 0.35, None]),
        ([0, math.nan, 1, None], [True, False, True, False], {"labels": "hard", "is_zero_after_error": True}, [0, None, 0, None]),
    ],
)
def test_what_the_loss_wants_of_each_step(labels, mask, settings, wanted):
    each = {**WHOLE, "completions": ["One.", "Two.", "Three.", "Four."], "labels": labels, **({"mask": mask} if mask else {})}
    assert check(each) is None
    assert TrainPRM(**settings).labels_of(each) == wanted


UNSOUND = {
    "missing_column": ({"labels": None}, "there are no `labels`; give it prompt, completions and labels, each a list"),
    "no_steps": ({"completions": [], "labels": []}, "it has no steps; give it one at least"),
    "label_count": ({"labels": [1.0]}, "there are 2 steps and 1 labels; give each step its label"),
    "mask_count": ({"mask": [True]}, "there are 2 steps and 1 entries of the mask; give each step one, or leave it out"),
    "all_masked": ({"mask": [False, False]}, "every step is masked; leave it out"),
    "empty_step": ({"completions": ["One.", " "]}, "step 2 is empty; give it a text, or leave it out with its label"),
    "label_not_a_number": ({"labels": [1.0, math.nan]}, "the label of step 2 is nan; give it a number, or mask the step"),
    "label_out_of_range": ({"labels": [1.0, -0.1]}, "the label of step 2 is -0.1; bring labels to 0..1"),
    "too_long": ({"completions": ["One.", "Two. " * 40]}, "tokens and max_length is 64; raise max_length"),
}


@pytest.mark.parametrize("reason", UNSOUND)
def test_a_record_that_cannot_be_trained_on_stops_it_before_the_first_step(reason, tiny, tmp_path):
    amiss, said = UNSOUND[reason]
    file = tmp_path / "records.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in ({**WHOLE, "id": "0"}, {**WHOLE, **amiss})))
    with pytest.raises(UserError) as error:
        TrainPRM(max_length=64).train(tiny, Records.read(file), tmp_path / "trained", seed=0)
    assert str(error.value).startswith(f"{file}:2: ")
    assert str(error.value).endswith(f"{said}, or set on_bad: drop")
    assert not (tmp_path / "trained").exists()


def test_or_each_is_dropped_and_counted_by_its_reason(tiny, tmp_path):
    records = [WHOLE, *({**WHOLE, **amiss} for amiss, _ in UNSOUND.values()), {**WHOLE, "labels": [1.0, 2]}, WHOLE]
    outcome = TrainPRM(max_length=64, on_bad="drop").train(tiny, records, tmp_path / "trained", seed=0)
    assert outcome.n_records == 2
    assert outcome.dropped == {**dict.fromkeys(UNSOUND, 1), "label_out_of_range": 2}
    assert json.loads((tmp_path / "trained" / "training.json").read_text())["dropped"] == outcome.dropped


def test_an_adapter_that_stays_apart_is_refused_for_nothing_would_read_it():
    with pytest.raises(ValueError, match=r"a reward model is read whole; leave adapter\.is_merged true"):
        TrainPRM(adapter=LoRA(is_merged=False))


def test_the_least_step_and_then_the_best_trace_and_one_without_steps_is_never_it():
    """Med-PRM's choice: p₊ of the worst step of each solution; one in which no step is marked has none, and stays out."""
    values = values_of([(0.9, 0.2, 0.8), (0.5, 0.6), ()], "least")
    traces = [Trace(Question("q", "?"), reading=Reading(answer)) for answer in "ABC"]
    assert choose(traces, values, is_vote=False) == 1
