"""Questions about published research. Rows of their shapes, invented:

pubmedqa: {"id": "pubmedqa-1", "pmid": 1, "question": "Does tea help?", "contexts": ["Some drank tea.", "Some did not."], "options":
    {"A": "yes", "B": "no", "C": "maybe"}, "answer_idx": "C", "split": "test"}
pubmedqa: {"pubid": 2, "question": "Does rest help?", "context": {"contexts": ["Some rested."], "labels": ["METHODS"], "meshes": []},
    "long_answer": "It does.", "final_decision": "yes"}
pubmedqa: {"id": "3", "QUESTION": "Does milk help?", "CONTEXTS": ["Some drank milk."], "LABELS": ["METHODS"], "LONG_ANSWER": "It does
    not.", "final_decision": "no"}
pubmedqa_test: {"id": "pubmedqa-1", "pmid": 1, "question": "Does tea help?", "contexts": ["Some drank tea."], "options": {"A": "yes",
    "B": "no", "C": "maybe"}, "answer_idx": "C", "split": "test"}
pubmedqa_no_context: {"id": "pubmedqa-1", "pmid": 1, "question": "Does tea help?", "contexts": ["Some drank tea."], "options": {"A":
    "yes", "B": "no", "C": "maybe"}, "answer_idx": "C", "split": "test"}
bioasq_yesno: {"id": "b-1", "question": "Is gout hereditary?", "options": {"A": "yes", "B": "no"}, "answer_idx": "B", "pmids": [1]}
bioasq_yesno: {"id": "b-2", "task": "7B1", "type": "yesno", "question": "Is gout painful?", "exact_answer": ["yes"]}
bioasq_yesno: {"id": "b-3", "type": "yesno", "body": "Is gout rare?", "exact_answer": "no", "documents": []}
"""

from dataclasses import replace

from osler.data.benchmarks.benchmark import Benchmark, Hub, lettered
from osler.data.columns import Columns

_CITATION = "Jin et al., PubMedQA, EMNLP 2019 (arXiv 1909.06146)"
_MIRAGE = "Xiong et al., Benchmarking Retrieval-Augmented Generation for Medicine, ACL Findings 2024 (arXiv 2402.13178)"
_COMPACT = lettered(id="id", id_prefix="pubmedqa-", context="contexts", cluster="pmid")
_TEST = replace(_COMPACT, where={"split": ("test",)})
_DECISIONS = ("yes", "no", "maybe")
_HUB = Columns(
    id="pubid",
    id_prefix="pubmedqa-",
    context="context.contexts",
    text="question",
    fixed_options=_DECISIONS,
    key="final_decision",
    key_as="text",
    cluster="pubid",
)
_RELEASED = replace(_HUB, id="id", context="CONTEXTS", text="QUESTION", cluster="id")
_YES_NO = Columns(
    id="id", text="question", fixed_options=("yes", "no"), key="exact_answer", key_as="text", group="task", where={"type": ("yesno",)}
)

LITERATURE = (
    Benchmark(
        name="pubmedqa",
        shapes=(_COMPACT, _HUB, _RELEASED),
        licence="MIT",
        citation=_CITATION,
        file="pubmedqa/pqal.jsonl.gz",
        hub=Hub(id="qiaojin/PubMedQA", part="pqa_labeled", split="train"),
        notes=("all 1,000 labelled questions with their abstracts; published accuracies are mostly of the 500 of pubmedqa_test",),
    ),
    Benchmark(
        name="pubmedqa_test",
        shapes=(_TEST,),
        licence="MIT",
        citation=_CITATION,
        file="pubmedqa/pqal.jsonl.gz",
        notes=("the 500 test questions with their abstracts; the hub's table does not say which they are",),
    ),
    Benchmark(
        name="pubmedqa_no_context",
        shapes=(replace(_TEST, context=()), lettered(id="id", id_prefix="pubmedqa-", key="answer")),
        licence="MIT",
        citation=f"{_CITATION}; without abstracts: PubMedQA* of {_MIRAGE}",
        file="pubmedqa/pqal.jsonl.gz",
        notes=("the 500 test questions without their abstracts, as MIRAGE asks them",),
    ),
    Benchmark(
        name="bioasq_yesno",
        shapes=(lettered(id="id"), _YES_NO, replace(_YES_NO, text="body", group=None), lettered(id="id", key="answer")),
        licence="CC BY 2.5",
        citation=f"Tsatsaronis et al., BioASQ, BMC Bioinformatics 2015; the 618 questions without passages: {_MIRAGE}",
        file="raw_mirage_gpt35/bioasq_yn_questions.jsonl.gz",
        notes=("asked without the passages that answer them, as MIRAGE does",),
    ),
)
