"""Commands about what a city file holds: new, load, query, export, get, put, log, revert, layers."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from madang import clock
from madang.city import new_city
from madang.cli import output
from madang.cli.app import AsJson, At, By, CityFile, OnBranch, Reason, app
from madang.cli.files import check_recorded, incoming, on_branch, reading, resolve, writing
from madang.entities.entity import Document, Instance, attributes, types_of, value_of
from madang.entities.representation import to_concise
from madang.entities.units import is_unit, unit
from madang.errors import CallerError, NotFoundError
from madang.sources import base as sources

_OUT = "Where to: .geojson, .json, .csv, .xlsx, .parquet, .gpkg, .city.json, .city.jsonl or .glb"
ByType = Annotated[str | None, typer.Option("--type", metavar="T", help="Type selection: Dong, 'A,B', '(A|B);C'")]
ByQuery = Annotated[str | None, typer.Option("--q", metavar="EXPR", help="NGSI-LD query: 'population>20000'")]


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
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files to read; - is standard input.")],
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
    with (
        incoming(*paths, *([mapping] if mapping else [])) as found,
        opening(file) as city,
        output.progress("loading") as progress,
    ):
        result = on_branch(city, branch).load(
            *found[: len(paths)],
            as_type=as_type,
            mapping=found[-1] if mapping else None,
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
    if counts := report.counts(output.language()):
        output.say_text("  " + ", ".join(f"{words}: {count:,}" for words, count in counts))
    for note in report.notes:
        output.say_text(f"  {output.in_language(note)}")


@app.command()
def query(
    file: CityFile,
    type: ByType = None,
    q: ByQuery = None,
    near: Annotated[str | None, typer.Option("--near", metavar="LON,LAT", help="Centre of a search circle.")] = None,
    within: Annotated[float | None, typer.Option("--within", metavar="METRES", help="Its radius.")] = None,
    branch: OnBranch = "main",
    at: At = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the entities that match.

    Example: madang query seongnam.gpkg --type Dong --q 'population>20000' --limit 5
    """
    moment = _moment(at)
    with reading(file) as city, output.progress("searching"):
        seen = on_branch(city, branch)
        check_recorded(city, moment)
        found = seen.query(type, q, near=_point(near), within_m=within, at=moment, limit=limit + 1)
        types = sorted(seen.view(moment).types()) if type and not found else []
    shown = found[:limit]
    if as_json:
        output.say_json([to_concise(document) for document in shown])
    elif shown:
        output.say_table(*shown.table(output.language()), named=True)
    else:
        output.say("nothing-found")
    if len(found) > limit:
        output.say_aside("more-there-are", shown=limit)
    if types and type not in types:
        near_by = difflib.get_close_matches(str(type), types, n=3, cutoff=0.5) or types
        output.say_aside("types-there-are", types=", ".join(near_by))


@app.command()
def export(
    file: CityFile,
    path: Annotated[Path, typer.Argument(metavar="OUT", help=_OUT)],
    type: ByType = None,
    q: ByQuery = None,
    crs: Annotated[str | None, typer.Option("--crs", metavar="EPSG:N", help="Coordinates of a CityJSON file.")] = None,
    branch: OnBranch = "main",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Write entities to a file that others read, with their sources and licences.

    Example: madang export seongnam.gpkg dong.geojson --type Dong
    """
    moment = _moment(at)
    with reading(file) as city, output.progress("exporting"):
        check_recorded(city, moment)
        done = on_branch(city, branch).export(resolve(path), type, q, crs=crs, at=moment)
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
    moment = _moment(at)
    with reading(file) as city:
        check_recorded(city, moment)
        document = on_branch(city, branch).get(entity_id, at=moment)
    if document is None:
        raise NotFoundError("cli.no-entity", id=entity_id, branch=branch, file=file)
    if as_json:
        output.say_json(document)
        return
    output.say_table(["attribute", "value", "unit", "period", "status"], list(_lines(document)))


@app.command()
def put(
    file: CityFile,
    entities: Annotated[Path, typer.Argument(metavar="entities.json", help="JSON; - is standard input.")],
    branch: OnBranch = "main",
    reason: Reason = "",
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Create or replace entities from a JSON file, all or nothing.

    Example: madang put seongnam.gpkg firms.json --branch fabless-valley --reason "three tenants signed"
    """
    with incoming(entities) as [whole], writing(file) as city, output.progress("loading"):
        given = sources.read_entities(whole)
        done = on_branch(city, branch).put(given, reason=reason or f"put {whole.name}", by=by)
    output.say_transaction(done, as_json)


@app.command()
def log(
    file: CityFile,
    entity_id: Annotated[str | None, typer.Argument(metavar="[ID]")] = None,
    branch: OnBranch = "main",
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many at most.")] = 30,
    as_json: AsJson = False,
) -> None:
    """List the transactions of a branch, or of one entity, newest first.

    Example: madang log seongnam.gpkg --branch fabless-valley
    """
    with reading(file) as city:
        found = on_branch(city, branch).log(entity_id, limit=limit + 1)
        if entity_id and not found:
            raise NotFoundError("cli.no-entity", id=entity_id, branch=branch, file=file)
    if as_json:
        output.say_json(found[:limit])
    else:
        rows = [
            (
                t.number,
                clock.to_text(t.at)[:19] + "Z",
                t.branch,
                output.word_or(f"kind-{t.kind}", t.kind),
                t.actor,
                t.changes,
                t.reason,
            )
            for t in found[:limit]
        ]
        output.say_table(["number", "when", "branch", "kind", "who", "changes", "why"], rows)
    if len(found) > limit:
        output.say_aside("more-log-there-is", shown=limit)


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


def _lines(document: Document) -> Iterator[tuple[str, str, str, str, str]]:
    """One line an attribute and instance: a number with its unit, the time it stands for, and how it is known."""
    yield "id", document["id"], "", "", ""
    yield "type", ", ".join(types_of(document)), "", "", ""
    for name, dataset_id, instance in attributes(document):
        shown = output.short(output.plain_value(value_of({"it": instance}, "it", dataset_id)))
        code = instance.get("unitCode")
        named = output.in_language(unit(code).label) if code and is_unit(code) else code or ""
        yield (
            (name if dataset_id is None else f"{name} [{dataset_id}]"),
            shown,
            named,
            _when(instance),
            _known(instance),
        )


def _when(instance: Instance) -> str:
    return str(value_of(instance, "period") or instance.get("observedAt") or "")


def _known(instance: Instance) -> str:
    words = [output.word_or(f"status-{status}", str(status))] if (status := value_of(instance, "status")) else []
    if value_of(instance, "assumption"):
        words.append(output.word("assumption"))
    return ", ".join(words)
