"""An agency's own HWPX form, filled: its click-here fields (누름틀), its named cells, and {{field}} in its text.

What a form may ask for:

    title subtitle date department kind message body notes     or 제목 부제 날짜 부서 구분 핵심 본문 출처
    any name in the paper's `fields`
    {{table.1}} {{table.2}} … in one row of a table            or {{표.1}}: the row is repeated for each row of the
                                                               paper's first table, `table2`, `표2` of its second

Everything else of the form stays as it is: its header, its shapes, its logo. A form without a field that the paper
needs is refused, with the fields that it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from functools import partial

from lxml import etree

from madang.documents.archive import packed, parsed, unpacked
from madang.documents.hangul import CONTENTS, as_part, carrying, checked, table_caption
from madang.documents.hangul_parts import Body, Shape, TableShapes, in_spaces
from madang.documents.sheet import (
    MARKS,
    Piece,
    Pieces,
    SetHeading,
    SetLine,
    SetParagraph,
    SetTable,
    Sheet,
)
from madang.documents.text import clean
from madang.errors import CallerError, DataError

HP = "{http://www.hancom.co.kr/hwpml/2011/paragraph}"
KOREAN = {
    "제목": "title",
    "부제": "subtitle",
    "날짜": "date",
    "부서": "department",
    "구분": "kind",
    "핵심": "message",
    "본문": "body",
    "출처": "notes",
}
BLANK = re.compile(r"\{\{\s*([^{}]{1,80}?)\s*\}\}")
CELL = re.compile(r"(?:table|표)(\d*)\.(\d+)")
INDENTS = ("", " ", "   ", "   ")
BODY_WIDTH = 42520  # of a page with Hancom's own margins, where a form does not say


def fill_template(sheet: Sheet, name: str, data: bytes) -> bytes:
    """The form in these bytes, filled with the sheet."""
    parts = unpacked(data, name=name)
    sections = sorted(part for part in parts if re.fullmatch(r"Contents/section\d+\.xml", part))
    if CONTENTS not in parts or not sections:
        raise DataError("documents.broken", file=name, why=CONTENTS)
    border, parts = _with_border(data, name)
    filler = _Filler(sheet, border)
    roots = {section: parsed(parts[section], name=name) for section in sections}
    found = {field for root in roots.values() for field in _fields_of(root)}
    missing = [field for field in _needed(sheet) if field not in found and not (field == "body" and _has_rows(found))]
    if missing:
        raise CallerError(
            "documents.template-lacks", file=name, missing=", ".join(missing), found=", ".join(sorted(found)) or "-"
        )
    for section, root in roots.items():
        filler.fill(root)
        parts[section] = as_part(root)
    return checked(packed(carrying(parts, sheet, printed=filler.body.anchors)))


def _needed(sheet: Sheet) -> list[str]:
    return list(sheet.paper.fields) or ["title", "body"]


def _has_rows(found: set[str]) -> bool:
    return any(CELL.fullmatch(field) for field in found)


def _fields_of(root: etree._Element) -> Iterator[str]:
    for begin in root.iter(f"{HP}fieldBegin"):
        if begin.get("type") == "CLICK_HERE" and begin.get("name"):
            yield _canonical(str(begin.get("name")))
    for cell in root.iter(f"{HP}tc"):
        if cell.get("name"):
            yield _canonical(str(cell.get("name")))
    for paragraph in root.iter(f"{HP}p"):
        for blank in BLANK.finditer(_own_text(paragraph)):
            yield _canonical(blank[1])


def _canonical(name: str) -> str:
    return KOREAN.get(name.strip(), name.strip())


def _with_border(data: bytes, name: str) -> tuple[str, dict[str, bytes]]:
    """The form with a border for tables that we add, and the border's id."""
    from hwpx.document import HwpxDocument

    try:
        document = HwpxDocument.open(data)
        border = document.styles.ensure_border_fill(border_color="#9CA3AF", border_width="0.12 mm")
        made = document.to_bytes()
        document.close()
    except (ValueError, KeyError, OSError, RuntimeError) as problem:
        raise DataError("documents.broken", file=name, why=str(problem)[:120]) from problem
    return str(border), unpacked(made, name=name)


