"""A synthesis whose teacher misbehaves at every turn: nothing wrong is kept, every reason is counted, nobody is asked twice."""

import json
import weakref
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from osler.core.errors import ModelError
from osler.core.question import ChoiceKey, Item, Question
from osler.core.records import read_records
from osler.core.run import Run
from osler.recipe.file import load_synthesis
from osler.stages.synthesis_run import run_synthesis
from osler.stages.synthesising import Counts, synthesise
from osler.synthesise.draft import Draft, DroppedDraft, Origin
from tests.synthesise.teacher_recipes import Expected, expected_of_solved, expected_of_written, recipe, solved, written
from tests.synthesise.teacher_server import Fact, TeacherServer

ROOT = Path(__file__).parents[2]
FILES = ("records.jsonl", "dropped.jsonl", "counts.json")
N = 150


def made(path: Path, *overrides: str) -> tuple[Path, Counts]:
    return run_synthesis(load_synthesis(path, overrides), path.parent / "runs")


def found(folder: Path) -> Expected:
    """What was kept and dropped, as it stands in the files."""
    kept = {}
    for draft in read_records(folder / "records.jsonl", Draft):
        assert draft.item
        [letter] = draft.item.key.letters  # type: ignore[union-attr]
        assert [each.answer for each in draft.authored] == [letter]
        assert all(each.is_right for each in draft.authored)
        kept[int(draft.origin.place[1:])] = draft.item.question.options[letter]
    dropped = Counter((each.block, each.reason) for each in read_records(folder / "dropped.jsonl", DroppedDraft))
    return kept, dict(dropped)


def test_of_an_item_bank_only_right_traces_are_kept_and_every_reason_is_counted(tmp_path: Path) -> None:
    with TeacherServer() as teacher:
        folder, counts = made(recipe(tmp_path, teacher.url, solved(tmp_path, N)))
        kept, dropped = expected_of_solved(teacher.log, N)
        n_said, kinds = len(teacher.log), Counter(each.kind for each in teacher.log)
        assert teacher.n_repeated == 0
        assert len(teacher.bodies) > teacher.n_answered + 20  # some attempts failed on the way
    assert found(folder) == (kept, dropped)
    assert all(word == Fact.of(number).right for number, word in kept.items())
    assert (counts.n_drafts, counts.n_records) == (N, len(kept))
    assert counts.dropped == {"keep": {reason: n for (_, reason), n in sorted(dropped.items())}}
    assert len(kept) >= 80
    assert abs((kinds["wrong"] + kinds["obeyed"]) / n_said - 0.4) < 0.1  # four standard deviations of 380 replies
    assert abs(kinds["right"] / n_said - 0.3) < 0.1
    assert min(dropped["keep", "wrong"], dropped["keep", "unread"]) >= 1


def test_of_written_items_those_are_kept_that_the_log_says_and_every_reason_is_counted(tmp_path: Path) -> None:
    with TeacherServer() as teacher:
        folder, counts = made(recipe(tmp_path, teacher.url, written(tmp_path, N)))
        kept, dropped = expected_of_written(teacher.log, N)
        kinds = Counter(each.kind for each in teacher.log)
        assert teacher.n_repeated == 0
    assert found(folder) == (kept, dropped)
    assert counts.n_drafts == N == counts.n_records + sum(dropped.values())
    assert len(kept) >= 5
    assert len(kinds) >= 18, "some of the ways to misbehave were not tried"
    assert len(dropped) >= 7, "some reasons were not met"


def test_run_again_it_asks_nobody_and_with_other_exports_and_prices_too(tmp_path: Path) -> None:
    with TeacherServer() as teacher:
        path = recipe(tmp_path, teacher.url, solved(tmp_path, 20))
        folder, counts = made(path)
        before = (folder / "records.jsonl").read_bytes()
        n_asked = len(teacher.bodies)
        for more in ("exports=[grpo]", "roles.teacher.price={read: 1.0, written: 2.0}", "roles.teacher.engine.max_in_flight=3"):
            again, priced = made(path, more)
            assert again == folder
            assert (folder / "records.jsonl").read_bytes() == before
            if "price" in more:
                used = counts.usage["teacher"]
                cost = (used.prompt_tokens + 2 * used.completion_tokens) / 1e6
                assert priced.cost["teacher"] == pytest.approx(cost, abs=1e-6)
                assert priced.cost_per_record == pytest.approx(cost / counts.n_records, abs=1e-6)
                assert json.loads((folder / "counts.json").read_text(encoding="utf-8"))["cost"] == priced.cost
        assert len(teacher.bodies) == n_asked
        other, _ = made(path, "seed=8")
        assert other != folder


def test_what_fails_for_good_is_asked_for_again_and_nothing_else_is(tmp_path: Path) -> None:
    with TeacherServer() as healthy:
        whole, _ = made(recipe(tmp_path, healthy.url, solved(tmp_path, 60)))
    with TeacherServer(is_down=lambda number: number % 10 == 3) as teacher:
        path = recipe(tmp_path, teacher.url, solved(tmp_path, 60), max_attempts=4)
        folder, counts = made(path)
        assert counts.n_errored == 6
        assert not (folder / "done").exists()
        answered_before = teacher.n_answered
        teacher.is_down = lambda number: False
        again, mended = made(path)
        assert again == folder
        assert mended.n_errored == 0
        assert teacher.n_repeated == 0
        assert {each.number for each in teacher.log[answered_before:]} == {3, 13, 23, 33, 43, 53}
    for name in FILES:
        assert (folder / name).read_bytes() == (whole / name).read_bytes(), name


