"""Nothing leaves this machine that nobody asked for. Each test runs processes of its own, for the guard cannot be taken off again.

192.0.2.1 is of TEST-NET-1 (RFC 5737), which is routed nowhere, and `.invalid` (RFC 2606) is no domain's end: were the guard broken, nothing
would be reached either.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("OSLER_", "HF_", "TRANSFORMERS_OFFLINE", "DO_NOT_TRACK", "VLLM_", "RAY_", "CI")

WATCH = """
import json, sys
seen = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg") and arguments[0].family.name != "AF_UNIX":
        seen.append(arguments[1][0] if arguments[1] else None)
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        seen.append(arguments[0])
sys.addaudithook(watch)
from osler.cli import app, guarded
def osler(*arguments):
    return guarded(lambda: app(list(arguments), prog_name="osler", standalone_mode=False))
"""
HERE = {"127.0.0.1", "::1", "localhost"}


def python(code: str, *arguments: str, folder: Path = ROOT, **variables: str) -> Any:
    """What `code` prints last, as JSON, run by a Python whose environment says nothing of the network but `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environment = {**kept, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **variables}
    command = [sys.executable, "-c", code, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.strip().splitlines()[-1])


ATTEMPTS = {
    "connect": 'socket.socket().connect(("192.0.2.1", 9))',
    "connect_ex": 'socket.socket().connect_ex(("192.0.2.1", 9))',
    "connect to a name": 'socket.socket().connect(("osler.invalid", 9))',
    "connect to a version 6 address": 'socket.socket(socket.AF_INET6).connect(("2001:db8::1", 9))',
    "connect to a mapped address": 'socket.socket(socket.AF_INET6).connect(("::ffff:192.0.2.1", 9))',
    "connect to no address in particular": 'socket.socket().connect(("0.0.0.0", 9))',
    "create_connection": 'socket.create_connection(("192.0.2.1", 9), 1)',
    "sendto": 'socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 9))',
    "sendto a name, with flags": 'socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", 0, ("osler.invalid", 9))',
    "sendmsg": 'socket.socket(type=socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("192.0.2.1", 9))',
    "resolve": 'socket.getaddrinfo("osler.invalid", 9)',
    "resolve bytes": 'socket.getaddrinfo(b"osler.invalid", 9)',
    "resolve by name": 'socket.gethostbyname("osler.invalid")',
    "below Python's class": '__import__("_socket").socket().connect(("192.0.2.1", 9))',
    "asyncio": 'asyncio.run(asyncio.open_connection("192.0.2.1", 9))',
    "urllib": 'urllib.request.urlopen("http://192.0.2.1:9/")',
    "httpx": 'httpx.get("http://192.0.2.1:9/")',
}
TRY_ALL = """
import asyncio, json, socket, sys, urllib.request, httpx
import osler
said = {}
for name, attempt in json.loads(sys.argv[1]).items():
    try:
        eval(attempt)
        said[name] = "went through"
    except Exception as error:
        said[name] = f"{'OSError' if isinstance(error, OSError) else type(error).__name__}: {error}"
print(json.dumps(said))
"""


def test_every_way_out_is_refused_in_one_sentence():
    said = python(TRY_ALL, json.dumps(ATTEMPTS), OSLER_OFFLINE="1")
    assert said.keys() == ATTEMPTS.keys()
    loud = {name: text for name, text in said.items() if "nothing may leave this machine; leave out --offline" not in text}
    assert loud == {}
    assert all(text.startswith("OSError") for name, text in said.items() if name != "httpx")  # httpx has an error of its own for it


def test_what_stays_on_this_machine_goes_through():
    code = """
import asyncio, json, socket, sys
import osler
osler.go_offline()
heard = []
for host, family in (("127.0.0.1", socket.AF_INET), ("localhost", socket.AF_INET)):
    server = socket.create_server((host, 0), family=family)
    client = socket.create_connection((host, server.getsockname()[1]), 10)
    client.sendall(b"yes")
    heard.append(server.accept()[0].recv(3).decode())
one, other = socket.socketpair()
one.sendmsg([b"yes"])
heard.append(other.recv(3).decode())
here = socket.socket(type=socket.SOCK_DGRAM)
here.bind(("", 0))
socket.socket(type=socket.SOCK_DGRAM).sendto(b"yes", ("127.0.0.1", here.getsockname()[1]))
heard.append(here.recv(3).decode())
socket.getaddrinfo(None, 80, flags=socket.AI_PASSIVE)
print(json.dumps(heard))
"""
    assert python(code) == ["yes"] * 4


def test_processes_that_are_started_are_offline_too():
    """As `launch_all` starts them: anew, with a function of ours to call."""
    code = """
import json, os, socket
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from osler.offline import go_offline, is_offline
go_offline()
with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
    is_set = pool.submit(is_offline).result()
    error = pool.submit(socket.create_connection, ("192.0.2.1", 9), 1).exception()
print(json.dumps([is_set, type(error).__name__, os.environ["HF_HUB_OFFLINE"]]))
"""
    assert python(code) == [True, "OfflineError", "1"]


def test_no_proxy_of_this_machine_carries_anything_out():
    code = "import json, osler, os; osler.go_offline(); print(json.dumps([n for n in os.environ if 'proxy' in n.lower()]))"
    proxies = {"http_proxy": "http://127.0.0.1:3128", "HTTPS_PROXY": "http://127.0.0.1:3128", "ALL_PROXY": "socks5://127.0.0.1:1080"}
    assert python(code, **proxies, NO_PROXY="localhost") == ["NO_PROXY"]


@pytest.mark.parametrize("value", ["", "0", "no"])
def test_an_unset_variable_leaves_the_network_alone(value):
    code = "import json, os, osler, osler.offline as o; print(json.dumps([o.is_offline(), 'HF_HUB_OFFLINE' in os.environ]))"
    assert python(code, OSLER_OFFLINE=value) == [False, False]


def test_commands_offline_try_to_reach_this_machine_alone(tmp_path):
    """The plan of a recipe, and the doctor; and what a plugin in the same process tries is refused."""
    code = f"""{WATCH}
from osler.commands import doctor
doctor.extras = lambda: ((), doctor.Torch())  # they are imported in processes of their own, which takes long and is not watched
codes = [
    osler("--offline", "run", {str(ROOT / "recipes/smoke.yaml")!r}, "--dry-run"),
    osler("--offline", "doctor", "--json", "--endpoint", "http://192.0.2.1:9/v1"),
]
asked = sorted(set(map(str, seen)))
def plugin():
    import socket
    socket.create_connection(("192.0.2.1", 9), 1)
codes.append(guarded(plugin))
print(json.dumps([codes, asked]))
"""
    codes, asked = python(code, folder=tmp_path)
    assert codes == [0, 0, 2]
    assert asked
    assert set(asked) <= HERE


@pytest.mark.slow
def test_a_whole_run_tries_no_connection_even_where_it_may(tiny, tmp_path):
    """TRL reports each training, unless it is told not to. The question is answered offline, with a checkpoint."""
    code = f"""{WATCH}
codes = [
    osler("run", {str(ROOT / "recipes/smoke.yaml")!r}, "--runs", sys.argv[1]),
    osler("--offline", "solve", "Which?", "--policy", sys.argv[2], "--option", "Gout", "--option", "Flu", "--max-tokens", "4"),
]
print(json.dumps([codes, seen]))
"""
    assert python(code, str(tmp_path / "runs"), str(tiny)) == [[0, 0], []]


# telemetry

OFF = {"HF_HUB_DISABLE_TELEMETRY": "1", "VLLM_NO_USAGE_STATS": "1", "RAY_USAGE_STATS_ENABLED": "0", "DO_NOT_TRACK": "1"}
SHOWN = "import json, os, osler; print(json.dumps({name: os.environ.get(name) for name in json.loads(__import__('sys').argv[1])}))"


def test_no_library_reports_its_use():
    assert python(SHOWN, json.dumps(list(OFF))) == OFF


def test_who_has_set_a_variable_keeps_it():
    assert python(SHOWN, json.dumps(list(OFF)), RAY_USAGE_STATS_ENABLED="1", DO_NOT_TRACK="0") == {
        **OFF,
        "RAY_USAGE_STATS_ENABLED": "1",
        "DO_NOT_TRACK": "0",
    }


def test_the_hub_reads_it():
    code = "import json, osler; from huggingface_hub import constants; print(json.dumps(constants.HF_HUB_DISABLE_TELEMETRY))"
    assert python(code) is True
    assert python(code.replace("import json, osler", "import json")) is False


@pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: pip install 'osler[ray]'")
def test_ray_reads_it():
    code = """
import json, os, osler
from ray._common.usage import usage_lib
told = usage_lib.usage_stats_enabled()
del os.environ["RAY_USAGE_STATS_ENABLED"]
print(json.dumps([told, usage_lib.usage_stats_enabled()]))
"""
    assert python(code) == [False, True]
