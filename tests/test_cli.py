"""The command line: one sentence and exit code 2 for what a person can mend, a traceback for what is ours, nothing heavy at the door."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from osler import cli
from osler.cli import app, guarded
from osler.recipe import file as recipe_file
from osler.recipe.recipe import Recipe
from osler.search import STRATEGIES

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers", "trl", "datasets", "tokenizers", "accelerate", "scipy")
RECIPE = """
name: tiny
seed: 1
tokens_per_second: 10
data: {kind: clinic, n_worked: 4, n_orders: 3, n_search: 5, n_answer: 10}
seed_policy: {base: {kind: nano}, training: {kind: sft, schedule: {epochs: 2, learning_rate: 1.0e-3, batch_size: 8}}}
answer:
  sampling: {max_tokens: 20}
  systems:
    greedy: {policy: seed, strategy: {kind: greedy, max_tokens: 15}}
    vote: {policy: seed, strategy: {kind: self_consistency, n: 3}}
"""


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Shell:
    """Runs the command line in this process, through the same guard as `osler` itself."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Ran:
        self._capsys.readouterr()
        code = guarded(lambda: app(list(map(str, arguments)), prog_name="osler", standalone_mode=False))
        return Ran(code, *self._capsys.readouterr())

    def refusal(self, *arguments: str | Path) -> str:
        """What a command says that must end with code 2 and exactly one sentence on stderr, and nothing on stdout."""
        ran = self(*arguments)
        assert ran.code == 2, ran
        assert ran.out == ""
        return sentence(ran.err)


def sentence(err: str) -> str:
    assert err.startswith("osler: "), err
    assert err.count("\n") == 1, err
    assert err.endswith("\n")
    assert "Traceback" not in err
    return err.removeprefix("osler: ").rstrip()


