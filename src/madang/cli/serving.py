"""Commands that listen or build: serve, demo."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, app, run_in_server
from madang.cli.files import resolve
from madang.errors import CallerError
from madang.practice.demo import build_all

Host = Annotated[str, typer.Option("--host", metavar="H", help="Where to listen.")]
Names = Annotated[
    list[str] | None, typer.Option("--name", metavar="HOST", help="Another host name it answers to; repeat for more.")
]
Port = Annotated[int, typer.Option("--port", metavar="P", min=0, max=65535, help="0 takes a free one.")]

DEMO_FOLDER = Path("demo-cities")


@app.command()
def serve(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE...]")] = None,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    no_auth: Annotated[bool, typer.Option("--no-auth", help="No token; loopback only.")] = False,
    name: Names = None,
    allow_local: Annotated[
        bool, typer.Option("--allow-local", help="Let notifications and questions go to this machine.")
    ] = False,
    log: Annotated[str, typer.Option("--log", metavar="KIND", help="How the log is written: text or json.")] = "text",
    log_requests: Annotated[bool, typer.Option("--log-requests", help="Log every request.")] = False,
    folder: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Serve its city files; make those of new tenants.")
    ] = None,
    no_fetch: Annotated[bool, typer.Option("--no-fetch", help="Fetch no @context from the network.")] = False,
    most_instances: Annotated[
        int, typer.Option("--most-instances", metavar="N", min=1, help="Most instances of an attribute in one answer.")
    ] = 1000,
) -> None:
    """Serve city files: pages, NGSI-LD, OGC API Features, 3D Tiles.

    Example: madang serve seongnam.gpkg gwangyang.gpkg --port 8080
    """
    if not files and folder is None:
        raise CallerError("tenants.nothing-to-serve")
    if folder is not None and not resolve(folder).is_dir():
        raise CallerError("cli.no-folder", path=folder)
    settings: dict[str, Any] = {
        "allow_local": allow_local,
        "log_requests": log_requests,
        "fetch_contexts": not no_fetch,
        "most_instances": most_instances,
        "new_cities_in": None if folder is None else resolve(folder),
    }
    _listen(files or [], host, port, no_auth, names=name or [], log=log, settings=settings)


@app.command()
def demo(
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where the city files go.")] = DEMO_FOLDER,
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="A folder with more data.")] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Build only.")] = False,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    no_auth: Annotated[bool, typer.Option("--no-auth", help="No token; loopback only.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build nine real cities and a practice city, and serve them.

    Example: madang demo --dir demo-cities
    """
    if data is not None and not data.is_dir():
        raise CallerError("cli.no-folder", path=data)
    with output.progress("demo") as progress:
        built = build_all(resolve(folder), data_dir=data, progress=progress)
    if as_json:
        output.say_json(built.as_json())
    else:
        rows = [(c.id, output.in_language(c.title), c.entities, c.path.name, f"{c.seconds:.1f}") for c in built.cities]
        output.say_table(["city", "title", "count", "file", "seconds"], rows)
        if kept := sum(city.reused for city in built.cities):
            output.say_aside("demo-kept", count=kept, folder=folder)
        for note in [note for city in built.cities for note in city.notes]:
            output.say_text(output.in_language(note))
    if not no_serve:
        _listen([c.path for c in built.cities], host, port, no_auth, open_browser=_has_screen())


def _listen(
    files: list[Path],
    host: str,
    port: int,
    no_auth: bool,
    *,
    names: Sequence[str] = (),
    open_browser: bool = False,
    log: str = "text",
    settings: Mapping[str, Any] | None = None,
) -> None:
    from madang.web import logs
    from madang.web.around import Settings
    from madang.web.serve import serve as listen  # the HTTP stack is loaded only to listen

    if log not in logs.KINDS:
        raise CallerError("cli.log-kind", found=log, known=", ".join(logs.KINDS))
    logs.start(log)
    found = [resolve(file) for file in files]
    listen(
        found,
        host=host,
        port=port,
        no_auth=no_auth,
        names=names,
        open_browser=open_browser,
        settings=Settings(**(settings or {})),
        run_command=run_in_server,
    )


def _has_screen() -> bool:
    """Whether somebody sits before this machine: a terminal, and a desktop on which a browser can open."""
    desktop = sys.platform in ("win32", "darwin") or any(os.environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY"))
    return sys.stdout.isatty() and desktop
