"""`osler export`."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from osler.cli import app
from osler.commands.export import Exporting
from osler.core.errors import UserError


def test_the_command_writes_the_file_and_says_what_it_is(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    outcome = CliRunner().invoke(app, ["export", str(tiny), "--gguf", str(tmp_path / "tiny.gguf"), "--precision", "bf16"])
    assert outcome.exit_code == 0, outcome.output
    size = (tmp_path / "tiny.gguf").stat().st_size
    assert outcome.output == f"26 tensors, {size / 1e6:.1f} MB, bf16: {tmp_path / 'tiny.gguf'}\n"  # 2 layers of 9 weights and 3 biases, 2
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.gguf"]


@pytest.mark.parametrize(
    ("file", "precision", "message"),
    [
        ("tiny.bin", "f32", "llama.cpp knows its files by their ending; name it tiny.bin.gguf"),
        ("nowhere/tiny.gguf", "f32", "there is no folder"),
        ("tiny.gguf", "q4_0", "there is no precision 'q4_0'; choose among f32, f16, bf16"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_written(tiny: Path, tmp_path: Path, file: str, precision: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        Exporting(tiny, tmp_path / file, precision).export()
    assert list(tmp_path.iterdir()) == []


def test_without_the_package_it_says_how_to_install_it(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gguf_export", "gguf_tensors", "gguf_tokenizer"):
        monkeypatch.delitem(sys.modules, f"osler.models.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(UserError, match=r"pip install 'osler\[llamacpp\]'"):
        Exporting(tiny, tmp_path / "tiny.gguf").export()
