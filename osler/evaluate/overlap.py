"""Overlap: which items stand, whole or nearly so, in other texts: training data, another benchmark, or the items themselves.

Four ways, from the surest: the same words (`exact`); runs of n words that cover most of the item (`ngram`); most of its words in their
order, so that a word put in, taken out or replaced hides nothing (`fuzzy`); and the same runs in any order (`minhash`).

Published thresholds differ: any one 13-gram in common (GPT-3, arXiv 2005.14165, appendix C), 80 % of the tokens in common runs of more
than 10 (Llama 2, arXiv 2307.09288, appendix A.6: "dirty"), any one 8-gram (open-r1). The default is Llama 2's share with runs of 8 words:
any one run of 8 flags unlike vignettes that ask "which of the following is the most likely diagnosis". Scripts that are published with data
sets lose the last n-gram of a text, and find no item of n words or fewer; here an item shorter than n is compared whole.

Words that many texts share say little, and a question of a pattern ("What are the symptoms of …?") is not another one of that pattern: so
all but `exact` also weigh words by how rare they are on both sides, and ask that what is shared be more than chance would share.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass as settings

from osler.core.question import STRICT, Item
from osler.evaluate.grade import Graded
from osler.evaluate.overlap_fuzzy import Alignments
from osler.evaluate.overlap_runs import Coverages
from osler.evaluate.overlap_sketch import Sketches
from osler.evaluate.overlap_words import Masks, Vocabulary, joints, words

Share = Annotated[float, Field(gt=0, le=1)]


class OverlapMethod(StrEnum):
    """How an item was found in another text."""

    EXACT = "exact"
    NGRAM = "ngram"
    FUZZY = "fuzzy"
    MINHASH = "minhash"


@settings(frozen=True, config=STRICT)
class OverlapSettings:
    """`n` and `ngram_share`: an item is flagged when so much of it is covered by runs of `n` words of one text; a share near 0 flags at any
    one run. `fuzzy_share`: so many of its words in order. `weight_share`: so much of what its words weigh has to be in those that are
    shared (of `ngram_share`, where that asks for less).
    `jaccard`: the share of runs of 3 words that an item and a text have in common, of all that either has.

    The defaults but for `ngram_share` are ours: on MedMCQA's questions of 4 words or more they find 97 % of copies with one word put in,
    taken out or replaced (94 % of those of 4 to 7 words, 98 % from 8, 99.7 % from 13)."""

    n: Annotated[int, Field(ge=2, le=50)] = 8
    ngram_share: Share = 0.8
    fuzzy_share: Share = 0.85
    weight_share: Share = 0.65
    jaccard: Share = 0.7
    methods: tuple[OverlapMethod, ...] = tuple(OverlapMethod)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Whether an item stands in another text, flat: its fields are columns. The partner is the text that has most of it by the surest
    method that found one, the first of equals. `share` is of the item's words, or Jaccard's; without a flag, method and partner are None
    and it is 0."""

    item_id: str
    is_flagged: bool
    method: OverlapMethod | None
    partner_id: str | None
    share: float


Text = tuple[str, str]
"""An id and a text."""


def overlaps(items: Sequence[Text], corpus: Iterable[Text], settings: OverlapSettings | None = None) -> list[Overlap]:
    """One per item, in their order. The corpus is gone through once and never held: put the larger side there."""
    return _Finder(items, settings or OverlapSettings()).find(corpus, is_within=False)


def repeats(items: Sequence[Text], settings: OverlapSettings | None = None) -> list[Overlap]:
    """One per item: whether an earlier one says the same. What is not flagged has no two alike."""
    return _Finder(items, settings or OverlapSettings()).find(items, is_within=True)


def item_text(item: Item) -> str:
    """What of an item is compared."""
    return compared_text(item.question.text, item.question.options.values())


def compared_text(question: str, options: Iterable[str]) -> str:
    """The question; with its options, in no order, where it has fewer than 8 words and so says too little to be its own ("Which of the
    following is true?")."""
    return question if len(words(question)) >= _TELLING else "\n".join((question, *sorted(options)))


_TELLING = 8


