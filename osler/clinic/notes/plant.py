"""A note about a drawn case, and one sentence of it made wrong."""

from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple

from osler.clinic.notes.drawn import N_NEAR, Drawn
from osler.clinic.notes.lore import Lore
from osler.clinic.notes.sentences import Says, Sentence, write, write_findings

MISTAKES: Mapping[int, tuple[str, ...]] = {
    1: ("another_system", "far_condition"),
    2: ("another_class", "far_drug"),
    3: ("excluded_finding", "drug_of_a_rival"),
    4: ("near_condition",),
    5: ("unsafe_drug", "absent_finding"),
}
"""By level. To find those of 1 and 2 one fact will do; those of 3 have a neighbour that is right; at 4 all findings but one fit; at 5
another sentence of the note tells."""
WITH_ONE_RIGHT_NAME: Mapping[int, tuple[str, ...]] = {
    1: ("another_system", "far_condition"),
    2: ("another_class",),
    4: ("near_condition",),
    5: ("unsafe_drug",),
}
"""Those for which one name alone is right in the place of the wrong one."""
N_SAID = {1: (2, 2), 2: (2, 3), 3: (3, 4), 4: (3, 5), 5: (4, 5)}
"""By level: the least and the most sentences after those that tell what was observed, of which there are three or four."""


class Planted(NamedTuple):
    """`wrong` is the place of the sentence that is not true, None where all are. `right` is the name that belongs in it where there is only
    one, else empty."""

    sentences: tuple[Sentence, ...]
    wrong: int | None
    right: str = ""


def write_note(rng: Random, lore: Lore, drawn: Drawn, level: int, needed: Says) -> list[Sentence] | None:
    """A true note: what was found and what not, the background, the assessment, and what is said of the case or of others like it, one
    sentence of the kind `needed` among them. None where there is nothing to say."""
    said: list[Sentence] = []
    others = [kind for kind in _SAYING if kind not in (needed, Says.DIAGNOSIS)]
    n_more = rng.randint(*N_SAID[level]) - 1 - (needed is not Says.DIAGNOSIS)
    for kind in dict.fromkeys((Says.DIAGNOSIS, needed, *rng.sample(others, n_more))):
        words = _SAYING[kind](rng, lore, drawn)
        if words is None:
            return None
        said.append(write(rng, kind, *words))
    rng.shuffle(said)
    half = len(drawn.present) // 2
    return [
        write_findings(rng, Says.FOUND, drawn.present[:half]),
        write_findings(rng, Says.FOUND, drawn.present[half:]),
        write_findings(rng, Says.LACKS, drawn.absent),
        write(rng, Says.BACKGROUND, drawn.state),
        *said,
    ]


def plant(rng: Random, lore: Lore, drawn: Drawn, sentences: list[Sentence], mistake: str) -> Planted | None:
    """The note with this mistake in it; None where the case has nothing to make it of."""
    kind, make = _MISTAKES[mistake]
    at = next(at for at, sentence in enumerate(sentences) if sentence.says is kind)
    made = make(rng, lore, drawn, sentences[at])
    if made is None:
        return None
    words, right = made
    return Planted((*sentences[:at], write(rng, kind, *words), *sentences[at + 1 :]), at, right)


Words = tuple[str, ...] | None
Made = tuple[tuple[str, ...], str] | None


def _subject(rng: Random, drawn: Drawn) -> str:
    """The case's condition or a rival, so that a name that comes twice in a note tells nothing."""
    return rng.choice((drawn.condition, *drawn.rivals[:2]))


def _say_brings(rng: Random, lore: Lore, drawn: Drawn) -> Words:
    return (subject := _subject(rng, drawn), rng.choice(lore.shown[subject]))


def _say_system(rng: Random, lore: Lore, drawn: Drawn) -> Words:
    return (subject := _subject(rng, drawn), lore.world.conditions[subject].system)


def _say_treats(rng: Random, lore: Lore, drawn: Drawn) -> Words:
    drugs = lore.treated_by[subject := _subject(rng, drawn)]
    return (rng.choice(drugs), subject) if drugs else None


def _say_class(rng: Random, lore: Lore, drawn: Drawn) -> Words:
    drugs = lore.treated_by[_subject(rng, drawn)]
    return (drug := rng.choice(drugs), lore.world.drugs[drug].drug_class) if drugs else None


def _say_given(rng: Random, lore: Lore, drawn: Drawn) -> Words:
    return (rng.choice(drawn.suited),) if drawn.suited else None


