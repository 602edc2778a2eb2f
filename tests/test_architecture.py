"""The arrows of the house, read from the source: who may import whom, what is heavy and where, how long, how named, who prints.

Every exception stands here with its reason, and one that is no longer needed fails the test as well.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "osler"
MAX_FILE, MAX_FUNCTION = 300, 40

# Beyond the standard library, pydantic and `core`, which every folder may import, and itself.
ARROWS: dict[str, set[str]] = {
    "core": set(),
    "units": set(),
    "clinic": {"units", "knowledge"},
    "data": {"clinic", "knowledge"},
    "knowledge": set(),
    "synthesise": {"search", "knowledge", "clinic"},
    "search": set(),
    "train": set(),
    "infer": {"search", "knowledge"},
    "evaluate": set(),
    "report": set(),
    "serve": {"infer"},
    "models": set(),
    "rewards": set(),
    "judges": {"units"},
    "prompts": set(),
}
MORE_ARROWS = {
    ("report/plan_table.py", "osler.plan"): "the table of a plan names the plan's rows; nothing of the plan is called",
}
LOOKED_UP_ELSEWHERE = {
    ("evaluate/selection.py", "AGGREGATES"): "each of them in turn is what is compared",
    ("search/selection.py", "AGGREGATES"): "five functions of core, named by a strategy's own setting; nothing is built",
}
CONDUCTORS = {
    *(
        "pipeline.py",
        "launch.py",
        "cli.py",
        "cli_engines.py",
        "cli_grading.py",
        "cli_knowledge.py",
        "cli_synthesis.py",
        "cli_training.py",
        "plan.py",
        "matrix.py",
        "synthesis.py",
    ),
    *("recipe", "stages", "commands"),
}
"""The files, and the three folders, that bring the parts together: they may import any folder, and they alone the registries."""

HEAVY = {"torch", "transformers", "trl", "datasets", "tokenizers", "accelerate", "safetensors", "peft"} | {
    *("vllm", "llama_cpp", "gguf", "ray", "fastapi", "uvicorn", "openai", "sentence_transformers", "numba"),
}
HEAVY_AT_THE_TOP = {"train", "models", "rewards", "serve"}
HEAVY_INSIDE_FUNCTIONS = {
    "stages/around.py": "sets threads around a run",
    "stages/ray_runtime.py": "finds or starts Ray, where a cluster is asked for",
    "stages/worker.py": "sets the one thread of a worker",
    "data/hub.py": "reads a data set of the Hugging Face hub, where one is named",
    "knowledge/retrieval/bm25_index.py": "numba, where it is installed and the passages are many",
    "knowledge/retrieval/dense_index.py": "the encoder, for the first query or where passages are embedded",
}

LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
BOOLEANS = {
    "Schedule.bf16": "the name that transformers' TrainingArguments and its readers know",
    "MCTS.drive_leaves": "what the search is to do at its end, not a state of it",
    "MCTS.early_stop": "the same, of roll-outs",
    "FlagInput.default": "what an input is taken for, not a state",
}
PRINTING = {"cli.py", "cli_engines.py", "cli_grading.py", "cli_knowledge.py", "cli_synthesis.py", "cli_training.py", "console.py"}
NO_NAMES = {"utils", "util", "helpers", "helper", "misc", "common", "manager", "base"}


class Import(NamedTuple):
    """One import: `names` are what `from module import …` takes; empty for `import module`."""

    file: str
    module: str
    names: tuple[str, ...]
    is_inside_function: bool


def place(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


FILES = {place(file): ast.parse(file.read_text(encoding="utf-8")) for file in sorted(PACKAGE.rglob("*.py"))}
FOLDERS = {file.split("/")[0] for file in FILES if "/" in file}


def imports_of(file: str) -> Iterator[Import]:
    functions = [node for node in ast.walk(FILES[file]) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(FILES[file]):
        if isinstance(node, ast.Import):
            yield from (Import(file, alias.name, (), id(node) in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import; write the whole name"
            yield Import(file, node.module or "", tuple(alias.name for alias in node.names), id(node) in inside)


IMPORTS = [each for file in FILES for each in imports_of(file)]
OURS = [each for each in IMPORTS if each.module.split(".")[0] == "osler"]


def part_of(module: str) -> str:
    """The folder (or top-level module) of ours that a module lies in."""
    return module.removeprefix("osler").removeprefix(".").split(".")[0]


def folder_of(file: str) -> str:
    """The folder that a file lies in; empty for a file at the top."""
    return file.split("/")[0] if "/" in file else ""


def is_conductor(file: str) -> bool:
    return file.split("/")[0] in CONDUCTORS


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) >= 60
    assert len(OURS) >= 200
    assert len(FOLDERS) >= 10


def test_every_folder_is_of_the_house() -> None:
    assert {folder for folder in FOLDERS if folder not in ARROWS} == FOLDERS & CONDUCTORS == {"commands", "recipe", "stages"}
    assert [name for name in CONDUCTORS if name not in FILES and name not in FOLDERS] == []


# arrows


@pytest.mark.parametrize("folder", sorted(FOLDERS - CONDUCTORS))
def test_a_folder_imports_core_itself_and_what_its_arrows_allow(folder: str) -> None:
    allowed = {"core", folder, *ARROWS[folder]} if folder != "core" else {"core"}
    inside = [each for each in OURS if folder_of(each.file) == folder]
    crossing = {(each.file, each.module) for each in inside if part_of(each.module) not in allowed}
    assert crossing - MORE_ARROWS.keys() == set()


def test_no_further_arrow_is_listed_in_vain() -> None:
    crossing = {(each.file, each.module) for each in OURS}
    assert [arrow for arrow in MORE_ARROWS if arrow not in crossing] == []
    assert all(MORE_ARROWS.values())


def test_core_imports_the_standard_library_and_pydantic_only() -> None:
    core = [each for each in IMPORTS if folder_of(each.file) == "core"]
    assert core
    roots = {each.module.split(".")[0] for each in core}
    assert roots - set(sys.stdlib_module_names) - {"osler", "pydantic"} == set()


def test_importing_osler_imports_core_and_the_guard_alone() -> None:
    door = [each for each in OURS if each.file == "__init__.py"]
    assert door
    guard = {"offline"}  # so that every process that imports osler, however it was started, keeps what the environment says of the network
    assert {part_of(each.module) for each in door} == {"core"} | guard


def test_only_conductors_know_the_stages() -> None:
    """`stages` hands parts in; a part that imported a stage would fetch."""
    inward = {each.file for each in OURS if part_of(each.module) in ("stages", "pipeline") and not is_conductor(each.file)}
    assert inward == set()


def test_nothing_but_the_command_line_imports_the_command_line() -> None:
    assert {each.file for each in OURS if part_of(each.module) == "cli"} <= {"__main__.py"}
    assert {each.file for each in OURS if part_of(each.module) == "console"} <= PRINTING
    assert {
        each.file
        for each in OURS
        if part_of(each.module) in ("cli_grading", "cli_engines", "cli_knowledge", "cli_synthesis", "cli_training")
    } <= {"cli.py"}


def registries() -> dict[str, str]:
    """Name and file of every registry: a plain dictionary at the top of a file, from a name in a recipe to a part."""
    found: dict[str, str] = {}
    for file, tree in FILES.items():
        for node in tree.body:
            is_dict = isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict)
            if is_dict and isinstance(node.target, ast.Name) and node.target.id.isupper() and not node.target.id.startswith("_"):
                found[node.target.id] = file
    return found


def test_only_the_conductors_look_names_up() -> None:
    """Parts are handed in, never fetched: a registry, or the union of the settings in it, goes nowhere else."""
    known = registries()
    assert {"SOURCES", "BASES", "STRATEGIES", "JUDGES", "READERS", "REWARDS", "TRAINERS", "CODECS", "LABEL_RULES"} <= known.keys()
    taken = {(each.file, name) for each in OURS for name in each.names if name in known or name.startswith("Any")}
    assert taken
    fetching = {(file, name) for file, name in taken if not is_conductor(file) and name != "Any"}
    strangers = {(file, name) for file, name in fetching if folder_of(file) != folder_of(known.get(name, ""))}
    assert strangers == LOOKED_UP_ELSEWHERE.keys()


def test_only_the_conductors_reach_into_a_folder_by_its_door() -> None:
    """`from osler.search import X` fetches a part from among all of them; other folders import the file that they mean."""
    at_doors = [each for each in OURS if each.module.count(".") == 1 and part_of(each.module) in FOLDERS]
    assert at_doors
    strangers = {each for each in at_doors if not is_conductor(each.file) and folder_of(each.file) != part_of(each.module)}
    assert strangers == set()


def test_what_answers_never_sees_a_key() -> None:
    """Search, models, rewards and the policy get questions. The oracle, which knows the keys, is built by one stage alone, and so are the
    terms of a reward, which see the verdicts on a policy in training and are known to no reward model."""
    folders = {"search", "models", "rewards"}
    answering = [each for each in OURS if folder_of(each.file) in folders or each.file == "core/policy.py"]
    terms = [each for each in answering if each.file.startswith("rewards/terms/")]
    assert terms
    answering = [each for each in answering if each not in terms]
    assert not [each for each in answering if each.module.startswith("osler.rewards.terms")]
    assert answering
    keys = {"Item", "Key", "ChoiceKey", "TextKey", "NumberKey", "RankedListKey", "RubricKey", "Verdict", "Judge"}
    assert [each for each in answering if keys & set(each.names)] == []
    assert {each.file for each in OURS if each.module == "osler.synthesise.oracle"} == {
        *("stages/searching.py", "stages/selecting.py", "stages/synthesising.py")
    }


# what is heavy


def test_heavy_packages_are_imported_where_they_work() -> None:
    heavy = [each for each in IMPORTS if each.module.split(".")[0] in HEAVY]
    assert heavy
    at_the_top = {each.file for each in heavy if not each.is_inside_function}
    assert {file for file in at_the_top if folder_of(file) not in HEAVY_AT_THE_TOP} == set()
    inside = {each.file for each in heavy if each.is_inside_function and folder_of(each.file) not in HEAVY_AT_THE_TOP}
    assert inside == HEAVY_INSIDE_FUNCTIONS.keys()


def test_settings_stay_light() -> None:
    """What a folder's door imports is read by every recipe: nothing behind it may be heavy at the top."""
    heavy = {each.file for each in IMPORTS if each.module.split(".")[0] in HEAVY and not each.is_inside_function}
    assert heavy
    doors = {f"{folder}/__init__.py" for folder in FOLDERS}
    settings = {f"{each.module.removeprefix('osler.').replace('.', '/')}.py" for each in OURS if each.file in doors}
    assert settings
    assert heavy & settings == set()


