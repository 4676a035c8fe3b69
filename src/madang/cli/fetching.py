"""Commands that bring data over the network, and only then: `madang fetch osm`."""

from __future__ import annotations

import math
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated, Any

import typer

from madang.cli import output
from madang.cli.app import AsJson, By, OnBranch, group
from madang.cli.files import on_branch, reading, resolve, writing
from madang.errors import CallerError, NotFoundError, sentence
from madang.sources.osm.asking import DEFAULT_SERVER, check_server

if TYPE_CHECKING:
    from madang.sources.osm.asking import Busy
    from madang.sources.osm.kinds import Theme
    from madang.sources.osm.places import Area
    from madang.sources.osm.tiles import Plan

ENVIRONMENT = "MADANG_OVERPASS"
AROUND_MOST_M = 100_000.0
_M_PER_DEGREE = 111_195.0

fetch = group("fetch", "Bring data over the network, only when you ask for it.")


@fetch.callback()
def _fetch() -> None:
    """Bring data over the network, only when you ask for it."""


@fetch.command()
def osm(
    city: Annotated[
        str | None, typer.Argument(metavar="CITY", help="A city file, or the name of a Korean city, district or dong.")
    ] = None,
    bbox: Annotated[
        str | None, typer.Option("--bbox", metavar="W,S,E,N", help="A box in degrees instead of the boundary.")
    ] = None,
    around: Annotated[
        str | None, typer.Option("--around", metavar="LON,LAT,METRES", help="A circle instead of the boundary.")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="A,B", help="Of buildings, roads, green, water, rail, stops, land, trees."),
    ] = None,
    server: Annotated[
        str, typer.Option("--server", metavar="URL", envvar=ENVIRONMENT, help="The Overpass server to ask.")
    ] = DEFAULT_SERVER,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="PATH", help="The file to write.")] = None,
    into: Annotated[Path | None, typer.Option("--into", metavar="FILE", help="Load it into this city file.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be asked; ask nothing.")] = False,
    branch: OnBranch = "main",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Bring buildings, roads, green, water, rail and stops from OpenStreetMap; goes on where it broke off.

    Example: madang fetch osm 성남시 --only buildings,roads --into seongnam.gpkg
    """
    from madang.sources.osm.fetching import clear, merge
    from madang.sources.osm.fetching import fetch as fetched_from
    from madang.sources.osm.tiles import plan

    if out is not None and into is not None:
        raise CallerError("fetching.two-goals")
    area, themes = _area(city, bbox, around), _themes(only)
    asked = plan(area, themes)
    goal = resolve(out or Path(f"{_plain(area.title)}.osm.json"))
    folder = resolve(into).with_name(into.name + ".fetched") if into else goal.with_name(goal.name + ".fetched")
    if into is not None:
        goal = folder / f"{_plain(area.title)}.osm.json"
        if not resolve(into).exists():
            raise CallerError("sources.no-file", file=into)
    elif goal.exists() and not dry_run:
        raise CallerError("fetching.there-already", file=goal.name)
    check_server(server)
    if not as_json:
        _say("plan", area=area.title, km2=round(asked.km2, 1), server=server, **asked.guess)
    if dry_run:
        _say_plan(asked, server, as_json)
        return
    with output.progress("searching") as progress:
        brought = fetched_from(
            asked,
            folder,
            server=server,
            wait=sleep,
            progress=lambda share, name: progress(share, sentence("fetching.square", output.language(), name=name)),
            told=_waiting,
        )
    if brought.kept and not as_json:
        _say("going-on", kept=brought.kept)
    made = merge(asked, folder, goal)
    said: dict[str, Any] = {
        "area": area.title, "km2": round(asked.km2, 3), "themes": list(asked.themes), "server": server,
        "questions": brought.asked, "kept": brought.kept, "elements": made.elements, "repeated": made.repeated,
        "outside": made.outside, "moment": made.moment, "newest": brought.moments[-1] if brought.moments else None,
        "attribution": "© OpenStreetMap contributors", "licence": "ODbL-1.0", "file": str(out or goal.name),
    }  # fmt: skip
    if into is not None:
        said |= _loaded(into, goal, area, made.moment, branch, by, as_json)
        goal.unlink()
    clear(folder)
    if as_json:
        output.say_json(said)
    elif into is None:
        _say("written", path=out or goal.name, elements=made.elements, moment=made.moment or "?")
        _say("load-it", path=out or goal.name)


def _loaded(
    into: Path, file: Path, area: Area, moment: str | None, branch: str, by: str | None, as_json: bool
) -> dict[str, Any]:
    reason = sentence("fetching.reason", output.language(), area=area.title, moment=moment or "?")
    with writing(into) as city, output.progress("loading") as progress:
        result = on_branch(city, branch).load(file, reason=reason, by=by, progress=progress)
    report = result.reports[0]
    if not as_json:
        _say("loaded", file=into, kept=report.kept, read=report.read, transaction=result.transaction)
        for reason_code, count in sorted(report.left_out.items()):
            output.say_text(f"  {report.reason(reason_code, output.language())}: {count}")
        for note in report.notes:
            output.say_text(f"  {output.in_language(note)}")
    return {"file": str(into), "transaction": result.transaction, "reports": [report.as_json()]}


def _say_plan(asked: Plan, server: str, as_json: bool) -> None:
    if as_json:
        output.say_json(
            {"area": asked.area.title, "km2": round(asked.km2, 3), "themes": asked.themes, "server": server}
            | {"guess": asked.guess}
        )
        return
    _say("dry-run")


def _waiting(busy: Busy) -> None:
    output.speaker().err.print(
        sentence("fetching.waiting", output.language(), status=busy.status, seconds=round(busy.seconds)),
        markup=False,
        soft_wrap=True,
    )


def _say(code: str, **facts: Any) -> None:
    output.say_text(sentence(f"fetching.{code}", output.language(), **facts))


# --- which area ------------------------------------------------------------------------------------------------------


def _area(city: str | None, bbox: str | None, around: str | None) -> Area:
    from madang.sources.osm.places import Area, area_named

    if bbox and around:
        raise CallerError("fetching.two-areas")
    if bbox or around:
        title = Path(city).stem if city else (bbox or around or "")
        return Area(title, _box(bbox) if bbox else _circle(around or ""))
    if not city:
        raise CallerError("fetching.no-area")
    if resolve(Path(city)).is_file():
        return _area_of_file(Path(city))
    if city.endswith(".gpkg"):
        raise CallerError("sources.no-file", file=city)
    return area_named(city)


def _area_of_file(file: Path) -> Area:
    """The city's own boundary in its file; where it has none, its districts', or its dong's."""
    from madang.entities.entity import geometry_of
    from madang.sources.osm.places import Area, joined

    with reading(file) as city:
        for type in ("City", "District", "Dong"):
            found = [geometry_of(document) for document in city.query(type, limit=5000)]
            outlines = [shape for shape in found if shape and shape["type"] in ("Polygon", "MultiPolygon")]
            if outlines:
                return Area(output.in_language(city.title), joined(outlines))
    raise NotFoundError("fetching.no-boundary", file=file.name)


