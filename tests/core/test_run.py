import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from osler.core.errors import RunError, UserError
from osler.core.run import Run

ROOT = Path(__file__).parents[2]
TAKE = """
import pathlib, sys
from osler.core.run import Run
with Run(pathlib.Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.read()
"""


def other_process(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", TAKE, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_another_process_is_kept_out_while_one_is_in(tmp_path):
    with Run(tmp_path / "run"):
        _, errors = other_process(tmp_path / "run").communicate("")
    assert f"RunError: {tmp_path / 'run'}: another process is working on this run; wait for it, or choose another folder" in errors


def test_a_process_that_was_killed_leaves_no_lock_behind(tmp_path):
    holder = other_process(tmp_path / "run")
    assert holder.stdout is not None
    assert holder.stdout.readline() == "in\n"
    with pytest.raises(RunError, match="another process is working on this run"), Run(tmp_path / "run"):
        pytest.fail("two processes were let in")
    holder.kill()
    holder.communicate()
    with Run(tmp_path / "run"):
        pass


def test_two_runs_in_one_process_are_kept_apart_too(tmp_path):
    with Run(tmp_path / "run"):
        with pytest.raises(RunError), Run(tmp_path / "run"):
            pytest.fail("two were let in")
        with Run(tmp_path / "other"):
            pass


def test_the_lock_is_given_back_when_a_stage_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), Run(tmp_path / "run"):
        raise ZeroDivisionError
    with Run(tmp_path / "run"):
        pass


def test_the_same_settings_find_the_same_folder(tmp_path):
    settings = {"seed": 7, "search": {"kind": "mcts", "c": 2.0}}
    run = Run.for_settings(tmp_path, "demo", settings)
    assert re.fullmatch(r"demo-[0-9a-f]{6}", run.folder.name)
    assert run.folder.parent == tmp_path
    assert Run.for_settings(tmp_path, "demo", {"search": {"c": 2.0, "kind": "mcts"}, "seed": 7}).folder == run.folder


@pytest.mark.parametrize("other", [{"seed": 8}, {"seed": "7"}, {"seed": 7.5}, {"seed": 7, "x": None}, {}])
def test_other_settings_find_another_folder(other, tmp_path):
    assert Run.for_settings(tmp_path, "demo", other).folder != Run.for_settings(tmp_path, "demo", {"seed": 7}).folder


def test_the_name_of_the_folder_does_not_depend_on_the_process(tmp_path):
    """Derived beside: printf '{"seed": 7}' | sha256sum starts with the same six digits."""
    digits = subprocess.run(["sha256sum"], input=b'{"seed": 7}', capture_output=True, check=True).stdout[:6].decode()
    assert Run.for_settings(tmp_path, "demo", {"seed": 7}).folder.name == f"demo-{digits}"


def test_a_stage_is_done_when_its_marker_is_there(tmp_path):
    with Run(tmp_path / "run") as run:
        assert not run.is_done("search")
        run.mark_done("search", {"seconds": 1.5})
        assert run.is_done("search")
        assert not run.is_done("data")
    again = Run(tmp_path / "run")
    assert again.is_done("search")
    assert again.read_marker("search") == {"seconds": 1.5}


def test_json_is_written_whole_and_read_again(tmp_path):
    run = Run(tmp_path)
    run.write_json("deep/er/a.json", {"a": ["é", 0.35, None]})
    assert run.read_json("deep/er/a.json") == {"a": ["é", 0.35, None]}
    assert json.loads((tmp_path / "deep" / "er" / "a.json").read_text(encoding="utf-8")) == {"a": ["é", 0.35, None]}


def test_starting_anew_forgets_everything_and_keeps_the_lock(tmp_path):
    with Run(tmp_path / "run") as run:
        run.mark_done("data", {})
        run.path("models/seed/weights").write_text("w")
        run.path("items.jsonl").write_text("1\n")
        run.clear()
        assert [entry.name for entry in (tmp_path / "run").iterdir()] == ["lock"]
        assert not run.is_done("data")
        with pytest.raises(RunError), Run(tmp_path / "run"):
            pytest.fail("the lock was lost")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    """A file for a parent refuses root too, which no permission does; nothing can be made in /proc either."""
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "run", tmp_path / "file", Path("/proc/osler-run")):
        with pytest.raises(RunError, match=re.escape(f"{folder}: cannot be written")) as caught, Run(folder):
            pytest.fail("nothing can be written there")
        assert "choose another folder with --runs" in str(caught.value)
        assert isinstance(caught.value, UserError)


def test_a_folder_inside_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "models").write_text("")
    with pytest.raises(RunError, match=re.escape(f"{tmp_path / 'models'}: cannot be made")):
        Run(tmp_path).path("models/seed")


def test_a_marker_that_cannot_be_written_is_no_marker(tmp_path):
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "search.part").mkdir()  # the place where the marker is written first is taken
    run = Run(tmp_path)
    with pytest.raises(RunError, match="cannot be written"):
        run.mark_done("search", {})
    assert not run.is_done("search")
