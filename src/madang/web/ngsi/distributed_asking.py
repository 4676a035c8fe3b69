"""One request to one source, and what came of it (clauses 4.3.6.4-4.3.6.6, 5.2.34, 6.3.14, 6.3.17, 6.3.18).

A source that is a tenant of this very server is asked in this process; every other one by the one way out. Requests
bear the tenant of the registration, what its contextSourceInfo says, and a Via field more than the request that caused
them. A source that failed rests for its cooldown; what it answered may serve again for its cacheDuration.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import orjson

from madang.entities.context import Context
from madang.entities.earlier_versions import parse_version
from madang.errors import CallerError, MadangError
from madang.hub.federation import named_in_via, renamed_parameters, via_onward
from madang.hub.outgoing import Unreachable
from madang.hub.registrations import ON_REQUEST, Info, Registration
from madang.hub.warnings import FAILED, INVALID, SILENT, STALE, SourceWarning
from madang.web.exchange import Message, Reply, Request
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.conforming import amended_body
from madang.web.ngsi.negotiation import CONTEXT_REL, JSON, JSON_LD
from madang.web.ngsi.operations import NGSI_BASE
from madang.web.problems import problem_reply

WITHIN_S = 5.0
LONGEST_S = 60.0
LARGEST_ANSWER = 16 << 20
TIMEOUT, LOOP, NO_ANSWER = 504, 508, 502

# What a registration may not say: what belongs to the connection, to the interaction, or is said elsewhere (4.3.6.5).
_NOT_TOLD = frozenset(
    (
        *("accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect"),
        *("contenttype", "host", "jsonldcontext", "keep-alive", "link", "ngsild-entitymap", "ngsild-snapshot", "te"),
        *("ngsild-tenant", "ngsildconformance", "proxy-connection", "trailer", "transfer-encoding", "upgrade", "via"),
    )
)


@dataclass(slots=True)
class Sending:
    """What goes to a source: path after the base, parameters and body, in the names of a context."""

    method: str
    path: str
    parameters: dict[str, str] = field(default_factory=dict)
    body: Any = None
    media_type: str = JSON
    named: Any = None  # the @context the names are in; None: nothing is said of it
    headers: dict[str, str] = field(default_factory=dict)
    term: str | None = None  # the attribute or type that the path ends with, by the names of the context


@dataclass(slots=True)
class Told:
    """What a source answered: a status, 504 when none came in time, 508 when it leads back; what to warn of."""

    registration: Registration
    infos: tuple[Info, ...]
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    named: Any = None
    detail: str = ""
    warnings: list[SourceWarning] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether the source did what it was asked."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The answer's JSON value; ValueError when it is none."""
        return orjson.loads(self.body)


def own_pseudonym(asked: Asked) -> str:
    """The name this tenant bears in Via headers."""
    return asked.around.sources.alias(asked.city)


def came_by(asked: Asked) -> tuple[str, ...]:
    """Who already had the request before it came here."""
    via = asked.request.headers.get("via")
    return named_in_via(via) if via else ()


async def ask(asked: Asked, registration: Registration, infos: tuple[Info, ...], sending: Sending) -> Told:
    """Send a request to a source and take its answer; what goes wrong is part of what comes back."""
    sources, city = asked.around.sources, asked.city
    if sources.rests(city, registration):
        return _silent(registration, infos, "it failed a moment ago and is left to rest")
    try:
        sending = await _worded(asked, registration, sending)
    except MadangError as wrong:
        return _failed(registration, infos, NO_ANSWER, str(wrong))
    headers = _headers(asked, registration, sending)
    url = _url(registration, sending)
    body = None if sending.body is None else orjson.dumps(sending.body)
    is_kept = sending.method == "GET" and registration.cache_s > 0
    key = (own_pseudonym(asked), registration.id, str(registration.tx), url, *map(str, sorted(headers.items())))
    if is_kept and (kept := sources.kept(key)) is not None:
        warning = SourceWarning(STALE, registration.id, "an answer that was kept has been used again")
        return Told(registration, infos, 200, kept.headers, kept.body, _named(kept.headers, sending), "", [warning])
    told = await _asked(asked, registration, infos, sending, url, headers, body)
    told.named = _named(told.headers, sending)
    sources.note(city, registration, well=told.is_well or told.status == 404, silent=told.status == TIMEOUT)
    if is_kept and told.status == 200:
        sources.keep(key, told.body, dict(told.headers), registration.cache_s)
    return told


async def beside(here: Awaitable[Reply], others: Iterable[Awaitable[Told]]) -> tuple[Reply, list[Told]]:
    """The local answer and those of sources, all asked at once."""
    mine = asyncio.ensure_future(here)
    told = await asyncio.gather(*others)
    return await mine, list(told)


