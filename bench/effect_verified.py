"""Verified against unverified traces, from a teacher that errs in 10, 30 and 60 % of its replies: one reply an item in both arms.

"verified" keeps what the judge finds right, and so has fewer records; both cost the teacher the same. "as many unverified" are the first so
many of the unverified ones: the same number of records, right or wrong.
"""

from pathlib import Path
from typing import Any

from effect import Arms, Size, clinic, kept, outcomes, records_of, run, student, taught, train

from osler.clinic.case import CaseKind

ERROR_RATES = (0.1, 0.3, 0.6)


def arms_of(folder: Path, size: Size, seed: int) -> Arms:
    source = clinic(size)
    folder = folder / CaseKind.DIAGNOSIS
    start = student(folder, source, seed)
    items = source.load(seed).answer
    arms: dict[str, dict[str, Any]] = {}
    for error_rate in ERROR_RATES:
        rate = f"{error_rate:.0%}"
        records = {
            name: records_of(taught(folder / f"taught {name} at {rate}", source, seed, error_rate=error_rate, is_verified=is_verified))
            for name, is_verified in (("verified", True), ("unverified", False))
        }
        records["as many unverified"] = records["unverified"][: len(records["verified"])]
        for name, own in records.items():
            arm = f"{name} at {rate}"
            arms[arm] = kept(
                folder / f"{arm}.json",
                lambda arm=arm, own=own: {  # type: ignore[misc]
                    **outcomes(train(start, own, folder / arm, seed, size.epochs), items),
                    "n_records": len(own),
                },
            )
    return arms


if __name__ == "__main__":
    run(
        "Verified against unverified traces",
        arms_of,
        [(f"verified at {rate:.0%}", f"{other} at {rate:.0%}") for rate in ERROR_RATES for other in ("unverified", "as many unverified")],
    )
