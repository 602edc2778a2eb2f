"""HTML and XHTML: an invented page with one of everything, and pages as people write them."""

from pathlib import Path

import pytest

from osler.core.errors import UserError
from osler.knowledge.textbooks.draft import Draft
from osler.knowledge.textbooks.page import read_page
from osler.knowledge.textbooks.read import read_textbook
from osler.knowledge.textbooks.textbook import Block, Textbook


def read(body: str, *, above: tuple[str, ...] = ()) -> Textbook:
    draft = Draft("book", "Invented")
    draft.title = read_page(
        draft, f"<!doctype html><html><head><title>A page</title></head><body>{body}</body></html>".encode(), "p", "p", above
    )
    return draft.finished()


def test_headings_make_sections() -> None:
    book = read("<p>0</p><h1>Heart</h1><p>1</p><h2>Valves</h2><p>2</p><h2>Walls</h2><p>3</p><h1>Lung</h1><p>4</p>", above=("Book",))
    assert book.title == "A page"
    assert [(section.heading, section.text) for section in book.sections] == [
        (("Book",), "0"),
        (("Book", "Heart"), "1"),
        (("Book", "Heart", "Valves"), "2"),
        (("Book", "Heart", "Walls"), "3"),
        (("Book", "Lung"), "4"),
    ]


def test_a_heading_that_the_contents_have_said_is_not_said_twice() -> None:
    assert read("<h1>HEART</h1><p>1</p>", above=("Book", "Heart")).sections[0].heading == ("Book", "Heart")


def test_blocks() -> None:
    book = read(
        "<nav>menu</nav><script>run()</script><p>It is <b>bold</b>,<br>10<sup>3</sup>.<sup><a href='#n1'>1</a></sup></p>"
        "<ul><li>one<li>two</ul>"
        "<dl><dt>pump</dt><dd>what moves</dd></dl><figure><img alt='x'><figcaption>A pump</figcaption></figure>"
        "<table><caption>Parts</caption><tr><th>Part<th>Use</tr><tr><td>valve<td>one way</tr></table>loose <i>text</i><p hidden>unseen</p>"
    )
    assert list(book.sections[0].blocks) == [
        Block("paragraph", "It is bold, 10^3."),
        Block("list", "- one\n- two"),
        Block("list", "- pump: what moves"),
        Block("caption", "A pump"),
        Block("table", "Parts\nPart | Use\nvalve | one way", n_head=2),
        Block("paragraph", "loose text"),
    ]


def test_a_glossary_is_terms() -> None:
    book = read("<h1>Words</h1><dl class='glossary'><dt>pump</dt><dd>what moves</dd></dl>")
    assert [(term.term, term.meaning, term.heading) for term in book.terms] == [("pump", "what moves", ("Words",))]


def test_a_table_that_lays_out_the_page_is_no_table() -> None:
    assert read("<table><tr><td><h1>Heart</h1><p>It pumps.</p></td></tr></table>").sections[0].heading == ("Heart",)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<p>Ménière</p>".encode("latin-1"), "Ménière"),
        ('<meta charset="windows-1252"><p>5 µg – daily</p>'.encode("cp1252"), "5 µg – daily"),
        (b"\xef\xbb\xbf" + "<p>Ménière</p>".encode(), "Ménière"),
        ("<p>Ménière</p>".encode("utf-16"), "Ménière"),
        (
            b"<?xml version='1.0' encoding='utf-8'?><html xmlns='http://www.w3.org/1999/xhtml'><body><p>a&nbsp;b<br/>c</p></body></html>",
            "a b c",
        ),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body><p>a<br>b</body></html>", "a b"),
        (b"<p>a<b>b<i>c</b>d</p></p></div>", "abcd"),
    ],
)
def test_encodings_and_broken_pages(data: bytes, text: str) -> None:
    draft = Draft("book")
    read_page(draft, data, "p", "p")
    assert draft.finished().sections[0].text == text


def test_a_page_too_deep_is_told() -> None:
    for n in (300, 100_000):
        with pytest.raises(UserError, match="more than 200 deep"):
            read("<div>" * n + "x")


@pytest.mark.parametrize(("data", "message"), [(b"", "empty"), (b" \n", "empty"), (b"<html></html>", "no text"), (b"<!-- -->", "no ")])
def test_an_empty_page_is_told(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "p.html").write_bytes(data)
    with pytest.raises(UserError, match=f"p.html: .*{message}"):
        read_textbook(tmp_path / "p.html")
