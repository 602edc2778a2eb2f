"""A cluster of workers by Ray: processes on any number of machines, of one thread each, that answer questions or do parts of other work.

What holds: every search is sent the same as in one process, so that solutions are equal wherever the engine gives the same reply to the
same request, whatever else is in its batch.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, TypeVar

from osler.core.errors import OslerError
from osler.core.model import Sampling
from osler.models import OpenAIHTTP
from osler.stages.cluster_driver import ClusterDriver
from osler.stages.context import Context
from osler.stages.driver import Driver
from osler.stages.journals import take_in
from osler.stages.leases import MAX_LOST, lost_too_often
from osler.stages.ray_runtime import running
from osler.stages.worker import Hand, Worker, WorkerLost

Part = TypeVar("Part")
Done = TypeVar("Done")


class Cluster:
    """Use as a context manager: Ray's processes live inside. `address` and `n_workers` as in `running`; as many workers as it has cores or,
    where the engine wants GPUs, as those suffice for. At a time no fewer than `least` and no more than `most` questions are leased."""

    def __init__(self, address: str, n_workers: int | None = None, *, least: int = 8, most: int = 256) -> None:
        self.least, self.most = least, most
        self.hands: list[Hand] = []
        self._address, self._n_workers = address, n_workers
        self._inside = ExitStack()
        self._ray: Any = None
        self._n_started = self._n_gpus = 0

    def __enter__(self) -> "Cluster":
        """Raises RecipeError where Ray is not there, or no cluster is at the address."""
        self._ray = self._inside.enter_context(running(self._address, self._n_workers))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._dismiss()
        self._inside.close()

    @property
    def about(self) -> str:
        """What it is made of."""
        there = self._ray.cluster_resources()
        n_nodes = sum(node["Alive"] for node in self._ray.nodes())
        gpus = f", {there['GPU']:.0f} GPUs" if there.get("GPU") else ""
        return f"{there.get('CPU', 0):.0f} cores{gpus} on {n_nodes} machine{'' if n_nodes == 1 else 's'}"

    @contextmanager
    def answering(self, context: Context, name: str, sampling: Sampling) -> Iterator[Driver]:
        """A driver of the policy over all workers. At the end their journals are in the run's own."""
        take_in(context.run.folder)
        self._staff(_n_gpus(context))
        driver = ClusterDriver(self, context, name, sampling)
        try:
            for hand in self.hands:
                driver.begin(hand)
            self.wait_for([hand.process.ready.remote() for hand in self.hands])
            yield driver
            self.wait_for([hand.process.end.remote() for hand in self.hands])
        except BaseException:  # what they are at is of no use any more; what they have stays in their journals
            self._dismiss()
            raise
        take_in(context.run.folder)

    def each(self, work: Callable[[Part], Done], parts: Iterable[Part]) -> Iterator[Done]:
        """What `work` makes of each part, in order. No more parts are taken at a time than keep the workers busy."""
        self._staff(0)
        held = self._ray.put(work)
        self.wait_for([hand.process.hold.remote(held) for hand in self.hands])
        waiting: deque[tuple[Part, int, Any]] = deque()
        for at, part in enumerate(parts):
            place = at % len(self.hands)
            waiting.append((part, place, self.hands[place].process.apply.remote(part)))
            if len(waiting) > 2 * len(self.hands):
                yield self._done(*waiting.popleft(), held)
        while waiting:
            yield self._done(*waiting.popleft(), held)

    def _done(self, part: Any, place: int, under_way: Any, held: Any) -> Any:
        hand = self.hands[place]
        for _ in range(MAX_LOST):
            try:
                return self.outcome(under_way)
            except WorkerLost:
                if hand is self.hands[place]:
                    self.replace(hand).process.hold.remote(held)
                hand = self.hands[place]
                under_way = hand.process.apply.remote(part)
        raise lost_too_often("part of the work")

    def replace(self, hand: Hand) -> Hand:
        """Another worker in the place of one that is lost."""
        new = self._hired()
        self.hands[self.hands.index(hand)] = new
        return new

    def put(self, thing: Any) -> Any:
        """Something for all workers, sent once."""
        return self._ray.put(thing)

    def first_of(self, under_way: Sequence[Any]) -> Any:
        """One of these that is done, as soon as there is one."""
        return self._ray.wait(list(under_way), num_returns=1)[0][0]

    def outcome(self, under_way: Any) -> Any:
        """What came out. Raises WorkerLost, or the error that the worker met where it is one of ours."""
        try:
            return self._ray.get(under_way)
        except self._ray.exceptions.RayActorError as error:
            raise WorkerLost from error
        except self._ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, OslerError):
                raise error.cause from None
            raise

    def wait_for(self, under_way: Sequence[Any]) -> None:
        """Until all are done; one that is lost is found out about when it is next needed."""
        for each in under_way:
            try:
                self.outcome(each)
            except WorkerLost:
                continue

    def _staff(self, n_gpus: int) -> None:
        """Have all workers, with as many GPUs each."""
        if self.hands and n_gpus == self._n_gpus:
            return
        self._dismiss()
        self._n_gpus = n_gpus
        there = self._ray.cluster_resources()
        n_workers = self._n_workers or int(there.get("GPU", 0) // n_gpus if n_gpus else there.get("CPU", 1))
        self.hands = [self._hired() for _ in range(max(1, n_workers))]

    def _hired(self) -> Hand:
        self._n_started += 1
        process = self._ray.remote(num_cpus=1, num_gpus=self._n_gpus, max_restarts=0)(Worker).remote()
        return Hand(self._n_started, process)

    def _dismiss(self) -> None:
        for hand in self.hands:
            self._ray.kill(hand.process)
        self.hands = []


def _n_gpus(context: Context) -> int:
    """How many the engine of a worker wants."""
    base = context.recipe.seed_policy.base
    if isinstance(base, OpenAIHTTP):
        return 0
    return int(getattr(base, "tensor_parallel_size", str(getattr(base, "device", "cpu")).startswith("cuda")))
