"""The closed grammar of a differential's steps: written, and read back and held against the facts.

A finding goes by the number and the name that the task's text gives it, and a posterior says by number which findings it rests on, so every
step can be checked alone, in whatever order they stand. Percentages have two digits and posteriors, probabilities and entropies (in bits)
three; a number is true where it is the exact one rounded, a percentage where it is the table's.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from osler.clinic.differentials.posterior import entropy_bits, looked_for, updated
from osler.clinic.differentials.profiles import UNLISTED, chance
from osler.clinic.truth import Truth

MAX_STEP = 3000
_HALF_DIGIT = 0.0005 + 1e-9
_SHARE = r"(?:[0-9]{0,3}\.[0-9]{3})"


class Facts(NamedTuple):
    """What a task's facts say. `percents[finding][candidate]`; None is unlisted. `names` are findings, present ones first; `options` are
    the findings to choose from and `option_percents` theirs. `right` is a mark or a letter; `order` are the candidates, likeliest first.
    `is_asked`: findings are questions that a patient answers."""

    asked: str
    marks: tuple[str, ...]
    candidates: tuple[str, ...]
    names: tuple[str, ...]
    n_present: int
    percents: tuple[tuple[int | None, ...], ...]
    options: tuple[str, ...]
    option_percents: tuple[tuple[int | None, ...], ...]
    right: str
    order: tuple[str, ...]
    is_asked: bool

    @property
    def states(self) -> tuple[str, str]:
        """How a step says that a finding is there, and that it is not."""
        return ("is answered yes", "is answered no") if self.is_asked else ("is present", "is absent")

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Facts":
        """From plain values, lists in the place of tuples."""
        return cls(*(_frozen(facts[name]) for name in cls._fields))

    def chances(self, finding: int) -> list[float]:
        return [likelihood(percent) for percent in self.percents[finding]]

    def posterior_after(self, findings: Sequence[int]) -> list[float]:
        """`findings` by position, from 0."""
        posterior = [1 / len(self.marks)] * len(self.marks)
        for finding in findings:
            posterior = updated(posterior, self.chances(finding), is_present=finding < self.n_present)
        return posterior


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list | tuple) else value


def likelihood(percent: int | None) -> float:
    return chance(UNLISTED if percent is None else percent)


# written


def write_steps(facts: Facts) -> tuple[str, ...]:
    """The true steps in the order of the text, the closing one last."""
    if facts.asked == "ruled_out":
        steps = [_always(facts, finding) for finding in range(facts.n_present, len(facts.names))]
        return (*steps, f"{facts.right} is ruled out. The answer is {facts.right}.")
    steps = _running(facts)
    if facts.asked == "next_finding":
        posterior = facts.posterior_after(range(len(facts.names)))
        numbers = ", ".join(str(number) for number in range(1, len(facts.names) + 1))
        steps += [f"The entropy after {numbers} is {share(entropy_bits(posterior))} bits.", *_looking(facts, posterior)]
        return (*steps, f"{facts.right} leaves the least entropy. The answer is {facts.right}.")
    if facts.asked == "ranked":
        order = ", ".join(facts.marks[facts.candidates.index(name)] for name in facts.order)
        return (*steps, f"The order is {order}. The answer is: {'; '.join(facts.order)}.")
    return (*steps, f"{facts.right} is likeliest. The answer is {facts.right}.")


def share(number: float) -> str:
    """Three digits, no zero before the point."""
    text = f"{number:.3f}"
    return text[1:] if text.startswith("0") else text


def _running(facts: Facts) -> list[str]:
    steps, posterior = [], [1 / len(facts.marks)] * len(facts.marks)
    for finding, name in enumerate(facts.names):
        is_present = finding < facts.n_present
        posterior = updated(posterior, facts.chances(finding), is_present=is_present)
        shown = [_percent(percent, is_present) for percent in facts.percents[finding]]
        after = ", ".join(str(number) for number in range(1, finding + 2))
        state = facts.states[not is_present]
        steps.append(
            f"({finding + 1}) {name} {state}: {_each(facts, shown)}; posterior after {after}: {_each(facts, map(share, posterior))}."
        )
    return steps


def _percent(percent: int | None, is_present: bool) -> str:
    whole = round(likelihood(percent) * 100)
    return f".{whole if is_present else 100 - whole:02d}"


def _each(facts: Facts, numbers: "Sequence[str] | map[str]") -> str:
    return ", ".join(f"{mark} {number}" for mark, number in zip(facts.marks, numbers, strict=True))


def _always(facts: Facts, finding: int) -> str:
    marks = [mark for mark, percent in zip(facts.marks, facts.percents[finding], strict=True) if percent == 100]
    return f"({finding + 1}) {facts.names[finding]} is absent: always shown by {' and '.join(marks) or 'none'}."


def _looking(facts: Facts, posterior: list[float]) -> list[str]:
    steps = []
    for letter, name, percents in zip("ABCD", facts.options, facts.option_percents, strict=True):
        numbers = map(share, looked_for(posterior, [likelihood(percent) for percent in percents]))
        steps.append(
            "Looking for {} ({}): present with probability {}; entropy {} if present, {} if absent, {} on average.".format(
                letter, name, *numbers
            )
        )
    return steps


# read back

_RUNNING = re.compile(
    r"\((?P<number>[0-9]{1,2})\) (?P<name>.+) (?P<state>is present|is absent|is answered yes|is answered no):"
    r" (?P<shown>(?:[A-Z]+ \.[0-9]{2}(?:, )?)+);"
    rf" posterior after (?P<after>[0-9]{{1,2}}(?:, [0-9]{{1,2}})*): (?P<posterior>(?:[A-Z]+ {_SHARE}(?:, )?)+)\."
)
_ALWAYS = re.compile(r"\((?P<number>[0-9]{1,2})\) (?P<name>.+) is absent: always shown by (?P<marks>none|[A-Z]+(?: and [A-Z]+)*)\.")
_ENTROPY = re.compile(rf"The entropy after (?P<after>[0-9]{{1,2}}(?:, [0-9]{{1,2}})*) is (?P<entropy>{_SHARE}) bits\.")
_LOOKING = re.compile(
    rf"Looking for (?P<letter>[A-Z]) \((?P<name>.+)\): present with probability (?P<p>{_SHARE}); entropy (?P<if_present>{_SHARE}) if"
    rf" present, (?P<if_absent>{_SHARE}) if absent, (?P<expected>{_SHARE}) on average\."
)
_CLOSING = re.compile(
    r"(?:(?P<mark>[A-Z]+) (?P<reason>is likeliest|is ruled out|leaves the least entropy)\. )?The answer is (?P<answer>[A-Z]+)\."
)
_ORDER = re.compile(r"(?:The order is (?P<marks>[A-Z](?:, [A-Z])*)\. )?The answer is: (?P<names>.+)\.")
_REASONS = {"likeliest": "is likeliest", "ruled_out": "is ruled out", "next_finding": "leaves the least entropy"}


def check(facts: Facts, step: str) -> Truth:
    if len(step) > MAX_STEP:
        return Truth.UNREADABLE
    text = step.strip()
    for pattern, holds in _CHECKS.items():
        if match := pattern.fullmatch(text):
            return Truth.TRUE if holds(facts, match) else Truth.FALSE
    return Truth.UNREADABLE


def _named(facts: Facts, match: re.Match[str]) -> int | None:
    """The position of the finding that a step names; None where number and name do not go together."""
    at = int(match["number"]) - 1
    return at if 0 <= at < len(facts.names) and facts.names[at] == match["name"] else None


def _by_mark(facts: Facts, text: str) -> list[float] | None:
    """The numbers of a list in the order of the candidates; None unless it has each of them once."""
    pairs = [entry.split(" ") for entry in text.removesuffix(", ").split(", ")]
    found = {mark: float(number) for mark, number in pairs}
    return [found[mark] for mark in facts.marks] if len(pairs) == len(found) and found.keys() == set(facts.marks) else None


def _after(facts: Facts, text: str) -> list[int] | None:
    findings = [int(number) - 1 for number in text.split(", ")]
    return findings if len(set(findings)) == len(findings) and all(0 <= each < len(facts.names) for each in findings) else None


def _is(stated: str | float, true: float) -> bool:
    return abs(float(stated) - true) <= _HALF_DIGIT


def _running_holds(facts: Facts, match: re.Match[str]) -> bool:
    finding, after = _named(facts, match), _after(facts, match["after"])
    shown, posterior = _by_mark(facts, match["shown"]), _by_mark(facts, match["posterior"])
    if finding is None or after is None or shown is None or posterior is None or finding not in after:
        return False
    is_present = finding < facts.n_present
    chances = [p if is_present else 1 - p for p in facts.chances(finding)]
    return (
        match["state"] == facts.states[not is_present]
        and all(abs(stated - true) < 1e-9 for stated, true in zip(shown, chances, strict=True))
        and all(_is(stated, true) for stated, true in zip(posterior, facts.posterior_after(after), strict=True))
    )


def _always_holds(facts: Facts, match: re.Match[str]) -> bool:
    finding = _named(facts, match)
    if finding is None or finding < facts.n_present:
        return False
    marks = [] if match["marks"] == "none" else match["marks"].split(" and ")
    return sorted(marks) == sorted(mark for mark, percent in zip(facts.marks, facts.percents[finding], strict=True) if percent == 100)


def _entropy_holds(facts: Facts, match: re.Match[str]) -> bool:
    after = _after(facts, match["after"])
    return after is not None and _is(match["entropy"], entropy_bits(facts.posterior_after(after)))


def _looking_holds(facts: Facts, match: re.Match[str]) -> bool:
    at = ord(match["letter"]) - ord("A")
    if at >= len(facts.options) or facts.options[at] != match["name"]:
        return False
    posterior = facts.posterior_after(range(len(facts.names)))
    true = looked_for(posterior, [likelihood(percent) for percent in facts.option_percents[at]])
    return all(_is(match[name], number) for name, number in zip(("p", "if_present", "if_absent", "expected"), true, strict=True))


def _closing_holds(facts: Facts, match: re.Match[str]) -> bool:
    is_reasoned = match["mark"] is None or (match["mark"] == facts.right and match["reason"] == _REASONS.get(facts.asked))
    return is_reasoned and facts.asked in _REASONS and match["answer"] == facts.right


def _order_holds(facts: Facts, match: re.Match[str]) -> bool:
    marks = ", ".join(facts.marks[facts.candidates.index(name)] for name in facts.order)
    return facts.asked == "ranked" and match["names"] == "; ".join(facts.order) and match["marks"] in (None, marks)


_CHECKS = {
    _RUNNING: _running_holds,
    _ALWAYS: _always_holds,
    _ENTROPY: _entropy_holds,
    _LOOKING: _looking_holds,
    _ORDER: _order_holds,
    _CLOSING: _closing_holds,
}
