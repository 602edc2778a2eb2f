"""Differentials as they are made: the right answer stands out by the table, levels are what they say, splits are apart."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from osler.clinic.differentials.levels import LEVELS, MAX_PRESENT, MIN_PRESENT
from osler.clinic.differentials.load import load_profiles
from osler.clinic.differentials.maker import Differentials
from osler.clinic.differentials.posterior import entropy_bits
from osler.clinic.differentials.profiles import profiles_of
from osler.clinic.differentials.solve import read_text, solve
from osler.clinic.differentials.steps import Facts
from osler.clinic.generate import Split
from osler.clinic.task import Task
from osler.core.errors import UserError
from osler.core.question import ChoiceKey, RankedListKey
from osler.core.verdict import Outcome
from osler.judges import JUDGES, READERS

CLINIC = load_profiles("clinic")
ASKS = ("likeliest", "ruled_out", "next_finding", "ranked")


@cache
def tasks(split: Split = Split.TRAIN, n: int = 120) -> tuple[Task, ...]:
    return tuple(Differentials().make(n, split, 11))


def of(asked: str) -> list[tuple[Task, Facts]]:
    found = [(task, Facts.of(task.facts)) for task in tasks() if task.kind == asked]
    assert len(found) == 30
    return found


def exact(facts: Facts) -> list[Fraction]:
    """The posterior in exact fractions, from the clinic's own table."""
    weights = [Fraction(1)] * len(facts.candidates)
    for number, name in enumerate(facts.names):
        rows = [CLINIC.percents[CLINIC.number_of[candidate]].get(CLINIC.finding_number[name], 2) for candidate in facts.candidates]
        chances = [Fraction(min(max(percent, 1), 99), 100) for percent in rows]
        weights = [w * (p if number < facts.n_present else 1 - p) for w, p in zip(weights, chances, strict=True)]
    return [weight / sum(weights) for weight in weights]


def test_asks_and_levels_take_turns() -> None:
    assert [(task.kind, task.level) for task in tasks()[:8]] == [(asked, level) for level in (1, 2) for asked in ASKS]


def test_the_likeliest_is_within_its_level_by_exact_fractions() -> None:
    for task, facts in of("likeliest"):
        rung, posterior = LEVELS[task.level], exact(facts)
        assert isinstance(task.key, ChoiceKey)
        right = posterior["ABCDEF".index(task.key.letters[0])]
        assert right == max(posterior)
        assert rung.low <= right <= rung.high
        assert len(task.options) == rung.n_candidates
        assert len(facts.names) - facts.n_present == rung.n_absent
        assert MIN_PRESENT <= facts.n_present <= MAX_PRESENT
        assert tuple(task.options.values()) == facts.candidates


def test_levels_grow_harder() -> None:
    rungs = [LEVELS[level] for level in range(1, 6)]
    for easier, harder in pairwise(rungs):
        assert easier.n_candidates <= harder.n_candidates
        assert easier.n_near >= harder.n_near
        assert easier.low >= harder.low
        assert easier.n_absent <= harder.n_absent
        assert easier.n_decoys <= harder.n_decoys
        assert easier.min_gap > harder.min_gap
        assert easier.rank_gap > harder.rank_gap


def test_a_rival_shows_two_of_the_findings() -> None:
    for task, facts in [*of("likeliest"), *of("ranked")]:
        present = [CLINIC.finding_number[name] for name in facts.names[: facts.n_present]]
        n_shared = sorted(
            sum(CLINIC.percents[CLINIC.number_of[name]].get(finding, 0) > 0 for finding in present) for name in facts.candidates
        )
        assert n_shared[-2] >= 2, task.id


def test_one_candidate_and_no_other_always_shows_what_is_absent() -> None:
    for task, facts in of("ruled_out"):
        absent = [CLINIC.finding_number[name] for name in facts.names[facts.n_present :]]
        present = [CLINIC.finding_number[name] for name in facts.names[: facts.n_present]]
        rows = [CLINIC.percents[CLINIC.number_of[name]] for name in facts.candidates]
        out = [any(row.get(f) == 100 for f in absent) or any(row.get(f) == 0 for f in present) for row in rows]
        assert sum(out) == 1
        assert task.key == ChoiceKey(("ABCDEF"[out.index(True)],))
        assert len(absent) == LEVELS[task.level].n_decoys + 1


