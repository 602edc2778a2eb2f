"""Near-duplicates, languages and contamination: seconds for 100,000 items, and how often real items are taken for what they are not.

    python bench/quality.py [--data ../shared/data] [--n 100000]

The many items are made of halves of real questions, one in twenty a vignette of sentences of several real ones, one in ten a near-copy of
an earlier one. Every ratio that is counted as missed or false was worked out by rapidfuzz for the pair.
"""

import argparse
import gzip
import json
import random
import re
import resource
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from osler.evaluate.overlap import overlaps
from osler.synthesise.quality.contamination import CUTS, rule_of
from osler.synthesise.quality.language import foreign_share, language_of
from osler.synthesise.quality.near import NearIndex

AT_ONCE = 1000
LEAST = 95


def rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def prompt(row: dict[str, Any]) -> str:
    return "\n".join([row["question"], *(f"{letter}. {text}" for letter, text in row["options"].items())])


def kept(texts: list[str]) -> list[int | None]:
    index = NearIndex(LEAST)
    return [first for start in range(0, len(texts), AT_ONCE) for first in index.keep(texts[start : start + AT_ONCE])]


def made(short: list[str], long: list[str], n: int, rng: random.Random) -> list[str]:
    halves = [text.split() for text in short]
    sentences = [re.split(r"(?<=[.?]) ", text) for text in long]
    texts: list[str] = []
    for _ in range(n):
        if texts and rng.random() < 0.1:
            texts.append(near(rng.choice(texts), rng))
        elif rng.random() < 0.05:
            texts.append(" ".join(rng.choice(rng.choice(sentences)) for _ in range(rng.randint(4, 9))))
        else:
            one, other = rng.choice(halves), rng.choice(halves)
            texts.append(" ".join(one[: len(one) // 2 + 1] + other[len(other) // 2 :]))
    return texts


def near(text: str, rng: random.Random) -> str:
    """With up to one character in eight others: on either side of a ratio of 95."""
    letters = list(text)
    for _ in range(rng.randint(0, max(1, len(text) // 16))):
        letters[rng.randrange(len(letters))] = rng.choice("abcdefghij ")
    return "".join(letters)


def all_pairs(texts: list[str]) -> list[int | None]:
    """What `kept` should give, by rapidfuzz alone."""
    found: list[int | None] = []
    for start in range(0, len(texts), AT_ONCE):
        ratios = process.cdist(texts[start : start + AT_ONCE], texts, scorer=fuzz.ratio, score_cutoff=LEAST, dtype=np.float32, workers=2)
        for at, row in enumerate(ratios, start):
            found.append(next((other for other in np.flatnonzero(row[:at] >= LEAST).tolist() if found[other] is None), None))
    return found


def duplicates(data: Path, n: int) -> None:
    medmcqa, medqa = rows(data / "medmcqa/dev.jsonl.gz"), rows(data / "medqa_usmle/test_4opt.jsonl.gz")
    questions, vignettes = [row["question"] for row in medmcqa], [row["question"] for row in medqa]
    for what, texts in (("questions", [*questions, *vignettes]), ("prompts", [prompt(row) for row in [*medmcqa, *medqa]])):
        found, expected = kept(texts), all_pairs(texts)
        missed = sum(one is None and other is not None for one, other in zip(found, expected, strict=True))
        false = sum(one is not None and other is None for one, other in zip(found, expected, strict=True))
        n_found = sum(first is not None for first in found)
        print(f"{len(texts)} real {what}: {n_found} near an earlier one ({n_found / len(texts):.2%}); {missed} missed, {false} false")
    texts = made(questions, vignettes, n, random.Random(1))
    start = time.process_time()
    found = kept(texts)
    seconds, memory = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{n} made items, {sum(map(len, texts)) / n:.0f} characters each: {sum(first is not None for first in found)} near an earlier one,"
    )
    print(f"  {seconds:.0f} s of one core, peak memory {memory:.0f} MiB")


def languages(data: Path) -> None:
    for name, path, columns in (
        ("MedMCQA dev", "medmcqa/dev.jsonl.gz", ("question",)),
        ("MedQA test", "medqa_usmle/test_4opt.jsonl.gz", ("question",)),
        ("MMLU", "mmlu_med/test.jsonl.gz", ("question",)),
        ("MedicationQA", "medication_qa/qa.jsonl.gz", ("Question",)),
        ("MedQuAD", "medquad/qa.jsonl.gz", ("question", "answer")),
    ):
        texts = [" ".join(str(row[column]) for column in columns) for row in rows(data / path)]
        start = time.process_time()
        found = Counter(language_of(text) for text in texts)
        rate = len(texts) / (time.process_time() - start)
        foreign = len(texts) - found["en"] - found[""]
        mixed = sum(foreign_share(text, "en") > 0.05 for text in texts)
        print(f"{name}: {len(texts)} English texts, {foreign} called foreign, {found['']} not told, {mixed} of mixed scripts; {rate:.0f}/s")


def contamination(data: Path) -> None:
    tests = [row["question"] for row in rows(data / "medqa_usmle/test_4opt.jsonl.gz")]
    pool = [row["question"] for row in [*rows(data / "medmcqa/dev.jsonl.gz"), *rows(data / "medbullets/test_4opt.jsonl.gz")]]
    start = time.process_time()
    flagged = sum(
        each.is_flagged for each in overlaps(list(zip(map(str, range(len(pool))), pool, strict=True)), [("", each) for each in tests])
    )
    print(f"ours: {flagged} of {len(pool)} items of MedMCQA and MedBullets stand in MedQA's test set, {time.process_time() - start:.1f} s")
    for name, cut in CUTS.items():
        start = time.process_time()
        found = rule_of(name, tests, cut).find(pool)
        seconds = time.process_time() - start
        print(f"{name}, cut at {cut:g}: {sum(each is not None for each in found)} of {len(pool)} items of MedMCQA and MedBullets stand in"
              f" MedQA's test set, {seconds:.1f} s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("--n", type=int, default=100_000)
    given = parser.parse_args()
    languages(given.data)
    contamination(given.data)
    duplicates(given.data, given.n)


if __name__ == "__main__":
    main()
