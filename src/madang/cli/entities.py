"""Commands about what a city file holds: new, load, query, export, get, put, log, revert, layers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from madang import clock
from madang.city import new_city
from madang.cli import output
from madang.cli.app import AsJson, At, By, CityFile, OnBranch, Reason, app
from madang.cli.files import on_branch, reading, resolve, writing
from madang.entities.representation import to_concise, to_simplified
from madang.errors import CallerError, NotFoundError
from madang.sources import base as sources


@app.command()
def new(
    file: CityFile,
    source: Annotated[str | None, typer.Option("--from", metavar="SOURCE", help="korea:CITY")] = None,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Make a new city file, empty or from a source.

    Example: madang new seongnam.gpkg --from korea:seongnam
    """
    with (
        output.progress("building") as progress,
        new_city(resolve(file), source=source, by=by, progress=progress) as city,
    ):
        counts = dict(city.types())
        if as_json:
            output.say_json({"file": str(file), "city": city.id, "title": city.title, "types": counts})
            return
        output.say("made", file=file, title=output.in_language(city.title), count=sum(counts.values()))
        output.say_table(["type", "count"], sorted(counts.items()))


@app.command()
def load(
    file: CityFile,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files to read.")],
    as_type: Annotated[str | None, typer.Option("--as", metavar="TYPE", help="The entity type to make.")] = None,
    mapping: Annotated[Path | None, typer.Option("--map", metavar="YAML", help="Mapping of columns.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out what can't be read, and count it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and count; change nothing.")] = False,
    branch: OnBranch = "main",
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Read files into a city, all or nothing, with a count of what was left out and why.

    Example: madang load seongnam.gpkg stops.csv --as BusStop --map stops.yaml --dry-run
    """
    opening = reading if dry_run else writing
    with opening(file) as city, output.progress("loading") as progress:
        result = on_branch(city, branch).load(
            *[resolve(p) for p in paths],
            as_type=as_type,
            mapping=resolve(mapping) if mapping else None,
            skip_bad=skip_bad,
            reason=reason,
            by=by,
            dry_run=dry_run,
            progress=progress,
        )
    if as_json:
        output.say_json({"transaction": result.transaction, "reports": [r.as_json() for r in result.reports]})
        return
    for report in result.reports:
        _say_report(report)
    if result.transaction is None:
        output.say("dry-run")
    else:
        output.say("loaded", transaction=result.transaction)


def _say_report(report: sources.SourceReport) -> None:
    output.say("report", path=report.path, read=report.read, kept=report.kept, left_out=report.read - report.kept)
    rows = [
        (report.reason(reason, output.language()), count, report.example(reason))
        for reason, count in sorted(report.left_out.items())
    ]
    if rows:
        output.say_table(["left-out", "count", "example"], rows)
    if report.facts:
        output.say_text("  " + ", ".join(f"{name} {count}" for name, count in report.facts.items()))
    for note in report.notes:
        output.say_text(f"  {output.in_language(note)}")


@app.command()
def query(
    file: CityFile,
    type: Annotated[
        str | None, typer.Option("--type", metavar="T", help="Type selection: Dong, 'A,B', '(A|B);C'")
    ] = None,
    q: Annotated[str | None, typer.Option("--q", metavar="EXPR", help="NGSI-LD query: 'population>20000'")] = None,
    near: Annotated[str | None, typer.Option("--near", metavar="LON,LAT", help="Centre of a search circle.")] = None,
    within: Annotated[float | None, typer.Option("--within", metavar="METRES", help="Its radius.")] = None,
    branch: OnBranch = "main",
    at: At = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1)] = 20,
    as_json: AsJson = False,
) -> None:
    """List the entities that match.

    Example: madang query seongnam.gpkg --type Dong --q 'population>20000' --limit 5
    """
    with reading(file) as city:
        found = on_branch(city, branch).query(type, q, near=_point(near), within_m=within, at=_moment(at), limit=limit)
        if as_json:
            output.say_json([to_concise(document) for document in found])
            return
        if not found:
            output.say("nothing-found")
            return
        output.say_table(*found.table(output.language()), named=True)


@app.command()
def export(
    file: CityFile,
    path: Annotated[Path, typer.Argument(metavar="OUT", help="Where to: .geojson, .json, .csv or .parquet")],
    type: Annotated[str | None, typer.Option("--type", metavar="T")] = None,
    q: Annotated[str | None, typer.Option("--q", metavar="EXPR")] = None,
    branch: OnBranch = "main",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Write entities to a file that others read, with their sources and licences.

    Example: madang export seongnam.gpkg dong.geojson --type Dong
    """
    with reading(file) as city, output.progress("exporting"):
        done = on_branch(city, branch).export(resolve(path), type, q, at=_moment(at))
    if as_json:
        output.say_json(done)
    else:
        output.say("exported", path=done.path, count=done.entities, without=done.without_geometry)


@app.command()
def get(
    file: CityFile,
    entity_id: Annotated[str, typer.Argument(metavar="ID")],
    branch: OnBranch = "main",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show one entity.

    Example: madang get seongnam.gpkg urn:ngsi-ld:City:kostat:31020
    """
    with reading(file) as city:
        document = on_branch(city, branch).get(entity_id, at=_moment(at))
    if document is None:
        raise NotFoundError("cli.no-entity", id=entity_id, branch=branch, file=file)
    if as_json:
        output.say_json(document)
        return
    simple = to_simplified(document)
    rows = [(name, output.short(_plain(value))) for name, value in simple.items()]
    output.say_table(["attribute", "value"], rows)


@app.command()
def put(
    file: CityFile,
    entities: Annotated[Path, typer.Argument(metavar="entities.json")],
    branch: OnBranch = "main",
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Create or replace entities from a JSON file, all or nothing.

    Example: madang put seongnam.gpkg firms.json --branch fabless-valley --reason "three tenants signed"
    """
    with writing(file) as city:
        given = sources.read_entities(resolve(entities))
        done = on_branch(city, branch).put(given, reason=reason or f"put {entities.name}", by=by)
    output.say_transaction(done, as_json)


@app.command()
def log(
    file: CityFile,
    entity_id: Annotated[str | None, typer.Argument(metavar="[ID]")] = None,
    branch: OnBranch = "main",
    limit: Annotated[int, typer.Option("--limit", min=1)] = 30,
    as_json: AsJson = False,
) -> None:
    """List the transactions of a branch, or of one entity, newest first.

    Example: madang log seongnam.gpkg --branch fabless-valley
    """
    with reading(file) as city:
        found = on_branch(city, branch).log(entity_id, limit=limit)
    if as_json:
        output.say_json(found)
        return
    rows = [(t.number, clock.to_text(t.at)[:19] + "Z", t.branch, t.kind, t.actor, t.changes, t.reason) for t in found]
    output.say_table(["number", "when", "branch", "kind", "who", "changes", "why"], rows)


@app.command()
def revert(
    file: CityFile,
    transaction: Annotated[int, typer.Argument(metavar="TRANSACTION")],
    reason: Annotated[str, typer.Option("--reason", "-m", metavar="TEXT")],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Undo one transaction by a new one; nothing is erased.

    Example: madang revert seongnam.gpkg 14 --reason "loaded the wrong year"
    """
    with writing(file) as city:
        done = city.revert(transaction, reason=reason, by=by)
    output.say_transaction(done, as_json)


@app.command()
def layers(file: CityFile, branch: OnBranch = "main", as_json: AsJson = False) -> None:
    """List the GeoPackage layers, publishing a branch's layers first, for QGIS and ogrinfo.

    Example: madang layers gwangyang.gpkg --branch battery-hydrogen
    """
    opening = reading if branch == "main" else writing
    with opening(file) as city:
        found = on_branch(city, branch).layers()
    if as_json:
        output.say_json(found)
        return
    output.say_table(["layer", "type", "count"], [(layer.name, layer.type, layer.count) for layer in found])


def _point(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        raise CallerError("cli.bad-point", found=text) from None
    return lon, lat


def _moment(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return clock.from_text(text)
    except ValueError:
        raise CallerError("cli.bad-time", found=text) from None


def _plain(value: Any) -> Any:
    """A simplified value for a person: one language of several, the shape of a geometry instead of its corners."""
    if isinstance(value, dict) and "languageMap" in value:
        return output.in_language(value["languageMap"])
    if isinstance(value, dict) and "coordinates" in value:
        return value["type"]
    return value
