"""Retrieval: what is found, and how fast, beside rank_bm25 and tantivy in the same run.

`quality`: the reciprocal rank of a passage of the right module for the 714 multiple-choice stems of OpenStax Anatomy and Physiology 2e
(targets: .730 bm25, .700 dense, .750 hybrid), and nDCG@10 (linear gain) on NFCorpus dev (target: bm25 within .002 of rank_bm25, hybrid
above both parts). `speed`: top 32 of 125,000 passages of 84 words, made of OpenStax sentences in random order, one thread (targets: 300
queries/s plain, 3,000 with numba, opened in under 50 ms). `million`: 10^6 passages of Zipf words: building, memory, opening. `encoder`:
embeddings and dense queries per second. Queries/s are by wall clock and, in brackets, by CPU time, which tells more where the machine is
busy with other things.

    python bench/retrieval.py quality speed --data ../shared/data --folder runs/retrieval
"""

import argparse
import gzip
import json
import random
import re
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from osler.core.passage import Passage, Retriever
from osler.knowledge.retrieval import BM25, Dense, Hybrid
from osler.knowledge.retrieval.bm25_index import BM25Retriever
from osler.knowledge.retrieval.metrics import ndcg, recall, reciprocal_rank
from osler.knowledge.retrieval.shelf import Shelf, keep
from osler.knowledge.retrieval.words import Words
from osler.knowledge.textbooks.passages import passages_of
from osler.knowledge.textbooks.read import read_textbook

ANATOMY = "openstax_anatomy_physiology_2e"
Finds = Callable[[str, int], list[int]]
"""A query and n: the numbers of the passages that were found."""


def rows(file: Path) -> Iterator[Any]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def rank_bm25_of(texts: Iterable[str]) -> Finds:
    from bm25s.stopwords import STOPWORDS_EN
    from rank_bm25 import BM25Okapi

    words = Words(STOPWORDS_EN, "english")
    index = BM25Okapi([words.of(text) for text in texts])
    return lambda query, n: np.argsort(-index.get_scores(words.of(query)), kind="stable")[:n].tolist()


