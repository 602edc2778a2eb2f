"""EPUB 2 and 3: the pages in the order of the spine, under the headings of the table of contents.

Specification: EPUB 3.3 (https://www.w3.org/TR/epub-33/). The table of contents is the navigation document, or the `ncx` of EPUB 2.
"""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from osler.core.errors import UserError
from osler.knowledge.textbooks.archive import Archive, inside
from osler.knowledge.textbooks.draft import Draft
from osler.knowledge.textbooks.markup import first, name_of, named, parse_page, parse_xml
from osler.knowledge.textbooks.page import read_page
from osler.knowledge.textbooks.textbook import Textbook

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_PAGES = {"application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/xml"}

Headings = dict[str, tuple[str, ...]]
"""The titles above a member of the archive and its own, from the outermost."""


class _Entry(NamedTuple):
    """An entry of the manifest."""

    name: str
    kind: str
    properties: str


def read_epub(path: Path) -> Textbook:
    """Raises UserError for what is no EPUB, or one that is protected. A page that cannot be read is left out and counted."""
    with Archive(path) as archive:
        draft = Draft(path.name, path.stem)
        if not archive.has(_CONTAINER):
            raise UserError(f"{path.name}: there is no {_CONTAINER}, so this is no EPUB; give an .epub file")
        container = parse_xml(archive.read(_CONTAINER), f"{path.name}/{_CONTAINER}", draft.faults)
        package = next((each.get("full-path", "") for each in named(container, "rootfile")), "")
        root = parse_xml(archive.read(package), f"{path.name}/{package}", draft.faults)
        _describe(draft, root)
        locked = _locked(archive, draft)
        manifest = _manifest(root, posixpath.dirname(package))
        spine = _spine(root, manifest)
        if spine and all(entry.name in locked for entry in spine):
            raise UserError(f"{path.name}: the pages are encrypted; give a book without protection")
        headings = _contents(archive, draft, manifest)
        _read_pages(archive, draft, spine, headings, locked)
        return draft.finished()


def _describe(draft: Draft, root: etree._Element) -> None:
    metadata = first(root, "metadata")
    for element in metadata if metadata is not None else ():
        text = draft.even("".join(map(str, element.itertext())))
        if name_of(element) == "title" and text and draft.title == Path(draft.place).stem:
            draft.title = text
        elif name_of(element) in ("rights", "license") and text:
            draft.licence = text


def _locked(archive: Archive, draft: Draft) -> set[str]:
    """Members that are encrypted: fonts in many a free book, pages in one with protection."""
    if not archive.has(_ENCRYPTION):
        return set()
    root = parse_xml(archive.read(_ENCRYPTION), f"{draft.place}/{_ENCRYPTION}", draft.faults)
    return {inside("", element.get("URI", "")) for element in named(root, "cipherreference")}


def _manifest(root: etree._Element, folder: str) -> dict[str, _Entry]:
    found = (element for manifest in named(root, "manifest") for element in manifest if name_of(element) == "item")
    return {
        element.get("id", ""): _Entry(inside(folder, element.get("href", "")), element.get("media-type", ""), element.get("properties", ""))
        for element in found
    }


def _spine(root: etree._Element, manifest: dict[str, _Entry]) -> list[_Entry]:
    """Every page once, in the order of reading."""
    found = (manifest.get(element.get("idref", "")) for element in named(root, "itemref"))
    return list(dict.fromkeys(entry for entry in found if entry is not None and (entry.kind in _PAGES or not entry.kind)))


def _read_pages(archive: Archive, draft: Draft, spine: list[_Entry], headings: Headings, locked: set[str]) -> None:
    above: tuple[str, ...] = ()
    for entry in spine:
        above = headings.get(entry.name, above)
        if "nav" in entry.properties.split():
            continue
        try:
            if not entry.name or entry.name in locked:
                raise UserError(f"{entry.name or 'a page outside the archive'}: the page is encrypted or leads out of the book")
            read_page(draft, archive.read(entry.name), f"{draft.place}/{entry.name}", posixpath.basename(entry.name), above)
        except UserError as error:
            draft.faults[f"pages left out: {error}"] += 1


def _contents(archive: Archive, draft: Draft, manifest: dict[str, _Entry]) -> Headings:
    """The table of contents; none where it cannot be read, which is counted."""
    nav = next((entry for entry in manifest.values() if "nav" in entry.properties.split()), None)
    ncx = next((entry for entry in manifest.values() if entry.kind == "application/x-dtbncx+xml"), None)
    table = nav or ncx
    if table is None:
        return {}
    try:
        data = archive.read(table.name)
        if nav is not None:
            root = parse_page(data, f"{draft.place}/{table.name}", draft.faults)
            lists = (element for each in named(root, "nav") for element in each if name_of(element) == "ol")
            found = _of_nav(draft, next(lists, None), ())
        else:
            found = _of_ncx(draft, next(named(parse_xml(data, table.name, draft.faults), "navmap"), None), ())
        made: Headings = {}
        for link, titles in found:
            made.setdefault(inside(posixpath.dirname(table.name), link), titles)
    except UserError as error:
        draft.faults[f"tables of contents left out: {error}"] += 1
        return {}
    return made


def _of_nav(draft: Draft, entries: etree._Element | None, above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for entry in entries if entries is not None else ():
        label = next((each for each in entry if name_of(each) in ("a", "span")), None)
        title = draft.even("".join(map(str, label.itertext()))) if label is not None else ""
        titles = (*above, title) if title else above
        if label is not None and label.get("href"):
            yield label.get("href", ""), titles
        yield from _of_nav(draft, first(entry, "ol"), titles)


def _of_ncx(draft: Draft, points: etree._Element | None, above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for point in points if points is not None else ():
        if name_of(point) != "navpoint":
            continue
        label, content = first(point, "navlabel"), first(point, "content")
        title = draft.even("".join(map(str, label.itertext()))) if label is not None else ""
        titles = (*above, title) if title else above
        if content is not None:
            yield content.get("src", ""), titles
        yield from _of_ncx(draft, point, titles)
