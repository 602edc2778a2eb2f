"""`osler compare`: who is compared with whom, over which items, and what may be said of it."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from osler.commands.compare import CompareSettings, compare_files, systems_of
from osler.commands.grade import GradeSettings, grade_files
from osler.commands.graded_folder import VERDICTS, as_csv
from osler.core.errors import RecordError, UserError
from osler.core.records import write_records
from osler.core.verdict import Outcome
from osler.evaluate.grade import Graded

Write = Callable[..., Path]
Place = Callable[..., Path]


def graded(system: str, id: str, is_right: bool, group: str = "", sample: int = 0) -> Graded:
    outcome = Outcome.RIGHT if is_right else Outcome.WRONG
    return Graded(system, id, group, outcome, "key" if is_right else "distractor", "A", False, 10, sample=sample)


def marks(system: str, right: str, group: str = "") -> list[Graded]:
    """Verdicts on q0, q1, …: an x is right, a dash is not there, all else is wrong."""
    return [graded(system, f"{group}q{at}", mark == "x", group) for at, mark in enumerate(right) if mark != "-"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder with these verdicts, as `osler grade --to` and `osler run` leave them."""

    def place(name: str, *rows: Graded) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        write_records(folder / VERDICTS, rows)
        return folder

    return place


def test_all_are_compared_with_the_first(place: Place) -> None:
    paths = [place("one", *marks("a", "xx.."), *marks("b", "xxx.")), place("two", *marks("c", "...."))]
    compared = compare_files(paths, CompareSettings())
    assert [(row.system, row.baseline, row.n, row.difference) for row in compared.comparisons] == [
        ("b", "a", 4, 0.25),
        ("c", "a", 4, -0.5),
    ]
    assert [(row.system, row.group, row.n, row.n_right) for row in compared.metrics] == [
        ("a", "all", 4, 2),
        ("b", "all", 4, 3),
        ("c", "all", 4, 0),
    ]
    assert compared.notes == []
    assert compared.paths == tuple(map(str, paths))


def test_another_baseline(place: Place) -> None:
    folder = place("one", *marks("a", "xx.."), *marks("b", "xxx."), *marks("c", "...."))
    compared = compare_files([folder], CompareSettings(baseline="b"))
    assert [(row.system, row.baseline) for row in compared.comparisons] == [("a", "b"), ("c", "b")]


def test_holm_adjusts_for_all_comparisons(place: Place) -> None:
    """Of 40 items, of which "a" has the first 20 right, the others get more and more. McNemar and Holm by statsmodels."""
    right = {"b": 24, "c": 30, "d": 38}
    rows = [row for system, n in {"a": 20, **right}.items() for row in marks(system, "x" * n + "." * (40 - n))]
    compared = compare_files([place("one", *rows)], CompareSettings())
    p_values = [mcnemar([[0, n - 20], [0, 0]], exact=True).pvalue for n in right.values()]
    assert [row.p_value for row in compared.comparisons] == pytest.approx(p_values)
    assert [row.p_adjusted for row in compared.comparisons] == pytest.approx(multipletests(p_values, method="holm")[1])
    assert [row.is_distinguishable for row in compared.comparisons] == [False, True, True]


def test_identical_systems_are_not_distinguishable(place: Place) -> None:
    compared = compare_files([place("one", *marks("a", "x.x."), *marks("b", "x.x."))], CompareSettings())
    [row] = compared.comparisons
    assert (row.difference, row.low, row.high, row.p_value, row.p_adjusted) == (0, 0, 0, 1, 1)
    assert not row.is_distinguishable
    assert row.smallest is None


def test_only_shared_items_are_compared_and_it_says_so(place: Place) -> None:
    paths = [place("one", *marks("a", "xx..-")), place("two", *marks("b", "xx-..")), place("three", *marks("c", "xx-.-"))]
    compared = compare_files(paths, CompareSettings())
    assert [row.n for row in compared.comparisons] == [3, 3]
    assert [row.n for row in compared.metrics] == [3, 3, 3]
    assert compared.notes == [
        "a: 1 of its 4 items are not compared: another system has no verdict on them",
        "b: 1 of its 4 items are not compared: another system has no verdict on them",
    ]
    assert compared.about["notes"] == compared.notes