@pytest.fixture
def osler(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(RECIPE)
    return path


def process(*arguments: str, code: str = "", columns: int = 60) -> Ran:
    """Runs `python -m osler`, or other code, in a process of its own."""
    command = [sys.executable, *(["-c", code] if code else ["-m", "osler"]), *arguments]
    env = os.environ | {"COLUMNS": str(columns), "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)
    return Ran(done.returncode, done.stdout, done.stderr)


# what a person can mend


def test_a_recipe_that_is_not_there(osler: Shell) -> None:
    assert osler.refusal("run", "no.yaml") == "no.yaml: the recipe cannot be read (No such file or directory); check the path"


def test_an_unknown_setting(osler: Shell, tiny: Path) -> None:
    tiny.write_text(RECIPE.replace("n_answer", "n_anser"))
    assert osler.refusal("run", tiny) == f"{tiny}: data.n_anser: there is no setting 'n_anser'; did you mean 'n_answer'?"


SETS = {
    "seed": "--set seed: write it as a.b=value",
    "seed=[": "--set seed=[: the value is not YAML; put it in quotes",
    "seed.a=1": "--set seed.a=1: 'seed' is a value, not a section; check the path",
    "sede=1": "sede: there is no setting 'sede'; did you mean 'seed'?",
    "seed=[bold]": "seed: ",
    "data.kind=clinics": "data.kind: there is no 'clinics'; did you mean 'clinic'?",
    "answer.compare=[[greedy, vot]]": "answer.compare: there is no 'vot'; did you mean 'vote'?; choose among greedy, vote",
    "seeds=[2, 3]": "seed: 1 is not the first of `seeds`; for one run of it say seeds=[] as well",
}


@pytest.mark.parametrize("override", SETS)
def test_a_bad_set(override: str, osler: Shell, tiny: Path) -> None:
    assert SETS[override] in osler.refusal("run", tiny, "--dry-run", "--set", override)


WRONG_COMMANDS: dict[tuple[str, ...], str] = {
    ("run", "a.yaml", "--nope"): "No such option: --nope; see osler run --help",
    ("run",): "Missing argument 'recipe'; see osler run --help",
    ("run", "a.yaml", "b.yaml"): "Got unexpected extra argument(s) (b.yaml); see osler run --help",
    ("run", "a.yaml", "--limit", "0"): "Invalid value for '--limit': ",
    ("run", "a.yaml", "--limit", "few"): "Invalid value for '--limit': ",
    ("run", "a.yaml", "--set"): "Option '--set' requires an argument",
    ("solve", "Why?"): "Missing option '--policy'; see osler solve --help",
    ("rnu", "a.yaml"): "No such command 'rnu'",
    ("--nope",): "No such option: --nope; see osler --help",
}


@pytest.mark.parametrize("arguments", WRONG_COMMANDS, ids=" ".join)
def test_a_wrong_command(arguments: tuple[str, ...], osler: Shell) -> None:
    assert osler.refusal(*arguments).startswith(WRONG_COMMANDS[arguments])


def test_no_command_at_all_shows_the_help(osler: Shell) -> None:
    ran = osler()
    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert "run" in ran.out + ran.err


def of_items(items: Path) -> list[str]:
    """What makes a recipe answer these items with a base that is not trained."""
    return ["--set", f"data={{kind: files, answer: '{items}'}}", "--set", "seed_policy={base: {kind: hf, path: some}}"]


def test_a_data_file_that_is_not_there(osler: Shell, tiny: Path, tmp_path: Path) -> None:
    """A plan can be made without it, and says so; a run cannot."""
    items = tmp_path / "items.jsonl"
    planned = osler("run", tiny, "--dry-run", *of_items(items))
    assert planned.code == 0
    assert "not here, counted as 1000 items" in " ".join(planned.out.split())
    ran = osler("run", tiny, "--runs", tmp_path / "runs", *of_items(items))
    assert ran.code == 2
    assert sentence(ran.err) == f"{items}: there is no such file; check the path"


def test_a_malformed_line_of_a_data_file(osler: Shell, tiny: Path, tmp_path: Path) -> None:
    items = tmp_path / "items.jsonl"
    items.write_text('\n{"question": ')
    said = osler.refusal("run", tiny, "--dry-run", *of_items(items))
    assert said.startswith(f"{items}:2: Invalid JSON")


@pytest.mark.parametrize("command", ["show", "report"])
def test_a_run_that_is_not_there(command: str, osler: Shell, tmp_path: Path) -> None:
    for folder in (tmp_path / "none", tmp_path):
        assert osler.refusal(command, folder).startswith(str(folder))


# solve


def write_questions(folder: Path, *lines: Any) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


QUESTION = {"id": "q-1", "text": "Which?", "options": {"A": "gout", "B": "flu"}}
BAD_QUESTIONS: dict[str, tuple[list[Any], str]] = {
    "no JSON": ([QUESTION, "{nope"], ":2: Invalid JSON: "),
    "a blank line first": (["", {"id": "q-1"}], ":2: text: Field required; correct the line"),
    "a number": ([3], ":1: "),
    "a question in an item": ([{"question": {"id": "q-1"}, "key": {"kind": "text", "text": "gout"}}], ":1: text: Field required"),
    "a field too many": ([QUESTION | {"answer": "A"}], ":1: answer: "),
    "a bad letter": ([QUESTION | {"options": {"a": "gout"}}], ":1: option 'a' is not a capital letter A-Z; letter the options A, B, C, …"),
    "an id twice": ([QUESTION, QUESTION], ": the id 'q-1' comes twice; give every question an id of its own"),
    "nothing": ([""], ": there is no question in it; write one JSON object a line"),
}


@pytest.mark.parametrize("name", BAD_QUESTIONS)
def test_solve_with_a_file_that_holds_no_questions(name: str, osler: Shell, tmp_path: Path) -> None:
    lines, said = BAD_QUESTIONS[name]
    path = write_questions(tmp_path, *lines)
    assert osler.refusal("solve", path, "--policy", tmp_path).startswith(f"{path}{said}")


def test_solve_with_a_file_that_is_not_there(osler: Shell, tmp_path: Path) -> None:
    path = tmp_path / "no.jsonl"
    assert osler.refusal("solve", path, "--policy", tmp_path) == f"{path}: there is no such file; check the path"


BAD_SOLVES: dict[str, tuple[tuple[str, ...], str]] = {
    "an empty question": (("",), "solve: text: "),
    "an empty option": (("Which?", "--option", "gout", "--option", ""), "solve: options.B: "),
    "too many options": (("Which?", *("--option", "gout") * 27), "solve: option '[' is not a capital letter A-Z"),
    "an unknown strategy": (
        ("Which?", "--strategy", "gredy"),
        f"solve: there is no strategy 'gredy'; choose among {', '.join(STRATEGIES)}",
    ),
    "a strategy without its reward": (("Which?", "--strategy", "best_of_n"), "solve: best_of_n needs scores; name a process reward model"),
    "a setting without a value": (("Which?", "--set", "n"), "--set n: write it as NAME=VALUE"),
    "a setting that is no YAML": (("Which?", "--set", "n=["), "--set n=[: the value is not YAML; put it in quotes"),
    "an unknown setting": (("Which?", "--set", "n_tokens=3"), "solve: greedy: n_tokens: "),
    "a setting that does not fit": (("Which?", "--strategy", "self_consistency", "--set", "n=0"), "solve: self_consistency: n: "),
    "settings that do not fit together": (
        ("Which?", "--strategy", "beam", "--set", "n_beams=6"),
        "solve: beam: n_beams is 6, which is not a multiple of width 4; make it 4 or 8, or change width",
    ),
    "a count that does not fit": (("Which?", "--max-tokens", "0"), "Invalid value for '--max-tokens': "),
}


@pytest.mark.parametrize("name", BAD_SOLVES)
def test_solve_with_a_wrong_command(name: str, osler: Shell, tmp_path: Path) -> None:
    arguments, said = BAD_SOLVES[name]
    assert osler.refusal("solve", *arguments, "--policy", str(tmp_path)).startswith(said)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The hosts that were asked for; asking fails."""
    asked: list[Any] = []

    def getaddrinfo(*arguments: Any, **keywords: Any) -> None:
        asked.append(arguments)
        raise OSError("the tests have no network")

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("role", ["policy", "reward"])
def test_solve_with_a_checkpoint_that_is_not_there_asks_nobody(role: str, osler: Shell, tmp_path: Path, no_network: list[Any]) -> None:
    pytest.importorskip("transformers")
    (tmp_path / "empty").mkdir()
    for checkpoint in (str(tmp_path / "none"), str(tmp_path / "empty"), "nobody/nothing"):
        options = ["--policy", checkpoint]
        if role == "reward":
            options = ["--policy", str(tmp_path), "--strategy", "best_of_n", "--reward", checkpoint]
        said = osler.refusal("solve", "Why?", *options)
        assert said.startswith(f"{checkpoint}: no ")
        assert said.endswith("; check the path")
    assert no_network == []


@pytest.mark.parametrize("role", ["policy", "reward"])
def test_solve_with_a_checkpoint_of_another_kind(role: str, osler: Shell, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert", "architectures": ["BertForMaskedLM"]}))
    options = [] if role == "policy" else ["--strategy", "best_of_n", "--reward", str(tmp_path)]
    said = osler.refusal("solve", "Why?", "--policy", tmp_path, *options)
    assert said.startswith(f"{tmp_path}: this checkpoint is BertForMaskedLM, not a ")
    assert "; " in said


# what is ours, and what is nobody's fault


def test_a_bug_of_ours_keeps_its_traceback(tiny: Path) -> None:
    code = """
import osler.recipe.file
def load_recipe(*_): raise ValueError("a bug of ours")
osler.recipe.file.load_recipe = load_recipe
from osler.cli import main
main()
"""
    ran = process("run", str(tiny), code=code)
    assert ran.code == 1
    assert "Traceback (most recent call last)" in ran.err
    assert "ValueError: a bug of ours" in ran.err


def test_an_interrupt_says_that_what_was_done_is_kept(osler: Shell, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(recipe_file, "load_recipe", interrupted)
    ran = osler("run", tiny)
    assert ran == (130, "", "interrupted; what was done is kept: run the same command again to go on\n")


def test_an_interrupt_outside_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    assert guarded(interrupted) == 130
    assert capsys.readouterr().err.startswith("interrupted; what was done is kept")


@pytest.mark.parametrize(("n_errored", "code"), [(0, 0), (2, 1)])
def test_an_incomplete_run_ends_with_one(
    n_errored: int, code: int, osler: Shell, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("osler.launch.launch", lambda *_, **__: (tmp_path, n_errored))
    monkeypatch.setattr(cli, "show", lambda folders: None)
    ran = osler("run", tiny)
    assert ran.code == code
    assert ran.out == f"report: {tmp_path / 'report.html'}\n"
    assert ran.err == ("2 requests failed for good; run the same command again to ask for no other\n" if n_errored else "")


def test_a_run_for_every_seed_and_then_all_of_them(osler: Shell, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of three runs is incomplete: the third is made all the same, and the command says how many answers are missing."""
    launched: list[Recipe] = []
    shown: list[list[str]] = []

    def launch(recipe: Recipe, runs: Path, *, fresh: bool, listener: object, workers: object) -> tuple[Path, int]:
        launched.append(recipe)
        assert (runs, fresh) == (tmp_path, True)
        return runs / f"run-{recipe.seed}", 4 if recipe.seed == 5 else 0

    monkeypatch.setattr("osler.launch.launch", launch)
    monkeypatch.setattr(cli, "show", lambda folders: shown.append([folder.name for folder in folders]))
    ran = osler("run", tiny, "--runs", tmp_path, "--fresh", "--limit", "2", "--set", "seeds=[1, 5, 3]")
    assert [(recipe.seed, recipe.seeds, recipe.limit) for recipe in launched] == [(1, (), 2), (5, (), 2), (3, (), 2)]
    assert shown == [["run-1"], ["run-5"], ["run-3"], ["run-1", "run-5", "run-3"]]
    assert [line for line in ran.out.splitlines() if line.startswith("seed")] == ["seed 1", "seed 5", "seed 3"]
    assert ran.code == 1
    assert ran.err == "4 requests failed for good; run the same command again to ask for no other\n"


@pytest.mark.parametrize(("n", "said"), [(1, "tables of a-0"), (2, "a-0 beside a-1")])
def test_show_sums_up_several_runs(n: int, said: str, osler: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osler.report.results.load_results", lambda folder: folder)
    monkeypatch.setattr("osler.report.terminal.closing_tables", lambda folder: f"tables of {folder}")
    monkeypatch.setattr("osler.report.terminal.seed_summary", lambda folders: " beside ".join(map(str, folders)))
    assert osler("show", *(f"a-{at}" for at in range(n))) == (0, f"{said}\n", "")


def test_show_of_several_runs_one_of_which_is_not_there(osler: Shell, tmp_path: Path) -> None:
    assert osler.refusal("show", tmp_path / "one", tmp_path / "two").startswith(str(tmp_path / "one"))


# help and plan


COMMANDS = [command.callback.__name__ for command in app.registered_commands if command.callback]


@pytest.mark.parametrize("arguments", [[], *([name] for name in COMMANDS)], ids=lambda names: " ".join(names) or "osler")
def test_help_fits_60_columns(arguments: list[str]) -> None:
    assert COMMANDS
    ran = process(*arguments, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= 60
    assert "…" not in ran.out  # rich cuts with an ellipsis what finds no room


def test_help_says_that_this_is_no_medical_device() -> None:
    for arguments in ([], ["solve"]):
        assert "no medical device" in " ".join(process(*arguments, "--help").out.replace("│", "").split())


def cells(out: str) -> dict[str, list[str]]:
    """The rows of the plan by their stage, cut at runs of blanks."""
    rows = [[cell for cell in line.split("  ") if cell.strip()] for line in out.splitlines()]
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows if row}


def test_a_dry_run_prints_the_plan(tiny: Path, tmp_path: Path) -> None:
    """Greedy: 10 questions, one request of 15 tokens each. Voting: 3 requests of 20 tokens each. At 10 tokens a second."""
    ran = process("run", str(tiny), "--dry-run", "--runs", str(tmp_path / "runs"), columns=120)
    assert (ran.code, ran.err) == (0, "")
    rows = cells(ran.out)
    assert rows["stage"] == ["what", "requests", "tokens", "time"]
    assert rows["data"] == ["12 worked, 5 to search on, 10 to answer"]
    assert rows["policy seed"] == ["nano, train 2 epochs"]
    assert rows["answer: greedy"] == ["Greedy on 10 questions", "10", "150", "0.2 min"]
    assert rows["answer: vote"] == ["SelfConsistency on 10 questions", "30", "600", "1.0 min"]
    assert rows["all"] == ["40", "750", "1.2 min"]
    assert not (tmp_path / "runs").exists()


def test_a_dry_run_with_a_limit_and_without_a_rate(tiny: Path) -> None:
    rows = cells(process("run", str(tiny), "--dry-run", "--limit", "2", "--set", "tokens_per_second=null", columns=120).out)
    assert rows["data"] == ["2 worked, 2 to search on, 2 to answer"]
    assert rows["answer: vote"] == ["SelfConsistency on 2 questions", "6", "120", "unknown"]


def test_a_dry_run_at_60_columns() -> None:
    ran = process("run", "recipes/demo.yaml", "--dry-run")
    assert (ran.code, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= 60
    for word in ("data", "policy", "search", "reward", "answer:", "requests", "tokens", "time", "min"):
        assert word in ran.out


def test_a_dry_run_counts_whatever_a_recipe_asks_for(tiny: Path) -> None:
    """20 tokens each. Five questions: the curriculum 5 × 4; the search takes 3, 3 × 6; its equal has its questions, 3 × 9, and its tokens.
    Ten answers: the sweep to 7 is drawn 10 × 7, the candidates 10 × 2."""
    more = (
        "searches={a: {strategy: {kind: best_of_n, n: 6}, curriculum: {n: 4}, n_items: 3, sampling: {max_tokens: 20}}, "
        "b: {strategy: {kind: rejection_sampling, n: 9}, equal_to: a, sampling: {max_tokens: 20}}}",
        "policies={next: {records: {kind: traces, searches: [a, b]}, training: {kind: sft}}}",
        "reward_models={q: {kind: likelihood, policy: next}}",
        "answer.systems.vote.sweep=[1, 7]",
        "answer.candidates={n: 2}",
        "seed_policy.warm_up={kind: sft}",
        "data.n_exercises=5",
    )
    rows = cells(process("run", str(tiny), "--dry-run", *(word for each in more for word in ("--set", each)), columns=140).out)
    assert rows["policy seed"] == ["nano, warm up 1 epochs, train 2 epochs"]
    assert rows["search a: curriculum"][:3] == ["SelfConsistency on 5 questions", "20", "400"]
    assert rows["search a"][:3] == ["BestOfN on 3 questions", "18", "360"]
    assert rows["search b"][:3] == ["RejectionSampling on 3 questions, at the tokens of a", "27", "360"]
    assert rows["policy next"] == ["train 1 epochs"]
    assert rows["reward q"] == ["likelihood of next"]
    assert rows["answer: vote"][:3] == ["SelfConsistency on 10 questions", "70", "1,400"]
    assert rows["candidates"][:3] == ["SelfConsistency on 10 questions", "20", "400"]


# nothing heavy at the door


def test_importing_osler_is_quick_and_light() -> None:
    code = f"""
import sys, time
started = time.process_time()
import osler
seconds = time.process_time() - started  # not the clock: the machine may be busy
print(seconds, *[name for name in {HEAVY} if name in sys.modules])
"""
    runs = [process(code=code).out.split() for _ in range(3)]
    assert [heavy for _, *heavy in runs] == [[], [], []]
    assert min(float(seconds) for seconds, *_ in runs) < 0.75


@pytest.mark.parametrize("arguments", [["--help"], ["run", "recipes/demo.yaml", "--dry-run"], ["run", "no.yaml"]], ids=" ".join)
def test_light_commands_import_nothing_heavy(arguments: list[str]) -> None:
    code = f"""
import sys
from osler.cli import main
try:
    main()
except SystemExit:
    print("heavy:", [name for name in {HEAVY} if name in sys.modules])
"""
    assert process(*arguments, code=code).out.splitlines()[-1] == "heavy: []"


def test_python_dash_m_is_osler() -> None:
    ran = process("run", "no.yaml", columns=200)
    assert ran.code == 2
    assert sentence(ran.err).startswith("no.yaml: the recipe cannot be read")
