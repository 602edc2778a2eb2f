"""What a synthesis survives as a real process: kills at several moments, a second process, Ctrl-C. No teacher is asked twice for what
was kept."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.synthesise.teacher_recipes import expected_of_written, recipe, written
from tests.synthesise.teacher_server import TeacherServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[1]
N, IN_FLIGHT = 120, 6
FILES = ("records.jsonl", "dropped.jsonl", "counts.json", "exports/sft.jsonl")


def command(path: Path, runs: Path) -> list[str]:
    return [sys.executable, "-m", "osler", "synthesise", str(path), "--runs", str(runs)]


def start(path: Path, runs: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(command(path, runs), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment())


def environment() -> dict[str, str]:
    return os.environ | {"NO_COLOR": "1", "COLUMNS": "200"}


def finish(path: Path, runs: Path) -> None:
    done = subprocess.run(command(path, runs), cwd=ROOT, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == 0, done.stderr


def contents(runs: Path) -> dict[str, bytes]:
    [folder] = runs.iterdir()
    return {name: (folder / name).read_bytes() for name in FILES}


def n_kept(runs: Path) -> int:
    """Replies in the journal of the one run there is."""
    journals = list(runs.glob("*/journal.db"))
    if not journals:
        return 0
    with closing(sqlite3.connect(journals[0])) as db:
        n: int = db.execute("SELECT count(*) FROM replies").fetchone()[0]
        return n


def wait_until(is_so: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + 120
    while not is_so():
        assert process is None or process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with TeacherServer() as teacher:
        finish(recipe(folder, teacher.url, written(folder, N)), folder / "runs")
        kept, _ = expected_of_written(teacher.log, N)
    whole = contents(folder / "runs")
    assert whole["records.jsonl"].count(b"\n") == len(kept) > 0
    return whole


def test_kills_change_no_byte_and_no_reply_that_was_kept_is_asked_for_again(undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    """What is answered again is what had been answered when the run was killed and the journal did not have yet: what was in flight, and
    what had just come in and was being written down."""
    runs = tmp_path / "runs"
    with TeacherServer(delay_s=0.01) as teacher:
        path = recipe(tmp_path, teacher.url, written(tmp_path, N), max_in_flight=IN_FLIGHT)
        n_lost = 0
        for n_answered in (1, 60, 150, 260):
            process = start(path, runs)
            wait_until(partial(teacher.has_answered, n_answered), process)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            wait_until(lambda: teacher.n_in_flight == 0)
            lost = len(teacher.answered) - n_kept(runs)
            assert 0 <= lost <= 2 * IN_FLIGHT
            n_lost += lost
        finish(path, runs)
        assert teacher.n_repeated <= n_lost
        assert teacher.n_answered > 260
    assert contents(runs) == undisturbed


def test_ctrl_c_keeps_the_work_and_a_second_process_is_sent_away(undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    with TeacherServer(delay_s=0.01) as teacher:
        path = recipe(tmp_path, teacher.url, written(tmp_path, N), max_in_flight=2)
        process = start(path, runs)
        wait_until(partial(teacher.has_answered, 20), process)
        teacher.is_paused = True
        second = subprocess.run(command(path, runs), cwd=ROOT, capture_output=True, text=True, check=False, env=environment())
        assert second.returncode == 2
        assert "another process is working on this run" in second.stderr
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate()
        assert process.returncode == 130
        assert "same command again" in stderr
        assert "Traceback" not in stderr
        assert "Exception ignored" not in stderr
        teacher.is_paused = False
        wait_until(lambda: teacher.n_in_flight == 0)
        lost = len(teacher.answered) - n_kept(runs)
        finish(path, runs)
        assert teacher.n_repeated <= lost
    assert contents(runs) == undisturbed
