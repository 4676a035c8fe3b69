"""What the server does, in numbers a Prometheus server collects: `GET /metrics`.

Counting a request costs about a microsecond, because it happens on the hot path; what is expensive to know (how many
entities, how many notifications wait) is asked when somebody collects. Names follow the conventions of Prometheus: base
units, `_total` for what only grows. Paths are counted by the door they lead to, never by id, so that the number of
series stays small whatever clients ask for.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import CollectorRegistry

from madang import __version__, clock
from madang.city import City
from madang.web.exchange import Message, Reply, Scope, Send

DOORS = (("/ngsi-ld/v1/", "ngsi-ld"), ("/api/", "api"), ("/ogc/", "ogc"), ("/tiles/", "tiles"), ("/sta/", "sta"))
BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = logging.getLogger("madang.requests")

Told = Callable[[City], Iterable[Metric]]  # what a room tells of a city when somebody collects


class Metrics:
    """The counters of one server."""

    def __init__(self, cities: Callable[[], Iterable[City]], *, log_requests: bool = False) -> None:
        self._cities = cities
        self._log_requests = log_requests
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._took: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()
        self._told: list[Told] = [_of_city]
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def tell(self, told: Told) -> None:
        """Have a room tell something of each city, too."""
        self._told.append(told)

    def counting(self, scope: Scope, send: Send) -> Send:
        """The way out of a request, which counts it when its answer begins."""
        began, door, method = clock.elapsed_s(), door_of(scope["path"]), scope["method"]

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                took = clock.elapsed_s() - began
                self._count(door, method, message["status"], took)
                if self._log_requests:
                    facts = {"door": door, "status": message["status"], "seconds": round(took, 6)}
                    log.info("%s %s", method, scope["path"], extra=facts)
            await send(message)

        return counted

    def _count(self, door: str, method: str, status: int, seconds: float) -> None:
        self._requests[door, method if method in METHODS else "other", status] += 1
        buckets = self._took.get(door)
        if buckets is None:
            buckets = self._took[door] = [0] * (len(BOUNDS_S) + 1)
        buckets[bisect_left(BOUNDS_S, seconds)] += 1
        self._seconds[door] += seconds  # type: ignore[assignment]  # a sum of seconds is no whole number

    def collect(self) -> Iterator[Metric]:
        """All families, for the registry."""
        build = GaugeMetricFamily("madang_build_info", "The version that runs", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        requests = CounterMetricFamily("madang_requests", "Requests answered", labels=["door", "method", "status"])
        for (door, method, status), count in sorted(self._requests.items()):
            requests.add_metric([door, method, str(status)], count)
        yield requests
        took = HistogramMetricFamily("madang_request_seconds", "Time until an answer begins", labels=["door"])
        for door, buckets in sorted(self._took.items()):
            total, steps = 0, []
            for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), buckets, strict=True):
                total += count
                steps.append((bound, total))
            took.add_metric([door], steps, self._seconds[door])
        yield took
        families: dict[str, Metric] = {}
        for city in self._cities():
            for told in self._told:
                for family in told(city):
                    there = families.setdefault(family.name, family)
                    if there is not family:
                        there.samples += family.samples
        yield from families.values()

    def reply(self) -> Reply:
        """The page that is collected; to be made off the event loop."""
        return Reply(200, generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4.encode())


def door_of(path: str) -> str:
    """Which door a path leads to."""
    return next((name for part, name in DOORS if part in path), "pages")


def _of_city(city: City) -> Iterator[Metric]:
    """What the store of a city tells."""
    labels = ["city"]
    entities = GaugeMetricFamily("madang_entities", "Entities as they are on main", labels=[*labels, "type"])
    for kind, count in city.store.view().types().items():
        entities.add_metric([city.id, kind], count)
    yield entities
    transactions = CounterMetricFamily("madang_transactions", "Transactions in the log", labels=labels)
    transactions.add_metric([city.id], city.store.data_version())
    yield transactions
    size = GaugeMetricFamily("madang_file_bytes", "Size of the city file and its write-ahead log", labels=labels)
    parts = (city.path, city.path.with_name(city.path.name + "-wal"))
    size.add_metric([city.id], sum(part.stat().st_size for part in parts if part.exists()))
    yield size
