"""Draft: a textbook while it is read. Readers tell it headings and blocks in order; it makes the sections."""

from collections import Counter
from dataclasses import dataclass, field, replace

from osler.core.errors import UserError
from osler.knowledge.textbooks.textbook import Block, BlockKind, BookExercise, GlossaryTerm, Role, Section, Textbook, slug_of
from osler.knowledge.textbooks.tidy import tidy


@dataclass
class Draft:
    """`place` is where the file lies, for errors. `licence` is the book's own word on it."""

    place: str
    title: str = ""
    licence: str = ""
    faults: Counter[str] = field(default_factory=Counter)
    terms: list[GlossaryTerm] = field(default_factory=list)
    exercises: list[BookExercise] = field(default_factory=list)
    _sections: list[Section] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _open: Section = field(default_factory=lambda: Section("", (), ()))
    _ids: Counter[str] = field(default_factory=Counter)

    def enter(self, heading: tuple[str, ...], *, name: str = "", role: Role = "body", module: str = "") -> Section:
        """What comes from now on stands under this heading. `name` is the section's own, else it is made of the headings."""
        self._close()
        own = name or slug_of("-".join(heading)) or "text"
        self._open = Section(f"{module}/{own}" if module else own, heading, (), role, module)
        return self._open

    def again(self, section: Section) -> None:
        """Back in a section after what lay inside it."""
        if self._open is not section:
            self._close()
            self._open = section

    def add(self, kind: BlockKind, text: str, page: int | None = None, *, n_head: int = 0) -> None:
        """A block whose text is even already; an empty one is none."""
        if text:
            self._blocks.append(Block(kind, text, page, n_head))

    def add_list(self, entries: list[str], page: int | None = None) -> None:
        self.add("list", "\n".join(f"- {entry}" for entry in entries if entry), page)

    def add_table(self, rows: list[list[str]], page: int | None = None, *, n_head: int = 0, title: str = "") -> None:
        """A line for the title where there is one, which then belongs to the head, and one per row."""
        lines = [" | ".join(row) for row in rows if any(row)]
        if lines:
            head = [title] if title else []
            self.add("table", "\n".join(head + lines), page, n_head=min(n_head + len(head), len(lines)))

    def include(self, book: Textbook, module: str, above: tuple[str, ...]) -> None:
        """All of a book that was read already, under its own title."""
        for section in book.sections:
            self.enter((*above, book.title, *section.heading), name=section.id, role=section.role, module=module)
            self._blocks += section.blocks
        self.terms += [replace(term, module=module) for term in book.terms]
        self.faults.update(book.faults)

    def even(self, text: str) -> str:
        return tidy(text, self.faults)

    def _close(self) -> None:
        if self._blocks:
            self._ids[self._open.id] += 1
            n = self._ids[self._open.id]
            name = self._open.id if n == 1 else f"{self._open.id}~{n}"
            self._sections.append(replace(self._open, id=name, blocks=tuple(self._blocks)))
            self._blocks = []

    def finished(self) -> Textbook:
        """Raises UserError where there is nothing in the book."""
        self._close()
        if not self._sections and not self.terms and not self.exercises:
            raise UserError(f"{self.place}: there is no text in this book; give one with paragraphs")
        parts = tuple(self._sections), tuple(self.terms), tuple(self.exercises)
        return Textbook(self.title, *parts, self.licence, dict(+self.faults))