def test_systems_that_are_not_compared_take_no_items_away(place: Place) -> None:
    """The pairs of --base alone decide which items are shared."""
    folder = place("one", *marks("a", "xx.."), *marks("b", "x..."), *marks("c", "x---"))
    compared = compare_files([folder], CompareSettings(bases=("b=a",)))
    assert [(row.system, row.n) for row in compared.comparisons] == [("b", 4)]
    assert [row.system for row in compared.metrics] == ["a", "b"]


def test_nothing_in_common(place: Place) -> None:
    with pytest.raises(UserError, match="compare: the systems have no item in common; grade them on the same items"):
        compare_files([place("one", *marks("a", "xx--"), *marks("b", "--xx"))], CompareSettings())


def test_systems_of_one_name_are_told_apart_by_their_folders(place: Place) -> None:
    paths = [place("june", *marks("tiny", "xx.."), *marks("a", "xxxx")), place("july", *marks("tiny", "xxx."))]
    assert list(systems_of(paths)) == ["june: tiny", "a", "july: tiny"]
    assert {row.system for row in systems_of(paths)["july: tiny"]} == {"july: tiny"}
    compared = compare_files(paths, CompareSettings(baseline="june: tiny"))
    assert [(row.system, row.difference) for row in compared.comparisons] == [("a", 0.5), ("july: tiny", 0.25)]


def test_folders_of_one_name_are_told_apart_by_their_paths(place: Place) -> None:
    paths = [place("june/graded", *marks("tiny", "x.")) / VERDICTS, place("july/graded", *marks("tiny", "xx")) / VERDICTS]
    assert list(systems_of(paths)) == [f"{path}: tiny" for path in paths]
    assert list(systems_of([paths[0].parent.parent / "graded", place("here", *marks("tiny", "xx")) / VERDICTS])) == [
        "graded: tiny",
        "here: tiny",
    ]


def test_a_pair_that_is_named_twice_is_compared_once(place: Place) -> None:
    settings = CompareSettings(bases=("b=a", "b = a"))
    assert len(compare_files([place("one", *marks("a", "x."), *marks("b", "xx"))], settings).comparisons) == 1


def test_a_file_of_verdicts_will_do(place: Place) -> None:
    paths = [place("one", *marks("a", "xx..")) / VERDICTS, place("two", *marks("b", "x..."))]
    assert [row.system for row in compare_files(paths, CompareSettings()).comparisons] == ["b"]


def test_models_against_their_own_bases_by_group(place: Place) -> None:
    """Of three groups of 12 items, the model is clearly better in the first, equal in the second, clearly worse in the third."""
    sides = {"one": ("x" * 12, "." * 12), "two": ("x." * 6, "x." * 6), "three": ("." * 12, "x" * 12)}
    rows = [
        row
        for group, (model, base) in sides.items()
        for row in (*marks("medical", model, group), *marks("plain", base, group), *marks("other", model, group))
    ]
    compared = compare_files([place("one", *rows)], CompareSettings(bases=("medical=plain", "plain = other"), has_groups=True))
    assert [(row.system, row.baseline, row.group) for row in compared.comparisons] == [
        *[("medical", "plain", group) for group in ("all", *sides)],
        *[("plain", "other", group) for group in ("all", *sides)],
    ]
    assert compared.content["wins"] == [
        {"system": "medical", "baseline": "plain", "n_wins": 1, "n_ties": 1, "n_losses": 1},
        {"system": "plain", "baseline": "other", "n_wins": 1, "n_ties": 1, "n_losses": 1},
    ]
    assert {row.group for row in compared.metrics} == {"all", *sides}


def test_one_group_is_no_breakdown(place: Place) -> None:
    folder = place("one", *marks("a", "xx", "drugs"), *marks("b", "x.", "drugs"))
    compared = compare_files([folder], CompareSettings(has_groups=True))
    assert [row.group for row in compared.comparisons] == ["all"]
    assert compared.content["wins"] == []


