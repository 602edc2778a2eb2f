"""The steps of a note with a mistake: a verdict on each sentence in turn with its reason, until one is wrong; checked by the world and by
what the note's text tells."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from osler.clinic.language import enumerate_words, split_words
from osler.clinic.notes.grammar import fill, read_form
from osler.clinic.notes.sentences import PREMISES, Says, Sentence, Told, is_true, read, suits, told_by
from osler.clinic.truth import Truth
from osler.clinic.world import Frequency, World

REASONS: Mapping[str, str] = {
    "explains_all": "{condition} alone explains {findings}",
    "explains": "{condition} explains {finding}",
    "misses": "{condition} does not explain {findings}",
    "never": "{condition} never brings {finding}",
    "system": "{condition} is one of the {system} conditions",
    "treats": "{drug} treats {condition}",
    "not_treats": "{drug} does not treat {condition}",
    "class": "{drug} belongs to the class {drug_class}",
    "suits": "{drug} treats {condition} and is safe in {state}",
    "avoid": "{drug} must be avoided in {state}",
    "found": "the note tells of {findings}",
    "lacking": "the note says that {finding} is absent",
}
SUPPORTING: Mapping[tuple[Says, bool], str] = {
    (Says.DIAGNOSIS, True): "explains_all",
    (Says.DIAGNOSIS, False): "misses",
    (Says.SYSTEM, True): "system",
    (Says.SYSTEM, False): "system",
    (Says.BRINGS, True): "explains",
    (Says.BRINGS, False): "never",
    (Says.TREATS, True): "treats",
    (Says.TREATS, False): "not_treats",
    (Says.CLASS, True): "class",
    (Says.CLASS, False): "class",
    (Says.GIVEN, True): "suits",
    (Says.GIVEN, False): "avoid",
    (Says.SUMMARY, True): "found",
    (Says.SUMMARY, False): "lacking",
}
"""The reason that shows of a kind of sentence that it holds, or that it is wrong."""
ANSWER = "The answer is {answer}."
ONLY_DRUG = "{drug} is the only drug that treats {condition} and is safe in {state}."

_VERDICT = re.compile(r"Sentence (?P<at>\d{1,3}) (?P<verdict>holds|is wrong): (?P<reason>[^.:]+)\.")
_NUMBERED = re.compile(r"^(\d{1,3}) (.+)$", re.MULTILINE)


class Note(NamedTuple):
    """A note read back from a text."""

    sentences: tuple[Sentence, ...]
    told: Told

    def wrong(self, world: World) -> list[int]:
        return [at for at, sentence in enumerate(self.sentences) if not is_true(sentence, self.told, world)]


@lru_cache(maxsize=512)
def _sentences(text: str) -> tuple[str, ...]:
    return tuple(sentence for _, sentence in _NUMBERED.findall(text))


def read_note(text: str, world: World) -> Note | None:
    """None where some sentence is in no wording that is known."""
    sentences = [read(sentence, world) for sentence in _sentences(text)]
    known = tuple(sentence for sentence in sentences if sentence)
    return Note(known, told_by(known, world)) if known and len(known) == len(sentences) else None


def write_steps(world: World, sentences: Sequence[Sentence], told: Told, wrong: int | None) -> list[str]:
    """A verdict on each sentence that tells more than what was observed, up to the wrong one."""
    steps = [_sentence(fill(REASONS["explains_all"], told.condition, enumerate_words(told.present, "and")))]
    for at, sentence in enumerate(sentences):
        if sentence.says not in PREMISES:
            verdict = "is wrong" if at == wrong else "holds"
            steps.append(f"Sentence {at} {verdict}: {_reason(world, sentence, told, holds=at != wrong)}.")
        if at == wrong:
            break
    return steps


def _sentence(reason: str) -> str:
    return f"{reason}."


def _reason(world: World, sentence: Sentence, told: Told, *, holds: bool) -> str:
    form = REASONS[SUPPORTING[sentence.says, holds]]
    subject, *_ = sentence.words
    match sentence.says:
        case Says.DIAGNOSIS:
            findings = told.present if holds else [f for f in told.present if not world.conditions[subject].explains(f)]
            return fill(form, subject, enumerate_words(findings, "and"))
        case Says.SYSTEM:
            return fill(form, subject, world.conditions[subject].system)
        case Says.CLASS:
            return fill(form, subject, world.drugs[subject].drug_class)
        case Says.GIVEN:
            return fill(form, subject, told.condition, told.state) if holds else fill(form, subject, told.state)
        case Says.SUMMARY if not holds:
            return fill(form, next(finding for finding in sentence.findings if finding in told.absent))
    return fill(form, *sentence.words)


def check(world: World, note: Note, step: str) -> Truth:
    """The truth of a step that is not the answer."""
    if found := _VERDICT.fullmatch(step):
        at, holds = int(found["at"]), found["verdict"] == "holds"
        if at >= len(note.sentences) or is_true(sentence := note.sentences[at], note.told, world) is not holds:
            return Truth.FALSE
        wanted = SUPPORTING.get((sentence.says, holds))
        reason = read_form({wanted: REASONS[wanted]}, found["reason"]) if wanted else None
        return _truth(reason is not None and _is_about(reason, sentence) and _reason_holds(world, note.told, *reason))
    if reason := read_form({"only_drug": ONLY_DRUG, **{name: _sentence(form) for name, form in REASONS.items()}}, step):
        return _truth(_reason_holds(world, note.told, *reason))
    return Truth.UNREADABLE


def _truth(is_so: bool) -> Truth:
    return Truth.TRUE if is_so else Truth.FALSE


def _is_about(reason: tuple[str, tuple[str, ...]], sentence: Sentence) -> bool:
    """Whether a reason speaks of what the sentence speaks of."""
    name, words = reason
    if name == "found":
        return set(split_words(words[0], "and")) == set(sentence.findings)
    if name == "lacking":
        return words[0] in sentence.findings
    if name in ("system", "class", "explains_all", "misses", "suits", "avoid"):
        return words[0] == sentence.words[0]
    return words == sentence.words


def _reason_holds(world: World, told: Told, name: str, words: tuple[str, ...]) -> bool:
    subject, rest = words[0], words[1:]
    condition, drug = world.conditions.get(subject), world.drugs.get(subject)
    match name:
        case "found":
            return set(split_words(subject, "and")) <= set(told.present)
        case "lacking":
            return subject in told.absent
        case "explains_all":
            return subject == told.condition and sorted(split_words(rest[0], "and")) == sorted(told.present)
        case "misses" if condition:
            missed = [finding for finding in told.present if not condition.explains(finding)]
            return bool(missed) and sorted(split_words(rest[0], "and")) == sorted(missed)
        case "explains" if condition:
            return condition.explains(rest[0])
        case "never" if condition:
            return condition.frequency(rest[0]) is Frequency.EXCLUDED
        case "system" if condition:
            return condition.system == rest[0]
        case "class" if drug:
            return drug.drug_class == rest[0]
        case "treats" if drug:
            return rest[0] in drug.treats
        case "not_treats" if drug:
            return rest[0] in world.conditions and rest[0] not in drug.treats
        case "suits" if drug:
            return rest == (told.condition, told.state) and suits(subject, told, world)
        case "avoid" if drug:
            return rest[0] == told.state and told.state in drug.contraindications
        case "only_drug" if drug:
            return rest == (told.condition, told.state) and [each for each in world.drugs if suits(each, told, world)] == [subject]
    return False
