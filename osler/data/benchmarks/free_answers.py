"""Questions with free answers, which a language model judges. Rows of their shapes, invented:

medication_qa: {"id": "medicationqa-000", "Question": "how long does zinc last", "Focus (Drug)": "zinc", "Question Type": "Duration",
    "Answer": "A day.", "Section Title": "", "URL": ""}
medication_qa: {"Question": "can i cut zinc", "Focus (Drug)": "zinc", "Question Type": "Usage", "Answer": "Yes.", "Section Title": "",
    "URL": ""}
healthsearchqa: {"id": "healthsearchqa-0000", "question": "Can zinc be eaten?"}
healthsearchqa: {"question": "Is iron heavy?"}
k_qa: {"Question": "Is my cold serious?", "Free_form_answer": "It is not. Rest.", "Must_have": ["A cold is not serious"],
    "Nice_to_have": ["Rest helps"], "Sources": "", "ICD_10_diag": "cold"}
"""

from dataclasses import replace

from osler.data.benchmarks.benchmark import Benchmark, Hub
from osler.data.columns import Columns

_DRUG_ANSWERS = Columns(id="id", text="Question", key="Answer", kind="open", group="Question Type")
_SEARCHES = Columns(id="id", text="question", kind="claims")

FREE_ANSWERS = (
    Benchmark(
        name="medication_qa",
        shapes=(_DRUG_ANSWERS, replace(_DRUG_ANSWERS, id=None)),
        licence="not stated",
        citation="Ben Abacha et al., Bridging the Gap Between Consumers' Medication Questions and Trusted Answers, MEDINFO 2019",
        file="medication_qa/qa.jsonl.gz",
        hub=Hub(id="truehealth/medicationqa", split="train"),
    ),
    Benchmark(
        name="healthsearchqa",
        shapes=(_SEARCHES, replace(_SEARCHES, id=None)),
        licence="CC BY 4.0",
        citation="Singhal et al., Large language models encode clinical knowledge, Nature 2023 (arXiv 2212.13138)",
        file="healthsearchqa/questions.jsonl.gz",
        hub=Hub(id="katielink/healthsearchqa", part="all_data", split="train"),
        notes=("there are no right answers: the claims of an answer are judged",),
    ),
    Benchmark(
        name="k_qa",
        shapes=(Columns(text="Question", kind="rubric", must_have="Must_have", nice_to_have="Nice_to_have"),),
        licence="MIT",
        citation="Manes et al., K-QA, BioNLP 2024 (arXiv 2401.14493)",
        hub=Hub(id="Itaykhealth/K-QA", split="train"),
        notes=(
            "the two lists are statements that an answer must make, and ones that it may",
            "the published file of all questions has rows without statements, which make no item",
        ),
    ),
)
