"""Counters by hand-made files and a hand-made NVML; 3.6 million joules are a kWh."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from osler.core.errors import UserError
from osler.train import energy
from osler.train.energy import CO2_VARIABLE, Counter, Meter, account, nvml, rapl, total


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No NVML, and no setting, but those of the test."""
    monkeypatch.setitem(sys.modules, "pynvml", None)
    monkeypatch.delenv(CO2_VARIABLE, raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def zone(root: Path, number: str, name: str, uj: int, most: int = 1_000_000_000) -> Path:
    folder = root / f"intel-rapl:{number}"
    folder.mkdir(parents=True)
    (folder / "name").write_text(name + "\n")
    (folder / "max_energy_range_uj").write_text(f"{most}\n")
    (folder / "energy_uj").write_text(f"{uj}\n")
    return folder / "energy_uj"


def gpus(monkeypatch: pytest.MonkeyPatch, millijoules: list[int | None]) -> list[int | None]:
    """A NVML of so many GPUs; one of None cannot count. The list is read at each look."""

    def consumed(at: int) -> int:
        counted = millijoules[at]
        if counted is None:
            raise RuntimeError("Not Supported")
        return counted

    library = SimpleNamespace(
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: len(millijoules),
        nvmlDeviceGetHandleByIndex=lambda at: at,
        nvmlDeviceGetUUID=lambda at: f"GPU-{at}a-{at}b",
        nvmlDeviceGetTotalEnergyConsumption=consumed,
    )
    monkeypatch.setitem(sys.modules, "pynvml", library)
    return millijoules


def test_a_counter_that_starts_again_goes_on_counting() -> None:
    values = iter([90.0, 95.0, 7.0, 7.0])
    counter = Counter(lambda: next(values), wraps_at=100.0)
    for _ in range(4):
        counter.look()
    assert counter.joules == pytest.approx(5 + 12)


def test_processors_and_their_memory_count_once_and_nothing_else(tmp_path: Path) -> None:
    """Two packages and one memory; a core and a platform are parts, or wholes, of those."""
    package = zone(tmp_path, "0", "package-0", 10_000_000)
    memory = zone(tmp_path, "0:1", "dram", 0)
    core, platform = zone(tmp_path, "0:0", "core", 0), zone(tmp_path, "2", "psys", 0)
    other = zone(tmp_path, "1", "package-1", 999_000_000)
    with Meter(tmp_path) as meter:
        package.write_text("3610000000")  # 3600 J, in one go and above the range, which the file does not check
        memory.write_text("1000000")  # 1 J
        other.write_text("1000000")  # over its range of 1000 J: 2 J
        core.write_text("500000000")
        platform.write_text("500000000")
    assert meter.joules() == pytest.approx(3603)
    assert meter.how() == "RAPL counter of the processors"
    package.write_text("9000000000")
    assert meter.joules() == pytest.approx(3603)  # closed


def test_a_counter_that_nobody_may_read_is_no_counter(tmp_path: Path) -> None:
    (zone(tmp_path, "0", "package-0", 1)).write_text("")
    (tmp_path / "intel-rapl:7").mkdir()
    assert rapl(tmp_path) == []
    assert rapl(tmp_path / "nowhere") == []


def test_without_counters_it_is_an_estimate_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([100.0, 400.0, 9999.0])
    monkeypatch.setattr(energy, "cpu_seconds", lambda: next(seconds))
    monkeypatch.setattr(energy, "_has_worked_on_gpu", lambda: False)
    with Meter(tmp_path) as meter:
        pass
    assert meter.energy() == {  # 300 s of a core at 12 W are 3600 J, a Wh, a thousandth of 481 g
        "kwh": pytest.approx(0.001),
        "co2_g": pytest.approx(0.481),
        "g_per_kwh": 481.0,
        "how": "estimate: CPU seconds × 12 W",
    }
    assert meter.energy(before=3600.0)["kwh"] == pytest.approx(0.002)


def test_a_gpu_that_worked_and_was_not_counted_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(energy, "_has_worked_on_gpu", lambda: True)
    with Meter(tmp_path) as meter:
        pass
    assert meter.how() == "estimate: CPU seconds × 12 W; its GPU is not counted (install nvidia-ml-py)"


def test_gpus_count_themselves_and_the_processor_is_estimated_beside_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = gpus(monkeypatch, [5_000, None, 7_000])
    monkeypatch.setattr(energy, "cpu_seconds", lambda: 50.0)
    with Meter(tmp_path) as meter:
        counted[0], counted[2] = 6_000, 9_500
    assert meter.joules() == pytest.approx(1.0 + 2.5)
    assert meter.how() == "NVML counter of 2 GPUs + estimate: CPU seconds × 12 W"


@pytest.mark.parametrize(("visible", "n"), [("0", 1), ("0,2", 2), ("GPU-1a", 1), ("", 0), ("MIG-5", 0)])
def test_only_the_gpus_of_this_process_count(visible: str, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gpus(monkeypatch, [0, 0, 0])
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert len(nvml()) == n


def test_the_estimate_grows_with_work() -> None:
    """At least a tenth of a second of this process's own time."""
    with Meter(Path("nowhere")) as meter:
        end = sum(os.times()[:2]) + 0.15
        while sum(os.times()[:2]) < end:
            pass
    assert 1.2 <= meter.joules() <= 120


@pytest.mark.parametrize("said", ["much", "-3", "nan"])
def test_a_grid_that_is_no_number_is_said_before_the_work(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CO2_VARIABLE, said)
    with pytest.raises(UserError, match=rf"^{CO2_VARIABLE}: '{said}' is no number of grams [^\n]+; give one[^\n]+$"):
        Meter()


def test_the_grid_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(CO2_VARIABLE, "56")
    with Meter(tmp_path) as meter:
        pass
    assert meter.energy(before=3.6e6)["co2_g"] == pytest.approx(56, abs=0.1)


def test_accounts_add_up() -> None:
    one, two = account(3.6e6, 100.0, "a"), account(7.2e6, 100.0, "b")
    assert total([one, two, one]) == {"kwh": 4.0, "co2_g": 400.0, "how": "a; b"}
    assert total([]) == {}
