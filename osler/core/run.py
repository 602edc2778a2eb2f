"""Run: a folder in which an experiment leaves everything, and a lock that keeps two processes apart."""

import fcntl
import hashlib
import json
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from osler.core.errors import RunError
from osler.core.records import write_text


class Run:
    """Use as a context manager: the lock is held inside. A stage is done when its marker is there, and the marker is written last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: TextIO | None = None

    @classmethod
    def for_settings(cls, parent: Path, name: str, settings: Any) -> "Run":
        """The run of these settings: the same settings find the same folder, `NAME-HASH`."""
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:6]
        return cls(parent / f"{name}-{digest}")

    def path(self, name: str) -> Path:
        """Where a record or a folder of this run lies; its parent is made. Raises RunError where that fails."""
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"{path.parent}: cannot be made ({error.strerror}); free some space or check the permissions, then run again"
            ) from error
        return path

    def is_done(self, stage: str) -> bool:
        return (self.folder / "done" / stage).exists()

    def mark_done(self, stage: str, note: Any) -> None:
        """Write the stage's marker; `note` (how long it took, what it spent) is kept in it."""
        self.write_json(f"done/{stage}", note)

    def unmark(self, stage: str) -> None:
        """The stage is to be done again when the run is run again."""
        (self.folder / "done" / stage).unlink(missing_ok=True)

    def read_marker(self, stage: str) -> Any:
        return self.read_json(f"done/{stage}")

    def write_json(self, name: str, content: Any) -> None:
        write_text(self.path(name), json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def read_json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def clear(self) -> None:
        """Forget everything that was done. Only inside the lock."""
        for entry in self.folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()

    def __enter__(self) -> "Run":
        """Make the folder and take the lock. Raises RunError where either fails."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self.folder / "lock").open("w", encoding="utf-8")
        except OSError as error:
            raise RunError(f"{self.folder}: cannot be written ({error.strerror}); choose another folder with --runs") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise RunError(
                f"{self.folder}: another process is working on this run; wait for it, or choose another folder with --runs"
            ) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None
