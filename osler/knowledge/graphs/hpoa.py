"""HPO annotations (`phenotype.hpoa`): which disease shows which finding, and how often.

The columns of obophenotype.github.io/human-phenotype-ontology/annotations/phenotype_hpoa. A frequency is a term, a count or a percentage;
a term stands for the middle of its range (obligate 1, very frequent .895, frequent .545, occasional .17, very rare .025).
"""

import math
import re
from pathlib import Path

from osler.core.errors import RecordError
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.lines import n_fields_wrong, places, rows
from osler.knowledge.graphs.names import curie
from osler.knowledge.graphs.vocabulary import kind_of

SOURCE = "HPOA"
_RELATIONS = {"P": "has_phenotype", "I": "inheritance", "C": "clinical_course"}
_TERMS = {"HP:0040280": 1.0, "HP:0040281": 0.895, "HP:0040282": 0.545, "HP:0040283": 0.17, "HP:0040284": 0.025, "HP:0040285": 0.0}
_COUNT = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,9})?)\s*%")
_COLUMNS = ["database_id", "disease_name", "qualifier", "hpo_id", "frequency", "aspect"]
_OLDER = {"databaseid": "database_id", "diseasename": "disease_name", "hpoid": "hpo_id", "hpo_term_id": "hpo_id"}


def read_hpoa(path: Path, draft: Draft) -> None:
    """Annotations that a finding is absent, by NOT or by a frequency of none, are left out and counted; so are those of aspects that are no
    finding. Raises RecordError with file:line."""
    table = ((number, row) for number, row in rows(path, draft.tell, comma=False) if _is_row(row))
    header = next(table, (0, []))[1]
    header = [_OLDER.get(name, name) for name in (name.strip().lstrip("#").lower() for name in header)]
    at = [place for place in places(path, header, _COLUMNS) if place is not None]
    width = len(header)
    for number, row in table:
        if len(row) != width:
            raise n_fields_wrong(path, number, len(row), width)
        condition, name, qualifier, finding, frequency, aspect = (row[place].strip() for place in at)
        where = f"{path}:{number}"
        condition, finding = curie(condition), curie(finding)
        if not (condition and finding):
            raise RecordError(f"{where}: an annotation without a disease or a term; fill it in or take the line out")
        share = share_of(frequency, where, draft)
        if "NOT" in qualifier.upper().split("|") or share == 0:
            draft.tell("finding said to be absent", f"{where}: {condition} {finding}")
        elif aspect.upper() not in _RELATIONS:
            draft.tell("annotation that is no finding", f"{where}: aspect {aspect[:20]!r}")
        else:
            draft.node(condition, name, kind_of(condition) or "disease", where=where)
            draft.node(finding, "", kind_of(finding), where=where)
            draft.edge(condition, _RELATIONS[aspect.upper()], finding, SOURCE, share)


def _is_row(row: list[str]) -> bool:
    """The older header begins with #, as comments do."""
    return not row[0].startswith("#") or row[0].lstrip("#").strip().lower() in ("databaseid", "database_id")


def share_of(text: str, where: str, draft: Draft) -> float:
    """A share in [0, 1]; NaN where nothing is said, or, counted, nothing that can be read."""
    if not text:
        return math.nan
    if (term := curie(text)) in _TERMS:
        return _TERMS[term]
    if (count := _COUNT.fullmatch(text)) and 0 < int(count[2]) >= int(count[1]):
        return int(count[1]) / int(count[2])
    if (percent := _PERCENT.fullmatch(text)) and float(percent[1]) <= 100:
        return float(percent[1]) / 100
    draft.tell("frequency that is no share", f"{where}: {text[:40]!r}")
    return math.nan
