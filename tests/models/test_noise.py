import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osler.models.noise import uniforms

SEEDS = st.integers(0, 2**63 - 1)
MASK = 2**64 - 1


def splitmix(seed: int, position: int) -> int:
    """SplitMix64 in whole numbers, from the paper (Steele, Lea and Flood 2014): the output after `position` + 1 steps."""
    z = (seed + (position + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def test_the_published_numbers_come_out():
    """The first five outputs for the seed 1234567, as https://rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64 has them; a float keeps
    the upper 53 bits."""
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert [uniforms([1234567], position)[0] for position in range(5)] == [(number >> 11) / 2**53 for number in published]


@settings(max_examples=60, deadline=None)
@given(seeds=st.lists(SEEDS, min_size=1, max_size=5), position=st.integers(0, 100_000))
def test_numbers_are_those_of_whole_number_arithmetic(seeds, position):
    assert uniforms(seeds, position).tolist() == [(splitmix(seed, position) >> 11) / 2**53 for seed in seeds]


@settings(max_examples=60, deadline=None)
@given(seeds=st.lists(SEEDS, min_size=1, max_size=8), position=st.integers(0, 4096), data=st.data())
def test_a_row_s_number_does_not_depend_on_the_rows_beside_it(seeds, position, data):
    row = data.draw(st.integers(0, len(seeds) - 1))
    numbers = uniforms(seeds, position)
    assert numbers.shape == (len(seeds),)
    assert numbers[row] == uniforms([seeds[row]], position)[0] == uniforms(seeds[::-1], position)[len(seeds) - 1 - row]
    assert uniforms(seeds, position).tolist() == numbers.tolist()


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**63 - 1, 2**64 - 1])
def test_numbers_lie_in_the_half_open_interval(seed):
    numbers = [float(uniforms([seed], position)[0]) for position in range(200)]
    assert all(0.0 <= number < 1.0 for number in numbers)
    assert len(set(numbers)) == 200


@pytest.mark.parametrize("kind", ["rows", "positions"])
def test_numbers_are_spread_evenly(kind):
    """16,000 numbers in 16 equal bins, 1,000 expected in each. χ² has 15 degrees of freedom: above 37.7 once in a thousand. Their mean has
    a standard error of √(1/12/16,000) = .0023."""
    rows = [uniforms(range(16_000), 3)] if kind == "rows" else [uniforms([3], position) for position in range(16_000)]
    numbers = np.concatenate(rows)
    counts = np.bincount((numbers * 16).astype(int), minlength=16)
    assert counts.sum() == 16_000
    assert ((counts - 1000) ** 2 / 1000).sum() < 37.7
    assert abs(numbers.mean() - 0.5) < 4 * 0.0023


def test_neighbouring_rows_and_positions_do_not_follow_each_other():
    """The correlation of 8,000 independent pairs has a standard error of 1/√8,000 = .011."""
    here = uniforms(range(8_000), 0)
    assert abs(np.corrcoef(here, uniforms(range(8_000), 1))[0, 1]) < 4 * 0.011
    assert abs(np.corrcoef(here, uniforms(range(1, 8_001), 0))[0, 1]) < 4 * 0.011


def test_no_rows_have_no_numbers():
    assert uniforms([], 0).shape == (0,)
