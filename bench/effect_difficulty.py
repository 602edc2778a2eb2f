"""Which items to learn from: those that the student never solves, those that it sometimes solves, or any; as many of each.

m1 (arXiv 2504.00869) keeps what two models get wrong, MedVLThinker (arXiv 2508.02669) a middle band, and AlphaMed (arXiv 2505.17952) finds
mixed levels best. The student has learned from the worked cases; it answers each item `N` times; the traces to learn from are the
teacher's, all right.
"""

import random
from pathlib import Path

from effect import CODEC, PROMPT, SYSTEMS, TEACHER, Arms, Size, clinic, kept, outcomes, records_of, run, schedule, student, train

from osler.clinic.case import CaseKind
from osler.clinic.teacher import ClinicTeacher
from osler.core.model import Sampling
from osler.core.records import read_records
from osler.core.run import Run
from osler.core.trace import Step
from osler.models import HuggingFace
from osler.stages.material import ClinicMaterial
from osler.stages.synthesising import RECORDS, synthesise
from osler.synthesis import Role, Synthesis
from osler.synthesise import Keep, Solve
from osler.synthesise.draft import Draft
from osler.synthesise.exports import sft_record

N = 4
BANDS = {"never solved": (0, 0), "sometimes solved": (1, N - 1), "any": (0, N)}


def solved(folder: Path, size: Size, seed: int, learner: Path) -> list[Draft]:
    """Every item with the teacher's trace and how often the student solves it."""
    teacher = Role(engine=ClinicTeacher(body_systems=SYSTEMS), sampling=TEACHER, codec="step")
    own = Role(engine=HuggingFace(str(learner)), sampling=Sampling(temperature=1.0, top_p=1.0, max_tokens=120), codec="step")
    synthesis = Synthesis(
        name="solved",
        seed=seed,
        material=ClinicMaterial(clinic(size)),
        blocks=(Solve(n=1), Keep(), Solve(role="student", n=N, n_right=None, is_kept=False)),
        roles={"teacher": teacher, "student": own},
    )
    with Run(folder) as made:
        synthesise(synthesis, made)
        return list(read_records(made.path(RECORDS), Draft))


def arms_of(folder: Path, size: Size, seed: int) -> Arms:
    source = clinic(size)
    folder = folder / CaseKind.DIAGNOSIS
    start = student(folder, source, seed)
    dataset = source.load(seed)
    worked = [sft_record(each.item.question, [Step(step) for step in each.steps], PROMPT, CODEC) for each in dataset.worked]
    learner = folder / "learner"
    if not (learner / "model.safetensors").exists():
        schedule(4.0).train(start, worked, learner, seed=seed)
    drafts = solved(folder / "solved", size, seed, learner)
    random.Random(f"{seed}/difficulty").shuffle(drafts)
    banded = {
        name: [draft for draft in drafts if low <= draft.notes["solved"]["student"]["n_right"] <= high]
        for name, (low, high) in BANDS.items()
    }
    n = min(map(len, banded.values()))
    arms: dict[str, dict[str, object]] = {"before": kept(folder / "before.json", lambda: outcomes(learner, dataset.answer))}
    for name, own in banded.items():
        records = records_of(own[:n])
        arms[name] = kept(
            folder / f"{name}.json",
            lambda name=name, records=records: {  # type: ignore[misc]
                **outcomes(train(learner, records, folder / name, seed, size.epochs), dataset.answer),
                "n_records": len(records),
            },
        )
    return arms


if __name__ == "__main__":
    run(
        "Difficulty of items, as many of each",
        arms_of,
        [("never solved", "any"), ("sometimes solved", "any"), ("any", "before")],
    )
