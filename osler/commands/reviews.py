"""Reviews of records by people, as a sheet leaves them: read back, counted, compared, and carried out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from osler.commands.record_views import Row, id_of, is_draft
from osler.core.errors import RecordError, UserError
from osler.core.question import STRICT, Text
from osler.core.records import numbered_records, read_records, write_records
from osler.judges.free.agreement import agreement
from osler.report.numbers import decimal, percent, shortened

VERDICTS = ("keep", "drop")
REVIEW = "review"
"""The block, and the reason, by which a draft is dropped that a reviewer would not keep."""


@dataclass(frozen=True, config=STRICT)
class Review:
    """What one person thought of one record."""

    id: Text
    verdict: Literal["keep", "drop"]
    reviewer: Text
    comment: str = ""


def read_reviews(paths: Sequence[Path], file: Path) -> list[Review]:
    """The reviews of the records of `file`. Raises RecordError with file:line where a line is no review, is of no record of it, or is a
    second one by the same person."""
    ids = {id_of(row) for row in read_records(file, dict[str, Any])}
    reviews: dict[tuple[str, str], Review] = {}
    places: dict[tuple[str, str], str] = {}
    for path in paths:
        for number, review in numbered_records(path, Review):
            place, key = f"{path}:{number}", (review.id, review.reviewer)
            if review.id not in ids:
                raise RecordError(f"{place}: there is no record {review.id!r} in {file}; name the file that the sheet was made of")
            if key in reviews:
                before = places[key]
                raise RecordError(f"{place}: {review.reviewer} has reviewed {review.id!r} before, in {before}; keep one of the two lines")
            reviews[key], places[key] = review, place
    return list(reviews.values())


def summary(reviews: Sequence[Review], file: Path) -> dict[str, Any]:
    """How many records were reviewed, and what by whom; of every two reviewers how far they agree over the records that both saw."""
    by_reviewer: dict[str, dict[str, Review]] = {}
    for review in reviews:
        by_reviewer.setdefault(review.reviewer, {})[review.id] = review
    n_records = sum(1 for _ in read_records(file, dict[str, Any]))
    reviewed = {review.id for review in reviews}
    return {
        "n_records": n_records,
        "n_reviewed": len(reviewed),
        "n_dropped": len(dropped_ids(reviews)),
        "reviewers": {name: _counts(own.values()) for name, own in by_reviewer.items()},
        "pairs": [_pair(first, second, by_reviewer) for first, second in combinations(by_reviewer, 2)],
        "comments": [asdict(review) for review in reviews if review.comment],
    }


def _counts(reviews: Any) -> dict[str, int]:
    counts = Counter(review.verdict for review in reviews)
    return {**{verdict: counts[verdict] for verdict in VERDICTS}, "comments": sum(1 for review in reviews if review.comment)}


def _pair(first: str, second: str, by_reviewer: Mapping[str, Mapping[str, Review]]) -> dict[str, Any]:
    both = [id for id in by_reviewer[first] if id in by_reviewer[second]]
    verdicts = [[by_reviewer[name][id].verdict for id in both] for name in (first, second)]
    found = agreement(*verdicts, labels=VERDICTS)
    return {
        "reviewers": [first, second],
        "n": found.n,
        "counts": {f"{one}/{other}": found.counts.get((one, other), 0) for one in VERDICTS for other in VERDICTS},
        "agreement": found.raw,
        "kappa": found.kappa,
        "kappa_interval": found.kappa_interval,
        "ac1": found.ac1,
    }


def rows(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The summary as lines of a table."""
    lines = [("records", f"{content['n_records']}, of which {content['n_reviewed']} were reviewed"), ("to drop", str(content["n_dropped"]))]
    for name, counts in content["reviewers"].items():
        lines.append((name, f"{counts['keep']} to keep, {counts['drop']} to drop, with a comment {counts['comments']}"))
    for pair in content["pairs"]:
        name = " and ".join(pair["reviewers"])
        if not pair["n"]:
            lines.append((name, "have no record in common"))
            continue
        low, high = pair["kappa_interval"] or (None, None)
        span = f" [{decimal(low, 2)}, {decimal(high, 2)}]" if low is not None else ""
        counts = ", ".join(f"{n} {verdicts}" for verdicts, n in pair["counts"].items())
        lines.append(
            (name, f"agree on {percent(pair['agreement'])} of {pair['n']}; Cohen's kappa {decimal(pair['kappa'], 2)}{span}; {counts}")
        )
    for comment in content["comments"]:
        lines.append((f"{comment['id']}: {comment['reviewer']}", f"{comment['verdict']}: {shortened(comment['comment'], 300)}"))
    return lines


def dropped_ids(reviews: Sequence[Review]) -> set[str]:
    """What any reviewer would drop."""
    return {review.id for review in reviews if review.verdict == "drop"}


def write_reviewed(file: Path, reviews: Sequence[Review], to: Path) -> tuple[Path, int, int]:
    """The records of `file` without those that a reviewer would drop, in their order → `to`; the others beside it, with the reason
    `review`. What nobody reviewed stays. Returns the file of what was dropped, and how many were kept and dropped. Raises UserError where
    the lines are no records of a synthesis, or a file would be written over what it is read from."""
    beside = to.with_name(f"{to.stem}.dropped.jsonl")
    if file.resolve() in (to.resolve(), beside.resolve()):
        raise UserError(f"--to {to}: this is the file that is read; name another")
    unwanted, counts = dropped_ids(reviews), Counter[bool]()
    write_records(to, _parted(file, unwanted, counts, is_wanted=True))
    reasons = {review.id: "" for review in reviews}
    for review in reviews:
        if review.verdict == "drop":
            said = f"{review.reviewer}: {review.comment}".removesuffix(": ")
            reasons[review.id] = f"{reasons[review.id]}; {said}".removeprefix("; ")
    dropped = _parted(file, unwanted, counts, is_wanted=False)
    write_records(beside, ({"draft": row, "block": REVIEW, "reason": REVIEW, "detail": reasons[id_of(row)]} for row in dropped))
    return beside, counts[True], counts[False]


def _parted(file: Path, unwanted: set[str], counts: "Counter[bool]", *, is_wanted: bool) -> Iterator[Row]:
    for number, row in numbered_records(file, dict[str, Any]):
        if not is_draft(row):
            raise UserError(f"{file}:{number}: this is no record of a synthesis; --to takes its records.jsonl")
        if (id_of(row) not in unwanted) is is_wanted:
            counts[is_wanted] += 1
            yield row