async def _asked(
    asked: Asked,
    registration: Registration,
    infos: tuple[Info, ...],
    sending: Sending,
    url: str,
    headers: dict[str, str],
    body: bytes | None,
) -> Told:
    within = min(registration.timeout_s or WITHIN_S, LONGEST_S)
    try:
        if is_here(asked, registration.endpoint):
            reply = await asyncio.wait_for(_in_process(asked, registration, sending, headers, body), within)
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reply.headers}
            told["content-type"] = reply.media_type.decode("latin-1")
            return _told(registration, infos, reply.status, told, reply.body)
        answer = await asked.around.outgoing.request(
            sending.method, url, headers=headers, body=body, within_s=within, largest=LARGEST_ANSWER
        )
    except TimeoutError:
        return _silent(registration, infos, f"no answer within {within:g} s")
    except Unreachable as wrong:
        if wrong.code == "hub.answer-too-large":
            return _failed(registration, infos, NO_ANSWER, str(wrong), code=INVALID)
        return _silent(registration, infos, str(wrong))
    except CallerError as wrong:  # an address this server does not send to
        return _failed(registration, infos, NO_ANSWER, str(wrong), code=FAILED)
    return _told(registration, infos, answer.status, answer.headers, answer.body)


def _told(
    registration: Registration, infos: tuple[Info, ...], status: int, headers: Mapping[str, str], body: bytes
) -> Told:
    told = Told(registration, infos, status, headers, body)
    if status == LOOP:
        told.detail = "it leads back here"
        told.warnings.append(SourceWarning(SILENT, registration.id, told.detail))
    elif not told.is_well:
        told.detail = _detail(body) or f"status {status}"
        if status != 404:
            told.warnings.append(SourceWarning(FAILED, registration.id, f"it answered {status}"))
    return told


def _silent(registration: Registration, infos: tuple[Info, ...], detail: str) -> Told:
    warning = SourceWarning(SILENT, registration.id, detail)
    return Told(registration, infos, TIMEOUT, detail=detail, warnings=[warning])


def _failed(
    registration: Registration, infos: tuple[Info, ...], status: int, detail: str, *, code: int = FAILED
) -> Told:
    return Told(registration, infos, status, detail=detail, warnings=[SourceWarning(code, registration.id, detail)])


def _detail(body: bytes) -> str:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(found, dict):
        return ""
    return str(found.get("detail") or found.get("title") or "")[:300]


# -- wording ----------------------------------------------------------------------------------------------------------


async def _worded(asked: Asked, registration: Registration, sending: Sending) -> Sending:
    """The request as the registration wants it: another context, another media type (4.3.6.6)."""
    other = registration.told_value("jsonldContext")
    if other is not None and other != sending.named:
        await asked.contexts.ready(other, asked.city)
        mine, theirs = asked.contexts.compiled(sending.named), asked.contexts.compiled(other)
        sending = in_context(sending, mine, theirs, other)
    version = parse_version(registration.told_value("ngsildConformance") or "")
    if version is not None and sending.body is not None:
        sending = replace(sending, body=_in_version(sending, version))
    content = registration.told_value("contentType")
    if content is not None and other is None and sending.body is not None and content != sending.media_type:
        sending = _of_media_type(sending, content)
    if registration.local_only:
        sending = replace(sending, parameters={**sending.parameters, "local": "true"})
    return sending


def _in_version(sending: Sending, version: tuple[int, int]) -> Any:
    """The body as an earlier version of the standard knew it (4.3.6.8)."""
    if sending.term is not None:
        return amended_body({"attribute": sending.body}, version)["attribute"]
    return amended_body(sending.body, version)


def in_context(sending: Sending, mine: Context, theirs: Context, named: Any) -> Sending:
    """A request with its names in another context, which a Link header then names."""

    def name(term: str) -> str:
        return theirs.given_name(mine.stored_name(term))

    return replace(
        sending,
        parameters=renamed_parameters(sending.parameters, name),
        body=_body_in_context(sending.body, mine, theirs, name, alone=sending.term is not None),
        media_type=JSON,
        named=named,
        term=None if sending.term is None else name(sending.term),
        path=sending.path if sending.term is None else _with_term(sending.path, name(sending.term)),
    )


def _with_term(path: str, term: str) -> str:
    head, _, _ = path.rpartition("/")
    return f"{head}/{quote(term, safe='')}"


def _body_in_context(body: Any, mine: Context, theirs: Context, name: Any, *, alone: bool) -> Any:
    if isinstance(body, list):
        return [_body_in_context(one, mine, theirs, name, alone=alone) for one in body]
    if not isinstance(body, dict):
        return body
    bare = {key: value for key, value in body.items() if key != "@context"}
    if alone:  # one instance of an attribute
        stored = mine.to_stored({"attribute": bare})
        return next(iter(theirs.from_stored(stored).values()))
    if bare.get("type") == "Query":
        return bare
    return theirs.from_stored(mine.to_stored(bare))


