"""A paper as HWPX, in a layout of our own: the official outline style on A4, with a title box and ruled tables.

The header (shapes of paragraphs, characters and borders) is made by python-hwpx; the body is written here, figure by
figure. The manifest is a part of its own, and stands packed in the document's description too, because an editor that
saves the file anew may drop parts it does not know. What is written is checked by python-hwpx's validators.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from lxml import etree

from madang.documents.archive import packed, parsed, unpacked
from madang.documents.hangul_parts import UNITS_PER_MM, Body, Shape, TableShapes, in_spaces
from madang.documents.manifest import LONGEST, NAME, manifest_of
from madang.documents.paper import PageBreak, Picture
from madang.documents.sheet import MARKS, Piece, Set, SetHeading, SetLine, SetParagraph, SetTable, Sheet
from madang.errors import DataError, sentence

SECTION, CONTENTS, PREVIEW = "Contents/section0.xml", "Contents/content.hpf", "Preview/PrvText.txt"
MANIFEST_PART = f"META-INF/{NAME}"
CARRIED = "madang-figures:"  # how the description begins that holds a packed manifest
MARGINS_MM = {"left": 20, "right": 20, "top": 15, "bottom": 15, "header": 5, "footer": 5}
WIDTH = int(170 * UNITS_PER_MM)
RULE, QUIET, WARNING, TINT = "#1F3A68", "#4B5563", "#92400E", "#EEF2F8"
GOTHIC, SERIF = "함초롬돋움", "함초롬바탕"


def to_hwpx(sheet: Sheet) -> bytes:
    """The HWPX file; raises when a validator finds an error in it."""
    from hwpx.document import HwpxDocument  # a quarter of a second that only who writes one pays

    document = HwpxDocument.new()
    looks = _looks(document, is_tight=sheet.paper.one_page)
    parts = unpacked(document.to_bytes(), name="hwpx")
    document.close()
    body = "".join(_Writer(sheet, looks).parts())
    section = parsed(parts[SECTION], name=SECTION)
    first, *others = list(section)
    for other in others:
        section.remove(other)
    _set_margins(section)
    _drop_line_layout(first)
    section.extend(list(parsed(in_spaces(body), name=SECTION)))
    parts[SECTION] = as_part(section)
    return checked(packed(carrying(parts, sheet)))


# --- shapes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Looks:
    head: Shape
    title: Shape
    subtitle: Shape
    warning: Shape
    message: Shape
    headings: tuple[Shape, ...]
    lines: tuple[Shape, ...]
    text: Shape
    caption: Shape
    note: Shape
    plain: Shape
    table: TableShapes
    annex: TableShapes
    title_border: str
    box_border: str


def _looks(document: Any, *, is_tight: bool) -> _Looks:
    """The shapes; tight ones for a paper of one page, because how an editor breaks its lines can't be measured here."""
    samples: list[Any] = []

    def shape(characters: dict[str, Any], **paragraph: Any) -> Shape:
        sample = document.add_paragraph("", inherit_style=False)
        samples.append(sample)
        if paragraph:
            document.styles.apply_paragraph_format(paragraphs=[sample], **paragraph)
        return Shape(sample.element.get("paraPrIDRef"), document.styles.ensure_run(**characters))

    def outline(left: float, size: float, before: float, **characters: Any) -> Shape:
        return shape(
            {"size": size - 1.5 if is_tight else size, "font": SERIF, **characters},
            indent_left_mm=left + 5,
            first_line_indent_mm=-5,
            line_spacing_percent=112 if is_tight else 135,
            spacing_before_pt=before / 2 if is_tight else before,
        )

    tight = {"line_spacing_percent": 105 if is_tight else 120}
    border = document.styles.ensure_border_fill(border_color="#9CA3AF", border_width="0.12 mm")
    head_border = document.styles.ensure_border_fill(border_color="#9CA3AF", border_width="0.12 mm", fill_color=TINT)

    def table(size: float) -> TableShapes:
        return TableShapes(
            head=shape({"size": size, "font": GOTHIC, "bold": True}, alignment="CENTER", **tight),
            words=shape({"size": size, "font": GOTHIC}, alignment="LEFT", **tight),
            number=shape({"size": size, "font": GOTHIC}, alignment="RIGHT", **tight),
            head_border=head_border,
            border=border,
            width=WIDTH,
        )

    return _Looks(
        head=shape({"size": 9, "font": GOTHIC}, alignment="RIGHT", **tight),
        title=shape({"size": 17, "font": GOTHIC, "bold": True}, alignment="CENTER", line_spacing_percent=140),
        subtitle=shape({"size": 10, "font": GOTHIC}, alignment="CENTER", **tight),
        warning=shape({"size": 9, "font": GOTHIC, "bold": True, "color": WARNING}, alignment="LEFT", **tight),
        message=shape({"size": 10.5, "font": GOTHIC, "bold": True}, alignment="LEFT", line_spacing_percent=135),
        headings=tuple(
            shape({"size": size, "font": GOTHIC, "bold": True, "color": RULE}, spacing_before_pt=8, keep_with_next=True)
            for size in (14, 12.5, 11, 10.5)
        ),
        lines=(
            outline(0, 12, 6, font=GOTHIC, bold=True, color=RULE),
            outline(3, 10.5, 2),
            outline(7, 10, 1),
            outline(7, 9, 1, color=QUIET),
        ),
        text=shape({"size": 10.5, "font": SERIF}, alignment="JUSTIFY", line_spacing_percent=150, spacing_after_pt=3),
        caption=shape({"size": 9.5, "font": GOTHIC, "bold": True}, spacing_before_pt=4, keep_with_next=True),
        note=shape({"size": 7 if is_tight else 8, "font": GOTHIC, "color": QUIET}, **tight),
        plain=shape({"size": 3, "font": GOTHIC}, line_spacing_percent=100),
        table=table(8.5),
        annex=table(7.5),
        title_border=document.styles.ensure_border_fill(border_color=RULE, border_width="0.5 mm", fill_color=TINT),
        box_border=document.styles.ensure_border_fill(border_color=RULE, border_width="0.2 mm"),
    )


