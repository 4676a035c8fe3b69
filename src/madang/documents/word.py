"""A paper as DOCX. Each figure stands between the two ends of a bookmark; the manifest is a custom XML part."""

from __future__ import annotations

from io import BytesIO
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

from madang.documents.manifest import Manifest, manifest_of
from madang.documents.paper import PageBreak, Picture
from madang.documents.sheet import MARKS, Pieces, Set, SetHeading, SetLine, SetParagraph, SetTable, Sheet

KOREAN_FONT = "맑은 고딕"
RULE, QUIET, WARNING = "1F3A68", "4B5563", "92400E"
MANIFEST_SPACE = "urn:madang:figures"
MANIFEST_PART = "/customXml/madang.xml"
CUSTOM_XML = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"
BOOKMARK = "madang_"


def to_docx(sheet: Sheet) -> bytes:
    """The DOCX file."""
    import docx  # loaded by who writes one

    document = docx.Document()
    _Writer(document, sheet).write()
    _carry(document, manifest_of(sheet))
    file = BytesIO()
    document.save(file)
    return file.getvalue()


class _Writer:
    def __init__(self, document: Any, sheet: Sheet) -> None:
        from docx.shared import Mm, Pt

        self.document, self.sheet, self.numbers = document, sheet, count(1)
        section = document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(20)
        section.top_margin = section.bottom_margin = Mm(15)
        core = document.core_properties
        core.title, core.author, core.comments = sheet.title, sheet.issuer or "", ""
        core.language = sheet.language
        normal = document.styles["Normal"]
        normal.font.size = Pt(10)
        normal.paragraph_format.space_after = Pt(2)
        for name in ("Normal", "Heading 1", "Heading 2", "Heading 3"):
            self._in_korean(document.styles[name])

    def _in_korean(self, style: Any) -> None:
        from docx.oxml.ns import qn

        style.font.name = KOREAN_FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), KOREAN_FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)

    def write(self) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        sheet = self.sheet
        if sheet.kind or sheet.head():
            at = self.document.add_paragraph()
            at.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            at.add_run(" · ".join(one for one in (sheet.kind, sheet.head()) if one))
        self._title()
        if sheet.warning:
            self._boxed(((sheet.warning, None),), colour=WARNING)
        if sheet.message:
            self._boxed(tuple((piece.text, piece.anchor) for piece in sheet.message), colour=None)
        for one in sheet.body:
            self._block(one)
        if sheet.notes:
            self._small(sheet.notes_title, bold=True)
            for n, note in enumerate(sheet.notes, 1):
                self._small(f"[{n}] {note}")

    def _title(self) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        cell = self.document.add_table(1, 1, style="Table Grid").cell(0, 0)
        _shade(cell, "EEF2F8")
        at = cell.paragraphs[0]
        at.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = at.add_run(self.sheet.title)
        run.bold, run.font.size = True, Pt(16)
        if self.sheet.subtitle:
            under = cell.add_paragraph(self.sheet.subtitle)
            under.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._gap()

    def _boxed(self, pieces: tuple[tuple[str, str | None], ...], *, colour: str | None) -> None:
        cell = self.document.add_table(1, 1, style="Table Grid").cell(0, 0)
        for text, anchor in pieces:
            self._run(cell.paragraphs[0], text, anchor, bold=True, colour=colour)
        self._gap()

    def _gap(self) -> None:
        from docx.shared import Pt

        at = self.document.add_paragraph()
        at.paragraph_format.space_after = Pt(0)
        at.paragraph_format.line_spacing = Pt(6)

    def _small(self, text: str, *, bold: bool = False) -> None:
        from docx.shared import Pt

        at = self.document.add_paragraph()
        at.paragraph_format.space_after = Pt(0)
        run = self._run(at, text, None, bold=bold, colour=QUIET)
        run.font.size = Pt(8)

    def _block(self, one: Set) -> None:
        if isinstance(one, SetHeading):
            self.document.add_heading(one.text, min(max(one.level, 1), 3))
        elif isinstance(one, SetLine):
            self._line(one)
        elif isinstance(one, SetParagraph):
            self._pieces(self.document.add_paragraph(), one.pieces)
        elif isinstance(one, SetTable):
            self._table(one)
        elif isinstance(one, Picture):
            from docx.shared import Mm

            self.document.add_picture(BytesIO(one.png), width=Mm(150))
            self.document.add_paragraph(one.caption)
        else:
            assert isinstance(one, PageBreak)
            self.document.add_page_break()

    def _line(self, one: SetLine) -> None:
        from docx.shared import Mm, Pt

        at = self.document.add_paragraph()
        left = (0.0, 3.0, 7.0, 7.0)[one.level]
        at.paragraph_format.left_indent = Mm(left + 5)
        at.paragraph_format.first_line_indent = Mm(-5)
        at.paragraph_format.tab_stops.add_tab_stop(Mm(left + 5))
        at.paragraph_format.keep_with_next = one.level == 0
        if one.level == 0:
            at.paragraph_format.space_before = Pt(6)
        bold, colour = one.level == 0, (RULE, None, None, QUIET)[one.level]
        self._run(at, f"{MARKS[one.level]}\t", None, bold=bold, colour=colour)
        self._pieces(at, one.pieces, bold=bold, colour=colour)

    def _table(self, one: SetTable) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.shared import Pt

        if one.caption or one.unit:
            unit = f" ({one.unit})" if one.unit else ""
            self._run(self.document.add_paragraph(), f"{one.caption or ''}{unit}", None, bold=True)
        table = self.document.add_table(1 + len(one.rows), len(one.heads), style="Table Grid")
        first = table.rows[0]
        first._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for cell, head in zip(first.cells, one.heads, strict=True):
            _shade(cell, "EEF2F8")
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
            self._run(cell.paragraphs[0], head, None, bold=True, size=8.5)
        for row, cells in zip(table.rows[1:], one.rows, strict=True):
            for cell, pieces, numeric in zip(row.cells, cells, one.numeric, strict=True):
                at = cell.paragraphs[0]
                at.paragraph_format.space_after = Pt(0)
                if numeric:
                    at.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                self._pieces(at, pieces, size=7.5 if one.is_annex else 8.5)
        self._gap()

    def _pieces(self, at: Any, pieces: Pieces, **style: Any) -> None:
        for piece in pieces:
            self._run(at, piece.text, piece.anchor, **style)

    def _run(
        self,
        at: Any,
        text: str,
        anchor: str | None,
        *,
        bold: bool = False,
        colour: str | None = None,
        size: float | None = None,
    ) -> Any:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        number = str(next(self.numbers))
        if anchor is not None:
            start = OxmlElement("w:bookmarkStart")
            start.set(qn("w:id"), number)
            start.set(qn("w:name"), BOOKMARK + anchor)
            at._p.append(start)
        run = at.add_run(text)
        run.bold = bold or None
        if colour:
            run.font.color.rgb = RGBColor.from_string(colour)
        if size:
            run.font.size = Pt(size)
        if anchor is not None:
            end = OxmlElement("w:bookmarkEnd")
            end.set(qn("w:id"), number)
            at._p.append(end)
        return run


def _shade(cell: Any, colour: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", colour)):
        shade.set(qn(name), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _carry(document: Any, manifest: Manifest) -> None:
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    told = escape(manifest.as_bytes().decode())
    data = f'<?xml version="1.0" encoding="UTF-8"?><figures xmlns="{MANIFEST_SPACE}">{told}</figures>'.encode()
    part = Part(PackURI(MANIFEST_PART), "application/xml", data, document.part.package)
    document.part.relate_to(part, CUSTOM_XML)
