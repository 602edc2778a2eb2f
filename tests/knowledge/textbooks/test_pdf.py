"""PDF: books made by ReportLab, with running heads, parted words and an outline; and files that are none."""

from pathlib import Path

import pytest

from osler.core.errors import UserError
from osler.knowledge.textbooks.read import read_textbook

pytest.importorskip("reportlab")
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

PAGES = [
    [
        "The heart is a pump of muscle that moves the blood through all of the body, day and night without",
        "a rest. It has four valves.",
        "Valves",
    ],
    ["Each valve lets the blood through in one direction and in no other, so that it can not flow back to the cham-", "bers. It is well-"],
    [
        "known that valves can leak, and a leaking valve makes a murmur that is heard on the chest wall by anybody.",
        "It is a well-known sound.",
    ],
]


def written(path: Path, pages: list[list[str]], *, is_outlined: bool = True, password: str = "") -> Path:
    canvas = Canvas(str(path), encrypt=StandardEncryption(password) if password else None)
    canvas.setTitle("Invented Cardiology")
    for number, lines in enumerate(pages, 1):
        canvas.setFont("Helvetica", 9)
        canvas.drawString(60, 800, f"Invented Cardiology {number}")
        for at, line in enumerate(lines):
            canvas.drawString(60, 760 - 14 * at, line)
        canvas.drawString(300, 40, str(number))
        if is_outlined and number == 1:
            canvas.bookmarkPage("heart")
            canvas.bookmarkPage("valves")
            canvas.addOutlineEntry("Heart", "heart", 0)
            canvas.addOutlineEntry("Valves", "valves", 1)
        canvas.showPage()
    canvas.save()
    return path


def test_a_book_of_three_pages(tmp_path: Path) -> None:
    """Word by word as it was written, without heads and numbers: "cham-bers" joined, "well-known" not, for the book has it elsewhere."""
    book = read_textbook(written(tmp_path / "book.pdf", PAGES))
    assert book.title == "Invented Cardiology"
    assert [(section.heading, [(block.page, block.text) for block in section.blocks]) for section in book.sections] == [
        (("Heart",), [(1, f"{PAGES[0][0]} {PAGES[0][1]}")]),
        (
            ("Heart", "Valves"),
            [
                (
                    2,
                    "Each valve lets the blood through in one direction and in no other, so that it can not flow back to the chambers. "
                    "It is well-known that valves can leak, and a leaking valve makes a murmur that is heard on the chest wall by anybody. "
                    "It is a well-known sound.",
                )
            ],
        ),
    ]
    assert book.faults == {"running heads and page numbers": 6, "words parted at the end of a line": 2}


def test_a_book_without_an_outline_has_pages_all_the_same(tmp_path: Path) -> None:
    book = read_textbook(written(tmp_path / "book.pdf", PAGES, is_outlined=False))
    assert {section.heading for section in book.sections} == {()}
    assert book.sections[0].blocks[0].page == 1


def test_a_scan_is_told(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    canvas = Canvas(str(path))
    for _ in range(3):
        canvas.rect(10, 10, 100, 100)
        canvas.showPage()
    canvas.save()
    with pytest.raises(UserError, match=r"scan\.pdf: there is no text on its 3 pages; was it scanned"):
        read_textbook(path)


def test_an_encrypted_book_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"book\.pdf: the file is encrypted"):
        read_textbook(written(tmp_path / "book.pdf", PAGES, password="secret"))


def test_what_is_no_pdf_is_told(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.pdf", PAGES).read_bytes()
    path = tmp_path / "book.pdf"
    for data in (b"", b"%PDF-1.4\n", b"no pdf at all", whole[:200], b"%PDF-1.4\n" + b"\0" * 10_000):
        path.write_bytes(data)
        with pytest.raises(UserError, match=r"book\.pdf: (this is no PDF|there is no text|the file is encrypted)"):
            read_textbook(path)


def test_a_page_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    """The stream of one page says that it is packed in a way that it is not."""
    data = written(tmp_path / "whole.pdf", PAGES).read_bytes()
    at = data.index(b"stream")
    path = tmp_path / "book.pdf"
    path.write_bytes(data[: at + 8] + b"!" * 40 + data[at + 48 :])
    book = read_textbook(path)
    assert book.sections[-1].blocks[-1].page in (2, 3)
    assert "The heart is a pump" not in book.sections[0].text