# --- body ------------------------------------------------------------------------------------------------------------


class _Writer:
    def __init__(self, sheet: Sheet, looks: _Looks) -> None:
        self.sheet, self.looks, self.body = sheet, looks, Body()

    def parts(self) -> list[str]:
        sheet, looks, body = self.sheet, self.looks, self.body
        head = " · ".join(one for one in (sheet.kind, sheet.head()) if one)
        made = [body.paragraph((Piece(head),), looks.head)] if head else []
        title = [((Piece(sheet.title),), looks.title)]
        if sheet.subtitle:
            title.append(((Piece(sheet.subtitle),), looks.subtitle))
        made.append(body.box(title, looks.title_border, WIDTH, looks.plain))
        if sheet.warning:
            made.append(body.box([((Piece(sheet.warning),), looks.warning)], looks.box_border, WIDTH, looks.plain))
        if sheet.message:
            made.append(body.box([(sheet.message, looks.message)], looks.box_border, WIDTH, looks.plain))
        breaks = False
        for one in sheet.body:
            if isinstance(one, PageBreak):
                breaks = True
                continue
            made += self._block(one, breaks)
            breaks = False
        if sheet.notes:
            made.append(body.paragraph((Piece(sheet.notes_title),), looks.note))
            made += [body.paragraph((Piece(f"[{n}] {note}"),), looks.note) for n, note in enumerate(sheet.notes, 1)]
        return made

    def _block(self, one: Set, breaks: bool) -> list[str]:
        looks, body = self.looks, self.body
        if isinstance(one, SetHeading):
            shape = looks.headings[min(max(one.level, 1), 4) - 1]
            return [body.paragraph((Piece(one.text),), shape, page_break=breaks)]
        if isinstance(one, SetLine):
            mark = Piece(f"{MARKS[one.level]} ")
            return [body.paragraph((mark, *one.pieces), looks.lines[one.level], page_break=breaks)]
        if isinstance(one, SetParagraph):
            return [body.paragraph(one.pieces, looks.text, page_break=breaks)]
        if isinstance(one, SetTable):
            caption = table_caption(one)
            above = [body.paragraph((Piece(caption),), looks.caption, page_break=breaks)] if caption else []
            return [*above, body.table(one, looks.annex if one.is_annex else looks.table, looks.plain)]
        assert isinstance(one, Picture)
        said = sentence("documents.picture-left-out", self.sheet.language, caption=one.caption)
        return [body.paragraph((Piece(said),), looks.caption, page_break=breaks)]


