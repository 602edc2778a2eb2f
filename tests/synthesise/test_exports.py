import json
from dataclasses import replace

import pytest

from osler.core.codec import CODECS
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.records import read_records, write_records
from osler.core.trace import Ending, Step, Trace
from osler.synthesise.exports import preference_record, prm_record, sft_record, verified_traces
from osler.synthesise.labels import LabelledTrace
from osler.synthesise.pairs import Pair

QUESTION = Question("q-1", "Which?", {"A": "one", "B": "two"})
PROMPT = Prompt("test", "{question}{options}")
USER = {"role": "user", "content": "Which?\nA. one\nB. two"}


def labelled(*labels: float | None, name: str = "s", question: Question = QUESTION) -> LabelledTrace:
    steps = tuple(Step(f"{name}{number}") for number, _ in enumerate(labels, 1))
    return LabelledTrace(Trace(question, steps, ending=Ending.FINISHED), labels, is_right=labels[-1] == 1.0)


def test_a_policy_record_is_a_chat():
    assert sft_record(QUESTION, [Step("First."), Step("The answer is B.")], PROMPT, CODECS["step"]) == {
        "id": "q-1",
        "messages": [USER, {"role": "assistant", "content": "Step 1: First.\n\nStep 2: The answer is B."}],
    }


def test_a_policy_record_has_the_response_where_the_form_has_one():
    record = sft_record(QUESTION, [Step("First.")], PROMPT, CODECS["think"], "B it is.")
    assert record["messages"][-1] == {"role": "assistant", "content": "<think>\nFirst.\n</think>\n\nB it is."}


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_what_a_policy_is_trained_on_is_what_it_is_asked_for_and_can_be_read(codec):
    steps, response = (Step("First."), Step("Second.")), "" if CODECS[codec].stop else "B it is."
    [*asked, written] = sft_record(QUESTION, steps, PROMPT, CODECS[codec], response)["messages"]
    assert asked == [{"role": message.role, "content": message.content} for message in PROMPT.messages(QUESTION)]
    parsed = CODECS[codec].parse(written["content"])
    assert parsed is not None
    assert (parsed.steps, parsed.response) == (steps, response)


def test_a_reward_record_has_a_completion_a_label_and_a_mask_for_each_step():
    assert prm_record(labelled(0.35, None, 1.0), PROMPT, CODECS["step"]) == {
        "id": "q-1",
        "prompt": [USER],
        "completions": ["Step 1: s1\n\n", "Step 2: s2\n\n", "Step 3: s3\n\n"],
        "labels": [0.35, 0.0, 1.0],
        "mask": [True, False, True],
    }


def test_a_step_worth_nothing_is_not_a_masked_one():
    record = prm_record(labelled(0.0, None, 0.0), PROMPT, CODECS["step"])
    assert record["labels"] == [0.0, 0.0, 0.0]
    assert record["mask"] == [True, False, True]


def test_soft_labels_survive_to_the_file_and_back(tmp_path):
    """The trainer of TRL 1.13 made 0 of them with int()."""
    write_records(tmp_path / "prm.jsonl", [prm_record(labelled(0.35, 2 / 3, 1.0), PROMPT, CODECS["step"])])
    [record] = read_records(tmp_path / "prm.jsonl", dict)
    assert record["labels"] == [0.35, 2 / 3, 1.0]
    assert all(type(label) is float for label in record["labels"])
    assert json.loads((tmp_path / "prm.jsonl").read_text())["labels"][0] == 0.35


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_a_reward_record_reads_what_the_policy_writes(codec):
    """The completions after each other are how the assistant's turn begins."""
    each = labelled(0.5, 1.0)
    record = prm_record(each, PROMPT, CODECS[codec])
    assert len(record["completions"]) == len(record["labels"]) == len(record["mask"]) == 2
    assert CODECS[codec].opening(each.trace.steps).startswith("".join(record["completions"]))


