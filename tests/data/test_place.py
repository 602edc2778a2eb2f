"""Files of rows under URLs: in memory, on this disk, and from a server of ours on loopback."""

import gzip
import http.server
import json
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from osler.core.errors import RecordError, UserError
from osler.core.question import Item
from osler.core.records import read_records
from osler.data import load_item_sets
from osler.data.files import FileSource
from osler.data.place import Place
from osler.data.responses import read_responses
from osler.data.table import read_rows

ROOT = Path(__file__).parents[2]
ROWS = [{"id": f"q-{number}", "output": f"The answer is {'ABCD'[number % 4]}.\u2028"} for number in range(50)]
ITEMS = [
    {"question": {"id": row["id"], "text": "Which?", "options": {"A": "one", "B": "two"}}, "key": {"kind": "choice", "letters": ["A"]}}
    for row in ROWS
]


def lines(rows: list[Any]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_parquet(path: Path, rows: list[dict[str, Any]], row_group: int = 20) -> bytes:
    parquet.write_table(pa.Table.from_pylist(rows), path, row_group_size=row_group)
    return path.read_bytes()


@pytest.fixture
def put(tmp_path: Path) -> Iterator[Any]:
    """Puts bytes under a name, and gives its URLs: in memory, and as a file."""
    memory = fsspec.filesystem("memory")

    def put(name: str, content: bytes) -> list[str]:
        (tmp_path / name).write_bytes(content)
        memory.pipe(f"/osler/{name}", content)
        return [f"memory://osler/{name}", (tmp_path / name).as_uri()]

    yield put
    if memory.exists("/osler"):
        memory.rm("/osler", recursive=True)


class Served(http.server.SimpleHTTPRequestHandler):
    """Gives parts of files too, unless their name begins with "whole"."""

    def log_message(self, *arguments: object) -> None: ...

    def do_GET(self) -> None:
        start = self.headers.get("Range", "").removeprefix("bytes=").removesuffix("-")
        if not start or self.path.startswith("/whole"):
            super().do_GET()
            return
        content = Path(self.translate_path(self.path)).read_bytes()
        self.send_response(206)
        self.send_header("Content-Length", str(len(content) - int(start)))
        self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        self.wfile.write(content[int(start) :])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The URL under which the files of `tmp_path` are served."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Served, directory=str(tmp_path))) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "json", "csv", "parquet"])
def test_rows_and_responses_are_the_same_from_anywhere(kind, put, server, tmp_path):
    content = {
        "jsonl": lambda: lines(ROWS),
        "jsonl.gz": lambda: gzip.compress(lines(ROWS)),
        "json": lambda: json.dumps(ROWS).encode(),
        "csv": lambda: ("id,output\n" + "".join(f"{row['id']},{row['output']}\n" for row in ROWS)).encode(),
        "parquet": lambda: as_parquet(tmp_path / "made", ROWS),
    }[kind]()
    urls = [*put(f"rows.{kind}", content), f"{server}/rows.{kind}", f"{server}/rows.{kind}?signature=abc"]
    assert len(urls) == 4
    for url in urls:
        assert [dict(row.values) for row in read_rows(url)] == ROWS, url
        assert [dict(row.values) for row in read_rows(Path(url))] == ROWS, "one slash of two, as a Path makes it"
        responses = list(read_responses(Path(url)))
        assert [(each.item_id, each.text) for each in responses] == [(row["id"], row["output"]) for row in ROWS], url


def test_items_are_named_by_a_url_wherever_they_are_named_by_a_path(put, tmp_path):
    for url in put("items.jsonl", lines(ITEMS)):
        [found] = load_item_sets(url)
        assert [item.id for item in found.items] == [row["id"] for row in ROWS]
        assert found.name == "items"
        source = FileSource(answer=Path(url))
        assert len(source.load(0).answer) == 50
        assert len(list(read_records(Place(url), Item))) == 50
    table = tmp_path / "table.yaml"
    url, _ = put("table.csv", b"id,stem,a,b,right\nq1,Which?,one,two,A\n")
    table.write_text(f"kind: table\npath: {url}\nname: ward\ncolumns: {{text: stem, id: id, options: [a, b], key: right}}\n")
    [made] = load_item_sets(str(table))
    assert [(item.question.text, item.question.options) for item in made.items] == [("Which?", {"A": "one", "B": "two"})]


def test_an_error_names_the_url_and_the_line(put):
    url, _ = put("items.jsonl", lines(ITEMS[:2]) + b"{broken\n")
    other, _ = put("responses.jsonl", lines(ROWS[:2]) + b"{broken\n")
    for at, read in (
        (url, lambda: list(read_rows(Path(url)))),
        (url, lambda: FileSource(Path(url)).load(0)),
        (other, lambda: list(read_responses(Path(other)))),
    ):
        with pytest.raises(RecordError) as caught:
            read()
        assert str(caught.value).startswith(f"{at}:3: ")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("memory://osler/none.jsonl", "memory://osler/none.jsonl: there is no such file; check the path"),
        ("file:///none/none.jsonl", "/none/none.jsonl: there is no such file; check the path"),
        ("nowhere://a/b.jsonl", "nowhere://a/b.jsonl: there is no reader for nowhere://; use a path, or s3, gs, hf or https"),
        (
            "https://me:secret@host/a.jsonl",
            "https://…@host/a.jsonl: a password or a token has no place in a URL; leave it to the environment",
        ),
        ("https://hf_abc@host/a.jsonl", "https://…@host/a.jsonl: a password or a token has no place in a URL; leave it to the environment"),
    ],
)
def test_what_cannot_be_opened_is_one_sentence(url, sentence):
    for read in (lambda: list(read_rows(url)), lambda: list(read_responses(Path(url)))):
        with pytest.raises(UserError) as caught:
            read()
        assert str(caught.value) == sentence


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(UserError, match=r"^s3://bucket/a.jsonl: reading s3:// needs s3fs; install it with `pip install s3fs`$"):
        list(read_rows("s3://bucket/a.jsonl"))
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(UserError, match=r"reading a URL needs fsspec; install it with `pip install 'osler\[hub\]'`"):
        list(read_rows("s3://bucket/a.jsonl"))