def test_a_model_that_is_gone_ends_the_run_in_one_sentence_and_the_journal_stays(tmp_path: Path) -> None:
    with TeacherServer() as healthy:
        whole, _ = made(recipe(tmp_path, healthy.url, solved(tmp_path, 60)))
    with TeacherServer() as teacher:
        path = recipe(tmp_path, teacher.url, solved(tmp_path, 60))
        teacher.gone_after = 40
        with pytest.raises(ModelError, match="see whether the server still has 'nano'") as error:
            made(path)
        assert "\n" not in str(error.value)
        teacher.gone_after = None
        folder, _ = made(path)
        assert teacher.n_repeated == 0
    for name in FILES:
        assert (folder / name).read_bytes() == (whole / name).read_bytes(), name


def test_records_with_and_without_the_trace_come_of_one_run_with_the_same_ids_and_answers(tmp_path: Path) -> None:
    with TeacherServer() as teacher:
        solved(tmp_path, 40)
        engine = {"kind": "openai_http", "base_url": teacher.url, "model": "nano", "first_wait_s": 0.01, "max_wait_s": 0.05}
        overrides = [f"roles.teacher.engine={json.dumps(engine)}", f"material.sets=[{tmp_path / 'bank.jsonl'}]"]
        synthesis = load_synthesis(ROOT / "recipes" / "synthesis" / "meditron_data.yaml", overrides)
        folder, counts = run_synthesis(synthesis, tmp_path / "runs")
        right = Counter(each.number for each in teacher.log if each.word == Fact.of(each.number).right)
        assert set(right.values()) == {1}, "no trace more than needed"
    exported = {name: lines_of(folder / "exports" / f"{name}.jsonl") for name in ("with_trace", "without_trace")}
    assert len(exported["with_trace"]) == len(exported["without_trace"]) == counts.n_records == len(right) > 30
    for long, short in zip(exported["with_trace"], exported["without_trace"], strict=True):
        assert long["id"] == short["id"]
        assert long["messages"][0] == short["messages"][0]
        said, bare = long["messages"][1]["content"], short["messages"][1]["content"]
        assert said.startswith("<think>\n")
        assert said.endswith(f"</think>\n\n{bare}")
        assert bare == f"The answer is {letter_of(int(short['id'][1:]))}."


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def letter_of(number: int) -> str:
    fact = Fact.of(number)
    return "ABCD"[sorted([fact.right, *fact.wrong]).index(fact.right)]


def test_the_manifest_says_who_played_what_with_which_prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    with TeacherServer(key="sk-very-secret") as teacher:
        folder, counts = made(recipe(tmp_path, teacher.url, written(tmp_path, 5)))
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["roles"]["teacher"]["identity"].startswith(f"openai_http:{teacher.url}:nano@")
    assert manifest["roles"]["teacher"]["tokens"] == "usage"
    assert set(manifest["prompts"]) == {"role teacher", "write_item"}
    assert set(manifest["prompts"]["write_item"]) == {"write_item"}
    assert manifest["usage"]["teacher"]["n_calls"] == counts.usage["teacher"].n_calls > 0
    assert manifest["versions"]["osler"]
    for file in folder.rglob("*"):
        assert not file.is_file() or b"very-secret" not in file.read_bytes(), file


@dataclass(frozen=True)
class Counted:
    """A material of `n` questions, which counts how many of its drafts are in memory."""

    n: int
    alive: list[int] = field(default_factory=lambda: [0, 0])

    def drafts(self, seed: int) -> Iterator[Draft]:
        for number in range(self.n):
            id = f"q{number}"
            item = Item(Question(id, "Which of these?", {"A": "this", "B": "that"}), ChoiceKey(("A",)))
            draft = Draft(id, Origin("counted", id), item=item)
            self.alive[0] += 1
            self.alive[1] = max(self.alive)
            weakref.finalize(draft, self._gone)
            yield draft

    def _gone(self) -> None:
        self.alive[0] -= 1


@pytest.mark.parametrize("n", [1000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_drafts_stream_by_however_many(tmp_path: Path, n: int) -> None:
    """With a teacher that never answers a case: each is asked about once and dropped. No more are in memory than two windows."""
    content = {
        "name": "many",
        "seed": 1,
        "window": 64,
        "blocks": [{"kind": "solve", "n": 1}, {"kind": "keep"}],
        "exports": [],
        "material": {"kind": "items", "sets": ["none"]},
        "roles": {"teacher": {"engine": {"kind": "clinic_teacher"}}},
    }
    path = tmp_path / "many.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    synthesis, material = load_synthesis(path), Counted(n)
    object.__setattr__(synthesis, "material", material)
    heard: list[int] = []
    with Run(tmp_path / "run") as run:
        counts = synthesise(synthesis, run, SimpleNamespace(progressed=lambda stage, done, total: heard.append(done)))  # type: ignore[arg-type]
    assert (counts.n_drafts, counts.n_records, counts.dropped) == (n, 0, {"keep": {"unread": n}})
    assert heard == list(range(1, n + 1))
    assert sum(1 for _ in (tmp_path / "run" / "dropped.jsonl").open(encoding="utf-8")) == n
    assert material.alive[1] <= 2 * 64
