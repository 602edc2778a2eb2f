"""Responses by whatever wrote them down: invented rows in the shape of each form, and files that are broken."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import RecordError, UserError
from osler.core.model import Finish
from osler.core.response import Recorded, Response
from osler.data.responses import FORMS, ResponseColumns, ResponseSettings, read_responses


def written(path: Path, *records: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def read(path: Path, form: str | None = None, **settings: Any) -> list[Response]:
    return list(read_responses(path, form, ResponseSettings(**settings)))


# plain


def test_plain_rows_with_all_that_may_be_noted(tmp_path: Path) -> None:
    record = {
        "id": 7,
        "model": "m-1",
        "output": "B",
        "sample": 2,
        "finish_reason": "length",
        "usage": {"completion_tokens": 9},
        "seconds": 0.5,
        "cost": "0.02",
        "pred": "B",
        "is_correct": False,
        "gold": "C",
    }
    assert read(written(tmp_path / "a.jsonl", record)) == [
        Response("7", "B", "m-1", 2, Finish.LENGTH, "", 9, 0.5, 0.02, Recorded("B", False, "C"))
    ]


@pytest.mark.parametrize("name", ["output", "response", "text", "completion", "generated_text"])
def test_the_text_stands_under_one_of_its_usual_names(tmp_path: Path, name: str) -> None:
    assert [response.text for response in read(written(tmp_path / "a.jsonl", {"id": "x", name: "It is B."}))] == ["It is B."]


def test_a_text_column_that_is_the_questions_does_not_count_beside_an_output(tmp_path: Path) -> None:
    assert read(written(tmp_path / "a.jsonl", {"id": "x", "text": "Which?", "output": "B"}))[0].text == "B"


def test_two_columns_that_could_have_the_text_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"a\.jsonl:1: could have its text under output or response; map the column"):
        read(written(tmp_path / "a.jsonl", {"id": "x", "output": "A", "response": "B"}))


def test_null_is_an_empty_response_and_a_failure_keeps_its_message(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", {"id": "x", "output": None}, {"id": "y", "output": None, "error": {"message": "timed out"}})
    empty, failed = read(path)
    assert (empty.text, empty.finish, empty.error) == ("", None, "")
    assert (failed.text, failed.finish, failed.error) == ("", Finish.ERROR, "timed out")


def test_a_filter_for_content_is_no_end_of_a_turn(tmp_path: Path) -> None:
    response = read(written(tmp_path / "a.jsonl", {"id": "x", "output": "", "finish_reason": "content_filter"}))[0]
    assert (response.finish, response.error) == (Finish.ERROR, "content_filter")


def test_a_list_of_texts_is_a_sample_each_and_repeats_are_numbered_as_they_come(tmp_path: Path) -> None:
    listed = read(written(tmp_path / "a.jsonl", {"id": "x", "output": ["A", "B"]}))
    assert [(response.text, response.sample) for response in listed] == [("A", 0), ("B", 1)]
    rows = [{"id": "x", "output": "A"}, {"id": "y", "output": "C"}, {"id": "x", "output": "B"}, {"id": "x", "model": "m", "output": "D"}]
    repeated = read(written(tmp_path / "b.jsonl", *rows))
    assert [(each.item_id, each.system, each.sample) for each in repeated] == [("x", "", 0), ("y", "", 0), ("x", "", 1), ("x", "m", 0)]


def test_the_person_may_name_the_ids_column(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", {"id": "call-9", "meta": {"item": "x-1"}, "output": "A"})
    assert read(path, id="meta.item")[0].item_id == "x-1"


def test_thinking_in_a_column_of_its_own_comes_first(tmp_path: Path) -> None:
    rows = [
        {"id": "x", "output": "B", "reasoning": "Hm."},
        {"id": "y", "output": "", "reasoning": "Hm", "finish_reason": "length"},
        {"id": "z", "output": "<think>Hm.</think>B", "reasoning": "Hm."},
    ]
    texts = [response.text for response in read(written(tmp_path / "a.jsonl", *rows))]
    assert texts == ["<think>\nHm.\n</think>\n\nB", "<think>\nHm", "<think>Hm.</think>B"]


# chat


def test_chat_takes_the_last_turn_of_the_assistant(tmp_path: Path) -> None:
    turns = [("user", "Q1"), ("assistant", "A"), ("user", "Sure?"), ("assistant", "B"), ("tool", "done")]
    chat = {"id": "x", "model": "m", "messages": [{"role": role, "content": content} for role, content in turns]}
    assert read(written(tmp_path / "a.jsonl", chat)) == [Response("x", "B", "m")]


def test_chat_in_parts_and_with_reasoning(tmp_path: Path) -> None:
    parts = [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Answer: "}, {"type": "text", "text": "C"}]
    rows = [
        {"id": "x", "messages": [{"role": "assistant", "content": parts}]},
        {"id": "y", "messages": [{"role": "assistant", "content": "C", "reasoning_content": "Hm."}]},
        {"id": "z", "conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "C"}]},
    ]
    first, second, third = read(written(tmp_path / "a.jsonl", *rows))
    assert first.text == "<think>\nHm.\n</think>\n\nAnswer: C"
    assert second.text == "<think>\nHm.\n</think>\n\nC"
    assert third.text == "C"


def test_choices_of_an_engine_are_samples_and_a_batch_file_has_them_inside(tmp_path: Path) -> None:
    choices = [{"message": {"content": "A"}, "finish_reason": "stop"}, {"message": {"content": "B"}, "finish_reason": "length"}]
    body = {"id": "chatcmpl-1", "model": "m", "choices": choices, "usage": {"completion_tokens": 8}}
    one = {"model": "m", "choices": choices[:1], "usage": {"completion_tokens": 4}}
    lines = [
        {"id": "batch-1", "custom_id": "x-1", "response": {"body": body}},
        {"custom_id": "x-2", "response": {"body": one}},
        {"custom_id": "x-3", "response": {"body": {"choices": []}}, "error": None},
    ]
    first, second, third = read(written(tmp_path / "a.jsonl", *lines))
    assert (first.item_id, first.text, first.sample, first.finish, first.n_tokens) == ("x-1", "A", 0, Finish.END, None)
    assert (second.item_id, second.text, second.sample, second.finish) == ("x-1", "B", 1, Finish.LENGTH)
    assert (third.item_id, third.text, third.n_tokens, third.system) == ("x-2", "A", 4, "m")


def test_a_chat_without_an_assistant_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"a\.jsonl:1: has no turn of an assistant"):
        read(written(tmp_path / "a.jsonl", {"id": "x", "messages": [{"role": "user", "content": "Q"}]}))


# lm-evaluation-harness


def harness(texts: list[str], **more: Any) -> dict[str, Any]:
    return {"doc_id": 3, "doc": {"question": "Q"}, "target": "B", "resps": [texts], "filtered_resps": ["B"], **more}


def test_a_harness_file_of_texts_with_repeats_and_filters(tmp_path: Path) -> None:
    rows = [
        harness(["It is B."], filter="strict", exact_match=1.0),
        harness(["It is B."], filter="flexible", exact_match=0.0),
        harness(["It is A.", "It is B."], doc_id=4, filter="strict"),
    ]
    path = written(tmp_path / "org__m-1" / "samples_quiz_2025-01-31T10-11-12.345.jsonl", *rows)
    assert read(path) == [
        Response("quiz-3", "It is B.", "org__m-1", recorded=Recorded("B", True, "B")),
        Response("quiz-4", "It is A.", "org__m-1", 0, recorded=Recorded(None, None, "B")),
        Response("quiz-4", "It is B.", "org__m-1", 1, recorded=Recorded(None, None, "B")),
    ]
    assert [response.recorded.is_right for response in read(path, filter="flexible")] == [False]


def test_the_id_of_a_harness_row_is_its_documents_where_it_has_one(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", harness(["B"], doc={"id": "q-9", "uid": "u-1"}))
    assert [response.item_id for response in read(path)] == ["q-9"]
    assert [response.item_id for response in read(path, id="doc.uid")] == ["u-1"]


@pytest.mark.parametrize(
    ("resps", "arguments"),
    [
        ([[["-2.5", "False"]], [["-0.5", "True"]], [["-4", "False"]]], {}),
        ([[-2.5, False], [-0.5, True], [-4.0, False]], [["ctx", " yes"], ["ctx", " no"], ["ctx", " maybe"]]),
        (
            [[[-2.5, False]], [[-0.5, True]], [[-4, False]], [[-9, False]], [[-9, False]], [[-9, False]]],
            {f"gen_args_{at}": {"arg_0": "ctx" if at < 3 else "", "arg_1": f" option {at % 3}"} for at in range(6)},
        ),
        ([[[-0.5, True]], [[-2.5, False]], [[-4, False]]], [["ctx", " B"], ["ctx", " A"], ["ctx", " C"]]),
    ],
)
def test_a_harness_row_of_likelihoods(tmp_path: Path, resps: Any, arguments: Any) -> None:
    record = {"doc_id": 0, "doc": {}, "target": "1", "arguments": arguments, "resps": resps, "filtered_resps": [], "acc": 1.0}
    [response] = read(written(tmp_path / "a.jsonl", record))
    assert response.option_logprobs == {"A": -2.5, "B": -0.5, "C": -4.0}
    assert (response.text, response.recorded.answer, response.recorded.is_right) == ("", "B", True)


def test_a_task_of_perplexity_has_no_answers(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="neither texts nor log-probabilities of options"):
        read(written(tmp_path / "a.jsonl", {"doc_id": 0, "doc": {}, "target": "", "resps": [[-120.5]], "filtered_resps": [-120.5]}))


# mappings


def test_a_mapping_of_columns_with_samples_inside_a_row(tmp_path: Path) -> None:
    samples = [{"nr": 0, "says": "A"}, {"nr": 1, "says": "B"}]
    path = written(tmp_path / "a.jsonl", {"question": {"nr": "x-1"}, "who": "m", "t": 0.5, "key": "B", "tries": samples})
    columns = ResponseColumns(id="question.nr", text="says", system=("who", "t"), sample="nr", key="key", samples="tries")
    assert read(path, columns=columns) == [
        Response("x-1", "A", "m 0.5", 0, recorded=Recorded(key="B")),
        Response("x-1", "B", "m 0.5", 1, recorded=Recorded(key="B")),
    ]


def test_a_mapping_joins_texts_and_reads_verdicts_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('nr,thinks,why,says,result\nx,Hm.,"Line one,\nline two",B,Incorrect\ny,,Because,C,Correct\n', encoding="utf-8")
    columns = ResponseColumns(id="nr", text=("why", "says"), thinking="thinks", answer="says", is_right="result")
    first, second = read(path, columns=columns)
    assert first.text == "<think>\nHm.\n</think>\n\nLine one,\nline two\n\nB"
    assert (first.recorded, second.recorded) == (Recorded("B", False), Recorded("C", True))
    assert second.text == "Because\n\nC"


def test_log_probabilities_by_letter_leave_out_what_the_engine_did_not_tell(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", {"id": "x", "lp": {"A": -0.5, "B": None}}, {"id": "y", "lp": [-1, -2]})
    columns = ResponseColumns(id="id", option_logprobs="lp")
    assert [response.option_logprobs for response in read(path, columns=columns)] == [{"A": -0.5}, {"A": -1.0, "B": -2.0}]


@pytest.mark.parametrize(
    ("record", "column", "message"),
    [
        ({"id": True}, {}, "neither a text nor a whole number"),
        ({"nr": 1}, {}, "has no id under 'id'"),
        ({"id": 1, "n": "many"}, {"n_tokens": "n"}, "'n' is 'many', which is no number from 0"),
        ({"id": 1, "n": -3}, {"n_tokens": "n"}, "no number from 0"),
        ({"id": 1, "n": 0.5}, {"sample": "n"}, "numbers no sample"),
        ({"id": 1, "n": "B"}, {"is_right": "n"}, "neither right nor wrong"),
        ({"id": 1, "n": {"AB": -1}}, {"option_logprobs": "n"}, "no letter A-Z"),
        ({"id": 1, "n": "x"}, {"samples": "n"}, "is not a list of records"),
        ({"id": 1, "n": "x"}, {"text": "m"}, "has no column 'm'; there are id, n"),
        ({"id": 1, "n": {}}, {"text": "n"}, "is no text but a dict"),
    ],
)
def test_what_does_not_fit_a_mapping_is_named(tmp_path: Path, record: Any, column: Any, message: str) -> None:
    path = written(tmp_path / "a.jsonl", {"id": 0, "n": [{}] if "samples" in column else None, "m": ""}, record)
    with pytest.raises(RecordError, match=rf"a\.jsonl:2.*{message}"):
        read(path, columns=ResponseColumns(id="id", **column))


# our own


def test_solutions_of_a_run_folder_are_written_as_their_codec_writes_them(tmp_path: Path) -> None:
    shared = {"system": "greedy", "question": "Q", "options": {}, "key": "B", "step_truths": [], "step_scores": []}
    rows = [
        {**shared, "id": "x", "outcome": "right", "answer": "B", "ending": "finished", "steps": ["Look.", "The answer is B."], "raw": ""},
        {**shared, "id": "y", "outcome": "no_answer", "answer": None, "ending": "length", "steps": [], "raw": "Well, "},
    ]
    written(tmp_path / "solutions.jsonl", *rows)
    first, second = read(tmp_path)
    assert first == Response(
        "x", "Step 1: Look.\n\nStep 2: The answer is B.", "greedy", finish=Finish.END, recorded=Recorded("B", True, "B")
    )
    assert (second.text, second.finish, second.recorded) == ("Well, ", Finish.LENGTH, Recorded(None, False, "B"))


def test_traces_and_what_solve_wrote(tmp_path: Path) -> None:
    trace = {"id": "x", "steps": ["Look."], "response": "It is B.", "is_right": True, "n_tokens": 12}
    solved = {"id": "y", "answer": "B", "answer_text": "b", "steps": ["The answer is B."], "response": "", "votes": {"B": 1}}
    [first] = read(written(tmp_path / "traces.jsonl", trace))
    [second] = read(written(tmp_path / "solved.jsonl", {**solved, "usage": {"completion_tokens": 5, "n_calls": 1}}))
    assert (first.text, first.n_tokens, first.recorded.is_right) == ("<think>\nLook.\n</think>\n\nIt is B.", 12, True)
    assert (second.text, second.n_tokens, second.recorded.answer) == ("Step 1: The answer is B.", 5, "B")


# files


def test_gzip_bom_blank_lines_and_line_separators_inside_a_text(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    with gzip.open(path, "wb") as file:
        file.write("\ufeff".encode() + '{"id": "x", "output": "one\u2028two"}\n\n{"id": "y", "output": "B"}'.encode())
    assert [response.text for response in read(path)] == ["one\u2028two", "B"]


def test_json_may_be_a_list_or_lines(tmp_path: Path) -> None:
    records = [{"id": "x", "output": "A"}, {"id": "y", "output": "B"}]
    (tmp_path / "list.json").write_text(json.dumps(records, indent=1), encoding="utf-8")
    assert [response.text for response in read(tmp_path / "list.json")] == ["A", "B"]
    assert [response.text for response in read(written(tmp_path / "lines.json", *records))] == ["A", "B"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "y", "output": "cut', r"a\.jsonl:2: is not JSON"),
        ("[1, 2]", r"a\.jsonl:2: is not a JSON object but a list"),
        ('{"id": "y"}', r"a\.jsonl:2: has no text under output, .*, only id; map the column that has it"),
        ('{"id": "y", "output": {"a": 1}}', r"a\.jsonl:2: 'output' is no text but a dict"),
        ("[" * 100_000, r"a\.jsonl:2: is not JSON"),
    ],
    ids=["cut", "list", "no text", "no string", "deep"],
)
def test_a_bad_line_is_named_or_left_aside_with_its_reason(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"id": "x", "output": "A"}}\n{line}\n{{"id": "z", "output": "C"}}\n', encoding="utf-8")
    with pytest.raises(RecordError, match=message):
        read(path)
    bad: list[RecordError] = []
    assert [response.item_id for response in read_responses(path, bad=bad)] == ["x", "z"]
    assert len(bad) == 1


def test_good_lines_come_before_the_error(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "x", "output": "A"}\nno\n', encoding="utf-8")
    reading = read_responses(path)
    assert next(reading).item_id == "x"
    with pytest.raises(RecordError):
        next(reading)


def test_a_cut_gzip_file_an_absent_one_and_wrong_bytes_are_named(tmp_path: Path) -> None:
    whole = gzip.compress("".join(json.dumps({"id": n, "output": f"{n * 7919:x}"}) + "\n" for n in range(20_000)).encode())
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "bytes.jsonl").write_bytes(b'{"id": "x", "output": "\xff"}\n')
    for name, message in [("cut.jsonl.gz", "cannot be read to its end"), ("bytes.jsonl", "bytes.jsonl:1: is not JSON"), ("no", "no such")]:
        with pytest.raises(RecordError, match=message):
            read(tmp_path / name)


def test_a_table_with_a_short_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,output\nx,A\ny\n", encoding="utf-8")
    with pytest.raises(RecordError, match=r"a\.csv:3: has 1 cells under 2 names"):
        read(tmp_path / "a.csv")


def test_an_empty_file_has_no_responses_and_an_unknown_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("", encoding="utf-8")
    assert read(tmp_path / "a.jsonl") == []
    with pytest.raises(UserError, match="there is no form 'nope'; choose among osler, inspect, lm_eval, chat, mapping, plain"):
        read(tmp_path / "a.jsonl", "nope")
    with pytest.raises(UserError, match="needs to know the columns"):
        read(written(tmp_path / "b.jsonl", {"id": 1}), "mapping")


def test_every_form_is_told_from_the_others_by_its_first_row(tmp_path: Path) -> None:
    rows = {
        "osler": {"id": "x", "steps": ["B"], "response": "", "is_right": True, "n_tokens": 1},
        "inspect": {"eval": {"model": "m"}, "samples": [{"id": "x", "epoch": 1, "output": {"completion": "B"}}]},
        "lm_eval": {"doc_id": 0, "doc": {}, "target": "B", "resps": [["B"]], "filtered_resps": ["B"]},
        "chat": {"id": "x", "messages": [{"role": "assistant", "content": "B"}]},
        "plain": {"id": "x", "output": "B"},
    }
    assert rows.keys() == FORMS.keys() - {"mapping"}
    for name, record in rows.items():
        path = written(tmp_path / f"{name}.jsonl", record)
        assert read(path) == read(path, name) != []


def test_reading_is_a_stream(tmp_path: Path) -> None:
    """The first response is there long before the file ends: nothing waits for the whole."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "x", "output": "A"}\n' * 50_000 + "broken\n", encoding="utf-8")
    reading = read_responses(path)
    assert [next(reading).sample for _ in range(3)] == [0, 1, 2]
