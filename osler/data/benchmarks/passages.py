"""Questions about a passage that is given. Rows of their shapes, invented:

mednli: {"pairID": "p-1", "sentence1": "He has no fever.", "sentence2": "He is hot.", "gold_label": "contradiction"}
mednli: {"premise": "He has a fever.", "hypothesis": "He is hot.", "label": 0}
long_context: {"id": "l-1", "context": ["He is 60.", "He smokes."], "question": "What is he?", "options": {"A": "A smoker", "B": "A
    child"}, "answer_idx": "A"}
long_context: {"id": "l-2", "context": "She is 60.", "question": "How old is she?", "options": ["50", "60"], "answer": 1}
long_context: {"id": "l-3", "context": "She is 60.", "question": "How old is she?", "answer": "60"}
"""

from osler.data.benchmarks.benchmark import Benchmark, lettered
from osler.data.columns import Columns

_ASK = "Does the second statement follow from the first (entailment), contradict it (contradiction), or neither (neutral)?"
_RELATIONS = ("entailment", "neutral", "contradiction")
_LONG = "any set of questions with a context; name its own source beside the numbers"

PASSAGES = (
    Benchmark(
        name="mednli",
        shapes=(
            Columns(
                id="pairID",
                id_prefix="mednli-",
                context="sentence1",
                text="sentence2",
                ask=_ASK,
                fixed_options=_RELATIONS,
                key="gold_label",
                key_as="text",
            ),
            Columns(context="premise", text="hypothesis", ask=_ASK, fixed_options=_RELATIONS, key="label", key_as="index_from_0"),
        ),
        licence="PhysioNet Credentialed Health Data License 1.5.0",
        citation="Romanov and Shivade, Lessons from Natural Language Inference in the Clinical Domain, EMNLP 2018 (arXiv 1808.06752)",
        notes=("numbered labels are taken in the order entailment, neutral, contradiction",),
    ),
    Benchmark(
        name="long_context",
        shapes=(
            lettered(id="id", context="context"),
            Columns(id="id", context="context", text="question", options="options", key="answer", key_as="index_from_0"),
            Columns(id="id", context="context", text="question", key="answer"),
        ),
        licence="that of the table",
        citation=_LONG,
        notes=(_LONG,),
    ),
)