def test_verified_traces_are_right_and_ranked_by_their_lowest_label():
    """The lowest: .2, .9 (the masked step does not count), .5; the wrong trace is left out however good its way. Of equals the first stays
    first: .5 before .5 again."""
    low, masked, wrong = labelled(0.2, 1.0, name="low"), labelled(None, 0.9, 1.0, name="masked"), labelled(0.99, 0.0, name="wrong")
    middle, same = labelled(0.5, 0.8, 1.0, name="middle"), labelled(1.0, 0.5, 1.0, name="same")
    assert verified_traces([low, masked, wrong, middle, same], 9) == [masked.trace, middle.trace, same.trace, low.trace]
    assert verified_traces([low, masked, wrong, middle, same], 2) == [masked.trace, middle.trace]


def test_a_step_worth_nothing_ranks_a_right_trace_last():
    nothing, little = labelled(0.0, 1.0, name="nothing"), labelled(0.1, 1.0, name="little")
    assert verified_traces([nothing, little], 2) == [little.trace, nothing.trace]


def test_a_trace_of_which_only_the_end_is_known_ranks_by_it():
    """Everything but the verdict is masked: the lowest label is 1."""
    known, unknown = labelled(0.99, 1.0, name="known"), labelled(None, 1.0, name="unknown")
    assert verified_traces([known, unknown], 1) == [unknown.trace]


def test_each_question_has_its_own_number_of_verified_traces():
    other = Question("q-2", "And?")
    traces = [*(labelled(label, 1.0, name=str(label)) for label in (0.9, 0.8, 0.7)), labelled(0.1, 1.0, question=other)]
    assert verified_traces(traces, 2) == [traces[0].trace, traces[1].trace, traces[3].trace]


def test_a_trace_that_was_found_twice_is_verified_once():
    """With another response it is another trace."""
    first, again, second = labelled(0.9, 1.0), labelled(0.9, 1.0), labelled(0.2, 1.0, name="t")
    assert verified_traces([first, again, second], 2) == [first.trace, second.trace]
    answered = LabelledTrace(replace(first.trace, response="B it is."), first.labels_S, is_right=True)
    assert verified_traces([first, answered, second], 2) == [first.trace, answered.trace]


def test_a_trace_is_verified_by_its_verdict_whatever_its_labels():
    """The published recursion gives the last step of a right trace 0; a trace whose every step is masked has nothing against it."""
    odd = LabelledTrace(labelled(0.9, 0.0).trace, (0.9, 0.0), is_right=True)
    masked = LabelledTrace(labelled(0.9, 0.0, name="t").trace, (None, None), is_right=True)
    wrong = LabelledTrace(labelled(1.0, 1.0, name="u").trace, (1.0, 1.0), is_right=False)
    assert verified_traces([odd, wrong, masked], 3) == [masked.trace, odd.trace]


def test_where_nothing_is_right_nothing_is_verified():
    assert verified_traces([labelled(0.9, 0.0)], 3) == []
    assert verified_traces([], 3) == []


def test_a_preference_record_has_two_assistant_turns_to_one_prompt():
    """The open prefix ends with its last step, the finished trace with its answer."""
    chosen = Trace(QUESTION, (Step("First."), Step("The answer is B.")), ending=Ending.FINISHED)
    rejected = Trace(QUESTION, (Step("Other."), Step("Second.")))
    assert preference_record(Pair(chosen, rejected, 0.9), PROMPT, CODECS["step"]) == {
        "id": "q-1",
        "prompt": [USER],
        "chosen": [{"role": "assistant", "content": "Step 1: First.\n\nStep 2: The answer is B."}],
        "rejected": [{"role": "assistant", "content": "Step 1: Other.\n\nStep 2: Second."}],
        "open": ["rejected"],
    }


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_an_open_prefix_is_how_the_policy_begins_and_a_finished_trace_all_that_it_says(codec):
    steps, response = (Step("First."), Step("Second.")), "" if CODECS[codec].stop else "B it is."
    finished, going = Trace(QUESTION, steps, response, Ending.FINISHED), Trace(QUESTION, steps[:1])
    record = preference_record(Pair(finished, going, 0.9), PROMPT, CODECS[codec])
    [chosen], [rejected] = record["chosen"], record["rejected"]
    assert CODECS[codec].parse(chosen["content"]).steps == steps
    assert CODECS[codec].opening(steps[:1]).startswith(rejected["content"])
    assert rejected["content"].endswith("First.")
