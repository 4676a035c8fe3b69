"""What a document says now: the visible text at each figure's anchor, all its text, and the manifest it carries.

The document may come from anywhere, so nothing in it is trusted: archives are bounded, entities are not resolved, and
what cannot be read is refused in words. Where an editor threw an anchor away, the figure is found by the words that
stood around it (`documents.finding`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree

from madang.documents.archive import parsed, unpacked
from madang.documents.finding import found_in_order, out_of_order
from madang.documents.hangul import CONTENTS, MANIFEST_PART, carried_manifest
from madang.documents.manifest import LONGEST, NAME, Manifest, read_manifest
from madang.documents.text import compact
from madang.documents.word import BOOKMARK, MANIFEST_SPACE
from madang.errors import CallerError, DataError

READABLE = (".hwpx", ".pdf", ".docx", ".html")
MAX_BYTES = 64 * 1024 * 1024
MAX_PAGES = 3000
MAX_FLOW = 20_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: text by anchor, all text without white space, and the manifest where there is one."""

    texts: Mapping[str, str]
    flow: str
    manifest: Manifest | None

    def shown(self) -> dict[str, str]:
        """What the document shows where each listed figure was printed; a figure without a place is left out."""
        figures = self.manifest.figures if self.manifest is not None else ()
        lost = [figure for figure in figures if figure.anchor not in self.texts]
        return {**self.texts, **found_in_order(self.flow, lost)}

    def moved(self) -> set[str]:
        """The anchors of figures that stand in another order than they were printed."""
        return out_of_order(list(self.texts), self.manifest.figures if self.manifest is not None else ())


