"""What SFT makes of its records: which it refuses, what it cuts, and what is left without the trace."""

import json
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from osler.core.codec import CODECS
from osler.core.errors import RecordError, UserError
from osler.core.trace import Step
from osler.train.masks import ChatEncoder
from osler.train.method import Trained
from osler.train.records import Records
from osler.train.schedule import Schedule
from osler.train.sft import SFT, messages
from osler.train.trainer import TRAINED

FROZEN = Schedule(learning_rate=1e-12, batch_size=64)
GOOD = {"messages": [{"role": "user", "content": "Which?"}, {"role": "assistant", "content": "Gout."}]}
STEPS = (Step("Uric acid is high."), Step("So the answer is A."))


def chat(*turns: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {**more, "messages": [{"role": role, "content": content} for role, content in turns]}


def file_of(folder: Path, *records: Any) -> Path:
    file = folder / "records.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


USER = ("user", "Which?")
BAD = {
    "missing_column": ({"text": "Gout."}, "there are no `messages`; give it a list of {role, content}"),
    "wrong_type": ({"messages": "Gout."}, "`messages` is not a list of {role, content} with texts; give each message a role and a text"),
    "unknown_role": (chat(USER, ("doctor", "Gout.")), "there is no role 'doctor'; choose from system, user and assistant"),
    "no_reply": (chat(USER), "the last message is not the assistant's; end the chat with what the assistant says"),
    "roles": (
        chat(USER, USER, ("assistant", "Gout.")),
        "the roles do not alternate (user, user, assistant); let user and assistant take turns after at most one system message",
    ),
    "empty_completion": (chat(USER, ("assistant", " \n")), "the assistant says nothing; give it something to say"),
    "too_long": (
        chat(("user", "Which of these explains a stiff neck and a rash that does not blanch? " * 3), ("assistant", "A.")),
        "raise max_length or shorten the prompt",
    ),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_record_stops_before_the_first_step_or_is_dropped_and_counted(reason, tiny, tmp_path):
    record, what = BAD[reason]
    file = file_of(tmp_path, GOOD, record, GOOD)
    with pytest.raises(RecordError) as raised:
        SFT(max_length=24).train(tiny, Records.read(file), tmp_path / "stopped", seed=0)
    assert str(raised.value).startswith(f"{file}:2: ")
    assert str(raised.value).endswith(f"{what}, or set on_bad: drop")
    assert not (tmp_path / "stopped").exists()
    outcome = SFT(max_length=24, schedule=FROZEN, on_bad="drop").train(tiny, Records.read(file), tmp_path / "trained", seed=0)
    assert (outcome.n_records, outcome.dropped) == (2, {reason: 1})
    assert json.loads((tmp_path / "trained" / TRAINED).read_text())["dropped"] == {reason: 1}


@pytest.mark.parametrize(
    "wrong", [{"messages": [3]}, {"messages": [{"role": "user"}]}, {"messages": [{"role": "user", "content": None}]}, {"messages": None}]
)
def test_a_message_without_a_text_is_of_the_wrong_type(wrong, tiny, tmp_path):
    with pytest.raises(RecordError, match=r"^record 1: `messages` is not a list of"):
        SFT().train(tiny, [wrong], tmp_path / "trained", seed=0)


def test_an_empty_chat_and_one_that_begins_with_the_assistant_are_no_chats(tiny, tmp_path):
    with pytest.raises(RecordError, match="the last message is not the assistant's"):
        SFT().train(tiny, [{"messages": []}], tmp_path / "trained", seed=0)
    for turns in ([("assistant", "Gout.")], [("system", "Be brief."), ("assistant", "Gout.")]):
        with pytest.raises(RecordError, match="the roles do not alternate"):
            SFT().train(tiny, [chat(*turns)], tmp_path / "trained", seed=0)


@pytest.mark.parametrize("is_packed", [False, True])
def test_what_is_cut_is_counted(is_packed, tiny, tmp_path, caplog):
    """A record that fits, and one of which the assistant's turn goes on past the limit."""
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    heading = len(tokenizer("<|user|>Which?<|end|><|assistant|>", add_special_tokens=False).input_ids)
    said = "Gout explains the swollen toe, for uric acid is high."
    n_own = len(tokenizer(f"{said}<|end|>", add_special_tokens=False).input_ids)
    short = len(tokenizer("Gout.<|end|>", add_special_tokens=False).input_ids)
    limit = 16
    assert heading + short <= limit < heading + n_own
    sft = SFT(max_length=limit, schedule=FROZEN, is_packed=is_packed)
    outcome = sft.train(tiny, [GOOD, chat(USER, ("assistant", said))], tmp_path / "trained", seed=0)
    over = heading + n_own - limit
    assert f"sft: 1 of 2 records lost their ends, {over} tokens in all; raise max_length 16 to keep them" in caplog.messages
    assert (outcome.n_records, outcome.n_cut, outcome.n_tokens_cut, outcome.dropped) == (2, 1, over, {})
    assert outcome.notes == {
        "n_rows": 2,
        "n_tokens": heading + short + limit,
        "n_own_tokens": short + limit - heading,
        "n_own_tokens_cut": over,
    }


def test_where_nothing_is_left_the_reasons_are_said(tiny, tmp_path):
    too_long, empty = BAD["too_long"][0], BAD["empty_completion"][0]
    with pytest.raises(UserError, match=r"^sft: there is no record to train on; all 1 were dropped \(too_long 1\)"):
        SFT(max_length=24, on_bad="drop").train(tiny, [too_long, empty], tmp_path / "trained", seed=0)


@pytest.mark.parametrize(
    ("kind", "response", "left"),
    [("step", "", "The answer is A."), ("think", "It is **A**, gout.", "It is **A**, gout."), ("section", "A", "A"), ("think", "", "")],
)
def test_without_the_trace_the_answer_is_left_and_everything_else_stays(kind, response, left):
    written = CODECS[kind].render(STEPS, response)
    record = chat(USER, ("assistant", written), id="q-1", answer="A")
    if not left:
        assert SFT(is_with_trace=False)._check(record).reason == "no_trace"
        return
    assert SFT(is_with_trace=False)._check(record) is None
    assert messages(record, is_with_trace=False) == chat(USER, ("assistant", left))["messages"]
    assert messages(record, is_with_trace=True) == record["messages"]


def test_it_is_trained_on_without_the_trace(tiny, tmp_path):
    """To the same bytes as the answers alone."""
    quick = Schedule(learning_rate=1e-2, batch_size=1)
    traces = [chat(("user", f"Which {at}?"), ("assistant", CODECS["step"].render(STEPS)), id=f"q-{at}") for at in range(2)]
    answers = [chat(("user", f"Which {at}?"), ("assistant", "The answer is A.")) for at in range(2)]
    for name, sft, records in (
        ("stripped", SFT(schedule=quick, is_with_trace=False), traces),
        ("answers", SFT(schedule=quick), answers),
        ("traces", SFT(schedule=quick), traces),
    ):
        sft.train(tiny, records, tmp_path / name, seed=0)
    stripped, alone, whole = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("stripped", "answers", "traces"))
    assert stripped == alone
    assert stripped != whole


@pytest.mark.parametrize("said", ["Gout.", "Step 1: Uric acid is high.", "<think>\nUric acid is high."])
def test_a_record_without_a_trace_or_without_an_answer_is_never_kept_as_if_it_were_stripped(said, tiny, tmp_path):
    """Text that no codec reads, steps that state no answer, a thought that does not end."""
    good = chat(USER, ("assistant", CODECS["step"].render(STEPS)))
    file = file_of(tmp_path, good, chat(USER, ("assistant", said)))
    sft = SFT(is_with_trace=False, schedule=FROZEN, on_bad="drop")
    with pytest.raises(RecordError, match=r"records\.jsonl:2: no answer can be told from a trace in .*set is_with_trace: true"):
        SFT(is_with_trace=False).train(tiny, Records.read(file), tmp_path / "stopped", seed=0)
    outcome: Trained = sft.train(tiny, Records.read(file), tmp_path / "trained", seed=0)
    assert (outcome.n_records, outcome.dropped) == (1, {"no_trace": 1})


def test_two_turns_without_markers_of_which_one_is_out_of_reach(tiny, copied, tmp_path):
    """The row of the second turn has nothing left: the record is trained on by the first, and counts as cut."""
    base = copied(tiny)
    tokenizer = AutoTokenizer.from_pretrained(base)
    (base / "chat_template.jinja").write_text(tokenizer.chat_template.replace("{% generation %}", "").replace("{% endgeneration %}", ""))
    record = chat(USER, ("assistant", "Gout."), ("user", "Why is it gout, and neither measles nor migraine?"), ("assistant", "The toe."))
    first, second = ChatEncoder(AutoTokenizer.from_pretrained(base)).encode(record["messages"])
    outcome = SFT(max_length=24, schedule=FROZEN).train(base, [record], tmp_path / "trained", seed=0)
    assert len(first.ids) <= 24 < len(second.ids) - second.n_own
    assert (outcome.n_records, outcome.n_cut, outcome.n_tokens_cut) == (1, 1, len(second.ids))
    assert (outcome.notes["n_rows"], outcome.notes["n_own_tokens_cut"]) == (1, second.n_own)
