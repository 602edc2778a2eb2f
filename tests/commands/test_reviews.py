"""What reviewers said is read back with file:line, counted and compared by hand, and carried out."""

import json
from pathlib import Path
from typing import Any

import pytest

from osler.commands.reviews import Review, read_reviews, rows, summary, write_reviewed
from osler.core.errors import RecordError, UserError
from osler.core.records import read_records, write_records
from osler.synthesise.draft import Draft, DroppedDraft
from tests.synthesise.makings import item_draft


@pytest.fixture
def records(tmp_path: Path) -> Path:
    write_records(tmp_path / "records.jsonl", [item_draft(f"r{at}") for at in range(10)])
    return tmp_path / "records.jsonl"


def reviews_of(records: Path, name: str, verdicts: str, comment: str = "") -> Path:
    """A letter for each record: k, d, or - for none."""
    words = {"k": "keep", "d": "drop"}
    path = records.with_name(f"{name}.jsonl")
    lines = [{"id": f"r{at}", "verdict": words[v], "comment": comment, "reviewer": name} for at, v in enumerate(verdicts) if v in words]
    write_records(path, lines)
    return path


def test_two_reviewers_are_compared_over_the_records_that_both_saw(records: Path) -> None:
    """Both saw eight: 5 kept by both, 1 dropped by both, 1 and 1 apart. They agree on 6 of 8 = .75; each kept 6 of 8, so that by chance
    .75² + .25² = .625 would agree; kappa is (.75 - .625) / (1 - .625) = 1/3."""
    paths = [reviews_of(records, "Ada", "kkkkkkddk-"), reviews_of(records, "Ben", "kkkkkdkd-d", "unclear")]
    found = summary(read_reviews(paths, records), records)
    assert (found["n_records"], found["n_reviewed"], found["n_dropped"]) == (10, 10, 4)
    assert found["reviewers"]["Ada"] == {"keep": 7, "drop": 2, "comments": 0}
    assert found["reviewers"]["Ben"] == {"keep": 6, "drop": 3, "comments": 9}
    [pair] = found["pairs"]
    assert pair["n"] == 8
    assert pair["counts"] == {"keep/keep": 5, "keep/drop": 1, "drop/keep": 1, "drop/drop": 1}
    assert (pair["agreement"], pair["kappa"]) == (pytest.approx(0.75), pytest.approx(1 / 3))
    said = dict(rows(found))
    assert said["Ada and Ben"].startswith("agree on 75.0 % of 8; Cohen's kappa 0.33 [")
    assert "5 keep/keep, 1 keep/drop, 1 drop/keep, 1 drop/drop" in said["Ada and Ben"]
    assert said["r0: Ben"] == "keep: unclear"


def test_where_chance_alone_agrees_there_is_no_kappa_and_strangers_are_not_compared(records: Path) -> None:
    found = summary(read_reviews([reviews_of(records, "Ada", "kkk"), reviews_of(records, "Ben", "kkk")], records), records)
    assert (found["pairs"][0]["agreement"], found["pairs"][0]["kappa"]) == (1.0, None)
    assert "kappa –" in dict(rows(found))["Ada and Ben"]
    found = summary(read_reviews([reviews_of(records, "Ada", "kk"), reviews_of(records, "Ben", "--kk")], records), records)
    assert dict(rows(found))["Ada and Ben"] == "have no record in common"
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": "r1", "verdict": "maybe", "reviewer": "Ada"}', "verdict: Input should be 'keep' or 'drop'"),
        ('{"id": "r1", "verdict": "keep", "reviewer": " "}', "reviewer: String should have at least 1 character"),
        ('{"id": "r1", "verdict": "keep"}', "reviewer: "),
        ('{"id": "r1", "verdict": "keep", "reviewer": "Ada", "score": 3}', "score: "),
        ('{"id": "x", "verdict": "keep", "reviewer": "Ada"}', "there is no record 'x' in "),
        ('{"id": "r0", "verdict": "drop", "reviewer": "Ada"}', "Ada has reviewed 'r0' before, in "),
        ("keep r1", "Invalid JSON"),
    ],
)
def test_a_bad_line_is_named(records: Path, line: str, message: str) -> None:
    path = reviews_of(records, "Ada", "k")
    path.write_text(path.read_text() + "\n" + line + "\n")
    with pytest.raises(RecordError) as error:
        read_reviews([path], records)
    assert f"{path}:3: " in str(error.value)
    assert message in str(error.value)


def test_what_anybody_would_drop_is_dropped_and_the_rest_stays_as_it_was(records: Path) -> None:
    lines = records.read_bytes().splitlines(keepends=True)
    reviews = [Review("r1", "drop", "Ada", "false"), Review("r1", "drop", "Ben"), Review("r2", "keep", "Ada"), Review("r3", "drop", "Ben")]
    reviews.append(Review("r3", "keep", "Ada"))
    to = records.with_name("kept.jsonl")
    beside, n_kept, n_dropped = write_reviewed(records, reviews, to)
    assert (beside.name, n_kept, n_dropped) == ("kept.dropped.jsonl", 8, 2)
    assert to.read_bytes() == b"".join(line for at, line in enumerate(lines) if at not in (1, 3))
    found = list(read_records(beside, DroppedDraft))
    assert [(each.id, each.block, each.reason, each.detail) for each in found] == [
        ("r1", "review", "review", "Ada: false; Ben"),
        ("r3", "review", "review", "Ben"),
    ]
    assert len(list(read_records(to, Draft))) == 8


def test_reviews_are_not_carried_out_on_other_files_or_over_the_records(records: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="this is the file that is read; name another"):
        write_reviewed(records, [], records)
    rows_: list[Any] = [{"id": "a", "messages": []}]
    write_records(tmp_path / "sft.jsonl", rows_)
    with pytest.raises(UserError, match=r"sft\.jsonl:1: this is no record of a synthesis; --to takes its records\.jsonl"):
        write_reviewed(tmp_path / "sft.jsonl", [], tmp_path / "x.jsonl")
