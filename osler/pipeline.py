"""The stages in order, and the one place where names in a recipe become objects.

Each stage reads and writes named records of the run and marks itself done last. A stage that is done is not run again; a stage that was
interrupted starts from its inputs and finds in the journal whatever it had already generated.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

from osler.clinic.case import Case
from osler.clinic.truth import check_step
from osler.clinic.world import load_world
from osler.core.codec import CODECS
from osler.core.model import Sampling, Usage
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.core.question import Item
from osler.core.records import read_records, write_records
from osler.core.reward import RewardModel
from osler.core.run import Run
from osler.core.solution import Solution
from osler.core.trace import Step
from osler.data import ClinicSource
from osler.evaluate.grade import Graded, grade
from osler.evaluate.metrics import compare, metrics
from osler.evaluate.truths import SolutionRecord, reward_quality, solution_record, step_rates
from osler.judges import JUDGES, QuestionReader
from osler.manifest import manifest
from osler.models.hf import HuggingFace
from osler.models.journal import Journal, JournalledModel
from osler.models.nano import Nano
from osler.recipe import Recipe, System
from osler.report.page import write_page
from osler.rewards.prm import PRM
from osler.search.drive import drive
from osler.synthesise.exports import Record, prm_record, sft_record, verified_traces
from osler.synthesise.harvest import TraceRecord, tree_record, yield_of
from osler.synthesise.labels import LABEL_RULES, LabelledTrace
from osler.synthesise.oracle import Oracle

T = TypeVar("T")


class Listener(Protocol):
    """Hears how a run comes along. The command line shows it; tests and notebooks may pass none."""

    def started(self, stage: str) -> None: ...

    def progressed(self, stage: str, done: int, total: int) -> None: ...

    def finished(self, stage: str, seconds: float, *, was_done: bool) -> None: ...


class Pipeline:
    """One recipe in one run folder. `run()` goes through the stages; each can also be called alone once its inputs are there."""

    def __init__(self, recipe: Recipe, run: Run, listener: Listener | None = None) -> None:
        self._recipe, self._run, self._listener = recipe, run, listener
        self._prompt = Prompt.named(recipe.prompt)
        self._codec = CODECS[recipe.codec]
        self._usage = Usage()

    @property
    def stages(self) -> dict[str, Callable[[], None]]:
        """The stages that this recipe has, in order."""
        recipe = self._recipe
        wanted: dict[str, tuple[Callable[[], None], bool]] = {
            "data": (self.data, True),
            "seed_policy": (self.seed_policy, True),
            "search": (self.search, recipe.search is not None),
            "evolved_policy": (self.evolved_policy, recipe.evolved_policy is not None),
            "reward_model": (self.reward_model, recipe.reward_model is not None),
            "answer": (self.answer, True),
            "evaluate": (self.evaluate, True),
            "report": (self.report, True),
        }
        return {name: stage for name, (stage, has) in wanted.items() if has}

    def run(self) -> None:
        for name, stage in self.stages.items():
            was_done = self._run.is_done(name)
            if self._listener:
                self._listener.started(name)
            started, self._usage = time.monotonic(), Usage()
            if not was_done:
                stage()
                seconds = round(time.monotonic() - started, 1)
                self._run.mark_done(name, {"stage": name, "seconds": seconds, "tokens": self._usage.completion_tokens})
            if self._listener:
                self._listener.finished(name, time.monotonic() - started, was_done=was_done)

    def data(self) -> None:
        """Source → worked.jsonl, vocabulary.jsonl, search.jsonl, answer.jsonl (and the clinic's cases.jsonl)."""
        dataset = self._recipe.data.load(self._recipe.seed)
        limit = self._recipe.limit
        worked = [
            sft_record(each.item.question, [Step(text) for text in each.steps], self._prompt, self._codec)
            for each in dataset.worked[:limit]
        ]
        write_records(self._run.path("worked.jsonl"), worked)
        write_records(self._run.path("vocabulary.jsonl"), dataset.vocabulary)
        write_records(self._run.path("search.jsonl"), dataset.search[:limit])
        write_records(self._run.path("answer.jsonl"), dataset.answer[:limit])
        for name, records in dataset.files.items():
            write_records(self._run.path(name), records)

    def seed_policy(self) -> None:
        """The base, trained on the worked items → models/seed. A checkpoint that is not trained stays where it is."""
        settings = self._recipe.seed_policy
        worked = self._read("worked.jsonl", dict[str, Any])
        base = self._run.path("models/base")
        if isinstance(settings.base, Nano):
            turns = [message["content"] for record in worked for message in record["messages"]]
            settings.base.create([*turns, *self._read("vocabulary.jsonl", str)], base, seed=self._recipe.seed)
        else:
            base = Path(settings.base.path)
        if settings.training:
            settings.training.train(
                base, worked, self._run.path("models/seed"), seed=self._recipe.seed, on_step=self._progress("seed_policy")
            )

    def search(self) -> None:
        """The seed policy searches under the oracle → trees.jsonl, traces.jsonl, harvest.json."""
        settings = self._recipe.search
        assert settings is not None
        items = self._read("search.jsonl", Item)
        with self._policy("seed", settings.sampling) as policy:
            solutions = drive(
                settings.strategy,
                [item.question for item in items],
                policy,
                Oracle(items, JUDGES),
                on_wave=self._progress("search"),
            )
        rule = LABEL_RULES[settings.labels]
        labelled = [each for solution in solutions for each in rule(solution)]
        write_records(self._run.path("trees.jsonl"), map(tree_record, solutions))
        write_records(self._run.path("traces.jsonl"), map(TraceRecord.of, labelled))
        self._run.write_json("harvest.json", yield_of(solutions, labelled))

    def evolved_policy(self) -> None:
        """The seed policy, trained on verified traces → policy.jsonl, models/evolved."""
        settings = self._recipe.evolved_policy
        assert settings is not None
        records: list[Record] = self._read("worked.jsonl", dict[str, Any]) if settings.with_worked else []
        for labelled in self._labelled().values():
            for trace in verified_traces(labelled, settings.n_per_question):
                records.append(sft_record(trace.question, trace.steps, self._prompt, self._codec, trace.response))
        write_records(self._run.path("policy.jsonl"), records)
        folder = self._run.path("models/evolved")
        settings.training.train(self._path_of("seed"), records, folder, seed=self._recipe.seed, on_step=self._progress("evolved_policy"))

    def reward_model(self) -> None:
        """The process reward model, from the evolved policy's body where there is one → prm.jsonl, models/prm."""
        settings = self._recipe.reward_model
        assert settings is not None
        n = settings.n_per_question
        records: list[Record] = []
        for labelled in self._labelled().values():
            right, wrong = [each for each in labelled if each.is_right], [each for each in labelled if not each.is_right]
            records += [prm_record(each, self._prompt, self._codec) for each in (*right[:n], *wrong[:n])]
        write_records(self._run.path("prm.jsonl"), records)
        base = self._path_of("evolved" if self._recipe.evolved_policy else "seed")
        folder = self._run.path("models/prm")
        settings.training.train(base, records, folder, seed=self._recipe.seed, on_step=self._progress("reward_model"))

    def answer(self) -> None:
        """Every system answers every item → solutions.jsonl, verdicts.jsonl. Systems that ask the same share the replies."""
        items = self._read("answer.jsonl", Item)
        graded: list[Graded] = []
        records: list[SolutionRecord] = []
        for policy_name in dict.fromkeys(system.policy for system in self._recipe.answer.systems.values()):
            with self._policy(policy_name, self._recipe.answer.sampling) as policy:
                for name, system in self._recipe.answer.systems.items():
                    if system.policy == policy_name:
                        solutions = self._solve(system, items, policy)
                        verdicts = grade(name, items, solutions, JUDGES)
                        graded += verdicts
                        records += [solution_record(*each, self._check_step) for each in zip(items, solutions, verdicts, strict=True)]
        write_records(self._run.path("solutions.jsonl"), records)
        write_records(self._run.path("verdicts.jsonl"), graded)

    def evaluate(self) -> None:
        """Verdicts → metrics.json."""
        graded = self._read("verdicts.jsonl", Graded)
        solutions = self._read("solutions.jsonl", SolutionRecord)
        of = {name: [each for each in graded if each.system == name] for name in self._recipe.answer.systems}
        content = {
            "metrics": [asdict(metric) for metric in metrics([each for name in of for each in of[name]])],
            "comparisons": [asdict(compare(of[name], of[base], seed=self._recipe.seed)) for name, base in self._recipe.answer.compare],
            "harvest": self._run.read_json("harvest.json") if self._recipe.search else None,
            "steps": step_rates(solutions),
            "reward": reward_quality(solutions),
        }
        self._run.write_json("metrics.json", content)

    def report(self) -> None:
        """Everything so far → manifest.json, report.html."""
        stages = [self._run.read_marker(name) for name in self.stages if name != "report"]
        counts = {f"n_{name}": len(self._read(f"{name}.jsonl", Item)) for name in ("search", "answer")}
        counts["n_worked"] = len({record["id"] for record in self._read("worked.jsonl", dict[str, Any])})  # each in several orders
        self._run.write_json("manifest.json", manifest(self._recipe, stages, counts))
        write_page(self._run.folder)

    def _solve(self, system: System, items: Sequence[Item], policy: Policy) -> list[Solution]:
        questions = [item.question for item in items]
        reward = self._reward if self._recipe.reward_model else None
        return drive(system.strategy, questions, policy, reward, on_wave=self._progress("answer"))

    def _labelled(self) -> dict[str, list[LabelledTrace]]:
        """The finished traces of the search, by question."""
        questions = {item.id: item.question for item in self._read("search.jsonl", Item)}
        by_question: dict[str, list[LabelledTrace]] = {}
        for record in self._read("traces.jsonl", TraceRecord):
            by_question.setdefault(record.id, []).append(record.labelled(questions[record.id]))
        return by_question

    @contextmanager
    def _policy(self, name: str, sampling: Sampling) -> Iterator[Policy]:
        """A trained policy behind the journal."""
        base = self._recipe.seed_policy.base
        settings = replace(base, path=str(self._path_of(name))) if isinstance(base, HuggingFace) else HuggingFace(str(self._path_of(name)))
        journal = Journal(self._run.path("journal.db"))
        try:
            model = JournalledModel(settings.load(), journal)
            yield Policy(model, self._prompt, self._codec, QuestionReader(), sampling, self._recipe.seed)
            self._usage += model.usage
        finally:
            journal.close()

    @cached_property
    def _reward(self) -> RewardModel:
        return PRM(str(self._run.path("models/prm"))).load(self._prompt, self._codec)

    @cached_property
    def _check_step(self) -> Callable[[str, str], str] | None:
        """The truth of a step about the clinic's case with this id; None where the items are not the clinic's."""
        if not isinstance(self._recipe.data, ClinicSource):
            return None
        world = load_world().restricted_to(self._recipe.data.body_systems)
        cases = {case.id: case for case in self._read("cases.jsonl", Case)}
        return lambda case_id, step: check_step(world, cases[case_id], step).value

    def _path_of(self, policy: str) -> Path:
        """Where the checkpoint of a policy lies."""
        base = self._recipe.seed_policy.base
        if policy == "seed" and not self._recipe.seed_policy.training:
            return self._run.path("models/base") if isinstance(base, Nano) else Path(base.path)
        return self._run.path(f"models/{policy}")

    def _read(self, name: str, kind: type[T]) -> list[T]:
        return list(read_records(self._run.path(name), kind))

    def _progress(self, stage: str) -> Callable[[int, int], None]:
        return lambda done, total: self._listener.progressed(stage, done, total) if self._listener else None
