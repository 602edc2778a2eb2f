"""Every export feeds its trainer: written by a synthesis, loaded by `datasets` from JSONL and from Parquet, trained on for one step."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from osler.core.codec import CODECS
from osler.core.prompt import Prompt
from osler.core.question import Item
from osler.core.records import write_records
from osler.core.verdict import Outcome
from osler.data.parquet import write_parquet
from osler.judges import JUDGES, QuestionReader
from osler.synthesise.draft import Authored, Draft, Preference
from osler.synthesise.exporting import EXPORTS
from osler.synthesise.exporting.style import Style
from osler.train.prm import TrainPRM
from osler.train.schedule import Schedule
from osler.train.sft import SFT
from tests.synthesise.makings import item_draft

RIGHT = Authored("teacher", ("Scurvy.", "The answer is A."), answer="A", outcome=Outcome.RIGHT, labels=(0.35, None))
WRONG = replace(RIGHT, steps=("Rickets.", "The answer is B."), answer="B", outcome=Outcome.WRONG, labels=(0.0, 0.0))
ONE_STEP = Schedule(epochs=1, learning_rate=1e-3, batch_size=4, accumulate=1)


def drafts() -> list[Draft]:
    made = [item_draft(f"q{at}", f"Which vitamin prevents scurvy {at}?").with_authored(RIGHT, WRONG) for at in range(4)]
    return [replace(each, preferences=(Preference(RIGHT, WRONG, "outcome"),)) for each in made]


def written(kind: str, folder: Path) -> tuple[list[dict[str, Any]], Path, Path]:
    """The rows of an export, and its two files."""
    export, style = EXPORTS[kind](), Style(Prompt.named("plain"), CODECS["step"], QuestionReader())
    rows = [row for draft in drafts() for row in export.rows(draft, style) if isinstance(row, dict)]
    write_records(folder / f"{kind}.jsonl", rows)
    write_parquet(folder / f"{kind}.parquet", rows, export.columns)
    return rows, folder / f"{kind}.jsonl", folder / f"{kind}.parquet"


def loaded(path: Path, cache: Path) -> Any:
    from datasets import load_dataset

    form = "json" if path.suffix == ".jsonl" else "parquet"
    return load_dataset(form, data_files=str(path), split="train", cache_dir=str(cache))


@pytest.mark.parametrize("kind", sorted(EXPORTS))
def test_both_forms_load_as_the_same_rows(kind: str, tmp_path: Path) -> None:
    rows, lines, table = written(kind, tmp_path)
    assert rows
    assert loaded(lines, tmp_path / "cache").to_list() == rows
    assert loaded(table, tmp_path / "cache").to_list() == rows


def arguments(folder: Path) -> dict[str, Any]:
    quiet = {"report_to": [], "save_strategy": "no", "logging_strategy": "no", "disable_tqdm": True}
    return {"output_dir": str(folder), "max_steps": 1, "use_cpu": True, "bf16": False, "seed": 0, **quiet}


def stepped(trainer: Any) -> None:
    """One step with a finite loss."""
    outcome = trainer.train()
    assert outcome.global_step == 1
    assert outcome.training_loss == outcome.training_loss  # no NaN


def parts(tiny: Path) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32), AutoTokenizer.from_pretrained(tiny)


@pytest.mark.slow
def test_sft_of_trl_and_of_ours_take_a_step(tiny: Path, tmp_path: Path) -> None:
    from trl import SFTConfig, SFTTrainer

    rows, lines, _ = written("sft", tmp_path)
    model, tokenizer = parts(tiny)
    config = SFTConfig(**arguments(tmp_path / "trl"), max_length=128, per_device_train_batch_size=4)
    stepped(SFTTrainer(model=model, processing_class=tokenizer, train_dataset=loaded(lines, tmp_path / "cache"), args=config))
    assert SFT(schedule=ONE_STEP, max_length=128).train(tiny, rows, tmp_path / "ours", seed=0).steps == 1


@pytest.mark.slow
def test_dpo_takes_a_step(tiny: Path, tmp_path: Path) -> None:
    from trl import DPOConfig, DPOTrainer

    _, _, table = written("dpo", tmp_path)
    model, tokenizer = parts(tiny)
    config = DPOConfig(**arguments(tmp_path / "trl"), max_length=128, per_device_train_batch_size=4)
    stepped(DPOTrainer(model=model, processing_class=tokenizer, train_dataset=loaded(table, tmp_path / "cache"), args=config))


@pytest.mark.slow
def test_kto_takes_a_step(tiny: Path, tmp_path: Path) -> None:
    from trl import KTOConfig, KTOTrainer

    rows, lines, _ = written("kto", tmp_path)
    assert sorted(row["label"] for row in rows) == [False] * 4 + [True] * 4
    model, tokenizer = parts(tiny)
    config = KTOConfig(**arguments(tmp_path / "trl"), max_length=128, per_device_train_batch_size=4)
    stepped(KTOTrainer(model=model, processing_class=tokenizer, train_dataset=loaded(lines, tmp_path / "cache"), args=config))


@pytest.mark.slow
def test_grpo_takes_a_step_and_its_reward_reads_the_key_from_plain_columns(tiny: Path, tmp_path: Path) -> None:
    from trl import GRPOConfig, GRPOTrainer

    _, lines, _ = written("grpo", tmp_path)
    seen: list[tuple[str, list[str], str]] = []

    def reward(prompts: Any, completions: Any, answer_kind: Any, answers: Any, item: Any, **others: Any) -> list[float]:
        seen.extend(zip(answer_kind, answers, item, strict=True))
        asked = [TypeAdapter(Item).validate_json(each) for each in item]
        readings = [QuestionReader().read(said[0]["content"], each.question) for said, each in zip(completions, asked, strict=True)]
        return [float(JUDGES[each.key.kind].judge(reading, each.key).is_right) for reading, each in zip(readings, asked, strict=True)]

    model, tokenizer = parts(tiny)
    batch = {"per_device_train_batch_size": 4, "num_generations": 2, "max_completion_length": 8}
    config = GRPOConfig(**arguments(tmp_path / "trl"), **batch)
    stepped(
        GRPOTrainer(
            model=model,
            processing_class=tokenizer,
            reward_funcs=reward,
            train_dataset=loaded(lines, tmp_path / "cache"),
            args=config,
        )
    )
    assert seen
    assert {(kind, *answers) for kind, answers, _ in seen} == {("choice", "A")}


@pytest.mark.slow
def test_step_supervision_takes_a_step(tiny: Path, tmp_path: Path) -> None:
    """From the Parquet file, whose soft labels are still soft."""
    _, _, table = written("prm", tmp_path)
    rows = loaded(table, tmp_path / "cache").to_list()
    assert [rows[0]["labels"], rows[0]["mask"]] == [[0.35, 0.0], [True, False]]
    outcome = TrainPRM(schedule=replace(ONE_STEP, batch_size=8)).train(tiny, rows, tmp_path / "prm", seed=0)
    assert outcome.steps == 1
