"""Exports, card and push beside the records of a whole synthesis; the hub is one of ours, on loopback."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import TypeAdapter

from osler.core.errors import UserError
from osler.core.records import read_records
from osler.stages.synthesis_run import run_synthesis
from osler.synthesis import Synthesis
from osler.synthesise.draft import Draft

TOKEN = "hf_secret-of-the-test"
SETTINGS: dict[str, Any] = {
    "name": "notes",
    "seed": 1,
    "material": {"kind": "tasks", "n": 12, "makers": [{"kind": "note"}]},
    "blocks": [{"kind": "keep"}],
}
EXPORTS = ["sft", "grpo", {"kind": "sft", "name": "bare", "is_with_trace": False}, {"kind": "kto", "form": "parquet"}, "prm"]


def synthesis(**changes: Any) -> Synthesis:
    made: Synthesis = TypeAdapter(Synthesis).validate_python(SETTINGS | {"exports": EXPORTS} | changes)
    return made.check()


def files(folder: Path) -> dict[str, bytes]:
    names = ("exports/*", "card.*", "records.jsonl", "dropped.jsonl")
    return {str(path.relative_to(folder)): path.read_bytes() for name in names for path in sorted(folder.glob(name))}


def test_every_export_has_its_rows_and_the_same_ids(tmp_path: Path) -> None:
    folder, counts = run_synthesis(synthesis(), tmp_path)
    assert counts.n_records == 12
    ids = [draft.id for draft in read_records(folder / "records.jsonl", Draft)]
    names = sorted(path.name for path in (folder / "exports").iterdir())
    assert names == [
        "bare.jsonl",
        "grpo.jsonl",
        "kto.parquet",
        "prm.jsonl",
        "sft.jsonl",
    ]
    with_trace, bare = (list(read_records(folder / "exports" / f"{name}.jsonl", dict)) for name in ("sft", "bare"))
    assert [row["id"] for row in with_trace] == [row["id"] for row in bare] == ids
    for row, short in zip(with_trace, bare, strict=True):
        assert row["messages"][0] == short["messages"][0]
        assert short["messages"][1]["content"].startswith("The answer is ")
        assert row["messages"][1]["content"].endswith(short["messages"][1]["content"][len("The") :])
    card = json.loads((folder / "card.json").read_text())
    assert {name: each["n_rows"] for name, each in card["exports"].items()} == {"sft": 12, "grpo": 12, "bare": 12, "kto": 12, "prm": 0}
    assert card["exports"]["prm"]["left_out"] == {"no_labels": 12}
    assert card["counts"] == {"n_drafts": 12, "n_records": 12, "dropped": {}}
    assert "not for patient care" in (folder / "card.md").read_text()


def test_run_again_it_leaves_the_same_bytes_and_other_exports_make_nothing_anew(tmp_path: Path) -> None:
    """Another folder would ask the teacher again."""
    folder, _ = run_synthesis(synthesis(), tmp_path)
    first, made = files(folder), (folder / "records.jsonl").stat().st_mtime_ns
    assert files(run_synthesis(synthesis(), tmp_path)[0]) == first
    again, _ = run_synthesis(synthesis(exports=[{"kind": "sft", "name": "think", "codec": "think"}]), tmp_path)
    assert again == folder
    assert [path.name for path in (folder / "exports").iterdir()] == ["think.jsonl"]
    assert (folder / "records.jsonl").stat().st_mtime_ns == made


def test_a_run_that_lost_its_manifest_is_finished_all_the_same(tmp_path: Path) -> None:
    """It was killed after the records and before what stands beside them."""
    folder, _ = run_synthesis(synthesis(), tmp_path)
    first = files(folder)
    for name in ("manifest.json", "card.md", "card.json"):
        (folder / name).unlink()
    run_synthesis(synthesis(), tmp_path)
    assert files(folder) == first


@pytest.mark.parametrize(
    ("exports", "message"),
    [
        (["sft", {"kind": "sft", "codec": "think"}], "exports.1: there are two of the name 'sft'; give one another `name`"),
        ([{"kind": "sft", "codec": "thnik"}], "exports.0.codec: there is no 'thnik'; did you mean 'think'?"),
        ([{"kind": "sft", "prompt": "nothing"}], "exports.0.prompt: there is no 'nothing'"),
        ([{"kind": "sft", "is_open_book": True}], "exports.0: is_open_book needs a prompt with a place for passages; choose with_passages"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_made(exports: list[Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        synthesis(exports=exports)
    assert message in str(error.value)


# the hub


class Hub(BaseHTTPRequestHandler):
    """As much of the hub's API as a push needs. What it was asked for stands in `asked`."""

    asked: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.asked.append((self.path, dict(self.headers.items()), body))
        content: dict[str, Any] = {}
        if "repos/create" in self.path:
            content = {"url": f"http://{self.headers['host']}/datasets/ward/notes", "id": "x"}
        elif "preupload" in self.path:
            paths = [file["path"] for file in json.loads(body)["files"]]
            content = {"files": [{"path": path, "uploadMode": "regular", "shouldIgnore": False} for path in paths]}
        elif "/commit/" in self.path:
            content = {"commitUrl": f"http://{self.headers['host']}/datasets/ward/notes/commit/abc", "commitOid": "abc", "success": True}
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
        asked: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Fresh)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    yield Fresh
    server.shutdown()
    server.server_close()


