"""The built pages: files of one folder, `index.html` for every address the pages route themselves, and nothing else.

Files whose name holds a content hash (Vite's `assets/`) are kept by the browser for good; the rest is asked for again.
Text is compressed once, at the first request. When the pages were not built, a page says how to build them.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from madang.errors import Language, NotFoundError, sentence
from madang.web.exchange import Header, Reply, Request

# Nothing a page loads may come from another host; workers and textures of the 3D view are blobs of our own making.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SAFE_HEADERS: list[Header] = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
FOR_GOOD = b"public, max-age=31536000, immutable"
ASK_AGAIN = b"no-cache"
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/wasm")
HTML = b"text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Page:
    stamp: tuple[int, int]
    body: bytes
    packed: bytes | None
    media_type: bytes
    etag: bytes


class Pages:
    """The folder of the built pages, read as it is asked for; None when there is none."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder.resolve() if folder and (folder / "index.html").is_file() else None
        self._read: dict[Path, _Page] = {}

    def reply(self, request: Request) -> Reply:
        """The file a path names; the front page for a path without a file ending."""
        if self.folder is None:
            return message_page(request.language, "web.pages-not-built", status=200)
        name = request.path.lstrip("/")
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder) or not _is_file(path):
            if Path(name).suffix:
                raise NotFoundError("web.path-unknown", path=request.path)
            path = self.folder / "index.html"
        return self._answer(path, request)

    def _answer(self, path: Path, request: Request) -> Reply:
        page = self._page(path)
        lasting = FOR_GOOD if path.parent.name == "assets" else ASK_AGAIN
        headers = [(b"cache-control", lasting), (b"etag", page.etag), (b"vary", b"accept-encoding"), *SAFE_HEADERS]
        if request.headers.get("if-none-match") == page.etag.decode():
            return Reply(304, b"", page.media_type, headers)
        if page.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Reply(200, page.packed, page.media_type, [*headers, (b"content-encoding", b"gzip")])
        return Reply(200, page.body, page.media_type, headers)

    def _page(self, path: Path) -> _Page:
        found = path.stat()
        stamp = (found.st_mtime_ns, found.st_size)
        page = self._read.get(path)
        if page is None or page.stamp != stamp:
            page = self._read[path] = _read_page(path, stamp)
        return page


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name no file can have: longer than the system allows, or with a NUL
        return False


def _read_page(path: Path, stamp: tuple[int, int]) -> _Page:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    text = kind.startswith(COMPRESSIBLE)
    media_type = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    packed = gzip.compress(body, 6, mtime=0) if text and len(body) > 1024 else None
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    return _Page(stamp, body, packed, media_type.encode(), etag.encode())


def message_page(language: Language, code: str, *, status: int, link: tuple[str, str] | None = None) -> Reply:
    """A page that says one thing, for when there is no other page to show."""
    text = html.escape(sentence(code, language))
    further = f'<p><a href="{html.escape(link[0])}">{html.escape(link[1])}</a></p>' if link else ""
    body = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>마당 Madang</title>'
        '<meta name="viewport" content="width=device-width"><style>:root{color-scheme:light dark}'
        "body{font:1.05rem/1.7 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1.5rem;"
        f"word-break:keep-all}}</style><h1>마당 Madang</h1><p>{text}</p>{further}</html>"
    )
    return Reply(status, body.encode(), HTML, [(b"cache-control", b"no-store"), *SAFE_HEADERS])
