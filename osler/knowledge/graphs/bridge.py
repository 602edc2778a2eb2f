"""Which nodes are one thing under two ids: those of one name in two vocabularies."""

from collections.abc import Collection, Sequence

from osler.knowledge.graphs.names import singular

LOOSELY = (("disease", "phenotype"),)
"""Kinds between which a synonym is enough: what one vocabulary calls a disease, another calls a finding."""


def pairs_of_one_name(
    ids: Sequence[str], names: Sequence[str], kinds: Sequence[str], synonyms: Sequence[Sequence[str]], loosely: Collection[tuple[str, str]]
) -> list[tuple[int, int]]:
    """Pairs of nodes, the lower number first, whose ids begin differently up to the colon and whose first names are equal but for case,
    punctuation and plural. Between kinds of `loosely` it is enough that the first name of one is a synonym of the other. Elsewhere a
    synonym is not: among drugs it joins salts, among diseases subtypes, and a gene is the synonym of what it causes."""
    vocabularies = [id.split(":", 1)[0] if ":" in id else "" for id in ids]
    pairs_of_kinds = {frozenset(pair) for pair in loosely}
    loose = {kind for pair in pairs_of_kinds for kind in pair}
    first, other = _by_name(names), _by_synonym(synonyms, kinds, loose)
    found: set[tuple[int, int]] = set()
    for key, numbers in first.items():
        found.update((low, high) for at, high in enumerate(numbers) for low in numbers[:at])
        found.update(
            (min(low, high), max(low, high))
            for low in numbers
            for high in other.get(key, ())
            if frozenset((kinds[low], kinds[high])) in pairs_of_kinds
        )
    return sorted((low, high) for low, high in found if low != high and vocabularies[low] != vocabularies[high])


MAX_OF_ONE_NAME = 20
"""A name that more nodes bear is a placeholder, "unknown" or the like, and joins nothing."""


def _by_name(names: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        found.setdefault(singular(name), []).append(number)
    return {key: numbers for key, numbers in found.items() if key and len(numbers) <= MAX_OF_ONE_NAME}


def _by_synonym(synonyms: Sequence[Sequence[str]], kinds: Sequence[str], loose: Collection[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for number, each in enumerate(synonyms):
        for key in {singular(text) for text in each} if kinds[number] in loose else ():
            found.setdefault(key, []).append(number)
    return {key: numbers for key, numbers in found.items() if len(numbers) <= MAX_OF_ONE_NAME}
