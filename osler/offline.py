"""What leaves this machine: nothing that nobody asked for.

`import osler` asks every library to report nothing about its use, and, where `OSLER_OFFLINE` is set (`osler --offline` sets it), lets no
socket of this process reach further than this machine. Both are handed on to processes that this one starts, by the environment.

The guard is a Python audit hook: it sees every socket that goes through Python's `socket` module, whoever made it, and cannot be taken off
again. Libraries that open sockets in compiled code of their own (Ray, NCCL and gloo, Hugging Face's hf_xet) are not seen by it: of those,
the Hub's are kept off the network by the variables in `HUB_OFF`.
"""

import os
import socket
import sys
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Any

from osler.core.errors import UserError

OFFLINE = "OSLER_OFFLINE"
_ON = {"1", "true", "yes", "on"}

QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub/constants.py; also of the ping that TRL sends (trl/trainer/base_trainer.py)
    "VLLM_NO_USAGE_STATS": "1",  # vllm/envs.py, read in vllm/usage/usage_lib.py
    "RAY_USAGE_STATS_ENABLED": "0",  # ray/_common/usage/usage_lib.py
    "DO_NOT_TRACK": "1",  # https://donottrack.sh, read by huggingface_hub and vllm
}
"""What is set, unless its user has set it already, and where it is read. Who wants one library to report again sets its variable, and
DO_NOT_TRACK to 0. codecarbon has no such variable: only its `EmissionsTracker` looks its location up, and nothing here makes one. The
reports of transformers' Trainer are off by its own default and by `train/schedule.py`."""

HUB_OFF = {
    "HF_HUB_OFFLINE": "1",  # huggingface_hub/constants.py
    "HF_DATASETS_OFFLINE": "1",  # datasets/config.py
    "TRANSFORMERS_OFFLINE": "1",  # huggingface_hub/constants.py
}

_PROXIES = {"http_proxy", "https_proxy", "ftp_proxy", "ws_proxy", "wss_proxy", "all_proxy"}


class OfflineError(UserError, OSError):
    """Something reached for the network although nothing may. To libraries it is what a cut cable is."""


def keep_quiet() -> None:
    """No library reports its use, unless the environment already says otherwise."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def is_offline() -> bool:
    return os.environ.get(OFFLINE, "").strip().lower() in _ON


def go_offline() -> None:
    """From now on this process and those that it starts reach no further than this machine. There is no way back."""
    os.environ[OFFLINE] = "1"
    os.environ.update(HUB_OFF)
    os.environ.setdefault("VLLM_HOST_IP", "127.0.0.1")  # else vLLM looks its address up by a socket to a name server far away
    for name in [name for name in os.environ if name.lower() in _PROXIES]:  # one on this machine would carry on what it is given
        del os.environ[name]
    _guard()


_guarded: list[bool] = []


def _guard() -> None:
    if _guarded:
        return
    _guarded.append(True)
    sys.addaudithook(_look_at)
    for name in ("connect", "connect_ex", "sendto", "sendmsg"):
        _check_first(name)


_ADDRESSED = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_RESOLVING = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


def _look_at(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what leaves this machine. The events and their arguments: https://docs.python.org/3/library/audit_events.html."""
    if event in _ADDRESSED:
        _refuse(arguments[0], arguments[1])
    elif event in _RESOLVING and not _is_here(arguments[0], is_to_bind=True):
        raise OfflineError(_sentence(arguments[0]))


def _check_first(name: str) -> None:
    """Python resolves the name in an address before it tells the audit hook: a question to a name server would have left by then."""
    inner: Callable[..., Any] = getattr(socket.socket, name)

    @wraps(inner)
    def checked(self: socket.socket, *arguments: Any, **named: Any) -> Any:
        address = next((each for each in arguments if isinstance(each, tuple)), None)
        if address is not None:
            _refuse(self, address)
        return inner(self, *arguments, **named)

    setattr(socket.socket, name, checked)


_WITHIN = {getattr(socket, name) for name in ("AF_UNIX", "AF_NETLINK") if hasattr(socket, name)}
"""The families of sockets that end in this machine's own kernel."""


def _refuse(sock: socket.socket, address: Any) -> None:
    """Raise OfflineError unless the address is here. A socket that is connected already is written to without one."""
    if sock.family in _WITHIN or address is None:
        return
    host = address[0] if isinstance(address, tuple) and address else address
    if not _is_here(host):
        raise OfflineError(_sentence(host))


def _is_here(host: Any, *, is_to_bind: bool = False) -> bool:
    """Whether a host is this machine by its loopback interface. To bind, no host at all and the unspecified address are fine too."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else host
    if text is None or text == "":
        return is_to_bind
    name = str(text).rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback) or (is_to_bind and bool(mapped.is_unspecified))


def _sentence(host: Any) -> str:
    return f"offline: {str(host)!r} was asked for, and nothing may leave this machine; leave out --offline, or unset {OFFLINE}"


keep_quiet()
if is_offline():
    go_offline()
