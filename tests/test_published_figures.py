"""Published figures of real models come out of their recorded responses. The bench holds them; here they may not be lost."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[1] / "bench"
sys.path.insert(0, str(BENCH))

import published_figures as bench  # noqa: E402
from published_data import DATA  # noqa: E402
from published_sections import Figure, equal, holds  # noqa: E402

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the recorded responses are not here: {DATA}")

N_BOUND = {
    "mirage": 10 + 3,
    "medqa2026": 6 * (3 + 3) + 2 * (2 + 5) + 1,
    "medrefl": 3,
    "medcalc": 3 * 2,
    "mmlu_pro": 10,
    "agreement": 5,
}


def test_every_section_is_held() -> None:
    assert N_BOUND.keys() == bench.SECTIONS.keys()


@needs_data
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("section", ["mirage", "medqa2026", "medrefl", "mmlu_pro", "agreement"])
def test_figures_are_as_published(section: str) -> None:
    _holds(section)


@needs_data
def test_flags_of_calculators_are_as_published() -> None:
    _holds("medcalc")


def _holds(section: str) -> None:
    figures = [figure for figure in bench.SECTIONS[section]() if figure.is_met is not None]
    assert len(figures) == N_BOUND[section]
    assert [bench.line(figure) for figure in figures if not figure.is_met] == []


def test_a_figure_is_equal_to_the_digit_that_was_printed() -> None:
    assert equal("x", 66.61, 100 * 848 / 1273).is_met
    assert not equal("x", 66.61, 100 * 847 / 1273).is_met
    assert equal("x", 0.10, 0.0971).is_met
    assert not equal("x", 0.10, 0.0971, digits=3).is_met


def test_the_bench_fails_where_a_figure_is_not_as_published(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def one() -> Iterator[Figure]:
        yield equal("right", 50.0, 50.0)
        yield holds("told", False, "nothing is said of it")

    monkeypatch.setattr(bench, "DATA", tmp_path)
    monkeypatch.setattr(bench, "SECTIONS", {"one": one})
    monkeypatch.setattr(sys, "argv", ["published_figures.py"])
    assert bench.main() == 1
    assert "1 figures are not as published" in capsys.readouterr().out


def test_the_bench_says_where_the_data_are_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "DATA", tmp_path / "none")
    monkeypatch.setattr(sys, "argv", ["published_figures.py"])
    assert bench.main() == 2
    assert "OSLER_DATA" in capsys.readouterr().out
