"""Profiles: what each condition shows, and how often."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from types import MappingProxyType

from osler.core.errors import UserError

UNLISTED = 2
"""Per cent at which a condition shows a finding that the table does not list for it."""
LOWEST, HIGHEST = 1, 99
"""Nothing is taken for impossible or certain: "never" and "always" count as these, in per cent."""
MAX_NAME = 250
MIN_CONDITIONS = 8


@dataclass(frozen=True)
class Profiles:
    """`percents[condition][finding]` in whole per cent, by positions in `conditions` and `findings`; 0 is "never", 100 "always". `stated`
    are the findings that the table itself gives for each condition; the others are broader names of those, at least as frequent as they.
    `above` are the broader names of each finding, and `kin` the conditions that one is a kind of: those are no rivals.

    `typical_percent`: from here on the absence of a finding speaks against a condition. `is_asked`: findings are questions that a patient
    answers. `counts` says what was left out or merged on the way here.
    """

    name: str
    conditions: tuple[str, ...]
    findings: tuple[str, ...]
    percents: tuple[Mapping[int, int], ...]
    stated: tuple[tuple[int, ...], ...]
    above: tuple[frozenset[int], ...]
    kin: tuple[frozenset[int], ...]
    typical_percent: int = 80
    is_asked: bool = False
    origin: str = ""
    licence: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    def counting(self, **counts: int) -> "Profiles":
        return replace(self, counts={**self.counts, **counts})

    @cached_property
    def number_of(self) -> dict[str, int]:
        """The position of a condition by name."""
        return {name: number for number, name in enumerate(self.conditions)}

    @cached_property
    def finding_number(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.findings)}

    @cached_property
    def probabilities(self) -> tuple[dict[int, float], ...]:
        """As `percents`, from 0 to 1 and kept off both."""
        return tuple({finding: chance(percent) for finding, percent in shown.items()} for shown in self.percents)

    @cached_property
    def listed(self) -> tuple[tuple[int, ...], ...]:
        """The stated findings that each condition shows at all."""
        return self._from(1)

    @cached_property
    def has_certain(self) -> bool:
        """Whether some condition always shows some finding, without which nothing can be ruled out."""
        return any(self.certain)

    @cached_property
    def is_graded(self) -> bool:
        """Whether listed findings differ in frequency, without which candidates cannot be ranked."""
        return len({percent for shown in self.percents for percent in shown.values() if percent}) >= 3

    @cached_property
    def shown(self) -> tuple[frozenset[int], ...]:
        """The findings that each condition shows at all, broader names too."""
        return tuple(frozenset(finding for finding, percent in shown.items() if percent) for shown in self.percents)

    @cached_property
    def typical(self) -> tuple[tuple[int, ...], ...]:
        return self._from(self.typical_percent)

    @cached_property
    def certain(self) -> tuple[tuple[int, ...], ...]:
        return self._from(100)

    def _from(self, percent: int) -> tuple[tuple[int, ...], ...]:
        pairs = zip(self.stated, self.percents, strict=True)
        return tuple(tuple(finding for finding in findings if shown[finding] >= percent) for findings, shown in pairs)

    @cached_property
    def related(self) -> tuple[frozenset[int], ...]:
        """The broader and the narrower names of each finding."""
        return _both_ways(self.above)

    @cached_property
    def _related_conditions(self) -> tuple[frozenset[int], ...]:
        return _both_ways(self.kin)

    @cached_property
    def information(self) -> tuple[float, ...]:
        """How much each finding tells, in bits: -log2 of the share of conditions that show it."""
        return tuple(-math.log2(len(showing) / len(self.conditions)) if showing else 0.0 for showing in self._showing)

    @cached_property
    def _showing(self) -> tuple[tuple[int, ...], ...]:
        showing: list[list[int]] = [[] for _ in self.findings]
        for condition, findings in enumerate(self.listed):
            for finding in findings:
                showing[finding].append(condition)
        return tuple(map(tuple, showing))

    @cached_property
    def _near(self) -> dict[int, tuple[int, ...]]:
        return {}

    def nearest(self, condition: int, n: int = 40) -> tuple[int, ...]:
        """Up to 40 other conditions, those first whose findings in common with this one tell most. None without a finding in common, and
        none that this one is a kind of, or that is a kind of it."""
        if condition not in self._near:
            self._near[condition] = self._nearest(condition)
        return self._near[condition][:n]

    def _nearest(self, condition: int) -> tuple[int, ...]:
        import numpy as np

        findings = self.listed[condition]
        others = np.concatenate([self._postings[finding] for finding in findings])
        weights = np.repeat([self.information[finding] for finding in findings], [len(self._showing[finding]) for finding in findings])
        shared = np.bincount(others, weights=weights, minlength=len(self.conditions))
        shared[condition] = 0
        order = np.argsort(-shared, kind="stable")[:40]
        kin = self._related_conditions[condition]
        return tuple(other for other in order.tolist() if shared[other] > 0 and other not in kin)

    @cached_property
    def _postings(self) -> tuple["object", ...]:
        import numpy as np

        return tuple(np.array(showing, dtype=np.int64) for showing in self._showing)


def _both_ways(above: Sequence[Collection[int]]) -> tuple[frozenset[int], ...]:
    related = [set(broader) for broader in above]
    for number, broader in enumerate(above):
        for other in broader:
            related[other].add(number)
    return tuple(map(frozenset, related))


def chance(percent: int) -> float:
    """The probability that a stated percentage is computed with."""
    return min(max(percent, LOWEST), HIGHEST) / 100


def tidied(name: str) -> str:
    """A name in one line, its semicolons commas and its dashes without space around them: semicolons part the names of a task's text, and a
    dash with space around it ends an entry of a ranked list."""
    line = re.sub(r"[\s\x00-\x1f\x7f]+", " ", name.replace(";", ","))
    return re.sub(r" [-–—]+ ", "-", line).strip(" ,")


def whole_percent(share: float) -> int:
    """A share from 0 to 1 in whole per cent, halves up. What is not quite nothing or everything stays so."""
    percent = math.floor(share * 100 + 0.5 + 1e-4)
    if share <= 0 or share >= 1:
        return percent
    return min(max(percent, LOWEST), HIGHEST)


def profiles_of(
    name: str,
    rows: Iterable[tuple[str, str, int]],
    *,
    min_findings: int = 4,
    min_typical: int = 0,
    typical_percent: int = 80,
    is_asked: bool = False,
    above: Mapping[str, Collection[str]] = MappingProxyType({}),
    origin: str = "",
    licence: str = "",
) -> Profiles:
    """Profiles of rows (condition, finding, per cent). Names that differ in case only are one; of two rows for one pair the higher
    percentage stands. Conditions with too few findings are left out. `above` has the broader names of findings and conditions, both tidied
    and without case: who shows a finding shows the broader ones. Raises UserError where fewer than 8 conditions are left."""
    shown, spelling, counts = _gathered(rows)
    kept = {condition: own for condition, own in shown.items() if _is_rich(own, min_findings, min_typical, typical_percent)}
    counts["conditions_with_too_few_findings"] = len(shown) - len(kept)
    if len(kept) < MIN_CONDITIONS:
        raise UserError(
            f"{name}: {len(kept)} of {len(shown)} conditions have {min_findings} findings or more, and {min_typical} of"
            f" {typical_percent} % or more; differentials need at least {MIN_CONDITIONS} such conditions"
        )
    findings = {finding: number for number, finding in enumerate(dict.fromkeys(finding for own in kept.values() for finding in own))}
    percents = [{findings[finding]: percent for finding, percent in own.items()} for own in kept.values()]
    broader, kin = (_numbered(above, names, spelling) for names in (findings, {name: number for number, name in enumerate(kept)}))
    return Profiles(
        name,
        tuple(kept),
        tuple(findings),
        tuple(_with_broader(shown, broader) for shown in percents),
        tuple(map(tuple, percents)),
        broader,
        kin,
        typical_percent,
        is_asked,
        origin,
        licence,
        counts,
    )


def _gathered(rows: Iterable[tuple[str, str, int]]) -> tuple[dict[str, dict[str, int]], dict[str, str], dict[str, int]]:
    """The percentages by condition and finding, how each name without case is spelt, and what was counted on the way."""
    counts = dict.fromkeys(("rows", "rows_of_a_pair_seen_before", "rows_without_a_usable_name"), 0)
    shown: dict[str, dict[str, int]] = {}
    spelling: dict[str, str] = {}

    @cache
    def spelt(name: str) -> str:
        tidy = tidied(name)
        return spelling.setdefault(tidy.casefold(), tidy)

    for row_condition, row_finding, percent in rows:
        counts["rows"] += 1
        condition, finding = spelt(row_condition), spelt(row_finding)
        if not (0 < len(condition) <= MAX_NAME and 0 < len(finding) <= MAX_NAME):
            counts["rows_without_a_usable_name"] += 1
            continue
        own = shown.setdefault(condition, {})
        counts["rows_of_a_pair_seen_before"] += finding in own
        own[finding] = max(percent, own.get(finding, 0))
    return shown, spelling, counts


def _numbered(above: Mapping[str, Collection[str]], numbers: Mapping[str, int], spelling: Mapping[str, str]) -> tuple[frozenset[int], ...]:
    """The broader names of each name, by number; those that have none are passed over."""
    spelt = ({spelling.get(other, "") for other in above.get(name.casefold(), ())} - {name} for name in numbers)
    return tuple(frozenset(numbers[other] for other in others if other in numbers) for others in spelt)


def _with_broader(shown: Mapping[int, int], above: Sequence[Collection[int]]) -> dict[int, int]:
    """A broader name is at least as frequent as any narrower one; what "never" says of a finding stands."""
    every = dict(shown)
    for finding, percent in shown.items():
        for broader in above[finding] if percent else ():
            if every.get(broader, 0) < percent and shown.get(broader) != 0:
                every[broader] = percent
    return every


def _is_rich(own: Mapping[str, int], min_findings: int, min_typical: int, typical_percent: int) -> bool:
    n_listed = sum(percent > 0 for percent in own.values())
    return n_listed >= min_findings and sum(percent >= typical_percent for percent in own.values()) >= min_typical
