"""Ray itself: found or started, and taken down again. Nothing is reported about its use, and what is started here listens to this machine
alone, to those who have its token."""

import logging
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from osler.core.errors import RecipeError
from osler.offline import is_offline

AUTO = "auto"
_HERE = "127.0.0.1"
_SECONDS_TO_CONNECT = 10


@contextmanager
def running(address: str, n_workers: int | None = None) -> Iterator[Any]:
    """Ray, connected to the cluster at `address`. `auto`: that of RAY_ADDRESS or, where that is not set, one of this machine alone, with as
    many cores as `n_workers`, or all there are; it ends here. Raises RecipeError where Ray is not installed, or nobody answers."""
    if find_spec("ray") is None:
        raise RecipeError("--ray: Ray is not installed; pip install 'osler[ray]'")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    named = os.environ.get("RAY_ADDRESS") if address == AUTO else address
    if named and is_offline():
        raise RecipeError(f"--ray {named}: no other machine may be asked while offline; leave out --offline, or RAY_ADDRESS")
    with _connected(named) if named else _started(n_workers or len(os.sched_getaffinity(0))) as ray:
        try:
            yield ray
        finally:
            ray.shutdown()


@contextmanager
def _started(n_cores: int) -> Iterator[Any]:
    """A cluster of this machine. What Ray writes down about itself is removed with it."""
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # the one switch by which it stays on the loopback interface, on Linux too
    if "RAY_AUTH_MODE" not in os.environ:
        os.environ["RAY_AUTH_MODE"], os.environ["RAY_AUTH_TOKEN"] = "token", secrets.token_hex(32)
    import ray

    folder = tempfile.mkdtemp(
        prefix="osler-ray-", dir="/tmp" if Path("/tmp").is_dir() else None
    )  # a socket's path has 107 characters at most
    try:
        ray.init(
            address="local",
            num_cpus=n_cores,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            _node_ip_address=_HERE,
            _temp_dir=folder,
        )
        yield ray
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """A cluster that is running. Whether anybody listens is seen first: Ray itself tries for minutes, and says so on the terminal."""
    try:
        host, _, port = address.removeprefix("ray://").rpartition(":")
        if host and port.isdigit():
            socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS_TO_CONNECT).close()
        import ray

        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise RecipeError(f"--ray {address}: no cluster can be reached there ({reason}); check the address and that it runs") from error
    yield ray
