from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.core.codec import CODECS
from osler.core.errors import RecipeError
from osler.core.model import Finish, Reply, Sampling, Usage
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Question
from osler.core.reading import Abstention, Reading
from osler.core.trace import Ending, Step, Trace
from osler.judges import QuestionReader
from osler.models.scripted import ScriptedModel

QUESTION = Question("q-1", "Which?", {"A": "one", "B": "two"})
START = Trace(QUESTION)
BEGUN = Trace(QUESTION, (Step("First."),), n_tokens=10)
SAMPLING = Sampling(temperature=0.5, max_tokens=50)
POLICY = Policy(ScriptedModel({}), Prompt("plain", "{question}{options}"), CODECS["step"], QuestionReader(), SAMPLING, seed=7)
THINKING = replace(POLICY, codec=CODECS["think"])


def reply(text: str, finish: Finish, error: str = "") -> Reply:
    return Reply(text, finish, Usage(20, 3, 1), error)


def grown(trace: Trace, text: str, finish: Finish, *, is_whole: bool = False, policy: Policy = POLICY) -> Trace:
    return policy.extend(trace, policy.request(trace, 0, is_whole=is_whole), reply(text, finish))


def abstaining(abstention: Abstention) -> Reading:
    return Reading(abstention=abstention, method="ending")


# what is asked


def test_the_next_step_is_asked_for_after_what_is_written_and_up_to_the_stop_string():
    request = POLICY.request(BEGUN, 0, is_whole=False)
    assert request.prefix == "Step 1: First.\n\nStep 2:"
    assert request.stop == "\n\nStep"
    assert request.messages == POLICY.prompt.messages(QUESTION)
    assert request.sampling == SAMPLING
    assert POLICY.request(START, 0, is_whole=False).prefix == "Step 1:"


def test_a_whole_trace_is_asked_for_without_a_stop_string():
    """From the start the model writes its own first heading; after steps it goes on from them."""
    assert POLICY.request(START, 0, is_whole=True).prefix == ""
    assert POLICY.request(START, 0, is_whole=True).stop == ""
    assert POLICY.request(BEGUN, 0, is_whole=True).prefix == "Step 1: First.\n\nStep 2:"
    assert POLICY.request(BEGUN, 0, is_whole=True).stop == ""


def test_an_ask_may_bring_its_own_sampling():
    greedy = Sampling(temperature=0.0, top_p=1.0, max_tokens=9)
    assert POLICY.request(START, 0, is_whole=True, sampling=greedy).sampling == greedy


@pytest.mark.parametrize("codec", ["think", "section"])
def test_a_form_that_has_no_steps_to_ask_for_is_refused_with_what_to_do(codec):
    policy = replace(POLICY, codec=CODECS[codec])
    with pytest.raises(RecipeError, match="writes whole traces only; search by steps needs codec: step"):
        policy.request(START, 0, is_whole=False)
    assert policy.request(START, 0, is_whole=True).prefix == ""


def test_the_next_step_may_begin_with_given_words_which_are_part_of_it():
    """The model goes on from them, so they stand in the prefix and come back in the step."""
    request = POLICY.request(BEGUN, 0, is_whole=False, lead="But wait,")
    assert request.prefix == "Step 1: First.\n\nStep 2: But wait,"
    assert POLICY.extend(BEGUN, request, reply(" that is wrong.", Finish.STOP)).steps[1:] == (Step("But wait, that is wrong."),)
    assert request.seed != POLICY.request(BEGUN, 0, is_whole=False).seed
    assert POLICY.request(START, 0, is_whole=True, lead="But wait,").prefix == "Step 1: But wait,"


# seeds


