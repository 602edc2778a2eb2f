"""MMLU and MMLU-Pro, by their subjects. Rows of their shapes, invented:

mmlu_medical: {"id": "mmlu-anatomy-000", "question": "The heart has how many chambers?", "options": {"A": "Two", "B": "Three", "C":
    "Four", "D": "Five"}, "answer_idx": "C", "subject": "anatomy"}
mmlu_medical: {"question": "Bile is made in the", "subject": "anatomy", "choices": ["liver", "lung", "heart", "skin"], "answer": 0}
mmlu_stem: {"question": "What is 2 + 3?", "subject": "elementary_mathematics", "choices": ["4", "5", "6", "7"], "answer": 1}
mmlu_pro_health: {"id": "mmlupro-1", "question": "Measles is spread by", "options": {"A": "Air", "B": "Soil", "C": "Food"},
    "answer_idx": "A", "src": "ori_mmlu-virology", "cot_fewshot": null}
mmlu_pro_health: {"question_id": 2, "question": "Mumps is spread by", "options": ["Soil", "Air", "Food"], "answer": "B",
    "answer_index": 1, "category": "health", "src": "ori_mmlu-virology"}
"""

from osler.data.benchmarks.benchmark import Benchmark, Hub, lettered
from osler.data.columns import Columns

MEDICAL_SUBJECTS = (
    "anatomy",
    "clinical_knowledge",
    "college_biology",
    "college_medicine",
    "medical_genetics",
    "professional_medicine",
)
"""The six of Med-PaLM (arXiv 2212.13138) and of MIRAGE."""

SCIENCE_SUBJECTS = (
    "abstract_algebra",
    "astronomy",
    "college_biology",
    "college_chemistry",
    "college_computer_science",
    "college_mathematics",
    "college_physics",
    "computer_security",
    "conceptual_physics",
    "electrical_engineering",
    "elementary_mathematics",
    "high_school_biology",
    "high_school_chemistry",
    "high_school_computer_science",
    "high_school_mathematics",
    "high_school_physics",
    "high_school_statistics",
    "machine_learning",
)
"""The 18 that the authors' own list of subjects puts under STEM. lm-evaluation-harness counts anatomy as a nineteenth."""

_CITATION = "Hendrycks et al., Measuring Massive Multitask Language Understanding, ICLR 2021 (arXiv 2009.03300)"


def _mmlu(name: str, subjects: tuple[str, ...], file: str = "") -> Benchmark:
    kept = {"subject": subjects}
    return Benchmark(
        name=name,
        shapes=(
            lettered(id="id", group="subject", where=kept),
            Columns(text="question", options="choices", key="answer", key_as="index_from_0", group="subject", where=kept),
            Columns(text="question", options=("A", "B", "C", "D"), key="answer"),
            lettered(id="id", id_prefix="mmlu-", key="answer"),
        ),
        licence="MIT",
        citation=_CITATION,
        file=file,
        header=("question", "A", "B", "C", "D", "answer"),
        hub=Hub(id="cais/mmlu", part="all"),
        n_options=4,
        notes=("accuracy is published both over all questions and as the mean of the subjects: say which",),
    )


MMLU = (
    _mmlu("mmlu_medical", MEDICAL_SUBJECTS, "mmlu_med/test.jsonl.gz"),
    _mmlu("mmlu_stem", SCIENCE_SUBJECTS),
    Benchmark(
        name="mmlu_pro_health",
        shapes=(
            lettered(id="id", group="src"),
            lettered(id="id"),
            Columns(
                id="question_id",
                id_prefix="mmlupro-",
                text="question",
                options="options",
                key="answer_index",
                key_as="index_from_0",
                group="src",
                where={"category": ("health",)},
            ),
        ),
        licence="MIT",
        citation="Wang et al., MMLU-Pro, NeurIPS 2024 (arXiv 2406.01574)",
        file="mmlu_pro_health/questions.jsonl.gz",
        hub=Hub(id="TIGER-Lab/MMLU-Pro"),
        notes=("items have 3 to 10 options",),
    ),
)