def _say_summary(rng: Random, lore: Lore, drawn: Drawn) -> Words:
    return (" and ".join(rng.sample(drawn.present, 2)),)


_SAYING: Mapping[Says, Callable[[Random, Lore, Drawn], Words]] = {
    Says.DIAGNOSIS: lambda rng, lore, drawn: (drawn.condition,),
    Says.SYSTEM: _say_system,
    Says.BRINGS: _say_brings,
    Says.TREATS: _say_treats,
    Says.CLASS: _say_class,
    Says.GIVEN: _say_given,
    Says.SUMMARY: _say_summary,
}


def _another_system(rng: Random, lore: Lore, drawn: Drawn, sentence: Sentence) -> Made:
    subject, system = sentence.words
    systems = sorted({each.system for each in lore.world.conditions.values()} - {system})
    return (subject, rng.choice(systems)), system


def _far_condition(rng: Random, lore: Lore, drawn: Drawn, sentence: Sentence) -> Made:
    """A condition of another body system that explains nothing."""
    other, own = rng.choice(lore.names), drawn.condition
    is_far = other not in drawn.rivals and not any(other in lore.shown_by[finding] for finding in drawn.present)
    return ((other,), own) if is_far and lore.world.conditions[other].system != lore.world.conditions[own].system else None


def _near_condition(rng: Random, lore: Lore, drawn: Drawn, sentence: Sentence) -> Made:
    """A rival that explains all but one of the findings."""
    n_needed = len(drawn.present) - 1
    near = [rival for rival in drawn.rivals if sum(rival in lore.shown_by[finding] for finding in drawn.present) == n_needed]
    return ((rng.choice(near),), drawn.condition) if near else None


def _another_class(rng: Random, lore: Lore, drawn: Drawn, sentence: Sentence) -> Made:
    drug, drug_class = sentence.words
    classes = sorted({each.drug_class for each in lore.world.drugs.values()} - {drug_class})
    return (drug, rng.choice(classes)), drug_class


def _far_drug(rng: Random, lore: Lore, drawn: Drawn, sentence: Sentence) -> Made:
    """A drug that treats conditions of other body systems alone."""
    subject, conditions = sentence.words[1], lore.world.conditions
    drug = rng.choice(tuple(lore.world.drugs))
    is_far = all(conditions[name].system != conditions[subject].system for name in lore.world.drugs[drug].treats)
    return ((drug, subject), "") if is_far else None


def _drug_of_a_rival(rng: Random, lore: Lore, drawn: Drawn, sentence: Sentence) -> Made:
    subject = sentence.words[1]
    near = (drawn.condition, *drawn.rivals[:N_NEAR])
    drugs = sorted({drug for name in near for drug in lore.treated_by[name] if drug not in lore.treated_by[subject]})
    return ((rng.choice(drugs), subject), "") if drugs else None


def _excluded_finding(rng: Random, lore: Lore, drawn: Drawn, sentence: Sentence) -> Made:
    subject = sentence.words[0]
    findings = [finding for finding in lore.never[subject] if lore.is_apart(finding, lore.shown[subject])]
    return ((subject, rng.choice(findings)), "") if findings else None


def _unsafe_drug(rng: Random, lore: Lore, drawn: Drawn, sentence: Sentence) -> Made:
    right = drawn.suited[0] if len(drawn.suited) == 1 else ""
    return ((rng.choice(drawn.unsafe),), right) if drawn.unsafe else None


def _absent_finding(rng: Random, lore: Lore, drawn: Drawn, sentence: Sentence) -> Made:
    both = rng.sample([rng.choice(drawn.present), rng.choice(drawn.absent)], 2)
    return (" and ".join(both),), ""


_MISTAKES: Mapping[str, tuple[Says, Callable[[Random, Lore, Drawn, Sentence], Made]]] = {
    "another_system": (Says.SYSTEM, _another_system),
    "far_condition": (Says.DIAGNOSIS, _far_condition),
    "another_class": (Says.CLASS, _another_class),
    "far_drug": (Says.TREATS, _far_drug),
    "excluded_finding": (Says.BRINGS, _excluded_finding),
    "drug_of_a_rival": (Says.TREATS, _drug_of_a_rival),
    "near_condition": (Says.DIAGNOSIS, _near_condition),
    "unsafe_drug": (Says.GIVEN, _unsafe_drug),
    "absent_finding": (Says.SUMMARY, _absent_finding),
}
NEEDED: Mapping[str, Says] = {mistake: kind for mistake, (kind, _) in _MISTAKES.items()}
"""The kind of sentence that a mistake is made in. It stands in true notes as well, so that its presence tells nothing."""
