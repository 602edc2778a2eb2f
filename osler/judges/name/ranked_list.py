"""Ranked lists, for example differential diagnoses: reads the entries in their order, and finds the first that the key accepts.

The patterns are made when the first text is read, so that importing the judges stays instant.
"""

from dataclasses import dataclass

from osler.core.question import Key, Question, RankedListKey
from osler.core.reading import Abstention, Reading
from osler.core.verdict import Outcome, Verdict
from osler.judges.stated.plain import bare_name


@dataclass(frozen=True)
class RankedListReader:
    """Reads the entries of a list, best first, one per line of the value, each once, without number, marks, probability and reasons.

    A JSON list decides; then what follows the last closing statement; then a list of lines, numbered before bulleted, under a heading that
    speaks of diagnoses or answers, or under none; then a short text that is only names, parted by semicolons or else by commas.
    """

    def read(self, text: str, question: Question) -> Reading:
        from osler.judges.name.entries import read_entries

        return read_entries(text)


@dataclass(frozen=True)
class RankedListJudge:
    """Right where the first entry is one that the key accepts, by name or synonym, whatever the case, article and marks.

    Marks, in every verdict but an unjudged one: `reciprocal_rank` of the first accepted entry (0 where there is none), `top_1`, `top_3`,
    `top_5`, and `n_entries`. Only the first `max_entries` entries count, and entries after the first accepted one change nothing: a longer
    list never earns more than the same list cut at its hit, and one that goes through everything earns no more than its first ten. The
    reciprocal rank is that of ranked-list answers in arXiv 2509.20866, whose exact weights for length are not published. Reasons: `key`,
    `synonym`, `lower_entry` (accepted, but not the first), `absent`, the abstention's own word, `wrong_kind`.
    """

    max_entries: int = 10

    def judge(self, reading: Reading, key: Key) -> Verdict:
        if not isinstance(key, RankedListKey):
            return Verdict(Outcome.UNJUDGED, reading, "wrong_kind")
        if reading.value is None:
            reason = reading.abstention.value if reading.abstention else Abstention.NO_ANSWER.value
            return Verdict(Outcome.NO_ANSWER, reading, reason, _marks(0, 0))
        entries = reading.value.split("\n")
        names = {bare_name(entry) for entry in key.entries}
        synonyms = {bare_name(synonym) for others in key.synonyms.values() for synonym in others}
        accepted = (names | synonyms) - {""}
        rank = next((rank for rank, entry in enumerate(entries[: self.max_entries], start=1) if bare_name(entry) in accepted), 0)
        marks = _marks(rank, len(entries))
        if rank == 1:
            return Verdict(Outcome.RIGHT, reading, "key" if bare_name(entries[0]) in names else "synonym", marks)
        return Verdict(Outcome.WRONG, reading, "lower_entry" if rank else "absent", marks)


def _marks(rank: int, n_entries: int) -> dict[str, float]:
    tops = {f"top_{limit}": float(0 < rank <= limit) for limit in (1, 3, 5)}
    return {"reciprocal_rank": 1 / rank if rank else 0.0, **tops, "n_entries": float(n_entries)}
