"""What the data hub tells of a city in `/metrics`: notifications, feeds, history, group commits, services that failed.

Counters that this process counts begin at zero with it; those of a feed stand in the hub's book and go on. What would
mean going through all readings is asked once a minute at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from madang import clock
from madang.city import City
from madang.hub.feeding import condition
from madang.store import Store, outbox
from madang.store.branches import MAIN
from madang.store.compaction import Standing, standing
from madang.web import compacting
from madang.web.background import Background
from madang.web.metrics import Told
from madang.web.ngsi.notifying import notifier_of

CITY, FEED = ["city"], ["city", "feed"]
COUNT_EVERY_S = 60.0


def all_told(background: Background) -> Sequence[Told]:
    """What the rooms of the hub tell."""
    return (_notifications, _feeds, _History(), _commits, _Services(background))


def _notifications(city: City) -> Iterator[Metric]:
    waiting, dead = outbox.counts(city.store)
    yield _gauge("madang_notifications_due", "Notifications that wait for their endpoint", city, waiting)
    yield _gauge("madang_notifications_dead", "Notifications given up, kept to be read and sent again", city, dead)
    notifier = notifier_of(city)
    if notifier is not None:
        courier = notifier.courier
        yield _counter("madang_notifications_delivered", "Notifications that were taken", city, courier.delivered)
        yield _counter("madang_notifications_failed", "Tries to deliver that failed", city, courier.failed)


def _feeds(city: City) -> Iterator[Metric]:
    readings = CounterMetricFamily("madang_feed_readings", "Readings of a feed that the file has", labels=FEED)
    refused = CounterMetricFamily("madang_feed_refused", "Payloads and values of a feed that were refused", labels=FEED)
    connected = GaugeMetricFamily("madang_feed_connected", "1 while the other side of a feed is there", labels=FEED)
    stale = GaugeMetricFamily(
        "madang_feed_stale", "1 while a feed's newest reading is older than expected", labels=FEED
    )
    last = GaugeMetricFamily(
        "madang_feed_last_reading_timestamp_seconds", "When a feed's newest reading was made", labels=FEED
    )
    now = clock.now()
    for entry in city.store.entries("feed", MAIN):
        of, counts = [city.id, entry.id], entry.state.get("counts", {})
        readings.add_metric(of, counts.get("readings", 0))
        refused.add_metric(of, counts.get("refused", 0))
        connected.add_metric(of, int(bool(entry.state.get("connected"))))
        # One that is broken is stale too, once it is old: an alarm needs one number to look at.
        alone = entry.state | {"connected": True}
        stale.add_metric(of, int(condition(entry.doc, alone, now) == "stale"))
        if newest := entry.state.get("lastReading"):
            last.add_metric(of, clock.from_text(newest).timestamp())
    yield from (readings, refused, connected, stale, last)


class _History:
    """How much is where; counting the rows of a large file takes part of a second, so it is remembered for a while."""

    def __init__(self) -> None:
        self._known: dict[Store, tuple[float, Standing]] = {}

    def __call__(self, city: City) -> Iterator[Metric]:
        found, now = self._known.get(city.store), clock.elapsed_s()
        if found is None or now - found[0] >= COUNT_EVERY_S:
            found = self._known[city.store] = now, standing(city.store)
        told = found[1]
        yield _gauge(
            "madang_history_hot_readings", "Readings in the city file, counted once a minute", city, told.hot_rows
        )
        yield _gauge("madang_history_cold_readings", "Readings in Parquet beside the city file", city, told.rows)
        yield _gauge("madang_history_segments", "Parquet files beside the city file", city, told.segments)
        yield _gauge("madang_history_segment_bytes", "Size of the Parquet files beside the city file", city, told.bytes)
        last = compacting.LAST.get(city.store)
        if last is not None:
            name = "madang_history_last_compaction_timestamp_seconds"
            yield _gauge(name, "When this server last moved readings out of the city file", city, last.timestamp())


def _commits(city: City) -> Iterator[Metric]:
    commits, writes = city.store.group_commits
    yield _counter("madang_group_commits", "Groups of writes that were committed with one sync", city, commits)
    yield _counter("madang_grouped_writes", "Writes in these groups", city, writes)


class _Services:
    """What runs beside the answers, and failed."""

    def __init__(self, background: Background) -> None:
        self._background = background

    def __call__(self, city: City) -> Iterator[Metric]:
        failures = CounterMetricFamily(
            "madang_service_failures", "Failures of a service that was begun again", labels=["city", "service"]
        )
        for (of, service), times in sorted(self._background.failures.items()):
            if of == city.id:
                failures.add_metric([of, service], times)
        yield failures


def _gauge(name: str, help: str, city: City, value: float) -> Metric:
    made = GaugeMetricFamily(name, help, labels=CITY)
    made.add_metric([city.id], value)
    return made


def _counter(name: str, help: str, city: City, value: float) -> Metric:
    made = CounterMetricFamily(name, help, labels=CITY)
    made.add_metric([city.id], value)
    return made
