"""Notes: the maker of notes with at most one wrong sentence, after MEDEC."""

import random
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.generate import Split, split_of
from osler.clinic.notes.card import NOTES_CARD
from osler.clinic.notes.drawn import Drawn, draw
from osler.clinic.notes.grammar import fill, pattern
from osler.clinic.notes.lore import lore
from osler.clinic.notes.note_steps import ANSWER, ONLY_DRUG, Note, check, read_note, write_steps
from osler.clinic.notes.plant import MISTAKES, NEEDED, WITH_ONE_RIGHT_NAME, Planted, plant, write_note
from osler.clinic.notes.sentences import Says, Told
from osler.clinic.task import Task
from osler.clinic.truth import Truth
from osler.clinic.world import load_world
from osler.core.errors import UserError
from osler.core.question import STRICT, ChoiceKey, Key, NumberKey, TextKey

Ask = Literal["flag", "sentence", "correction"]
MAX_TRIES_PER_TASK = 50_000
NONE_WRONG = -1
_OPTIONS = {"A": "every sentence holds", "B": "one sentence is wrong"}
INTRODUCTION = (
    "By the facts of the teaching clinic: what was observed is true, and the case has the one condition that can bring all that was found."
)
_QUESTIONS: dict[Ask, str] = {
    "flag": "Does every sentence of the note hold, or is one wrong?",
    "sentence": "One sentence of the note may be wrong. What is its number? Answer -1 where every sentence holds.",
    "correction": "One sentence of the note is wrong. Which {sought} belongs in it in the place of the wrong one?",
}
_SOUGHT = {Says.DIAGNOSIS: "condition", Says.SYSTEM: "body system", Says.CLASS: "drug class", Says.GIVEN: "drug"}


@dataclass(frozen=True, config=STRICT)
class Notes:
    """Is there a wrong sentence (`flag`), which one is it (`sentence`), and what belongs in it (`correction`)? About half of the notes of
    the first two are right. `asks` and `levels` take turns; there is no correction at level 3, where several would be right."""

    kind: Literal["note"] = "note"
    levels: Annotated[tuple[Annotated[int, Field(ge=1, le=5)], ...], Field(min_length=1)] = (1, 2, 3, 4, 5)
    asks: Annotated[tuple[Ask, ...], Field(min_length=1)] = ("flag", "sentence", "correction")

    def make(self, n: int, split: Split, seed: int) -> Sequence[Task]:
        turns = [(asked, level) for asked in self.asks for level in self.levels if asked != "correction" or level in WITH_ONE_RIGHT_NAME]
        if not turns:
            raise UserError("note: there is no correction at level 3, where several would be right; name another level or ask")
        rng = random.Random(f"{seed}/{self.kind}/{split}")
        seen: set[str] = set()
        tasks: list[Task] = []
        while len(tasks) < n:
            asked, level = turns[len(tasks) % len(turns)]
            tasks.append(_task(rng, asked, level, split, seen, len(tasks)))
        return tasks

    def check_step(self, task: Task, step: str) -> Truth:
        note = read_note(task.text, load_world())
        if note is None:
            return Truth.UNREADABLE
        if found := pattern(ANSWER).fullmatch(step):
            return Truth.TRUE if _is_answer(found["answer"], _key(task.text, note)) else Truth.FALSE
        return check(load_world(), note, step)

    def solve(self, task: Task) -> Key:
        """Raises UserError where a note does not have one answer."""
        note = read_note(task.text, load_world())
        key = _key(task.text, note) if note else None
        if key is None:
            raise UserError(f"{task.id}: the note cannot be read or does not have one answer; make it anew")
        return key

    def card(self) -> str:
        return NOTES_CARD


