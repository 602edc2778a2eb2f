"""Which texts overlap with an item of a test set: what a synthesis is `against`, made into the part of the kit that blocks ask.

Either way counts: a text of which most stands in a test item, and a test item of which most stands in a text, which may be much longer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from osler.data import load_item_sets
from osler.evaluate.overlap import OverlapSettings, Text, item_text, overlaps

Overlapping = Callable[[Sequence[Text]], Mapping[str, str]]


def overlapping_of(specs: Sequence[str], settings: OverlapSettings | None = None) -> Overlapping:
    """What tells, of texts given as (id, text), which overlap with an item of the sets that `specs` name: by id, that item's id. Ask about
    many texts at once: the sets are gone through for each asking. Raises UserError where a set cannot be read, or holds no item."""
    tested = tuple(tested_texts(specs))

    def overlapping(texts: Sequence[Text]) -> Mapping[str, str]:
        inside = {each.item_id: str(each.partner_id) for each in overlaps(texts, tested, settings) if each.is_flagged}
        rest = [text for text in texts if text[0] not in inside]
        return inside | _around(tested, rest, settings)

    return overlapping


def _around(tested: Sequence[Text], texts: Sequence[Text], settings: OverlapSettings | None) -> dict[str, str]:
    """The texts that have most of a test item in them. One text is found for each item at a time, so what is found is laid aside and the
    same items are looked for in the rest."""
    found: dict[str, str] = {}
    looked_for = tested
    while texts and looked_for:
        flags = [each for each in overlaps(looked_for, texts, settings) if each.is_flagged]
        found |= {str(each.partner_id): each.item_id for each in flags}
        texts = [text for text in texts if text[0] not in found]
        again = {each.item_id for each in flags}
        looked_for = [text for text in looked_for if text[0] in again]
    return found


def tested_texts(specs: Sequence[str]) -> Iterator[Text]:
    """What of each item of the sets is compared, under its id."""
    for spec in specs:
        for item_set in load_item_sets(spec):
            yield from ((item.id, item_text(item)) for item in item_set.items)
