"""The rows of MedCalc-Bench, computed by our calculators from their entities, beside the original labels and those of physicians.

    rows = computed_rows()          # None where the data are not here

A decimal agrees within the limits, a whole number where it rounds to the label, a day where it is the day: the benchmark's own rule.
"""

import gzip
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import yaml
from medcalc_equations import EQUATIONS, Mapped

from osler.clinic.calculators import CALCULATORS
from osler.clinic.calculators.collection import Calculators

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("OSLER_DATA", ROOT.parent / "shared/data")) / "medcalc_bench"
DISAGREEMENTS = Path(__file__).with_name("medcalc_disagreements.yaml")
CLASSES = ("label error", "rounding", "other version", "outside its range", "entities do not fit the note", "ours")
"""Why a label differs: it is wrong; was rounded on the way; follows another version of the formula; is of someone to whom the formula does
not apply; is of other values than the row's entities, or these cannot be; or the mistake is ours."""
Against = Literal["original", "corrected"]


@dataclass(frozen=True)
class Label:
    """`answer` "N/A": cannot be computed from the note."""

    kind: str
    answer: str
    lower: str
    upper: str

    @property
    def is_computable(self) -> bool:
        return self.answer != "N/A"

    def agrees(self, value: float | date | None) -> bool:
        if value is None or not self.is_computable:
            return value is None and not self.is_computable
        if isinstance(value, date):
            return datetime.strptime(self.answer, "%m/%d/%Y").date() == value
        if weeks := re.fullmatch(r"\('(\d+) weeks?', '(\d+) days?'\)", self.answer):
            return 7 * int(weeks[1]) + int(weeks[2]) == value
        if self.kind == "integer":
            return round(value) == round(float(self.answer))
        low, high = sorted((float(self.lower), float(self.upper)))
        return low - 1e-9 <= value <= high + 1e-9


@dataclass(frozen=True)
class Row:
    """`value` is None where the calculator refused the entities, with its `error`."""

    id: str
    calculator_id: int
    calculator: str
    entities: dict[str, Any]
    value: float | date | None
    error: str
    original: Label
    corrected: Label | None

    def agrees(self, against: Against) -> bool | None:
        """None where there is no label, or where the label says that the note does not suffice: that is no claim about the entities."""
        label = self.original if against == "original" else self.corrected
        return None if label is None or not label.is_computable else label.agrees(self.value)


def mapped() -> dict[int, Mapped]:
    """Equations, and rules where they are here."""
    if not Path(__file__).with_name("medcalc_rules.py").is_file():
        return dict(EQUATIONS)
    return EQUATIONS | import_module("medcalc_rules").RULES


def computed_rows() -> list[Row] | None:
    """None where the data are not here."""
    if not (DATA / "test_2024-06.jsonl.gz").is_file():
        return None
    corrected = {line["unique_id"]: line for line in _lines("corrected_labels.jsonl.gz")}
    calculators, names = Calculators(CALCULATORS), mapped()
    rows = []
    for line in _lines("test_2024-06.jsonl.gz"):
        if line["calculator_id"] not in names:
            continue
        name, amounts = names[line["calculator_id"]]
        calculation = calculators.calculate(name, amounts(line["entities"]))
        other = corrected.get(line["id"].removeprefix("medcalc-"))
        fits = other is not None and other["calculator"] == line["calculator"]
        rows.append(
            Row(
                line["id"], line["calculator_id"], name, line["entities"], calculation.value, calculation.error,
                _label(line["output_type"], line), _label(line["output_type"], other) if fits else None,
            )
        )  # fmt: skip
    return rows


def _label(kind: str, line: dict[str, Any]) -> Label:
    return Label(kind, *(str(line[field]) for field in ("answer", "lower", "upper")))


def _lines(file: str) -> Iterator[dict[str, Any]]:
    with gzip.open(DATA / file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@dataclass(frozen=True)
class Cause:
    """Why some rows of a calculator differ from labels: one of `CLASSES`, in words, and the rows by number."""

    calculator: str
    against: Against
    cause: str
    why: str
    rows: frozenset[str]


def causes() -> list[Cause]:
    """As they stand in `medcalc_disagreements.yaml`. `rows` there are numbers and spans of them: "340, 342-344"."""
    found = yaml.safe_load(DISAGREEMENTS.read_text(encoding="utf-8"))
    return [Cause(each["calculator"], each["against"], each["cause"], each["why"], frozenset(_ids(str(each["rows"])))) for each in found]


def _ids(spans: str) -> Iterator[str]:
    for span in spans.split(","):
        first, _, last = span.strip().partition("-")
        yield from (f"medcalc-{number}" for number in range(int(first), int(last or first) + 1))