def test_a_server_that_is_not_there_or_hangs_up_is_one_sentence(tmp_path):
    class Cut(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None: ...

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(lines(ROWS[:1]))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cut) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{served.server_address[1]}/rows.jsonl"
        with pytest.raises(RecordError, match=f"^{url}: cannot be read"):
            list(read_rows(url))
        served.shutdown()
    with pytest.raises(RecordError, match=f"^{url}: ") as caught:
        list(read_responses(Path(url)))
    assert "\n" not in str(caught.value)


def test_what_a_server_says_instead_is_one_sentence(server, tmp_path):
    as_parquet(tmp_path / "whole.parquet", ROWS)
    for name, sentence in {
        "none.jsonl": "there is no such file; check the path",
        "whole.parquet": "cannot be read (OSError: the server gives no parts of the file; download it first, or take JSON Lines); check",
    }.items():
        with pytest.raises(RecordError) as caught:
            list(read_rows(f"{server}/{name}"))
        assert str(caught.value).startswith(f"{server}/{name}: {sentence}")


def test_offline_is_one_sentence():
    script = """
from osler.offline import go_offline
go_offline()
from osler.core.errors import UserError
from osler.data.table import read_rows
try:
    list(read_rows("https://example.org/a.jsonl"))
except UserError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.stdout.startswith("https://example.org/a.jsonl: cannot be read ("), ran.stderr
    assert "offline" in ran.stdout.lower()
    assert ran.stdout.count("\n") == 1


def test_a_file_is_never_whole_in_memory(tmp_path):
    """16 MiB of text, in lines and in groups of rows of 1 MiB, each read with less than 8 MiB at a time."""
    rows = [{"id": str(number), "output": f"{number:016}" * 2**10} for number in range(1024)]
    path, other = tmp_path / "rows.jsonl", tmp_path / "rows.parquet"
    path.write_bytes(lines(rows))
    parquet.write_table(pa.Table.from_pylist(rows), other, row_group_size=64, compression="none", use_dictionary=False)
    assert min(path.stat().st_size, other.stat().st_size) > 2**24
    ways = [(read, each) for read in (read_rows, read_responses) for each in (path, other)]
    for read, each in [*ways, (lambda each: read_records(each, dict[str, str]), path)]:
        tracemalloc.start()
        try:
            assert sum(1 for _ in read(each)) == 1024
            assert tracemalloc.get_traced_memory()[1] < 2**23
        finally:
            tracemalloc.stop()
