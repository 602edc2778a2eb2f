"""`osler doctor` says what is the matter with anything, and dies of nothing."""

import json
import os
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from osler.cli import app, guarded
from osler.commands import doctor, doctor_endpoints, doctor_extras, doctor_machine
from osler.commands.doctor import Checkup, gpus, look
from osler.commands.doctor_endpoints import Endpoint, endpoints, full
from osler.commands.doctor_extras import EXTRAS, UNLOCKS, Extra, State, Torch, is_older
from osler.commands.doctor_machine import Disk, Machine, disks
from osler.report.doctor_table import doctor_table

ROOT = Path(__file__).parents[2]
HERE = Machine("3.11.7", "0.1.0", "Linux x86_64", 2.0, 64, 16.0, 12.0, True, ())
H200 = "NVIDIA H200, 143771 MiB"


def checkup(**parts: Any) -> Checkup:
    whole = {"machine": HERE, "disks": (), "extras": (), "torch": Torch(), "endpoints": (), "is_offline": False, "unseen": {}}
    return Checkup(**{**whole, **parts})


def printed(found: Checkup, width: int) -> list[str]:
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        console.print(doctor_table(found.rows()))
    return [line.rstrip() for line in capture.get().splitlines()]


# the machine


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "limit").write_text(text)
    return tmp_path / "limit"


@pytest.mark.parametrize(("text", "cores"), [("150000 100000", 1.5), ("max 100000", 4.0), ("900000 100000", 4.0), ("nonsense", 4.0)])
def test_cores_are_those_of_the_container(tmp_path, monkeypatch, text, cores):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(doctor_machine, "_CGROUP_CORES", written(tmp_path, text))
    assert doctor_machine.machine().cores == cores


@pytest.mark.parametrize(("text", "gib", "is_limited"), [(str(3 << 30), 3.0, True), ("max", 8.0, False), (str(1 << 62), 8.0, False)])
def test_memory_is_that_of_the_container_where_it_has_less(tmp_path, monkeypatch, text, gib, is_limited):
    monkeypatch.setattr(doctor_machine, "_physical_memory", lambda: 8 << 30)
    monkeypatch.setattr(doctor_machine, "_CGROUP_MEMORY", (tmp_path / "none", written(tmp_path, text)))
    found = doctor_machine.machine()
    assert (found.memory_gib, found.is_memory_limited) == (gib, is_limited)


def test_disks_are_measured_where_the_folders_would_lie(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "not" / "there"))
    runs, cache = disks(tmp_path / "nor" / "here")
    stat = os.statvfs(tmp_path)
    for disk in (runs, cache):
        assert disk.free_gib == pytest.approx(stat.f_bavail * stat.f_frsize / 2**30, abs=1.0)
    assert cache.path == str(tmp_path / "not" / "there")


@pytest.mark.parametrize(
    ("variables", "path"),
    [({"HF_HOME": "/a"}, "/a/hub"), ({"XDG_CACHE_HOME": "/b"}, "/b/huggingface/hub"), ({"HF_HUB_CACHE": "/c", "HF_HOME": "/a"}, "/c")],
)
def test_the_cache_is_where_the_hub_library_has_it(monkeypatch, variables, path):
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code = "from huggingface_hub import constants; print(constants.HF_HUB_CACHE)"
    theirs = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert str(doctor_machine.hub_cache()) == theirs == path


@pytest.mark.parametrize(
    ("script", "found"),
    [(f"echo '{H200}'; echo '{H200}'", (H200, H200)), ("echo No devices were found; exit 6", ()), ("sleep 60", ()), ("printf '\\377'", ())],
)
def test_what_the_driver_lists(tmp_path, monkeypatch, script, found):
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(doctor_machine, "_SMI_TIMEOUT_S", 1.0 if "sleep" in script else 30.0)
    assert doctor_machine.nvidia_gpus() == found


