"""EPUB: an invented book of both versions, and archives that mean harm."""

import io
import zipfile
from pathlib import Path

import pytest

from osler.core.errors import UserError
from osler.knowledge.textbooks import archive
from osler.knowledge.textbooks.read import read_textbook

CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>Invented</dc:title><dc:rights>CC BY</dc:rights></metadata><manifest>
<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/><item id="b" href="two%20.xhtml" media-type="application/xhtml+xml"/>
<item id="x" href="../../../etc/passwd" media-type="application/xhtml+xml"/><item id="p" href="cover.jpg" media-type="image/jpeg"/>
{table}</manifest><spine><itemref idref="p"/><itemref idref="b"/><itemref idref="a"/><itemref idref="x"/><itemref idref="gone"/></spine>
</package>"""
NAV_ITEM = '<item id="n" properties="nav" href="nav.xhtml" media-type="application/xhtml+xml"/>'
NAV = """<html xmlns="http://www.w3.org/1999/xhtml"><body><nav><ol><li><span>Part</span><ol><li><a href="two%20.xhtml">Two</a></li>
<li><a href="one.xhtml#top">One</a></li></ol></li></ol></nav></body></html>"""
NCX_ITEM = '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
NCX = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>Part</text></navLabel>
<content src="none.xhtml"/>
<navPoint><navLabel><text>Two</text></navLabel><content src="two%20.xhtml"/></navPoint>
<navPoint><navLabel><text>One</text></navLabel><content src="one.xhtml"/></navPoint></navPoint></navMap></ncx>"""
PAGE = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body><h1>{0}</h1><p>About&nbsp;{0}.</p></body></html>'


def members(**more: str | bytes) -> dict[str, str | bytes]:
    return {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": PACKAGE.format(table=NAV_ITEM),
        "OEBPS/nav.xhtml": NAV,
        "OEBPS/one.xhtml": PAGE.format("One"),
        "OEBPS/two .xhtml": PAGE.format("two things"),
    } | more


def packed(folder: Path, parts: dict[str, str | bytes]) -> Path:
    path = folder / "book.epub"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return path


@pytest.mark.parametrize("version", [2, 3])
def test_pages_come_in_the_order_of_the_spine_under_the_contents(tmp_path: Path, version: int) -> None:
    parts = members()
    if version == 2:
        parts |= {"OEBPS/book.opf": PACKAGE.format(table=NCX_ITEM), "OEBPS/toc.ncx": NCX}
    book = read_textbook(packed(tmp_path, parts))
    assert (book.title, book.licence) == ("Invented", "CC BY")
    assert [(section.heading, section.text) for section in book.sections] == [
        (("Part", "Two", "two things"), "About two things."),
        (("Part", "One"), "About One."),
    ]
    assert list(book.faults.values()) == [1]
    assert next(iter(book.faults)).startswith("pages left out: a page outside the archive")


def test_a_broken_page_is_read_all_the_same_and_a_missing_one_counted(tmp_path: Path) -> None:
    parts = members(**{"OEBPS/one.xhtml": PAGE.format("One").replace("</p>", "")})
    del parts["OEBPS/two .xhtml"]
    book = read_textbook(packed(tmp_path, parts))
    assert [section.text for section in book.sections] == ["About One."]
    assert book.faults["pages of broken XHTML, read as HTML"] == 1
    assert [name for name in book.faults if "two .xhtml: there is no such file" in name]


def test_a_book_without_contents_has_the_headings_of_its_pages(tmp_path: Path) -> None:
    book = read_textbook(packed(tmp_path, members(**{"OEBPS/nav.xhtml": "<broken"})))
    assert [section.heading for section in book.sections] == [("two things",), ("One",)]


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    """32 MB of zeros are 32 kB when they are packed: 1,000 times."""
    path = packed(tmp_path, members(bomb=b"\0" * (32 << 20)))
    assert path.stat().st_size < 64 << 10
    with pytest.raises(UserError, match=r"book\.epub: .* are no book; the archive is not opened"):
        read_textbook(path)


def test_limits_of_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(tmp_path, members())
    monkeypatch.setattr(archive, "MAX_MEMBER", 100)
    with pytest.raises(UserError, match="more text than a book has"):
        read_textbook(path)
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    with pytest.raises(UserError, match="files are more than a book has"):
        read_textbook(path)


def test_a_size_that_lies_is_found_out(tmp_path: Path) -> None:
    """The size of the page, as the archive's directory has it, is made one byte."""
    path = packed(tmp_path, members())
    data = bytearray(path.read_bytes())
    entry = data.index(b"OEBPS/one.xhtml", data.index(b"PK\x01\x02")) - 46
    data[entry + 24 : entry + 28] = (1).to_bytes(4, "little")
    path.write_bytes(data)
    book = read_textbook(path)
    assert [section.heading[-1] for section in book.sections] == ["two things"]
    assert [name for name in book.faults if "one.xhtml: the file is damaged" in name]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"a.txt": "text"}, "this is no EPUB"),
        ({"META-INF/container.xml": CONTAINER}, "OEBPS/book.opf: there is no such file"),
        (members(**{"OEBPS/book.opf": "not xml"}), "this is not XML"),
        (members(**{"OEBPS/book.opf": '<!DOCTYPE a [<!ENTITY b "c">]><package/>'}), "entities of its own"),
        (members(**{"OEBPS/one.xhtml": "", "OEBPS/two .xhtml": ""}), "there is no text in this book"),
    ],
)
def test_what_is_no_book_is_told(tmp_path: Path, parts: dict[str, str | bytes], message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_textbook(packed(tmp_path, parts))


def test_protected_pages_are_told(tmp_path: Path) -> None:
    references = "".join(f'<CipherReference URI="OEBPS/{name}.xhtml"/>' for name in ("one", "two%20"))
    lock = f'<encryption xmlns="http://www.w3.org/2001/04/xmlenc#">{references}</encryption>'
    package = PACKAGE.format(table=NAV_ITEM).replace('<itemref idref="x"/>', "")
    with pytest.raises(UserError, match="encrypted"):
        read_textbook(packed(tmp_path, members(**{"META-INF/encryption.xml": lock, "OEBPS/book.opf": package})))


def test_what_is_no_zip_is_told(tmp_path: Path) -> None:
    path = tmp_path / "book.epub"
    whole = packed(tmp_path, members()).read_bytes()
    for data in (b"", b"PK\x03\x04 and nothing", whole[:-30], io.BytesIO(whole).read(40)):
        path.write_bytes(data)
        with pytest.raises(UserError, match=r"book\.epub: this is no zip"):
            read_textbook(path)


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("a.xhtml", "OEBPS/a.xhtml"),
        ("../a.xhtml#b", "a.xhtml"),
        ("../../a", ""),
        ("/etc/passwd", ""),
        ("http://x.org/a", ""),
        ("#b", ""),
        ("..\\a", ""),
    ],
)
def test_links_stay_inside(link: str, name: str) -> None:
    assert archive.inside("OEBPS", link) == name
