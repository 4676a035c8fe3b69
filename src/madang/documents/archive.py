"""Files from outside that are ZIP archives of XML, opened with care: bounded in size, no entity ever resolved."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree

from madang.errors import DataError

MAX_MEMBERS = 2000
MAX_BYTES = 128 * 1024 * 1024  # all parts together, unpacked
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the time of every part, so that equal papers give equal bytes


def unpacked(data: bytes, *, name: str) -> dict[str, bytes]:
    """Every part of an archive by its name; one that is broken or unpacks to too much is refused."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > MAX_MEMBERS or sum(info.file_size for info in infos) > MAX_BYTES:
                raise DataError("documents.too-large", file=name, limit_mib=MAX_BYTES // 1048576)
            parts: dict[str, bytes] = {}
            left = MAX_BYTES
            for info in infos:
                with archive.open(info) as part:
                    parts[info.filename] = part.read(left + 1)  # what the header says of its size need not be true
                left -= len(parts[info.filename])
                if left < 0:
                    raise DataError("documents.too-large", file=name, limit_mib=MAX_BYTES // 1048576)
            return parts
    except (BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error) as problem:
        raise DataError("documents.broken", file=name, why=type(problem).__name__) from problem


def packed(parts: Mapping[str, bytes]) -> bytes:
    """An archive of these parts in this order; a part named `mimetype` is stored plainly, as HWPX wants it."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            info = ZipInfo(name, LONG_AGO)
            info.compress_type = ZIP_STORED if name == "mimetype" else ZIP_DEFLATED
            archive.writestr(info, data)
    return file.getvalue()


def parsed(data: bytes, *, name: str) -> etree._Element:
    """The root of an XML part; a document type or an entity is refused, broken XML too."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as problem:
        raise DataError("documents.broken", file=name, why=str(problem)[:120]) from problem
    if root.getroottree().docinfo.doctype:
        raise DataError("documents.broken", file=name, why="DOCTYPE")
    return root
