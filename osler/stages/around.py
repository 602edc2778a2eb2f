"""What stands around any run: what changes no reply, hashes of what it reads, errors of the disk, and the same sums everywhere."""

import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from osler.core.errors import RunError

HOW_IT_IS_REACHED = ("key_env", "max_in_flight", "timeout_s", "deadline_s", "max_attempts", "first_wait_s", "max_wait_s")
"""Settings of an endpoint that change no reply: with others, a run goes on where it was."""


def hash_below(path: Path) -> str:
    """Of a file, or of every file in a folder and below; the name where there is nothing, which is refused when it is read."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """A full disk or a read-only folder, wherever it is met, is one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise RunError(f"{folder}: the disk is full; free some space and run the same command again, nothing done is lost") from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise RunError(f"{folder}: cannot be written ({error.strerror}); choose another folder with --runs") from error
        raise
    except Exception as error:
        if "No space left on device" not in str(error):  # safetensors has an error type of its own
            raise
        raise RunError(f"{folder}: the disk is full; free some space and run the same command again, nothing done is lost") from error


@contextmanager
def fixed_arithmetic(threads: int) -> Iterator[None]:
    """Fixed threads and float32 are what make a run on a CPU the same to the byte; the CPU's kernels need no other setting for it
    (`tests/test_durability.py`), and torch's deterministic mode slows training down many times (`docs/log.md`)."""
    import datasets
    import torch
    import transformers

    datasets.disable_progress_bars()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
