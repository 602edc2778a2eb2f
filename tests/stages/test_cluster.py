"""Workers on a real Ray cluster of this machine: they find what one process finds, and what a lost one had done is not done again."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
from hostile_server import HostileServer

from osler.core.budget import Budget
from osler.core.errors import ModelError, RecipeError, RunError
from osler.core.model import Finish, Reply, Request, Sampling, Usage
from osler.core.policy import Policy
from osler.core.question import ChoiceKey, Item, Question
from osler.core.run import Run
from osler.judges import JUDGES, QuestionReader
from osler.models.journal import Journal, journalled
from osler.models.scripted import ScriptedModel
from osler.recipe.file import load_recipe
from osler.search import MCTS, BestOfN, SelfConsistency
from osler.stages import ray_runtime
from osler.stages.cluster import Cluster
from osler.stages.context import Context
from osler.stages.journals import MAIN, take_in
from osler.synthesise.oracle import Oracle

needs_ray = pytest.mark.skipif(ray_runtime.find_spec("ray") is None, reason="Ray is not installed: pip install 'osler[ray]'")
LEAST: dict[str, Any] = {
    "name": "scripted",
    "seed": 1,
    "data": {"kind": "files", "search": "s.jsonl", "answer": "a.jsonl"},
    "seed_policy": {"base": {"kind": "hf", "path": "nowhere"}},
    "answer": {"systems": {"greedy": {"strategy": {"kind": "greedy"}}}},
}
ITEMS = [
    Item(Question(f"q-{at}", f"Which is number {at} of these?", {"A": "gout", "B": "flu"}), ChoiceKey(("B" if at % 3 else "A",)))
    for at in range(60)
]
QUESTIONS = [item.question for item in ITEMS]
SAMPLING = Sampling(max_tokens=200)


def script(log: Path, deadly: str, times: int, request: Request, rng: random.Random) -> str:
    """Steps of random words, of very unequal number. Writes down what it is asked. Ends its process when it is asked about `deadly` (and
    already knows about something else), as often as `times`."""
    deaths = log.with_suffix(".deaths")
    n_deaths = len(deaths.read_text()) if deaths.exists() else 0
    if deadly and f"number {deadly} " in request.messages[-1].content and request.prefix and n_deaths < times:
        deaths.write_text("x" * (n_deaths + 1))
        os.kill(os.getpid(), signal.SIGKILL)
    with log.open("a") as file:
        file.write(f"{request!r}\n")
    answer = f"The answer is {rng.choice('AB')}."
    words = " ".join(rng.choices(["fever", "rash", "cough", "film", "toe"], k=rng.randint(1, 12)))
    return f" {words} {answer}" if rng.random() < 0.4 else f" {words}.\n\nStep 2: {words} {answer}"


@dataclass
class Logged(Context):
    """Policies reply from the script, one request at a time, each journalled before the next; everything asked stands in `log`."""

    log: Path = field(default_factory=Path)
    deadly: str = ""
    times: int = 1

    @contextmanager
    def policy(self, name: str, sampling: Sampling) -> Iterator[Policy]:
        if name == "missing":
            raise ModelError("missing: there is no such model; name another one")
        if self.journal == MAIN:
            take_in(self.run.folder)
        journal = Journal(self.run.path(self.journal))
        try:
            model = journalled(ScriptedModel(partial(script, self.log, self.deadly, self.times), batch_size=1), journal)
            yield Policy(model, self.prompt, self.codec, QuestionReader(), sampling, self.recipe.seed)
            self.usage += model.usage
        finally:
            journal.close()

    @property
    def asked(self) -> Counter[str]:
        return Counter(self.log.read_text().splitlines()) if self.log.exists() else Counter()


MakeContext = Callable[..., Logged]


@pytest.fixture
def make_context(tmp_path: Path) -> MakeContext:
    def make(name: str, **more: Any) -> Logged:
        path = tmp_path / "recipe.yaml"
        path.write_text(yaml.safe_dump(LEAST), encoding="utf-8")
        run = Run(tmp_path / name)
        run.folder.mkdir()
        return Logged(load_recipe(path), run, log=tmp_path / f"{name}.log", **more)

    return make


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two workers, which get four questions at a time."""
    with Cluster("auto", 2, least=4, most=4) as made:
        import ray

        ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers cannot import a test
        assert list(made.each(str, range(2))) == ["0", "1"]
        yield made


def searched(context: Context, n: int = len(QUESTIONS)) -> list[Any]:
    """A tree search under the oracle with a budget for each question, and a vote under another seed."""
    with context.answering("seed", SAMPLING) as driver:
        budgets = [Budget(max_tokens=40 + 10 * (at % 7)) for at in range(n)]
        found = driver.drive(MCTS(n_rollouts=2, min_rollouts=1, max_nodes=8), QUESTIONS[:n], Oracle(ITEMS, JUDGES), budgets=budgets)
        return [*found, *driver.drive(SelfConsistency(n=3), QUESTIONS[:n], seed=99)]


