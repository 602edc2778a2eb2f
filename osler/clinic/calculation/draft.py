"""Draft: a task before it has a form and an id; and how it is made at each of the five levels.

1. The values as the formula takes them.
2. Values in other units, beside others that are not needed.
3. Two points in time, of which the question names one.
4. A value that is needed is missing, in half of them, and the right answer is to say so; else a formula that goes through others.
5. Backwards (which value gives this?), or what would be otherwise (by how much would it change?).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import inf
from typing import Any

from osler.clinic.calculation.deck import Deck, Drawn, Random
from osler.clinic.calculation.note import TIMES, note
from osler.clinic.calculation.shown import NOTHING, Shown, Slot, label_of, plain, quantity
from osler.clinic.calculators.calculator import Work
from osler.clinic.calculators.inputs import FlagInput, NumberInput
from osler.clinic.generate import Split
from osler.core.errors import UserError

Value = float | date
CHANCE_OF_OTHER_UNIT = 0.6
N_ASIDES = 3
LEAST = 0.01
"""A value nearer to zero than this has no meaning within five per cent."""
LEAST_CHANGE = 0.02
"""By how much a value changes when what is asked for changes by five per cent; less could not be undone from the figures given."""


@dataclass(slots=True)
class Draft:
    """`value` None: it cannot be computed. `given` is what the formula takes and `other` the same at the other point in time."""

    deck: Deck
    text: str
    value: Value | None
    unit: str
    steps: list[str]
    facts: dict[str, Any]
    given: dict[str, Any] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    other: Mapping[str, Any] | None = None
    work: Work = field(default_factory=Work)
    analyte: str = ""


Making = Callable[[Deck, Split, Random], Draft | None]


def first_level(deck: Deck, split: Split, random: Random) -> Draft | None:
    drawn = deck.draw(split, random)
    return drawn and _direct(deck, drawn.shown, note(deck, drawn.shown))


def second_level(deck: Deck, split: Split, random: Random) -> Draft | None:
    drawn = deck.draw(split, random)
    if drawn is None:
        return None
    shown = _in_other_units(deck, drawn, random)
    return _direct(deck, shown, note(deck, shown, _asides(deck, random)))


def third_level(deck: Deck, split: Split, random: Random) -> Draft | None:
    drawn = deck.draw(split, random)
    if drawn is None:
        return None
    shown = _in_other_units(deck, drawn, random)
    later = list(shown)
    changing = _some(deck.changing, random)
    for at in changing:
        faces = deck.faces[at]
        later[at] = faces[int(random() * len(faces))]
    if any(later[at] is NOTHING or shown[at] is NOTHING or later[at].known == shown[at].known for at in changing):
        return None
    times = TIMES[int(random() * len(TIMES))]
    is_first = random() < 0.5
    told = [
        f"{time}: {'; '.join(each[at].clause for at in changing)}."
        for time, each in zip(times, _ordered(shown, later, is_first=is_first), strict=True)
    ]
    when = times[0 if is_first else 1]
    when = f" {when[0].lower()}{when[1:]}"
    return _direct(deck, shown, note(deck, shown, _asides(deck, random), told, changing), when, deck.given(later))


def _ordered(asked: list[Shown], other: list[Shown], *, is_first: bool) -> tuple[list[Shown], list[Shown]]:
    return (asked, other) if is_first else (other, asked)


def missing(deck: Deck, split: Split, random: Random) -> Draft | None:
    """Level 4, without one of the values that are needed."""
    drawn = deck.draw(split, random)
    if drawn is None:
        return None
    at = deck.required[int(random() * len(deck.required))]
    shown = _in_other_units(deck, drawn, random)
    shown[at] = NOTHING
    calculator = deck.calculator
    text = f"{note(deck, shown, _asides(deck, random))}\nCalculate the following{deck.question}\n{_needs(deck)}"
    steps = [f"{label_of(calculator.inputs[at])} is not given.", "The answer is N/A."]
    facts = {"calculator": calculator.name, "asks": "value", "amounts": deck.amounts(shown)}
    return Draft(deck, text, None, calculator.unit, steps, facts)


def complete(deck: Deck, split: Split, random: Random) -> Draft | None:
    """Level 4, with all that is needed."""
    draft = second_level(deck, split, random)
    if draft:
        draft.text += f"\n{_needs(deck)}"
    return draft


def backwards(deck: Deck, split: Split, random: Random) -> Draft | None:
    """Level 5: which value of an input gives this?"""
    drawn = deck.draw(split, random)
    if drawn is None:
        return None
    at = deck.monotone[int(random() * len(deck.monotone))]
    entry = deck.calculator.inputs[at]
    shown, given = drawn.shown, deck.given(drawn.shown)
    wanted = given[entry.name]
    work = Work()
    value = _computed(deck, given, work)
    if not isinstance(value, float | int) or not isinstance(entry, NumberInput) or wanted is None:
        return None
    for factor in (0.95, 1.05):
        moved = _computed(deck, given | {entry.name: wanted * factor}, Work())
        if not isinstance(moved, float | int) or abs(moved - value) < LEAST_CHANGE * abs(value):
            return None
    told = [*shown]
    told[at] = NOTHING
    comes_to = quantity(plain(value), deck.calculator.unit)
    in_unit = f", in {entry.unit}," if entry.unit else ""
    label = label_of(entry)
    text = f"{note(deck, told)}\nAt which {label}{in_unit} does the following come to {comes_to}: {deck.calculator.title}?"
    figures = quantity(plain(wanted), entry.unit)
    steps = [f"{label} = {figures}", *_lines(work), f"The answer is {figures}."]
    facts = {
        "calculator": deck.calculator.name,
        "asks": "input",
        "input": entry.name,
        "comes_to": float(plain(value)),
        "amounts": deck.amounts(told),
        "answer": wanted,
    }
    return Draft(deck, text, wanted, entry.unit, steps, facts, analyte=entry.analyte)


def otherwise(deck: Deck, split: Split, random: Random) -> Draft | None:
    """Level 5: by how much would it change, if one thing were otherwise?"""
    drawn = deck.draw(split, random)
    if drawn is None:
        return None
    at = int(random() * len(deck.names))
    entry, faces = deck.calculator.inputs[at], deck.faces[at]
    instead = faces[int(random() * len(faces))]
    if instead.known == drawn.shown[at].known or instead is NOTHING or drawn.shown[at] is NOTHING:
        return None
    given = deck.given(drawn.shown)
    work, changed = Work(), Work()
    value, new = _computed(deck, given, work), _computed(deck, given | {entry.name: instead.known}, changed)
    if not isinstance(value, float | int) or not isinstance(new, float | int):
        return None
    change = new - value
    if abs(change) < max(LEAST, LEAST_CHANGE * abs(value)):
        return None
    calculator = deck.calculator
    in_unit = f", in {calculator.unit}," if calculator.unit else ""
    said = _said(entry, instead)
    text = (
        f"{note(deck, drawn.shown)}\nBy how much{in_unit} would the following rise (or fall, below zero) with {said}: {calculator.title}?"
    )
    first, second = _lines(work), _lines(changed)
    figures = quantity(plain(change, 5), calculator.unit)
    subtraction = f"change = {plain(new, 5)} - {plain(value, 5)} = {figures}"
    steps = [*first, f"with {said}", *(line for line in second if line not in first), subtraction, f"The answer is {figures}."]
    facts = {
        "calculator": calculator.name,
        "asks": "change",
        "input": entry.name,
        "instead": instead.amount,
        "amounts": deck.amounts(drawn.shown),
    }
    return Draft(deck, text, change, calculator.unit, steps, facts)


def _said(entry: Any, shown: Shown) -> str:
    if isinstance(entry, FlagInput):
        return shown.clause if shown.known else f"no {shown.clause}"
    if shown.slot is Slot.AGE:
        return f"{label_of(entry)} {shown.clause} {entry.unit}"
    return f"{label_of(entry)} {shown.clause}" if shown.slot is Slot.SEX else shown.clause


def _direct(deck: Deck, shown: list[Shown], told: str, when: str = "", other: dict[str, Any] | None = None) -> Draft | None:
    """The value itself is asked for."""
    calculator = deck.calculator
    given = deck.given(shown)
    work = Work()
    value = _computed(deck, given, work)
    if value is None:
        return None
    steps = [conversion for _, _, _, _, conversion in shown if conversion]
    steps += _lines(work)
    steps.append(f"The answer is {written(value, deck.suffix)}.")
    facts: dict[str, Any] = {"calculator": calculator.name, "asks": "value", "amounts": deck.amounts(shown)}
    return Draft(
        deck, f"{told}\nCalculate the following{when}{deck.question}", value, calculator.unit, steps, facts, given, shown, other, work
    )


def _computed(deck: Deck, given: Mapping[str, Any], work: Work) -> Value | None:
    """None where the formula has no value, or none that a tolerance of five per cent can be laid around."""
    try:
        value = deck.calculator.compute(given, work)
    except (UserError, ArithmeticError, ValueError):
        return None
    if deck.is_equation and isinstance(value, float) and not LEAST <= abs(value) < inf:
        return None
    return value


def written(value: Value, suffix: str) -> str:
    """A value in an answer, with its unit as the deck adds it."""
    return value.isoformat() if isinstance(value, date) else plain(value, 5) + suffix


def _lines(work: Work) -> list[str]:
    """The working, line by line; what adds nothing to a score stands in one of them."""
    zeros = [text for text, value in work if value == 0 and text.endswith(": 0")]
    if len(zeros) < 2:
        return [text for text, _ in work]
    return ["; ".join(zeros), *[text for text, value in work if value != 0 or not text.endswith(": 0")]]


def _needs(deck: Deck) -> str:
    return f"Needed: {deck.needs}. What is neither present nor absent counts as absent; where another value is missing, answer N/A."


def _asides(deck: Deck, random: Random) -> list[str]:
    asides = deck.asides
    first, clauses = int(random() * len(asides)), []
    for at in range(N_ASIDES):
        clauses_of_one = asides[(first + at) % len(asides)]
        clauses.append(clauses_of_one[int(random() * len(clauses_of_one))])
    return clauses


def _in_other_units(deck: Deck, drawn: Drawn, random: Random) -> list[Shown]:
    shown = list(drawn.shown)
    for at in deck.convertible:
        if random() < CHANCE_OF_OTHER_UNIT and shown[at] is not NOTHING:
            others = deck.others[at][drawn.ats[at]]
            shown[at] = others[int(random() * len(others))]
    return shown


def _some(positions: tuple[int, ...], random: Random) -> set[int]:
    """One or two of them."""
    return {positions[int(random() * len(positions))] for _ in range(2)}
