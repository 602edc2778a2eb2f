"""The DDXPlus knowledge base (Fansi Tchango et al. 2022, CC BY 4.0): which evidences each of 49 conditions has, without frequencies.

A documented rule sets them: an evidence that is listed for a condition is there in 70 %, any other in 2 %. Only the evidences that are
answered yes or no are used, by their English question; with whole profiles the conditions are told apart too easily, and the tasks give a
few evidences only.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from osler.clinic.differentials.profiles import Profiles, profiles_of
from osler.core.errors import RecordError
from osler.knowledge.graphs.lines import lines

LISTED_PERCENT = 70
MIN_EVIDENCES = 6
_LISTS = ("symptoms", "antecedents")
_ORIGIN = (
    "The conditions and evidences of DDXPlus (Fansi Tchango et al., NeurIPS 2022, Datasets and Benchmarks). DDXPlus's own probabilities are"
    f" not in these files: by rule, a listed evidence counts as {LISTED_PERCENT} %. Only evidences answered yes or no are used."
)


def is_ddxplus(place: Path) -> bool:
    return place.is_dir() and _file(place, "conditions") is not None and _file(place, "evidences") is not None


def read_ddxplus(place: Path, name: str) -> Profiles:
    """Raises RecordError with file:line."""
    questions = {
        _text(record, "name", where): _text(record, "question_en", where)
        for where, record in _records(place, "evidences")
        if record.get("data_type") == "B"
    }
    rows = [
        (_text(record, "cond-name-eng", where), questions[evidence], LISTED_PERCENT)
        for where, record in _records(place, "conditions")
        for evidence in dict.fromkeys(evidence for kind in _LISTS for evidence in _listed(record, kind, where))
        if evidence in questions
    ]
    return profiles_of(
        name,
        rows,
        min_findings=MIN_EVIDENCES,
        typical_percent=LISTED_PERCENT,
        is_asked=True,
        origin=_ORIGIN,
        licence="CC BY 4.0, with attribution to DDXPlus (mila-iqia).",
    )


def _file(place: Path, name: str) -> Path | None:
    return next((file for suffix in ("", ".gz") if (file := place / f"{name}.jsonl{suffix}").is_file()), None)


def _records(place: Path, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    file = _file(place, name)
    assert file is not None
    yield from read_objects(file)


def read_objects(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """file:line and the JSON object that stands there. Raises RecordError."""
    for number, line in enumerate(lines(file, lambda what, where: None), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise RecordError(f"{file}:{number}: no JSON ({type(error).__name__}); write one object a line") from error
        if not isinstance(record, dict):
            raise RecordError(f"{file}:{number}: a JSON {type(record).__name__}; write one object a line")
        yield f"{file}:{number}", record


def _text(record: Mapping[str, Any], field: str, where: str) -> str:
    if not isinstance(record.get(field), str) or not record[field].strip():
        raise RecordError(f"{where}: no text in {field!r}; its fields are {', '.join(map(str, list(record)[:12]))}")
    return str(record[field])


def _listed(record: Mapping[str, Any], field: str, where: str) -> Mapping[str, Any]:
    if not isinstance(record.get(field), dict):
        raise RecordError(f"{where}: {field!r} is no object of evidences; take the files of the DDXPlus release")
    return dict(record[field])
