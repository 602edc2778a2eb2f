"""MedCalc-Bench through our readers and judges: its rows, the physicians' labels, and what three reasoning models answered.

The flags of the outputs were made by the benchmark's own script, which is no code of ours.
"""

import gzip
import json
import re
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from osler.core.question import DateKey, Item, NumberKey, Question
from osler.core.reading import Abstention
from osler.core.verdict import Outcome, Verdict
from osler.judges.number.date import DateJudge, DateReader
from osler.judges.number.reader import NumberJudge, NumberReader

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
PHRASINGS = [
    *(
        "{}",
        "{}.",
        "**{}**",
        "The answer is {}.",
        "The final answer is **{}**.",
        "Answer: {}",
        "Thinking …\n\n## Final Answer\n{}",
        r"\boxed{{{}}}",
    ),
    *(r"So the answer is $\boxed{{{}}}$.", '{{"step_by_step_thinking": "first 7, then 8", "answer": "{}"}}', "<answer>{}</answer>", "= {}"),
    *("Adding 3 and 4 up.\n\nTherefore, the patient's value is {}.", "<think>It may be 17.</think>{}", "Final result: {}\n\nSee a doctor."),
]


@cache
def rows(name: str) -> list[dict[str, Any]]:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path}: MedCalc-Bench is not here and may not be committed; put it there to run this test")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def item(id: str, question: str, row: dict[str, Any]) -> Item:
    """A row by the benchmark's published rule, as the docstring of `osler.judges.number.reader` has it."""
    answer = row["answer"]
    if answer == "N/A":
        return Item(Question(id, question), NumberKey(None))
    if "/" in answer:
        return Item(Question(id, question), DateKey(datetime.strptime(answer, "%m/%d/%Y").date()))
    if "week" in answer:
        weeks, days = (int(number) for number in re.findall(r"\d+", answer))
        return Item(Question(id, question), NumberKey(7 * weeks + days, "days", is_rounded=True))
    if row.get("output_type") == "integer":
        return Item(Question(id, question), NumberKey(float(answer), is_rounded=True))
    low, high = sorted((float(row["lower"]), float(row["upper"])))
    return Item(Question(id, question), NumberKey(float(answer), low=low, high=high))


def benchmark() -> dict[str, tuple[Item, dict[str, Any]]]:
    return {row["id"]: (item(row["id"], row["question"], row), row) for row in rows("medcalc_bench/test_2024-06.jsonl.gz")}


def verdict(text: str, item: Item) -> Verdict:
    if isinstance(item.key, DateKey):
        return DateJudge().judge(DateReader().read(text, item.question), item.key)
    return NumberJudge().judge(NumberReader().read(text, item.question), item.key)


def test_row_flags_are_those_of_the_benchmark() -> None:
    items = benchmark()
    outputs = rows("raw_medcalc_reasoners/outputs.jsonl.gz")
    assert len(outputs) == 300
    judged = [(row, verdict(str(row["answer"]), items[row["qid"]][0])) for row in outputs]
    assert [row["answer"] for row, found in judged if found.is_right != (row["result"] == "Correct")] == []
    right = Counter(row["model"] for row, found in judged if found.is_right)
    assert right == {"Qwen/QwQ-32B": 35, "openai/gpt-oss-20b": 48, "open-thoughts/OpenThinker-7B": 22}


def test_what_the_models_explain_is_read_as_they_answer() -> None:
    """230 outputs explain themselves, and 206 of these state a number by our rules. 13 state another than was recorded, all read by hand:
    the text says so, or one of the two is rounded. The three verdicts that differ are right by the text and wrong by the record."""
    items = benchmark()
    outputs = [
        row for row in rows("raw_medcalc_reasoners/outputs.jsonl.gz") if not re.match(r"No Exp|name '|time data", row["explanation"])
    ]
    assert len(outputs) == 230
    pairs = [(verdict(row["explanation"], items[row["qid"]][0]), verdict(str(row["answer"]), items[row["qid"]][0])) for row in outputs]
    read = [(ours, recorded) for ours, recorded in pairs if ours.reading.value is not None]
    assert len(read) >= 200
    assert [recorded for ours, recorded in read if recorded.is_right and not ours.is_right] == []
    assert sum(ours.is_right and not recorded.is_right for ours, recorded in read) == 3


def statement(item: Item, row: dict[str, Any]) -> list[str]:
    """The row's own answer, as the benchmark writes it and in another way."""
    if isinstance(item.key, DateKey):
        return [row["answer"], f"{item.key.day.day} {item.key.day:%B %Y}", item.key.day.isoformat()]
    if "week" in row["answer"]:
        weeks, days = re.findall(r"\d+", row["answer"])
        return [f"({weeks} weeks, {days} days)", f"{weeks} weeks and {days} days", f"({weeks}, {days})"]
    return [row["answer"], f"{float(row['answer']):g}" if abs(float(row["answer"])) < 1000 else row["answer"]]


def outside(item: Item, row: dict[str, Any]) -> str:
    if isinstance(item.key, DateKey):
        return (item.key.day + timedelta(days=1)).strftime("%m/%d/%Y")
    assert isinstance(item.key, NumberKey)
    if "week" in row["answer"]:
        return f"{(item.key.value or 0) + 1:g} days"
    return f"{(item.key.high if item.key.high is not None else item.key.value or 0) + 0.6:.5f}"


@pytest.mark.slow
def test_every_key_is_right_in_every_phrasing_and_a_number_outside_its_limits_is_wrong() -> None:
    items = benchmark().values()
    assert len(items) == 1047
    missed, accepted = [], []
    for item, row in items:
        for phrasing in PHRASINGS:
            missed += [text for stated in statement(item, row) if not verdict(text := phrasing.format(stated), item).is_right]
            found = verdict(text := phrasing.format(outside(item, row)), item)
            accepted += [text] if found.outcome is not Outcome.WRONG else []
    assert not missed, f"{len(missed)} statements of the key are not right, first {missed[:5]}"
    assert not accepted, f"{len(accepted)} statements of another number are not wrong, first {accepted[:5]}"


def test_physicians_labels_and_what_cannot_be_computed() -> None:
    labels = rows("medcalc_bench/corrected_labels.jsonl.gz")
    items = [(item(row["unique_id"], "How much? Weeks and days?", row), row) for row in labels]
    unknowable = [made for made, row in items if row["answer"] == "N/A"]
    assert (len(items), len(unknowable)) == (887, 69)
    for made, row in items:
        if not isinstance(made.key, NumberKey):
            continue
        said = verdict("It cannot be calculated from this note.", made)
        assert said.is_right == (row["answer"] == "N/A")
        stated = verdict(f"The answer is {row['answer']}.", made)
        assert stated.is_right, (row["answer"], stated)
    assert {verdict("The answer is 3.", made).reason for made in unknowable} == {"computed"}
    assert verdict("", unknowable[0]).reading.abstention is Abstention.EMPTY