def test_seeds_differ_by_run_question_trace_sample_and_kind_of_ask():
    other = Trace(replace(QUESTION, id="q-2"))
    asked = [
        *[POLICY.request(START, sample, is_whole=True) for sample in range(100)],
        *[POLICY.request(START, sample, is_whole=False) for sample in range(3)],
        *[POLICY.request(BEGUN, sample, is_whole=is_whole) for sample in range(3) for is_whole in (True, False)],
        *[POLICY.request(Trace(QUESTION, (Step("First!"),)), sample, is_whole=True) for sample in range(3)],
        *[POLICY.request(other, sample, is_whole=True) for sample in range(3)],
        *[replace(POLICY, seed=8).request(START, sample, is_whole=True) for sample in range(3)],
    ]
    assert len(asked) == 118
    assert len({request.seed for request in asked}) == 118
    assert all(0 <= request.seed < 2**63 for request in asked)


def test_a_seed_depends_on_nothing_else():
    """Not on the order of arrival, not on how many tokens the steps cost, not on the sampling."""
    forwards = [POLICY.request(BEGUN, sample, is_whole=True).seed for sample in range(4)]
    fresh = Policy(ScriptedModel({}), POLICY.prompt, POLICY.codec, POLICY.reader, Sampling(), seed=7)
    again = Trace(Question("q-1", "Which?", {"A": "one", "B": "two"}), (Step("First."),), n_tokens=99)
    backwards = [fresh.request(again, sample, is_whole=True).seed for sample in reversed(range(4))]
    assert forwards == backwards[::-1]


# what a reply makes of a trace


def test_a_step_that_was_stopped_leaves_the_trace_open():
    trace = grown(BEGUN, " Second.", Finish.STOP)
    assert trace == Trace(QUESTION, (Step("First."), Step("Second.")), n_tokens=13)
    assert not trace.has_ended
    assert trace.answer is None


def test_a_stopped_step_that_states_the_answer_ends_the_trace():
    trace = grown(BEGUN, " So the answer is B.", Finish.STOP)
    assert (trace.ending, trace.answer) == (Ending.FINISHED, "B")
    assert trace.steps == (Step("First."), Step("So the answer is B."))


@pytest.mark.parametrize(("text", "answer"), [(" So the answer is B.", "B"), (" I do not know.", None)])
def test_a_turn_that_the_model_ended_is_finished_with_or_without_an_answer(text, answer):
    trace = grown(BEGUN, text, Finish.END)
    assert (trace.ending, trace.answer) == (Ending.FINISHED, answer)
    assert trace.reading is not None
    assert trace.reading.abstention is (None if answer else Abstention.NO_ANSWER)


def test_a_whole_trace_is_read_step_by_step():
    trace = grown(START, "Step 1: First.\n\nStep 2: The answer is A.", Finish.END, is_whole=True)
    assert trace.steps == (Step("First."), Step("The answer is A."))
    assert (trace.ending, trace.answer, trace.n_tokens) == (Ending.FINISHED, "A", 3)


def test_a_roll_out_goes_on_from_the_steps_it_was_given():
    trace = grown(BEGUN, " Second.\n\nStep 3: The answer is A.", Finish.END, is_whole=True)
    assert [step.text for step in trace.steps] == ["First.", "Second.", "The answer is A."]
    assert (trace.answer, trace.n_tokens) == ("A", 13)


def test_the_response_is_read_where_the_form_has_one():
    trace = grown(START, "<think>\nThe answer is A.\n\nNo.\n</think>\n\nThe answer is B.", Finish.END, is_whole=True, policy=THINKING)
    assert trace.steps == (Step("The answer is A."), Step("No."))
    assert (trace.response, trace.answer) == ("The answer is B.", "B")


@pytest.mark.parametrize("finish", [Finish.END, Finish.STOP, Finish.LENGTH])
@pytest.mark.parametrize("text", ["", " ", "\n\n\t"])
def test_a_reply_that_says_nothing_ends_the_trace_as_empty(text, finish):
    trace = grown(BEGUN, text, finish)
    assert trace == replace(BEGUN, ending=Ending.EMPTY, n_tokens=13, reading=abstaining(Abstention.EMPTY))


