"""Real models' responses whose scores are published, graded by osler: what the figures of `published_figures.py` are made from.

The data are no part of the repository: they lie in OSLER_DATA, or in ../shared/data beside the checkout.
"""

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from osler.commands.grade import GradeSettings, Grading, grade_files, response_settings, ruled_name
from osler.core.question import Item
from osler.core.response import Response
from osler.core.verdict import Outcome
from osler.data.benchmark_source import DATA_FOLDER
from osler.data.responses import read_responses
from osler.evaluate.grade import Graded
from osler.evaluate.rules import rule_difference

DATA = Path(os.environ.get(DATA_FOLDER) or Path(__file__).resolve().parents[1].parent / "shared" / "data")
PROCESSES = 2


@dataclass(frozen=True)
class Source:
    """Where responses lie, what was asked, which columns they have, and the published rules that they are counted by. In `items` the
    folder of the data stands as {data}."""

    file: str
    items: str
    columns: tuple[str, ...]
    rules: tuple[str, ...] = ()


_NUMBERS = ("id=qid", "system=model", "answer=answer", "is_right=result", "key=truth")
_THREE = ("id=qid", "text=output", "samples=samples", "sample=sample")
_MEDREFL = "raw_medrefl_huatuo_o1_medqa_x3/outputs.jsonl.gz"
_MEDCALC = "raw_medcalc_reasoners/outputs.jsonl.gz"
_MEDQA_2026 = "medqa:{data}/raw_medqa2026_2_models/questions_1030.jsonl.gz"
SOURCES = {
    "mirage": Source(
        "raw_mirage_gpt35/outputs.jsonl.gz",
        "mirage:{data}",
        ("id=qid", "text=output", "system=dataset", "system=setting", "key=gold"),
        ("mirage_default_a",),
    ),
    "medqa2026": Source(
        "raw_medqa2026_2_models/base_runs.jsonl.gz",
        _MEDQA_2026,
        ("id=qid", "text=output_200", "system=model", "system=temp", "sample=run", "answer=pred", "key=gold", "n_tokens=tokens"),
    ),
    "medqa2026_logprobs": Source(
        "raw_medqa2026_2_models/logprobs.jsonl.gz",
        _MEDQA_2026,
        ("id=qid", "system=model", "system=temp", "sample=run", "answer=pred", "key=gold", "option_logprobs=option_logprobs"),
    ),
    "medrefl": Source(_MEDREFL, "medqa_5:{data}", (*_THREE, "key=gold"), ("huatuo_match_choice",)),
    "medrefl_other_options": Source(_MEDREFL, "medqa:{data}", (*_THREE, "key=gold")),
    "medrefl_other_options_without_key": Source(_MEDREFL, "medqa:{data}", _THREE),
    "medcalc": Source(_MEDCALC, "medcalc_bench:{data}", (*_NUMBERS, "text=answer"), ("medcalc_official_field",)),
    "medcalc_corrected": Source(_MEDCALC, "medcalc_bench_corrected:{data}", (*_NUMBERS, "text=answer"), ("medcalc_official_field",)),
    "medcalc_replies": Source(
        _MEDCALC, "medcalc_bench:{data}", (*_NUMBERS, "text=explanation", "text=answer", "thinking=thinking"), ("medcalc_official",)
    ),
    "mmlu_pro": Source(
        "mmlu_pro_health/outputs_10_models.jsonl.gz",
        "mmlu_pro_health:{data}",
        ("id=qid", "text=output", "system=model", "answer=pred_repo", "key=gold"),
        ("mmlu_pro_null_wrong", "mmlu_pro_first_level"),
    ),
}


class Answer(NamedTuple):
    """A response beside what we read from it, and what published rules read, by name."""

    item: Item
    response: Response
    ours: Graded
    ruled: Mapping[str, Graded]

    @property
    def is_right(self) -> bool:
        return self.ours.outcome is Outcome.RIGHT

    @property
    def is_right_by_record(self) -> bool:
        recorded = self.response.recorded
        return recorded.answer is not None and recorded.answer == recorded.key


@cache
def grading(name: str, statement: str = "last") -> Grading:
    source = SOURCES[name]
    settings = GradeSettings(
        items=source.items.format(data=DATA),
        columns=source.columns,
        statement="first" if statement == "first" else "last",
        rules=source.rules,
        is_only_answered=True,
        processes=PROCESSES,
    )
    return grade_files([DATA / source.file], settings)


@cache
def answers(name: str, statement: str = "last") -> tuple[Answer, ...]:
    """Every response that has an item, in the order of the file."""
    source, done = SOURCES[name], grading(name, statement)
    items = {item.id: item for item_set in done.item_sets for item in item_set.items}
    graded = {(row.system, row.item_id, row.sample): row for row in (*done.graded, *done.ruled)}
    unnamed = source.file.rpartition("/")[2].split(".")[0]
    found: list[Answer] = []
    for response in read_responses(DATA / source.file, settings=response_settings(source.columns)):
        if response.item_id in items:
            place, system = (response.item_id, response.sample), response.system or unnamed
            ruled = {rule: graded[ruled_name(system, rule), *place] for rule in source.rules}
            found.append(Answer(items[response.item_id], response, graded[system, *place], ruled))
    return tuple(found)


def by_system(all_answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    for answer in all_answers:
        found.setdefault(answer.ours.system, []).append(answer)
    return found


def rows(file: str) -> Iterator[dict[str, Any]]:
    """The rows of a file as they were written, for the columns that no response has."""
    with gzip.open(DATA / file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def percent(flags: Sequence[bool]) -> float:
    return 100 * sum(flags) / len(flags)


def right_by_rule(some: Sequence[Answer], rule: str) -> float:
    return percent([answer.ruled[rule].outcome is Outcome.RIGHT for answer in some])


def made_of(some: Sequence[Answer], rule: str) -> str:
    """What the difference between a rule and the strict reading consists of, in responses that each counts right."""
    difference = rule_difference(rule, [answer.ours for answer in some], [answer.ruled[rule] for answer in some])
    return ", ".join(f"{each.cause} {each.n} (right {each.n_right} : {each.n_strict})" for each in difference.causes)


def unread(some: Sequence[Answer]) -> str:
    """How many responses we abstain from, by reason."""
    reasons = Counter(answer.ours.reason for answer in some if answer.ours.answer is None)
    return ", ".join(f"{reason} {n}" for reason, n in reasons.most_common()) or "all read"
