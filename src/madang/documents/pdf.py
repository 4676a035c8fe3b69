"""A paper as PDF, set by Typst in the fonts of the package, with the manifest as an attachment.

All text enters Typst as string literals in code, never as markup, so nothing a user writes is read as a command. Each
figure is a link element: PDF keeps those in its structure tree with the very glyphs they cover, and by them a figure is
found again (`documents.readback`). A click on a figure leads to the notes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from madang.documents.manifest import NAME, manifest_of
from madang.documents.paper import PageBreak, Picture
from madang.documents.sheet import MARKS, Piece, Pieces, Set, SetHeading, SetLine, SetParagraph, SetTable, Sheet
from madang.documents.text import breakable

FONT = "Pretendard"
# Where a character is in none of the package's fonts (Hanja, say), the machine's own are asked, in this order.
FALLBACKS = ("Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", "NanumGothic", "Apple SD Gothic Neo")
SIZES_PT = (10.5, 10.0, 9.5)  # of a one-page paper, the first that fits
INK, RULE, TINT, QUIET = "#111827", "#1f3a68", "#eef2f8", "#4b5563"
SHORT_COLUMN = 14  # in narrow letters; a Korean one counts twice
# Korean lines break between words, as in an official's editor, not within one.
WHOLE_WORDS = '#show regex("\\\\p{Hangul}[^\\\\s\\u{200b}]{1,11}"): box;'
UNBROKEN = 26  # a figure up to this long is never broken over lines


def to_pdf(
    sheet: Sheet, *, size_pt: float = SIZES_PT[0], all_fonts: bool = False, spelled: frozenset[str] = frozenset()
) -> bytes:
    """The PDF; `all_fonts` also asks the machine's fonts for characters that the package's lack.

    `spelled` are characters that no font has: they stand as their numbers in Unicode, [U+1F600].
    """
    return bytes(_compiled(_spelled(sheet, spelled), size_pt, all_fonts, "pdf"))


def to_png(sheet: Sheet, *, size_pt: float = SIZES_PT[0], ppi: float = 110.0) -> list[bytes]:
    """Each page as a picture, to be looked at."""
    found = _compiled(sheet, size_pt, False, "png", ppi)
    return [bytes(one) for one in found] if isinstance(found, list) else [bytes(found)]


def _spelled(sheet: Sheet, letters: frozenset[str]) -> Sheet:
    if not letters:
        return sheet
    table = {ord(letter): f"[U+{ord(letter):04X}]" for letter in letters}

    def pieces(given: Pieces) -> Pieces:
        return tuple(Piece(piece.text.translate(table), piece.anchor) for piece in given)

    def block(one: Set) -> Set:
        if isinstance(one, SetHeading):
            return replace(one, text=one.text.translate(table))
        if isinstance(one, SetLine | SetParagraph):
            return replace(one, pieces=pieces(one.pieces))
        if isinstance(one, SetTable):
            heads = tuple(head.translate(table) for head in one.heads)
            return replace(one, heads=heads, rows=tuple(tuple(pieces(cell) for cell in row) for row in one.rows))
        return one

    return replace(
        sheet,
        title=sheet.title.translate(table),
        subtitle=sheet.subtitle.translate(table) if sheet.subtitle else None,
        issuer=sheet.issuer.translate(table) if sheet.issuer else None,
        date=sheet.date.translate(table) if sheet.date else None,
        message=pieces(sheet.message),
        body=tuple(block(one) for one in sheet.body),
        notes=tuple(note.translate(table) for note in sheet.notes),
    )


@cache
def font_folder() -> str:
    """Where the fonts of the package lie."""
    return str(Path(str(resources.files("madang.documents"))) / "fonts")


def _compiled(sheet: Sheet, size_pt: float, all_fonts: bool, format: str, ppi: float | None = None) -> Any:
    import typst  # a tenth of a second that only who writes a PDF pays

    compile: Any = typst.compile  # its types ask for a literal format
    source = source_of(sheet, size_pt, all_fonts=all_fonts).encode()
    with TemporaryDirectory(prefix="madang-paper-") as folder:
        for n, one in enumerate(_pictures(sheet)):
            (Path(folder) / f"picture{n}.png").write_bytes(one.png)
        main = Path(folder) / "main.typ"
        main.write_bytes(source)
        fonts = [font_folder()]
        return compile(main, root=folder, font_paths=fonts, ignore_system_fonts=not all_fonts, format=format, ppi=ppi)


def _pictures(sheet: Sheet) -> list[Picture]:
    return [one for one in sheet.body if isinstance(one, Picture)]


def source_of(sheet: Sheet, size_pt: float, *, all_fonts: bool = False) -> str:
    """The Typst source of a sheet."""
    fonts = ", ".join(_string(name) for name in (FONT, *(FALLBACKS if all_fonts else ())))
    parts = [
        f"#set document(title: {_string(sheet.title)}, date: none)",
        f'#set page(paper: "a4", margin: (x: 20mm, top: 16mm, bottom: 16mm), numbering: {_numbering(sheet)}, '
        f"footer-descent: 20%)",
        f'#set text(font: ({fonts},), lang: "{sheet.language}", size: {size_pt}pt, fill: rgb("{INK}"))',
        "#set par(leading: 0.7em, spacing: 0.8em, justify: false)",
        f"#pdf.attach({_string(NAME)}, bytes({_string(manifest_of(sheet).as_bytes().decode())}), "
        'relationship: "data", mime-type: "application/json")',
        _head(sheet),
    ]
    pictures = iter(range(len(_pictures(sheet))))
    parts += [_block(one, pictures) for one in sheet.body]
    if sheet.notes:
        parts.append(_notes(sheet))
    return "\n".join(parts)


def _numbering(sheet: Sheet) -> str:
    return "none" if sheet.paper.one_page else '"- 1 -"'


def _head(sheet: Sheet) -> str:
    said = []
    if sheet.kind or sheet.head():
        said.append(
            f'#grid(columns: (auto, 1fr), align: (left, right), text(0.9em, weight: "bold", fill: rgb("{RULE}"), '
            f"{_string(sheet.kind)}), text(0.9em, {_string(sheet.head())}))"
        )
    subtitle = f"#v(-0.1em)#text(0.95em, {_string(sheet.subtitle)})" if sheet.subtitle else ""
    said.append(
        f'#block(width: 100%, above: 0.5em, below: 0.7em, inset: (y: 0.9em), fill: rgb("{TINT}"), '
        f'stroke: (top: 1.6pt + rgb("{RULE}"), bottom: 0.8pt + rgb("{RULE}")))[#set align(center);'
        f'#text(1.6em, weight: "bold", {_text(sheet.title)})#parbreak(){subtitle}]'
    )
    if sheet.warning:
        said.append(
            '#block(width: 100%, inset: 0.5em, stroke: 0.8pt + rgb("#b45309"), fill: rgb("#fffbeb"))'
            f'[#text(0.92em, weight: "bold", fill: rgb("#92400e"), {_text(sheet.warning)})]'
        )
    if sheet.message:
        said.append(
            f'#block(width: 100%, inset: (x: 0.8em, y: 0.7em), below: 0.8em, stroke: 0.6pt + rgb("{RULE}"))'
            f'[#set text(weight: "bold");{_pieces(sheet.message)}]'
        )
    return "\n".join(said)


def _block(one: Set, pictures: Any) -> str:
    if isinstance(one, SetHeading):
        size = max(1.0, 1.3 - 0.12 * one.level)
        return (
            f'#block(above: 1.1em, below: 0.6em, sticky: true)[#text({size}em, weight: "bold", '
            f'fill: rgb("{RULE}"), {_text(one.text)})]'
        )
    if isinstance(one, SetLine):
        return _line(one)
    if isinstance(one, SetParagraph):
        return f"#block[{WHOLE_WORDS}{_pieces(one.pieces)}]"
    if isinstance(one, SetTable):
        return _table(one)
    if isinstance(one, Picture):
        path = f"picture{next(pictures)}.png"
        caption = f"[{_string_content(one.caption)}]"
        return f"#figure(image({_string(path)}, width: 85%), caption: {caption}, numbering: none)"
    assert isinstance(one, PageBreak)
    return "#pagebreak(weak: true)"


def _line(one: SetLine) -> str:
    indent = (0.0, 0.7, 1.6, 1.6)[one.level]
    style = (f'weight: "bold", size: 1.12em, fill: rgb("{RULE}")', "", "", f'size: 0.92em, fill: rgb("{QUIET}")')
    above = (1.25, 0.75, 0.6, 0.6)[one.level]
    return (
        f"#block(above: {above}em, below: 0.6em, inset: (left: {indent}em), breakable: true"
        f"{', sticky: true' if one.level == 0 else ''})[#set text({style[one.level]});{WHOLE_WORDS}"
        f"#grid(columns: (1.25em, 1fr), {_string(MARKS[one.level])}, [{_pieces(one.pieces)}])]"
    )


def _table(one: SetTable) -> str:
    columns = ", ".join(_widths(one))
    aligns = ", ".join("right + horizon" if numeric else "left + horizon" for numeric in one.numeric)
    heads = ", ".join(f'table.cell(align: center, text(weight: "bold", {_text(head)}))' for head in one.heads)
    cells = ",\n".join(f"[{_pieces(cell)}]" for row in one.rows for cell in row)
    size = 0.78 if one.is_annex else 0.88
    above = ""
    if one.caption or one.unit:
        above = (
            f"#block(above: 0.7em, below: 0.3em, sticky: true)[#set text(0.88em);#grid(columns: (1fr, auto), "
            f'text(weight: "bold", {_text(one.caption or "")}), {_text(one.unit or "")})]\n'
        )
    return (
        f"{above}#block(above: 0.6em, below: 0.8em)[#set text({size}em);#set par(leading: 0.45em);"
        f"#table(columns: ({columns},), align: ({aligns},), inset: (x: 0.45em, y: 0.42em), "
        f'stroke: 0.4pt + rgb("#9ca3af"), '
        f'fill: (_, y) => if y == 0 {{ rgb("{TINT}") }}, table.header({heads}),\n{cells})]'
    )


def _widths(one: SetTable) -> list[str]:
    """Columns of figures as wide as they need, those of words share the rest."""
    if one.is_annex:
        return ["auto", "auto", "1fr", "auto"]
    longest = [
        max([_breadth(head), *(sum(_breadth(piece.text) for piece in row[at]) for row in one.rows)])
        for at, head in enumerate(one.heads)
    ]
    widths = [
        "auto" if numeric or size <= SHORT_COLUMN else f"{size}fr"
        for numeric, size in zip(one.numeric, longest, strict=True)
    ]
    return widths if any(width != "auto" for width in widths) else ["1fr", *widths[1:]]


def _breadth(text: str) -> int:
    return sum(1 + (letter > "\u2000") for letter in text)


def _notes(sheet: Sheet) -> str:
    lines = "\n".join(
        f'#block(above: 0.35em, below: 0em)[#grid(columns: (2.2em, 1fr), "[{n}]", [{_string_content(note)}])]'
        for n, note in enumerate(sheet.notes, 1)
    )
    return (
        f'#block(above: 1em, width: 100%, stroke: (top: 0.5pt + rgb("{QUIET}")), inset: (top: 0.5em))'
        f'[#set text(0.76em, fill: rgb("{QUIET}"));#set par(leading: 0.4em);'
        f'#text(weight: "bold", {_text(sheet.notes_title)}) <notes>\n{lines}]'
    )


def _pieces(pieces: Pieces) -> str:
    return "".join(_piece(piece) for piece in pieces)


def _piece(piece: Piece) -> str:
    if piece.anchor is None:
        return f"#{_text(piece.text)}" if piece.text else ""
    content = f"[#{_text(piece.text)}]"
    if len(piece.text) <= UNBROKEN:
        content = f"box{content}"
    return f"#link((page: 1, x: 0pt, y: 0pt), {content})"


def _text(text: str) -> str:
    return _string(breakable(text))


def _string_content(text: str) -> str:
    return f"#{_text(text)}"


def _string(text: str) -> str:
    """A Typst string literal: nothing in it is markup or code."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
