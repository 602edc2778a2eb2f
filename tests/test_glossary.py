"""GLOSSARY.md and the code say the same: every noun is there, is where the table says, and goes by no other word.

Only names that osler defines are read, not the names of others that it uses: `Model(num_labels=1)` defines nothing.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "osler"
NOUNS = ("core", "search", "synthesise", "evaluate", "clinic")
HEADER = ["Word", "Class", "Variable", "Meaning", "Not"]

ALLOWED_WORDS = {
    ("rollout", "core/solution.py"): "roll-out is the term of MCTS: those that a node's value rests on",
    ("rollout", "synthesise/harvest.py"): "the same, as a record has it",
    ("rollout", "search/mcts.py"): "roll-out is the term of MCTS for a trace that values a node",
    ("rollout", "search/growth.py"): "the same",
    ("rollout", "search/tree.py"): "the same",
    ("chain", "judges/stated/closing.py"): "boxes that follow one another, not reasoning",
    ("completion", "core/model.py"): "`completion_tokens`: the name that every engine's usage has",
    ("completion", "models/journal_rows.py"): "the same, as a column",
    ("completion", "models/journal_survey.py"): "the same, summed up",
    ("completion", "train/grpo_trainer.py"): "`_generate_and_score_completions`: TRL's method",
    ("generation", "core/encoding.py"): "`add_generation_prompt`: transformers' argument",
    ("generation", "models/nano.py"): "`generation_config`: transformers' attribute",
    ("template", "core/encoding.py"): "`apply_chat_template`: transformers' method",
    ("template", "models/nano.py"): "a chat template is a tokenizer's",
    ("correct", "evaluate/first_error.py"): "`correct_accuracy`: ProcessBench's accuracy on traces without error",
    ("correct", "report/rows.py"): "the same",
    ("config", "models"): "a checkpoint's config.json, as transformers calls it",
    ("config", "rewards"): "the same",
    ("config", "train"): "the same",
    ("output", "models"): "what a forward pass of a transformers model returns",
    ("output", "train"): "the same, and `return_outputs` of transformers' Trainer",
    ("result", "report"): "Results: all that a finished run's page shows, never a Solution",
}
"""A word and where (a file or folder of osler/) it is no other word for our noun, with the reason."""

ALLOWED_CLASSES = {
    ("kind", "clinic/paths/phrases.py"): "a kind of node by its words, not a kind of case",
    ("tree", "core/solution.py"): "a frozen tree is its nodes",
    ("system", "evaluate/comparison.py"): "one side of a comparison, by its verdicts",
    ("search", "data/source.py"): "what a dataset has to search on",
    ("exercise", "data/source.py"): "an exercise is handed over as a worked item",
    ("verdict", "evaluate/truths.py"): "a graded item is a verdict laid flat",
}
"""A variable of one class and the file in which it holds another, with the reason."""


@dataclass(frozen=True)
class Entry:
    word: str
    file: str
    classes: tuple[str, ...]
    variables: tuple[str, ...]
    meaning: str
    banned: tuple[str, ...]


@dataclass(frozen=True)
class Name:
    """A name that osler defines; `annotation` names the classes in its type where one is written."""

    file: str
    line: int
    text: str
    annotation: frozenset[str] = frozenset()

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", self.text))

    @property
    def variable(self) -> str:
        """Without the underscore of a private name and the suffixes of dimensions."""
        return re.sub(r"(_[QNST])+$", "", self.text).strip("_")

    def __str__(self) -> str:
        return f"osler/{self.file}:{self.line}: {self.text}"


@cache
def entries() -> tuple[Entry, ...]:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    assert all(len(row) == len(HEADER) for row in rows), [row for row in rows if len(row) != len(HEADER)]
    return tuple(_entry(*row) for row in rows if row != HEADER and not row[0].startswith("---"))


def _entry(word: str, place: str, variable: str, meaning: str, banned: str) -> Entry:
    names, _, file = place.partition(" (`")
    return Entry(word, file.removesuffix("`)"), _code(names), _code(variable), meaning, _code(banned))


def _code(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


@cache
def names() -> tuple[Name, ...]:
    return tuple(name for path in sorted(PACKAGE.rglob("*.py")) for name in _defined(path))


def _defined(path: Path) -> Iterator[Name]:
    file = path.relative_to(PACKAGE).as_posix()
    yield from (Name(file, 1, part) for part in Path(file).with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield Name(file, node.lineno, name)
            case ast.arg(arg=name, annotation=annotation):
                yield Name(file, node.lineno, name, _classes(annotation))
            case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), annotation=annotation):
                yield Name(file, node.lineno, name, _classes(annotation))
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield Name(file, node.lineno, name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.ExceptHandler(name=str(name)):
                yield Name(file, node.lineno, name)
            case ast.alias(asname=str(name)):
                yield Name(file, node.lineno, name)


def _classes(annotation: ast.expr | None) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", ast.unparse(annotation))) if annotation else frozenset()


def has_word(name: Name, banned: str) -> bool:
    """Whether the words of `banned` follow one another in the name, the last perhaps in the plural."""
    return not runs_of(name.words).isdisjoint(forms_of(banned))


@cache
def forms_of(banned: str) -> frozenset[tuple[str, ...]]:
    *first, last = banned.split("_")
    return frozenset((*first, form) for form in (last, f"{last}s", f"{last}es"))


@cache
def runs_of(words: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(words[at:end] for at in range(len(words)) for end in range(at + 1, len(words) + 1))


def is_under(file: str, place: str) -> bool:
    return file == place or file.startswith(f"{place}/")


def public_classes(folder: str) -> list[tuple[str, str]]:
    """(file, class) of every public class that a folder's modules define."""
    return [
        (path.relative_to(PACKAGE).as_posix(), node.name)
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def top_level(file: str) -> set[str]:
    """What a module defines: classes, functions and names that are assigned."""
    found: set[str] = set()
    for node in ast.parse((PACKAGE / file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return found


def test_every_entry_is_complete_and_no_word_comes_twice() -> None:
    assert len(entries()) > 50
    words = [entry.word.lower() for entry in entries()]
    assert {word for word in words if words.count(word) > 1} == set()
    assert [entry.word for entry in entries() if not entry.meaning.endswith(".")] == []
    assert [entry.word for entry in entries() if bool(entry.classes) != bool(entry.file)] == []


def test_no_word_is_both_ours_and_banned() -> None:
    banned = {word for entry in entries() for word in entry.banned}
    assert len(banned) > 50
    assert banned & {form for entry in entries() for form in (*entry.variables, entry.word.lower().replace(" ", "_"))} == set()


@pytest.mark.parametrize("folder", NOUNS)
def test_every_public_class_has_an_entry(folder: str) -> None:
    found = public_classes(folder)
    assert found
    known = {(entry.file, name) for entry in entries() for name in entry.classes}
    missing = [f"osler/{file}: {name} is not in GLOSSARY.md" for file, name in found if (file, name) not in known]
    assert not missing, "\n".join(missing)


def test_every_class_is_where_the_table_says() -> None:
    placed = [(entry.file, name) for entry in entries() for name in entry.classes]
    assert placed
    gone = [f"osler/{file} has no {name}" for file, name in placed if not (PACKAGE / file).is_file() or name not in top_level(file)]
    assert not gone, "\n".join(gone)


def test_no_name_has_a_word_that_we_do_not_use() -> None:
    banned = {word: entry.word for entry in entries() for word in entry.banned}
    assert banned
    assert names()
    found = [
        f"{name} says {word!r}; the word is {ours}"
        for word, ours in banned.items()
        for name in names()
        if has_word(name, word) and not any(word == allowed and is_under(name.file, place) for allowed, place in ALLOWED_WORDS)
    ]
    assert not found, "\n".join(found)


def test_no_variable_holds_an_instance_of_another_class() -> None:
    found = [
        f"{name} is a {' or a '.join(sorted(others))}"
        for name, others in _misnamed()
        if not any(name.variable.rstrip("s") == variable and name.file == file for variable, file in ALLOWED_CLASSES)
    ]
    assert not found, "\n".join(found)


def _misnamed() -> list[tuple[Name, frozenset[str]]]:
    """Names that belong to a class by the tables, each with the classes that it is annotated with instead."""
    every = {name for entry in entries() for name in entry.classes}
    classes: dict[str, set[str]] = {}
    for entry in entries():
        for variable in entry.variables if entry.classes else ():
            classes.setdefault(variable, set()).update(entry.classes)
            classes.setdefault(f"{variable}s", set()).update(entry.classes)
    typed = [name for name in names() if name.annotation & every and name.variable in classes]
    assert typed
    return [(name, name.annotation & every) for name in typed if not name.annotation & classes[name.variable]]


def test_every_exception_is_still_needed() -> None:
    assert ALLOWED_WORDS
    assert ALLOWED_CLASSES
    idle = [
        (word, place) for word, place in ALLOWED_WORDS if not any(has_word(name, word) and is_under(name.file, place) for name in names())
    ]
    misnamed = {(name.variable.rstrip("s"), name.file) for name, _ in _misnamed()}
    assert idle == []
    assert set(ALLOWED_CLASSES) - misnamed == set()


@pytest.mark.parametrize(
    ("text", "banned", "has"),
    [
        ("gold_letters", "gold", True),
        ("GoldKey", "gold", True),
        ("marigold", "gold", False),
        ("_targets", "target", True),
        ("GROUND_TRUTHS", "ground_truth", True),
        ("truth_on_the_ground", "ground_truth", False),
        ("LLMReply", "llm", True),
        ("sampling", "sample", False),
    ],
)
def test_words_of_a_name(text: str, banned: str, has: bool) -> None:
    assert has_word(Name("x.py", 1, text), banned) is has
