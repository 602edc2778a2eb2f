"""`osler export`: an adapter merged, a GGUF file, a push to a hub of ours on loopback."""

import base64
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner

from osler.cli import app
from osler.commands.export import Exporting
from osler.core.errors import UserError

TOKEN = "hf_secret-of-the-test"


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
        Exporting(tiny, gguf=tmp_path / file, precision=precision).export()
    assert list(tmp_path.iterdir()) == []


def test_without_the_package_it_says_how_to_install_it(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("gguf_export", "gguf_tensors", "gguf_tokenizer"):
        monkeypatch.delitem(sys.modules, f"osler.models.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(UserError, match=r"pip install 'osler\[llamacpp\]'"):
        Exporting(tiny, gguf=tmp_path / "tiny.gguf").export()


@pytest.fixture
def adapter(tiny: Path, tmp_path: Path) -> Path:
    """A LoRA on `tiny`, moved at random, as `is_merged: false` leaves one."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from osler.train.adapter import LoRA
    from osler.train.adapting import with_adapter

    model = with_adapter(AutoModelForCausalLM.from_pretrained(tiny), LoRA(r=4), "CAUSAL_LM")
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight += 0.1
    folder = tmp_path / "adapter"
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    AutoTokenizer.from_pretrained(tiny).save_pretrained(folder)
    return folder


def logits(folder: Path) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    with torch.no_grad():
        return AutoModelForCausalLM.from_pretrained(folder).eval()(torch.tensor([[5, 9, 31, 7]])).logits


def test_an_adapter_becomes_a_whole_checkpoint_and_that_a_gguf_file(tiny, adapter, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    whole, file = tmp_path / "whole", tmp_path / "whole.gguf"
    outcome = CliRunner().invoke(app, ["export", str(adapter), "--merge", str(whole), "--gguf", str(file)])
    assert outcome.exit_code == 0, outcome.output
    merged, written = outcome.output.splitlines()
    assert merged == f"merged into {tiny}: {whole}"
    assert written == f"26 tensors, {file.stat().st_size / 1e6:.1f} MB, f32: {file}"
    assert float((logits(whole) - logits(adapter)).abs().max()) < 1e-5
    assert float((logits(whole) - logits(tiny)).abs().max()) > 1e-2
    assert (whole / "tokenizer.json").read_bytes() == (adapter / "tokenizer.json").read_bytes()


def test_the_base_may_be_elsewhere_than_the_adapter_says(tiny, adapter, tmp_path, copied, edit_json):
    moved = copied(tiny)
    edit_json(adapter / "adapter_config.json", base_model_name_or_path=str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match=r"adapter: its base '\S+nowhere' could not be loaded \([^\n]+\); name it by --base$"):
        Exporting(adapter, merge=tmp_path / "whole").export()
    assert not (tmp_path / "whole").exists()
    assert Exporting(adapter, merge=tmp_path / "whole", base=str(moved)).export() == [f"merged into {moved}: {tmp_path / 'whole'}"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "say what to make of it: --merge FOLDER, --gguf FILE or --push REPO$"),
        ({"base": "x", "gguf": Path("x.gguf")}, "--base says what an adapter is merged into; add --merge FOLDER$"),
        ({"push": "notes"}, "--push 'notes' is no repository's name; write it as organisation/name$"),
    ],
)
def test_what_is_asked_must_make_sense(tiny: Path, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=f"^export: {message}"):
        Exporting(tiny, **asked).export()


def test_nothing_is_written_over(tiny: Path, adapter: Path) -> None:
    with pytest.raises(UserError, match=r"there is something already; name a new folder$"):
        Exporting(adapter, merge=tiny).export()


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's API as a push of a model needs. What it was asked for stands in `asked`."""

    asked: ClassVar[list[tuple[str, str | None, bytes]]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.asked.append((self.path, self.headers.get("authorization"), body))
        where = f"http://{self.headers['host']}/ward/nano"
        content: dict[str, Any] = {}
        if "repos/create" in self.path:
            content = {"url": where, "id": "x"}
        elif "preupload" in self.path:
            paths = [file["path"] for file in json.loads(body)["files"]]
            content = {"files": [{"path": path, "uploadMode": "regular", "shouldIgnore": False} for path in paths]}
        elif "/commit/" in self.path:
            content = {"commitUrl": f"{where}/commit/abc", "commitOid": "abc", "success": True}
        if self.status != 200:
            content = {"error": f"no rights for {self.headers.get('authorization')}"}
        data = json.dumps(content).encode()
        self.send_response(self.status)
        self.send_header("content-length", str(len(data)))
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *said: Any) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    from huggingface_hub import constants

    class Fresh(Hub):
        asked: ClassVar[list[tuple[str, str | None, bytes]]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Fresh)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    yield Fresh
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("is_private", [True, False])
def test_a_push_has_the_files_of_the_checkpoint_and_neither_pickles_nor_folders(
    hub: type[Hub], tiny: Path, copied: Callable[[Path], Path], is_private: bool
) -> None:
    folder = copied(tiny)
    for name in ("training_args.bin", ".netrc"):
        (folder / name).write_text("not this one")
    (folder / "adapter").mkdir()
    (folder / "adapter" / "adapter_config.json").write_text("{}")
    (folder / "README.md").write_text("---\nbase_model: none\n---\n# Nano\n")
    expected = sorted({file.name for file in tiny.iterdir()} | {"README.md"})
    outcome = CliRunner().invoke(app, ["export", str(folder), "--push", "ward/nano", *([] if is_private else ["--public"])])
    assert outcome.exit_code == 0, outcome.output
    assert outcome.output.startswith(f"pushed {len(expected)} files: http://127.0.0.1:")
    assert outcome.output.endswith("/ward/nano\n")
    created = next(json.loads(body) for path, _, body in hub.asked if "repos/create" in path)
    assert (created["name"], created["organization"], created.get("type", "model")) == ("nano", "ward", "model")
    assert (created.get("private") is True or created.get("visibility") == "private") == is_private
    [body] = [body for path, _, body in hub.asked if path.startswith("/api/models/ward/nano/commit/")]
    lines = [json.loads(line)["value"] for line in body.splitlines() if json.loads(line)["key"] == "file"]
    assert sorted(line["path"] for line in lines) == expected
    assert (
        base64.b64decode(next(line for line in lines if line["path"] == "model.safetensors")["content"])
        == (tiny / "model.safetensors").read_bytes()
    )
    assert {authorization for _, authorization, _ in hub.asked} == {f"Bearer {TOKEN}"}


def test_a_refused_push_is_one_sentence_without_the_token(hub: type[Hub], tiny: Path) -> None:
    hub.status = 403
    outcome = CliRunner().invoke(app, ["export", str(tiny), "--push", "ward/nano"])
    assert isinstance(outcome.exception, UserError)
    assert re.match(r"hub ward/nano: the push failed \([^\n]*\); check the name", str(outcome.exception))
    assert TOKEN not in str(outcome.exception)


def test_what_cannot_be_pushed_is_said_before_anything_is_made_or_sent(
    hub: type[Hub], tiny: Path, adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"the base of this adapter is a folder of this machine, which nobody else has; add --merge"):
        Exporting(adapter, push="ward/nano").export()
    with pytest.raises(UserError, match=r"there are no weights in \*\.safetensors here; name the folder of a checkpoint$"):
        Exporting(tmp_path, push="ward/nano").export()
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(UserError, match=r"there is no token in the environment; set HF_TOKEN to one that may write$"):
        Exporting(adapter, merge=tmp_path / "whole", push="ward/nano").export()
    assert not (tmp_path / "whole").exists()
    assert hub.asked == []
