"""ItemSet: the items of one source, with all that whoever publishes a number about them has to state."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from osler.core.question import ChoiceKey, Item, MultiKey
from osler.data.mapped import Dropped, Mapped
from osler.data.options import plain
from osler.data.shuffle import refers_to_places, shuffled

_PUNCTUATION = re.compile(r"[^\w\s+\-<>=≤≥±%/.]|\.(?!\d)|(?<!\w)-(?![\w.])")
"""What does not tell two questions apart. Signs, decimal points and comparisons do."""


@dataclass(frozen=True)
class ItemSet:
    """Items with unique ids. `content_hash` is the SHA-256 of them all in the order of their ids, before any shuffling of options: two sets
    with the same hash ask the same. `duplicates` are the ids of items with the same question and options; all of them stay. `notes` are
    sentences for whoever reads the numbers."""

    name: str
    items: tuple[Item, ...]
    licence: str = ""
    citation: str = ""
    content_hash: str = ""
    duplicates: tuple[tuple[str, ...], ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def n_duplicates(self) -> int:
        """The items that ask what another one before them asked."""
        return sum(len(ids) - 1 for ids in self.duplicates)


def item_set(
    name: str, mapped: Mapped, *, licence: str = "", citation: str = "", notes: Sequence[str] = (), option_seed: int | None = None
) -> ItemSet:
    """A set of what came of a table. Items that ask the same question share a cluster, unless they have one of their own. `option_seed`
    shuffles the options."""
    items, duplicates = _clustered(mapped.items), same_content(mapped.items)
    shown = items if option_seed is None else tuple(shuffled(item, option_seed) for item in items)
    return ItemSet(
        name,
        shown,
        licence or "not stated",
        citation,
        hash_of(mapped.items),
        duplicates,
        mapped.dropped,
        (*notes, *_notes(mapped, items, duplicates, option_seed)),
    )


def hash_of(items: Iterable[Item]) -> str:
    """SHA-256 over the items in the order of their ids, each as one line of JSON with its names in order."""
    adapter = TypeAdapter(Item)
    digest = hashlib.sha256()
    for item in sorted(items, key=lambda item: item.id):
        line = json.dumps(adapter.dump_python(item, mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def same_content(items: Iterable[Item]) -> tuple[tuple[str, ...], ...]:
    """The ids of items that ask the same, with the same options in whatever order, but for case, spaces and punctuation."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for item in items:
        options = sorted(_bare(option) for option in item.question.options.values())
        alike.setdefault((_bare(item.question.text), *options), []).append(item.id)
    return tuple(tuple(ids) for ids in alike.values() if len(ids) > 1)


def _bare(text: str) -> str:
    return plain(_PUNCTUATION.sub(" ", text))


def _clustered(items: Sequence[Item]) -> tuple[Item, ...]:
    """Items with one text are not independent of one another, whatever their options."""
    texts = [_bare(item.question.text) for item in items]
    count = Counter(texts)
    first: dict[str, str] = {}
    for item, text in zip(items, texts, strict=True):
        first.setdefault(text, item.id)
    return tuple(
        replace(item, cluster=first[text]) if count[text] > 1 and not item.cluster else item
        for item, text in zip(items, texts, strict=True)
    )


def _notes(mapped: Mapped, items: Sequence[Item], duplicates: Sequence[Sequence[str]], option_seed: int | None) -> list[str]:
    lettered = [item for item in items if isinstance(item.key, ChoiceKey | MultiKey)]
    n_twice = sum(len({plain(text) for text in item.question.options.values()}) < len(item.question.options) for item in lettered)
    by_id = {item.id: item for item in items}
    n_unlike = sum(len({_right(by_id[id]) for id in ids}) > 1 for ids in duplicates)
    counted = {
        "rows are no part of this set": mapped.n_left_out,
        "rows repeat an item under its own id": mapped.n_repeated,
        "rows make no item and were dropped": len(mapped.dropped),
        "items ask what another one asks, with the same options": sum(len(ids) - 1 for ids in duplicates),
        "of these questions have unlike keys": n_unlike,
        "items have two options of the same text, which an answer by its text cannot tell apart": n_twice,
    }
    notes = [f"{n} {what}" for what, n in counted.items() if n]
    if option_seed is not None:
        n_kept = sum(refers_to_places(item) for item in lettered)
        notes.append(
            f"the options of {len(lettered) - n_kept} items are shuffled with seed {option_seed}; {n_kept} keep their order, which their "
            "options refer to"
        )
    return notes


def _right(item: Item) -> str:
    """What the key of an item says, by the texts of the options."""
    if isinstance(item.key, ChoiceKey | MultiKey):
        return "\n".join(sorted(plain(item.question.options[letter]) for letter in item.key.letters))
    return repr(item.key)