GPUS = {
    "none": ((), Torch(True)),
    "none ": ((), Torch()),
    "2 × NVIDIA H200, 140 GiB": ((H200, H200), Torch(True, ("NVIDIA H200, 140 GiB",) * 2, False, True)),
    "Apple's, by MPS": ((), Torch(True, (), True)),
    f"{H200}, by nvidia-smi": ((H200,), Torch()),
    f"{H200}, but this torch was built for CPUs; install a CUDA build": ((H200,), Torch(True)),
    f"{H200}, but torch cannot use it; see its driver": ((H200,), Torch(True, (), False, True)),
}


@pytest.mark.parametrize("said", GPUS)
def test_a_gpu_that_is_not_used_is_told_with_the_reason(said):
    nvidia, torch = GPUS[said]
    machine = Machine("3", "0", "Linux", 1.0, 1, None, None, False, nvidia)
    assert gpus(checkup(machine=machine, torch=torch)) == said.strip()


# the extras


def test_the_extras_are_those_of_the_package():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    floors = {
        extra: dict(each.replace("[server]", "").split(">=") for each in packages) for extra, packages in declared.items() if extra != "dev"
    }
    assert floors == EXTRAS
    assert UNLOCKS.keys() == EXTRAS.keys()


@pytest.mark.parametrize(
    ("found", "least", "older"),
    [
        ("0.30.2", "0.31", True),
        ("0.31.0", "0.31", False),
        ("0.31", "0.31.0", False),
        ("0.9.1", "0.31", True),
        ("1.0", "0.31", False),
        ("2.13.0+cpu", "2.6", False),
        ("0.31rc1", "0.31", False),
        ("unknown", "0.31", False),
        ("", "0.31", False),
    ],
)
def test_versions_are_compared_as_numbers(found, least, older):
    assert is_older(found, least) is older


@pytest.fixture
def installed(monkeypatch):
    """Which versions there are said to be, and why they cannot be imported."""
    versions: dict[str, str] = {}
    errors: dict[str, str] = {}
    monkeypatch.setattr(doctor_extras, "installed_version", versions.get)
    monkeypatch.setattr(doctor_extras, "_imported", lambda packages: (errors.get(packages[0], ""), {}))
    return versions, errors


def states() -> dict[str, Extra]:
    found, _ = doctor_extras.extras()
    return {extra.name: extra for extra in found}


def test_what_is_missing_comes_with_the_command_that_mends_it(installed):
    found = states()
    assert found.keys() == EXTRAS.keys()
    assert all(extra.state is State.MISSING and f"pip install 'osler[{name}]'" in extra.install for name, extra in found.items())
    assert found["vllm"].install.endswith("in an environment of its own")


def test_an_old_vllm_is_said_to_be_old(installed):
    installed[0]["vllm"] = "0.30.1"
    vllm = states()["vllm"]
    assert (vllm.state, vllm.detail) == (State.TOO_OLD, "vllm 0.30.1 is older than 0.31")
    assert dict(checkup(extras=(vllm,)).rows())["[vllm]"].startswith("vllm 0.30.1 is older than 0.31; pip install 'osler[vllm]'")
    assert checkup(extras=(vllm,)).is_sound


def test_half_an_extra_is_told_apart_from_a_broken_one(installed):
    versions, errors = installed
    versions |= {"fastapi": "0.165.0", "ray": "2.60.0", "datasets": "5.2.0"}
    errors["ray"] = "ImportError: libray.so: file too short"
    found = states()
    assert (found["serve"].state, found["serve"].detail) == (State.INCOMPLETE, "without uvicorn")
    assert (found["ray"].state, found["ray"].detail) == (State.BROKEN, "ImportError: libray.so: file too short")
    assert found["hub"] == Extra("hub", State.OK, UNLOCKS["hub"], {"datasets": "5.2.0"})
    assert not checkup(extras=tuple(found.values())).is_sound
    assert checkup(extras=(found["serve"], found["hub"], found["vllm"])).is_sound


CORRUPT = {
    "raise ValueError('half a\\nfile')": "file",
    "import os; os.abort()": "the import ended with -6",
    "import sys; sys.exit('no driver')": "no driver",
    "def f(:": "SyntaxError: invalid syntax",
    "import sys; sys.stdout.write('hello')": "",
}


