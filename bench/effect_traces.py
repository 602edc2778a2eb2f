"""With against without the reasoning trace: the same items and answers, and the same tokens (systems.md 1.3's contrast, on the clinic).

"without" is the same records with the trace stripped to its closing statement. At equal tokens it has as many more items as bring all the
tokens that are read in training (prompt and answer) to those of "with". On diagnoses alone: of pathways (development split) and of
differentials (seed 1) this student learns nothing in any arm, all stay at chance.
"""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from effect import Arms, Size, clinic, kept, larger, outcomes, records_of, run, student, taught, train
from transformers import AutoTokenizer

from osler.clinic.case import CaseKind


def closing(steps: Sequence[str]) -> list[str]:
    """The closing statement alone."""
    stated = re.search(r"The answer is .+", steps[-1])
    assert stated
    return [stated[0]]


def n_tokens(checkpoint: Path, records: Sequence[dict[str, Any]]) -> int:
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    return sum(len(tokenizer.apply_chat_template(record["messages"], return_dict=True)["input_ids"]) for record in records)


def arms_of(kind: CaseKind, folder: Path, size: Size, seed: int) -> Arms:
    folder = folder / kind
    source = clinic(size, kind)
    start = student(folder, source, seed)
    with_traces = records_of(taught(folder / "taught", source, seed))
    without = records_of(taught(folder / "taught", source, seed), closing)
    target = n_tokens(start, with_traces)
    pool = records_of(taught(folder / "taught_more", larger(source, 2.5), seed), closing)
    n_more = round(len(pool) * target / n_tokens(start, pool))
    assert n_more <= len(pool), "the larger clinic has too few items for equal tokens"
    records = {"with traces": with_traces, "without, equal items": without, "without, equal tokens": pool[:n_more]}
    items = source.load(seed).answer
    return {
        name: kept(
            folder / f"traces {name}.json",
            lambda name=name, own=own: {  # type: ignore[misc]
                **outcomes(train(start, own, folder / f"traces {name}", seed, size.epochs), items),
                "n_records": len(own),
                "n_tokens": n_tokens(start, own),
            },
        )
        for name, own in records.items()
    }


if __name__ == "__main__":
    run(
        "With against without traces",
        partial(arms_of, CaseKind.DIAGNOSIS),
        [("with traces", "without, equal items"), ("with traces", "without, equal tokens")],
    )
