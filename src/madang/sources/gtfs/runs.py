"""Trips and their stop times, which are most of a feed: streamed twice, never held.

The first pass keeps a few numbers for each trip (its first departure, how many stops it makes) and which stops are
served on rails. The second keeps the order of stops of one trip for each route and direction: the one with the most.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from madang.errors import DataError
from madang.sources.gtfs.days import WEEK, Calendar
from madang.sources.gtfs.tables import Feed, Row

BANDS = ((0, 6), (6, 7), (7, 9), (9, 17), (17, 19), (19, 22), (22, 30))  # hours of the timetable's day, which ends late
MOST_TRIPS = 5_000_000
MOST_STOPS_OF_A_TRIP = 2_000
NEVER = -1


@dataclass(slots=True)
class Runs:
    """What trips and stop times say, trip by trip in the order of trips.txt."""

    routes: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)
    directions: list[str] = field(default_factory=list)
    shapes: dict[str, dict[str, None]] = field(default_factory=dict)  # by route, in order
    numbers: dict[str, int] = field(default_factory=dict)
    first_sequence: array[int] = field(default_factory=lambda: array("q"))
    first_s: array[int] = field(default_factory=lambda: array("q"))
    stops_made: array[int] = field(default_factory=lambda: array("q"))
    repeated: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)  # from, to, every: seconds
    patterns: dict[str, list[list[str]]] = field(default_factory=dict)  # by route: stops in order, a direction each
    served: dict[str, set[str]] = field(default_factory=dict)  # by stop: the categories of the routes that serve it
    departures: dict[str, dict[str, int]] = field(default_factory=dict)  # by stop: how many by service

    def trips_of_services(self) -> dict[str, int]:
        """How many trips each service has."""
        counted: dict[str, int] = {}
        for service in self.services:
            counted[service] = counted.get(service, 0) + 1
        return counted


def read_runs(feed: Feed, categories: Mapping[str, str]) -> Runs:
    """What the trips of known routes do; `categories` gives each route's."""
    runs = Runs()
    unknown: str | None = None
    for row in feed.rows("trips", must=("route_id", "service_id", "trip_id"), may=("direction_id", "shape_id")):
        route, service, trip, direction, shape = row.cells
        if route not in categories:
            unknown = unknown or row.where
            continue
        if len(runs.numbers) >= MOST_TRIPS:
            raise DataError("gtfs.too-many", file=row.file, limit=MOST_TRIPS)
        runs.numbers[trip] = len(runs.routes)
        runs.routes.append(route)
        runs.services.append(service)
        runs.directions.append(direction)
        runs.first_sequence.append(1 << 40)
        runs.first_s.append(NEVER)
        runs.stops_made.append(0)
        if shape:
            runs.shapes.setdefault(route, {})[shape] = None
    if unknown and not runs.routes:
        raise DataError("gtfs.no-routes-met", place=unknown)
    _first_pass(feed, runs, categories)
    _frequencies(feed, runs)
    _second_pass(feed, runs)
    return runs


_TIMES = ("trip_id", "stop_id", "stop_sequence")


def _first_pass(feed: Feed, runs: Runs, categories: Mapping[str, str]) -> None:
    numbers, first, seconds, made = runs.numbers, runs.first_sequence, runs.first_s, runs.stops_made
    file = f"{feed.name}/stop_times.txt"
    calls: dict[tuple[str, str, str], int] = {}  # by stop, route, service: far fewer than rows
    routes, services = runs.routes, runs.services
    for line, (trip, stop, sequence, leaves, arrives) in feed.lines(
        "stop_times", must=_TIMES, may=("departure_time", "arrival_time")
    ):
        number = numbers.get(trip)
        if number is None:
            number = numbers.get(trip.strip())
            if number is None:
                continue
        made[number] += 1
        place = int(sequence) if sequence.isdecimal() and len(sequence) < 10 else _whole(sequence, Row(file, line, []))
        if place < first[number]:
            first[number] = place
            seconds[number] = _seconds((leaves or arrives).strip(), Row(file, line, []))
        key = (stop, routes[number], services[number])
        calls[key] = calls.get(key, 0) + 1
    for (stop, route, service), count in calls.items():
        runs.served.setdefault(stop.strip(), set()).add(categories[route])
        by_service = runs.departures.setdefault(stop.strip(), {})
        by_service[service] = by_service.get(service, 0) + count