def read(data: bytes, *, name: str) -> Reading:
    """Read a document by the ending of its name."""
    suffix = Path(name).suffix.lower()
    if suffix not in READABLE:
        raise CallerError("documents.not-verifiable", file=name, known=", ".join(READABLE))
    if len(data) > MAX_BYTES:
        raise DataError("documents.too-large", file=name, limit_mib=MAX_BYTES // 1048576)
    reader = {".hwpx": _read_hwpx, ".pdf": _read_pdf, ".docx": _read_docx, ".html": _read_html}[suffix]
    return reader(data, name)


# --- HWPX ------------------------------------------------------------------------------------------------------------


def _read_hwpx(data: bytes, name: str) -> Reading:
    parts = unpacked(data, name=name)
    if CONTENTS not in parts:
        raise DataError("documents.broken", file=name, why=CONTENTS)
    sections = sorted((one for one in parts if re.fullmatch(r"Contents/section\d+\.xml", one)), key=_number)
    texts: dict[str, str] = {}
    flow: list[str] = []
    for section in sections:
        open_now: dict[str, str] = {}
        for element in parsed(parts[section], name=name).iter():
            local = _local(element)
            if local == "fieldBegin" and str(element.get("name", "")).startswith(BOOKMARK):
                open_now[str(element.get("id"))] = str(element.get("name")).removeprefix(BOOKMARK)
                texts.setdefault(open_now[str(element.get("id"))], "")
            elif local == "fieldEnd":
                open_now.pop(str(element.get("beginIDRef")), None)
            elif local == "t":
                text = "".join(element.itertext())
                flow.append(text)
                for anchor in open_now.values():
                    texts[anchor] += text
    told = parts.get(MANIFEST_PART) or _described(parsed(parts[CONTENTS], name=name))
    return _reading(texts, flow, told)


def _number(part: str) -> int:
    return int(re.sub(r"\D", "", part.rpartition("/")[2]))


def _described(contents: etree._Element) -> bytes | None:
    for meta in contents.iter("{*}meta"):
        if meta.get("name") == "description":
            return carried_manifest(str(meta.text or ""))
    return None


# --- DOCX ------------------------------------------------------------------------------------------------------------

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _read_docx(data: bytes, name: str) -> Reading:
    parts = unpacked(data, name=name)
    if "word/document.xml" not in parts:
        raise DataError("documents.broken", file=name, why="word/document.xml")
    texts: dict[str, str] = {}
    open_now: dict[str, str] = {}
    flow: list[str] = []
    for element in parsed(parts["word/document.xml"], name=name).iter():
        if element.tag == f"{_WORD}bookmarkStart":
            named = str(element.get(f"{_WORD}name", ""))
            if named.startswith(BOOKMARK):
                open_now[str(element.get(f"{_WORD}id"))] = named.removeprefix(BOOKMARK)
                texts.setdefault(named.removeprefix(BOOKMARK), "")
        elif element.tag == f"{_WORD}bookmarkEnd":
            open_now.pop(str(element.get(f"{_WORD}id")), None)
        elif element.tag == f"{_WORD}t":
            flow.append(element.text or "")
            for anchor in open_now.values():
                texts[anchor] += element.text or ""
    return _reading(texts, flow, _custom_part(parts, name))


def _custom_part(parts: Mapping[str, bytes], name: str) -> bytes | None:
    for path, data in parts.items():
        if path.startswith("customXml/") and path.endswith(".xml") and MANIFEST_SPACE.encode() in data:
            return (parsed(data, name=name).text or "").encode()
    return None


# --- HTML ------------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self.flow: list[str] = []
        self.told: list[str] | None = None
        self._anchors: list[str | None] = []
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "style"):
            self._inside = tag
            if given.get("id") == NAME:
                self.told = []
        elif tag == "span":
            anchor = given.get("id") if given.get("class") == "figure" else None
            self._anchors.append(anchor)
            if anchor:
                self.texts.setdefault(anchor, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = None
        elif tag == "span" and self._anchors:
            self._anchors.pop()

    def handle_data(self, data: str) -> None:
        if self._inside == "script" and self.told is not None:
            self.told.append(data)
        elif self._inside is None:
            self.flow.append(data)
            for anchor in self._anchors:
                if anchor:
                    self.texts[anchor] += data


def _read_html(data: bytes, name: str) -> Reading:
    page = _Page()
    try:
        page.feed(data.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise DataError("documents.broken", file=name, why="UTF-8") from problem
    return _reading(page.texts, page.flow, "".join(page.told).encode() if page.told else None)


# --- PDF -------------------------------------------------------------------------------------------------------------


def _read_pdf(data: bytes, name: str) -> Reading:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    if not data.startswith(b"%PDF-"):
        raise DataError("documents.broken", file=name, why="%PDF")
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted or len(reader.pages) > MAX_PAGES:
            raise DataError("documents.too-large", file=name, limit_mib=MAX_BYTES // 1048576)
        told = next((bytes(one) for one in reader.attachments.get(NAME, ()) if len(one) <= LONGEST), None)
        pages = [_marked_texts(page, reader) for page in reader.pages]
        manifest = read_manifest(told) if told else None
        anchors = _linked(reader, pages)
        if manifest is not None and len(anchors) != len(manifest.figures):
            anchors = []  # another program rewrote the structure: the neighbours tell
        texts = {f"f{n}": text for n, text in enumerate(anchors, 1)}
        flow = compact("".join(page.extract_text() for page in reader.pages))[:MAX_FLOW]
        return Reading(texts, flow, manifest)
    except (PyPdfError, KeyError, ValueError, TypeError, AttributeError, IndexError, RecursionError) as problem:
        raise DataError("documents.broken", file=name, why=type(problem).__name__) from problem


def _linked(reader: Any, pages: list[dict[int, str]]) -> list[str]:
    """The text under each link element of the structure tree, in reading order."""
    root = reader.trailer["/Root"].get("/StructTreeRoot")
    if root is None:
        return []
    numbers = {page.indirect_reference.idnum: n for n, page in enumerate(reader.pages) if page.indirect_reference}
    return [
        "".join(pages[page].get(mark, "") for page, mark in _marks(link, numbers, None))
        for link in _links(root.get_object())
    ]


def _links(element: Any, depth: int = 0) -> Iterator[Any]:
    if depth > 200:
        raise ValueError("depth")
    for kid in _kids(element):
        if kid.get("/S") == "/Link":
            yield kid
        else:
            yield from _links(kid, depth + 1)


def _kids(element: Any) -> Iterator[Any]:
    """The structure elements right below one."""
    for kid in _listed(element.get("/K")):
        found = kid.get_object()
        if hasattr(found, "get") and found.get("/S") is not None:
            yield found


def _marks(element: Any, numbers: Mapping[int, int], page: int | None, depth: int = 0) -> Iterator[tuple[int, int]]:
    """Where the content of a structure element is marked: page and mark, in order."""
    if depth > 200:
        raise ValueError("depth")
    own = element.raw_get("/Pg").idnum if "/Pg" in element else None
    page = numbers.get(own, page) if own is not None else page
    for kid in _listed(element.get("/K")):
        found = kid.get_object()
        if isinstance(found, int):
            if page is not None:
                yield page, int(found)
        elif found.get("/Type") == "/MCR":
            on = numbers.get(found.raw_get("/Pg").idnum, page) if "/Pg" in found else page
            if on is not None:
                yield on, int(found["/MCID"])
        elif found.get("/S") is not None:
            yield from _marks(found, numbers, page, depth + 1)


def _listed(kids: Any) -> list[Any]:
    if kids is None:
        return []
    return list(kids) if isinstance(kids, list) else [kids]


def _marked_texts(page: Any, reader: Any) -> dict[int, str]:
    """The text of every marked piece of a page's content, by its mark."""
    from pypdf.generic import ContentStream

    content = page.get_contents()
    if content is None:
        return {}
    stream = content if isinstance(content, ContentStream) else ContentStream(content, reader)
    fonts = (page.get("/Resources") or {}).get("/Font", {})
    maps = {name: _letters(font.get_object()) for name, font in fonts.get_object().items()} if fonts else {}
    found: dict[int, str] = {}
    marks: list[int | None] = []
    font: tuple[int, Mapping[int, str]] = (1, {})
    for operands, operator in stream.operations:
        if operator in (b"BDC", b"BMC"):
            given = operands[1] if len(operands) > 1 and hasattr(operands[1], "get") else {}
            marks.append(given.get("/MCID"))
        elif operator == b"EMC" and marks:
            marks.pop()
        elif operator == b"Tf":
            font = maps.get(operands[0], (1, {}))
        elif operator in (b"Tj", b"TJ", b"'", b'"'):
            mark = next((one for one in reversed(marks) if one is not None), None)
            if mark is not None:
                shown = operands[-1] if isinstance(operands[-1], list) else [operands[-1]]
                found[int(mark)] = found.get(int(mark), "") + "".join(_decoded(one, *font) for one in shown)
    return found


def _letters(font: Any) -> tuple[int, dict[int, str]]:
    """How many bytes a code of a font has, and what each code says, by the font's ToUnicode table."""
    table = font.get("/ToUnicode")
    wide = 2 if font.get("/Subtype") == "/Type0" else 1
    return (wide, _unicode_of(table.get_object().get_data().decode("latin-1"))) if table is not None else (wide, {})


def _unicode_of(table: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, said in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f\s]*)>", block):
            found[int(code, 16)] = _said(said)
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for low, high, said in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            first = _said(said)
            for n in range(min(int(high, 16) - int(low, 16) + 1, 65536)):
                found[int(low, 16) + n] = first[:-1] + chr(ord(first[-1]) + n)
    return found


def _said(hexadecimal: str) -> str:
    return bytes.fromhex(re.sub(r"\s", "", hexadecimal)).decode("utf-16-be", "replace")


def _decoded(shown: Any, wide: int, letters: Mapping[int, str]) -> str:
    original = getattr(shown, "original_bytes", None)
    data = original if original is not None else shown if isinstance(shown, bytes) else b""
    codes = (int.from_bytes(data[at : at + wide], "big") for at in range(0, len(data), wide))
    return "".join(letters.get(code, "") for code in codes)


# --- common ----------------------------------------------------------------------------------------------------------


def _reading(texts: Mapping[str, str], flow: list[str], told: bytes | None) -> Reading:
    return Reading(texts, compact("".join(flow))[:MAX_FLOW], read_manifest(told) if told else None)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
