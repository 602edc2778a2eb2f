"""Markdown and plain text: lines become headings, paragraphs, lists and tables."""

import re
from collections.abc import Iterable
from itertools import groupby

from osler.knowledge.textbooks.draft import Draft

_ATX = re.compile(r" {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_ENTRY = re.compile(r"\s{0,12}(?:[-*+•‣◦▪·]|\(?\d{1,3}[.)])\s+(\S.*)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*")
_RULE = re.compile(r" {0,3}([-*_])(?:\s*\1){2,}\s*")
_TABLE_HEAD = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_MARKS = (
    (re.compile(r"<!--[^>]{0,2000}-->"), ""),
    (re.compile(r"!\[([^\[\]]{0,1000})\]\([^()]{0,2000}\)"), r"\1"),
    (re.compile(r"\[\^[^\[\]\s]{1,40}\]"), ""),
    (re.compile(r"\[([^\[\]]{1,1000})\](?:\([^()]{0,2000}\)|\[[^\[\]]{0,200}\])"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]{0,500}>"), ""),
    (re.compile(r"(?<![\w*\\])(\*{1,3})(?=\S)([^*\n]{1,2000}?)(?<=\S)\1(?![\w*])"), r"\2"),
    (re.compile(r"(?<![\w\\])(_{1,3})(?=\S)([^_\n]{1,2000}?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"`{1,2}([^`\n]{1,2000})`{1,2}"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])"), r"\1"),
)
_NUMBERED = re.compile(r"\d{1,3}((?:\.\d{1,3}){1,4})\.?\s+[^\W\d_]")
_CHAPTER = re.compile(r"(?:chapter|part|unit|appendix|section)\s+(?:\d{1,3}|[ivxlc]{1,7}|[a-z])\b", re.IGNORECASE)
_LONGEST_HEADING = 90
_LONGEST_LINE = 100_000


def read_markdown(draft: Draft, text: str, module: str = "", above: tuple[str, ...] = ()) -> str:
    """Markdown into the draft; returns the first heading of the first level."""
    lines = _without_front_matter(text.splitlines())
    page = _Lines(draft, module, above)
    n_unread = sum(len(line) > _LONGEST_LINE for line in lines)
    if n_unread:
        draft.faults["lines too long to look for marks in"] += n_unread
    at = 0
    while at < len(lines):
        at = _markdown_block(page, lines, at)
    page.flush()
    return page.title


def _without_front_matter(lines: list[str]) -> list[str]:
    if lines and lines[0].strip() == "---":
        end = next((n for n, line in enumerate(lines[1:200], 1) if line.strip() in ("---", "...")), 0)
        return lines[end + 1 :] if end else lines
    return lines


def _markdown_block(page: "_Lines", lines: list[str], at: int) -> int:
    """One block, or one line of a paragraph; returns where the next begins."""
    line = lines[at]
    following = lines[at + 1] if at + 1 < len(lines) else ""
    heading, fence = _ATX.fullmatch(line[:400]), _FENCE.match(line)
    if heading:
        page.head(len(heading[1]), _plain(heading[2] or ""))
    elif fence:
        end = next((n for n in range(at + 1, len(lines)) if lines[n].strip().startswith(fence[1])), len(lines))
        page.flush()
        page.paragraph(" ".join(lines[at + 1 : end]))
        return end + 1
    elif not page.running and line.strip() and _UNDERLINE.fullmatch(following[:400]) and "|" not in line:
        page.head(1 if "=" in following else 2, _plain(line))
        return at + 2
    elif "|" in line and "-" in following and len(following) < 2000 and _TABLE_HEAD.fullmatch(following):
        end = next((n for n in range(at + 2, len(lines)) if "|" not in lines[n]), len(lines))
        page.table([_cells(row) for row in (line, *lines[at + 2 : end])])
        return end
    elif _RULE.fullmatch(line[:400]) or not line.strip():
        page.flush()
    else:
        page.line(_plain(line.lstrip("> ") if line.lstrip().startswith(">") else line))
    return at + 1


def _cells(row: str) -> list[str]:
    return [_plain(cell).strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def _plain(line: str) -> str:
    """Without the marks of Markdown. A line that is too long stays as it is: nobody marked it by hand."""
    if len(line) > _LONGEST_LINE:
        return line
    for mark, instead in _MARKS:
        line = mark.sub(instead, line)
    return line


def read_plain(draft: Draft, text: str, module: str = "", above: tuple[str, ...] = ()) -> str:
    """Plain text into the draft; a form feed begins a page. Returns nothing that could be a title, for there is none."""
    has_pages = "\f" in text
    page = _Lines(draft, module, above)
    for number, part in enumerate(text.split("\f"), 1):
        page.page = number if has_pages else None
        for is_text, lines in groupby(part.splitlines(), key=lambda line: bool(line.strip())):
            if is_text:
                _plain_block(page, list(lines))
        page.flush()
    return ""


def _plain_block(page: "_Lines", lines: list[str]) -> None:
    level = _heading_level(lines[0].strip()) if len(lines) == 1 or (len(lines) == 2 and _UNDERLINE.fullmatch(lines[1][:400])) else 0
    if level:
        page.head(level, lines[0].strip())
        return
    for line in lines:
        page.line(line)
    page.flush()


def _heading_level(line: str) -> int:
    """0 where a line is no heading: one is short, alone, has no point at its end, and is numbered, in capitals, or says what it is."""
    if not 2 <= len(line) <= _LONGEST_HEADING or line[-1] in ".,;:?!" or not any(char.isalpha() for char in line):
        return 0
    numbered = _NUMBERED.match(line)
    if _CHAPTER.match(line):
        return 1
    if numbered:
        return 1 + numbered[1].count(".")
    return 2 if line.isupper() and sum(char.isalpha() for char in line) >= 4 else 0


class _Lines:
    """What the lines have come to: the headings above, and the paragraph or list that is open."""

    def __init__(self, draft: Draft, module: str, above: tuple[str, ...]) -> None:
        self._draft, self._module, self._above = draft, module, above
        self._path: list[tuple[int, str]] = []
        self._entries: list[str] = []
        self.running: list[str] = []
        self.page: int | None = None
        self.title = ""
        draft.enter(above, module=module)

    def head(self, level: int, title: str) -> None:
        self.flush()
        title = self._draft.even(title)
        if not title:
            return
        self.title = self.title or (title if level == 1 else "")
        self._path = [*(each for each in self._path if each[0] < level), (level, title)]
        self._draft.enter((*self._above, *(each for _, each in self._path)), module=self._module)

    def line(self, line: str) -> None:
        """A line of prose or an entry of a list; what follows an entry without one of its own belongs to it."""
        entry = _ENTRY.fullmatch(line) if len(line) <= _LONGEST_LINE else None
        if entry and (self._entries or self._may_begin_list(line)):
            self._end_paragraph()
            self._entries.append(entry[1])
        elif self._entries:
            self._entries[-1] += f" {line.strip()}" if line.strip() else ""
        else:
            self.running.append(line)

    def _may_begin_list(self, line: str) -> bool:
        """A number may also stand at the beginning of a line by chance."""
        return not self.running or self.running[-1].rstrip().endswith(":") or line.lstrip()[0] not in "(0123456789"

    def _end_paragraph(self) -> None:
        if self.running:
            self.paragraph(" ".join(self.running))
            self.running = []

    def paragraph(self, text: str) -> None:
        self._draft.add("paragraph", self._draft.even(text), self.page)

    def table(self, rows: Iterable[list[str]]) -> None:
        self.flush()
        self._draft.add_table([[self._draft.even(cell) for cell in row] for row in rows], self.page, n_head=1)

    def flush(self) -> None:
        self._end_paragraph()
        if self._entries:
            self._draft.add_list([self._draft.even(entry) for entry in self._entries], self.page)
            self._entries = []
