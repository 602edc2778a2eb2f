"""Examinations of other countries, and sets made harder than they are. Rows of their shapes, invented:

medmcqa: {"id": "m-1", "question": "Which tooth comes last?", "options": {"A": "Incisor", "B": "Molar", "C": "Canine", "D":
    "Premolar"}, "answer_idx": "B", "choice_type": "single", "subject": "Dental", "topic": null}
medmcqa: {"id": "m-2", "question": "Rickets is from lack of vitamin", "opa": "D", "opb": "A", "opc": "C", "opd": "K", "cop": 0,
    "choice_type": "single", "subject_name": "Pediatrics", "topic_name": null}
headqa: {"name": "exam-1", "year": "2020", "category": "nursing", "qid": 1, "qtext": "Which vessel is a vein?", "ra": 2, "answers":
    [{"aid": 1, "atext": "Aorta"}, {"aid": 2, "atext": "Saphena"}]}
headqa: {"name": "exam-1", "year": "2020", "category": "nursing", "qid": 2, "qtext": "Which is a bone?", "ra": 1, "answers": {"aid":
    [1, 2], "atext": ["Talus", "Soleus"]}}
medxpertqa: {"id": "Text-0", "question": "Which of these?\\nAnswer Choices: (A) Lupus (B) Gout", "options": {"A": "Lupus", "B":
    "Gout", "C": "Mumps", "D": "Rabies", "E": "Croup", "F": "Scurvy", "G": "Sepsis", "H": "Asthma", "I": "Tetanus", "J": "Anthrax"},
    "label": "B", "medical_task": "Diagnosis", "body_system": "Skeletal", "question_type": "Reasoning"}
medxpertqa: {"id": "Text-1", "question": "Which next?", "options": [{"letter": "A", "content": "Rest"}, {"letter": "B", "content":
    "Ice"}], "label": "A", "medical_task": "Treatment", "body_system": "Skeletal", "question_type": "Understanding"}
afrimed_qa: {"sample_id": "q-1", "question_type": "MCQ", "specialty": "Pediatrics", "question": "Malaria is spread by",
    "answer_options": "{\\"option1\\": \\"Mosquitoes\\", \\"option2\\": \\"Lice\\"}", "correct_answer": "option1"}
afrimed_qa: {"sample_id": "q-2", "question_type": "MCQ", "specialty": "Pediatrics", "question": "Vaccines are against",
    "answer_options": "{\\"option1\\": \\"Measles\\", \\"option2\\": \\"Burns\\", \\"option3\\": \\"Polio\\"}", "correct_answer":
    "option1,option3"}
casimedicos: {"id": "c-1", "split": "test", "question_type": "SURGERY", "case": "A man has a hernia. What now?", "options": {"1":
    "Operate", "2": "Wait", "3": "Pray"}, "answer_idx": "1"}
casimedicos: {"id": "c-2", "year": 2020, "type": "SURGERY", "full_question": "A woman has a cyst. What now?", "options": {"1":
    "Operate", "2": "Wait", "5": null}, "correct_option": 2, "lang": "en"}
gpqa_medical: {"Record ID": "rec1", "Question": "Which base is in RNA alone?", "Correct Answer": "Uracil", "Incorrect Answer 1":
    "Adenine", "Incorrect Answer 2": "Guanine", "Incorrect Answer 3": "Cytosine", "Subdomain": "Genetics"}
"""

from osler.data.benchmarks.benchmark import Benchmark, Hub, lettered
from osler.data.columns import Columns

_HEADQA = Columns(
    text="qtext", context=(), options="answers", option_label="aid", option_text="atext", key="ra", key_as="letter", group="category"
)
_MEDXPERT = Columns(
    id="id",
    text="question",
    text_ends_at="\nAnswer Choices:",
    options="options",
    option_label="letter",
    option_text="content",
    key="label",
    group="question_type",
)
_AFRIMED = Columns(
    id="sample_id",
    text="question",
    options="answer_options",
    key="correct_answer",
    key_separator=",",
    has_sets=True,
    group="specialty",
    where={"question_type": ("MCQ", "mcq")},
)
_GPQA = Columns(
    id="Record ID",
    id_prefix="gpqa-",
    text="Question",
    options=("Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3"),
    key="Correct Answer",
    key_as="text",
    group="Subdomain",
    where={"Subdomain": ("Genetics", "Molecular Biology")},
)

EXAMS = (
    Benchmark(
        name="medmcqa",
        shapes=(
            lettered(id="id", group="subject"),
            Columns(id="id", text="question", options=("opa", "opb", "opc", "opd"), key="cop", key_as="index", group="subject_name"),
            lettered(id="id"),
            lettered(id="id", key="answer"),
            lettered(),
        ),
        licence="MIT",
        citation="Pal et al., MedMCQA, CHIL 2022 (arXiv 2203.14371)",
        file="medmcqa/dev.jsonl.gz",
        hub=Hub(id="openlifescienceai/medmcqa", split="validation"),
        n_options=4,
        notes=("scores are published on the development split: the test split has no public key",),
    ),
    Benchmark(
        name="headqa",
        shapes=(_HEADQA,),
        licence="MIT",
        citation="Vilares and Gómez-Rodríguez, HEAD-QA, ACL 2019 (arXiv 1906.04701)",
        hub=Hub(id="EleutherAI/headqa", part="en"),
        notes=("the same examination in Spanish is another part of the same data set",),
    ),
    Benchmark(
        name="medxpertqa",
        shapes=(_MEDXPERT, lettered(id="id"), lettered()),
        licence="MIT",
        citation="Zuo et al., MedXpertQA (arXiv 2501.18362)",
        hub=Hub(id="TsinghuaC3I/MedXpertQA", part="Text"),
        notes=("the question as published repeats its options; they are left out of it",),
    ),
    Benchmark(
        name="afrimed_qa",
        shapes=(_AFRIMED,),
        licence="CC BY-NC-SA 4.0",
        citation="Olatunji et al., AfriMed-QA (arXiv 2411.15640)",
        hub=Hub(id="intronhealth/afrimedqa_v2", split="train"),
        notes=("multiple-choice questions only; where several options are right, all of them are asked for",),
    ),
    Benchmark(
        name="casimedicos",
        shapes=(
            Columns(id="id", text="case", options="options", key="answer_idx", group="question_type", where={"split": ("test",)}),
            Columns(id="id", id_prefix="casimedicos-", text="full_question", options="options", key="correct_option", group="type"),
        ),
        licence="CC BY 4.0",
        citation="Agerri et al., HiTZ-Antidote: CasiMedicos-Exp (2023); Sviridova et al., CasiMedicos-Arg (2024)",
        file="casimedicos_arg_en/docs.jsonl.gz",
        hub=Hub(id="HiTZ/casimedicos-exp", part="en"),
        notes=("options are numbered in the source and lettered here in the same order",),
    ),
    Benchmark(
        name="gpqa_medical",
        shapes=(_GPQA, lettered(id="id"), lettered()),
        licence="CC BY 4.0",
        citation="Rein et al., GPQA (arXiv 2311.12022); the two subdomains as in HuatuoGPT-o1 (arXiv 2412.18925)",
        hub=Hub(id="Idavidrein/gpqa", part="gpqa_main", split="train"),
        option_seed=0,
        notes=("the source has the right option first in every row, so the options are always dealt by a seed",),
    ),
)
