"""From a path and a method to the function that answers: one table a door, written where its functions stand.

A pattern is a path whose `{name}` parts each stand for one segment; `{name:path}` takes all that is left. Segments are
split before they are decoded, so an id may hold an encoded slash. A path with another method than those it has is a 405
that names them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import unquote

from madang.errors import CallerError, NotFoundError
from madang.web.exchange import Reply, Request, Stream

Handler = Callable[..., Awaitable[Reply | Stream]]

_PART = re.compile(r"\{(\w+)(:path)?\}")


class Routes:
    """A table of (method, pattern, handler); the first pattern that fits a path answers it."""

    def __init__(self, table: Iterable[tuple[str, str, Handler]]) -> None:
        self._patterns: dict[str, tuple[re.Pattern[str], dict[str, Handler]]] = {}
        for method, pattern, handler in table:
            _, methods = self._patterns.setdefault(pattern, (_compile(pattern), {}))
            methods[method] = handler

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, Any]]:
        """The handler for a path as it came over the wire, and the decoded parts of its pattern."""
        for pattern, methods in self._patterns.values():
            match = pattern.fullmatch(path)
            if match is None:
                continue
            handler = methods.get("GET" if method == "HEAD" else method)
            if handler is None:
                raise CallerError("web.method-not-allowed", method=method, allowed=", ".join(sorted(methods)))
            return handler, {name: unquote(text) for name, text in match.groupdict().items()}
        raise NotFoundError("web.path-unknown", path=unquote(path))

    def allowed(self, path: str) -> str | None:
        """The methods a path has, as the header Allow tells them; None for a path there is not."""
        for pattern, methods in self._patterns.values():
            if pattern.fullmatch(path):
                return ", ".join(sorted({*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))
        return None

    async def answer(self, request: Request) -> Reply | Stream:
        """Find the handler and let it answer."""
        handler, parts = self.find(request.method, request.path)
        return await handler(request, **parts)


def _compile(pattern: str) -> re.Pattern[str]:
    pieces, end = [], 0
    for part in _PART.finditer(pattern):
        pieces.append(re.escape(pattern[end : part.start()]))
        pieces.append(f"(?P<{part[1]}>{'.*' if part[2] else '[^/]+'})")
        end = part.end()
    return re.compile("".join(pieces) + re.escape(pattern[end:]) + "/?")
