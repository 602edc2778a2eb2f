"""The two streams of the command line, and how a run looks while it comes along: bars on a terminal, plain lines anywhere else."""

from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


class RunProgress:
    """Implements `Listener`."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self._bars: Progress | None = None
        self._task: TaskID | None = None

    def started(self, stage: str) -> None:
        if self._out.is_terminal:
            self._bars = Progress(
                TextColumn("{task.description:<15}"), BarColumn(bar_width=20), MofNCompleteColumn(), TimeElapsedColumn(),
                console=self._out, transient=True,
            )  # fmt: skip
            self._bars.start()
            self._task = self._bars.add_task(stage, total=None)
        else:
            self._out.print(f"{stage} ...")

    def progressed(self, stage: str, done: int, total: int) -> None:
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=done, total=total)

    def finished(self, stage: str, seconds: float, *, was_done: bool) -> None:
        self.close()
        self._out.print(f"{stage:<15} {'done before' if was_done else f'{seconds:6.1f} s'}")

    def close(self) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = self._task = None


@dataclass(frozen=True)
class RunLines:
    """Implements `Listener` for one of several runs at once, each in a process of its own: a line for each stage, with whose it is."""

    name: str

    def started(self, stage: str) -> None: ...

    def progressed(self, stage: str, done: int, total: int) -> None: ...

    def finished(self, stage: str, seconds: float, *, was_done: bool) -> None:
        Console(highlight=False).print(f"{self.name}: {stage:<15} {'done before' if was_done else f'{seconds:6.1f} s'}")