@pytest.mark.parametrize("source", CORRUPT)
def test_an_import_that_goes_wrong_in_any_way_is_a_sentence(tmp_path, monkeypatch, source):
    (tmp_path / "osler_corrupt.py").write_text(source + "\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    error, seen = doctor_extras._imported(["osler_corrupt"])
    assert error == CORRUPT[source]
    assert seen == ({} if error else {"devices": [], "is_mps": False, "is_cuda_build": False})


def test_an_import_that_hangs_is_ended(tmp_path, monkeypatch):
    (tmp_path / "osler_hanging.py").write_text("import time; time.sleep(600)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(doctor_extras, "IMPORT_TIMEOUT_S", 1.0)
    assert doctor_extras._imported(["osler_hanging"])[0] == "its import took more than 1 s"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00garbage", None])
def test_spoilt_metadata_is_no_error(tmp_path, monkeypatch, content):
    folder = tmp_path / "osler_spoilt-1.0.dist-info"
    folder.mkdir()
    if content is not None:
        (folder / "METADATA").write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    assert doctor_extras.installed_version("osler_spoilt") == "unknown"
    assert doctor_extras.installed_version("osler_never_heard_of") is None


# the endpoints


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._say(self.path, b"")

    def do_POST(self) -> None:
        self._say(self.path, self.rfile.read(int(self.headers["content-length"])))

    def _say(self, path: str, body: bytes) -> None:
        server: Any = self.server
        server.asked.append((path, self.headers.get("authorization"), body))
        if path in server.hangs:
            server.is_over.wait(60)
        said = server.pages.get(path)
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(404 if said is None else server.status.get(path, 200))
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Any]:
    """Says what is in `pages`, by path; `hangs` are paths that are never answered."""
    listening: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    listening.pages, listening.status, listening.hangs, listening.asked = {"/v1/models": MODELS}, {}, set(), []
    listening.is_over = threading.Event()
    listening.url = f"http://127.0.0.1:{listening.server_address[1]}/v1"
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield listening
    listening.is_over.set()
    listening.shutdown()
    listening.server_close()
    thread.join()


MODELS = {"data": [{"id": "meta/llama-8b"}, {"id": "small"}]}
REPLY = {
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "1"}, "finish_reason": "length",
                 "logprobs": {"content": [{"token": "1", "logprob": -0.5}]}}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 1},
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_usual(monkeypatch):
    """Whatever listens on the machine of these tests is not looked at."""
    monkeypatch.setattr(doctor_endpoints, "DEFAULTS", {})
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.mark.parametrize(
    ("page", "said", "name"),
    [
        ("/version", {"version": "0.31.0"}, "vLLM 0.31.0"),
        ("/props", {"build_info": "b6000-abc", "chat_template": "x"}, "llama.cpp b6000-abc"),
        ("/api/version", {"version": "0.12.3"}, "Ollama 0.12.3"),
        ("/get_server_info", {"version": "0.5.5"}, "SGLang 0.5.5"),
        ("/version", ["0.31.0"], "OpenAI's protocol"),
        ("/version", b"<html>", "OpenAI's protocol"),
    ],
)
def test_a_server_is_known_by_its_pages(server, page, said, name):
    server.pages[page] = said
    [found] = endpoints([server.url])
    assert (found.is_reachable, found.server, found.models) == (True, name, ("meta/llama-8b", "small"))


def test_what_a_server_can_do(server):
    server.pages |= {"/version": {"version": "0.31.0"}, "/v1/chat/completions": REPLY}
    [found] = endpoints([server.url])
    assert found.detail == ""
    assert found.features["log-probabilities"] == "yes"
    assert found.features["continues a turn"] == "no"
    assert found.features["tokens"] == "usage"
    [(_, said)] = [row for row in checkup(endpoints=(found,)).rows() if row[0] == "endpoint"]
    assert said.startswith(f"{server.url}: vLLM 0.31.0: meta/llama-8b, small; continues a turn: no; tokens: usage; ")


def test_a_server_that_answers_no_chat_is_still_listed(server):
    [found] = endpoints([server.url])
    assert (found.is_reachable, found.features) == (True, {})
    assert found.detail


