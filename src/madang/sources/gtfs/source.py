"""GTFS into the city: stops as BusStop or Station, routes as TransitLine with how often they run.

A stop is a Station if it is one (location_type 1) or if trains stop at it; a stop of a station says which. A line is
drawn by its shapes; where the feed has none, straight from stop to stop, and its geometry says so. How often a line
runs is counted on ordinary days of the feed (`days.py`), from departures at its first stop.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from madang.entities.entity import (
    Document,
    check_entity,
    geo_property,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
)
from madang.errors import CallerError, DataError, both
from madang.sources.base import Flow, Join, Problems, SourceReport, Tally
from madang.sources.gtfs.days import WEEK, calendar, ordinary_days
from madang.sources.gtfs.drawing import Position, drawn, position_of, shapes
from madang.sources.gtfs.kinds import ON_RAILS, category, is_ktdb
from madang.sources.gtfs.runs import Runs, Service, read_runs, services_of
from madang.sources.gtfs.tables import Feed, Row, folder_in
from madang.sources.mapping import MappingFile, read_mapping
from madang.sources.records import dataset_of, slug
from madang.sources.speaking import note, spoken

BATCH = 2000
TYPES = ("BusStop", "Station", "TransitLine")
PLACES = {"": "stop", "0": "stop", "1": "station", "2": "entrance"}
_STOPS = ("stop_id", "stop_name", "stop_lat", "stop_lon")
_STOPS_MORE = ("location_type", "parent_station", "stop_code", "wheelchair_boarding")
_ROUTES_MORE = ("route_type", "route_short_name", "route_long_name", "agency_id", "route_color")


class GtfsSource:
    """Reads GTFS archives."""

    name = "gtfs"

    def can_read(self, path: Path) -> bool:
        """A ZIP with stops.txt and routes.txt."""
        if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
            return False
        try:
            with zipfile.ZipFile(path) as archive:
                return folder_in(archive.namelist()) is not None
        except (zipfile.BadZipFile, OSError):
            return False

    def read(self, path: Path, *, type: str | None = None, mapping: Path | None = None, skip_bad: bool = False) -> Flow:
        """The feed's stops and lines; a mapping may give the dataset and the authority of ids."""
        if type is not None and type not in TYPES:
            raise CallerError("gtfs.unknown-type", found=type, known=", ".join(TYPES))
        return GtfsFlow(path.name, path, type, read_mapping(mapping) if mapping else None, skip_bad)


@dataclass(slots=True)
class _Stop:
    row: Row
    position: Position
    name: str
    kind: str
    parent: str
    code: str
    wheelchair: str


@dataclass
class GtfsFlow:
    """One feed, stops first, then lines."""

    path: str
    file: Path
    type: str | None = None
    given: MappingFile | None = None
    skip_bad: bool = False
    total: int | None = None
    _tally: Tally = field(default_factory=lambda: Tally("stops and routes"))

    def batches(self) -> Iterator[Sequence[Document]]:
        """The dataset, the stops, the lines."""
        self._tally = tally = Tally("stops and routes")
        problems = Problems(tally, self.skip_bad)
        with Feed(self.file) as feed:
            reading = _Reading(feed, tally, problems, self._authority(), self.type)
            yield [self._dataset(feed, tally)]
            made: list[Document] = []
            for document in reading.documents():
                made.append(document)
                if len(made) >= BATCH:
                    yield made
                    made = []
            problems.raise_any()
            yield made

    def blobs(self) -> Iterator[bytes]:
        """None: stops and lines say all."""
        return iter(())

    def finished(self) -> tuple[SourceReport, Sequence[Join]]:
        """The report, once the batches have gone by."""
        return spoken(self._tally, self.path), ()

    def _authority(self) -> str:
        return self.given.authority if self.given else f"gtfs-{slug(self.file.stem)}"

    def _dataset(self, feed: Feed, tally: Tally) -> Document:
        if self.given is not None and self.given.dataset is not None:
            return dataset_of(self.given, self.path)
        made: Document = {
            "id": urn("Dataset", self._authority(), slug(self.path)),
            "type": "Dataset",
            "title": language_property({"ko": self.path, "en": self.path}),
            "status": property_("observed"),
        }
        for row in feed.rows("feed_info", may=("feed_publisher_name", "feed_publisher_url", "feed_version")):
            for name, said in zip(("publisher", "url", "version"), row.cells, strict=True):
                if said:
                    made[name] = property_(said)
            break
        tally.note("note-terms-unknown")
        return made


