"""Data sets of the hub, without it: folders, what `save_to_disk` wrote, the local cache; and never a script."""

from pathlib import Path
from typing import Any

import pytest

from osler.core.errors import UserError
from osler.core.question import ChoiceKey
from osler.data import HubSource, load_items
from osler.data.columns import Columns
from osler.data.hub import hub_rows

datasets = pytest.importorskip("datasets", reason="the extra `hub` is not installed")
ROWS = [{"question": f"Which is {at}?", "choices": ["gout", "flu", "croup", "mumps"], "answer": at % 4} for at in range(4)]
COLUMNS = Columns(text="question", options="choices", key="answer", key_as="index_from_0")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, and no network."""
    import huggingface_hub.constants

    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(folder / "datasets"))
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(folder / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.delenv("OSLER_DATA", raising=False)
    return folder


def made(rows: list[dict[str, Any]] = ROWS) -> Any:
    return datasets.Dataset.from_list(rows)


def parquet_folder(folder: Path, *splits: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for split in splits:
        made([{**row, "question": f"{split} {row['question']}"} for row in ROWS]).to_parquet(folder / f"{split}-00000-of-00001.parquet")
    return folder


def in_the_cache(cache: Path, id: str) -> None:
    """What `hf download --repo-type dataset` leaves."""
    folder = cache / "hub" / f"datasets--{id.replace('/', '--')}"
    parquet_folder(folder / "snapshots" / "c0ffee", "test", "train")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("c0ffee")


def test_a_folder_of_files(tmp_path: Path) -> None:
    folder = parquet_folder(tmp_path / "set", "train", "test")
    rows = list(hub_rows(str(folder), "train"))
    assert [row.values["question"] for row in rows] == [f"train Which is {at}?" for at in range(4)]
    assert rows[0].where == f"hf:{folder}[train]: row 1"


def test_what_was_saved_to_disk(tmp_path: Path) -> None:
    made().save_to_disk(tmp_path / "one")
    datasets.DatasetDict({"dev": made(), "test": made(ROWS[:2])}).save_to_disk(tmp_path / "several")
    assert [dict(row.values) for row in hub_rows(str(tmp_path / "one"), "test")] == ROWS
    assert [dict(row.values) for row in hub_rows(str(tmp_path / "several"), "test")] == ROWS[:2]
    with pytest.raises(UserError, match="the splits are dev, test"):
        list(hub_rows(str(tmp_path / "several"), "train"))


def test_the_local_cache_is_enough(cache: Path) -> None:
    in_the_cache(cache, "org/tiny")
    assert len(list(hub_rows("org/tiny", "test"))) == 4


def test_what_is_not_in_the_cache_is_said_to_be_missing_without_a_network() -> None:
    with pytest.raises(UserError, match=r"hf:org/none\[test\]: it is not in the local cache, and HF_HUB_OFFLINE is set; download it once"):
        list(hub_rows("org/none", "test"))


def test_the_cache_is_asked_first_also_where_the_network_is_allowed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    in_the_cache(cache, "org/tiny")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("the network was asked"))
    assert len(list(hub_rows("org/tiny", "test"))) == 4
    assert datasets.config.HF_HUB_OFFLINE is False, "the libraries are as they were"


def test_a_script_is_refused_and_not_run(tmp_path: Path) -> None:
    folder = tmp_path / "scripted"
    folder.mkdir()
    (folder / "scripted.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(UserError, match="this data set is a script, which would have to be run to be read; convert it to Parquet"):
        list(hub_rows(str(folder), "test"))
    assert not (tmp_path / "ran").exists()


def test_items_of_a_data_set_with_columns(cache: Path) -> None:
    in_the_cache(cache, "org/tiny")
    source = HubSource(id="org/tiny", columns=COLUMNS, search_split="train", licence="CC0")
    dataset = source.load(seed=1)
    assert [item.id for item in dataset.answer] == [f"tiny-test-{at:05d}" for at in range(4)]
    assert [item.key for item in dataset.answer] == [ChoiceKey((letter,)) for letter in "ABCD"]
    assert len(dataset.search) == 4


def test_a_known_data_set_needs_no_columns(cache: Path) -> None:
    """MMLU's rows of another subject are no part of the set."""
    folder = cache / "hub" / "datasets--cais--mmlu"
    rows = [{**row, "subject": "anatomy" if at else "law"} for at, row in enumerate(ROWS)]
    (folder / "snapshots" / "c0ffee" / "all").mkdir(parents=True)
    made(rows).to_parquet(folder / "snapshots" / "c0ffee" / "all" / "test-00000-of-00001.parquet")
    (folder / "snapshots" / "c0ffee" / "README.md").write_text(
        "---\nconfigs:\n- config_name: all\n  data_files:\n  - split: test\n    path: all/test-*\n---\n"
    )
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("c0ffee")
    by_name, by_id = load_items("mmlu_medical"), load_items("hf:cais/mmlu/all:test")
    assert [item.group for item in by_name.items] == ["anatomy"] * 3
    assert [item.key for item in by_id.items] == [item.key for item in by_name.items]


def test_an_unknown_data_set_with_the_usual_columns(tmp_path: Path) -> None:
    rows = [{"question": "Which?", "options": {"A": "gout", "B": "flu"}, "answer_idx": "B"}]
    (tmp_path / "set").mkdir()
    made(rows).to_parquet(tmp_path / "set" / "test-00000-of-00001.parquet")
    assert [item.key for item in load_items(f"hf:{tmp_path / 'set'}:test").items] == [ChoiceKey(("B",))]


def test_an_unknown_data_set_asks_for_its_columns_and_lists_them(tmp_path: Path) -> None:
    folder = parquet_folder(tmp_path / "set", "test")
    with pytest.raises(UserError, match=r"which of its columns make an item\? It has answer, choices, question; write a \.yaml file"):
        load_items(f"hf:{folder}")


def test_a_mapping_file_for_a_data_set(tmp_path: Path) -> None:
    folder = parquet_folder(tmp_path / "set", "test")
    (tmp_path / "set.yaml").write_text(
        f"kind: hub\nid: {folder}\ncolumns: {{text: question, options: choices, key: answer, key_as: index_from_0}}\n"
    )
    assert len(load_items(str(tmp_path / "set.yaml")).items) == 4


def test_worked_items_of_a_split_need_their_steps() -> None:
    with pytest.raises(UserError, match=r"org/tiny: worked items need a column with their steps; name it as columns\.steps"):
        HubSource(id="org/tiny", columns=COLUMNS, worked_split="train").load(seed=1)
