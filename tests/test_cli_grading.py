"""The commands about responses from anywhere, as a person types them: tables or JSON, one sentence for what is wrong, and nothing heavy."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from osler.cli import app, guarded

ROOT = Path(__file__).parents[1]
ITEMS = """\
kind: table
path: items.csv
name: ward
columns: {text: stem, id: id, options: [a, b, c, d], key: right, group: topic, cluster: case}
"""
TABLE = """\
id,stem,a,b,c,d,right,topic,case
q1,Which drug lowers fever?,aspirin,metoprolol,morphine,alteplase,A,drugs,c1
q2,Which drug slows the heart?,aspirin,metoprolol,morphine,alteplase,B,drugs,c2
q3,Which organ makes bile?,spleen,kidney,liver,heart,C,organs,c3
q4,Which vessel leaves the left ventricle?,aorta,vena cava,portal vein,pulmonary vein,A,organs,c4
"""
SMALL = {"q1": "<think>Fever, so A or C.</think>The answer is A.", "q2": "I think (B) metoprolol is right.", "q3": "Either A or C."}
LARGE = {"q1": "The answer is A.", "q2": "The answer is B.", "q3": "The answer is C.", "q4": "The answer is B."}


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Osler = Callable[..., Ran]


@pytest.fixture
def osler(capsys: pytest.CaptureFixture[str]) -> Osler:
    """Runs the command line in this process, through the same guard as `osler` itself."""

    def run(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        code = guarded(lambda: app(list(map(str, arguments)), prog_name="osler", standalone_mode=False))
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def ward(tmp_path: Path) -> Path:
    """A folder with a table of items, its mapping, and the responses of two models."""
    (tmp_path / "items.csv").write_text(TABLE)
    (tmp_path / "items.yaml").write_text(ITEMS)
    for name, texts in (("small", SMALL), ("large", LARGE)):
        rows = [{"id": id, "output": text, "pred": "A"} for id, text in texts.items()]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.fixture
def graded(osler: Osler, ward: Path) -> Path:
    folder = ward / "graded"
    assert osler("grade", ward / "small.jsonl", ward / "large.jsonl", "--items", ward / "items.yaml", "--to", folder).code == 0
    return folder


def process(*arguments: str | Path, code: str = "") -> Ran:
    command = [sys.executable, *(["-c", code] if code else ["-m", "osler"]), *map(str, arguments)]
    env = os.environ | {"COLUMNS": "60", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)
    return Ran(done.returncode, done.stdout, done.stderr)


def flat(text: str) -> str:
    return " ".join(text.split())


# grade


def test_grade_prints_tables_and_what_to_know_before_believing_them(osler: Osler, ward: Path) -> None:
    ran = osler("grade", ward / "small.jsonl", ward / "large.jsonl", "--items", ward / "items.yaml")
    assert (ran.code, ran.err) == (0, "")
    text = flat(ran.out)
    assert "small 50.0 %" in text
    assert "large 75.0 %" in text
    assert text.index("Before you believe these numbers") > text.index("How the answers were read")
    assert "small: 1 of 4 items have no response and count as not answered; --answered leaves them out" in text


def test_json_is_all_there_is_on_stdout(osler: Osler, ward: Path) -> None:
    folder = ward / "graded"
    ran = osler("grade", ward / "small.jsonl", "--items", ward / "items.yaml", "--rule", "mmlu_pro", "--json", "--to", folder)
    assert (ran.code, ran.err) == (0, "")
    content = json.loads(ran.out)
    about = content.pop("about")
    assert content == json.loads((folder / "metrics.json").read_text())
    assert about == json.loads((folder / "grading.json").read_text())
    assert [row["rule"] for row in content["rules"]] == ["mmlu_pro"]


def test_json_of_odd_names_survives_the_console(osler: Osler, ward: Path) -> None:
    """What looks like markup, and lines longer than a terminal is wide, stay as they are."""
    system = "[bold]a " + "very " * 60 + "long one[/bold] {x} ü"
    (ward / "odd.jsonl").write_text(json.dumps({"id": "q1", "output": "The answer is A.", "model": system}) + "\n")
    ran = osler("grade", ward / "odd.jsonl", "--items", ward / "items.yaml", "--json")
    assert {row["system"] for row in json.loads(ran.out)["metrics"]} == {system}
    assert osler("grade", ward / "odd.jsonl", "--items", ward / "items.yaml").code == 0


def test_only_the_answered(osler: Osler, ward: Path) -> None:
    ran = osler("grade", ward / "small.jsonl", "--items", ward / "items.yaml", "--answered", "--json")
    assert [(row["n"], row["n_right"]) for row in json.loads(ran.out)["metrics"] if row["group"] == "all"] == [(3, 2)]


def test_the_folder_is_named_and_has_its_page(osler: Osler, ward: Path) -> None:
    ran = osler("grade", ward / "small.jsonl", "--items", ward / "items.yaml", "--to", ward / "graded")
    assert ran.out.rstrip().endswith(f"report: {ward / 'graded' / 'report.html'}")
    assert "</html>" in (ward / "graded" / "report.html").read_text()


def test_a_graded_folder_is_shown_again_and_its_page_written_again(osler: Osler, graded: Path) -> None:
    shown = osler("show", graded)
    assert (shown.code, shown.err) == (0, "")
    assert "small 50.0 %" in flat(shown.out)
    before = (graded / "report.html").read_bytes()
    (graded / "report.html").unlink()
    assert osler("report", graded).out.strip() == str(graded / "report.html")
    assert (graded / "report.html").read_bytes() == before


def test_accuracy_with_and_without_what_was_found_elsewhere(osler: Osler, ward: Path) -> None:
    (ward / "corpus.txt").write_text("Which drug lowers fever?\n\nA page about something else.\n")
    assert osler("overlap", ward / "items.yaml", ward / "corpus.txt", "--to", ward / "overlaps.csv").code == 0
    ran = osler("grade", ward / "small.jsonl", "--items", ward / "items.yaml", "--overlaps", ward / "overlaps.csv", "--json")
    groups = {row["group"]: row["n"] for row in json.loads(ran.out)["metrics"]}
    assert sum(n for group, n in groups.items() if "found in the other text" in group) == 4
    refused(osler("grade", ward / "small.jsonl", "--items", ward / "items.yaml", "--overlaps", ward / "none"), "there is no such file")


REFUSALS: dict[str, tuple[list[str], str]] = {
    "form": (["--form", "excel"], "there is no form 'excel'; choose among osler, inspect, lm_eval, chat, mapping, plain"),
    "map": (["--map", "answer"], "--map answer: that is no FIELD=COLUMN with a field that there is; choose among id, text, "),
    "map without id": (["--map", "text=output"], "--map: where columns are mapped, the one with the item's id has to be too; add --map"),
    "map to nothing": (["--map", "id=id", "--map", "text=reply"], "small.jsonl:1: has no column 'reply'; there are id, output, pred"),
    "statement": (["--statement", "best"], "--statement best: choose last or first"),
    "rule": (["--rule", "mirage"], "--rule mirage: there is no such rule; "),
    "judge": (["--judge", "some", "--processes", "2"], "--judge: a model judges in one process; leave --processes out"),
    "processes": (["--processes", "0"], "Invalid value for '--processes'"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_done_is_said_in_one_sentence(name: str, osler: Osler, ward: Path) -> None:
    options, message = REFUSALS[name]
    refused(osler("grade", ward / "small.jsonl", "--items", ward / "items.yaml", *options), message)


def refused(ran: Ran, message: str) -> None:
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("osler: ")
    assert ran.err.count("\n") == 1
    assert message in ran.err


def test_items_that_are_not_there(osler: Osler, ward: Path) -> None:
    refused(osler("grade", ward / "small.jsonl", "--items", "medqaa"), "medqaa: there is no benchmark or file of this name")
    refused(osler("grade", ward / "small.jsonl", "--items", ward / "none.yaml"), "none.yaml: there is no such file; check the path")
    refused(osler("grade", ward / "small.jsonl"), "Missing option '--items'")


def test_responses_that_are_not_there(osler: Osler, ward: Path) -> None:
    refused(osler("grade", ward / "none.jsonl", "--items", ward / "items.yaml"), "none.jsonl: there is no such file; check the path")
    (ward / "empty.jsonl").write_text("")
    refused(osler("grade", ward / "empty.jsonl", "--items", ward / "items.yaml"), "there are no responses; name a file that has some")
    (ward / "broken.jsonl").write_text('{"id": "q1", "output": "A"}\n{"id"\n')
    refused(osler("grade", ward / "broken.jsonl", "--items", ward / "items.yaml"), "broken.jsonl:2: is not JSON")
    (ward / "other.jsonl").write_text('{"id": "train-9", "output": "A"}\n')
    refused(osler("grade", ward / "other.jsonl", "--items", ward / "items.yaml"), "none of the 1 responses belongs to an item")


def test_a_place_that_cannot_be_written(osler: Osler, ward: Path) -> None:
    ran = osler("grade", ward / "small.jsonl", "--items", ward / "items.yaml", "--to", ward / "items.csv")
    refused(ran, "items.csv: cannot be made a folder (")


# compare


def test_compare_prints_differences_with_intervals(osler: Osler, graded: Path) -> None:
    ran = osler("compare", graded)
    assert (ran.code, ran.err) == (0, "")
    text = flat(ran.out)
    assert "large" in text
    assert "against small" in text
    assert "not distinguishable" in text


def test_two_that_are_the_same_are_not_distinguishable(osler: Osler, ward: Path) -> None:
    (ward / "copy.jsonl").write_text((ward / "small.jsonl").read_text())
    for name in ("small", "copy"):
        assert osler("grade", ward / f"{name}.jsonl", "--items", ward / "items.yaml", "--to", ward / f"graded-{name}").code == 0
    ran = osler("compare", ward / "graded-small", ward / "graded-copy")
    assert "0.0 [0.0, 0.0]" in flat(ran.out)
    assert "not distinguishable" in flat(ran.out)


def test_compare_as_json_and_as_a_folder(osler: Osler, graded: Path, tmp_path: Path) -> None:
    ran = osler("compare", graded, "--base", "large=small", "--groups", "--json", "--to", tmp_path / "compared")
    content: dict[str, Any] = json.loads(ran.out)
    assert [row["group"] for row in content["comparisons"]] == ["all", "drugs", "organs"]
    assert content["wins"] == [{"system": "large", "baseline": "small", "n_wins": 0, "n_ties": 2, "n_losses": 0}]
    assert (tmp_path / "compared" / "report.html").is_file()
    assert not (tmp_path / "compared" / "verdicts.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--baseline", "smal"], "compare: there is no system 'smal'; did you mean 'small'?"),
        (["--base", "large"], "--base large: that is no MODEL=BASE; name the model and its base"),
        (["--base", "large=huge"], "compare: there is no system 'huge'; "),
    ],
)
def test_systems_that_are_not_there(options: list[str], message: str, osler: Osler, graded: Path) -> None:
    refused(osler("compare", graded, *options), message)


def test_compare_needs_two_systems(osler: Osler, ward: Path) -> None:
    assert osler("grade", ward / "small.jsonl", "--items", ward / "items.yaml", "--to", ward / "one").code == 0
    refused(osler("compare", ward / "one"), "compare: there is one system only, 'small'; name another graded folder")
    refused(osler("compare", ward), "verdicts.jsonl: there is no such file; name a folder that")


# crosscheck and traps


def test_crosscheck_shows_where_the_record_differs(osler: Osler, ward: Path) -> None:
    ran = osler("crosscheck", ward / "large.jsonl", "--items", ward / "items.yaml", "--to", ward / "differences.jsonl")
    assert (ran.code, ran.err) == (0, "")
    rows = [json.loads(line) for line in (ward / "differences.jsonl").read_text().splitlines()]
    assert [(row["item_id"], row["ours"], row["theirs"]) for row in rows] == [("q2", "B", "A"), ("q3", "C", "A"), ("q4", "B", "A")]


def test_the_traps_are_printed_as_lines_for_another_reader(osler: Osler) -> None:
    lines = osler("traps", "--items").out.splitlines()
    assert len(lines) >= 400
    assert all({"id", "question", "text"} <= json.loads(line).keys() for line in lines)


def test_our_reader_and_a_published_rule_are_put_to_the_traps(osler: Osler) -> None:
    assert osler("traps").code == 0
    assert "mirage_default_a" in osler("traps", "--rule", "mirage_default_a").out
    refused(osler("traps", "--rule", "mirage_default"), "--rule mirage_default: there is no such rule; did you mean 'mirage_default_a'?")


# nothing heavy, nothing over the network, the same every time

GUARDED = """
import socket, sys
def refuse(*arguments, **named): raise AssertionError("a socket was opened")
socket.socket.connect = socket.socket.bind = socket.create_connection = socket.getaddrinfo = refuse
from osler.cli import app, guarded
code = guarded(lambda: app(sys.argv[1:], prog_name="osler", standalone_mode=False))
heavy = {"torch", "transformers", "trl", "datasets", "tokenizers", "accelerate", "pyarrow"} & sys.modules.keys()
assert not heavy, heavy
sys.exit(code)
"""


def test_grading_and_comparing_import_no_engine_and_open_no_socket(ward: Path) -> None:
    items, graded = ward / "items.yaml", ward / "graded"
    commands: list[list[str | Path]] = [
        ["grade", ward / "small.jsonl", ward / "large.jsonl", "--items", items, "--rule", "mmlu_pro", "--to", graded],
        ["compare", graded, "--groups"],
        ["crosscheck", ward / "large.jsonl", "--items", items],
    ]
    for command in commands:
        ran = process(*command, code=GUARDED)
        assert (ran.code, ran.err) == (0, ""), command


def test_two_processes_and_another_hash_seed_leave_the_same_bytes(ward: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contents: list[dict[str, bytes]] = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        command: list[str | Path] = ["grade", ward / "small.jsonl", ward / "large.jsonl", "--items", ward / "items.yaml"]
        assert process(*command, "--to", ward / "graded", "--processes", seed).code == 0
        contents.append({path.name: path.read_bytes() for path in (ward / "graded").iterdir()})
    assert len(contents[0]) == 5
    for name in ("verdicts.jsonl", "metrics.json", "metrics.csv"):  # the others say how many processes there were
        assert contents[0][name] == contents[1][name], name


def test_tables_fit_60_columns(ward: Path) -> None:
    for command in (["grade", ward / "small.jsonl", ward / "large.jsonl", "--items", ward / "items.yaml", "--rule", "mmlu_pro"], ["traps"]):
        ran = process(*command)
        assert ran.code == 0, ran.err
        assert [line for line in ran.out.splitlines() if len(line.rstrip()) > 60] == []
