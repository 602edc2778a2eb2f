"""A page of HTML or XHTML: headings make sections, and paragraphs, lists, tables and captions their blocks."""

import re

from lxml import etree

from osler.knowledge.textbooks.draft import Draft
from osler.knowledge.textbooks.markup import first, name_of, named, parse_page
from osler.knowledge.textbooks.mathml import flat_math
from osler.knowledge.textbooks.textbook import GlossaryTerm, Role, Section
from osler.knowledge.textbooks.tidy import named_entity

_SKIPPED = {"script", "style", "noscript", "template", "nav", "form", "button", "svg", "iframe", "head", "select", "input", "footer"} | {
    *("object", "audio", "video", "canvas", "img"),
}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_TEXT = {"p", "pre", "blockquote", "address", "figcaption", "caption", "summary"}
_CONTAINERS = {"div", "section", "article", "main", "aside", "header", "body", "center", "details", "figure", "fieldset", "hgroup"}
_LISTS = {"ul", "ol", "dl", "menu"}
_BLOCKS = _HEADINGS | _TEXT | _CONTAINERS | _LISTS | {"table", "hr"}
_POWER = re.compile(r"[-−+]?\d+")
_ROLES: tuple[tuple[str, Role], ...] = (("bibliography", "references"), ("reference", "references"), ("objective", "objectives"))


class _Page:
    def __init__(self, draft: Draft, module: str, above: tuple[str, ...]) -> None:
        self._draft, self._module, self._above = draft, module, above
        self._path: list[tuple[int, str]] = []
        self._section = Section("", (), ())
        self._enter("")

    def _enter(self, name: str) -> None:
        heading = (*self._above, *(title for _, title in self._path))
        said = heading[-1].lower() if heading else ""
        role: Role = next((role for word, role in _ROLES if said.rstrip("s") == word), "body")
        self._section = self._draft.enter(heading, name=name, role=role, module=self._module)

    def walk(self, element: etree._Element) -> None:
        """Blocks in order; text between blocks is a paragraph of its own."""
        running: list[str] = [element.text or ""]
        for child in element:
            name = name_of(child)
            if name in _BLOCKS:
                self._flush(running)
                self._block(child, name)
            elif name not in _SKIPPED and any(name_of(below) in _BLOCKS for below in child.iterdescendants()):
                self._flush(running)
                self.walk(child)
            else:
                running.append(self._inline(child, before=running[-1] if running else ""))
            running.append(child.tail or "")
        self._flush(running)

    def _flush(self, running: list[str]) -> None:
        text = self._draft.even("".join(running))
        running.clear()
        self._draft.add("paragraph", text)

    def _block(self, element: etree._Element, name: str) -> None:
        if element.get("hidden") is not None or element.get("aria-hidden") == "true":
            return
        if name in _HEADINGS:
            self._head(element, int(name[1]))
        elif name in ("figcaption", "caption"):
            self._draft.add("caption", self._flat(element))
        elif name == "dl":
            self._definitions(element)
        elif name in _LISTS:
            self._draft.add_list([self._flat(entry) for entry in element if name_of(entry) == "li"])
        elif name == "table" and not any(name_of(below) in {"table", *_HEADINGS} for below in element.iterdescendants()):
            self._table(element)
        elif name == "hr":
            return
        else:
            self.walk(element)

    def _head(self, element: etree._Element, level: int) -> None:
        title = self._flat(element)
        if not title:
            return
        self._path = [each for each in self._path if each[0] < level]
        if self._path or not self._above or title.lower() != self._above[-1].lower():
            self._path.append((level, title))
        self._enter(element.get("id", ""))

    def _definitions(self, element: etree._Element) -> None:
        """A list of terms: of the glossary, where it is called one, else with each term before what is said of it."""
        kinds = f"{element.get('class', '')} {element.get('role', '')} {_epub_type(element)}"
        above = [*element.iterancestors("{*}section", "section"), element]
        is_glossary = "glossary" in kinds.lower() or any("glossary" in _epub_type(each) for each in above)
        entries, term = [], ""
        for child in named(element, "dt", "dd"):
            said = self._flat(child)
            if name_of(child) == "dt":
                term = said
            elif is_glossary and term and said:
                heading = (*self._above, *(title for _, title in self._path))
                self._draft.terms.append(GlossaryTerm(term, said, heading, self._module))
            elif said:
                entries.append(f"{term}: {said}" if term else said)
        self._draft.add_list(entries)

    def _table(self, element: etree._Element) -> None:
        lines = list(named(element, "tr"))
        rows = [[self._flat(cell) for cell in line if name_of(cell) in ("td", "th")] for line in lines]
        heads = [name_of(line.getparent()) == "thead" or all(name_of(cell) == "th" for cell in line) for line in lines]
        caption = first(element, "caption")
        title = self._flat(caption) if caption is not None else ""
        self._draft.add_table(rows, n_head=heads.index(False) if False in heads else 0, title=title)

    def _flat(self, element: etree._Element) -> str:
        return self._draft.even(self._inside(element))

    def _inside(self, element: etree._Element) -> str:
        parts = [element.text or ""]
        for child in element:
            parts += [self._inline(child, before=parts[-1]), child.tail or ""]
        return "".join(parts)

    def _inline(self, element: etree._Element, before: str = "") -> str:
        name = name_of(element)
        if name == "":
            return named_entity(element.name) if isinstance(element, etree._Entity) and element.name else ""
        if name in _SKIPPED or _is_note_mark(element):
            return ""
        if name == "math":
            return flat_math(element)
        inside = self._inside(element)
        if name == "sup" and before[-1:].isdigit() and _POWER.fullmatch(inside.strip()):
            return f"^{inside.strip()}"
        return f" {inside} " if name in ("br", "li", "td", "th", "tr", "dt", "dd") or name in _BLOCKS else inside


def _epub_type(element: etree._Element) -> str:
    return element.get("{http://www.idpf.org/2007/ops}type") or element.get("epub:type") or ""


def _is_note_mark(element: etree._Element) -> bool:
    """Whether it is the small number that leads to a footnote."""
    if name_of(element) == "a":
        return "noteref" in _epub_type(element) or element.get("role") == "doc-noteref"
    inner = element[0] if name_of(element) == "sup" and len(element) == 1 else None
    is_link = inner is not None and name_of(inner) == "a" and "#" in inner.get("href", "")
    return is_link and inner is not None and not (element.text or "").strip() and (inner.text or "").strip(" []*†").isdigit()


def read_page(draft: Draft, data: bytes, where: str, module: str = "", above: tuple[str, ...] = ()) -> str:
    """A page into the draft under the headings `above`; returns its title. Raises UserError where there is no page."""
    root = parse_page(data, where, draft.faults)
    title = next((draft.even("".join(map(str, each.itertext()))) for each in named(root, "title")), "")
    body = next(named(root, "body"), root)
    _Page(draft, module, above).walk(body)
    return title