class _Reading:
    """Stops and routes of an open feed as entities."""

    def __init__(self, feed: Feed, tally: Tally, problems: Problems, authority: str, type: str | None) -> None:
        self._feed, self._tally, self._problems = feed, tally, problems
        self._authority, self._type = authority, type
        self._source = urn("Dataset", authority, slug(feed.name))
        self._ids: dict[str, str] = {}

    def documents(self) -> Iterator[Document]:
        """All of them, stops first."""
        stops = dict(self._stops())
        routes = dict(self._routes())
        self._ktdb = is_ktdb(stops, routes)
        if self._ktdb:
            note(self._tally, "gtfs.note-ktdb")
        self._categories = {id: category(_type_of(row), ktdb=self._ktdb) for id, row in routes.items()}
        runs = read_runs(self._feed, self._categories)
        days = calendar(self._feed)
        ordinary = ordinary_days(days, runs.trips_of_services())
        if any(ordinary):
            note(self._tally, "gtfs.note-days", days=", ".join(str(day) for day in ordinary if day))
        else:
            note(self._tally, "gtfs.note-no-calendar")
        often = services_of(runs, days, ordinary)
        running = [days.dates[day] if day else frozenset() for day in ordinary]
        for id, stop in stops.items():
            self._ids[id] = urn(self._type_of_stop(stop, runs, id), self._authority, _safe(id))
        for id, stop in stops.items():
            yield from self._kept(self._stop(id, stop, runs, running), stop.row)
        lines = shapes(self._feed, {one for named in runs.shapes.values() for one in named}, self._tally)
        positions = {id: stop.position for id, stop in stops.items()}
        for id, row in routes.items():
            line, straight = drawn(id, runs, lines, positions)
            if line is None:
                self._tally.leave_out("gtfs.no-trips", example=row.where)
                continue
            yield from self._kept(self._line(id, row, runs, often.get(id), line, straight), row)

    def _kept(self, document: Document, row: Row) -> Iterator[Document]:
        if self._type not in (None, document["type"]):
            self._tally.read -= 1
            return
        check_entity(document, where=row.where)
        self._tally.kept += 1
        yield document

    def _wrong(self, problem: DataError) -> None:
        """A row that is wrong: left out under its code where that is allowed, else the end of the reading."""
        if self._problems.skip_bad:
            self._tally.leave_out(problem.code, example=str(problem.facts["place"]))
        else:
            self._problems.add(problem)

    # -- stops -------------------------------------------------------------------------------------------------------

    def _stops(self) -> Iterator[tuple[str, _Stop]]:
        seen: dict[str, str] = {}
        for row in self._feed.rows("stops", must=_STOPS, may=_STOPS_MORE):
            id, name, lat, lon, kind, parent, code, wheelchair = row.cells
            self._tally.read += 1
            if kind not in PLACES:
                self._tally.leave_out("gtfs.no-stop", example=row.where)
                continue
            position = position_of(lon, lat)
            if not id or id in seen:
                problem = "gtfs.no-id" if not id else "gtfs.id-twice"
                self._wrong(DataError(problem, place=row.where, id=id[:80], first=seen.get(id, "")))
            elif position is None and (lat or lon):
                self._wrong(DataError("gtfs.bad-place", place=row.where, lat=lat[:20], lon=lon[:20]))
            elif position is None:
                self._tally.leave_out("gtfs.no-place", example=row.where)
            else:
                seen[id] = row.where
                yield id, _Stop(row, position, name, PLACES[kind], parent, code, wheelchair)

    def _type_of_stop(self, stop: _Stop, runs: Runs, id: str) -> str:
        on_rails = any(kind in ON_RAILS for kind in runs.served.get(id, ()))
        return "Station" if stop.kind != "stop" or on_rails else "BusStop"

    def _stop(self, id: str, stop: _Stop, runs: Runs, running: Sequence[frozenset[str]]) -> Document:
        kinds = sorted(runs.served.get(id, ()))
        made = self._head(id, self._ids[id], stop.name, {"type": "Point", "coordinates": list(stop.position)})
        made["category"] = property_(kinds[0] if stop.kind == "stop" and len(kinds) == 1 else stop.kind)
        if stop.code:
            made["stopNumber"] = property_(stop.code)
        if stop.wheelchair in ("1", "2"):
            made["wheelchair"] = property_(stop.wheelchair == "1")
        if stop.parent in self._ids and stop.parent != id:
            made["refStation"] = relationship(self._ids[stop.parent])
        by_service = runs.departures.get(id, {})
        counts = {
            day: count
            for day, services in zip(WEEK, running, strict=True)
            if (count := sum(by_service.get(service, 0) for service in services))
        }
        if counts:
            made["departures"] = json_property(counts)
        elif stop.kind == "stop" and not kinds:
            self._tally.facts["stops_unserved"] = self._tally.facts.get("stops_unserved", 0) + 1
        return made

    # -- lines -------------------------------------------------------------------------------------------------------

    def _routes(self) -> Iterator[tuple[str, Row]]:
        seen: dict[str, str] = {}
        for row in self._feed.rows("routes", must=("route_id",), may=_ROUTES_MORE):
            id = row.cells[0]
            self._tally.read += 1
            if not id or id in seen:
                problem = "gtfs.no-id" if not id else "gtfs.id-twice"
                self._wrong(DataError(problem, place=row.where, id=id[:80], first=seen.get(id, "")))
                continue
            seen[id] = row.where
            yield id, row

    def _line(
        self, id: str, row: Row, runs: Runs, often: Service | None, line: dict[str, Any], straight: bool
    ) -> Document:
        _, kind, short, long, agency, colour = row.cells
        made = self._head(id, urn("TransitLine", self._authority, _safe(id)), long or short, line)
        if straight:
            made["location"]["method"] = language_property(both("gtfs.method-straight"))
            made["location"]["status"] = property_("estimated")
            self._tally.facts["drawn_by_stops"] = self._tally.facts.get("drawn_by_stops", 0) + 1
        made["category"] = property_(self._categories[id])
        if kind.lstrip("-").isascii() and kind.lstrip("-").isdigit() and len(kind) < 6:
            made["routeType"] = property_(int(kind))
        if short:
            made["routeNumber"] = property_(short)
        if len(colour) == 6 and all(mark in "0123456789abcdefABCDEF" for mark in colour):
            made["colour"] = property_(f"#{colour.lower()}")
        operator = self._agencies().get(agency)
        if operator:
            made["operator"] = property_(operator)
        if often is not None and often.by_day:
            made["tripsByDay"] = json_property(often.by_day)
            weekday = often.by_day.get("wednesday")
            if weekday:
                made["weekdayTrips"] = property_(weekday, unit="C62")
        if often is not None and often.bands:
            made["headway"] = json_property(
                {band: {"trips": trips, "minutes": minutes} for band, (trips, minutes) in often.bands.items()}
            )
        calls = [self._ids[stop] for pattern in runs.patterns.get(id, []) for stop in pattern if stop in self._ids]
        calls = list(dict.fromkeys(calls))
        if calls:
            made["stops"] = relationship(calls if len(calls) > 1 else calls[0])
        return made

    def _agencies(self) -> dict[str, str]:
        if not hasattr(self, "_named"):
            rows = [row.cells for row in self._feed.rows("agency", must=("agency_name",), may=("agency_id",))]
            self._named = {id: name for name, id in rows if name}
            if len(rows) == 1:
                self._named.setdefault("", rows[0][0])  # with one agency, routes may leave it out
        return self._named

    def _head(self, code: str, id: str, name: str, location: dict[str, Any]) -> Document:
        made: Document = {"id": id, "type": id.split(":")[2], "location": geo_property(location)}
        if name:
            korean = any("가" <= mark <= "힣" for mark in name)
            made["name"] = language_property({"ko" if korean else "en" if name.isascii() else "@none": name})
        made["code"] = property_(code)
        made["source"] = relationship(self._source)
        made["status"] = property_("observed")
        return made


def _type_of(row: Row) -> int | None:
    said = row.cells[1]
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else None


def _safe(id: str) -> str:
    return "".join("_" if mark in ' <>"{}|\\^`\t' or not mark.isprintable() else mark for mark in id)[:200]
