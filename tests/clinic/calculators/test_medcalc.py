"""Our calculators and the labels of MedCalc-Bench: where they differ, the cause stands in the bench's file, and none is ours."""

import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[3] / "bench"
sys.path.insert(0, str(BENCH))

import calculators as bench  # noqa: E402
import medcalc_rows  # noqa: E402
from medcalc_rows import CLASSES, Label, Row, causes, computed_rows  # noqa: E402

needs_data = pytest.mark.skipif(not medcalc_rows.DATA.is_dir(), reason=f"MedCalc-Bench is not here: {medcalc_rows.DATA}")


def row(value: float | None, answer: str, kind: str = "decimal", lower: str = "9.5", upper: str = "10.5") -> Row:
    return Row("medcalc-7", 39, "anion_gap", {}, value, "", Label(kind, answer, lower, upper), None)


@pytest.mark.parametrize(
    ("value", "answer", "kind", "lower", "upper", "agrees"),
    [
        (9.5, "10", "decimal", "9.5", "10.5", True),
        (9.4, "10", "decimal", "9.5", "10.5", False),
        (-10.4, "-10", "decimal", "-9.5", "-10.5", True),
        (3.4, "3", "integer", "3", "3", True),
        (3.6, "3", "integer", "3", "3", False),
        (23, "('3 weeks', '2 days')", "integer", "", "", True),
        (22, "('3 weeks', '2 days')", "integer", "", "", False),
        (None, "10", "decimal", "9.5", "10.5", False),
    ],
)
def test_the_benchmarks_own_rule(value: float | None, answer: str, kind: str, lower: str, upper: str, agrees: bool) -> None:
    assert row(value, answer, kind, lower, upper).agrees("original") is agrees
    assert row(value, answer, kind, lower, upper).agrees("corrected") is None


def test_what_has_no_cause_or_a_needless_one_is_told() -> None:
    cause = medcalc_rows.Cause("anion_gap", "original", "rounding", "halves", frozenset(["medcalc-7"]))
    assert bench.unclassified([row(8, "10")], [cause]) == []
    assert bench.unclassified([row(8, "10")], []) == ["anion_gap original medcalc-7: differs, and no cause is given"]
    assert bench.unclassified([row(10, "10")], [cause]) == ["anion_gap original medcalc-7: a cause is given, and it agrees"]
    ours = medcalc_rows.Cause("anion_gap", "original", "ours", "a slip", frozenset(["medcalc-7"]))
    assert bench.unclassified([row(8, "10")], [ours]) == ["anion_gap: 'ours' (a slip)"]


def test_no_cause_is_ours() -> None:
    known = causes()
    assert known
    assert {each.cause for each in known} <= {*CLASSES} - {"ours"}
    assert all(each.why and each.rows for each in known)


@needs_data
def test_every_disagreement_has_its_cause() -> None:
    rows = computed_rows()
    assert rows is not None
    assert len(rows) == 1047
    assert len({each.calculator for each in rows}) == 55
    assert bench.unclassified(rows, causes()) == []


@needs_data
def test_the_table_of_the_documents_is_what_comes_out() -> None:
    rows = computed_rows()
    assert rows is not None
    document = (BENCH.parent / "docs" / "calculators.md").read_text(encoding="utf-8").splitlines()
    table = list(bench.table(list(bench.lines(rows, causes())), is_markdown=True))
    assert len(table) == 2 + 55 + 1
    assert [line for line in table if line not in document] == []