@needs_ray
@pytest.mark.slow
def test_workers_find_what_one_process_finds(cluster: Cluster, make_context: MakeContext) -> None:
    """The same solutions, requests, usage and journal; the workers' own journals are gone, and each of them did something."""
    here, there = make_context("here"), make_context("there", workers=cluster)
    heard: list[tuple[int, int]] = []
    there.progress = lambda done, total: heard.append((done, total))  # type: ignore[method-assign]
    expected = searched(here)
    assert searched(there) == expected
    assert any(solution.is_cut for solution in expected)
    assert there.asked == here.asked
    assert there.usage == here.usage
    assert heard[-1] == (60, 60)
    assert len(heard) == 2 * 15
    assert list((there.run.folder / "journals").iterdir()) == []
    journals = [Journal(context.run.folder / MAIN) for context in (here, there)]
    assert len(journals[0]) == len(journals[1]) == len(here.asked)


@needs_ray
@pytest.mark.slow
def test_a_lost_workers_questions_are_taken_up_from_its_journal(cluster: Cluster, make_context: MakeContext) -> None:
    """One is killed in the middle of a group. Nothing that a journal held is asked again: here, nothing at all."""
    here, there = make_context("here"), make_context("there", workers=cluster, deadly="37")
    expected = searched(here)
    before = {hand.number for hand in cluster.hands}
    assert searched(there) == expected
    assert there.log.with_suffix(".deaths").read_text() == "x"
    assert set(there.asked.values()) == {1}
    assert there.asked == here.asked
    assert there.usage == here.usage
    after = {hand.number for hand in cluster.hands}
    assert len(after - before) == 1


@needs_ray
@pytest.mark.slow
def test_what_one_worker_had_another_does_not_ask_again(cluster: Cluster, make_context: MakeContext) -> None:
    """A larger vote asks for the samples that it has more, whoever drew the first; and afterwards this process finds all of them."""
    context = make_context("run", workers=cluster)
    with context.answering("seed", SAMPLING) as driver:
        driver.drive(SelfConsistency(n=2), QUESTIONS)
        assert context.asked.total() == 2 * 60
        driver.drive(BestOfN(n=5), QUESTIONS[::-1], Oracle(ITEMS, JUDGES))
        assert context.asked.total() == 5 * 60
    alone = replace(context, workers=None)
    with alone.answering("seed", SAMPLING) as driver:
        driver.drive(SelfConsistency(n=5), QUESTIONS)
    assert context.asked.total() == 5 * 60


@needs_ray
@pytest.mark.slow
def test_an_error_of_a_worker_is_the_same_sentence_here(cluster: Cluster, make_context: MakeContext) -> None:
    context = make_context("run", workers=cluster)
    with pytest.raises(ModelError, match=r"^missing: there is no such model; name another one$"), context.answering("missing", SAMPLING):
        pass


@needs_ray
@pytest.mark.slow
def test_a_group_that_kills_whoever_has_it_ends_the_run_and_what_was_done_is_kept(cluster: Cluster, make_context: MakeContext) -> None:
    """The third death ends it; then the cause is gone, and the same again asks for nothing that is there."""
    here, there = make_context("here"), make_context("there", workers=cluster, deadly="0", times=9)
    with pytest.raises(RunError, match=r"^--ray: 3 workers were lost one after the other over the same 4 questions; "):
        searched(there)
    n_before = there.asked.total()
    assert n_before > 0
    mended = replace(there, deadly="")
    assert searched(mended) == searched(here)
    assert mended.asked == here.asked


def graded(log: Path, part: int) -> int:
    """Dies once, over the seventh part."""
    if part == 7 and not log.exists():
        log.write_text("")
        os.kill(os.getpid(), signal.SIGKILL)
    return part * part


@needs_ray
@pytest.mark.slow
def test_parts_of_other_work_come_back_in_order_though_a_worker_is_lost(cluster: Cluster, tmp_path: Path) -> None:
    taken: list[int] = []
    parts = (taken.append(part) or part for part in range(30))
    done = cluster.each(partial(graded, tmp_path / "log"), parts)
    assert next(done) == 0
    assert len(taken) == 5  # two for each of two workers, and the one that is awaited
    assert list(done) == [part * part for part in range(1, 30)]
    assert (tmp_path / "log").exists()


