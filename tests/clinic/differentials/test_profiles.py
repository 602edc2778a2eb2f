"""Profiles: names and percentages as they are taken, what is left out, broader findings, and the nearest conditions."""

import math

import pytest

from osler.clinic.differentials.profiles import Profiles, chance, profiles_of, tidied, whole_percent
from osler.core.errors import UserError

Row = tuple[str, str, int]


def rows(n: int = 8, n_findings: int = 4) -> list[Row]:
    """Condition c shows finding c, c + 1, …, each in 50 %."""
    return [(f"condition {c}", f"finding {c + f}", 50) for c in range(n) for f in range(n_findings)]


def made(more: list[Row], **settings: object) -> Profiles:
    return profiles_of("mine", [*rows(), *more], **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("share", "percent"), [(0.0, 0), (0.004, 1), (0.025, 3), (0.17, 17), (0.545, 55), (0.895, 90), (0.999, 99), (1.0, 100), (1 / 3, 33)]
)
def test_whole_per_cent_with_halves_up_and_nothing_rounded_to_never_or_always(share: float, percent: int) -> None:
    assert whole_percent(share) == percent


def test_nothing_is_impossible_or_certain() -> None:
    assert (chance(0), chance(1), chance(55), chance(100)) == (0.01, 0.01, 0.55, 0.99)


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("a  b\n c", "a b c"),
        ("breakage syndrome;", "breakage syndrome"),
        ("one; two", "one, two"),
        ("a - b", "a-b"),
        ("NUL\x00here", "NUL here"),
        ("EEG with spikes (>3.5 Hz), 2:1", "EEG with spikes (>3.5 Hz), 2:1"),
    ],
)
def test_names_are_tidied(name: str, tidy: str) -> None:
    assert tidied(name) == tidy


def test_a_pair_that_comes_twice_keeps_the_higher_percentage_whatever_its_case() -> None:
    profiles = made([("Condition 0", "FINDING 0", 90), ("condition 0", "finding 0", 20)])
    assert profiles.percents[profiles.number_of["condition 0"]][profiles.finding_number["finding 0"]] == 90
    assert profiles.counts["rows_of_a_pair_seen_before"] == 2


def test_a_name_without_an_end_or_of_nothing_is_left_out_and_counted() -> None:
    profiles = made([("x" * 100_000, "finding 0", 50), ("condition 0", " ;; ", 50)])
    assert profiles.counts["rows_without_a_usable_name"] == 2
    assert len(profiles.conditions) == 8


def test_a_condition_with_too_few_findings_is_left_out() -> None:
    profiles = made([("poor", "finding 1", 50), ("never", "a", 0), ("never", "b", 0), ("never", "c", 0), ("never", "d", 0)])
    assert not {"poor", "never"} & set(profiles.conditions)
    assert profiles.counts["conditions_with_too_few_findings"] == 2


def test_too_few_conditions_are_an_error_that_counts_them() -> None:
    with pytest.raises(UserError, match=r"mine: 7 of 7 conditions have 4 findings or more.*at least 8"):
        profiles_of("mine", rows(7))


def test_a_broader_finding_is_as_frequent_as_a_narrower_one_but_not_stated() -> None:
    """Condition 0 shows "finding 0" in 50 %; so it shows "finding 5", of which that is a kind, in 50 % at least."""
    profiles = made([], above={"finding 0": {"finding 5"}})
    condition, finding = profiles.number_of["condition 0"], profiles.finding_number["finding 5"]
    assert profiles.percents[condition][finding] == 50
    assert finding not in profiles.listed[condition]
    assert finding in profiles.shown[condition]
    assert profiles.related[finding] == {profiles.finding_number["finding 0"]}
    assert profiles.related[profiles.finding_number["finding 0"]] == {finding}


def test_never_stands_against_a_narrower_finding() -> None:
    profiles = made([("condition 0", "finding 5", 0)], above={"finding 0": {"finding 5"}})
    assert profiles.percents[profiles.number_of["condition 0"]][profiles.finding_number["finding 5"]] == 0


def test_information_by_hand() -> None:
    """Of 8 conditions, finding 0 is shown by 1 (3 bits) and finding 3 by conditions 0 to 3 (1 bit)."""
    profiles = made([])
    assert profiles.information[profiles.finding_number["finding 0"]] == pytest.approx(3)
    assert profiles.information[profiles.finding_number["finding 3"]] == pytest.approx(1)


def test_the_nearest_by_brute_force() -> None:
    profiles = made([])
    for condition in range(8):
        shared = {
            other: sum(profiles.information[f] for f in set(profiles.listed[condition]) & set(profiles.listed[other]))
            for other in range(8)
            if other != condition
        }
        near = profiles.nearest(condition)
        assert [shared[other] for other in near] == pytest.approx(sorted((s for s in shared.values() if s > 0), reverse=True))
        assert all(math.isclose(shared[other], 0) for other in set(shared) - set(near))


def test_a_kind_of_a_condition_is_no_rival_of_it() -> None:
    profiles = made([], above={"condition 1": {"condition 0"}})
    zero, one = profiles.number_of["condition 0"], profiles.number_of["condition 1"]
    assert one not in profiles.nearest(zero)
    assert zero not in profiles.nearest(one)
    assert profiles.nearest(zero)
