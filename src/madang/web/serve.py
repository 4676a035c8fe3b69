"""Running the server: city files opened for writing, one port, one link to click, and an orderly end.

The port is taken before the files are opened, so that the lock of each file can name the server's address: with the
lock's token that is how a command that wants to write finds its way here. On the way out requests are finished, then
the files closed.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType

import uvicorn

from madang.city import City, open_city
from madang.errors import CallerError
from madang.store import inspect_lock
from madang.web.access import ROLES, Access, start_access
from madang.web.app import create_app
from madang.web.around import Settings
from madang.web.command import RunInServer
from madang.web.exchange import App, Caller
from madang.web.newcities import DEFAULT, city_files
from madang.web.patience import Patient

BUILT_PAGES = Path(__file__).parent / "pages"
FINISH_WITHIN_S = 3
LISTEN_BACKLOG = 2048
LOCAL_COMMAND = Caller("local", "decide", may_command=True)


@dataclass(frozen=True)
class Listening:
    """A server that is about to answer: where it is, and the links that let in who decides, proposes, looks."""

    url: str
    link: str
    propose_link: str
    read_link: str


def serve(
    paths: Sequence[Path],
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    no_auth: bool = False,
    open_browser: bool = False,
    names: Sequence[str] = (),
    settings: Settings | None = None,
    run_command: RunInServer | None = None,
    say: Callable[[Listening], None] | None = None,
) -> None:
    """Serve city files until interrupted; `names` are further host names this server answers to."""
    access = start_access(host, no_auth=no_auth, names=names)
    with ExitStack() as ends:
        listener = ends.enter_context(_listener(host, port))
        url = _url(host, listener.getsockname()[1])
        once = {path.resolve(): path for path in paths}  # a file that is named twice is one city
        cities = [ends.enter_context(open_city(path, write=True, url=url)) for path in once.values()]
        if settings is not None and settings.new_cities_in is not None:
            others = [path for path in city_files(settings.new_cities_in) if path.resolve() not in once]
            settings = replace(settings, default_city=cities[0].id if len(cities) == 1 else DEFAULT)
            cities += [ends.enter_context(open_city(path, write=True, url=url)) for path in others]
        access = access.also(_lock_tokens(cities))
        app = create_app(
            cities,
            access=access,
            pages=BUILT_PAGES,
            run_in_server=run_command,
            settings=settings,
            url=url,
            opened=partial(_let_in_by_lock, access),
        )
        listening = Listening(url, *(access.url_for(f"{url}/", role=role) for role in reversed(ROLES)))
        ends.enter_context(_ending_on_sigterm())
        run_app(app, listener, started=lambda: _started(listening, say or _print_links, open_browser))


def run_app(app: App, listener: socket.socket, *, started: Callable[[], None] | None = None) -> None:
    """Answer on a socket that listens, until the process is asked to stop."""
    _Server(server_config(app), started).run(sockets=[listener])


def server_config(app: App) -> uvicorn.Config:
    """How uvicorn runs us: uvloop where it exists, slow clients sent away, no log line a request, no header of its."""
    return uvicorn.Config(
        app,
        loop="auto",
        http=Patient,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=FINISH_WITHIN_S,
        backlog=LISTEN_BACKLOG,
    )


class _Server(uvicorn.Server):
    """Uvicorn that says when it has begun to answer."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._when_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and self._when_started is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._when_started)


def _lock_tokens(cities: Sequence[City]) -> dict[str, Caller]:
    """The tokens in the files' locks, which only this machine's user can read: the command line comes in by them."""
    locks = [inspect_lock(city.path) for city in cities]
    return {lock.token: LOCAL_COMMAND for lock in locks if lock is not None}


def _let_in_by_lock(access: Access, city: City) -> None:
    for token, caller in _lock_tokens([city]).items():
        access.learn(token, caller)


@contextmanager
def _listener(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        if sys.platform != "win32":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            socket.getaddrinfo(host, None, family)
        except OSError as problem:
            raise CallerError("web.host-unknown", host=host, why=problem.strerror or problem) from problem
        try:
            listener.bind((host, port))
            listener.listen(LISTEN_BACKLOG)  # from here on a second server is told, and early callers wait
        except (OSError, OverflowError) as problem:
            why = getattr(problem, "strerror", None) or problem
            raise CallerError("web.port-taken", host=host, port=port, why=why) from problem
        listener.set_inheritable(True)
        yield listener


def _url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def _started(listening: Listening, say: Callable[[Listening], None], open_browser: bool) -> None:
    say(listening)
    if open_browser:
        webbrowser.open(listening.link)


def _print_links(listening: Listening) -> None:
    print(f"Madang: {listening.link}", flush=True)
    if listening.read_link != listening.link:
        print(f"  may propose: {listening.propose_link}\n  read only: {listening.read_link}", flush=True)


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """SIGTERM ends the server as Ctrl-C does: uvicorn finishes, then the files are closed on the way out."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
