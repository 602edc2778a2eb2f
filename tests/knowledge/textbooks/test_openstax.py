"""OpenStax: a collection as it is published, and modules as lines."""

import gzip
import json
from pathlib import Path

import pytest

from osler.core.errors import UserError
from osler.knowledge.textbooks.read import read_textbook

MODULE = '<document xmlns="http://cnx.rice.edu/cnxml"><title>{0}</title><content><para>About {0}.</para></content></document>'
COLLECTION = """<col:collection xmlns:col="http://cnx.rice.edu/collxml" xmlns:md="http://cnx.rice.edu/mdml">
<col:metadata><md:title>Invented Book</md:title>
<md:license url="http://creativecommons.org/licenses/by/4.0/">CC BY</md:license></col:metadata>
<col:content><col:module document="m1"/><col:subcollection><md:title>Part</md:title><col:content><col:subcollection>
<md:title>Chapter</md:title><col:content><col:module document="m2"/><col:module document="m9"/><col:module document="../m1"/>
</col:content></col:subcollection></col:content></col:subcollection></col:content></col:collection>"""


def repository(folder: Path) -> Path:
    for name in ("m1", "m2"):
        (folder / "modules" / name).mkdir(parents=True)
        (folder / "modules" / name / "index.cnxml").write_text(MODULE.format(name.upper()), encoding="utf-8")
    (folder / "collections").mkdir()
    (folder / "collections" / "invented.collection.xml").write_text(COLLECTION, encoding="utf-8")
    return folder


def test_a_collection_is_a_book(tmp_path: Path) -> None:
    book = read_textbook(repository(tmp_path))
    assert (book.title, book.licence) == ("Invented Book", "http://creativecommons.org/licenses/by/4.0/")
    assert [(section.heading, section.text) for section in book.sections] == [
        (("M1",), "About M1."),
        (("Part", "Chapter", "M2"), "About M2."),
    ]
    assert book.faults == {
        "modules left out: m9: there is no such file": 1,
        "modules left out: ../m1: there is no such file": 1,
    }
    assert read_textbook(tmp_path / "collections" / "invented.collection.xml") == book


def test_several_collections_have_to_be_chosen_from(tmp_path: Path) -> None:
    repository(tmp_path)
    (tmp_path / "collections" / "other.collection.xml").write_text(COLLECTION, encoding="utf-8")
    with pytest.raises(UserError, match=r"several books.*other\.collection\.xml"):
        read_textbook(tmp_path)


def test_a_folder_of_modules_is_a_book(tmp_path: Path) -> None:
    for name in ("m2", "m1"):
        (tmp_path / f"{name}.cnxml").write_text(MODULE.format(name), encoding="utf-8")
    assert [section.module for section in read_textbook(tmp_path).sections] == ["m1", "m2"]


def lines(folder: Path, *rows: object) -> Path:
    path = folder / "some_book" / "cnxml.jsonl.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()))
    return path


def row(name: str, order: int, **more: object) -> dict[str, object]:
    return {"module": name, "order": order, "path": ["Unit"], "cnxml": MODULE.format(name)} | more


def test_lines_come_in_the_order_that_they_say(tmp_path: Path) -> None:
    path = lines(tmp_path, row("b", 2), row("a", 1), row("c", 3, cnxml="<broken"))
    book = read_textbook(path)
    assert [section.heading for section in book.sections] == [("Unit", "a"), ("Unit", "b")]
    assert book.title == "some_book"
    assert [name for name in book.faults if "modules left out: cnxml.jsonl.gz:3" in name]
    assert read_textbook(path.parent) == book


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("{", ":1: this is no JSON"),
        ("[" * 100_000, ":1: this is no JSON"),
        ([1], ":1: this is no module"),
        ({"module": "a"}, "it needs module, order, path, cnxml"),
        (row("a", 1, path="Unit"), "path is a list of headings"),
        (row("a", 1) | {"order": "first"}, "order a number"),
    ],
)
def test_wrong_lines_are_told(tmp_path: Path, wrong: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_textbook(lines(tmp_path, wrong))


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = lines(tmp_path, row("a", 1))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(UserError, match="damaged"):
        read_textbook(path)


def test_a_bomb_of_lines_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """8 MB of spaces in one line are 8 kB when they are packed."""
    monkeypatch.setattr("osler.knowledge.textbooks.openstax._MAX_LINE", 1 << 20)
    path = lines(tmp_path)
    path.write_bytes(gzip.compress(b" " * (8 << 20), compresslevel=1))
    with pytest.raises(UserError, match="more here than a book has"):
        read_textbook(path)
