"""Logs of inspect_ai, as JSON and as a zip: invented samples in their shape."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import RecordError
from osler.core.model import Finish
from osler.core.response import Recorded, Response
from osler.data.responses import read_responses


def sample(id: str | int, content: Any, epoch: int = 1, **more: Any) -> dict[str, Any]:
    choice = {"message": {"role": "assistant", "content": content}, "stop_reason": "stop"}
    made = {"model": "m", "choices": [choice], "usage": {"input_tokens": 90, "output_tokens": 5}, "time": 0.75}
    return {"id": id, "epoch": epoch, "input": "Q", "target": "B", "output": made, **more}


def log(*samples: dict[str, Any]) -> dict[str, Any]:
    return {"version": 2, "status": "success", "eval": {"task": "quiz", "model": "org/m"}, "samples": list(samples)}


def read(path: Path) -> list[Response]:
    return list(read_responses(path))


def test_a_json_log(tmp_path: Path) -> None:
    scores = {"choice": {"value": "C", "answer": "B"}}
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log(sample("x", "ANSWER: B", scores=scores), sample("x", "ANSWER: C", 2)), indent=2), encoding="utf-8")
    assert read(path) == [
        Response("x", "ANSWER: B", "org/m", 0, Finish.END, "", 5, 0.75, None, Recorded("B", True, "B")),
        Response("x", "ANSWER: C", "org/m", 1, Finish.END, "", 5, 0.75, None, Recorded(None, None, "B")),
    ]


@pytest.mark.parametrize(
    ("value", "is_right"), [("C", True), ("I", False), ("N", False), ("P", False), (1.0, True), (0, False), ("B", None)]
)
def test_scores_in_letters_and_numbers(tmp_path: Path, value: Any, is_right: bool | None) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log(sample(1, "B", scores={"match": {"value": value}}))), encoding="utf-8")
    assert [(response.item_id, response.recorded.is_right) for response in read(path)] == [("1", is_right)]


def test_an_eval_file_is_a_zip_of_samples(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    parts = [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "ANSWER: B"}]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_journal/start.json", json.dumps({"eval": {"model": "org/m"}}))
        archive.writestr("samples/x_epoch_1.json", json.dumps(sample("x", parts)))
        archive.writestr("samples/y_epoch_1.json", json.dumps(sample("y", "attachment://k1", attachments={"k1": "ANSWER: D"})))
        archive.writestr("summaries.json", "[]")
    first, second = read(path)
    assert (first.item_id, first.system, first.text) == ("x", "org/m", "<think>\nHm.\n</think>\n\nANSWER: B")
    assert (second.item_id, second.text) == ("y", "ANSWER: D")


def test_limits_errors_and_cut_thoughts(tmp_path: Path) -> None:
    thinking = [{"type": "reasoning", "reasoning": "Hm"}]
    samples = [
        sample("cut", thinking, limit={"type": "token", "limit": 100}),
        sample("failed", "", error={"message": "no connection", "traceback": ""}),
        {"id": "nothing", "epoch": 1, "target": ["B", "C"], "output": {"choices": []}},
    ]
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log(*samples)), encoding="utf-8")
    cut, failed, nothing = read(path)
    assert (cut.text, cut.finish) == ("<think>\nHm", Finish.LENGTH)
    assert (failed.finish, failed.error) == (Finish.ERROR, "no connection")
    assert (nothing.text, nothing.recorded.key) == ("", '["B", "C"]')


def test_a_sample_that_cannot_be_used_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log(sample("x", "B"), {"epoch": 1}, sample("z", "B"))), encoding="utf-8")
    with pytest.raises(RecordError, match=r"log\.json: sample 2: has no id under 'id'"):
        read(path)
    bad: list[RecordError] = []
    assert [response.item_id for response in read_responses(path, bad=bad)] == ["x", "z"]
    assert len(bad) == 1


def test_a_broken_zip_and_a_log_without_samples_are_named(tmp_path: Path) -> None:
    (tmp_path / "log.eval").write_bytes(b"PK nothing")
    (tmp_path / "header.json").write_text(json.dumps({"eval": {"model": "m"}, "samples": None}), encoding="utf-8")
    with pytest.raises(RecordError, match=r"log\.eval: is no whole \.eval file"):
        read(tmp_path / "log.eval")
    with pytest.raises(RecordError, match=r"header\.json: has no list of samples"):
        list(read_responses(tmp_path / "header.json", "inspect"))


def test_a_zip_that_is_compressed_otherwise_is_named(tmp_path: Path) -> None:
    """Method 93 (zstandard) as newer logs may have it: the number in both headers is changed by hand."""
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("samples/x_epoch_1.json", json.dumps(sample("x", "B")))
    content = bytearray(path.read_bytes())
    local, central = content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02")
    content[local + 8 : local + 10] = content[central + 10 : central + 12] = (93).to_bytes(2, "little")
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"compressed in a way that this Python cannot read .*inspect log convert"):
        read(path)
