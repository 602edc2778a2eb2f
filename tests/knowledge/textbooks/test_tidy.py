"""Bytes to text, and text made even."""

from collections import Counter

import pytest

from osler.core.errors import UserError
from osler.knowledge.textbooks.tidy import decoded, tidy


@pytest.mark.parametrize(
    ("data", "text", "faults"),
    [
        ("é".encode(), "é", {}),
        ("é".encode("utf-8-sig"), "é", {}),
        ("é µ".encode("utf-16"), "é µ", {}),
        ("é".encode("utf-32"), "é", {}),
        ("Ménière’s".encode("cp1252"), "Ménière’s", {"files that are not UTF-8, read as Windows-1252": 1}),
        ("ééééé".encode() + b"\xff", "ééééé\ufffd", {"characters that could not be decoded": 1}),
    ],
)
def test_encodings(data: bytes, text: str, faults: dict[str, int]) -> None:
    counted = Counter[str]()
    assert decoded(data, "f", counted) == text
    assert counted == faults


@pytest.mark.parametrize(("data", "message"), [(b"", "f: the file is empty"), (b" \n\t", "empty"), (b"\x7fELF\x00\x00", "zero bytes")])
def test_what_is_no_text_is_told(data: bytes, message: str) -> None:
    with pytest.raises(UserError, match=message):
        decoded(data, "f", Counter())


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("  a \n b\u00a0\u2003c ", "a b c"),
        ("in\u00adflam\u200bma\ufefftion", "inflammation"),
        ("\u202eabc\x00\x07", "abc"),
        ("e\u0301", "é"),
        ("a\ud800b", "ab"),
    ],
)
def test_white_space_and_what_cannot_be_seen(given: str, text: str) -> None:
    assert tidy(given) == text
    assert tidy(text) == text


def test_what_cannot_be_seen_is_counted() -> None:
    faults = Counter[str]()
    tidy("a\u200bb\u200b", faults)
    assert faults == {"characters that cannot be seen": 2}
