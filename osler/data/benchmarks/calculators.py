"""MedCalc-Bench: what a calculator says of a note, with the published labels or with those that physicians corrected. Rows, invented:

medcalc_bench: {"id": "medcalc-1", "calculator": "Body Mass Index", "output_type": "decimal", "note_id": "n-1", "note": "He weighs 80
    kg and is 2 m tall.", "question": "What is his body mass index in kg/m²?", "answer": "20.0", "lower": "19.0", "upper": "21.0"}
medcalc_bench: {"id": "medcalc-2", "calculator": "Points", "output_type": "integer", "note_id": "n-2", "note": "He is 80.",
    "question": "How many points?", "answer": "2", "lower": "2", "upper": "2"}
medcalc_bench: {"id": "medcalc-3", "calculator": "Estimated Due Date", "output_type": "date", "note_id": "n-3", "note": "Last bled on
    1 March.", "question": "When is it due?", "answer": "12/06/2024", "lower": "12/06/2024", "upper": "12/06/2024"}
medcalc_bench: {"id": "medcalc-4", "calculator": "Gestational Age", "output_type": "integer", "note_id": "n-4", "note": "Last bled on
    1 March.", "question": "How far is it?", "answer": "('3 weeks', '2 days')", "lower": "('3 weeks', '2 days')", "upper": "('3
    weeks', '2 days')"}
medcalc_bench: {"Row Number": 5, "Calculator ID": 9, "Calculator Name": "Anion Gap", "Category": "lab", "Output Type": "decimal",
    "Note ID": "n-5", "Note Type": "Synthetic", "Patient Note": "Sodium 130, chloride 110, bicarbonate 30.", "Question": "What is the
    anion gap in mEq/L?", "Ground Truth Answer": "-10", "Lower Limit": "-9.5", "Upper Limit": "-10.5"}

and for `medcalc_bench_corrected` a second table beside the first, with rows of this shape:

labels: {"unique_id": "1", "calculator": "Body Mass Index", "answer": "N/A", "lower": "N/A", "upper": "N/A", "note_head": "He weighs 80"}
"""

from dataclasses import replace

from osler.data.benchmarks.benchmark import Benchmark, Hub, Join
from osler.data.columns import Columns

_CITATION = "Khandekar et al., MedCalc-Bench, NeurIPS 2024 (arXiv 2406.12036)"
_COMPACT = Columns(
    id="id",
    id_prefix="medcalc-",
    context="note",
    text="question",
    kind="number",
    key="answer",
    lower="lower",
    upper="upper",
    number_type="output_type",
    date_format="%m/%d/%Y",
    group="calculator",
    cluster="note_id",
)
_RELEASED = replace(
    _COMPACT,
    id="Row Number",
    context="Patient Note",
    text="Question",
    key="Ground Truth Answer",
    lower="Lower Limit",
    upper="Upper Limit",
    number_type="Output Type",
    group="Calculator Name",
    cluster="Note ID",
)
_RULE = "decimals are right within the limits, whole numbers where they round to the key, dates on the day, weeks and days as days"

CALCULATORS = (
    Benchmark(
        name="medcalc_bench",
        shapes=(_COMPACT, _RELEASED),
        licence="CC BY-SA 4.0",
        citation=_CITATION,
        file="medcalc_bench/test_2024-06.jsonl.gz",
        hub=Hub(id="ncbi/MedCalc-Bench-v1.0"),
        notes=(_RULE, "a third of the original labels lie outside the limits that physicians give: for comparison with published figures"),
    ),
    Benchmark(
        name="medcalc_bench_corrected",
        shapes=(replace(_COMPACT, not_computable=("N/A",)),),
        licence="CC BY-SA 4.0; of the corrections: not stated",
        citation=f"{_CITATION}; corrected labels: junzeye/validate-medcalc-labels on GitHub",
        file="medcalc_bench/test_2024-06.jsonl.gz",
        joins=(
            Join(
                file="corrected_labels.jsonl.gz",
                id="id",
                by="unique_id",
                prefix="medcalc-",
                columns=("answer", "lower", "upper"),
                same="calculator",
            ),
        ),
        notes=(_RULE, "where the note does not suffice, the right answer is to say so"),
    ),
)