def test_the_next_finding_leaves_least_by_the_gap_of_its_level() -> None:
    for task, facts in of("next_finding"):
        posterior, left = exact(facts), []
        for name in facts.options:
            rows = [CLINIC.percents[CLINIC.number_of[candidate]].get(CLINIC.finding_number[name], 2) for candidate in facts.candidates]
            chances = [Fraction(min(max(percent, 1), 99), 100) for percent in rows]
            ways = [
                [p * c for p, c in zip(posterior, chances, strict=True)],
                [p * (1 - c) for p, c in zip(posterior, chances, strict=True)],
            ]
            left.append(sum(float(sum(way)) * entropy_bits([float(w / sum(way)) for w in way]) for way in ways))
        least, second = sorted(left)[:2]
        rung = LEVELS[task.level]
        assert rung.min_gap - 1e-9 <= second - least <= rung.max_gap + 1e-9
        assert task.key == ChoiceKey(("ABCD"[left.index(least)],))
        assert set(facts.options).isdisjoint(facts.names)
        assert len(set(facts.options)) == 4


def test_the_ranked_are_in_order_and_apart() -> None:
    for task, facts in of("ranked"):
        posterior = dict(zip(facts.candidates, exact(facts), strict=True))
        order = sorted(posterior, key=lambda name: -posterior[name])
        assert tuple(order) == facts.order
        assert task.key == RankedListKey((order[0],))
        assert min(more - less for more, less in pairwise([posterior[name] for name in order])) >= LEVELS[task.level].rank_gap - 1e-9
        assert not task.options


def test_the_last_step_is_judged_right_by_the_house() -> None:
    for task in tasks():
        item = task.item()
        text = "\n".join(f"Step {number}: {step}" for number, step in enumerate(task.steps, 1))
        reading = READERS[item.key.kind].read(text, item.question)
        assert JUDGES[item.key.kind].judge(reading, item.key).outcome is Outcome.RIGHT, task.id


def combinations(made: Sequence[Task]) -> set[tuple[str, frozenset[str]]]:
    return {(task.kind, frozenset(task.facts["names"][: task.facts["n_present"]])) for task in made}


def test_no_combination_comes_twice() -> None:
    assert len({(task.facts["candidates"], *each) for task in tasks() for each in combinations([task])}) == len(tasks())


def test_text_is_read_back() -> None:
    for task in tasks():
        said = read_text(task.text)
        assert said.asked == task.kind
        assert (*said.present, *said.absent) == task.facts["names"]
        assert len(said.present) == task.facts["n_present"]
        assert said.candidates in ((), task.facts["candidates"])


def test_text_of_another_kind_is_an_error() -> None:
    with pytest.raises(UserError, match="is no task of these"):
        read_text("A patient has a cough. What is it?")


def test_other_profiles_do_not_know_the_names() -> None:
    rows = [(f"condition {c}", f"finding {c + f}", 50) for c in range(8) for f in range(4)]
    with pytest.raises(UserError, match=r"is no (condition|finding) of mine"):
        solve(tasks()[0], profiles_of("mine", rows))


def test_too_many_are_an_error_that_says_how_many_there_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of 8 conditions has 4 findings: at most 8 · 4 · 3 / 2 = 48 ways to show 2 of them in all splits."""
    monkeypatch.setattr("osler.clinic.differentials.maker.MAX_TRIES_PER_TASK", 2000)
    lines = ["condition,finding,frequency", *(f"condition {c},finding {(c + f) % 8},{0.9 - f / 5}" for c in range(8) for f in range(4))]
    (tmp_path / "few.csv").write_text("\n".join(lines))
    maker = Differentials(profiles=str(tmp_path / "few.csv"), asks=("next_finding",), levels=(1,))
    with pytest.raises(UserError, match=r"few: only [0-9]+ of 49 differentials for train: no further one of level 1 that asks for"):
        maker.make(49, Split.TRAIN, 0)


def test_a_table_with_hostile_names_still_makes_tasks_that_are_solved(tmp_path: Path) -> None:
    """Names with every mark of the grammar in them."""
    marks = ["; (2) ", ". There is no ", " is present: A .10", ", ", "The answer is A.", "? ", ": ", " - ", "{}", "\\", '""']
    lines = ["condition\tfinding\tfrequency"]
    for c in range(12):
        for f in range(6):
            lines.append(
                f"condition {marks[c % len(marks)]}{c}\tfinding {marks[(c + f) % len(marks)]}{(c + f) % 12} .\t{(f * 19 + 5) % 101}%"
            )
    file = tmp_path / "own.tsv"
    file.write_text("\n".join(lines))
    maker = Differentials(profiles=str(file), asks=("likeliest", "next_finding"), levels=(1, 2))
    made = maker.make(20, Split.TRAIN, 0)
    for task in made:
        assert maker.solve(task) == task.key
        assert all(maker.check_step(task, step).value == "true" for step in task.steps)
