"""What the data card says of records: where they come from, how answers and topics are balanced, how long they are, three of them.

One pass over the stream; only counts and three drafts are kept.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from scipy.special import chdtrc

from osler.core.question import ChoiceKey, Item
from osler.synthesise.draft import Draft
from osler.synthesise.quality.language import language_of

N_DRAWN = 3
LEAST_EXPECTED = 5
"""With fewer expected in a class the chi-square distribution is a poor one (Cochran 1954), and there is no p."""

NOT_STATED = "not stated"


class CardFacts:
    """Counts of a stream of drafts; `seed` draws the examples."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"{seed}/card")
        self._n = self._n_preferences = 0
        self._picked: list[tuple[int, Draft]] = []
        self._licences: dict[str, Counter[str]] = {}
        self._letters: dict[int, Counter[str]] = {}
        self._named: dict[str, Counter[str]] = {
            name: Counter() for name in ("topics", "kinds", "languages", "authors", "outcomes", "flags")
        }
        self._lengths: dict[str, Counter[int]] = {
            name: Counter() for name in ("question_words", "trace_steps", "trace_words", "response_words", "trace_tokens")
        }

    @classmethod
    def of(cls, drafts: Iterable[Draft], seed: int) -> "CardFacts":
        facts = cls(seed)
        for draft in drafts:
            facts.add(draft)
        return facts

    def add(self, draft: Draft) -> None:
        self._keep_by_chance(draft)
        self._n_preferences += len(draft.preferences)
        licences = self._licences.setdefault(draft.origin.source or NOT_STATED, Counter())
        licences[draft.origin.licence or NOT_STATED] += 1
        if draft.item:
            self._add_item(draft.item)
        for authored in draft.authored:
            self._named["authors"][authored.author] += 1
            self._named["outcomes"][str(authored.outcome or "not_judged")] += 1
            self._named["flags"].update(authored.flags)
            self._lengths["trace_steps"][len(authored.steps)] += 1
            self._lengths["trace_words"][sum(len(step.split()) for step in authored.steps)] += 1
            self._lengths["response_words"][len(authored.response.split())] += 1
            if authored.n_tokens:
                self._lengths["trace_tokens"][authored.n_tokens] += 1

    def _add_item(self, item: Item) -> None:
        self._named["kinds"][item.key.kind] += 1
        self._named["topics"][item.group or NOT_STATED] += 1
        self._named["languages"][language_of(item.question.text) or "not told"] += 1
        self._lengths["question_words"][len(item.question.text.split())] += 1
        if isinstance(item.key, ChoiceKey) and len(item.key.letters) == 1:
            letters = self._letters.setdefault(len(item.question.options), Counter(dict.fromkeys(item.question.options, 0)))
            letters[item.key.letters[0]] += 1

    def _keep_by_chance(self, draft: Draft) -> None:
        """A reservoir: each draft of the stream is as likely as any other to be an example."""
        self._n += 1
        if len(self._picked) < N_DRAWN:
            self._picked.append((self._n, draft))
        elif (at := self._rng.randrange(self._n)) < N_DRAWN:
            self._picked[at] = (self._n, draft)

    @property
    def picked(self) -> list[Draft]:
        return [draft for _, draft in sorted(self._picked, key=lambda pair: pair[0])]

    def content(self) -> dict[str, Any]:
        """As plain values. Of letters, by the number of options; of topics, shares against all alike."""
        named = {name: _ranked(counts) for name, counts in self._named.items()}
        return {
            "n_records": self._n,
            "n_traces": self._named["authors"].total(),
            "n_preferences": self._n_preferences,
            "licences": {source: _ranked(counts) for source, counts in sorted(self._licences.items())},
            "letters": {str(n): {"counts": dict(sorted(counts.items())), **uniform(counts)} for n, counts in sorted(self._letters.items())},
            "topics": {"counts": named.pop("topics"), **uniform(self._named["topics"])},
            **named,
            "lengths": {name: quantiles(counts) for name, counts in self._lengths.items() if counts},
        }


def uniform(counts: Mapping[str, int]) -> dict[str, float | None]:
    """Pearson's chi-square of counts against all alike, and its p; both None with one class, p with too few expected in each."""
    if len(counts) < 2:
        return {"chi_square": None, "p": None}
    expected = sum(counts.values()) / len(counts)
    if not expected:
        return {"chi_square": None, "p": None}
    chi_square = sum((n - expected) ** 2 / expected for n in counts.values())
    p = float(chdtrc(len(counts) - 1, chi_square)) if expected >= LEAST_EXPECTED else None
    return {"chi_square": chi_square, "p": p}


def quantiles(counts: Mapping[int, int]) -> dict[str, float]:
    """The least, the median, the 90th percentile (each a value that occurs), the most, and the mean."""
    n, at = sum(counts.values()), 0
    found: dict[str, float] = {}
    for value in sorted(counts):
        at += counts[value]
        found.setdefault("least", value)
        if 2 * at >= n:
            found.setdefault("median", value)
        if 10 * at >= 9 * n:
            found.setdefault("p90", value)
        found["most"] = value
    return {**found, "mean": sum(value * times for value, times in counts.items()) / n}


def _ranked(counts: "Counter[str]") -> dict[str, int]:
    """The most frequent first, names breaking ties: the order does not depend on that of the stream."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
