"""Examinations of the United States' kind. Rows of their shapes, invented:

medqa: {"id": "medqa-0000", "question": "Which drug lowers urate?", "options": {"A": "Allopurinol", "B": "Aspirin", "C": "Iron", "D":
    "Zinc"}, "answer_idx": "A", "answer": "Allopurinol", "step": "step1"}
medqa: {"question": "Which vitamin is lacking in scurvy?", "options": {"A": "A", "B": "D", "C": "C", "D": "K"}, "answer": "C",
    "answer_idx": "C", "meta_info": "step1", "metamap_phrases": []}
medqa: {"meta_info": "step1", "question": "Which drug is for malaria?", "answer_idx": "B", "answer": "Quinine", "options": [{"key":
    "A", "value": "Iodine"}, {"key": "B", "value": "Quinine"}, {"key": "C", "value": "Iron"}, {"key": "D", "value": "Zinc"}]}
medqa: {"id": "dev-1", "sent1": "Which gland makes insulin?", "sent2": "", "ending0": "Pancreas", "ending1": "Thymus", "ending2":
    "Liver", "ending3": "Spleen", "label": 0}
medqa: {"id": "0007", "question": "Which sense is lost in anosmia?", "options": {"A": "Sight", "B": "Smell", "C": "Touch", "D":
    "Taste"}, "answer": "B"}
medqa_5: {"question": "Which organ makes insulin?", "options": {"A": "Liver", "B": "Spleen", "C": "Pancreas", "D": "Lung", "E":
    "Skin"}, "answer": "Pancreas", "answer_idx": "C", "meta_info": "step1"}
medbullets_4: {"link": "https://example.org/1", "question": "Which nerve moves the diaphragm?", "opa": "Phrenic", "opb": "Vagus",
    "opc": "Ulnar", "opd": "Sciatic", "answer_idx": "A", "answer": "Phrenic", "explanation": "…"}
medbullets_5: {"id": "medbullets-000", "question": "Which cell carries oxygen?", "options": {"A": "Red cell", "B": "Platelet", "C":
    "Monocyte", "D": "Basophil", "E": "Mast cell"}, "answer_idx": "A"}
usmle_sample: {"question": "Which bone is the longest?", "options": {"A": "Femur", "B": "Tibia", "C": "Ulna"}, "answer_idx": "A",
    "step": "step1"}
jama_challenge: {"link": "https://example.org/2", "question": "A case. What next?", "opa": "Biopsy", "opb": "Wait", "opc": "Cool",
    "opd": "Warm", "answer_idx": "A", "answer": "Biopsy", "field": "dermatology"}
"""

from osler.data.benchmarks.benchmark import Benchmark, Hub, lettered
from osler.data.columns import Columns

_MEDQA = "Jin et al., What Disease does this Patient Have?, Applied Sciences 2021 (arXiv 2009.13081)"
_CHALLENGE = "Chen et al., Benchmarking Large Language Models on Answering and Explaining Challenging Medical Questions (arXiv 2402.18060)"
_LETTERED = (lettered(id="id", group="step"), lettered(group="meta_info"), lettered(group="step"), lettered(id="id"), lettered())
_ENDINGS = Columns(id="id", text="sent1", options=("ending0", "ending1", "ending2", "ending3"), key="label", key_as="index_from_0")
_MIRAGE = lettered(id="id", id_prefix="medqa-", key="answer")
_OPTION_COLUMNS = ("opa", "opb", "opc", "opd", "ope")


def _medbullets(n_options: int) -> Benchmark:
    return Benchmark(
        name=f"medbullets_{n_options}",
        shapes=(lettered(id="id"), Columns(text="question", options=_OPTION_COLUMNS[:n_options], key="answer_idx"), lettered()),
        licence="not stated; the questions are from an online study platform: do not republish",
        citation=_CHALLENGE,
        file=f"medbullets/test_{n_options}opt.jsonl.gz",
        n_options=n_options,
    )


USMLE = (
    Benchmark(
        name="medqa",
        shapes=(*_LETTERED, _ENDINGS, _MIRAGE),
        licence="MIT",
        citation=_MEDQA,
        file="medqa_usmle/test_4opt.jsonl.gz",
        hub=Hub(id="GBaker/MedQA-USMLE-4-options"),
        n_options=4,
    ),
    Benchmark(name="medqa_5", shapes=_LETTERED, licence="MIT", citation=_MEDQA, file="medqa_usmle/test_5opt.jsonl.gz", n_options=5),
    _medbullets(4),
    _medbullets(5),
    Benchmark(
        name="usmle_sample",
        shapes=(*_LETTERED, lettered(id="id", key="answer"), lettered(key="answer")),
        licence="not stated; the sample tests are the United States Medical Licensing Examination's",
        citation="Kung et al., Performance of ChatGPT on USMLE, PLOS Digital Health 2023",
    ),
    Benchmark(
        name="jama_challenge",
        shapes=(
            Columns(text="question", options=_OPTION_COLUMNS[:4], key="answer_idx", group="field"),
            Columns(text="question", options=_OPTION_COLUMNS[:4], key="answer_idx"),
            lettered(id="id"),
        ),
        licence="not stated; the cases are the JAMA Network's: do not republish",
        citation=_CHALLENGE,
    ),
)
