"""`osler traps`: the public trap set, and how our reader, a published rule or anybody's answers come out of it."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as record

from osler.core.errors import RecordError, UserError
from osler.core.question import ChoiceKey, Item
from osler.core.reading import Reader
from osler.core.records import read_records
from osler.judges.published.rules import RULES, PublishedRule
from osler.judges.traps import Trap, TrapOutcome, load_traps
from osler.report.traps_table import TrapReading, TrapRow

ALL = "all"


@record(frozen=True, config=ConfigDict(extra="ignore"))
class GivenAnswer:
    """A line of somebody's answers to the traps; an `answer` of null abstains."""

    id: str
    answer: str | None


def read_traps(reader: Reader) -> list[TrapReading]:
    """Every trap, read by `reader`."""
    return [_read(trap, reader) for trap in load_traps()]


def read_traps_by_rule(name: str) -> list[TrapReading]:
    """The traps with one letter to read, by a published rule. One that looks at the key is asked with each letter as the key, and reads
    every letter that it would count as right. Raises UserError where there is no such rule or it reads no letters."""
    rule = rule_named(name)
    if "choice" not in rule.kinds:
        letters = [each for each in RULES.values() if "choice" in each.kinds]
        raise UserError(f"--rule {name}: it reads no letters; choose among {', '.join(each.name for each in letters)}")
    traps = [trap for trap in load_traps() if trap.question.answer_kind == "choice"]
    return [_reading(trap, answer := _ruled(rule, trap), trap.outcome(answer), rule.name) for trap in traps]


def read_answers(path: Path) -> list[TrapReading]:
    """What another's reader made of the traps, from its `{"id", "answer"}` lines. A trap without a line was not asked. Raises RecordError
    for a line that names no trap, or one that has been named before."""
    traps = {trap.id: trap for trap in load_traps()}
    answers: dict[str, str | None] = {}
    for number, given in enumerate(read_records(path, GivenAnswer), 1):
        if given.id not in traps:
            near = get_close_matches(given.id, traps, 1)
            raise RecordError(
                f"{path}: answer {number}: there is no trap {given.id!r}{f', but {near[0]!r}' if near else ''}; correct the id"
            )
        if given.id in answers:
            raise RecordError(f"{path}: answer {number}: trap {given.id!r} has been answered before; keep one of the two")
        answers[given.id] = given.answer
    if not answers:
        raise UserError(f'{path}: there are no answers; write a line {{"id": …, "answer": …}} for each trap')
    return [
        _reading(trap, answers.get(id), trap.outcome(answers[id]) if id in answers else TrapOutcome.MISSING, "")
        for id, trap in traps.items()
    ]


def trap_rows(readings: Sequence[TrapReading]) -> list[TrapRow]:
    """A row per group in the order of the set, and one for all."""
    groups: dict[str, list[TrapReading]] = {}
    for reading in readings:
        groups.setdefault(reading.group, []).append(reading)
    return [_row(group, within) for group, within in [*groups.items(), (ALL, list(readings))]]


def trap_lines(*, has_keys: bool = True) -> Iterator[str]:
    """The set as JSON lines, for another's reader; without `has_keys` only what it may see."""
    for trap in load_traps():
        question = trap.question
        line = {
            "id": trap.id,
            "kind": question.answer_kind,
            "question": question.text,
            "options": dict(question.options),
            "text": trap.text,
        }
        if has_keys:
            line |= {"group": trap.group, "values": trap.values, "abstentions": trap.abstentions, "reason": trap.reason}
        yield json.dumps(line, ensure_ascii=True)


def rule_named(name: str) -> PublishedRule:
    """Raises UserError where there is no such rule, with the nearest one that there is."""
    if name not in RULES:
        near = get_close_matches(name, RULES, 1)
        raise UserError(
            f"--rule {name}: there is no such rule; {f'did you mean {near[0]!r}?' if near else 'choose among ' + ', '.join(RULES)}"
        )
    return RULES[name]


def _ruled(rule: PublishedRule, trap: Trap) -> str | None:
    items = [Item(trap.question, ChoiceKey((letter,))) for letter in trap.question.options]
    if not rule.is_keyed:
        return rule.rule(trap.text, items[0]).answer
    return (
        ",".join(item.key.letters[0] for item in items if isinstance(item.key, ChoiceKey) and rule.rule(trap.text, item).is_right) or None
    )


def _read(trap: Trap, reader: Reader) -> TrapReading:
    reading = reader.read(trap.text, trap.question)
    made = _reading(trap, reading.value, trap.read(reading), reading.method)
    return made if reading.abstention is None else TrapReading(**{**vars(made), "read": f"({reading.abstention})"})


def _reading(trap: Trap, answer: str | None, outcome: TrapOutcome, method: str) -> TrapReading:
    right = " or ".join([*(value or "none of them" for value in trap.values), *(f"({each})" for each in trap.abstentions)])
    read = "" if outcome is TrapOutcome.MISSING else "(no answer)" if answer is None else answer or "none of them"
    return TrapReading(trap.id, trap.group, trap.question.answer_kind, outcome, right, read, method, trap.text, trap.reason)


def _row(group: str, readings: Sequence[TrapReading]) -> TrapRow:
    counts = Counter(reading.outcome for reading in readings)
    return TrapRow(group, len(readings), **{outcome.value: counts[outcome] for outcome in TrapOutcome})
