"""What goes in and what comes out: media types, and the @context that names are read and written by.

Clauses 6.3.4 (preconditions), 6.3.5 (@context of a request) and 6.3.6 (of an answer). Contexts are compiled once and
kept; the core context and Madang's own are built in, and nothing is fetched unless a loader was given at start.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from madang.entities.context import VOCABULARY_VERSION, Context, city_context, compile_context, is_core_url
from madang.errors import CallerError
from madang.web.exchange import Header, Request, weighted

JSON, JSON_LD, GEO_JSON = "application/json", "application/ld+json", "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"
CONTEXT_REL = "http://www.w3.org/ns/json-ld#context"
CONTEXT_PATH = f"/contexts/madang-{VOCABULARY_VERSION}.jsonld"
LATEST_CONTEXT_PATH = "/contexts/madang.jsonld"  # whatever is newest; answers name the version
KEPT_CONTEXTS = 256

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[^\s=;,]+\s*=\s*(?:"[^"]*"|[^\s;,"]+))*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The form an answer takes: its media type, the @context to write names by, and how that context is named."""

    media_type: str
    context: Context
    context_name: Any  # a URL, or an inline @context as it was given
    own: bool  # True: the city's own context, so stored bytes go out as they are
    body_context: bool = True  # whether a body that can hold an @context holds it (Prefer: body=json says no)

    def headers(self) -> list[Header]:
        """The Link to the @context, for answers whose body has no place for it."""
        if self.media_type == JSON or not self.body_context:
            return [(b"link", link_to_context(self.context_name).encode())]
        return []


class Contexts:
    """Compiled contexts of requests by URL or content; the oldest give way."""

    def __init__(self, load: Callable[[str], Any] | None = None) -> None:
        self._load = load
        self._kept: OrderedDict[bytes, Context] = OrderedDict()
        self.city = city_context()

    def compiled(self, named: Any) -> Context:
        """The term table of a context given as URL, object or list; our own URL is answered from memory."""
        if is_own(named):
            return self.city
        key = orjson.dumps(named)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = compile_context(named, loader=self._fetch)
            if len(self._kept) > KEPT_CONTEXTS:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found

    def _fetch(self, url: str) -> Any:
        if self._load is None:
            raise CallerError("web.context-unavailable", url=url)
        return self._load(url)


def accepted(request: Request, *, geo: bool = False) -> str:
    """The media type of the answer: the best of those offered, in the order of clause 6.3.4 where weights are equal."""
    header = request.headers.get("accept")
    if header is None or header == "*/*" or header == JSON:
        return JSON
    offered = (JSON, JSON_LD, GEO_JSON) if geo else (JSON, JSON_LD)
    asked = weighted(header.lower())
    best, best_weight = "", 0.0
    for offer in offered:
        weight = _weight_of(offer, asked)
        if weight > best_weight:
            best, best_weight = offer, weight
    if not best:
        raise CallerError("web.not-acceptable", accept=header, available=", ".join(offered), representations=offered)
    return best


def _weight_of(offer: str, asked: Sequence[tuple[str, float]]) -> float:
    kind = offer.partition("/")[0]
    for pattern in (offer, f"{kind}/*", "*/*"):  # the most specific range decides (RFC 9110, 12.5.1)
        for value, quality in asked:
            if value == pattern:
                return quality
    return 0.0


def wanted(request: Request, contexts: Contexts, *, geo: bool = False, named: Any = None) -> Wanted:
    """How the answer is written; `named` is the request's own @context when its body brought one."""
    media_type = accepted(request, geo=geo)
    if named is None:
        named = linked_context(request)
    body_context = media_type != GEO_JSON or "body=json" not in request.headers.get("prefer", "")
    own_url = request.base_url() + CONTEXT_PATH
    if named is None or is_own(named):
        return Wanted(media_type, contexts.city, own_url, True, body_context)
    return Wanted(media_type, contexts.compiled(named), named, False, body_context)


def linked_context(request: Request) -> str | None:
    """The @context URL of the Link header; two different ones are refused (JSON-LD 1.1, 6.2)."""
    header = request.headers.get("link")
    if header is None:
        return None
    found = {
        url
        for url, attributes in _LINK.findall(header)
        for rel in _REL.findall(attributes)
        if (rel[0] or rel[1]) == CONTEXT_REL
    }
    if len(found) > 1:
        raise CallerError("web.context-twice", urls=", ".join(sorted(found)))
    return found.pop() if found else None


def media_type_of_body(request: Request, *, patch: bool = False) -> str:
    """The media type of the request's body, checked before the body is read."""
    if "content-length" not in request.headers:
        raise CallerError("web.length-required")
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if patch and given == MERGE_PATCH:
        return JSON
    if given not in (JSON, JSON_LD):
        known = f"{JSON}, {JSON_LD}"
        raise CallerError("web.media-type-unknown", given=given or "-", known=known)
    return given


def context_of_body(request: Request, media_type: str, value: Any) -> Any:
    """The @context a body is read by: its own for ld+json, the Link header's for json; no mixes (clause 6.3.5)."""
    if media_type == JSON:
        if isinstance(value, dict) and "@context" in value:
            raise CallerError("web.context-in-json")
        return linked_context(request)
    if linked_context(request) is not None:
        raise CallerError("web.context-link-with-ld-json")
    if not isinstance(value, dict) or not value.get("@context"):
        raise CallerError("web.context-needed")
    return value["@context"]


def is_own(named: Any) -> bool:
    """Whether a context is Madang's own, whichever host serves it; the core context beside it changes nothing."""
    if isinstance(named, list):
        own = [part for part in named if not (isinstance(part, str) and is_core_url(part))]
        return len(own) == 1 and is_own(own[0])
    return named is None or (isinstance(named, str) and named.endswith((CONTEXT_PATH, LATEST_CONTEXT_PATH)))


def link_to_context(named: Any) -> str:
    """A Link header value; an inline context, which has no address, is answered with the one it was sent beside."""
    url = next((part for part in named if isinstance(part, str)), "") if isinstance(named, list) else named
    url = url if isinstance(url, str) else ""
    return f'<{url}>; rel="{CONTEXT_REL}"; type="{JSON_LD}"'
