"""Choosing among all drafts of a stream: they wait on disk while what is chosen by is read from each, and then go on in their order."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from tempfile import TemporaryFile
from typing import TypeVar

from pydantic import TypeAdapter

from osler.synthesise.draft import Draft, DroppedDraft

T = TypeVar("T")

_DRAFT: TypeAdapter[Draft] = TypeAdapter(Draft)


def chosen(
    drafts: Iterable[Draft], row: Callable[[Draft], T], choose: Callable[[Sequence[T]], Mapping[int, str]], block: str, reason: str
) -> Iterator[Draft | DroppedDraft]:
    """The drafts in their order. `choose` is given the row of every draft and tells which are kept by position, with a word why, which is
    noted where it is not empty. Only the rows are in memory."""
    with TemporaryFile() as file:
        rows = []
        for draft in drafts:
            rows.append(row(draft))
            file.write(_DRAFT.dump_json(draft) + b"\n")
        kept = choose(rows)
        file.seek(0)
        for at, line in enumerate(file):
            draft = _DRAFT.validate_json(line)
            if at not in kept:
                yield DroppedDraft(draft, block, reason, str(rows[at]))
            else:
                yield draft.noting(picked=kept[at]) if kept[at] else draft


def drawn(groups: Sequence[str], most: Mapping[str, int], seed: str) -> dict[int, str]:
    """Of each group as many positions as it may have, drawn; each group by itself, so that one does not move another."""
    places: dict[str, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        places[group].append(at)
    kept = [at for group, own in places.items() for at in random.Random(f"{seed}/{group}").sample(own, min(len(own), most[group]))]
    return dict.fromkeys(kept, "")