class _Filler:
    def __init__(self, sheet: Sheet, border: str) -> None:
        self.sheet, self.border, self.body = sheet, border, Body()
        self.used_tables: set[int] = set()
        self.tables = [one for one in sheet.body if isinstance(one, SetTable) and not one.is_annex]

    def fill(self, root: etree._Element) -> None:
        """Fill what the form asks for; what was filled in is not looked at again, whatever it says."""
        repeated = {paragraph for row in list(root.iter(f"{HP}tr")) for paragraph in self._repeat(row)}
        for paragraph in [one for one in root.iter(f"{HP}p") if one not in repeated and BLANK.search(_own_text(one))]:
            self._blanks(paragraph)
        self._named(root)

    # -- what goes in ------------------------------------------------------------------------------------------------

    def _pieces(self, field: str) -> Pieces | None:
        """The text of a field, or None for one that this paper has no word for."""
        sheet = self.sheet
        if field in sheet.paper.fields:
            return sheet.fields[field]
        if field == "message":
            return sheet.message
        simple: dict[str, str | None] = {
            "title": sheet.title,
            "subtitle": sheet.subtitle,
            "date": sheet.date,
            "department": sheet.issuer,
            "kind": sheet.kind,
            "notes": "  ".join(f"[{n}] {note}" for n, note in enumerate(sheet.notes, 1)),
        }
        return (Piece(simple[field] or ""),) if field in simple else None

    def _body(self, shape: Shape) -> str:
        """All blocks, in the shapes of the paragraph where the form asks for them."""
        made = []
        if self.sheet.warning:
            made.append(self.body.paragraph((Piece(self.sheet.warning),), shape))
        for one in self.sheet.body:
            if isinstance(one, SetHeading):
                made.append(self.body.paragraph((Piece(one.text),), shape))
            elif isinstance(one, SetLine):
                mark = Piece(f"{INDENTS[one.level]}{MARKS[one.level]} ")
                made.append(self.body.paragraph((mark, *one.pieces), shape))
            elif isinstance(one, SetParagraph):
                made.append(self.body.paragraph(one.pieces, shape))
            elif isinstance(one, SetTable) and not (one in self.tables and self.tables.index(one) in self.used_tables):
                if caption := table_caption(one):
                    made.append(self.body.paragraph((Piece(caption),), shape))
                shapes = TableShapes(shape, shape, shape, self.border, self.border, BODY_WIDTH)
                made.append(self.body.table(one, shapes, shape))
        return "".join(made)

    # -- where it goes -----------------------------------------------------------------------------------------------

    def _repeat(self, row: etree._Element) -> list[etree._Element]:
        """A row that asks for columns of a table, once for each row of the table; gives the paragraphs filled."""
        asked = [CELL.fullmatch(blank[1].strip()) for p in row.iter(f"{HP}p") for blank in BLANK.finditer(_own_text(p))]
        wanted = {int(found[1] or 1) for found in asked if found}
        if not wanted or min(wanted) > len(self.tables):
            return []
        number = min(wanted)
        table, frame = self.tables[number - 1], row.getparent()
        self.used_tables.add(number - 1)
        at = frame.index(row)
        frame.remove(row)
        filled: list[etree._Element] = []
        for n, cells in enumerate(table.rows):
            made = deepcopy(row)
            for paragraph in made.iter(f"{HP}p"):
                self._in_text(paragraph, partial(self._in_row, cells))
                filled.append(paragraph)
            frame.insert(at + n, made)
        _renumber(frame)
        return filled

    def _in_row(self, cells: Sequence[Pieces], field: str) -> Pieces | None:
        return _column(field, cells) or self._pieces(field)

    def _named(self, root: etree._Element) -> None:
        for cell in root.iter(f"{HP}tc"):
            field = _canonical(str(cell.get("name") or ""))
            first = next(cell.iter(f"{HP}p"), None)
            if field and first is not None and (field == "body" or self._pieces(field) is not None):
                self._put(first, field)
        for begin in list(root.iter(f"{HP}fieldBegin")):
            field = _canonical(str(begin.get("name") or ""))
            if begin.get("type") != "CLICK_HERE" or (field != "body" and self._pieces(field) is None):
                continue
            self._click_here(begin, field)

    def _click_here(self, begin: etree._Element, field: str) -> None:
        """The text between a field's ends becomes ours; the ends stay, so the form can be filled again."""
        paragraph = next(one for one in begin.iterancestors(f"{HP}p"))
        runs = [run for run in paragraph if run.tag == f"{HP}run"]
        start = next(run for run in runs if begin in list(run.iter()))
        ends = (
            run for run in runs if any(end.get("beginIDRef") == begin.get("id") for end in run.iter(f"{HP}fieldEnd"))
        )
        end = next(ends, None)
        if field == "body" or end is None:
            self._put(paragraph, field)
            return
        between = runs[runs.index(start) + 1 : runs.index(end)]
        characters = str((between[0] if between else start).get("charPrIDRef") or "0")
        for run in between:
            paragraph.remove(run)
        at = paragraph.index(start) + 1
        for n, run in enumerate(self._runs(self._pieces(field) or (), characters)):
            paragraph.insert(at + n, run)

    def _put(self, paragraph: etree._Element, field: str) -> None:
        """A field in place of all a paragraph says."""
        shape = _shape_of(paragraph)
        if field == "body":
            self._in_place(paragraph, self._body(shape))
            return
        _empty(paragraph)
        for run in self._runs(self._pieces(field) or (), shape.characters):
            paragraph.append(run)

    def _in_place(self, paragraph: etree._Element, xml: str) -> None:
        parent, at = paragraph.getparent(), paragraph.getparent().index(paragraph)
        made = list(parsed(in_spaces(xml), name="body"))
        if paragraph.find(f".//{HP}secPr") is not None:  # the page's own settings stand in it: it stays, emptied
            _empty(paragraph)
            at += 1
        else:
            parent.remove(paragraph)
        for n, one in enumerate(made):
            parent.insert(at + n, one)

    def _blanks(self, paragraph: etree._Element) -> None:
        text = _own_text(paragraph)
        names = [_canonical(blank[1]) for blank in BLANK.finditer(text)]
        if "body" in names:
            self._put(paragraph, "body")
        elif names:
            self._in_text(paragraph, self._pieces)

    def _in_text(self, paragraph: etree._Element, answer: Callable[[str], Pieces | None]) -> None:
        """Blanks within a line are filled; the rest of its text stands, in the letters of its first run."""
        text = _own_text(paragraph)
        pieces: list[Piece] = []
        at = 0
        for blank in BLANK.finditer(text):
            said = answer(_canonical(blank[1]))
            if said is None:
                continue
            pieces += [Piece(text[at : blank.start()]), *said]
            at = blank.end()
        if not at:
            return
        pieces.append(Piece(text[at:]))
        shape = _shape_of(paragraph)
        _empty(paragraph)
        for run in self._runs([piece for piece in pieces if piece.text], shape.characters):
            paragraph.append(run)

    def _runs(self, pieces: Sequence[Piece], characters: str) -> list[etree._Element]:
        xml = "".join(self.body.run(piece, characters) for piece in pieces)
        return list(parsed(in_spaces(xml), name="field"))