@needs_ray
@pytest.mark.slow
def test_what_is_started_here_listens_to_this_machine_alone(cluster: Cluster) -> None:
    listening = [
        each.laddr.ip
        for process in psutil.Process().children(recursive=True)
        for each in process.net_connections(kind="inet")
        if each.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= 3
    assert {ip.removeprefix("::ffff:") for ip in listening} <= {"127.0.0.1", "::1"}
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_what_workers_left_is_found_without_them(make_context: MakeContext) -> None:
    """A run that was killed among workers goes on in one process: their journals come into its own, also one that had not begun."""
    context = make_context("run")
    left = Journal(context.run.path("journals/worker-4.db"))
    left.keep([(b"key", Reply("text", Finish.END, Usage(1, 2, 1)))])
    left.close()
    context.run.path("journals/worker-5.db").touch()
    with context.answering("seed", SAMPLING):
        pass
    assert list((context.run.folder / "journals").iterdir()) == []
    assert Journal(context.run.folder / MAIN).find([b"key"])[b"key"].text == "text"


def test_without_ray_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_runtime, "find_spec", lambda name: None)
    with pytest.raises(RecipeError, match=r"^--ray: Ray is not installed; pip install 'osler\[ray\]'$"), Cluster("auto"):
        pass


@pytest.mark.parametrize(("address", "variable"), [("10.0.0.1:6379", ""), ("auto", "10.0.0.1:6379")])
def test_offline_no_other_machine_is_asked(address: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSLER_OFFLINE", "1")
    monkeypatch.setenv("RAY_ADDRESS", variable)
    monkeypatch.setattr(ray_runtime, "find_spec", lambda name: name)
    with pytest.raises(RecipeError, match=r"^--ray 10.0.0.1:6379: no other machine may be asked while offline; "), Cluster(address):
        pass


def test_where_nobody_listens_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_runtime, "find_spec", lambda name: name)
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(RecipeError, match=rf"^--ray {address}: no cluster can be reached there \(.*refused\); "), Cluster(address):
            pass


def osler(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "osler", *map(str, arguments)], capture_output=True, text=True, timeout=250)


@needs_ray
@pytest.mark.slow
def test_grading_by_workers_is_grading(tmp_path: Path) -> None:
    """Three parts of responses of every kind, over two workers and in this process: the same numbers."""
    options = {"A": "gout", "B": "flu", "C": "measles"}
    items = [
        {
            "question": {"id": f"q-{at}", "text": f"Which is {at}?", "options": options},
            "key": {"kind": "choice", "letters": ["ABC"[at % 3]]},
        }
        for at in range(500)
    ]
    texts = ("The answer is A.", "I think (B) flu is right.", "\\boxed{C}", "Either A or C.")
    responses = [{"id": f"q-{at % 500}", "model": f"m{at // 2500}", "output": texts[at % 7 % 4]} for at in range(5000)]
    for name, rows in (("items", items), ("responses", responses)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ("grade", tmp_path / "responses.jsonl", "--items", tmp_path / "items.jsonl", "--json")
    alone, together = osler(*command), osler(*command, "--ray", "auto", "--processes", "2")
    assert together.returncode == 0, together.stderr
    assert json.loads(together.stdout)["metrics"] == json.loads(alone.stdout)["metrics"] != []


def test_workers_without_a_cluster_are_a_mistake() -> None:
    outcome = osler("run", "nowhere.yaml", "--workers", "2")
    assert (outcome.returncode, outcome.stderr.count("\n")) == (2, 1)
    assert outcome.stderr.startswith("osler: --workers: ")


@needs_ray
@pytest.mark.slow
def test_workers_share_an_endpoint(cluster: Cluster, tmp_path: Path) -> None:
    """Through real HTTP, a fault now and then: the solutions of one process, and every request answered as often as there."""
    found, answered = [], []
    for workers in (None, cluster):
        with HostileServer(fault_of=lambda body, attempt: "500" if attempt == 0 and body[-3] % 7 == 0 else "") as server:
            path = tmp_path / "recipe.yaml"
            base = {"kind": "openai_http", "base_url": server.url, "model": "nano", "first_wait_s": 0.01, "max_wait_s": 0.05}
            path.write_text(yaml.safe_dump(LEAST | {"seed_policy": {"base": base}}), encoding="utf-8")
            run = Run(tmp_path / ("there" if workers else "here"))
            run.folder.mkdir()
            context = Context(load_recipe(path), run, workers=workers)
            found.append(searched(context, 12))
            answered.append(server.answered)
            journal = Journal(run.path(MAIN))
            assert len(journal) > 12
            journal.close()
            assert context.n_errored == 0
            assert not list(run.folder.glob("journals/*.db"))
    assert found[0] == found[1]
    asks = [Counter({body: n for body, n in each.items() if b'"seed"' in body}) for each in answered]
    assert asks[0] == asks[1]
    assert sum(asks[0].values()) > 2 * 12