def _box(said: str) -> Any:
    import shapely

    west, south, east, north = _numbers(said, 4, "fetching.bad-box")
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
        raise CallerError("fetching.bad-box", found=said)
    return shapely.box(west, south, east, north)


def _circle(said: str) -> Any:
    import shapely

    lon, lat, metres = _numbers(said, 3, "fetching.bad-circle")
    if not (-180 <= lon <= 180 and -85 <= lat <= 85 and 0 < metres <= AROUND_MOST_M):
        raise CallerError("fetching.bad-circle", found=said)
    round_about = shapely.Point(0, 0).buffer(metres / _M_PER_DEGREE, quad_segs=16)
    stretch = 1 / math.cos(math.radians(lat))
    return shapely.transform(round_about, lambda points: points * (stretch, 1) + (lon, lat))


def _numbers(said: str, count: int, code: str) -> list[float]:
    try:
        found = [float(part) for part in said.split(",")]
    except ValueError:
        found = []
    if len(found) != count or not all(map(math.isfinite, found)):
        raise CallerError(code, found=said)
    return found


def _themes(only: str | None) -> tuple[Theme, ...]:
    from madang.sources.osm.tiles import THEMES, USUAL

    if only is None:
        return USUAL
    wanted = [word.strip() for word in only.split(",") if word.strip()]
    for word in wanted:
        if word not in THEMES:
            raise CallerError("fetching.bad-theme", found=word, known=", ".join(THEMES))
    return tuple(theme for theme in THEMES if theme in wanted) or USUAL


def _plain(title: str) -> str:
    """An area's title as the name of a file."""
    return "".join(mark if mark.isalnum() else "-" for mark in title).strip("-") or "area"
