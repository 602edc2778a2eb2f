"""CNXML, the form in which OpenStax publishes its books: one module with its sections, glossary and exercises.

Specification: CNXML 0.7 (https://openstax.github.io/cnxml). A section's class says what it is to its chapter (`summary`,
`multiple-choice`, …); the two OpenStax books of medicine name them differently, so that the roles are read from words in the class.
"""

import re
from collections.abc import Iterable

from lxml import etree

from osler.knowledge.textbooks.draft import Draft
from osler.knowledge.textbooks.markup import first, name_of, named, parse_xml
from osler.knowledge.textbooks.mathml import flat_math
from osler.knowledge.textbooks.textbook import BookExercise, GlossaryTerm, Role, Section
from osler.knowledge.textbooks.tidy import REFERENCE, named_entity

_ROLES: tuple[tuple[str, Role], ...] = (
    ("summary", "summary"),
    ("review", "questions"),
    ("multiple-choice", "questions"),
    ("free-response", "questions"),
    ("exercise", "questions"),
    ("question", "questions"),
    ("problem", "questions"),
    ("objective", "objectives"),
    ("outcome", "objectives"),
    ("reference", "references"),
    ("suggested-reading", "references"),
)
_BLOCKS = {"para", "list", "table", "figure", "note", "section", "equation", "exercise", "example", "media", "quote", "code", "rule"}
_LETTER = re.compile(r"\(?([A-Za-z])\)?\.?")
_POWER = re.compile(r"[-−+]?\d+")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class _Module:
    """One module being read into a draft."""

    def __init__(self, draft: Draft, root: etree._Element, module: str, path: tuple[str, ...]) -> None:
        self._draft, self._root, self._module = draft, root, module
        self._kinds = {element.get("id", ""): name_of(element) for element in root.iter() if element.get("id")}
        self._heading = (*path, self._title(root) or module)

    def read(self) -> None:
        content = first(self._root, "content")
        if content is not None:
            section = self._draft.enter(self._heading, name="content", module=self._module)
            self._walk(content, section)
        for definition in named(self._root, "definition"):
            self._define(definition)

    def _walk(self, element: etree._Element, section: Section) -> None:
        """Blocks in order; text between blocks is a paragraph of its own."""
        running: list[str] = [element.text or ""]
        for child in element:
            if name_of(child) in _BLOCKS:
                self._flush(running, section)
                self._block(child, section)
            elif name_of(child) == "newline":
                self._flush(running, section)
            elif name_of(child) not in ("title", "label", "commentary", "problem", "solution"):
                running.append(self._inline(child, before=running[-1] if running else ""))
            running.append(child.tail or "")
        self._flush(running, section)

    def _flush(self, running: list[str], section: Section) -> None:
        text = self._draft.even("".join(running))
        running.clear()
        if text:
            self._draft.again(section)
            self._draft.add("paragraph", text)

    def _block(self, element: etree._Element, section: Section) -> None:
        name = name_of(element)
        if name in ("section", "note", "example"):
            return self._inner(element, section)
        if name == "exercise":
            return self._exercise(element, section)
        if name in ("para", "quote", "code"):
            return self._walk(element, section)
        self._draft.again(section)
        if name == "list":
            self._draft.add_list([self._flat(entry) for entry in element if name_of(entry) == "item"])
        elif name == "table":
            self._table(element)
        elif name == "equation":
            self._draft.add("paragraph", self._flat(element))
        elif name == "figure":
            self._draft.add("caption", self._caption(element))
        return None

    def _inner(self, element: etree._Element, section: Section) -> None:
        is_note = name_of(element) in ("note", "example")
        words = element.get("class", "").lower()
        role: Role = next((role for word, role in _ROLES if word in words), "note" if is_note else section.role)
        title = self._title(element)
        heading = (*section.heading, title) if title else section.heading
        inner = self._draft.enter(heading, name=element.get("id", ""), role=role, module=self._module)
        self._walk(element, inner)

    def _table(self, element: etree._Element) -> None:
        rows = [[self._flat(entry) for entry in row if name_of(entry) == "entry"] for row in named(element, "row")]
        n_head = sum(name_of(row.getparent()) == "thead" for row in named(element, "row"))
        self._draft.add_table(rows, n_head=n_head, title=self._caption(element))

    def _caption(self, element: etree._Element) -> str:
        """Title and caption of a figure or table, as sentences."""
        parts = [self._flat(child) for child in element if name_of(child) in ("title", "caption")]
        return " ".join(part if part[-1] in ".?!" else f"{part}." for part in parts if part)

    def _exercise(self, element: etree._Element, section: Section) -> None:
        asked, solution = first(element, "problem"), first(element, "solution")
        if asked is None:
            return
        lists = [each for each in asked if name_of(each) == "list"]
        entries = [self._flat(entry) for entry in lists[-1] if name_of(entry) == "item"] if lists else []
        solved = self._spoken(solution) if solution is not None else ""
        found = _LETTER.fullmatch(solved)
        is_choice = found is not None and 2 <= len(entries) <= len(_LETTERS) and all(entries)
        question = self._spoken(asked, without=lists[-1:] if is_choice else [])
        if not question:
            self._draft.faults["exercises that the book keeps elsewhere"] += 1
            return
        options = dict(zip(_LETTERS, entries, strict=False)) if is_choice else {}
        key = found[1].upper() if found is not None and is_choice else ""
        if key and key not in options:
            self._draft.faults["exercises whose key is none of their options"] += 1
            key = ""
        name = f"{self._module}-{element.get('id') or len(self._draft.exercises)}"
        exercise = BookExercise(name, question, options, key, "" if is_choice else solved, section.heading, self._module)
        self._draft.exercises.append(exercise)

    def _spoken(self, element: etree._Element, without: list[etree._Element] | None = None) -> str:
        """All that is said inside, but for labels and what is left out."""
        skipped = without or []
        parts = [self._flat(child) for child in element if name_of(child) != "label" and child not in skipped]
        return self._draft.even(" ".join([element.text or "", *parts]))

    def _define(self, definition: etree._Element) -> None:
        term, meaning = first(definition, "term"), first(definition, "meaning")
        if term is None or meaning is None or not self._flat(term) or not self._flat(meaning):
            self._draft.faults["glossary entries without a term or a meaning"] += 1
            return
        self._draft.terms.append(GlossaryTerm(self._flat(term), self._flat(meaning), self._heading, self._module))

    def _title(self, element: etree._Element) -> str:
        title = first(element, "title")
        return self._flat(title) if title is not None else ""

    def _flat(self, element: etree._Element) -> str:
        return self._draft.even(self._inside(element))

    def _inside(self, element: etree._Element) -> str:
        parts = [element.text or ""]
        for child in element:
            said = self._inline(child, before=parts[-1])
            parts += [said, child.tail or ""]
        return "".join(parts)

    def _inline(self, element: etree._Element, before: str = "") -> str:
        name = name_of(element)
        if name == "":
            return self._entity(element)
        if name in ("media", "label", "iframe", "image"):
            return ""
        if name == "math":
            return flat_math(element)
        inside = self._inside(element)
        if name == "link" and not inside.strip():
            return self._reference(element)
        if name == "sup" and before[-1:].isdigit() and _POWER.fullmatch(inside.strip()):
            return f"^{inside.strip()}"
        if name in ("newline", "space", "item", "entry", "para", "list", "row"):
            return f" {inside} "
        return inside

    def _entity(self, element: etree._Element) -> str:
        text = named_entity(element.name) if isinstance(element, etree._Entity) and element.name else ""
        if not text:
            self._draft.faults["entities that are not resolved"] += 1
        return text

    def _reference(self, element: etree._Element) -> str:
        """A word for what a link without text goes to. An exercise that lies on a server is nothing to refer to."""
        if element.get("url"):
            return ""
        kind = self._kinds.get(element.get("target-id", ""), "")
        aim = element.get("target-id", "").lower()
        is_figure, is_table = kind == "figure" or aim.startswith("fig"), kind == "table" or aim.startswith(("tab", "tbl"))
        return f"{REFERENCE}{'figure' if is_figure else 'table' if is_table else 'section'}{REFERENCE}"


def read_module(draft: Draft, data: bytes, where: str, module: str, path: Iterable[str] = ()) -> None:
    """One module into the draft; `path` is the headings above it. Raises UserError where it is no CNXML or cannot be read."""
    root = parse_xml(data, where, draft.faults)
    _Module(draft, root, module, tuple(path)).read()
