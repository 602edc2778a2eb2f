"""Recipes for the teacher on loopback, and what has to come of them: worked out from the teacher's own log, by no code of the blocks."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from tests.synthesise.teacher_server import INJECTION, REASON, Fact, Said

N_TRIES, N_SOLVES = 3, 4

Expected = tuple[dict[int, str], dict[tuple[str, str], int]]
"""By the number of each draft that is kept the word of its key, and how many are dropped by block and reason."""


def recipe(folder: Path, url: str, content: dict[str, Any], **engine: Any) -> Path:
    """A recipe whose only role is the teacher at `url`; waits are short and nobody is patient."""
    reached = {"max_attempts": 6, "first_wait_s": 0.01, "max_wait_s": 0.05, **engine}
    teacher = {"kind": "openai_http", "base_url": url, "model": "nano", **reached}
    roles = {"teacher": {"engine": teacher, "sampling": {"temperature": 0.7}, "prompt": "with_passages", "codec": "think"}}
    path = folder / f"{content['name']}.yaml"
    path.write_text(yaml.safe_dump({"seed": 7, "roles": roles, **content}), encoding="utf-8")
    return path


def written(folder: Path, n: int) -> dict[str, Any]:
    """The teacher writes items from `n` passages and answers each twice with its passage open."""
    passages = folder / "marsh.jsonl"
    lines = [json.dumps({"id": f"p{number:03}", "text": Fact.of(number).passage}) for number in range(n)]
    passages.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    blocks = [
        {"kind": "write_item", "n_tries": N_TRIES},
        {"kind": "answerable", "role": "teacher", "n": 2},
        {"kind": "keep"},
    ]
    return {"name": "marsh_items", "material": {"kind": "passages", "paths": [str(passages)], "licence": "CC0"}, "blocks": blocks}


def solved(folder: Path, n: int) -> dict[str, Any]:
    """The teacher answers `n` items of a bank until it is right, at most `N_SOLVES` times."""
    bank = folder / "bank.jsonl"
    bank.write_text("".join(f"{json.dumps(_item(Fact.of(number)))}\n" for number in range(n)), encoding="utf-8")
    blocks = [{"kind": "solve", "n": N_SOLVES}, {"kind": "keep"}]
    return {"name": "marsh_bank", "material": {"kind": "items", "sets": [str(bank)]}, "blocks": blocks}


def _item(fact: Fact) -> dict[str, Any]:
    words = sorted([fact.right, *fact.wrong])
    asked = f"{INJECTION} {fact.question}" if fact.is_injected else fact.question
    question = {"id": f"i{fact.number:03}", "text": asked, "options": dict(zip("ABCD", words, strict=True))}
    return {"question": question, "key": {"kind": "choice", "letters": ["ABCD"[words.index(fact.right)]]}}


def expected_of_written(log: Sequence[Said], n: int) -> Expected:
    kept: dict[int, str] = {}
    dropped: Counter[tuple[str, str]] = Counter()
    for number, said in _by_number(log, n):
        tries = [each for each in said if each.task == "write"]
        refused = [each.kind in REASON for each in tries]
        assert all(refused[:-1]), "it went on asking after an item that it could use"
        assert len(tries) == N_TRIES or not refused[-1], "it gave up too soon"
        answers = [each.word for each in said if each.task == "solve"]
        if refused[-1]:
            assert answers == []
            dropped["write_item", REASON[tries[-1].kind]] += 1
        elif answers == [tries[-1].word] * 2:
            kept[number] = tries[-1].word
        else:
            assert len(answers) == 2
            dropped["answerable", "not_answerable"] += 1
    return kept, dict(dropped)


def expected_of_solved(log: Sequence[Said], n: int) -> Expected:
    kept: dict[int, str] = {}
    dropped: Counter[tuple[str, str]] = Counter()
    for number, said in _by_number(log, n):
        right = [each.word == Fact.of(number).right for each in said]
        assert not any(right[:-1]), "it went on asking after a right answer"
        assert len(said) == N_SOLVES or right[-1], "it gave up too soon"
        if right[-1]:
            kept[number] = said[-1].word
        else:
            dropped["keep", "wrong" if any(each.word for each in said) else "unread"] += 1
    return kept, dict(dropped)


def _by_number(log: Sequence[Said], n: int) -> list[tuple[int, list[Said]]]:
    """What was said of each, in order; all of them were asked about."""
    ordered = sorted(log, key=lambda each: each.number)
    grouped = [(number, list(said)) for number, said in groupby(ordered, key=lambda each: each.number)]
    assert [number for number, _ in grouped] == list(range(n))
    return grouped
