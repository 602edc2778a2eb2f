"""What a route asks, and the closed grammar of its steps: written, and read back."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from osler.clinic.paths.atlas import Leg
from osler.clinic.paths.phrases import CLOSING, OPENING, Move, Phrases

ASKING = OPENING + "which of these "


@dataclass(frozen=True)
class Asked:
    """What a text asks: the kind and name of a start, and the legs from there."""

    kind: str
    name: str
    legs: tuple[Leg, ...]


def question_text(phrases: Phrases, kind: str, name: str, legs: Sequence[Leg]) -> str:
    """ "According to the graph, which of these structures is the location of a condition that is treated by the drug X?" """
    return f"{ASKING}{phrases.kinds[legs[-1].kind].many} {legs_text(phrases, kind, name, legs)}?"


def legs_text(phrases: Phrases, kind: str, name: str, legs: Sequence[Leg]) -> str:
    """What is said of what the legs lead to: "is the location of a condition that is treated by the drug X"."""
    text = f"the {phrases.kinds[kind].one} {name}"
    for leg in legs[:-1]:
        text = f"{_article(phrases.kinds[leg.kind].one)} that {leg.said} {text}"
    return f"{legs[-1].said} {text}"


def read_question(phrases: Phrases, text: str, is_known: Callable[[str, str], bool]) -> list[Asked]:
    """Every way to read a text of `question_text`, for names of a kind that `is_known` knows; none where it is another text."""
    if not (text.startswith(ASKING) and text.endswith("?")):
        return []
    rest = text[len(ASKING) : -1]
    return [
        Asked(kind, name, tuple(reversed(legs)))
        for last, words in phrases.kinds.items()
        if rest.startswith(f"{words.many} ")
        for kind, name, legs in read_legs(phrases, rest[len(words.many) + 1 :], last)
        if is_known(kind, name)
    ]


def read_legs(phrases: Phrases, text: str, kind: str) -> Iterator[tuple[str, str, tuple[Leg, ...]]]:
    """What is said of a node of this kind: a start by kind and name, and the legs from the last to the first."""
    for said in phrases.moves:
        if text.startswith(f"{said} "):
            rest = text[len(said) + 1 :]
            for nearer, words in phrases.kinds.items():
                if rest.startswith(f"the {words.one} "):
                    yield nearer, rest[len(words.one) + 5 :], (Leg(said, kind),)
                between = f"{_article(words.one)} that "
                if rest.startswith(between):
                    for start, name, legs in read_legs(phrases, rest[len(between) :], nearer):
                        yield start, name, (Leg(said, kind), *legs)


def _article(words: str) -> str:
    return f"{'an' if words[0].lower() in 'aeiou' else 'a'} {words}"


# steps


@dataclass(frozen=True)
class Link:
    """A step's claim that an edge is there: `far` stands in the relation `said` to `near`."""

    near: str
    said: str
    far: str


@dataclass(frozen=True)
class Choice:
    """A step's claim that a letter is the answer."""

    letter: str


def write_link(phrases: Phrases, move: Move, near: str, far: str) -> str:
    return f"{OPENING}{phrases.sentence(move, near, far)}."


def write_choice(letter: str) -> str:
    return f"{CLOSING}{letter}."


def read_step(phrases: Phrases, step: str) -> list[list[Link] | Choice] | None:
    """The claims of a step in order; a link in every way that its sentence can be read, for a name may hold the words of a phrase. None
    where any part is outside the grammar."""
    found: list[list[Link] | Choice] = []
    for sentence in _sentences(step.strip()):
        if not sentence.endswith("."):
            return None
        if sentence.startswith(CLOSING):
            found.append(Choice(sentence[len(CLOSING) : -1]))
        elif links := _read_link(phrases, sentence[len(OPENING) : -1]) if sentence.startswith(OPENING) else []:
            found.append(links)
        else:
            return None
    return found or None


def _sentences(text: str) -> Iterator[str]:
    """Split before what opens a sentence: names have full stops of their own."""
    for opening in (OPENING, CLOSING):
        text = text.replace(f". {opening}", f".\n{opening}")
    yield from text.split("\n")


def _read_link(phrases: Phrases, text: str) -> list[Link]:
    found = []
    for said in phrases.moves:
        at = text.find(f" {said} ")
        while at > 0:
            found.append(Link(near=text[at + len(said) + 2 :], said=said, far=text[:at]))
            at = text.find(f" {said} ", at + 1)
    return found