def test_a_usual_ollama_is_made_to_load_nothing(server, monkeypatch):
    server.pages |= {"/api/version": {"version": "0.12.3"}, "/v1/chat/completions": REPLY}
    monkeypatch.setattr(doctor_endpoints, "DEFAULTS", {"Ollama": server.url})
    [found] = endpoints([])
    assert found.detail == f"to see what it can do: --endpoint {server.url}"
    assert all(not body for _, _, body in server.asked)
    [named] = endpoints([server.url])
    assert named.features["log-probabilities"] == "yes"


@pytest.mark.parametrize("said", [b"", b"not JSON", [], {"data": 3}, {"data": [{}]}, {"models": []}, b"\xff\xfe", "text"])
def test_an_answer_without_sense_is_told(server, said):
    server.pages["/v1/models"] = said
    [found] = endpoints([server.url])
    assert not found.is_reachable
    assert found.detail.startswith("its answer makes no sense")


def test_a_server_that_serves_nothing(server):
    server.pages["/v1/models"] = {"data": None}
    [found] = endpoints([server.url])
    assert (found.is_reachable, found.detail) == (True, "it serves no model")


@pytest.mark.parametrize(("status", "said"), [(401, "it answers 401: set the key, in OPENAI_API_KEY"), (500, "it answers 500 at /models")])
def test_a_refusal_is_told(server, status, said):
    server.status["/v1/models"] = status
    [found] = endpoints([server.url])
    assert (found.is_reachable, found.detail) == (False, said)


def test_a_hanging_server_holds_nobody_up(server, monkeypatch):
    monkeypatch.setattr(doctor_endpoints, "LOOK_TIMEOUT_S", 0.5)
    server.hangs.add("/v1/models")
    [found] = endpoints([server.url])
    assert (found.is_reachable, found.detail) == (False, "no answer within 0 s")


def test_a_server_that_hangs_when_asked_is_listed_without_what_it_can_do(server, monkeypatch):
    monkeypatch.setattr(doctor_endpoints, "PROBE_TIMEOUT_S", 1.0)
    server.pages["/v1/chat/completions"] = REPLY
    server.hangs.add("/v1/chat/completions")
    [found] = endpoints([server.url])
    assert (found.is_reachable, found.features) == (True, {})
    assert found.detail


def test_nobody_is_told_of_where_it_was_asked_for_and_left_out_where_it_is_only_usual(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    [found] = endpoints([url])
    assert not found.is_reachable
    assert found.detail.startswith("nobody answers at 127.0.0.1:")
    monkeypatch.setattr(doctor_endpoints, "DEFAULTS", {"vLLM": url})
    assert endpoints([]) == ()


def test_offline_nobody_far_away_is_asked(server, monkeypatch):
    monkeypatch.setenv("OSLER_OFFLINE", "1")
    far, near = endpoints(["https://192.0.2.1/v1", server.url])
    assert (far.is_reachable, far.detail) == (False, "not asked, for nothing may leave this machine")
    assert near.is_reachable


def test_the_key_is_shown_to_nobody_but_the_server(server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    server.pages["/v1/chat/completions"] = {"error": {"message": "the key sk-secret is wrong"}}
    server.status["/v1/chat/completions"] = 401
    found = checkup(endpoints=endpoints([server.url]))
    assert ("/v1/models", "Bearer sk-secret", b"") in server.asked
    assert "sk-secret" not in json.dumps(found.as_content()) + str(found.rows())
    assert doctor_endpoints._settings("http://192.0.2.1:8000/v1").key == ""  # unencrypted, and to another machine
    assert doctor_endpoints._settings("https://192.0.2.1:8000/v1").key == "sk-secret"


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("localhost:8000", "http://localhost:8000/v1"),
        ("https://x.org/", "https://x.org/v1"),
        ("https://x.org/api/v1/", "https://x.org/api/v1"),
    ],
)
def test_an_address_is_completed(url, whole):
    assert full(url) == whole


@pytest.mark.parametrize("url", ["http://", "::", "http://user:hunter2@127.0.0.1:9/v1", "ftp://127.0.0.1", "\x1b[31m"])
def test_no_address_is_an_error(url):
    [found] = endpoints([url])
    assert not found.is_reachable
    assert "hunter2" not in found.detail
    assert printed(checkup(endpoints=(found,)), 60)


