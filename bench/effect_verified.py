"""Verified against unverified traces, from a teacher that errs in 10, 30 and 60 % of its replies: one reply an item in both arms.

"verified" keeps what the judge finds right, and so has fewer records; both cost the teacher the same.
"""

from pathlib import Path

from effect import Arms, Size, clinic, kept, outcomes, records_of, run, student, taught, train

from osler.clinic.case import CaseKind

ERROR_RATES = (0.1, 0.3, 0.6)


def arms_of(folder: Path, size: Size, seed: int) -> Arms:
    source = clinic(size)
    folder = folder / CaseKind.DIAGNOSIS
    start = student(folder, source, seed)
    items = source.load(seed).answer
    arms = {}
    for error_rate in ERROR_RATES:
        for name, is_verified in (("verified", True), ("unverified", False)):
            arm = f"{name} at {error_rate:.0%}"
            records = records_of(taught(folder / f"taught {arm}", source, seed, error_rate=error_rate, is_verified=is_verified))
            arms[arm] = kept(
                folder / f"{arm}.json",
                lambda arm=arm, records=records: {  # type: ignore[misc]
                    **outcomes(train(start, records, folder / arm, seed, size.epochs), items),
                    "n_records": len(records),
                },
            )
    return arms


if __name__ == "__main__":
    run(
        "Verified against unverified traces",
        arms_of,
        [(f"verified at {rate:.0%}", f"unverified at {rate:.0%}") for rate in ERROR_RATES],
    )
