"""Sections chunked into passages: whole blocks while they fit, else whole sentences, never through a table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from osler.core.errors import UserError
from osler.core.passage import Passage
from osler.knowledge.textbooks.sentences import sentence_spans
from osler.knowledge.textbooks.textbook import Block, BlockKind, Role, Section, Textbook

Count = Callable[[str], int]
"""How long a text is: its words, or its tokens under some tokenizer."""


_MAX_CHARACTERS = 40
"""For each word that a passage may have: a text without any white space has few words and no end."""


def n_words(text: str) -> int:
    """Words by white space."""
    return len(text.split())


@dataclass(frozen=True)
class Cutting:
    """How passages are made. `max_size` is in words, or in whatever is counted, headings not included.

    A sentence longer than that is a passage of its own. So is a table, up to `max_table`; a longer one is split between rows, and its head
    is repeated where it leaves room. `n_overlap` sentences of a passage begin the next one, where they stand in the same section and the
    size allows it. What is searched is the last `n_headings` headings and the text. The defaults leave out what repeats a chapter
    (summaries, objectives) or is none of it (references).
    """

    max_size: int = 180
    max_table: int = 1000
    n_overlap: int = 0
    n_headings: int = 3
    kinds: tuple[BlockKind, ...] = ("paragraph", "list", "caption", "table")
    roles: tuple[Role, ...] = ("body", "note")

    def __post_init__(self) -> None:
        for name in ("max_size", "max_table"):
            if getattr(self, name) < 1:
                raise UserError(f"{name}: {getattr(self, name)} leaves no room for text; give 1 or more")
        for name in ("n_overlap", "n_headings"):
            if getattr(self, name) < 0:
                raise UserError(f"{name}: {getattr(self, name)} is less than none; give 0 or more")


class _Piece(NamedTuple):
    """What is never cut: a sentence, of a paragraph or of an entry of a list. `is_last` ends its block."""

    start: int
    end: int
    page: int | None
    is_last: bool


def passages_of(textbook: Textbook, cutting: Cutting | None = None, count: Count = n_words) -> list[Passage]:
    """The book as passages, in its order. `text` is `section.text[start:end]`, after `fields["head"]` where a table's head is repeated."""
    cutting = cutting or Cutting()
    return [
        passage
        for section in textbook.sections
        if section.role in cutting.roles
        for passage in _of_section(textbook.slug, section, cutting, count)
    ]


def _of_section(book: str, section: Section, cutting: Cutting, count: Count) -> Iterator[Passage]:
    running: list[_Piece] = []
    for start, block in section.placed():
        is_prose = block.kind in cutting.kinds and block.kind != "table"
        if is_prose:
            running += _pieces(start, block)
            continue
        yield from _of_pieces(book, section, running, cutting, count)
        running = []
        if block.kind in cutting.kinds:
            yield from _of_table(book, section, start, block, cutting, count)
    yield from _of_pieces(book, section, running, cutting, count)


def _pieces(start: int, block: Block) -> list[_Piece]:
    spans = []
    at = 0
    for line in block.text.split("\n") if block.kind == "list" else [block.text]:
        spans += [(start + at + a, start + at + b) for a, b in sentence_spans(line)]
        at += len(line) + 1
    return [_Piece(a, b, block.page, n == len(spans)) for n, (a, b) in enumerate(spans, 1)]


def _of_pieces(book: str, section: Section, pieces: list[_Piece], cutting: Cutting, count: Count) -> Iterator[Passage]:
    fresh = 0
    while fresh < len(pieces):
        first = max(0, fresh - cutting.n_overlap)
        while first < fresh and count(section.text[pieces[first].start : pieces[fresh].end]) > cutting.max_size:
            first += 1
        fresh = _stop(section, pieces, first, fresh, cutting, count)
        yield _passage(book, section, pieces[first].start, pieces[fresh - 1].end, pieces[first].page, cutting)


def _stop(section: Section, pieces: list[_Piece], first: int, fresh: int, cutting: Cutting, count: Count) -> int:
    """Past the last piece: that of the last block that fits whole, else the last that fits, but one at least. A longer text counts more."""

    def is_within(at: int) -> bool:
        if at >= len(pieces) or pieces[at].end - pieces[first].start > _MAX_CHARACTERS * cutting.max_size:
            return False
        return count(section.text[pieces[first].start : pieces[at].end]) <= cutting.max_size

    last, stride = fresh, 1
    while is_within(last + stride):
        last, stride = last + stride, stride * 2
    while stride > 1:
        stride //= 2
        last += stride if is_within(last + stride) else 0
    if last + 1 == len(pieces):
        return len(pieces)
    return next((at + 1 for at in range(last, fresh - 1, -1) if pieces[at].is_last), last + 1)


def _of_table(book: str, section: Section, start: int, block: Block, cutting: Cutting, count: Count) -> Iterator[Passage]:
    if count(block.text) <= cutting.max_table:
        yield _passage(book, section, start, start + len(block.text), block.page, cutting, kind="table")
        return
    lines = block.text.split("\n")
    head = "".join(f"{line}\n" for line in lines[: block.n_head])
    head = head if count(head) <= cutting.max_size // 2 else ""
    stops = list(accumulate((len(line) + 1 for line in lines), initial=start))
    row = 0
    while row < len(lines):
        shown = head if row else ""
        stop = max(row, 0 if row else block.n_head) + 1
        while stop < len(lines) and count(shown + section.text[stops[row] : stops[stop + 1] - 1]) <= cutting.max_size:
            stop += 1
        stop = min(stop, len(lines))
        yield _passage(book, section, stops[row], stops[stop] - 1, block.page, cutting, kind="table", head=shown)
        row = stop


def _passage(
    book: str, section: Section, start: int, end: int, page: int | None, cutting: Cutting, *, kind: str = "text", head: str = ""
) -> Passage:
    text = head + section.text[start:end]
    said = ". ".join(section.heading[-cutting.n_headings :]) if cutting.n_headings else ""
    fields = {"kind": kind, "role": section.role, "module": section.module, "head": head}
    return Passage(
        id=f"{book}/{section.id}:{start}-{end}",
        text=text,
        heading=section.heading,
        source=book,
        page=page,
        start=start,
        end=end,
        sought=f"{said}\n{text}" if said else "",
        fields={name: value for name, value in fields.items() if value},
    )
