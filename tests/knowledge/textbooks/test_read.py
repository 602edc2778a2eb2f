"""One door: what a file is, folders of files, and one line of 50 MB."""

import tracemalloc
from pathlib import Path

import pytest

from osler.core.errors import UserError
from osler.knowledge.textbooks.passages import n_words, passages_of
from osler.knowledge.textbooks.read import read_textbook

CNXML = '<document xmlns="http://cnx.rice.edu/cnxml"><title>T</title><content><para>Text.</para></content></document>'


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.txt", "# Text.", "# Text."),
        ("a.md", "# H\nText.", "Text."),
        ("a.html", "<p>Text.", "Text."),
        ("a", "<html><body>Text.", "Text."),
        ("a.xml", CNXML, "Text."),
        ("a.cnxml", CNXML, "Text."),
        ("a.book", "Text.", "Text."),
    ],
)
def test_what_a_file_is(tmp_path: Path, name: str, text: str, kind: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_textbook(tmp_path / name).sections[0].text == kind


def test_a_folder_of_many_kinds(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name, text in {
        "1.md": "# One\nText.",
        "2.html": "<h1>Two</h1>text",
        "b/3.txt": "Three.",
        "4.jpg": "x",
        "5.txt": "",
        "6.cnxml": "<",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    book = read_textbook(tmp_path)
    assert [(section.heading, section.text) for section in book.sections] == [(("One",), "Text."), (("Two",), "text"), (("b",), "Three.")]
    assert book.faults["files left out, of another kind: .jpg"] == 1
    assert [name for name in book.faults if "5.txt: the file is empty" in name or "6.cnxml: this is not XML" in name]


@pytest.mark.parametrize("name", ["gone.txt", "empty"])
def test_nothing_there_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"no such file|no text"):
        read_textbook(tmp_path / name)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("name", "unit"), [("a.txt", "x"), ("a.txt", "It ends. "), ("a.txt", "\t "), ("a.md", "*a "), ("a.html", "(see "), ("a.html", "... ")]
)
def test_a_line_of_50_mb_is_read(tmp_path: Path, name: str, unit: str) -> None:
    """Whatever grows with the square of the length would not come to an end in the time that it has."""
    path = tmp_path / name
    path.write_text(unit * ((50 << 20) // len(unit)), encoding="utf-8")
    if not unit.strip():
        with pytest.raises(UserError, match="empty"):
            read_textbook(path)
        return
    passages = passages_of(read_textbook(path))
    assert max(len(passage.text) for passage in passages) <= 40 * 180
    n_kept = sum(len("".join(passage.text.split())) for passage in passages)
    assert n_kept == len("".join(unit.split())) * ((50 << 20) // len(unit))


def test_a_line_of_280_kb_takes_memory_in_proportion(tmp_path: Path) -> None:
    """60 times the text is far above what is needed and far below what grows with its square."""
    path = tmp_path / "a.txt"
    path.write_text("It ends here. " * 20_000, encoding="utf-8")
    tracemalloc.start()
    passages = passages_of(read_textbook(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * path.stat().st_size
    assert sum(n_words(passage.text) for passage in passages) == 60_000