def _second_pass(feed: Feed, runs: Runs) -> None:
    """The order of stops of the trip with the most of them, for each route and direction."""
    longest: dict[tuple[str, str], int] = {}
    for number, (route, direction) in enumerate(zip(runs.routes, runs.directions, strict=True)):
        best = longest.get((route, direction))
        if runs.stops_made[number] and (best is None or runs.stops_made[number] > runs.stops_made[best]):
            longest[route, direction] = number
    trips = {number: trip for trip, number in runs.numbers.items()}
    found: dict[str, list[tuple[int, str]]] = {trips[number]: [] for number in longest.values()}
    file = f"{feed.name}/stop_times.txt"
    for line, (trip, stop, sequence) in feed.lines("stop_times", must=_TIMES):
        at = found.get(trip.strip())
        if at is not None and len(at) < MOST_STOPS_OF_A_TRIP:
            at.append((_whole(sequence.strip(), Row(file, line, [])), stop.strip()))
    for (route, _), number in longest.items():
        runs.patterns.setdefault(route, []).append([stop for _, stop in sorted(found[trips[number]])])


def _frequencies(feed: Feed, runs: Runs) -> None:
    for row in feed.rows("frequencies", must=("trip_id", "start_time", "end_time", "headway_secs")):
        trip, start, end, every = row.cells
        number = runs.numbers.get(trip)
        if number is not None and _whole(every, row) > 0:
            span = (_seconds(start, row), _seconds(end, row), _whole(every, row))
            if NEVER not in span[:2]:
                runs.repeated.setdefault(number, []).append(span)


@dataclass(frozen=True, slots=True)
class Service:
    """How often a route runs: trips by day of the week, and on an ordinary weekday by band of hours."""

    by_day: dict[str, int]
    bands: dict[str, tuple[int, float]]  # trips, mean minutes between two of one direction


def services_of(runs: Runs, found: Calendar, days: list[date | None]) -> dict[str, Service]:
    """How often each route runs on the ordinary days."""
    running = [found.dates[day] if day else frozenset() for day in days]
    weekday = next((n for n in (2, 1, 3, 0, 4) if running[n]), None)  # Wednesday, else one near the middle of the week
    by_day: dict[str, list[int]] = {}
    bands: dict[str, list[int]] = {}
    ways: dict[str, set[str]] = {}
    for number, (route, service) in enumerate(zip(runs.routes, runs.services, strict=True)):
        leaves = _departures(runs, number)
        counts = by_day.setdefault(route, [0] * len(WEEK))
        for day, services in enumerate(running):
            counts[day] += len(leaves) if service in services else 0
        if weekday is None or service not in running[weekday]:
            continue
        hours = bands.setdefault(route, [0] * len(BANDS))
        ways.setdefault(route, set()).add(runs.directions[number])
        for second in leaves:
            band = next((n for n, (_, to) in enumerate(BANDS) if second < to * 3600), None)
            if second != NEVER and band is not None:
                hours[band] += 1
    return {
        route: Service(
            {name: count for name, count in zip(WEEK, counts, strict=True) if count},
            {
                f"{start:02d}-{end:02d}": (trips, round((end - start) * 60 * len(ways[route]) / trips, 1))
                for (start, end), trips in zip(BANDS, bands.get(route, []), strict=False)
                if trips
            },
        )
        for route, counts in by_day.items()
    }


def _departures(runs: Runs, number: int) -> list[int]:
    repeated = runs.repeated.get(number)
    if not repeated:
        return [runs.first_s[number]]
    return [second for start, end, every in repeated for second in range(start, min(end, start + 48 * 3600), every)]


def _whole(text: str, row: Row) -> int:
    said = text.strip()
    if said.isascii() and said.isdigit() and len(said) < 10:
        return int(said)
    raise DataError("gtfs.not-a-number", place=row.where, found=text[:40])


def _seconds(text: str, row: Row) -> int:
    """Seconds after midnight of the timetable's day; hours go beyond 24. NEVER where no time is given."""
    if not text:
        return NEVER
    parts = text.split(":")
    if len(parts) in (2, 3) and text.isascii() and all(part.strip().isdigit() and len(part) < 5 for part in parts):
        hours, minutes, seconds = (*(int(part) for part in parts), 0)[:3]
        return hours * 3600 + minutes * 60 + seconds
    raise DataError("gtfs.bad-time", place=row.where, found=text[:40])
