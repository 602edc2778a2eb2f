"""Our calculators on every row of MedCalc-Bench: entities in, value out. Which agree with the labels, and why the others do not.

    python bench/calculators.py [--markdown] [--speed]

Against the original labels (June 2024) and, of the 887 rows that have one, those that physicians corrected ("N/A": not computable from the
note, which says nothing of the entities and is counted by itself). Every disagreement stands with its cause in
`medcalc_disagreements.yaml`; one without, or one that is ours, ends the bench with 1. --markdown prints the table of docs/calculators.md.
--speed times `calculate` and `compute` of every calculator: the target is 100,000 of simple equations a second on one core.
Data: OSLER_DATA, or ../shared/data beside the checkout. About two seconds.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random
from statistics import median
from typing import NamedTuple

from medcalc_rows import CLASSES, DATA, Against, Cause, Row, causes, computed_rows

from osler.clinic.calculators import CALCULATORS
from osler.clinic.calculators.calculator import Work
from osler.clinic.calculators.inputs import Input, NumberInput, WordInput
from osler.core.calculation import Amount
from osler.core.errors import UserError

SECONDS = 0.05
AGAINST: tuple[Against, Against] = ("original", "corrected")


class Line(NamedTuple):
    """One calculator: how many labels agree of how many that are not N/A, how many are N/A, and the causes of the rest."""

    medcalc_id: int
    calculator: str
    agreeing: Mapping[Against, int]
    labelled: Mapping[Against, int]
    n_not_computable: int
    causes: Mapping[Against, Mapping[str, int]]


def unclassified(rows: list[Row], known: list[Cause]) -> list[str]:
    """Disagreements without a cause, causes without a disagreement, and causes that are not among the classes or are ours."""
    differing = {(row.calculator, against, row.id) for row in rows for against in AGAINST if row.agrees(against) is False}
    named = {(each.calculator, each.against, row) for each in known for row in each.rows}
    here = {row.calculator for row in rows}
    return [
        *(f"{' '.join(each)}: differs, and no cause is given" for each in sorted(differing - named)),
        *(f"{' '.join(each)}: a cause is given, and it agrees" for each in sorted(named - differing) if each[0] in here),
        *(f"{each.calculator}: {each.cause!r} ({each.why})" for each in known if each.cause not in CLASSES or each.cause == "ours"),
    ]


def lines(rows: list[Row], known: list[Cause]) -> Iterator[Line]:
    for number in sorted({row.calculator_id for row in rows}):
        own = [row for row in rows if row.calculator_id == number]
        name = own[0].calculator
        agreed = {against: [agrees for row in own if (agrees := row.agrees(against)) is not None] for against in AGAINST}
        why = {
            against: Counter(each.cause for each in known for _ in each.rows if (each.calculator, each.against) == (name, against))
            for against in AGAINST
        }
        n_not_computable = sum(row.corrected is not None and not row.corrected.is_computable for row in own)
        counted = {against: len(found) for against, found in agreed.items()}
        yield Line(number, name, {against: sum(found) for against, found in agreed.items()}, counted, n_not_computable, why)


def table(found: list[Line], *, is_markdown: bool) -> Iterator[str]:
    if is_markdown:
        yield "| MedCalc | Calculator | Original | Why the rest differ | Corrected | N/A | Why the rest differ |"
        yield "|---:|---|---:|---|---:|---:|---|"
    else:
        yield f"{'id':>3} {'calculator':34}{'original':>12}{'corrected':>12}{'N/A':>5}  why the rest differ"
    for each in (*found, total(found)):
        original, corrected = (f"{each.agreeing[against]} / {each.labelled[against]}" for against in AGAINST)
        first, second = (", ".join(f"{cause} {n}" for cause, n in Counter(each.causes[against]).most_common()) for against in AGAINST)
        number, name = (each.medcalc_id, f"`{each.calculator}`") if each.medcalc_id else ("", f"**{each.calculator}**")
        if is_markdown:
            yield f"| {number} | {name} | {original} | {first} | {corrected} | {each.n_not_computable} | {second} |"
        else:
            why = "; ".join(f"{against}: {said}" for against, said in zip(AGAINST, (first, second), strict=True) if said)
            yield f"{number:>3} {each.calculator:34}{original:>12}{corrected:>12}{each.n_not_computable:5}  {why}"


def total(found: list[Line]) -> Line:
    agreeing, labelled = (
        {against: sum(counts[against] for counts in each) for against in AGAINST}
        for each in ([line.agreeing for line in found], [line.labelled for line in found])
    )
    why = {against: sum((Counter(each.causes[against]) for each in found), Counter[str]()) for against in AGAINST}
    return Line(0, f"all {len(found)}", agreeing, labelled, sum(each.n_not_computable for each in found), why)


def speeds() -> Iterator[str]:
    """Per second: `calculate` checks and converts its amounts, `compute` works with known ones."""
    found = {}
    for calculator in CALCULATORS.values():
        rng = Random(calculator.name)
        amounts = {each.name: drawn(each, rng) for each in calculator.inputs if not each.is_optional}
        try:
            calculator.calculate(amounts)
        except UserError:  # nothing common that it takes: its neighbours tell enough
            continue
        given = {each.name: None for each in calculator.inputs} | {
            each.name: each.known(amounts[each.name]) for each in calculator.inputs if each.name in amounts
        }
        found[calculator.name] = (
            per_second(lambda c=calculator, a=amounts: c.calculate(a)),
            per_second(lambda c=calculator, g=given: c.compute(g, Work())),
        )
    for name, (whole, bare) in sorted(found.items(), key=lambda each: -each[1][1]):
        yield f"{name:34}{whole:12,.0f}{bare:12,.0f}"
    yield f"{'median':34}{median(each[0] for each in found.values()):12,.0f}{median(each[1] for each in found.values()):12,.0f}"


def drawn(each: Input, rng: Random) -> Amount:
    if isinstance(each, NumberInput):
        return rng.uniform(*each.usual)
    if isinstance(each, WordInput):
        return rng.choice(each.options)
    return "2026-03-01" if type(each).__name__ == "DayInput" else False


def per_second(call: object) -> float:
    assert callable(call)
    n, start = 0, time.process_time()
    while (spent := time.process_time() - start) < SECONDS:
        for _ in range(100):
            call()
        n += 100
    return n / spent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--speed", action="store_true")
    asked = parser.parse_args()
    if asked.speed:
        print(f"{'a second':34}{'calculate':>12}{'compute':>12}", *speeds(), sep="\n")
        return 0
    rows, known = computed_rows(), causes()
    if rows is None:
        print(f"{DATA}: the rows are not here; name the folder of the data in OSLER_DATA")
        return 2
    print(*table(list(lines(rows, known)), is_markdown=asked.markdown), sep="\n")
    unmet = unclassified(rows, known)
    print(*unmet, sep="\n", file=sys.stderr, end="\n" if unmet else "")
    return int(bool(unmet))


if __name__ == "__main__":
    sys.exit(main())
