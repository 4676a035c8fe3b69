"""What goes in and what comes out: media types, and the @context that names are read and written by.

Clauses 6.3.4 (preconditions), 6.3.5 (@context of a request) and 6.3.6 (of an answer).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from madang.city import City
from madang.entities.context import CORE_CONTEXT_URL, Context, says_own_terms
from madang.errors import CallerError
from madang.web.exchange import Header, Request, weighted
from madang.web.ngsi.contextbook import Kept
from madang.web.ngsi.contexts import CONTEXT_PATH, HOSTED_PATH, LATEST_CONTEXT_PATH, Contexts, is_core, is_own

JSON, JSON_LD, GEO_JSON = "application/json", "application/ld+json", "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"
CONTEXT_REL = "http://www.w3.org/ns/json-ld#context"

LONGEST_HEADER = 8 * 1024  # characters of a header that is searched
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[^\s=;,]+\s*=\s*(?:"[^"]*"|[^\s;,"]+))*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The form an answer takes: its media type, the @context to write names by, and how that context is named."""

    media_type: str
    context: Context
    context_name: Any  # a URL, or an inline @context as it was given
    own: bool  # True: the city's own context, so stored bytes go out as they are
    body_context: bool = True  # whether a body that can hold an @context holds it (Prefer: body=json says no)
    context_address: str | None = None  # where an inline @context is served from here, for the Link header
    unnamed: bool = False  # whether the request named no @context

    def context_beside(self, shown: Any, *, values: bool = False) -> Any:
        """The @context to name beside a body: the core context where no other was named and it has all its terms."""
        if self.unnamed and not says_own_terms(shown, values=values):
            return CORE_CONTEXT_URL
        return self.context_name

    def headers(self) -> list[Header]:
        """The Link to the @context, for answers whose body has no place for it."""
        if self.media_type == JSON or not self.body_context:
            return [(b"link", link_to_context(self.context_address or self.context_name).encode())]
        return []


def accepted(request: Request, *, geo: bool = False) -> str:
    """The media type of the answer: the best of those offered, in the order of clause 6.3.4 where weights are equal."""
    header = request.headers.get("accept")
    if header is None or header == "*/*" or header == JSON:
        return JSON
    _check_length("Accept", header)
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


def _check_length(name: str, header: str) -> None:
    if len(header) > LONGEST_HEADER:
        raise CallerError("common.header-too-long", header=name, length=len(header), most=LONGEST_HEADER)


def _weight_of(offer: str, asked: Sequence[tuple[str, float]]) -> float:
    kind = offer.partition("/")[0]
    for pattern in (offer, f"{kind}/*", "*/*"):  # the most specific range decides (RFC 9110, 12.5.1)
        for value, quality in asked:
            if value == pattern:
                return quality
    return 0.0


def wanted(
    request: Request, contexts: Contexts, *, geo: bool = False, named: Any = None, city: City | None = None
) -> Wanted:
    """How the answer is written; `named` is the request's own @context when its body brought one.

    A context that was sent inline gets an address in the city, where the answer has to name it in a Link header.
    """
    media_type = accepted(request, geo=geo)
    if named is None:
        named = linked_context(request)
    unnamed = named is None or is_core(named)
    body_context = media_type != GEO_JSON or "body=json" not in request.headers.get("prefer", "")
    own_url = request.base_url() + CONTEXT_PATH
    if named is None or is_own(named):
        return Wanted(media_type, contexts.city, own_url, True, body_context, unnamed=unnamed)
    context, address = contexts.compiled(named), None
    if city is not None and (media_type == JSON or not body_context):
        address = linked_address(request, contexts, named, city)
    return Wanted(media_type, context, named, False, body_context, address)


def linked_context(request: Request) -> str | None:
    """The @context URL of the Link header; two different ones are refused (JSON-LD 1.1, 6.2)."""
    header = request.headers.get("link")
    if header is None:
        return None
    _check_length("Link", header)
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


def linked_address(request: Request, contexts: Contexts, named: Any, city: City) -> str | None:
    """The address to name a context by; one that came inline gets one here (5.13.1), after `contexts.ready`."""
    only = named[0] if isinstance(named, list) and len(named) == 1 else named
    if isinstance(only, str):
        return only
    kept = contexts.hosted_as(named, city)
    return None if kept is None else address_of(request, kept)


def path_of(request: Request, kept: Kept) -> str:
    """The path at which a context is served, with its tenant where the request named one."""
    tenant = request.headers.get("ngsild-tenant")
    mount = request.mount or (f"/{quote(tenant, safe='~')}" if tenant else "")
    return f"{mount}{HOSTED_PATH}{quote(kept.id, safe=':')}"


def address_of(request: Request, kept: Kept) -> str:
    """The address of a context: where it was fetched, or where it is served here."""
    return kept.url if kept.url is not None else request.base_url() + path_of(request, kept)


def link_to_context(named: Any) -> str:
    """A Link header value; an inline context, which has no address, is answered with the one it was sent beside."""
    url = next((part for part in named if isinstance(part, str)), "") if isinstance(named, list) else named
    url = url if isinstance(url, str) else ""
    return f'<{url}>; rel="{CONTEXT_REL}"; type="{JSON_LD}"'


__all__ = [
    "CONTEXT_PATH",
    "GEO_JSON",
    "JSON",
    "JSON_LD",
    "LATEST_CONTEXT_PATH",
    "Contexts",
    "Wanted",
    "accepted",
    "address_of",
    "context_of_body",
    "is_own",
    "link_to_context",
    "linked_address",
    "linked_context",
    "media_type_of_body",
    "path_of",
    "wanted",
]
