"""Text files as they come: UTF-8 with or without a mark, or cp949, and nothing else unless it is named.

A guess that fits by accident is worse than an error: cp949 is accepted only if it reads as Korean.
"""

from __future__ import annotations

from pathlib import Path

from madang.errors import DataError

TRIED = ("utf-8", "utf-8-sig", "cp949")


def decoded(path: Path, encoding: str | None = None) -> tuple[str, str]:
    """The file's text and its encoding; raises a DataError that says what was tried and where it failed."""
    data = path.read_bytes()
    if encoding is not None:
        return _named(path, data, encoding), encoding
    found = detected(data)
    if found is None:
        at = _first_bad(data, "utf-8")
        line = data.count(b"\n", 0, at) + 1
        raise DataError("sources.encoding-unknown", file=path.name, line=line, tried=", ".join(TRIED))
    return data.decode(found), found


def detected(data: bytes) -> str | None:
    """utf-8-sig, utf-8 or cp949, whichever the bytes are; None if they are none of them."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig" if _first_bad(data, "utf-8-sig") < 0 else None
    if b"\x00" in data[:4096]:
        return None
    if _first_bad(data, "utf-8") < 0:
        return "utf-8"
    if _first_bad(data, "cp949") < 0 and _reads_as_korean(data.decode("cp949")):
        return "cp949"
    return None


def nearest(data: bytes) -> str:
    """utf-8 or cp949, whichever leaves fewer bytes unread: for tables whose fixed widths cut letters in two."""
    utf8, cp949 = (data.decode(name, errors="replace").count("\ufffd") for name in ("utf-8", "cp949"))
    return "utf-8" if utf8 <= cp949 else "cp949"


def _named(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise DataError("sources.encoding-no-such", file=path.name, found=encoding, tried=", ".join(TRIED)) from None
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        other = detected(data)
        code = "sources.encoding-wrong" if other else "sources.encoding-unknown"
        raise DataError(code, file=path.name, line=line, tried=encoding, fits=other) from None


def _first_bad(data: bytes, encoding: str) -> int:
    try:
        data.decode(encoding)
    except UnicodeDecodeError as wrong:
        return wrong.start
    return -1


def _reads_as_korean(text: str) -> bool:
    foreign = [c for c in text if ord(c) > 127]
    korean = sum("가" <= c <= "힣" for c in foreign)
    return korean * 2 >= len(foreign)