def test_samples_of_an_item_count_by_their_share(place: Place) -> None:
    rows = [graded(system, f"q{at}", (at + sample) % 2 == 0, sample=sample) for system in "ab" for at in range(6) for sample in range(2)]
    [row] = compare_files([place("one", *rows)], CompareSettings()).comparisons
    assert (row.n, row.difference) == (6, 0)
    assert row.p_value == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (CompareSettings(baseline="samll"), "compare: there is no system 'samll'; did you mean 'small'?"),
        (CompareSettings(baseline="zzz"), "compare: there is no system 'zzz'; choose among 'small', 'large'"),
        (CompareSettings(bases=("large",)), "--base large: that is no MODEL=BASE; name the model and its base"),
        (CompareSettings(bases=("large=samll",)), "compare: there is no system 'samll'; did you mean 'small'?"),
        (CompareSettings(bases=("lagre=small",)), "compare: there is no system 'lagre'; did you mean 'large'?"),
    ],
)
def test_systems_that_are_not_there(settings: CompareSettings, message: str, place: Place) -> None:
    with pytest.raises(UserError) as raised:
        compare_files([place("one", *marks("small", "x."), *marks("large", "xx"))], settings)
    assert str(raised.value) == message


def test_a_model_is_not_its_own_base(place: Place) -> None:
    with pytest.raises(UserError, match="--base small=small: a model is compared with another one; name its base"):
        compare_files([place("one", *marks("small", "x."), *marks("large", "xx"))], CompareSettings(bases=("small=small",)))


def test_one_system_is_too_few(place: Place) -> None:
    with pytest.raises(UserError, match="compare: there is one system only, 'a'; name another graded folder"):
        compare_files([place("one", *marks("a", "x."))], CompareSettings())


def test_folders_without_verdicts(place: Place, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such file; name a folder that `osler grade --to` or `osler run` left"):
        compare_files([tmp_path], CompareSettings())
    with pytest.raises(UserError, match="there are no verdicts in it; grade at least one item"):
        compare_files([place("empty")], CompareSettings())


def test_a_broken_verdict_is_named(place: Place) -> None:
    file = place("one", *marks("a", "xx")) / VERDICTS
    file.write_text(file.read_text().replace('"outcome": "right"', '"outcome": "fine"', 1))
    with pytest.raises(RecordError) as raised:
        compare_files([file], CompareSettings())
    assert str(raised.value).startswith(f"{file}:1: outcome: ")


def test_verdicts_of_an_older_run_are_read(tmp_path: Path) -> None:
    """Only the fields that every run has written since the first."""
    lines = [
        f'{{"system": "{system}", "item_id": "q1", "group": "", "outcome": "right", "reason": "key", "answer": "A", '
        '"is_truncated": false, "n_tokens": 12}\n'
        for system in "ab"
    ]
    (tmp_path / VERDICTS).write_text("".join(lines))
    assert [row.n for row in compare_files([tmp_path], CompareSettings()).metrics] == [1, 1]


def test_what_grade_leaves_can_be_compared(items: Callable[..., str], answers: Callable[..., Path], place: Place) -> None:
    rows = grade_files([answers("ABCD"), answers("ABCA", "large.jsonl")], GradeSettings(items("ABCD"))).graded
    [row] = compare_files([place("one", *rows)], CompareSettings()).comparisons
    assert (row.system, row.baseline, row.difference, row.n_baseline_only) == ("large", "small", -0.25, 1)


def test_everything_is_in_the_content(place: Place) -> None:
    compared = compare_files([place("one", *marks("a", "x."), *marks("b", "xx"))], CompareSettings())
    content = compared.content
    assert set(content) == {"metrics", "comparisons", "wins", "costs"}
    [written] = csv.DictReader(io.StringIO(as_csv(content["comparisons"])))
    assert written["system"] == "b"
    assert float(written["difference"]) == 0.5
    assert [(row["system"], row["unit"], row["per_item"], row["is_on_front"]) for row in content["costs"]] == [
        ("a", "tokens", 10, False),
        ("b", "tokens", 10, True),
    ]
