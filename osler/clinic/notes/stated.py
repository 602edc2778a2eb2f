"""A statement with a label about a drawn case, made of what has that label by the way it was picked."""

from collections.abc import Callable, Mapping
from random import Random

from osler.clinic.notes.drawn import N_NEAR, Drawn, unspoken
from osler.clinic.notes.lore import Lore
from osler.clinic.notes.statements import Label

E, C, N = Label.ENTAILED, Label.CONTRADICTED, Label.NEUTRAL
MADE_OF: Mapping[str, Mapping[Label, tuple[str, ...]]] = {
    "there": {E: ("present",), C: ("absent",), N: ("open",)},
    "not_there": {E: ("absent",), C: ("present",), N: ("open",)},
    "both": {E: ("present present",), C: ("present absent", "absent open"), N: ("present open", "open open")},
    "neither": {E: ("absent absent",), C: ("present absent", "present open"), N: ("absent open", "open open")},
    "either": {E: ("present absent", "present open"), C: ("absent absent",), N: ("absent open", "open open")},
    "can": {E: ("listed",), C: ("excluded",), N: ("unlisted",)},
    "never": {E: ("excluded",), C: ("listed",), N: ("unlisted",)},
    "shows": {E: ("always",), C: ("never",), N: ("either",)},
    "shows_not": {E: ("never",), C: ("always",), N: ("either",)},
    "may_give": {E: ("suited",), C: ("unsafe", "useless", "useless -"), N: ("treating -",)},
    "may_not_give": {E: ("unsafe", "useless", "useless -"), C: ("suited",), N: ("treating -",)},
    "avoid_though": {E: ("unsafe",), C: ("suited", "useless", "useless -"), N: ("treating -",)},
    "no_use_though": {E: ("useless safe",), C: ("treating", "treating -", "useless unsafe"), N: ("useless -",)},
}
"""By statement and label: kinds of finding, or a kind of drug; a minus says that the note tells no background."""
WITHOUT_BACKGROUND = " -"


def state_words(rng: Random, lore: Lore, drawn: Drawn, made_of: str) -> tuple[str, ...] | None:
    """The words of a statement; None where the case has nothing of the kind."""
    picked = _PICKS.get(made_of)
    if picked:
        return (word,) if (word := picked(rng, lore, drawn)) else None
    words: list[str] = []
    for kind in made_of.split():
        word = _FINDINGS[kind](rng, lore, drawn)
        if not word or not lore.is_apart(word, words):
            return None
        words.append(word)
    rng.shuffle(words)
    return tuple(words)


Pick = Callable[[Random, Lore, Drawn], str]


def _any(rng: Random, names: list[str] | tuple[str, ...]) -> str:
    return rng.choice(names) if names else ""


def _apart(lore: Lore, drawn: Drawn, findings: tuple[str, ...]) -> list[str]:
    spoken = (*drawn.present, *drawn.absent)
    return [finding for finding in findings if lore.is_apart(finding, spoken)]


def _excluded(rng: Random, lore: Lore, drawn: Drawn) -> str:
    findings = [finding for finding in lore.never[drawn.condition] if lore.is_apart(finding, lore.shown[drawn.condition])]
    return _any(rng, _apart(lore, drawn, tuple(findings)))


def _unlisted(rng: Random, lore: Lore, drawn: Drawn) -> str:
    """One that a rival explains."""
    finding, own = unspoken(rng, lore, drawn), drawn.condition
    return finding if finding and lore.is_apart(finding, lore.shown[own]) else ""


def _either(rng: Random, lore: Lore, drawn: Drawn) -> str:
    """Of findings that some condition always brings and another never."""
    own = drawn.condition
    fitting = tuple(finding for finding in lore.telling if finding not in lore.always[own] and finding not in lore.never[own])
    return _any(rng, _apart(lore, drawn, fitting))


def _telling(findings: Callable[[Lore, str], tuple[str, ...]]) -> Pick:
    def pick(rng: Random, lore: Lore, drawn: Drawn) -> str:
        return _any(rng, _apart(lore, drawn, tuple(each for each in findings(lore, drawn.condition) if each in lore.telling)))

    return pick


def _useless(rng: Random, lore: Lore, drawn: Drawn) -> str:
    """A drug for a rival that does not treat the case's condition."""
    drugs = {drug for rival in drawn.rivals[:N_NEAR] for drug in lore.treated_by[rival]}
    return _any(rng, sorted(drugs - {*drawn.suited, *drawn.unsafe}))


def _useless_and(*, is_safe: bool) -> Pick:
    def pick(rng: Random, lore: Lore, drawn: Drawn) -> str:
        drug = _useless(rng, lore, drawn)
        return drug if drug and (drawn.state not in lore.world.drugs[drug].contraindications) is is_safe else ""

    return pick


_FINDINGS: Mapping[str, Pick] = {
    "present": lambda rng, lore, drawn: rng.choice(drawn.present),
    "absent": lambda rng, lore, drawn: rng.choice(drawn.absent),
    "open": unspoken,
    "listed": lambda rng, lore, drawn: _any(rng, _apart(lore, drawn, lore.shown[drawn.condition])),
    "excluded": _excluded,
    "unlisted": _unlisted,
    "always": _telling(lambda lore, own: lore.always[own]),
    "never": _telling(lambda lore, own: lore.never[own]),
    "either": _either,
}
_PICKS: Mapping[str, Pick] = {
    "suited": lambda rng, lore, drawn: _any(rng, drawn.suited),
    "unsafe": lambda rng, lore, drawn: _any(rng, drawn.unsafe),
    "treating": lambda rng, lore, drawn: rng.choice((*drawn.suited, *drawn.unsafe)),
    "treating -": lambda rng, lore, drawn: rng.choice((*drawn.suited, *drawn.unsafe)),
    "useless": _useless,
    "useless -": _useless,
    "useless safe": _useless_and(is_safe=True),
    "useless unsafe": _useless_and(is_safe=False),
}