# all of it


def long_ago(name: str) -> Extra:
    return Extra(name, State.MISSING, UNLOCKS[name], install=f"pip install 'osler[{name}]' in an environment of its own")


FOUND = {"continues a turn": "by chat: text, an open thought (the server shows the prompt)", "tokens": "usage", "log-probabilities": "yes"}
WORST = checkup(
    machine=Machine("3.11.7", "0.1.0", "Linux x86_64", 1.5, 64, 16.0, 12.0, True, (H200,) * 8),
    disks=(Disk("runs", "runs", 73.2), Disk("hub cache", "cache", None)),
    extras=tuple(long_ago(name) for name in EXTRAS),
    endpoints=tuple(Endpoint(url, True, "vLLM 0.31.0", ("model",), FOUND) for url in ("http://a:1/v1", "http://b:2/v1")),
)


def test_it_is_one_screen():
    assert len(printed(WORST, 80)) <= 24
    for width in (60, 80):
        lines = printed(WORST, width)
        assert max(map(len, lines)) <= width
        assert all(any(f"[{name}]" in line for line in lines) for name in EXTRAS)
        assert "continues a turn: by chat; tokens: usage; log-probabilities: yes" in " ".join(" ".join(lines).split())


def test_limits_of_a_container_are_told():
    rows = dict(WORST.rows())
    assert rows["cores"] == "1.5 of 64"
    assert rows["memory"] == "16 GiB, 12 GiB free, limited by the container"
    assert rows["disk"] == "73 GiB free for runs, unknown free for hub cache"


def test_offline_is_told():
    assert dict(checkup(is_offline=True).rows())["network"].startswith("offline: no socket but to this machine")
    assert dict(checkup().rows())["network"].startswith("allowed")


def test_what_a_server_says_cannot_command_a_terminal():
    said = Endpoint("http://a/v1", True, "x\x1b[2J", ("\x1b]0;m\x07",))
    assert all("\x1b" not in line and "\x07" not in line for line in printed(checkup(endpoints=(said,)), 80))


def test_a_part_that_fails_ends_nothing(monkeypatch):
    def fail(*arguments: object) -> None:
        raise RuntimeError("the disk\nis on fire")

    for name in ("machine", "disks", "extras", "endpoints"):
        monkeypatch.setattr(doctor, name, fail)
    found = look()
    assert found.unseen.keys() == {"machine", "disks", "extras", "endpoints"}
    assert dict(found.rows())["disks !"] == "could not be looked at (RuntimeError: the disk"
    assert not found.is_sound


@pytest.fixture
def command(monkeypatch, capsys):
    def run(*arguments: str) -> tuple[int, str, str]:
        code = guarded(lambda: app(["doctor", *arguments], prog_name="osler", standalone_mode=False))
        return (code, *capsys.readouterr())

    monkeypatch.setattr(doctor, "extras", lambda: ((Extra("ray", State.OK, "x", {"ray": "2.60.0"}),), Torch(True)))
    return run


def test_the_command(command, server, tmp_path):
    code, shown, said = command("--runs", str(tmp_path), "--endpoint", server.url)
    assert (code, said) == (0, "")
    assert "[ray]" in shown
    assert server.url in shown


def test_as_json(command, server, tmp_path):
    code, shown, said = command("--json", "--endpoint", server.url)
    content = json.loads(shown)
    assert (code, said, content["is_sound"]) == (0, "", True)
    assert content["extras"][0] == {
        "name": "ray", "state": "ok", "unlocks": "x", "versions": {"ray": "2.60.0"}, "detail": "", "install": ""
    }  # fmt: skip
    assert content["endpoints"][0]["models"] == ["meta/llama-8b", "small"]
    assert content["machine"]["n_cores"] == os.cpu_count()


def test_what_is_installed_and_broken_is_an_exit_code(command, monkeypatch):
    monkeypatch.setattr(doctor, "extras", lambda: ((Extra("ray", State.BROKEN, "x", {"ray": "2"}, "ImportError", "pip"),), Torch()))
    code, shown, said = command()
    assert (code, said) == (1, "")
    assert "broken (ImportError); pip" in shown