def _of_media_type(sending: Sending, media_type: str) -> Sending:
    """A body with its @context inside, or beside it, as the registration wants it."""
    if media_type == JSON_LD:
        context = sending.named if sending.named is not None else []
        bodies = sending.body if isinstance(sending.body, list) else [sending.body]
        made = [{**one, "@context": one.get("@context", context)} if isinstance(one, dict) else one for one in bodies]
        return replace(sending, body=made if isinstance(sending.body, list) else made[0], media_type=JSON_LD)
    bodies = sending.body if isinstance(sending.body, list) else [sending.body]
    named = next((one["@context"] for one in bodies if isinstance(one, dict) and "@context" in one), sending.named)
    if link_url(named) is None and named is not None:
        return sending  # an inline context has no address: it stays inside
    made = [{k: v for k, v in one.items() if k != "@context"} if isinstance(one, dict) else one for one in bodies]
    return replace(sending, body=made if isinstance(sending.body, list) else made[0], media_type=JSON, named=named)


def link_url(named: Any) -> str | None:
    """The one address that stands for a context, if there is one."""
    if isinstance(named, list):
        urls = [one for one in named if isinstance(one, str) and "ngsi-ld-core-context" not in one]
        others = [one for one in named if not isinstance(one, str)]
        return urls[0] if len(urls) == 1 and not others else None
    return named if isinstance(named, str) else None


def _headers(asked: Asked, registration: Registration, sending: Sending) -> dict[str, str]:
    request = asked.request
    headers = {"Accept": registration.told_value("accept") or JSON}
    for key, value in registration.told:
        if key.lower() in _NOT_TOLD:
            continue
        said = request.headers.get(key.lower()) if value == ON_REQUEST else value
        if said is not None:
            headers[key] = said
    headers["Via"] = via_onward(request.headers.get("via"), own_pseudonym(asked))
    if registration.tenant:
        headers["NGSILD-Tenant"] = registration.tenant
    if sending.body is not None:
        headers["Content-Type"] = sending.media_type
    if (sending.body is None or sending.media_type != JSON_LD) and (url := link_url(sending.named)) is not None:
        headers["Link"] = f'<{url}>; rel="{CONTEXT_REL}"; type="{JSON_LD}"'
    version = registration.told_value("ngsildConformance")
    if version is not None and sending.method == "GET":
        headers["Prefer"] = f"ngsi-ld={version}"
    return headers | sending.headers


def _named(headers: Mapping[str, str], sending: Sending) -> Any:
    """The @context of an answer's names: what its Link says, else the request's (an answer says it when it differs)."""
    link = headers.get("link", "")
    for part in link.split(","):
        if CONTEXT_REL in part and "<" in part:
            return part.partition("<")[2].partition(">")[0]
    return sending.named


def _base(registration: Registration) -> str:
    return registration.endpoint.removesuffix(NGSI_BASE.rstrip("/"))


def _url(registration: Registration, sending: Sending) -> str:
    url = f"{_base(registration)}{NGSI_BASE}{sending.path}"
    return f"{url}?{urlencode(sending.parameters)}" if sending.parameters else url


# -- in this process --------------------------------------------------------------------------------------------------


def is_here(asked: Asked, endpoint: str) -> bool:
    """Whether an endpoint is this server itself, by the name the request came to or by loopback and port."""
    if asked.around.sources.here is None:
        return False
    try:
        there, here = urlsplit(endpoint), urlsplit(asked.request.base_url())
        if there.netloc.lower() == here.netloc.lower():
            return there.scheme == here.scheme
        return there.port == here.port and _is_loopback(there.hostname) and _is_loopback(here.hostname)
    except ValueError:
        return False


def _is_loopback(host: str | None) -> bool:
    if host is None or host == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _in_process(
    asked: Asked, registration: Registration, sending: Sending, headers: Mapping[str, str], body: bytes | None
) -> Reply:
    """The answer of another tenant of this server, asked as the same caller."""
    here = asked.around.sources.here
    assert here is not None
    lower = {name.lower(): value for name, value in headers.items()}
    lower["host"] = asked.request.headers.get("host", "localhost")
    path = unquote(urlsplit(_base(registration)).path) + NGSI_BASE + unquote(sending.path)
    request = replace(
        asked.request,
        method=sending.method,
        path=path,
        query_string=urlencode(sending.parameters),
        headers=lower,
        mount="",
    )
    try:
        return await here(with_body(request, body or b""))
    except MadangError as error:
        return problem_reply(error, request.language, media_type=JSON.encode())


def with_body(request: Request, body: bytes) -> Request:
    """The request with these bytes as its body."""
    waiting = [body]

    async def receive() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return {"type": "http.disconnect"}

    headers = {**request.headers, "content-length": str(len(body))}
    return replace(request, receive=receive, headers=headers)
