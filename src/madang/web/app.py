"""The whole server as one ASGI application: the door, then the room a path leads to.

    /ngsi-ld/v1/…  and  /{tenant}/ngsi-ld/v1/…     the city's entities by the standard
    /api/…                                          what the pages ask for
    /tiles/{tenant}/{layer}/…                       3D Tiles
    /ogc/{tenant}/…                                 OGC API Features and Processes
    /sta/{tenant}/v1.1/…                            SensorThings, to read
    /contexts/madang-….jsonld   /openapi.json       open to all: a vocabulary, what NGSI-LD takes and answers
    /healthz  /readyz                               open to all: signs of life
    /told/{tenant}/{key}                            what sources tell of copies of subscriptions; the key lets in
    /metrics                                        numbers for Prometheus
    everything else                                 the pages

Every request passes the same door: Host and Origin, then a token. Errors of any room become problem details here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from madang.city import City
from madang.errors import CallerError, ForbiddenError, sentence
from madang.web import access as door
from madang.web import compacting, feeding, health, hub_metrics, openapi
from madang.web.access import Access
from madang.web.api import Api
from madang.web.around import Settings, surroundings
from madang.web.background import Background, Service
from madang.web.command import RunInServer, run_command
from madang.web.exchange import (
    MAX_BODY_BYTES,
    App,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    Stream,
    headers_of,
    language_of,
    packed,
)
from madang.web.inthreads import in_thread
from madang.web.jobs import Jobs
from madang.web.metrics import Metrics
from madang.web.newcities import NewCities
from madang.web.ngsi import csource_notifying, forwarding, notifying, sweeping
from madang.web.ngsi.negotiation import CONTEXT_PATH, LATEST_CONTEXT_PATH
from madang.web.ngsi.operations import NGSI_BASE
from madang.web.ngsi.service import Ngsi
from madang.web.ogc import Ogc
from madang.web.problems import JSON, PROBLEM, problem_reply
from madang.web.publishing import published_context
from madang.web.sta.service import Sta
from madang.web.static import SAFE_HEADERS, Pages, message_page
from madang.web.tenants import Tenants
from madang.web.tiles import Tiles

SERVICES: Sequence[Service] = (
    notifying.run,
    csource_notifying.run,
    sweeping.run,
    feeding.run,
    compacting.run,
    forwarding.run,
)


def create_app(
    cities: Sequence[City],
    *,
    access: Access,
    pages: Path | None = None,
    run_in_server: RunInServer | None = None,
    load_context: Callable[[str], Any] | None = None,
    settings: Settings | None = None,
    tile_cache: Path | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
    url: str | None = None,
    opened: Callable[[City], None] | None = None,
) -> App:
    """One application for these cities; `url` and `opened` are for cities that are made while it runs."""
    tenants, jobs = Tenants(cities), Jobs()
    around = surroundings(tenants, settings=settings, load_context=load_context, url=url, opened=opened)
    background = Background(around, SERVICES)
    metrics = Metrics(tenants.cities.values, log_requests=around.settings.log_requests)
    for told in hub_metrics.all_told(background):
        metrics.tell(told)
    return _Front(
        tenants,
        access,
        background=background,
        new_cities=around.new_cities,
        metrics=metrics,
        ngsi=Ngsi(around),
        api=Api(tenants),
        tiles=Tiles(tenants, tile_cache),
        ogc=Ogc(tenants, jobs),
        sta=Sta(tenants),
        jobs=jobs,
        pages=Pages(pages),
        run_in_server=run_in_server,
        max_body_bytes=max_body_bytes,
    )


class _Front:
    def __init__(
        self,
        tenants: Tenants,
        access: Access,
        *,
        background: Background,
        new_cities: NewCities,
        metrics: Metrics,
        ngsi: Ngsi,
        api: Api,
        tiles: Tiles,
        ogc: Ogc,
        sta: Sta,
        jobs: Jobs,
        pages: Pages,
        run_in_server: RunInServer | None,
        max_body_bytes: int,
    ) -> None:
        self._tenants, self._access = tenants, access
        self._ngsi, self._api, self._tiles, self._ogc, self._pages = ngsi, api, tiles, ogc, pages
        self._sta = sta
        self._jobs, self._background, self._new_cities = jobs, background, new_cities
        self._metrics = metrics
        self._run_in_server, self._max_body_bytes = run_in_server, max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, self._metrics.counting(scope, send))
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._background.start()
            else:
                await self._background.stop()
                await self._new_cities.close()
                self._jobs.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        path = scope["raw_path"].decode("latin-1")
        reply: Reply | Stream | None
        try:
            self._access.check_door(headers)
            caller = self._access.caller(headers)
            if path == "/readyz" and scope["method"] in ("GET", "HEAD"):
                reply = await in_thread(health.ready, list(self._tenants.cities.values()), self._background.failing)
            elif path.startswith(forwarding.DOOR) and scope["method"] == "POST":
                reply = await forwarding.told(self._ngsi.around, path, headers, receive)
            elif caller is None:
                reply = self._without_token(scope, headers, path)
            else:
                request = Request(
                    scope["method"],
                    path,
                    scope["query_string"].decode("latin-1"),
                    headers,
                    receive,
                    caller,
                    scheme=scope["scheme"],
                    max_body_bytes=self._max_body_bytes,
                )
                if NGSI_BASE in path:
                    await self._ngsi.answer(request, send)
                    return
                request.language = language_of(headers)
                reply = await self._room(request, scope)
                if isinstance(reply, Reply):
                    reply = packed(reply, request)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception as error:  # the door itself: whatever happens behind it becomes an answer
            kind = JSON if NGSI_BASE in path else PROBLEM  # clause 6.3.6
            reply = problem_reply(error, language_of(headers), media_type=kind)
        if isinstance(reply, Stream):
            await reply.send(send, receive, method=scope["method"])
        else:
            await reply.send(send, method=scope["method"])

    def _without_token(self, scope: Scope, headers: dict[str, str], path: str) -> Reply:
        """What somebody gets whom we don't know: the open doors, the way in with a token, or a kind refusal."""
        open_door = self._open_door(path, headers, scope["method"])
        if open_door is not None:
            return open_door
        query_string = scope["query_string"].decode("latin-1")
        token, rest = door.split_token(query_string)
        if scope["method"] == "GET" and token is not None and self._access.caller_of_token(token):
            return _let_in(token, path, rest, headers, secure=scope["scheme"] == "https")
        if (
            path.startswith(("/api/", "/tiles/", "/ogc/", "/sta/", "/metrics"))
            or NGSI_BASE in path
            or scope["method"] != "GET"
        ):
            raise ForbiddenError("web.token-needed")
        return message_page(language_of(headers), "web.token-page", status=401, link=_try_again(path, headers))

    def _open_door(self, path: str, headers: dict[str, str], method: str) -> Reply | None:
        if method not in ("GET", "HEAD"):
            return None
        if path == "/healthz":
            return health.alive(len(self._tenants.cities))
        if path in (CONTEXT_PATH, LATEST_CONTEXT_PATH):
            return published_context(headers)
        if path == openapi.PATH:
            return openapi.published_openapi()
        return None

    async def _room(self, request: Request, scope: Scope) -> Reply | Stream:
        path = request.path
        open_door = self._open_door(path, request.headers, request.method)
        if open_door is not None:
            return open_door
        if path == "/metrics" and request.method in ("GET", "HEAD"):
            return await in_thread(self._metrics.reply)
        if path == "/api/command":
            if request.method != "POST":
                raise CallerError("web.method-not-allowed", method=request.method, allowed="POST")
            client, own = scope.get("client"), scope.get("server")
            return await run_command(
                request,
                self._run_in_server,
                self._tenants.by_path,
                client=client[0] if client else None,
                own=own[0] if own else None,
                known=self._access.known_caller(request.headers),
            )
        if path.startswith("/api/"):
            return await self._api.answer(request)
        if path.startswith("/tiles/"):
            return await self._tiles.answer(request)
        if path.startswith("/ogc/"):
            return await self._ogc.answer(request)
        if path.startswith("/sta/"):
            return await self._sta.answer(request)
        if request.method not in ("GET", "HEAD"):
            raise CallerError("web.method-not-allowed", method=request.method, allowed="GET, HEAD")
        token, rest = door.split_token(request.query_string)
        if token is not None:  # a second click on the start link: the URL is made clean again
            known = self._access.caller_of_token(token)
            return _let_in(token if known else None, path, rest, request.headers, secure=request.scheme == "https")
        return self._pages.reply(request)


def _let_in(token: str | None, path: str, rest: str, headers: dict[str, str], *, secure: bool) -> Reply:
    """The redirect to the clean URL; a path that a browser could read as another host is not followed."""
    clean = _on_this_host(path)
    location = f"{clean}?{rest}" if rest else clean
    told = [(b"location", location.encode("latin-1")), (b"cache-control", b"no-store"), *SAFE_HEADERS]
    if token is not None:
        told.append((b"set-cookie", door.cookie(token, headers, secure=secure).encode()))
    return Reply(303, b"", b"text/plain", told)


def _try_again(path: str, headers: dict[str, str]) -> tuple[str, str]:
    # A link from another site does not carry our cookie (SameSite=Strict); one click from here does.
    return _on_this_host(path), sentence("web.try-again", language_of(headers))


def _on_this_host(path: str) -> str:
    """A path for a link; one that begins with two slashes would name another host."""
    return "/" + path.lstrip("/\\")
