"""PDF: the text of each page, made into paragraphs again: running heads out, words joined that a line end had parted, headings by outline.

A PDF has lines and no paragraphs: a line that ends a sentence and falls short of the others ends one. Its headings are those of the outline
(bookmarks): each begins where its title stands on its page as a line, or else with the page.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from osler.core.errors import UserError
from osler.knowledge.textbooks.draft import Draft
from osler.knowledge.textbooks.textbook import Textbook
from osler.knowledge.textbooks.tidy import tidy

MAX_PAGES = 10_000
_FEW = 20
"""Characters per page, on average; below, a book was scanned."""
_NUMBER_ALONE = re.compile(r"(?:page\s+)?(?:\d{1,5}|[ivxlc]{1,8})(?:\s+of\s+\d{1,5})?", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?:][\"'”’)\]]*$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_PARTED = re.compile(r"([^\W\d_]{2,})-$")
_ENTRY = re.compile(r"(?:[•●▪◦‣■–-]|\(?\d{1,2}[.)])\s+\S")


class _Head(NamedTuple):
    """An entry of the outline: its level from 1, its title, and its page from 0."""

    level: int
    title: str
    page: int


class _Line(NamedTuple):
    text: str
    page: int


def read_pdf(path: Path) -> Textbook:
    """Raises UserError for what is no PDF, is encrypted, or has no text. A page that cannot be read is left out and counted."""
    draft = Draft(path.name, path.stem)
    reader = _opened(path)
    pages = _pages(reader, path, draft.faults)
    if sum(len(line) for page in pages for line in page) < _FEW * max(1, len(pages)):
        raise UserError(f"{path.name}: there is no text on its {len(pages)} pages; was it scanned? Give a PDF with text, or run OCR first")
    title = (reader.metadata.title or "") if reader.metadata else ""
    draft.title = tidy(str(title)) or path.stem
    heads = _heads(reader, draft.faults)
    _Flow(draft, _without_running_heads(pages, draft.faults), heads).write()
    return draft.finished()


def _opened(path: Path) -> PdfReader:
    try:
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UserError(f"{path.name}: the file is encrypted; give one that opens without a password")
        if len(reader.pages) > MAX_PAGES:
            raise UserError(f"{path.name}: {len(reader.pages):,} pages are more than a book has ({MAX_PAGES:,}); split the file")
    except DependencyError as error:
        raise UserError(f"{path.name}: the file is encrypted; give one that opens without a password") from error
    except (PyPdfError, OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UserError(f"{path.name}: this is no PDF that can be read ({str(error)[:120]}); fetch the file again") from error
    return reader


def _pages(reader: PdfReader, path: Path, faults: Counter[str]) -> list[list[str]]:
    """The lines of every page; an empty page where it cannot be read, so that pages keep their numbers."""
    pages: list[list[str]] = []
    for n in range(len(reader.pages)):
        try:
            text = reader.pages[n].extract_text()
        except Exception as error:  # pypdf raises whatever a broken page makes it trip over
            faults[f"pages that could not be read ({type(error).__name__})"] += 1
            text = ""
        pages.append([tidy(line, faults) for line in text.splitlines()])
    return pages


def _heads(reader: PdfReader, faults: Counter[str]) -> list[_Head]:
    try:
        return list(_flat(reader, reader.outline, 1))
    except Exception as error:  # the same
        faults[f"outlines that could not be read ({type(error).__name__})"] += 1
        return []


def _flat(reader: PdfReader, entries: list[Any], level: int) -> list[_Head]:
    found: list[_Head] = []
    for entry in entries if level < 20 else ():
        if isinstance(entry, list):
            found += _flat(reader, entry, level + 1)
            continue
        page = reader.get_destination_page_number(entry)
        title = tidy(str(entry.title or ""))
        if page is not None and page >= 0 and title:
            found.append(_Head(level, title, page))
    return found


def _without_running_heads(pages: list[list[str]], faults: Counter[str]) -> list[list[str]]:
    """Without page numbers, and lines at the top or bottom that come back, their numbers aside, on a third of the pages before or after
    (left and right pages may have their own)."""
    edges: Counter[str] = Counter()
    for page in pages:
        edges.update({_shape(line) for line in _edge(page)})
    often = {shape for shape, n in edges.items() if shape and n >= 3 and n >= len(pages) / 6}
    kept = []
    for page in pages:
        edge = set(_edge(page))
        gone = [line for line in page if line in edge and (_shape(line) in often or _NUMBER_ALONE.fullmatch(line))]
        faults["running heads and page numbers"] += len(gone)
        kept.append([line for line in page if line not in gone])
    return kept


def _edge(page: list[str]) -> list[str]:
    """The two lines at the top and the two at the bottom."""
    lines = [line for line in page if line]
    return [*lines[:2], *lines[2:][-2:]]


def _shape(line: str) -> str:
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", line.lower()) if len(line) <= 120 else ""


class _Flow:
    """Lines made into paragraphs."""

    def __init__(self, draft: Draft, pages: list[list[str]], heads: list[_Head]) -> None:
        self._draft, self._pages = draft, pages
        self._heads: dict[int, list[_Head]] = {}
        for head in heads:
            self._heads.setdefault(head.page, []).append(head)
        words = Counter(word.lower() for page in pages for line in page for word in _WORD.findall(line))
        self._words = words
        lengths = sorted(len(line) for page in pages for line in page if len(line) > 20)
        self._full = 0.8 * lengths[len(lengths) * 3 // 4] if lengths else 0.0
        self._path: list[_Head] = []
        self._open: list[_Line] = []

    def write(self) -> None:
        self._draft.enter(())
        for number, page in enumerate(self._pages):
            waiting = list(self._heads.get(number, ()))
            shapes = {_shape(line) for line in page}
            self._enter_missing(waiting, shapes)
            for line in page:
                if waiting and _shape(line) == _shape(waiting[0].title):
                    self._enter(waiting.pop(0))
                    self._enter_missing(waiting, shapes)
                else:
                    self._line(_Line(line, number + 1))
            while waiting:
                self._enter(waiting.pop(0))
        self._end()

    def _enter_missing(self, waiting: list[_Head], shapes: set[str]) -> None:
        """Those next in the outline whose titles are no line of their page."""
        while waiting and _shape(waiting[0].title) not in shapes:
            self._enter(waiting.pop(0))

    def _line(self, line: _Line) -> None:
        is_entry = bool(_ENTRY.match(line.text))
        if self._open and (not line.text or is_entry) and (_ends(self._open[-1].text) or is_entry):
            self._end()
        if line.text:
            self._open.append(line)
            if _ends(line.text) and len(line.text) < self._full:
                self._end()

    def _enter(self, head: _Head) -> None:
        self._end()
        self._path = [*(each for each in self._path if each.level < head.level), head]
        self._draft.enter(tuple(each.title for each in self._path))

    def _end(self) -> None:
        if not self._open:
            return
        text, *rest = (line.text for line in self._open)
        for line in rest:
            text = self._joined(text, line)
        self._draft.add("paragraph", text, self._open[0].page)
        self._open = []

    def _joined(self, text: str, line: str) -> str:
        """One text. A hyphen at the end of a line goes, unless the book writes the word with it elsewhere and not without."""
        parted = _PARTED.search(text[-60:])
        word = _WORD.match(line)
        if parted is None or word is None or not line[0].islower():
            return f"{text} {line}"
        whole, with_hyphen = (parted[1] + word[0]).lower(), f"{parted[1]}-{word[0]}".lower()
        self._draft.faults["words parted at the end of a line"] += 1
        is_hyphenated = self._words[with_hyphen] > self._words[whole]
        return f"{text}{line}" if is_hyphenated else f"{text[:-1]}{line}"


def _ends(line: str) -> bool:
    return bool(_SENTENCE_END.search(line[-8:]))
