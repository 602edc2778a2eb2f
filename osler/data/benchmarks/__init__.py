"""The public sets of items that osler knows by name, and lists of them."""

from osler.data.benchmarks.benchmark import Benchmark, Hub, Join
from osler.data.benchmarks.calculators import CALCULATORS
from osler.data.benchmarks.exams import EXAMS
from osler.data.benchmarks.free_answers import FREE_ANSWERS
from osler.data.benchmarks.literature import LITERATURE
from osler.data.benchmarks.mmlu import MMLU
from osler.data.benchmarks.passages import PASSAGES
from osler.data.benchmarks.usmle import USMLE

BENCHMARKS: dict[str, Benchmark] = {
    benchmark.name: benchmark for benchmark in (*USMLE, *EXAMS, *MMLU, *LITERATURE, *CALCULATORS, *FREE_ANSWERS, *PASSAGES)
}

PRESETS: dict[str, tuple[str, ...]] = {
    "medqa": ("medqa",),
    "meerkat_seven": ("medqa", "usmle_sample", "medbullets_4", "medbullets_5", "medmcqa", "mmlu_medical", "jama_challenge"),
    "mirage": ("mmlu_medical", "medqa", "medmcqa", "pubmedqa_no_context", "bioasq_yesno"),
}
"""`meerkat_seven`: arXiv 2404.00376 ("seven medical benchmarks"); its model card's table has the first six, and JAMA's challenges are the
seventh. `mirage`: arXiv 2402.13178."""

__all__ = ["BENCHMARKS", "PRESETS", "Benchmark", "Hub", "Join"]
