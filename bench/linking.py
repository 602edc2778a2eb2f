"""Entities linked in 200 questions of MedQA (drawn with seed 0): how many, how fast, and how many wrong.

    python bench/linking.py                  the figures
    python bench/linking.py --to-read 110    that many links drawn with seed 0, to be read by a person
    python bench/linking.py --options DIR    the answer options too, by meaning where no name fits; DIR keeps the vectors of all names

To be reached: 6 entities a question, 0.5 ms a question, and at most 4 % wrong of 110 links read by hand; those stand with what was found in
`linking_read.tsv`. The dictionary of the biomedical graph (44,919 nodes) is made once; time is that of the processor, one thread, the best
of five passes over the 200. Beside it the plain way: every run of up to eight words looked up by itself.
"""

import argparse
import gzip
import json
import platform
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from osler.knowledge.graphs.load import load_graph
from osler.knowledge.linking.linker import MAX_WORDS, Link, Linker
from osler.knowledge.linking.options import OptionLinker, name_passages
from osler.knowledge.linking.words import words_of
from osler.knowledge.retrieval import Dense
from osler.knowledge.retrieval.shelf import keep

DATA = Path(__file__).parents[2] / "shared" / "data"
READ = Path(__file__).with_name("linking_read.tsv")
N_QUESTIONS, N_PASSES = 200, 5


def drawn_questions() -> list[dict[str, Any]]:
    with gzip.open(DATA / "medqa_usmle" / "test_4opt.jsonl.gz", "rt", encoding="utf-8") as lines:
        return random.Random(0).sample([json.loads(line) for line in lines], N_QUESTIONS)


def every_run(linker: Linker, text: str) -> list[str]:
    keys = words_of(text).keys
    found, at = [], 0
    while at < len(keys):
        for end in range(min(len(keys), at + MAX_WORDS), at, -1):
            if " ".join(keys[at:end]) in linker.entries:
                found.append(" ".join(keys[at:end]))
                at = end - 1
                break
        at += 1
    return found


def best_ms(work: Callable[[str], object], texts: list[str]) -> float:
    """Milliseconds for one text."""
    times = []
    for _ in range(N_PASSES):
        start = time.process_time()
        for text in texts:
            work(text)
        times.append(time.process_time() - start)
    return 1000 * min(times) / len(texts)


def to_read(linker: Linker, questions: list[dict[str, Any]], n: int) -> None:
    links: list[tuple[dict[str, Any], Link]] = [(each, link) for each in questions for link in linker.link(each["question"])]
    for question, link in random.Random(0).sample(links, n):
        text = question["question"]
        around = f"{text[max(0, link.start - 40) : link.start]}[{text[link.start : link.end]}]{text[link.end : link.end + 30]}"
        node = linker.graph
        print(question["id"], link.start, node.ids[link.node], node.names[link.node], " ".join(around.split()), sep="\t")


def options_by_meaning(linker: Linker, questions: list[dict[str, Any]], folder: Path) -> None:
    """Print what is linked by name, and every option that is linked by meaning, to be read."""
    retriever = Dense().load(keep(name_passages(linker), folder))
    options = [option for question in questions for option in question["options"].values()]
    n_by_name = sum(bool(linker.named(option)) for option in options)
    nodes = OptionLinker(linker, retriever).link(options)
    by_meaning = [(option, node) for option, node in zip(options, nodes, strict=True) if node is not None and not linker.named(option)]
    for option, node in by_meaning:
        print(option, linker.graph.names[node], sep="\t")
    print(f"{len(options)} options: {n_by_name} by name, {len(by_meaning)} more by meaning")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--to-read", type=int, default=0)
    parser.add_argument("--options", type=Path)
    asked = parser.parse_args()
    questions = drawn_questions()
    start = time.process_time()
    graph = load_graph(DATA / "biomedical_graph")
    loaded = time.process_time()
    linker = Linker.of(graph)
    made = time.process_time()
    if asked.to_read:
        to_read(linker, questions, asked.to_read)
        return
    if asked.options:
        options_by_meaning(linker, questions, asked.options)
        return
    texts = [question["question"] for question in questions]
    n_distinct = [len({link.node for link in linker.link(text)}) for text in texts]
    verdicts = [line.split("\t")[-1] for line in READ.read_text(encoding="utf-8").splitlines()[1:]]
    ours, plain = best_ms(linker.link, texts), best_ms(lambda text: every_run(linker, text), texts)
    print(f"{platform.machine()}, CPython {platform.python_version()}; {graph}, {len(linker.entries):,} names")
    print(f"graph {loaded - start:.2f} s, dictionary {made - loaded:.2f} s")
    print(f"{sum(n_distinct) / N_QUESTIONS:.2f} entities a question; at least one in {sum(map(bool, n_distinct))} of {N_QUESTIONS}")
    print(f"{ours:.3f} ms a question; every run by itself {plain:.3f} ms ({plain / ours:.1f} times)")
    print(f"{len(verdicts)} read by hand: {', '.join(f'{verdicts.count(each)} {each}' for each in ('right', 'of little use', 'wrong'))}")


if __name__ == "__main__":
    main()
