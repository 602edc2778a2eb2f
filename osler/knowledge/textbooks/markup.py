"""XML and HTML from anybody, parsed without what can harm: no entities, no network, no document type, limits on size and depth."""

import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from osler.core.errors import UserError
from osler.knowledge.textbooks.tidy import decoded, named_entity

MAX_DEPTH = 200
_TOO_DEEP = f"more than {MAX_DEPTH} deep, which no book does"
MAX_BYTES = 256 << 20
_CHARSET = re.compile(rb"""(?:charset|encoding)\s{0,9}=\s{0,9}["']?([A-Za-z0-9_.:-]{2,40})""")
_NAMED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{1,31});")


def parse_xml(data: bytes, where: str, faults: Counter[str]) -> etree._Element:
    """The root. XML that is broken is mended where libxml2 can, and counted. Raises UserError, with the line, where none can."""
    check_size(data, where)
    if b"<!ENTITY" in data:
        raise UserError(f"{where}: the file declares entities of its own, which can make much of little; write out what they stand for")
    data = _NAMED.sub(_numbered, data)
    try:
        return check_depth(etree.fromstring(data, _xml_settings(is_mending=False)), where)
    except etree.XMLSyntaxError as error:
        first = _first_line(error)
        if "XML_PARSE_HUGE" in str(error):
            raise UserError(f"{where}: {_beyond(str(error))} ({first}); correct the file, or split it") from error
    try:
        root = etree.fromstring(data, _xml_settings(is_mending=True))
    except etree.XMLSyntaxError:
        root = None
    if root is None or not len(root):
        raise UserError(f"{where}: this is not XML that can be read ({first}); correct the file")
    faults["files of broken XML, mended"] += 1
    return check_depth(root, where)


def parse_page(data: bytes, where: str, faults: Counter[str]) -> etree._Element:
    """The root of a page: as XML where it is strict XHTML, else as HTML, which takes anything."""
    check_size(data, where)
    if b"<!ENTITY" not in data and (data.lstrip()[:5] == b"<?xml" or b"http://www.w3.org/1999/xhtml" in data[:2000]):
        try:
            return check_depth(etree.fromstring(_NAMED.sub(_numbered, data), _xml_settings(is_mending=False)), where)
        except etree.XMLSyntaxError:
            faults["pages of broken XHTML, read as HTML"] += 1
    return parse_html(_decoded_page(data, where, faults), where)


def _decoded_page(data: bytes, where: str, faults: Counter[str]) -> str:
    """By what the page says of itself where Python knows that encoding, else by its bytes; what says `<?xml` about itself is taken off."""
    stated = _CHARSET.search(data[:4096])
    if stated and stated[1].lower() not in (b"utf-8", b"utf8") and data.strip():
        try:
            return data.decode(stated[1].decode("ascii"), errors="replace")
        except LookupError:
            faults["pages in an encoding that is not known"] += 1
    return re.sub(r"^\s*<\?xml[^>]{0,500}\?>", "", decoded(data, where, faults))


def parse_html(text: str, where: str) -> etree._Element:
    """The root of a page, however badly it is written. Raises UserError where there is nothing in it."""
    data = text.encode("utf-8", errors="replace")
    check_size(data, where)
    settings = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, settings)
    except (etree.ParserError, etree.XMLSyntaxError):
        root = None
    if root is None:
        raise UserError(f"{where}: there is no page in this file; give HTML")
    if any("XML_PARSE_HUGE" in (entry.message or "") for entry in settings.error_log):
        raise UserError(f"{where}: elements lie in one another {_TOO_DEEP}; correct the file")
    return check_depth(root, where)


def _xml_settings(*, is_mending: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        recover=is_mending,
    )


def _beyond(said: str) -> str:
    """Which limit of libxml2 a file is beyond."""
    return f"elements lie in one another {_TOO_DEEP}" if "depth" in said else "a text of 10 MB in one element, which no book has"


def _numbered(found: re.Match[bytes]) -> bytes:
    """An entity that HTML knows by name as numbers, which XML knows too."""
    text = named_entity(found[1].decode("ascii"))
    return "".join(f"&#{ord(char)};" for char in text).encode("ascii") or found[0]


def _first_line(error: etree.XMLSyntaxError) -> str:
    line, _ = error.position
    said = (error.msg or "no reason given").partition(", line ")[0]
    return f"line {line}: {said}"


def check_size(data: bytes, where: str) -> None:
    if len(data) > MAX_BYTES:
        raise UserError(f"{where}: {len(data) >> 20} MB is more than a book has ({MAX_BYTES >> 20} MB); split the file")


def check_depth(root: etree._Element, where: str) -> etree._Element:
    """The root again. Raises UserError where elements lie in one another more than MAX_DEPTH deep."""
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise UserError(f"{where}: elements lie in one another {_TOO_DEEP}; correct the file")
    return root


def name_of(element: etree._Element | None) -> str:
    """The name without its namespace, in small letters; empty for what is no element, as an entity."""
    tag = None if element is None else element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def named(root: etree._Element, *wanted: str) -> Iterator[etree._Element]:
    """Every element below that goes by one of the names, in order."""
    return (element for element in root.iter() if name_of(element) in wanted)


def first(root: etree._Element, *wanted: str) -> etree._Element | None:
    return next((element for element in root if name_of(element) in wanted), None)
