"""The oracle: the one class that answers a search with the help of the keys. Only the stage `search` builds it, to make training data."""

from collections.abc import Mapping, Sequence

from osler.core.errors import UserError
from osler.core.question import Item
from osler.core.reading import Abstention, Reading
from osler.core.trace import Trace
from osler.core.verdict import Judge


class Oracle:
    """Implements `RewardModel`: every step of a trace is worth what its answer is worth, 1 for a right one and 0 for any other."""

    identity = "oracle"

    def __init__(self, items: Sequence[Item], judges: Mapping[str, Judge]) -> None:
        """Raises UserError for a key that no judge reads: better now than after an hour of search."""
        for item in items:
            if item.key.kind not in judges:
                raise UserError(f"{item.id}: no judge reads a {item.key.kind!r} key yet; search on items with {' or '.join(judges)} keys")
        self._keys = {item.id: item.key for item in items}
        self._judges = judges

    def score(self, traces: Sequence[Trace]) -> list[tuple[float, ...]]:
        return [(float(self.is_right(trace)),) * len(trace.steps) for trace in traces]

    def is_right(self, trace: Trace) -> bool:
        key = self._keys[trace.question.id]
        reading = trace.reading or Reading(abstention=Abstention.NO_ANSWER)
        return self._judges[key.kind].judge(reading, key).is_right