def test_a_reply_cut_by_the_token_limit_keeps_its_steps_and_does_not_vote():
    trace = grown(BEGUN, " The answer is B. And", Finish.LENGTH)
    assert trace.steps == (Step("First."), Step("The answer is B. And"))
    assert (trace.ending, trace.answer, trace.raw) == (Ending.LENGTH, None, " The answer is B. And")
    assert trace.reading == abstaining(Abstention.TRUNCATED)


def test_a_cut_reply_that_cannot_be_read_keeps_the_steps_there_were():
    """Half a think block has no response; the second heading below is out of order."""
    assert grown(START, "<think>\nFirst.", Finish.LENGTH, is_whole=True, policy=THINKING).steps == ()
    trace = grown(BEGUN, " Second.\n\nStep 9: x", Finish.LENGTH, is_whole=True)
    assert (trace.steps, trace.ending) == ((Step("First."),), Ending.LENGTH)


@pytest.mark.parametrize("text", ["Which?", " Second.\n\nStep 9: The answer is A.", " Second.\n\nStep"])
@pytest.mark.parametrize("finish", [Finish.END, Finish.STOP])
def test_a_reply_that_is_not_of_the_form_keeps_the_model_s_own_text(text, finish):
    trace = grown(START if text == "Which?" else BEGUN, text, finish, is_whole=True)
    assert (trace.ending, trace.raw, trace.answer) == (Ending.MALFORMED, text, None)
    assert trace.steps == (() if text == "Which?" else (Step("First."),))
    assert trace.reading == abstaining(Abstention.NO_ANSWER)


@pytest.mark.parametrize(
    ("error", "n_attempts", "raw"),
    [("503 Service Unavailable", 5, "503 Service Unavailable (5 attempts)"), ("out of memory", 1, "out of memory (1 attempt)")],
)
def test_an_engine_that_failed_is_data_with_its_reason_and_how_often_it_was_asked(error, n_attempts, raw):
    request = POLICY.request(BEGUN, 0, is_whole=False)
    trace = POLICY.extend(BEGUN, request, Reply("The answer is A.", Finish.ERROR, Usage(), error, n_attempts))
    assert trace == replace(BEGUN, ending=Ending.ERROR, raw=raw, reading=abstaining(Abstention.ERRORED))


def test_every_ending_but_open_comes_from_some_reply():
    """One reply per ending, so that none is forgotten above."""
    endings = {
        grown(BEGUN, " Second.", Finish.STOP).ending,
        grown(BEGUN, " Second.", Finish.END).ending,
        grown(BEGUN, " Second.", Finish.LENGTH).ending,
        grown(BEGUN, "", Finish.END).ending,
        grown(START, "x", Finish.END, is_whole=True).ending,
        grown(BEGUN, "", Finish.ERROR).ending,
    }
    assert endings == set(Ending)


@settings(max_examples=100, deadline=None)
@given(
    text=st.lists(
        st.sampled_from(["Step 2:", "\n\nStep", "\n\n", " ", "<think>\n", "\n</think>\n", "the answer is", " A"]) | st.text(), max_size=6
    ).map("".join),
    finish=st.sampled_from(Finish),
    is_begun=st.booleans(),
    codec=st.sampled_from(sorted(CODECS)),
    is_whole=st.booleans(),
)
def test_no_reply_raises_and_every_trace_that_ended_says_what_was_read(text, finish, is_begun, codec, is_whole):
    policy = replace(POLICY, codec=CODECS[codec])
    trace = grown(BEGUN if is_begun else START, text, finish, is_whole=is_whole or codec != "step", policy=policy)
    assert trace.has_ended == (trace.reading is not None)
    assert trace.n_tokens == (13 if is_begun else 3)
    assert trace.answer is None or trace.ending is Ending.FINISHED
    assert trace.answer in (None, "A", "B")