def table_caption(table: SetTable) -> str:
    """What stands above a table: its caption, and its unit in brackets."""
    return " ".join(one for one in (table.caption, f"({table.unit})" if table.unit else None) if one)


# --- package ---------------------------------------------------------------------------------------------------------


def carrying(parts: dict[str, bytes], sheet: Sheet, *, printed: Container[str] | None = None) -> dict[str, bytes]:
    """The parts with the manifest among them, the title and description of the document, and its text preview."""
    told = manifest_of(sheet, printed=printed).as_bytes()
    contents = parsed(parts[CONTENTS], name=CONTENTS)
    space = contents.nsmap["opf"]
    carried = CARRIED + b64encode(zlib.compress(told, 9)).decode()
    for one in contents.iter(f"{{{space}}}title"):
        one.text = sheet.title
    for meta in contents.iter(f"{{{space}}}meta"):
        named = str(meta.get("name"))
        said = {"description": carried, "creator": sheet.issuer or "", "lastsaveby": "", "date": sheet.date or ""}
        if named in said:
            meta.text = said[named]
    for items in contents.iter(f"{{{space}}}manifest"):
        if not any(item.get("href") == MANIFEST_PART for item in items):
            item = etree.SubElement(items, f"{{{space}}}item", {"id": "madang-figures", "href": MANIFEST_PART})
            item.set("media-type", "application/json")
    preview = "\r\n".join([sheet.title, "".join(piece.text for piece in sheet.flow())[:900]])
    kept = {name: data for name, data in parts.items() if name != "Preview/PrvImage.png"}
    return kept | {CONTENTS: as_part(contents), PREVIEW: preview.encode(), MANIFEST_PART: told}


def carried_manifest(description: str) -> bytes | None:
    """The manifest packed in a description, or None where there is none."""
    if not description.startswith(CARRIED):
        return None
    try:
        unpacker = zlib.decompressobj()
        return unpacker.decompress(b64decode(description.removeprefix(CARRIED), validate=True), LONGEST)
    except (ValueError, zlib.error) as problem:
        raise DataError("documents.manifest-unreadable") from problem


def checked(data: bytes) -> bytes:
    """The file, after python-hwpx's validators of package and document found no error in it."""
    from hwpx.document import HwpxDocument
    from hwpx.tools.package_validator import validate_package

    package = validate_package(data)
    faults = [issue.message for issue in package.issues if issue.level == "error"]
    if not faults:
        with HwpxDocument.open(data) as document:
            faults = [str(issue) for issue in document.validate().issues if _is_error(issue)]
    if faults:
        raise DataError("documents.hwpx-invalid", count=len(faults), first=faults[0][:300])
    return data


def _is_error(issue: Any) -> bool:
    return str(getattr(issue, "level", getattr(issue, "severity", "error"))) == "error"


def as_part(root: etree._Element) -> bytes:
    """An XML part as its bytes."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _set_margins(section: etree._Element) -> None:
    for margin in section.iter("{*}margin"):
        if margin.get("gutter") is not None:
            for side, mm in MARGINS_MM.items():
                margin.set(side, str(int(mm * UNITS_PER_MM)))
            return


def _drop_line_layout(paragraph: etree._Element) -> None:
    """Line positions that an editor cached for another page width; it lays the lines out anew without them."""
    for cached in list(paragraph.iter("{*}linesegarray")):
        paragraph.remove(cached)
