"""A picture of the city as one A4 page, landscape: the picture, what it shows, and where that comes from.

Set by Typst in the fonts of the package (`documents.pdf`). All text enters as string literals, the picture as a file
in a scratch folder that is Typst's root: nothing on the page is fetched, and nothing a caller writes is read as a
command. The picture is decoded by nobody before its own head says that it is small enough.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from madang.documents.pdf import FALLBACKS, FONT, INK, QUIET, RULE, WHOLE_WORDS, font_folder
from madang.documents.text import breakable, clean
from madang.errors import CallerError, Language

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 40_000_000
PNG_MARK = b"\x89PNG\r\n\x1a\n"
_DATA_URL = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/=\s]*)")
_FOREIGN = re.compile(
    "[\u2e80-\u2fff\u3400-\u9fff\uf900-\ufaff\U00010000-\U0010ffff]"
)  # in none of the package's fonts
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's start-of-frame marks


@dataclass(frozen=True)
class Image:
    """The bytes of a PNG or JPEG, and how large it is."""

    data: bytes
    suffix: str
    width: int
    height: int


@dataclass(frozen=True)
class PicturePage:
    """What stands on the page, in one language; `status` and `warning` say how real what is shown is."""

    language: Language
    title: str
    image: Image
    text: str = ""
    legend: Sequence[tuple[str, str]] = ()  # (#rrggbb, what it stands for)
    legend_title: str = ""
    sources: Sequence[str] = ()
    sources_title: str = ""
    marks: Sequence[str] = ()  # branch, date of the data, when it was made
    warning: str = ""
    address: str = ""


def image_of(data_url: Any) -> Image:
    """The picture in a data URL, checked by its size, mark and head."""
    if not isinstance(data_url, str):
        raise CallerError("stories.picture-wrong", why=type(data_url).__name__)
    if len(data_url) > MOST_BYTES * 4 // 3 + 64:
        raise _large(len(data_url) * 3 // 4 // 1_048_576, "MiB", MOST_BYTES // 1_048_576)
    found = _DATA_URL.fullmatch(data_url)
    if found is None:
        raise CallerError("stories.picture-wrong", why=repr(data_url[:30]))
    try:
        data = base64.b64decode(found[2], validate=False)
    except binascii.Error as wrong:
        raise CallerError("stories.picture-wrong", why=str(wrong)) from None
    size = _png_size(data) if found[1] == "png" else _jpeg_size(data)
    if size is None or min(size) < 1:
        raise CallerError("stories.picture-wrong", why=found[1])
    if size[0] * size[1] > MOST_PIXELS:
        raise _large(f"{size[0]:,} × {size[1]:,}", "px", f"{MOST_PIXELS:,}")
    return Image(data, "png" if found[1] == "png" else "jpg", *size)


def to_pdf(page: PicturePage) -> bytes:
    """The page as PDF."""
    import typst  # a tenth of a second that only who writes a PDF pays

    compile: Any = typst.compile
    with TemporaryDirectory(prefix="madang-picture-") as folder:
        (Path(folder) / f"picture.{page.image.suffix}").write_bytes(page.image.data)
        main = Path(folder) / "main.typ"
        main.write_bytes(source_of(page).encode())
        own = not _FOREIGN.search(main.read_text("utf-8"))  # to look through the machine's fonts takes a second
        try:
            made = compile(main, root=folder, font_paths=[font_folder()], ignore_system_fonts=own, format="pdf")
        except RuntimeError as wrong:  # what Typst raises: here only a picture that does not hold what its head says
            raise CallerError("stories.picture-wrong", why=str(wrong).splitlines()[0][:120]) from None
    return bytes(made)


def source_of(page: PicturePage) -> str:
    """The Typst source of a page: the picture takes what height the words leave."""
    fonts = ", ".join(_string(name) for name in (FONT, *FALLBACKS))
    return "\n".join(
        [
            f"#set document(title: {_string(page.title)}, date: none)",
            '#set page(paper: "a4", flipped: true, margin: (x: 14mm, top: 12mm, bottom: 10mm))',
            f'#set text(font: ({fonts},), lang: "{page.language}", size: 9pt, fill: rgb("{INK}"))',
            "#set par(leading: 0.55em, spacing: 0.6em, justify: false)",
            WHOLE_WORDS,
            "#grid(columns: (1fr,), rows: (auto, 1fr, auto), row-gutter: 3mm,",
            f"[{_head(page)}],",
            f'align(center, image("picture.{page.image.suffix}", width: 100%, height: 100%, fit: "contain")),',
            f"[{_foot(page)}])",
        ]
    )


def _head(page: PicturePage) -> str:
    marks = " · ".join(page.marks)
    said = [
        f'#grid(columns: (1fr, auto), align: (left + bottom, right + bottom), text(1.7em, weight: "bold", '
        f'fill: rgb("{RULE}"), {_text(page.title)}), text(0.9em, fill: rgb("{QUIET}"), {_text(marks)}))',
        f'#v(-0.2em)#line(length: 100%, stroke: 1pt + rgb("{RULE}"))',
    ]
    if page.warning:
        said.append(
            '#block(width: 100%, inset: 0.45em, stroke: 0.8pt + rgb("#b45309"), fill: rgb("#fffbeb"))'
            f'[#text(weight: "bold", fill: rgb("#92400e"), {_text(page.warning)})]'
        )
    if page.text:
        said.append("#block[" + " \\\n".join(f"#text({_text(line)})" for line in page.text.splitlines()) + "]")
    return "\n".join(said)


def _foot(page: PicturePage) -> str:
    said = []
    if page.legend:
        swatches = ", ".join(
            f'box[#box(width: 0.9em, height: 0.9em, baseline: 12%, fill: rgb("{colour}"), '
            f'stroke: 0.4pt + rgb("{QUIET}")) #text({_text(words)})]'
            for colour, words in page.legend
        )
        title = f'text(weight: "bold", {_text(page.legend_title)})'
        said.append(f"#block[#({title}, {swatches},).join(h(1.2em, weak: true))]")
    small = [f"#text({_text(line)})" for line in page.sources]
    if small:
        title = f'#text(weight: "bold", {_text(page.sources_title)})'
        said.append(
            f'#block(width: 100%, stroke: (top: 0.5pt + rgb("{QUIET}")), inset: (top: 0.4em))'
            f'[#set text(0.78em, fill: rgb("{QUIET}"));#set par(leading: 0.4em);{title} \\\n'
            + " \\\n".join(small)
            + "]"
        )
    if page.address:
        said.append(f'#text(0.72em, fill: rgb("{QUIET}"), {_string(page.address)})')
    return "\n".join(said)


def _png_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 33 or not data.startswith(PNG_MARK) or data[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return int(width), int(height)


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the first frame's head; segments before it are stepped over."""
    at = 2 if data.startswith(b"\xff\xd8\xff") else len(data)
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        mark, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if mark in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return int(width), int(height)
        if mark == 0xFF:
            at += 1
            continue
        if length < 2:
            return None
        at += 2 + length
    return None


def _large(found: Any, unit: str, most: Any) -> CallerError:
    return CallerError("stories.picture-large", found=found, unit=unit, most=most)


def _text(text: str) -> str:
    return _string(breakable(clean(text)))


def _string(text: str) -> str:
    """A Typst string literal: nothing in it is markup or code."""
    return '"' + clean(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
