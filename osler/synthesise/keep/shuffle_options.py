"""Shuffle options: other letters for the same options, before anybody writes a trace about them."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic.dataclasses import dataclass

from osler.core.errors import RecipeError
from osler.core.question import STRICT, ChoiceKey, Item, MultiKey
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft

_PLACES = re.compile(
    r"\b(?:all|none|any|both|neither|either|two|some) (?:of )?(?:the )?(?:above|below|preceding|following|former|foregoing)\b"
    r"|\b(?:the|of) (?:above|preceding|foregoing)\b|\b(?:options?|choices?|answers?|statements?) [A-H]\b"
    r"|^[(\s]*(?:both|only|neither|either)?\s*\(?[A-Ha-h]\)?\s*(?:(?:[,&+/]\s*|\b(?:and|or|nor)\s+)\(?[A-Ha-h]\)?\s*)+(?:only)?[.)\s]*$",
    re.IGNORECASE,
)
"""Options that mean others by their letter or place."""


@dataclass(frozen=True, config=STRICT)
class ShuffleOptions:
    """Gives the options their letters anew, by the seed and the draft's id, and the key with them; so every letter is right about as often
    as another, and none can be learned by heart (m1 shuffles with seed 42). `seed` None is the run's. A question without options stays.

    Options that speak of letters or of one another's place ("both A and B", "all of the above") keep all options of their item where they
    are: the note `shuffled` tells. Traces that are there already name the old letters, which is an error of the recipe."""

    kind: Literal["shuffle_options"] = "shuffle_options"
    seed: int | None = None
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        item = draft.asked
        if draft.authored or draft.preferences:
            raise RecipeError(f"blocks: {draft.id} has traces, and they name letters; put {self.kind} before the block that writes them")
        if not isinstance(item.key, ChoiceKey | MultiKey):
            return [draft]
        if any(_PLACES.search(option) for option in item.question.options.values()):
            return [draft.noting(shuffled=False)]
        rng = random.Random(f"{kit.seed if self.seed is None else self.seed}/{draft.id}/{self.kind}")
        return [replace(draft, item=shuffled(item, item.key, rng)).noting(shuffled=True)]


def shuffled(item: Item, key: ChoiceKey | MultiKey, rng: random.Random) -> Item:
    """The item with its options under other letters, in the order of the letters, and the same options right."""
    letters = sorted(item.question.options)
    order = rng.sample(letters, len(letters))
    options = {letter: item.question.options[old] for letter, old in zip(letters, order, strict=True)}
    renamed = dict(zip(order, letters, strict=True))
    return replace(
        item,
        question=replace(item.question, options=options),
        key=replace(key, letters=tuple(sorted(renamed[letter] for letter in key.letters))),
    )
