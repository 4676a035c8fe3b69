"""A paper as one web page: it asks nothing of any other address, reads well aloud, and prints on A4."""

from __future__ import annotations

from base64 import b64encode
from html import escape

from madang.documents.manifest import NAME, manifest_of
from madang.documents.paper import Figure, PageBreak, Picture
from madang.documents.sheet import MARKS, Pieces, Set, SetHeading, SetLine, SetParagraph, SetTable, Sheet

STYLE = """
:root { color-scheme: light; }
body { font-family: Pretendard, "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo", sans-serif; color: #111827;
  background: #fff; max-width: 50rem; margin: 1.5rem auto; padding: 0 1rem; line-height: 1.6; word-break: keep-all;
  overflow-wrap: anywhere; }
.head { display: flex; justify-content: space-between; gap: 1rem; font-size: .9rem; }
.head b { color: #1f3a68; }
h1 { text-align: center; font-size: 1.6rem; background: #eef2f8; border-top: 3px solid #1f3a68;
  border-bottom: 1px solid #1f3a68; padding: .7rem; margin: .3rem 0 .8rem; }
h1 small { display: block; font-size: .95rem; font-weight: normal; }
h2, h3, h4, h5 { color: #1f3a68; margin: 1.1rem 0 .4rem; }
.message { border: 1px solid #1f3a68; padding: .6rem .9rem; font-weight: bold; }
.warning { border: 1px solid #b45309; background: #fffbeb; color: #92400e; padding: .5rem .8rem; font-weight: bold; }
.line { display: flex; gap: .5rem; margin: .2rem 0; }
.level0 { font-weight: bold; font-size: 1.12rem; color: #1f3a68; margin-top: .9rem; }
.level1 { margin-left: .7rem; } .level2 { margin-left: 1.7rem; }
.level3 { margin-left: 1.7rem; color: #4b5563; font-size: .92rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .4rem 0 .9rem; }
caption { text-align: left; font-weight: bold; } caption span { float: right; font-weight: normal; }
th, td { border: 1px solid #9ca3af; padding: .3rem .5rem; text-align: left; }
th { background: #eef2f8; text-align: center; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.annex td { font-size: .78rem; word-break: break-all; }
footer { border-top: 1px solid #6b7280; color: #4b5563; font-size: .82rem; margin-top: 1rem; padding-top: .4rem; }
figure { margin: 1rem 0; text-align: center; } img { max-width: 100%; }
@page { size: A4; margin: 16mm 20mm; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 10pt; } .break { break-before: page; }
  thead { display: table-header-group; } tr { break-inside: avoid; } }
"""


def to_html(sheet: Sheet) -> bytes:
    """The page; its figures are spans that carry value, unit, address and status."""
    manifest = manifest_of(sheet).as_bytes().decode().replace("<", "\\u003c")
    subtitle = f"<small>{escape(sheet.subtitle)}</small>" if sheet.subtitle else ""
    parts = [
        "<!doctype html>",
        f'<html lang="{sheet.language}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        'img-src data:">',
        f"<title>{escape(sheet.title)}</title><style>{STYLE}</style></head><body><main>",
        f'<p class="head"><b>{escape(sheet.kind)}</b><span>{escape(sheet.head())}</span></p>',
        f"<h1>{escape(sheet.title)}{subtitle}</h1>",
    ]
    if sheet.warning:
        parts.append(f'<p class="warning" role="note">{escape(sheet.warning)}</p>')
    if sheet.message:
        parts.append(f'<p class="message">{_pieces(sheet.message, sheet)}</p>')
    parts += [_block(one, sheet) for one in sheet.body]
    parts.append("</main>")
    if sheet.notes:
        items = "".join(f"<li>{escape(note)}</li>" for note in sheet.notes)
        parts.append(f"<footer><h2>{escape(sheet.notes_title)}</h2><ol>{items}</ol></footer>")
    parts.append(f'<script type="application/json" id="{NAME}">{manifest}</script></body></html>')
    return "\n".join(parts).encode()


def _block(one: Set, sheet: Sheet) -> str:
    if isinstance(one, SetHeading):
        level = min(max(one.level, 1), 4) + 1
        return f"<h{level}>{escape(one.text)}</h{level}>"
    if isinstance(one, SetLine):
        mark = f'<span aria-hidden="true">{MARKS[one.level]}</span>'
        text = f"<span>{_pieces(one.pieces, sheet)}</span>"
        tag = 'div role="heading" aria-level="2"' if one.level == 0 else "div"
        return f'<{tag} class="line level{one.level}">{mark}{text}</div>'
    if isinstance(one, SetParagraph):
        return f"<p>{_pieces(one.pieces, sheet)}</p>"
    if isinstance(one, SetTable):
        return _table(one, sheet)
    if isinstance(one, Picture):
        data, said = b64encode(one.png).decode(), escape(one.caption)
        return f'<figure><img alt="{said}" src="data:image/png;base64,{data}"><figcaption>{said}</figcaption></figure>'
    assert isinstance(one, PageBreak)
    return '<div class="break"></div>'


def _table(one: SetTable, sheet: Sheet) -> str:
    unit = f"<span>{escape(one.unit)}</span>" if one.unit else ""
    caption = f"<caption>{escape(one.caption or '')}{unit}</caption>" if one.caption or unit else ""
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in one.heads)
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=' + chr(34) + 'number' + chr(34) if numeric else ''}>{_pieces(cell, sheet)}</td>"
            for cell, numeric in zip(row, one.numeric, strict=True)
        )
        + "</tr>"
        for row in one.rows
    )
    kind = ' class="annex"' if one.is_annex else ""
    return (
        f'<div class="scroll"><table{kind}>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _pieces(pieces: Pieces, sheet: Sheet) -> str:
    return "".join(
        escape(piece.text) if piece.anchor is None else _figure(piece.anchor, piece.text, sheet.figures[piece.anchor])
        for piece in pieces
    )


def _figure(anchor: str, text: str, figure: Figure) -> str:
    told = {"value": figure.value, "unit": figure.unit, "address": figure.address, "status": figure.status}
    data = "".join(f' data-{name}="{escape(str(value))}"' for name, value in told.items() if value is not None)
    return f'<span class="figure" id="{anchor}"{data}>{escape(text)}</span>'
