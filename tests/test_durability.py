"""What a run survives, on recipes/smoke.yaml as a real process: kills, a full disk, a read-only folder, Ctrl-C, a second process."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from osler.models.journal_rows import REPLY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[1]
SMOKE = ROOT / "recipes" / "smoke.yaml"
TIMES = {"manifest.json", "report.html", "README.md", "lock"}  # these say how long things took
SPENT = {"seconds", "energy", "resumed_at"}
"""What training.json says of that beside what was trained."""
N_KILLS = 10
FILES = {
    *("metrics.json", "solutions.jsonl", "sweeps.jsonl", "candidates.jsonl"),
    *(f"searches/{name}/{file}" for name in ("tree_1", "rejection_1") for file in ("trees.jsonl", "traces.jsonl", "yield.json")),
    *("training/policies/round_1.jsonl", "training/rewards/main.jsonl"),
    *(f"{checkpoint}/model.safetensors" for checkpoint in ("models/base", "models/seed", "models/round_1", "rewards/main")),
}


def command(runs: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "osler", "run", str(SMOKE), "--runs", str(runs), *arguments]


def run(runs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(runs, *arguments), cwd=ROOT, capture_output=True, text=True, check=False)


def folder_of(runs: Path) -> Path:
    [folder] = runs.iterdir()
    return folder


def contents(runs: Path) -> dict[str, bytes]:
    """Every file that must be the same to the byte, by its place in the run."""
    folder = folder_of(runs)
    files = [path for path in folder.rglob("*") if path.is_file()]
    kept = [path for path in files if path.name not in TIMES and "done" not in path.parts and not path.name.startswith("journal.db")]
    return {str(path.relative_to(folder)): _trained(path) if path.name == "training.json" else path.read_bytes() for path in kept}


def _trained(path: Path) -> bytes:
    content = json.loads(path.read_text(encoding="utf-8"))
    return json.dumps({name: value for name, value in content.items() if name not in SPENT}).encode()


def journal(runs: Path) -> list[tuple[object, ...]]:
    """Every reply. Which process kept it is another matter."""
    with closing(sqlite3.connect(folder_of(runs) / "journal.db")) as db:
        return db.execute(f"SELECT {', '.join(REPLY)} FROM replies ORDER BY key").fetchall()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("undisturbed")
    done = run(runs)
    assert done.returncode == 0, done.stderr
    return runs


def assert_same(runs: Path, undisturbed: Path) -> None:
    expected, found = contents(undisturbed), contents(runs)
    assert expected.keys() >= FILES
    assert found.keys() == expected.keys()
    assert [name for name in found if name.endswith((".bin", ".pt", ".pkl"))] == [], "a pickle has no place in a run"
    assert [name for name in expected if found[name] != expected[name]] == []
    assert journal(runs) == journal(undisturbed)


def test_ten_kills_at_random_moments_change_no_byte(undisturbed: Path, tmp_path: Path) -> None:
    """Each kill meets a living process and is followed by the same command. A run that ends between two kills is compared, and another
    one is begun for the kills that are left."""
    rng = random.Random(20)
    n_kills, folders = 0, [tmp_path / "runs-0"]
    while n_kills < N_KILLS:
        process = subprocess.Popen(command(folders[-1]), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(rng.uniform(0.1, 0.9) * seconds_of(undisturbed))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            n_kills += 1
        else:
            assert process.returncode == 0
            folders.append(tmp_path / f"runs-{len(folders)}")
        process.wait()
    assert run(folders[-1]).returncode == 0
    for folder in folders:
        assert_same(folder, undisturbed)


def seconds_of(runs: Path) -> float:
    """How long the undisturbed run took, starting Python not counted."""
    return sum(float(json.loads(marker.read_text(encoding="utf-8"))["seconds"]) for marker in folder_of(runs).glob("done/*"))


def test_a_complete_run_run_again_generates_and_writes_nothing(undisturbed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder_of(undisturbed).rglob("*.jsonl")}
    again = run(undisturbed)
    assert again.returncode == 0
    assert again.stdout.count("done before") == len(list(folder_of(undisturbed).glob("done/*"))) > 0
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_ctrl_c_keeps_the_work_and_says_so(undisturbed: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(command(tmp_path), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_for(tmp_path, "done/policy seed")
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert process.returncode == 130
    assert "same command again" in stderr
    assert "Traceback" not in stderr
    assert run(tmp_path).returncode == 0
    assert_same(tmp_path, undisturbed)


def test_a_second_process_in_the_same_folder_is_sent_away(tmp_path: Path) -> None:
    first = subprocess.Popen(command(tmp_path), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(tmp_path, "worked.jsonl")
        second = run(tmp_path)
    finally:
        first.kill()
        first.wait()
    assert second.returncode == 2
    assert "another process" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_torn_record_is_named_by_file_and_line(undisturbed: Path, tmp_path: Path) -> None:
    copy = tmp_path / "runs"
    subprocess.run(["cp", "-r", str(undisturbed), str(copy)], check=True)
    records = folder_of(copy) / "answer.jsonl"
    lines = records.read_text(encoding="utf-8").splitlines(keepends=True)
    records.write_text("".join(lines[:-1]) + lines[-1][: len(lines[-1]) // 2], encoding="utf-8")
    (folder_of(copy) / "done" / "answer").unlink()
    torn = run(copy)
    assert torn.returncode == 2
    assert f"answer.jsonl:{len(lines)}:" in torn.stderr
    assert "Traceback" not in torn.stderr
    records.write_text("".join(lines), encoding="utf-8")
    assert run(copy).returncode == 0
    assert_same(copy, undisturbed)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root: the full-disk and read-only tests did not run")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_one_sentence_and_nothing_is_lost(undisturbed: Path, small_disk: Path) -> None:
    sizes = ("1m", "2m", "4m", "200m")
    codes = []
    for size in sizes:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(small_disk)], check=True)
        ended = run(small_disk)
        codes.append(ended.returncode)
        assert "Traceback" not in ended.stderr, ended.stderr
        if ended.returncode:
            assert "space" in ended.stderr
    assert codes[0] == 2
    assert codes[-1] == 0
    assert_same(small_disk, undisturbed)


def test_a_read_only_folder_is_one_sentence(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    ended = run(small_disk)
    assert ended.returncode == 2
    assert "--runs" in ended.stderr
    assert "Traceback" not in ended.stderr


def wait_for(runs: Path, name: str) -> None:
    deadline = time.monotonic() + 120
    while not list(runs.glob(f"*/{name}")):
        assert time.monotonic() < deadline, f"{name} did not come"
        time.sleep(0.05)
