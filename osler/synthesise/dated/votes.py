"""How sure a text makes a triple: the share of the samples that state it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from osler.core.errors import Drop
from osler.synthesise.asking import json_in
from osler.synthesise.dated.texts import RELATIONS, Triple

SURE = 0.95
"""What a triple that all samples state is worth: not 1, which nothing could add to. A share of .98 stays .98, as published."""


class Votes(NamedTuple):
    """What samples of one text said: how many found nothing, and the triples of each sample that counts."""

    n: int
    n_none: int
    valid: tuple[tuple[Triple, ...], ...]


def votes_of(samples: Sequence[str], ids: Mapping[str, str]) -> Votes:
    """`ids` are those of the entities, by name. A sample that found nothing counts for nothing but that; one that names an entity or a
    relation that there is not, a triple twice, or an entity of itself, for nothing at all."""
    found = [_triples(each, ids) for each in samples]
    return Votes(len(samples), sum(each == () for each in found), tuple(each for each in found if each))


def confidences(votes: Votes, least: float) -> dict[Triple, float]:
    """Of each triple that more than `least` of the valid samples state; of one and its reverse the surer, of equals the first by name."""
    counts = Counter(triple for sample in votes.valid for triple in sample)
    shares = {triple: n / len(votes.valid) for triple, n in sorted(counts.items(), key=_by_name)}
    sure = {triple: SURE if share == 1 else share for triple, share in shares.items() if share > least}
    kept: dict[Triple, float] = {}
    for triple, confidence in sure.items():
        other = sure.get(triple.reversed, 0.0)
        if confidence > other or (confidence == other and triple.reversed not in kept):
            kept[triple] = confidence
    return kept


def _by_name(counted: tuple[Triple, int]) -> tuple[str, str, str]:
    triple, _ = counted
    return triple.head, triple.relation, triple.tail


def _triples(said: str, ids: Mapping[str, str]) -> tuple[Triple, ...] | None:
    """None where the sample is not valid."""
    try:
        content = json_in(said)
    except Drop:
        return None
    listed = content.get("triples")
    if not isinstance(listed, list):
        return None
    triples = [_triple(each, ids) for each in listed]
    if None in triples or len({*triples}) < len(triples):
        return None
    return tuple(triple for triple in triples if triple)


def _triple(content: object, ids: Mapping[str, str]) -> Triple | None:
    if not isinstance(content, dict):
        return None
    head, relation, tail = (content.get(part) for part in ("head", "relation", "tail"))
    if not (isinstance(head, str) and isinstance(relation, str) and isinstance(tail, str)):
        return None
    if head not in ids or tail not in ids or relation not in RELATIONS or ids[head] == ids[tail]:
        return None
    return Triple(ids[head], relation, ids[tail])