def committed(asked: list[tuple[str, dict[str, str], bytes]]) -> dict[str, bytes]:
    [body] = [body for path, _, body in asked if "/commit/" in path]
    lines = [json.loads(line)["value"] for line in body.splitlines() if json.loads(line)["key"] == "file"]
    return {line["path"]: base64.b64decode(line["content"]) for line in lines}


def test_a_push_has_the_card_as_its_readme_and_the_exports_and_nothing_else(hub: type[Hub], tmp_path: Path) -> None:
    folder, _ = run_synthesis(synthesis(hub={"repo": "ward/notes"}), tmp_path)
    created = next(json.loads(body) for path, _, body in hub.asked if "repos/create" in path)
    assert (created["name"], created["organization"], created["type"]) == ("notes", "ward", "dataset")
    assert created.get("private") is True or created.get("visibility") == "private"
    found = committed(hub.asked)
    exports = {f"exports/{name}" for name in ("sft.jsonl", "grpo.jsonl", "bare.jsonl", "kto.parquet", "prm.jsonl")}
    assert set(found) == {"README.md", "card.json", *exports}
    assert found["README.md"] == (folder / "card.md").read_bytes()
    assert found["exports/sft.jsonl"] == (folder / "exports/sft.jsonl").read_bytes()
    assert {headers.get("authorization") for _, headers, _ in hub.asked} == {f"Bearer {TOKEN}"}
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert written
    assert [path for path in written if TOKEN.encode() in path.read_bytes()] == []


def test_a_push_that_is_refused_is_one_sentence_without_the_token_and_everything_else_stands(hub: type[Hub], tmp_path: Path) -> None:
    hub.status = 403
    with pytest.raises(UserError, match=r"^hub ward/notes: the push failed \([^\n]*\); check the name") as error:
        run_synthesis(synthesis(hub={"repo": "ward/notes"}), tmp_path)
    assert TOKEN not in str(error.value)
    [folder] = tmp_path.iterdir()
    assert (folder / "card.md").exists()
    assert (folder / "exports/sft.jsonl").exists()


def test_offline_or_without_a_token_it_is_refused_before_anything_is_made(
    hub: type[Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match=r"^hub ward/notes: nothing may leave this machine; take `hub` out of the recipe, or"):
        run_synthesis(synthesis(hub={"repo": "ward/notes"}), tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(UserError, match=r"there is no token in the environment; set HF_TOKEN to one that may write$"):
        run_synthesis(synthesis(hub={"repo": "ward/notes"}), tmp_path)
    assert hub.asked == []
    assert list(tmp_path.iterdir()) == []