def _column(field: str, cells: Sequence[Pieces]) -> Pieces | None:
    found = CELL.fullmatch(field)
    if found is None:
        return None
    column = int(found[2])
    return cells[column - 1] if 1 <= column <= len(cells) else (Piece(""),)


def _own_text(paragraph: etree._Element) -> str:
    """What a paragraph says itself, without the tables in it."""
    texts = (text for run in paragraph.iterchildren(f"{HP}run") for text in run.iterchildren(f"{HP}t"))
    return "".join("".join(text.itertext()) for text in texts)


def _shape_of(paragraph: etree._Element) -> Shape:
    said = [run for run in paragraph.iterchildren(f"{HP}run") if run.find(f"{HP}t") is not None]
    run = next((one for one in said if clean("".join(one.itertext()))), said[0] if said else None)
    characters = str(run.get("charPrIDRef") or "0") if run is not None else "0"
    return Shape(str(paragraph.get("paraPrIDRef") or "0"), characters, str(paragraph.get("styleIDRef") or "0"))


def _empty(paragraph: etree._Element) -> None:
    """Take a paragraph's text away; the settings of the page, where it holds them, stay."""
    for child in list(paragraph):
        if child.tag == f"{HP}linesegarray":
            paragraph.remove(child)
        elif child.tag == f"{HP}run":
            if child.find(f"{HP}secPr") is None:
                paragraph.remove(child)
            else:
                for text in child.findall(f"{HP}t"):
                    child.remove(text)


def _renumber(table: etree._Element) -> None:
    rows = table.findall(f"{HP}tr")
    table.set("rowCnt", str(len(rows)))
    for at, row in enumerate(rows):
        for address in row.iterfind(f"{HP}tc/{HP}cellAddr"):
            address.set("rowAddr", str(at))
