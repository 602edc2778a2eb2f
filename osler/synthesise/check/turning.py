"""The options of an item turned: who always says the same letter, or is told to, cannot answer every turn alike."""

from collections.abc import Sequence
from dataclasses import replace

from osler.core.passage import Evidence
from osler.core.question import ChoiceKey, Item, MultiKey
from osler.core.trace import Trace
from osler.core.verdict import Outcome
from osler.synthesise.asking import judged, sample
from osler.synthesise.block import Kit, Making, together


def turned(item: Item, by: int) -> Item:
    """Each text of the options `by` letters further, and the key with it. An item without letters for a key stays as it is."""
    options, key = item.question.options, item.key
    if not isinstance(key, ChoiceKey | MultiKey):
        return item
    letters = list(options)
    moved = {letter: letters[(at + by) % len(letters)] for at, letter in enumerate(letters)}
    texts = {moved[letter]: text for letter, text in options.items()}
    question = replace(item.question, options={letter: texts[letter] for letter in letters})
    return replace(item, question=question, key=replace(key, letters=tuple(sorted(moved[letter] for letter in key.letters))))


def unturned(letter: str, item: Item, by: int) -> str:
    """What a letter of the turned item is called in the item; any other answer stays as it is."""
    letters = list(item.question.options)
    if not isinstance(item.key, ChoiceKey) or letter not in letters:
        return letter
    return letters[(letters.index(letter) - by) % len(letters)]


def sample_turned(
    kit: Kit, role: str, item: Item, n: int, evidence: Sequence[Evidence] = ()
) -> Making[list[tuple[Trace, Outcome, str | None]]]:
    """`n` traces, the options of each turned one letter further than of the one before; each with its verdict and with what it answers in
    the letters of the item. Raises Drop where an engine failed."""
    items = [turned(item, by) for by in range(n)]
    asked = yield from together([sample(kit, role, each.question, 1, first_sample=by, evidence=evidence) for by, each in enumerate(items)])
    return [
        (trace, judged(kit, trace, each), unturned(trace.answer, item, by) if trace.answer is not None else None)
        for by, (each, [trace]) in enumerate(zip(items, asked, strict=True))
    ]