# sizes


def test_files_are_short() -> None:
    lengths = {file: len((PACKAGE / file).read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {file: n for file, n in lengths.items() if n > MAX_FILE and file not in LONG_FILES} == {}
    assert [file for file in LONG_FILES if lengths.get(file, 0) <= MAX_FILE] == []


def test_functions_are_short() -> None:
    lengths = {
        f"{file}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for file, tree in FILES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert len(lengths) >= 200
    assert {name: n for name, n in lengths.items() if n > MAX_FUNCTION and name not in LONG_FUNCTIONS} == {}
    assert [name for name in LONG_FUNCTIONS if lengths.get(name, 0) <= MAX_FUNCTION] == []


# names


def test_no_file_is_named_after_nothing() -> None:
    assert [file for file in FILES if NO_NAMES & set(file.removesuffix(".py").split("/"))] == []


def boolean_fields() -> list[str]:
    """`Class.field` for every field of a dataclass that is annotated as a boolean."""
    found: list[str] = []
    for tree in FILES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any(_is_dataclass(decorator) for decorator in node.decorator_list):
                fields = [field for field in node.body if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)]
                found += [f"{node.name}.{ast.unparse(field.target)}" for field in fields if _is_boolean(field.annotation)]
    return found


def _is_dataclass(decorator: ast.expr) -> bool:
    """`dataclass`, or pydantic's under the name `settings`, with arguments or without."""
    return ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator) in ("dataclass", "settings")


def _is_boolean(annotation: ast.expr) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "bool" for node in ast.walk(annotation))


def test_boolean_fields_say_that_they_are() -> None:
    fields = boolean_fields()
    assert len(fields) >= 5
    assert [field for field in fields if not field.split(".")[1].startswith(("is_", "has_")) and field not in BOOLEANS] == []
    assert [field for field in BOOLEANS if field not in fields] == []
    assert all(BOOLEANS.values())


# who prints


def test_only_the_command_line_prints() -> None:
    """No `print`, no stream and no console elsewhere: everything else returns what it has to say."""
    printing = set[str]()
    for file, tree in FILES.items():
        for node in ast.walk(tree):
            is_print = isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "print"
            if is_print or (isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr")):
                printing.add(file)
    assert printing
    assert printing <= PRINTING


def test_only_the_command_line_ends_the_process() -> None:
    exits = {file for file, tree in FILES.items() for node in ast.walk(tree) if _ends_process(node)}
    assert exits == {"cli.py"}


def _ends_process(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("sys.exit", "exit", "quit", "os._exit")