def tantivy_of(texts: Iterable[str]) -> Finds:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name="en_stem")
    builder.add_integer_field("number", stored=True)
    index = tantivy.Index(builder.build())
    writer = index.writer(num_threads=1)
    for number, text in enumerate(texts):
        writer.add_document(tantivy.Document(text=text, number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def found(query: str, n: int) -> list[int]:
        parsed = index.parse_query(" ".join(re.findall(r"\w+", query.lower())), ["text"])
        return [searcher.doc(address)["number"][0] for _, address in searcher.search(parsed, n).hits]

    return found


def ranked(retriever: Retriever, queries: Sequence[str], n: int) -> list[list[str]]:
    return [[evidence.id for evidence in found] for found in retriever.retrieve(queries, n)]


def systems(shelf: Shelf) -> dict[str, Callable[[Sequence[str], int], list[list[str]]]]:
    ids = [passage.id for passage in shelf]
    others = {"rank_bm25 Okapi": rank_bm25_of(shelf.texts()), "tantivy en_stem": tantivy_of(shelf.texts())}
    parts = {"bm25": BM25(), "dense": Dense(), "hybrid k0 10": Hybrid(), "hybrid k0 60": Hybrid(k0=60)}
    loaded = {name: part.load(shelf) for name, part in parts.items()}
    return {
        **{name: lambda queries, n, made=made: ranked(made, queries, n) for name, made in loaded.items()},
        **{
            name: lambda queries, n, finds=finds: [[ids[at] for at in finds(each, n)] for each in queries] for name, finds in others.items()
        },
    }


def quality(data: Path, folder: Path) -> None:
    shelf = keep(passages_of(read_textbook(data / ANATOMY)), folder)
    module = {passage.id: passage.fields["module"] for passage in shelf}
    asked = [row for row in rows(data / ANATOMY / "exercises.jsonl.gz") if row["class"] == "multiple-choice"]
    right = [{each: 1 for each, where in module.items() if where == row["module"]} for row in asked]
    print(f"OpenStax, {len(asked)} stems, {len(shelf)} passages\n{'':18}{'R@1':>8}{'R@5':>8}{'MRR':>8}")
    for name, find in systems(shelf).items():
        found = find([row["question"] for row in asked], 100)
        first = [reciprocal_rank(each, of) for each, of in zip(found, right, strict=True)]
        within = [statistics.mean(1 / value <= k if value else 0 for value in first) for k in (1, 5)]
        print(f"{name:18}{within[0]:8.3f}{within[1]:8.3f}{statistics.mean(first):8.4f}", flush=True)
    nfcorpus(data / "nfcorpus_dev", folder)


def nfcorpus(data: Path, folder: Path) -> None:
    shelf = keep((Passage(row["id"], row["text"], source="nfcorpus") for row in rows(data / "docs.jsonl.gz")), folder)
    grades: dict[str, dict[str, int]] = {}
    for row in rows(data / "qrels.jsonl.gz"):
        grades.setdefault(row["query"], {})[row["doc"]] = row["grade"]
    asked = [row for row in rows(data / "queries.jsonl.gz") if row["id"] in grades]
    print(f"NFCorpus dev, {len(asked)} queries, {len(shelf)} passages\n{'':18}{'nDCG@10':>9}{'R@100':>8}")
    for name, find in systems(shelf).items():
        pairs = list(zip(find([row["titles"] for row in asked], 100), (grades[row["id"]] for row in asked), strict=True))
        gains, recalls = ([metric(found, of, k) for found, of in pairs] for metric, k in ((ndcg, 10), (recall, 100)))
        print(f"{name:18}{statistics.mean(gains):9.4f}{statistics.mean(recalls):8.4f}", flush=True)


def rate(act: Callable[[list[Any]], Any], asked: Sequence[Any]) -> tuple[float, float]:
    """Per second, by wall clock and by CPU time: of every 20 that are asked the best of five runs, so that what else runs tells less."""
    wall = spent = 0.0
    for start in range(0, len(asked), 20):
        batch = list(asked[start : start + 20])
        times = []
        for _ in range(5):
            clocks = time.perf_counter(), time.process_time()
            act(batch)
            times.append((time.perf_counter() - clocks[0], time.process_time() - clocks[1]))
        wall, spent = wall + min(each[0] for each in times), spent + min(each[1] for each in times)
    return len(asked) / wall, len(asked) / spent


def shuffled(data: Path, n: int) -> Iterator[Passage]:
    """Passages of 84 words of OpenStax, in random order by sentence."""
    texts = [passage.text for passage in passages_of(read_textbook(data / ANATOMY))]
    sentences = [sentence.split() for text in texts for sentence in re.split(r"(?<=[.?!])\s+", text)]
    draw = random.Random(6)
    for number in range(n):
        words: list[str] = []
        while len(words) < 84:
            words += draw.choice(sentences)
        yield Passage(f"p{number}", " ".join(words[:84]), source=f"book{number % 18}")


def bm25s_rate(retriever: BM25Retriever, queries: Sequence[str]) -> tuple[float, float]:
    """bm25s's own search in the same columns: numbers alone, equals in any order."""
    import bm25s

    index = bm25s.BM25(method="lucene", backend="numba")
    columns = {"data": retriever._scores, "indices": retriever._passages, "indptr": retriever._starts, "num_docs": len(retriever.shelf)}
    index.scores, index.nonoccurrence_array = columns, None
    numbers = index.vocab_dict = retriever._numbers
    index.unique_token_ids_set = set(numbers.values())

    def search(batch: Sequence[str]) -> Any:
        asked = [[numbers[word] for word in retriever._words.of(query) if word in numbers] for query in batch]
        return index.retrieve([each for each in asked if each], k=32, show_progress=False, backend_selection="numba", n_threads=1)

    search(queries[:5])
    return rate(search, queries)


def speed(data: Path, folder: Path) -> None:
    start, spent = time.perf_counter(), time.process_time()
    shelf = keep(shuffled(data, 125_000), folder)
    print(f"125,000 passages kept in {time.perf_counter() - start:.1f} s ({time.process_time() - spent:.1f} s of CPU)")
    start, spent = time.perf_counter(), time.process_time()
    BM25().load(shelf)
    print(f"indexed, or opened, in {time.perf_counter() - start:.1f} s ({time.process_time() - spent:.1f} s of CPU)")
    opening = rate(lambda _: BM25().load(Shelf(shelf.folder)), [None])
    print(f"opened in {1000 / opening[0]:.1f} ms ({1000 / opening[1]:.1f} ms of CPU)")
    queries = [row["question"] for row in rows(data / ANATOMY / "exercises.jsonl.gz") if row["class"] == "multiple-choice"][::4]
    rates: dict[str, tuple[float, float]] = {}
    for backend in ("numpy", "numba"):
        retriever = BM25(backend=backend).load(shelf)
        retriever.retrieve(queries[:5], 32)
        rates[f"bm25, {backend}"] = rate(lambda batch, made=retriever: made.retrieve(batch, 32), queries)
        rates[f"  numbers alone, {backend}"] = rate(lambda batch, made=retriever: made.ranked(batch, 32), queries)
        rates[f"  of one source, {backend}"] = rate(lambda batch, made=retriever: made.retrieve(batch, 32, {"source": "book3"}), queries)
        print(*(f"{name}: {cpu:,.0f} by CPU" for name, (_, cpu) in list(rates.items())[-3:]), sep="; ", flush=True)
    rates["bm25s itself, numba"] = bm25s_rate(retriever, queries)
    finds = tantivy_of(shelf.texts())
    rates["tantivy"] = rate(lambda batch: [finds(query, 32) for query in batch], queries)
    slow = rank_bm25_of(shelf.texts())
    rates["rank_bm25"] = rate(lambda batch: [slow(query, 32) for query in batch], queries[:4])
    base = rates["rank_bm25"][1], rates["tantivy"][1]
    print(f"{'queries/s, top 32':26}{'wall':>10}{'CPU':>10}{'x rank_bm25':>14}{'x tantivy':>12}")
    for name, (wall, cpu) in rates.items():
        print(f"{name:26}{wall:10,.0f}{cpu:10,.0f}{cpu / base[0]:14,.0f}{cpu / base[1]:12.2f}")


def million(data: Path, folder: Path, n: int = 1_000_000) -> None:
    draw = np.random.default_rng(6)

    def made() -> Iterator[Passage]:
        for start in range(0, n, 10_000):
            words = draw.zipf(1.2, (10_000, 84)) % 400_000
            yield from (Passage(f"p{start + at}", " ".join(f"w{word}" for word in row)) for at, row in enumerate(words.tolist()))

    for name, act in (
        ("kept", lambda: keep(made(), folder)),
        ("indexed", lambda: BM25().load(next(iter([Shelf(each) for each in folder.glob("passages-*") if len(Shelf(each)) == n])))),
    ):
        start, spent = time.perf_counter(), time.process_time()
        done = act()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"{n:,} passages {name}: {time.perf_counter() - start:.0f} s ({time.process_time() - spent:.0f} s of CPU), peak {peak:.2f} GiB",
            flush=True,
        )
    queries = [" ".join(f"w{word}" for word in row) for row in (draw.zipf(1.2, (50, 8)) % 400_000).tolist()]
    done.retrieve(queries[:2], 32)
    wall, cpu = rate(lambda batch: done.retrieve(batch, 32), queries)
    print(f"top 32 at {n:,}: {wall:.0f} queries/s ({cpu:.0f} by CPU)")


def encoder(data: Path, folder: Path) -> None:
    shelf = keep(passages_of(read_textbook(data / ANATOMY))[:200], folder)
    start, spent = time.perf_counter(), time.process_time()
    retriever = Dense().load(shelf)
    retriever.retrieve(["one"], 1)
    print(f"200 passages embedded, or opened: {time.perf_counter() - start:.1f} s ({time.process_time() - spent:.1f} s of CPU)")
    queries = [row["question"] for row in rows(data / ANATOMY / "exercises.jsonl.gz") if row["class"] == "multiple-choice"][:100]
    wall, cpu = rate(lambda batch: retriever.retrieve(batch, 32), queries)
    print(f"dense: {wall:.0f} queries/s ({cpu:.0f} by CPU)")


PARTS = {"quality": quality, "speed": speed, "million": million, "encoder": encoder}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=PARTS, default=["quality", "speed"])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--folder", type=Path, default=Path("runs/retrieval"))
    arguments = parser.parse_args()
    for part in arguments.parts:
        PARTS[part](arguments.data, arguments.folder)
