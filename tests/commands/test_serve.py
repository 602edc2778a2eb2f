"""`osler serve`: what it refuses before anything is loaded, what it says at its start, and how Ctrl-C ends it."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from osler.commands.serve import Serving, read_key
from osler.core.errors import UserError
from osler.serve.parts import NOTICE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("serving", "message"),
    [
        (Serving("x", host="0.0.0.0"), "--host 0.0.0.0: beyond this machine a key is needed; name its environment variable with --key-env"),
        (Serving("x", host="example.org"), "--host example.org: beyond this machine a key is needed"),
        (Serving("x", key_env="OSLER_NO_KEY"), "--key-env OSLER_NO_KEY: the variable holds no key of 16 characters or more"),
        (Serving("x", strategy="guess"), "--strategy guess: there is no such strategy; choose among greedy, self_consistency"),
        (Serving("x", strategy="best_of_n"), "--strategy best_of_n: it needs scores; name a process reward model with --reward"),
        (Serving("x", settings=("n=3",)), "--set: greedy: n: Unexpected keyword argument"),
        (Serving("x", settings=("n",)), "--set n: write it as NAME=VALUE"),
        (Serving("x", codec="prose"), "--codec prose: there is no such codec; choose among step, think, section, bare"),
        (Serving("x", prompt="none"), "prompt: there is no 'none'"),
    ],
)
def test_what_cannot_be_served_is_said_at_once(serving: Serving, message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        serving.opened()


def test_offline_it_listens_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSLER_TEST_KEY", "0123456789abcdef")
    monkeypatch.setattr("osler.commands.serve.is_offline", lambda: True)
    with pytest.raises(UserError, match=r"--host 0\.0\.0\.0: --offline answers this machine alone; leave one of the two out"):
        Serving("x", host="0.0.0.0", key_env="OSLER_TEST_KEY").opened()


@pytest.mark.parametrize("key", ["", "short", " 0123456789abcdef", "0123456789abcdef\n"])
def test_a_key_that_is_none_is_refused_and_not_repeated(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSLER_TEST_KEY", key)
    with pytest.raises(UserError) as refused:
        read_key("OSLER_TEST_KEY")
    assert not key.strip() or key.strip() not in str(refused.value)
    monkeypatch.setenv("OSLER_TEST_KEY", "0123456789abcdef")
    assert read_key("OSLER_TEST_KEY") == "0123456789abcdef"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well(number: signal.Signals, tiny: Path) -> None:
    key = "0123456789abcdef"
    arguments = ["serve", "--policy", str(tiny), "--port", "0", "--max-tokens", "8", "--key-env", "OSLER_TEST_KEY", "--name", "tiny"]
    process = subprocess.Popen(
        [sys.executable, "-m", "osler", *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "COLUMNS": "60", "OSLER_TEST_KEY": key},
    )  # fmt: skip
    assert process.stdout is not None
    first, second, third = (process.stdout.readline() for _ in range(3))
    assert first == f"{NOTICE}\n"
    [url] = re.findall(r"^tiny at (http://127\.0\.0\.1:\d+)/v1, answering by greedy; Ctrl-C stops it$", second)
    assert third.startswith("A key is asked for. This is plain HTTP")
    body = json.dumps({"model": "tiny", "messages": [{"role": "user", "content": "Why?"}]}).encode()
    request = urllib.request.Request(
        f"{url}/v1/chat/completions", body, {"content-type": "application/json", "authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["osler"]["notice"] == NOTICE
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert out == "stopped: what was under way is answered, what waited was refused\n"
    assert "Traceback" not in err
    assert key not in first + second + third + out + err
