"""Between TRL's trainer and a reward of ours: one call for a whole batch, every mark a number, every group accounted for."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from osler.core.errors import RecordError, UserError
from osler.core.reward import mean
from osler.train.grpo import overlong
from osler.train.records import Records
from osler.train.rewarding import Attempt, Marks, RewardFunction

if TYPE_CHECKING:
    from osler.train.grpo import GRPO

RIGHT = 0.5
"""The mark from which the attempts of a group that all have the same one count as right."""
ALIKE = 1e-6
"""Marks of a group that differ by no more than this are the same: rounding."""
COUNTS = ("n_groups", "n_groups_all_right", "n_groups_all_wrong")
SHOWN = 500
"""Characters of an attempt that an error shows."""


class Marking:
    """What TRL calls a reward function. `totals` are the marks of the last batch, in its order; `notes` is for `Trained.notes`: groups,
    those without spread by what they were worth, and over the steps the mean of the mark, of each term and of the share that was cut."""

    def __init__(self, method: "GRPO", records: Records, reward: RewardFunction, ends: Sequence[int]) -> None:
        self.__name__ = "total"  # under which TRL logs it
        self._method, self._records, self._reward, self._ends = method, records, reward, frozenset(ends)
        self.totals: list[float] = []
        self.notes: dict[str, float] = dict.fromkeys(COUNTS, 0)
        self._n_logged: dict[str, int] = {}

    def __call__(self, **drawn: Any) -> list[float]:
        """One mark for each attempt. `drawn` is TRL's: what was written as messages and as ids, and our column `at`, the number of the
        record that it was written for."""
        at = drawn["at"]
        attempts = [
            Attempt(self._records[number], turn[0]["content"], len(ids), not ids or ids[-1] not in self._ends)
            for number, turn, ids in zip(at, drawn["completions"], drawn["completion_ids"], strict=True)
        ]
        marks = [self._with_length(attempt, each) for attempt, each in zip(attempts, self._marks(attempts, at), strict=True)]
        for number, attempt, each in zip(at, attempts, marks, strict=True):
            if not all(map(math.isfinite, (each.total, *each.terms.values()))):
                parts = ", ".join(f"{name} {value}" for name, value in each.terms.items())
                raise self._error(number, attempt, f"its mark is {each.total} ({parts})")
        for name in dict.fromkeys(name for each in marks for name in each.terms):
            drawn["log_metric"](f"reward/{name}", mean([each.terms[name] for each in marks if name in each.terms]))
        self.totals = [each.total for each in marks]
        return self.totals

    def note(self, logged: Mapping[str, Any]) -> None:
        """Take up what was logged of one step."""
        for name, value in logged.items():
            if name in COUNTS:
                self.notes[name] += value
            elif name.startswith("reward/") or name in ("reward", "completions/clipped_ratio"):
                n = self._n_logged[name] = self._n_logged.get(name, 0) + 1
                self.notes[name] = self.notes.get(name, 0.0) + (value - self.notes.get(name, 0.0)) / n

    def _marks(self, attempts: Sequence[Attempt], at: Sequence[int]) -> Sequence[Marks]:
        """Raises RecordError, naming the first attempt that the reward fails at alone."""
        try:
            marks = self._reward(attempts)
        except Exception as error:
            for number, attempt in zip(at, attempts, strict=True):
                try:
                    self._reward([attempt])
                except Exception as alone:
                    raise self._error(number, attempt, f"the reward failed at it ({type(alone).__name__}: {alone})") from alone
            raise UserError(f"reward: it failed at {len(attempts)} attempts together ({error}), and at none alone; mend it") from error
        if len(marks) != len(attempts):
            raise UserError(f"reward: {len(marks)} marks came for {len(attempts)} attempts; give each attempt its own")
        return marks

    def _with_length(self, attempt: Attempt, marks: Marks) -> Marks:
        if not self._method.overlong_buffer:
            return marks
        if "overlong" in marks.terms:
            raise UserError("grpo: length counts twice, as a term of the reward and by overlong_buffer; leave one of them out")
        penalty = overlong(attempt.n_tokens, self._method.sampling.max_tokens, self._method.overlong_buffer)
        return Marks(marks.total + penalty, {**marks.terms, "overlong": penalty})

    def _error(self, number: int, attempt: Attempt, what: str) -> RecordError:
        text = attempt.text if len(attempt.text) <= SHOWN else attempt.text[:SHOWN] + "…"
        return RecordError(f"{self._records.place(number)}: {what}: {text!r}; mend the reward, or leave the record out")


def spreads(groups: Sequence[Sequence[float]]) -> tuple[list[bool], dict[str, int]]:
    """Whether the marks of each group differ, and the numbers of COUNTS."""
    has_spread = [max(group) - min(group) > ALIKE for group in groups]
    alike = [group for group, differs in zip(groups, has_spread, strict=True) if not differs]
    n_right = sum(group[0] >= RIGHT for group in alike)
    return has_spread, dict(zip(COUNTS, (len(groups), n_right, len(alike) - n_right), strict=True))
