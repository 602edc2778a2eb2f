"""Sample files of lm-evaluation-harness (`--log_samples`): `samples_<task>_<date>.jsonl`, in a folder named after the model.

    {"doc_id": 0, "doc": {"question": "…"}, "target": "B", "resps": [["The answer is B."]], "filtered_resps": ["B"], "filter": "none",
     "exact_match": 1.0}
    {"doc_id": 0, "doc": {"question": "…"}, "target": "1", "arguments": {"gen_args_0": {"arg_0": "…", "arg_1": " A"}, …},
     "resps": [[["-2.1", "False"]], [["-0.4", "True"]]], "filtered_resps": [["-2.1", "False"], ["-0.4", "True"]], "acc": 1.0}

Numbers may be written as texts: the harness makes texts of them. A row is written for every filter of a task, with the same responses.
"""

import re
from collections.abc import Iterator
from typing import Any

from osler.core.response import Recorded, Response
from osler.data.responses.columns import item_id, shown
from osler.data.responses.rows import Row

_FILE = re.compile(r"samples_(?P<task>.+?)_\d{4}-\d\d-\d\dT[\d.:-]+$")
_METRICS = ("exact_match", "acc", "pass@1")
_MAX_OPTIONS = 26


def is_samples(row: Row) -> bool:
    return "doc_id" in row.record and ("resps" in row.record or "filtered_resps" in row.record)


def task_of(name: str) -> str:
    """The task in the name of a sample file; empty where it has another name."""
    match = _FILE.match(name)
    return match["task"] if match else ""


def samples(row: Row, id: str, *, system: str, task: str) -> Iterator[tuple[Response, bool]]:
    """A response per repeat of a generated text; of a choice by log-likelihood, one without a text. Raises RecordError."""
    key = row.get("target")
    resps = row.get("resps") if "resps" in row.record else row.get("filtered_resps")
    if not isinstance(resps, list) or not resps:
        raise row.error("resps is no list of responses; log the samples again")
    item = _item_id(row, id, task)
    first = resps[0][0] if isinstance(resps[0], list) and resps[0] else resps[0]
    if isinstance(first, str) and not _is_likelihood(resps[0]):
        yield from _texts(row, item, system, resps)
        return
    logprobs = _logprobs(row, resps)
    best = max(logprobs, key=lambda letter: logprobs[letter])
    recorded = Recorded(best, _is_right(row), _letter(key, list(logprobs)))
    yield Response(item, "", system, recorded=recorded, option_logprobs=logprobs), False


def _texts(row: Row, item: str, system: str, resps: list[Any]) -> Iterator[tuple[Response, bool]]:
    texts = [text for each in resps for text in (each if isinstance(each, list) else [each])]
    if not all(isinstance(text, str) for text in texts):
        raise row.error("resps mixes texts with other values; log the samples again")
    filtered = row.get("filtered_resps")
    read = filtered[0] if isinstance(filtered, list) and filtered else None
    key = shown(row.get("target"))
    for at, text in enumerate(texts):
        answer = read[at] if isinstance(read, list) and len(read) == len(texts) else read if len(texts) == 1 else None
        recorded = Recorded(shown(answer), _is_right(row) if len(texts) == 1 else None, key)
        yield Response(item, text, system, at, recorded=recorded), len(texts) > 1


def _item_id(row: Row, id: str, task: str) -> str:
    if id:
        return item_id(row, (id,))
    if isinstance(row.get("doc.id"), str | int):
        return item_id(row, ("doc.id",))
    position = item_id(row, ("doc_id",))
    return f"{task}-{position}" if task else position


def _is_likelihood(value: Any) -> bool:
    """Whether this is [log-probability, is greedy], perhaps in a list, perhaps written as texts; a generated text is neither."""
    pair = value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list) else value
    if not isinstance(pair, list) or len(pair) != 2:
        return False
    return _float(pair[0]) is not None and str(pair[1]).lower() in ("true", "false")


def _logprobs(row: Row, resps: list[Any]) -> dict[str, float]:
    """By letter, in the order of the options. Requests without a context (for acc_mutual_info) are no options."""
    pairs = [each[0] if isinstance(each, list) and len(each) == 1 and isinstance(each[0], list) else each for each in resps]
    numbers = [_float(pair[0]) if _is_likelihood(pair) else None for pair in pairs]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers) or len(known) < 2:
        raise row.error("resps has neither texts nor log-probabilities of options; a task of perplexity has no answers to grade")
    asked = _arguments(row)
    if len(asked) == len(known):
        kept = [at for at, (context, _) in enumerate(asked) if context]
        if len(kept) >= 2:
            known, asked = [known[at] for at in kept], [asked[at] for at in kept]
    if len(known) > _MAX_OPTIONS:
        raise row.error(f"has {len(known)} options, more than there are letters; leave the row out")
    letters = [continuation.strip(" ().") for _, continuation in asked]
    if len(letters) != len(known) or any(not re.fullmatch("[A-Z]", letter) for letter in letters) or len(set(letters)) < len(letters):
        letters = [chr(ord("A") + at) for at in range(len(known))]
    return dict(zip(letters, known, strict=True))


def _arguments(row: Row) -> list[tuple[str, str]]:
    """Context and continuation of each request: lists in older files, `gen_args_0: {arg_0, arg_1}` in newer ones."""
    value = row.get("arguments")
    requests = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    pairs = [list(each.values()) if isinstance(each, dict) else each for each in requests]
    return [(str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) >= 2]


def _letter(key: Any, letters: list[str]) -> str | None:
    """The key as a letter where it is the position of an option."""
    position = int(key) if str(key).isdecimal() else None
    return letters[position] if position is not None and position < len(letters) else shown(key)


def _is_right(row: Row) -> bool | None:
    values = [_float(row.record.get(name)) for name in _METRICS]
    return next((value == 1 for value in values if value in (0, 1)), None)


def _float(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
