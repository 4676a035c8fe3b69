"""Papers written to files: the format is told by the ending, the file is whole or not there, and it is read again.

A file is made in memory, read back, and only then put in its place by renaming, so a kill at any moment leaves what was
there before. Reading it back finds every figure at its anchor; a file in which one is not found is not written.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from madang.documents.fitting import fitted, pages_of
from madang.documents.hangul import to_hwpx
from madang.documents.hangul_template import fill_template
from madang.documents.paper import Paper, Picture
from madang.documents.pdf import SIZES_PT, to_pdf
from madang.documents.readback import READABLE, Reading, read
from madang.documents.sheet import Sheet, lay_out
from madang.documents.sheets import to_xlsx
from madang.documents.text import compact
from madang.documents.web import to_html
from madang.documents.word import to_docx
from madang.errors import CallerError, DataError, Pair, both

MEDIA_TYPES = {
    ".hwpx": "application/hwp+zip",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LEFT_AFTER_S = 300  # no paper takes that long to be put in its place
VARIATIONS = frozenset(map(chr, range(0xFE00, 0xFE10)))  # they choose a shape and have none themselves
_WRITERS: dict[str, Callable[[Sheet], bytes]] = {
    ".hwpx": to_hwpx,
    ".docx": to_docx,
    ".html": to_html,
    ".xlsx": to_xlsx,
}


@dataclass(frozen=True, slots=True)
class Made:
    """A paper in a format: its bytes, how many pages (of a PDF), how many figures, and what is to be known of it."""

    data: bytes
    pages: int | None
    figures: int
    warnings: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class WrittenPaper:
    """A paper in a file."""

    path: str
    sha256: str
    pages: int | None
    figures: int
    warnings: tuple[Pair, ...]


def write(paper: Paper, path: Path, *, template: Path | None = None) -> WrittenPaper:
    """Write a paper; `template` is an agency's own HWPX whose fields are filled."""
    made = make(paper, path.suffix, template=_template(template))
    put_in_place(made.data, path)
    return WrittenPaper(str(path), sha256(made.data).hexdigest(), made.pages, made.figures, made.warnings)


def make(paper: Paper, suffix: str, *, template: tuple[str, bytes] | None = None) -> Made:
    """A paper as bytes of the format that a suffix such as ".pdf" names."""
    suffix = suffix.lower()
    if suffix not in MEDIA_TYPES:
        raise CallerError("documents.format-unknown", found=suffix or "-", known=", ".join(MEDIA_TYPES))
    if template is not None and suffix != ".hwpx":
        raise CallerError("documents.template-only-hwpx", found=suffix)
    sheet, size, pages, warnings = lay_out(paper), SIZES_PT[0], None, list[Pair]()
    if paper.one_page:
        fit = fitted(paper)
        sheet, size, pages = fit.sheet, fit.size_pt, fit.pages
        if fit.left_out:
            warnings.append({"ko": fit.left_out, "en": fit.left_out})
        if pages > 1:
            warnings.append(both("documents.longer-than-a-page", pages=pages))
    reading: Reading | None
    if suffix == ".pdf":
        data, reading = _pdf(sheet, size, warnings)
        pages = pages_of(data)
    else:
        data, sheet = _filled(paper, sheet, template) if template else (_WRITERS[suffix](sheet), sheet)
        reading = read(data, name=f"paper{suffix}") if suffix in READABLE else None
        pages = None
    if suffix == ".hwpx" and any(isinstance(one, Picture) for one in sheet.body):
        warnings.append(both("documents.pictures-not-in-hwpx"))
    if reading is not None:
        _check(sheet, reading, in_form=template is not None)
        figures = len(reading.manifest.figures) if reading.manifest else 0
        if figures < len(sheet.figures):
            warnings.append(both("documents.form-has-no-place", count=len(sheet.figures) - figures))
    else:
        figures = len(sheet.figures)
    return Made(data, pages, figures, tuple(warnings))


def _filled(paper: Paper, fit: Sheet, template: tuple[str, bytes]) -> tuple[bytes, Sheet]:
    """A form filled. What the form has no place for is not printed, so its figures are not in the manifest either."""
    sheet = lay_out(replace(paper, blocks=fit.paper.blocks), in_template=True)
    data = fill_template(sheet, *template)
    return data, sheet


def _template(path: Path | None) -> tuple[str, bytes] | None:
    if path is None:
        return None
    if not path.is_file():
        raise CallerError("documents.no-file", file=str(path))
    return path.name, path.read_bytes()


def _pdf(sheet: Sheet, size: float, warnings: list[Pair]) -> tuple[bytes, Reading]:
    """The PDF; what the package's fonts lack is set in the machine's, else spelled by its number in Unicode."""
    spelled: frozenset[str] = frozenset()
    for all_fonts in (False, True, True):
        data = to_pdf(sheet, size_pt=size, all_fonts=all_fonts, spelled=spelled)
        reading = read(data, name="paper.pdf")
        lost = _letters(sheet) - set(reading.flow) - spelled
        if not lost:
            break
        spelled = frozenset(lost) if all_fonts else spelled
    if spelled:
        warnings.append(both("documents.letters-missing", letters=" ".join(f"U+{ord(c):04X}" for c in sorted(spelled))))
    return data, reading


def _letters(sheet: Sheet) -> set[str]:
    said = "".join(piece.text for piece in sheet.flow())
    more = (sheet.title, sheet.subtitle, sheet.head(), sheet.warning, *sheet.notes)
    letters = compact(said + "".join(one for one in more if one))
    return {letter for letter in letters if unicodedata.category(letter) != "Cf" and letter not in VARIATIONS}


def _check(sheet: Sheet, reading: Reading, *, in_form: bool) -> None:
    """Every figure stands in the file, at its anchor and as it was meant."""
    figures = reading.manifest.figures if reading.manifest is not None else ()
    found = {figure.anchor: reading.texts.get(figure.anchor) for figure in figures}
    for figure in figures:
        shown = found[figure.anchor]
        if shown is None or compact(shown) != compact(figure.text):
            raise DataError("documents.not-read-back", figure=figure.text, found=shown or "-")
    if len(figures) != len(sheet.figures) and not in_form:
        raise DataError("documents.not-read-back", figure=str(len(sheet.figures)), found=str(len(figures)))


def _sweep(folder: Path, prefix: str, now: float) -> None:
    """Take away what a write that was killed left beside this file; one that is young may still be going on."""
    for left in folder.iterdir():
        if left.name.startswith(prefix) and left.name.endswith(".part"):
            with contextlib.suppress(OSError):  # another write took it away, or it is not ours to take
                if now - left.stat().st_mtime > LEFT_AFTER_S:
                    left.unlink()


def put_in_place(data: bytes, path: Path) -> None:
    """Write beside, flush to the disk, then rename: nobody ever sees half a file."""
    if not path.parent.is_dir():
        raise CallerError("documents.no-folder", folder=str(path.parent))
    prefix = f".{path.name[:40]}."
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=".part")
    _sweep(path.parent, prefix, os.fstat(handle).st_mtime)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