def split_by_flags(graded: Iterable[Graded], flags: Iterable[Overlap]) -> tuple[list[Graded], list[Graded]]:
    """The verdicts on items that are not flagged, and those on items that are: for a metric with and without them. Raises KeyError for a
    verdict on an item that was not looked at."""
    is_flagged: Mapping[str, bool] = {flag.item_id: flag.is_flagged for flag in flags}
    parts: tuple[list[Graded], list[Graded]] = ([], [])
    for row in graded:
        parts[is_flagged[row.item_id]].append(row)
    return parts


@dataclass(frozen=True)
class _Found:
    """Where an item was found, by one method: the share, and the text's number."""

    share: float
    at: int


class _Finder:
    """Goes through the corpus once and then says what was found of each item."""

    def __init__(self, items: Sequence[Text], settings: OverlapSettings) -> None:
        self._ids = [id for id, _ in items]
        self._settings = settings
        said = [words(text) for _, text in items]
        self._vocabulary = Vocabulary.of(said)
        self._numbered = [self._vocabulary.number(text) for text in said]
        self._wholes: dict[str, list[int]] = {}
        for at, text in enumerate(said):
            if text:
                self._wholes.setdefault(" ".join(text), []).append(at)
        n_words = len(self._vocabulary.ids)
        self._exact: dict[int, int] = {}
        self._coverages = Coverages(self._numbered, n_words, settings.n, settings.ngram_share)
        self._alignments = Alignments(self._numbered, [joints(text) for _, text in items], n_words, settings.fuzzy_share)
        sketched = self._numbered if OverlapMethod.MINHASH in settings.methods else []
        self._sketches = Sketches(sketched, n_words, settings.jaccard)

    def find(self, corpus: Iterable[Text], *, is_within: bool) -> list[Overlap]:
        partners = []
        for at, (id, text) in enumerate(corpus):
            partners.append(id)
            self._look(at, words(text), at if is_within else -1)
        if not is_within:
            for numbered in self._numbered:
                self._vocabulary.count(numbered)
        return [self._overlap(at, partners) for at in range(len(self._ids))]

    def _look(self, at: int, said: list[str], after: int) -> None:
        methods, numbered = self._settings.methods, self._vocabulary.number(said)
        self._vocabulary.count(numbered)
        for item in self._wholes.get(" ".join(said), ()):
            if item > after:
                self._exact.setdefault(item, at)
        if OverlapMethod.NGRAM in methods:
            self._coverages.look(at, numbered, after)
        if OverlapMethod.FUZZY in methods or OverlapMethod.NGRAM in methods:
            self._alignments.look(at, numbered, after)
        if OverlapMethod.MINHASH in methods:
            self._sketches.look(at, numbered, after)

    def _overlap(self, item: int, partners: Sequence[str]) -> Overlap:
        for method in OverlapMethod:
            if method in self._settings.methods and (found := self._found(item, method)):
                return Overlap(self._ids[item], True, method, partners[found.at], found.share)
        return Overlap(self._ids[item], False, None, None, 0.0)

    def _found(self, item: int, method: OverlapMethod) -> _Found | None:
        match method:
            case OverlapMethod.EXACT:
                return _Found(1.0, self._exact[item]) if item in self._exact else None
            case OverlapMethod.NGRAM:
                weight, asked = self._settings.weight_share, self._settings.ngram_share
                least = weight if asked >= weight else weight * asked
                covered = self._best(item, self._coverages.masks, least)
                return covered or self._best(item, self._alignments.wholes, least)
            case OverlapMethod.FUZZY:
                return self._best(item, self._alignments.masks, self._settings.weight_share)
            case OverlapMethod.MINHASH:
                return self._best(item, self._sketches.masks, self._settings.weight_share)

    def _best(self, item: int, masks: Masks, least: float) -> _Found | None:
        """The largest share among the texts whose shared words say enough, the first of equals."""
        telling = []
        for mask, (share, at) in masks.of(item).items():
            weight, nats = self._vocabulary.weigh(mask, self._numbered[item])
            if weight >= least and nats >= self._vocabulary.evidence:
                telling.append(_Found(share, at))
        return max(telling, key=lambda found: (found.share, -found.at), default=None)
