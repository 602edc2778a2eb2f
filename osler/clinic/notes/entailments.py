"""Entailments: the maker of statements that a note entails, contradicts or leaves open, after MedNLI."""

import random
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.generate import Split, split_of
from osler.clinic.notes.card import ENTAILMENTS_CARD
from osler.clinic.notes.drawn import Drawn, draw
from osler.clinic.notes.entailment_steps import check, read_posed, write_steps
from osler.clinic.notes.grammar import fields_of, fill, pattern
from osler.clinic.notes.lore import lore
from osler.clinic.notes.note_steps import ANSWER
from osler.clinic.notes.sentences import Says, Told, write, write_findings
from osler.clinic.notes.stated import MADE_OF, WITHOUT_BACKGROUND, state_words
from osler.clinic.notes.statements import BY_LEVEL, STATEMENTS, Label, Statement, label_of, value_of
from osler.clinic.task import Task
from osler.clinic.truth import Truth
from osler.clinic.world import load_world
from osler.core.errors import UserError
from osler.core.question import STRICT, ChoiceKey, Key

MAX_TRIES_PER_TASK = 100_000
INTRODUCTION = "By the facts of the teaching clinic, where the case has the one condition that can bring all that was found:"
QUESTION = "Does the statement follow from the note, does it contradict it, or does the note leave it open?"
LETTERS = {Label.ENTAILED: "A", Label.CONTRADICTED: "B", Label.NEUTRAL: "C"}
WITH_DIAGNOSIS = (3, 4)


@dataclass(frozen=True, config=STRICT)
class Entailments:
    """Does a statement follow from a note, contradict it, or neither? `levels`, then the statements of a level and then the labels take
    turns, so that each wording has all labels alike."""

    kind: Literal["entailment"] = "entailment"
    levels: Annotated[tuple[Annotated[int, Field(ge=1, le=5)], ...], Field(min_length=1)] = (1, 2, 3, 4, 5)

    def make(self, n: int, split: Split, seed: int) -> Sequence[Task]:
        rng = random.Random(f"{seed}/{self.kind}/{split}")
        seen: set[str] = set()
        tasks: list[Task] = []
        while len(tasks) < n:
            turn, at = divmod(len(tasks), len(self.levels))
            level = self.levels[at]
            label = tuple(Label)[turn % len(Label)]
            name = BY_LEVEL[level][turn // len(Label) % len(BY_LEVEL[level])]
            tasks.append(_task(rng, level, name, label, split, seen, len(tasks)))
        return tasks

    def check_step(self, task: Task, step: str) -> Truth:
        posed = read_posed(task.text, load_world())
        if posed is None:
            return Truth.UNREADABLE
        if found := pattern(ANSWER).fullmatch(step):
            right = LETTERS[label_of(value_of(posed.statement, posed.told, load_world()))]
            return Truth.TRUE if found["answer"] == right else Truth.FALSE
        return check(load_world(), posed, step)

    def solve(self, task: Task) -> Key:
        """Raises UserError where the text cannot be read."""
        posed = read_posed(task.text, load_world())
        if posed is None:
            raise UserError(f"{task.id}: the note or the statement cannot be read; make it anew")
        return ChoiceKey((LETTERS[label_of(value_of(posed.statement, posed.told, load_world()))],))

    def card(self) -> str:
        return ENTAILMENTS_CARD


def _task(rng: random.Random, level: int, name: str, label: Label, split: Split, seen: set[str], number: int) -> Task:
    for _ in range(MAX_TRIES_PER_TASK):
        drawn = draw(rng, lore())
        if drawn is None or split_of(drawn.present) is not split:
            continue
        made_of = rng.choice(MADE_OF[name][label])
        words = state_words(rng, lore(), drawn, made_of)
        if words is None:
            continue
        has_background = not made_of.endswith(WITHOUT_BACKGROUND) and (level > 3 or rng.random() < 0.5)
        task_id = f"entailment-{level}-{split}-{number:05d}"
        task = _written(rng, level, drawn, Statement(name, words), label, task_id, has_background=has_background)
        if task.text not in seen:
            seen.add(task.text)
            return task
    raise UserError(
        f"entailment: only {number} tasks for {split}: no further one of level {level} was found; ask for fewer or other levels"
    )


def _written(
    rng: random.Random, level: int, drawn: Drawn, statement: Statement, label: Label, task_id: str, *, has_background: bool
) -> Task:
    half = len(drawn.present) // 2
    sentences = [
        write_findings(rng, Says.FOUND, drawn.present[:half]),
        write_findings(rng, Says.FOUND, drawn.present[half:]),
        write_findings(rng, Says.LACKS, drawn.absent),
    ]
    if has_background:
        sentences.append(write(rng, Says.BACKGROUND, drawn.state))
    if level in WITH_DIAGNOSIS:
        sentences.append(write(rng, Says.DIAGNOSIS, drawn.condition))
    forms = STATEMENTS[statement.name]
    written = rng.choice(forms).format(**dict(zip(fields_of(forms[0]), statement.words, strict=True)))
    told = Told(drawn.present, drawn.absent, drawn.state if has_background else "", drawn.condition)
    steps = (*write_steps(load_world(), told, statement), fill(ANSWER, LETTERS[label]))
    facts = {
        "condition": told.condition,
        "present": list(told.present),
        "absent": list(told.absent),
        "state": told.state,
        "statement": statement.name,
        "words": list(statement.words),
    }
    note = " ".join(sentence.text for sentence in sentences)
    text = f"{INTRODUCTION}\n\n{note}\n\nStatement: {written}\n\n{QUESTION}"
    options = {LETTERS[each]: each.value for each in Label}
    return Task(task_id, "entailment", level, text, options, ChoiceKey((LETTERS[label],)), steps, facts)
