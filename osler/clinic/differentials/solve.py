"""A task's key again, from its text and the table alone: names are read back and looked up, and everything is computed in log space."""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from osler.clinic.differentials.profiles import HIGHEST, LOWEST, UNLISTED, Profiles
from osler.clinic.differentials.wording import ANSWERED, CANDIDATES, QUESTIONS, TOLD
from osler.clinic.task import Task
from osler.core.errors import UserError
from osler.core.question import ChoiceKey, Key, RankedListKey

Floats = npt.NDArray[np.float64]


class _Said(NamedTuple):
    """What a task's text says: the findings that are there and that are not, and the candidates, where it names them."""

    asked: str
    present: tuple[str, ...]
    absent: tuple[str, ...]
    candidates: tuple[str, ...]


def solve(task: Task, profiles: Profiles) -> Key:
    """Raises UserError where the text is not of these tasks or names what the table has not."""
    said = read_text(task.text)
    options = tuple(task.options.values())
    candidates = said.candidates or options
    present, absent = (_percents(task.id, profiles, candidates, names) for names in (said.present, said.absent))
    log_weights = np.log(_chances(present)).sum(axis=1) + np.log1p(-_chances(absent)).sum(axis=1)
    if said.asked == "ruled_out":
        excluded = (absent == 100).any(axis=1) | (present == 0).any(axis=1)
        [right] = np.flatnonzero(excluded)
        return ChoiceKey((list(task.options)[right],))
    if said.asked in ("next_finding", "next_question"):
        expected = _expected_entropy(log_weights, _chances(_percents(task.id, profiles, candidates, options)))
        return ChoiceKey((list(task.options)[int(expected.argmin())],))
    if said.asked == "ranked":
        return RankedListKey((candidates[int(log_weights.argmax())],))
    return ChoiceKey((list(task.options)[int(log_weights.argmax())],))


def _percents(where: str, profiles: Profiles, candidates: Sequence[str], findings: Sequence[str]) -> npt.NDArray[np.int64]:
    """Candidates by findings; -1 is unlisted."""
    for name, known in ((name, profiles.number_of) for name in candidates):
        if name not in known:
            raise UserError(f"{where}: {name!r} is no condition of {profiles.name}; solve it with the profiles that it was made from")
    for name in findings:
        if name not in profiles.finding_number:
            raise UserError(f"{where}: {name!r} is no finding of {profiles.name}; solve it with the profiles that it was made from")
    rows = [profiles.percents[profiles.number_of[name]] for name in candidates]
    table = [[row.get(profiles.finding_number[name], -1) for name in findings] for row in rows]
    return np.array(table, dtype=np.int64).reshape(len(rows), len(findings))


def _chances(percents: npt.NDArray[np.int64]) -> Floats:
    return np.where(percents < 0, UNLISTED, percents.clip(LOWEST, HIGHEST)) / 100


def _expected_entropy(log_weights: Floats, chances: Floats) -> Floats:
    """In nats, by finding: H(candidates | finding) = H(candidates, finding) - H(finding)."""
    shares = np.exp(log_weights - np.logaddexp.reduce(log_weights))
    joint = np.stack([shares[:, None] * chances, shares[:, None] * (1 - chances)])
    alone = joint.sum(axis=1)
    entropy: Floats = (alone * np.log(alone)).sum(axis=0) - (joint * np.log(joint)).sum(axis=(0, 1))
    return entropy


def read_text(text: str) -> _Said:
    for pattern in _patterns():
        for asked, question in QUESTIONS.items():
            if match := pattern.fullmatch(text.removesuffix(question).rstrip()) if text.endswith(question) else None:
                present, absent, candidates = (_names(match[part]) for part in ("present", "absent", "candidates"))
                return _Said(asked, present, absent, candidates)
    raise UserError(f"differentials: the text {text[:60]!r} … is no task of these; solve the ones that were made here")


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    candidates = _pattern(CANDIDATES, "candidates", r"\([A-Z]+\) .+")
    return tuple(
        re.compile(
            rf"{_pattern(told.present, 'present', number)}(?: {_pattern(told.absent, 'absent', number)})?(?: {candidates})?", re.DOTALL
        )
        for told in (*TOLD, *ANSWERED)
        for number in (r"\([0-9]+\) .+?",)
    )


def _pattern(sentence: str, name: str, content: str) -> str:
    before, after = sentence.split("{}")
    return f"{re.escape(before)}(?P<{name}>{content}){re.escape(after)}"


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(re.sub(r"^\([0-9A-Z]+\) ", "", entry) for entry in text.split("; ")) if text else ()
