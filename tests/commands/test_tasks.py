"""`osler tasks`: made tasks to be read, and written as items that a source and `osler grade` take."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from osler.cli import app
from osler.clinic.generate import Split
from osler.commands.tasks import maker_named, readable, split_named, write_tasks
from osler.core.errors import UserError
from osler.data.files import FileSource, read_items, read_worked

BODY = ("calculators=[body_mass_index]", "choice_share=0")


def test_settings_are_read_as_yaml() -> None:
    maker = maker_named("calculation", [1], BODY)
    tasks = maker.make(3, Split.TRAIN, 0)
    assert [task.level for task in tasks] == [1, 1, 1]
    assert all("Body mass index" in task.text and not task.options for task in tasks)


@pytest.mark.parametrize(
    ("kind", "settings", "told"),
    [
        ("calculations", (), "did you mean 'calculation'"),
        ("calculation", ("choice_shar=1",), "choice_shar"),
        ("calculation", ("choice_share",), "name=value"),
        ("calculation", ("choice_share=2",), "choice_share"),
        ("calculation", ("choice_share='",), "not YAML"),
    ],
)
def test_what_is_wrong_with_a_setting_is_said(kind: str, settings: tuple[str, ...], told: str) -> None:
    with pytest.raises(UserError, match=told):
        maker_named(kind, (), settings)


def test_a_calculator_that_is_not_known() -> None:
    with pytest.raises(UserError, match="did you mean 'body_mass_index'"):
        maker_named("calculation", (), ("calculators=[body_mass_indx]",)).make(1, Split.TRAIN, 0)


def test_a_split_that_is_not_known() -> None:
    assert split_named("heldout") is Split.HELDOUT
    with pytest.raises(UserError, match="train, dev, heldout"):
        split_named("test")


def test_a_task_is_read_with_its_steps_and_key() -> None:
    maker = maker_named("calculation", [1], BODY)
    task = maker.make(1, Split.TRAIN, 0)[0]
    text = readable(task)
    assert task.text in text
    assert all(step in text for step in task.steps)
    assert "kg/m²" in text.splitlines()[-1]


@pytest.mark.parametrize("kind", ["calculation", "path", "differentials"])
def test_what_is_written_is_read_as_items(kind: str, tmp_path: Path) -> None:
    maker = maker_named(kind)
    tasks = maker.make(6, Split.DEV, 1)
    card = write_tasks(tmp_path / "items.jsonl", tasks, maker, is_worked=False)
    write_tasks(tmp_path / "worked.jsonl", tasks, maker, is_worked=True)
    assert list(read_items(tmp_path / "items.jsonl")) == [task.item() for task in tasks]
    assert [worked.steps for worked in read_worked(tmp_path / "worked.jsonl")] == [task.steps for task in tasks]
    assert card.read_text() == maker.card()
    assert len(FileSource(answer=tmp_path / "items.jsonl").load(0).answer) == 6


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    maker = maker_named("calculation")
    with pytest.raises(UserError, match="no folder"):
        write_tasks(tmp_path / "none" / "items.jsonl", [], maker, is_worked=False)
    with pytest.raises(UserError, match=r"ends in \.jsonl"):
        write_tasks(tmp_path / "items.csv", [], maker, is_worked=False)


def test_the_command(tmp_path: Path) -> None:
    runner = CliRunner()
    shown = runner.invoke(app, ["tasks", "calculation", "-n", "1", "--level", "1", "--set", "calculators=[body_mass_index]"])
    assert shown.exit_code == 0
    assert "calculation-train-000000 (level 1)" in shown.output
    path = tmp_path / "items.jsonl"
    assert runner.invoke(app, ["tasks", "calculation", "-n", "4", "--split", "heldout", "--to", str(path)]).exit_code == 0
    assert [item.id for item in read_items(path)] == [f"calculation-heldout-{number:06d}" for number in range(4)]
