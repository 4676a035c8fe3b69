"""The files of a city model: one GML file, or a ZIP of several with their code lists, as PLATEAU ships them.

Whether a file is CityGML is told by its root element, never by its name alone. A ZIP is read member by member, without
unpacking it, and only when its sizes are believable.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO

from madang.errors import DataError
from madang.sources.citygml.names import is_city_model
from madang.sources.zips import Limits, check_sizes

SUFFIXES = (".gml", ".xml", ".citygml")
_HEAD = 65_536
_MOST_CODES = 16 << 20  # bytes of one code list
_ROOT = re.compile(r"<(?:([\w.-]+):)?([A-Za-z_][\w.-]*)([^>]*)", re.DOTALL)
_SKIPPED = re.compile(r"<\?.*?\?>|<!--.*?-->", re.DOTALL)


def is_citygml(path: Path) -> bool:
    """Whether a file is CityGML, or a ZIP that holds some."""
    suffix = path.suffix.lower()
    if suffix not in (*SUFFIXES, ".zip"):
        return False
    try:
        state = path.stat()
        return _is_citygml(path, suffix, state.st_mtime_ns, state.st_size)
    except OSError:
        return False


@lru_cache(maxsize=16)
def _is_citygml(path: Path, suffix: str, _modified: int, _size: int) -> bool:
    if suffix != ".zip":
        with path.open("rb") as file:
            return _head_says(file.read(_HEAD))
    try:
        with zipfile.ZipFile(path) as archive:
            for name in _models(archive)[:5]:
                with archive.open(name) as member:
                    if _head_says(member.read(_HEAD)):
                        return True
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
        return False
    return False


def _head_says(head: bytes) -> bool:
    """Whether the root element that begins in these bytes is a CityModel."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if head.startswith(mark):
            text = head.decode(encoding, "ignore")
            break
    else:
        text = head.decode("latin-1")
    text = _SKIPPED.sub("", text)
    doctype = re.search(r"<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", text, re.DOTALL)
    if doctype:  # refused later, with words
        text = text[doctype.end() :]
    root = _ROOT.search(text)
    if root is None:
        return False
    prefix, name, rest = root.groups()
    declared = re.search(rf"""xmlns{":" + re.escape(prefix) if prefix else ""}\s*=\s*["']([^"']*)""", rest)
    return declared is not None and is_city_model(declared.group(1), name)


def _models(archive: zipfile.ZipFile) -> list[str]:
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    found = [n for n in names if n.lower().endswith((".gml", ".citygml")) and not _hidden(n)]
    return sorted(found or [n for n in names if n.lower().endswith(".xml") and not _hidden(n)])


def _hidden(name: str) -> bool:
    parts = name.split("/")
    return "__MACOSX" in parts or parts[-1].startswith(".") or "codelists" in parts or "schemas" in parts


@dataclass
class Files:
    """The models of a file, with the code lists that come with them."""

    path: Path
    left: int = 0  # entries of a ZIP that are no city model
    _lists: dict[str, dict[str, str]] = field(default_factory=dict)
    _archive: zipfile.ZipFile | None = None

    def models(self) -> Iterator[str]:
        """The names of the models; opens the ZIP and checks it first."""
        if self.path.suffix.lower() != ".zip":
            yield ""
            return
        try:
            with zipfile.ZipFile(self.path) as self._archive:
                check_sizes(self._archive, Limits(), file=self.path.name)
                names = [name for name in _models(self._archive) if self._says(name)]
                self.left = len(_models(self._archive)) - len(names)
                yield from names
        except zipfile.BadZipFile as wrong:
            raise DataError("citygml.bad-zip", file=self.path.name, why=str(wrong)[:120]) from None
        finally:
            self._archive = None

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """The bytes of one model."""
        try:
            if self._archive is None:
                with self.path.open("rb") as file:
                    yield file
            else:
                with self._archive.open(name) as member:
                    yield member
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as wrong:
            where = f"{self.path.name}: {name}" if name else self.path.name
            raise DataError("citygml.bad-zip", file=where, why=str(wrong)[:120]) from None

    def code(self, model: str, space: str, code: str) -> str | None:
        """What a code means, by the list that its codeSpace names in the same ZIP; None where there is no such list."""
        if self._archive is None or not space.lower().endswith(".xml") or "://" in space:
            return None
        name = posixpath.normpath(posixpath.join(posixpath.dirname(model), space))
        if name not in self._lists:
            self._lists[name] = self._codes(name)
        return self._lists[name].get(code)

    def _codes(self, name: str) -> dict[str, str]:
        from lxml import etree

        assert self._archive is not None
        try:
            info = self._archive.getinfo(name)
            if info.file_size > _MOST_CODES:
                return {}
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
            root = etree.fromstring(self._archive.read(name), parser)
        except (KeyError, etree.XMLSyntaxError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError):
            return {}
        found = {}
        for entry in root.iter("{*}Definition"):
            code, meaning = entry.findtext("{*}name"), entry.findtext("{*}description")
            if code and meaning:
                found[code.strip()] = meaning.strip()
        return found

    def _says(self, name: str) -> bool:
        with self.open(name) as member:
            return _head_says(member.read(_HEAD))
