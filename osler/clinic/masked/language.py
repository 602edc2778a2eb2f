"""What a task with something masked asks: written, and read back."""

from collections.abc import Callable, Iterator, Sequence

from osler.clinic.paths.atlas import Leg
from osler.clinic.paths.language import Asked, legs_text, read_legs
from osler.clinic.paths.phrases import OPENING, Phrases

NODE = OPENING + "all of this is true of one of these "
WHICH = ". Which is it?"
RELATION = OPENING + "one relation is masked. Which of these leads from the first to the second?"
CLUE, END = "- It ", "- The "


def node_text(phrases: Phrases, kind: str, asked: Sequence[Asked]) -> str:
    """ "… true of one of these conditions. Which is it?", and on a line of its own each clue: "- It is treated by the drug X." """
    lines = [f"{CLUE}{legs_text(phrases, each.kind, each.name, each.legs)}." for each in asked]
    return "\n".join([f"{NODE}{phrases.kinds[kind].many}{WHICH}", *lines])


def relation_text(phrases: Phrases, first: tuple[str, str], second: tuple[str, str]) -> str:
    """The two ends, each by kind and name, on lines of their own."""
    return "\n".join([RELATION, *(f"{END}{phrases.kinds[kind].one} {name}" for kind, name in (first, second))])


Known = Callable[[str, str], bool]


def read_node(phrases: Phrases, text: str, is_known: Known) -> tuple[str, list[list[Asked]]] | None:
    """The kind of what is masked, and every way to read each clue, for names of a kind that `is_known` knows; None for another text."""
    first, *lines = text.split("\n")
    kinds = [kind for kind, words in phrases.kinds.items() if first == f"{NODE}{words.many}{WHICH}"]
    if len(kinds) != 1 or not lines or not all(line.startswith(CLUE) and line.endswith(".") for line in lines):
        return None
    return kinds[0], [list(_read_clue(phrases, line[len(CLUE) : -1], kinds[0], is_known)) for line in lines]


def _read_clue(phrases: Phrases, text: str, last: str, is_known: Known) -> Iterator[Asked]:
    for kind, name, legs in read_legs(phrases, text, last):
        if is_known(kind, name):
            yield Asked(kind, name, tuple(Leg(*leg) for leg in reversed(legs)))


def read_relation(phrases: Phrases, text: str, is_known: Known) -> tuple[list[tuple[str, str]], ...] | None:
    """Every way to read either end as a kind and a name; None for another text."""
    first, *lines = text.split("\n")
    if first != RELATION or len(lines) != 2 or not all(line.startswith(END) for line in lines):
        return None
    named = (line[len(END) :] for line in lines)
    return tuple(
        [
            (kind, rest[len(words.one) + 1 :])
            for kind, words in phrases.kinds.items()
            if rest.startswith(f"{words.one} ") and is_known(kind, rest[len(words.one) + 1 :])
        ]
        for rest in named
    )