def _task(rng: random.Random, asked: Ask, level: int, split: Split, seen: set[str], number: int) -> Task:
    for _ in range(MAX_TRIES_PER_TASK):
        drawn = draw(rng, lore())
        if drawn is None or split_of(drawn.present) is not split:
            continue
        mistake = rng.choice((WITH_ONE_RIGHT_NAME if asked == "correction" else MISTAKES)[level])
        sentences = write_note(rng, lore(), drawn, level, NEEDED[mistake])
        planted = plant(rng, lore(), drawn, sentences, mistake) if sentences else None
        if sentences is None or planted is None or (asked == "correction" and not planted.right):
            continue
        is_wrong = asked == "correction" or rng.random() < 0.5
        shown = planted if is_wrong else Planted(tuple(sentences), None)
        task = _written(asked, level, drawn, shown, mistake, f"note-{asked}-{level}-{split}-{number:05d}")
        if task.text not in seen:
            seen.add(task.text)
            return task
    raise UserError(f"note: only {number} notes for {split}: no further one of level {level} was found; ask for fewer or other levels")


def _written(asked: Ask, level: int, drawn: Drawn, planted: Planted, mistake: str, task_id: str) -> Task:
    told = Told(drawn.present, drawn.absent, drawn.state, drawn.condition)
    lines = [f"{at} {sentence.text}" for at, sentence in enumerate(planted.sentences)]
    steps = write_steps(load_world(), planted.sentences, told, planted.wrong)
    sought = _SOUGHT.get(NEEDED[mistake], "")
    question = _QUESTIONS[asked].format(sought=sought)
    key: Key
    if asked == "flag":
        key = ChoiceKey((answer := "A" if planted.wrong is None else "B",))
    elif asked == "sentence":
        key = NumberKey(value := NONE_WRONG if planted.wrong is None else planted.wrong)
        answer = str(value)
    else:
        key, answer = _text_key(planted.right), planted.right
        if NEEDED[mistake] is Says.GIVEN:
            steps.append(fill(ONLY_DRUG, planted.right, drawn.condition, drawn.state))
    facts = {
        "condition": drawn.condition,
        "present": list(drawn.present),
        "absent": list(drawn.absent),
        "state": drawn.state,
        "mistake": "" if planted.wrong is None else mistake,
        "wrong": planted.wrong,
    }
    options = _OPTIONS if asked == "flag" else {}
    text = "\n".join([INTRODUCTION, "", *lines, "", question])
    return Task(task_id, f"note_{asked}", level, text, options, key, (*steps, fill(ANSWER, answer)), facts)


def _text_key(name: str) -> TextKey:
    condition = load_world().conditions.get(name)
    return TextKey(name, condition.synonyms if condition else ())


def _key(text: str, note: Note) -> Key | None:
    """What is asked, answered from the text; None where no single answer is right."""
    world, wrong = load_world(), note.wrong(load_world())
    if len(wrong) > 1 or not note.told.condition:
        return None
    if text.endswith(_QUESTIONS["flag"]):
        return ChoiceKey(("B" if wrong else "A",))
    if text.endswith(_QUESTIONS["sentence"]):
        return NumberKey(wrong[0] if wrong else NONE_WRONG)
    sentence = note.sentences[wrong[0]] if wrong else None
    match sentence.says if sentence else None, sentence.words[0] if sentence else "":
        case Says.DIAGNOSIS, _:
            return _text_key(note.told.condition)
        case Says.SYSTEM, subject:
            return TextKey(world.conditions[subject].system)
        case Says.CLASS, subject:
            return TextKey(world.drugs[subject].drug_class)
        case Says.GIVEN, _:
            names = [
                name
                for name, drug in world.drugs.items()
                if note.told.condition in drug.treats and note.told.state not in drug.contraindications
            ]
            return TextKey(names[0]) if len(names) == 1 else None
    return None


def _is_answer(answer: str, key: Key | None) -> bool:
    match key:
        case ChoiceKey(letters):
            return answer in letters
        case NumberKey(value):
            return value is not None and answer == f"{value:.0f}"
        case TextKey(text, synonyms):
            return answer in (text, *synonyms)
    return False
