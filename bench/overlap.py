"""Overlap: items and texts a second, memory, and how much of what is planted is found, among real questions.

    python bench/overlap.py [--data ../shared/data]

Looks for MedMCQA's questions in MedQA's and in MedQuAD's answers, and for copies and one-word edits of MedMCQA's that are planted in both.
"""

import argparse
import gzip
import json
import random
import resource
import time
from collections.abc import Sequence
from pathlib import Path

from osler.evaluate.overlap import OverlapSettings, Text, compared_text, overlaps
from osler.evaluate.overlap_words import words


def read(path: Path, *columns: str) -> list[Text]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [(str(row["id"]), compared_text(" ".join(row[name] for name in columns), row.get("options", {}).values())) for row in rows]


def edited(text: str, rng: random.Random, new: str, kind: str) -> str:
    said = text.split()
    place = rng.randrange(len(said))
    said[place : place + (kind != "insert")] = [] if kind == "delete" else [new]
    return " ".join(said)


def speed(name: str, items: Sequence[Text], corpus: Sequence[Text], methods: tuple[str, ...]) -> None:
    start = time.process_time()
    found = overlaps(items, corpus, OverlapSettings(methods=methods))
    seconds = time.process_time() - start
    flagged = sum(each.is_flagged for each in found)
    n_words = sum(len(words(text)) for _, text in corpus)
    rates = f"{len(items) / seconds:8.0f} items/s {n_words / seconds:9.0f} words/s"
    print(f"{name:42} {'+'.join(methods):28} {flagged:7} {seconds:8.1f} s {rates}")


def planted(items: Sequence[Text], others: Sequence[Text], kind: str, rng: random.Random) -> None:
    chosen = rng.sample(list(items), 500)
    every = " ".join(text for _, text in items).split()
    copies = [(f"c-{id}", text if kind == "copy" else edited(text, rng, rng.choice(every), kind)) for id, text in chosen]
    texts = dict(items)
    before = {each.item_id for each in overlaps(items, others) if each.is_flagged}
    found = {
        each.item_id: each.partner_id for each in overlaps(items, [*others, *copies]) if each.is_flagged and each.item_id not in before
    }
    right = {id for id, partner in found.items() if partner == f"c-{id}"}
    for low, high in ((1, 3), (4, 7), (8, 12), (13, 10_000)):
        asked = [id for id, _ in chosen if low <= len(words(texts[id])) <= high]
        if asked:
            print(f"  {kind:8} {low:3} words or more: {sum(id in right for id in asked):4} of {len(asked):4} found")
    print(f"  {kind:8} recall {len(right) / len(chosen):.3f}, {len(found) - len(right)} others of {len(items)} (the set repeats itself)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    data = parser.parse_args().data
    medmcqa, medqa = read(data / "medmcqa/dev.jsonl.gz", "question"), read(data / "medqa_usmle/test_4opt.jsonl.gz", "question")
    medquad = read(data / "medquad/qa.jsonl.gz", "question", "answer")
    for methods in (("exact",), ("exact", "ngram"), ("exact", "ngram", "fuzzy", "minhash")):
        speed(f"{len(medmcqa)} in {len(medqa)} + {len(medquad)} texts", medmcqa, [*medqa, *medquad], methods)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    rng = random.Random(1)
    for kind in ("copy", "insert", "delete", "replace"):
        planted(medmcqa, medqa[:300], kind, rng)


if __name__ == "__main__":
    main()
