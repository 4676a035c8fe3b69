"""One attribute of a layer at several moments: from readings where there are any, else from the city's own record.

Readings: at each moment the last one at or before it, unless it was stale then; where several sensors speak of one
feature, the mean of their numbers. Record: what the branch said at each moment, whatever time the value stands for.
Features are those that the layer has now.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from madang import clock
from madang.entities.entity import Document, instance_of, provenance_of, value_of
from madang.errors import CallerError, NotFoundError, Pair, both
from madang.indicators.provenance import combine_status
from madang.store import Observed, Store, View
from madang.twin.catalogue import LayerKind, layer_kind
from madang.twin.freshness import INTERVALS, Freshness
from madang.twin.joining import Features, Said, Speaker, Speakers, read_features, speakers_of
from madang.twin.naming import label_of_attribute, titles_of
from madang.twin.series import INSTANT, OBSERVATIONS, VERSIONS, check_span, dataset_of
from madang.twin.touched import first_touched, touched_since

MOST_STEPS, USUAL_STEPS = 200, 24
MOST_VALUES = 4_000_000
MOST_SEEKS = 200_000  # readings looked up one by one; some ten thousand a second
READ_WHOLE = 50  # a series with fewer readings a step than this is read whole, else looked up moment by moment
NEWEST = 500  # readings that tell where a series begins when nobody says from when on
MOST_PROBED = 25_000  # readings
CHANGED_SHARE = 4  # where more than a quarter of a layer changed, it is read anew instead of entity by entity

Value = float | int | str | None


@dataclass(frozen=True)
class Frames:
    """Values by moment, side by side with ids."""

    layer: str
    attribute: str
    kind: str
    via: str | None
    times: Sequence[datetime]
    ids: Sequence[str]
    names: Sequence[str | None]
    values: Sequence[Sequence[Value]]
    observed_at: Sequence[Sequence[datetime | None]] | None
    unit: str | None
    status: str | None
    source: Mapping[str, str] | None
    method: Pair

    def as_json(self) -> dict[str, Any]:
        """The frames as plain JSON; features without any value are left out."""
        told: Sequence[int] = range(len(self.ids))
        if all(None in row for row in self.values):
            told = [n for n in told if any(row[n] is not None for row in self.values)]
        numbers = [v for row in self.values for v in row if v is not None and type(v) is not str]
        return {
            "attribute": self.attribute,
            "label": label_of_attribute(self.attribute),
            "unit": self.unit,
            "kind": self.kind,
            "via": self.via,
            "times": [clock.to_text(moment) for moment in self.times],
            "ids": [self.ids[n] for n in told],
            "values": [[row[n] for n in told] for row in self.values],
            "low": min(numbers, default=None),
            "high": max(numbers, default=None),
            "status": self.status,
            "source": None if self.source is None else dict(self.source),
            "method": dict(self.method),
        }


def frames(
    store: Store,
    branch: str,
    layer: str,
    attribute: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    steps: int = USUAL_STEPS,
) -> Frames:
    """An attribute of a layer at evenly spread moments from `since` to `until`; all there is where these are open."""
    check_span(since, until)
    if not 1 <= steps <= MOST_STEPS:
        raise CallerError("twinreading.steps", found=steps, most=MOST_STEPS)
    view, kind = store.view(branch), layer_kind(layer)
    features = read_features(view, kind.types, attribute)
    if steps * len(features.said) > MOST_VALUES:
        fewer = MOST_VALUES // len(features.said)
        raise CallerError(
            "twinreading.too-many-values", steps=steps, features=len(features.said), most=MOST_VALUES, fewer=fewer
        )
    speakers = speakers_of(view, features, attribute)
    if speakers is not None:
        first, last = span_of_readings(view, speakers, attribute)
        return _of_readings(view, kind, features, attribute, speakers, spread(since or first, until or last, steps))
    first_tx = first_touched(store, kind.types)
    first = clock.now() if first_tx is None else store.transaction(first_tx).at
    return _of_record(store, view, kind, features, attribute, spread(since or first, until or clock.now(), steps))


def frame_at(store: Store, branch: str, layer: str, attribute: str, at: datetime) -> Frames:
    """An attribute of a layer at one moment."""
    view, kind = store.view(branch), layer_kind(layer)
    features = read_features(view, kind.types, attribute)
    speakers = speakers_of(view, features, attribute)
    if speakers is not None:
        return _of_readings(view, kind, features, attribute, speakers, [at])
    return _of_record(store, view, kind, features, attribute, [at])


def spread(since: datetime, until: datetime, steps: int) -> list[datetime]:
    """Moments evenly spread over a time, both ends among them; one step is its end."""
    if steps == 1 or since >= until:
        return [until if steps == 1 else max(since, until)]
    gap = (until - since) / (steps - 1)
    return [*(since + n * gap for n in range(steps - 1)), until]


def span_of_readings(view: View, speakers: Speakers, attribute: str) -> tuple[datetime, datetime]:
    """The time of readings: from the first of each series' newest (of some series, where they are long) to the last."""
    told = [one for among in speakers.of.values() for one in among]
    moments = [clock.from_text(_instance(one, attribute)["observedAt"]) for one in told]
    first, left = min(moments), MOST_PROBED
    for one in told:
        found = view.observations(one.id, attribute, dataset_id=one.dataset, last=NEWEST)
        first, left = min([first, *(reading.observed_at for reading in found[:1])]), left - len(found)
        if left < 0:
            break
    return first, max(moments)


# --- from readings ----------------------------------------------------------------------------------------------------


def _of_readings(
    view: View,
    kind: LayerKind,
    features: Features,
    attribute: str,
    speakers: Speakers,
    times: Sequence[datetime],
) -> Frames:
    ids = list(features.said)
    number = {id: n for n, id in enumerate(ids)}
    values: list[list[Value]] = [[None] * len(ids) for _ in times]
    moments: list[list[datetime | None]] = [[None] * len(ids) for _ in times]
    course = _Course(view, attribute, times, speakers.count)
    for id, among in speakers.of.items():
        for step, found in enumerate(zip(*(course.of(one) for one in among), strict=True)):
            known = [one for one in found if one is not None]
            if known:
                newest = max(known, key=lambda one: one.observed_at)
                values[step][number[id]] = _together([one.value for one in known], newest.value)
                moments[step][number[id]] = newest.observed_at
    told = [one for among in speakers.of.values() for one in among]
    provenances = [provenance_of(one.document, attribute) for one in told]
    units = {_instance(one, attribute).get("unitCode") for one in told}
    how = both("twinreading.method-observations")
    if speakers.via is not None:
        how = both("twinreading.method-via", label=label_of_attribute(speakers.via), how=how)
    return Frames(
        kind.id,
        attribute,
        OBSERVATIONS,
        speakers.via,
        times,
        ids,
        [said.name for said in features.said.values()],
        values,
        moments,
        units.pop() if len(units) == 1 else None,
        combine_status({provenance.status for provenance in provenances}),
        titles_of(view, {provenance.source for provenance in provenances}),
        how,
    )


class _Course:
    """The readings of series at given moments; each series in the way that costs less."""

    def __init__(self, view: View, attribute: str, times: Sequence[datetime], series: int) -> None:
        self._view, self._attribute, self._times = view, attribute, times
        self._left, self._series = MOST_SEEKS, series

    def of(self, one: Speaker) -> list[Observed | None]:
        """The reading at each moment; None where there is none, or it was stale."""
        first, last = self._times[0], self._times[-1]
        newest = self._read(one, until=last + INSTANT, last=INTERVALS + 1)
        if not newest:
            return [None] * len(self._times)
        fresh = Freshness.of([reading.observed_at for reading in newest])
        fresh = fresh.stated_by(_instance(one, self._attribute))
        back = timedelta(seconds=fresh.stale_after_s)
        expected = 1 if fresh.usual_s is None else (last - first + back).total_seconds() / fresh.usual_s
        if expected <= READ_WHOLE * len(self._times):
            found = self._read(one, since=first - back, until=last + INSTANT)
            moments = [reading.observed_at for reading in found]
            at = [bisect_right(moments, moment) - 1 for moment in self._times]
            readings = [found[n] if n >= 0 else None for n in at]
        else:
            self._left -= len(self._times)
            if self._left < 0:
                fewer = max(MOST_SEEKS // max(self._series, 1), 1)
                raise CallerError(
                    "twinreading.too-many-readings", steps=len(self._times), sensors=self._series, fewer=fewer
                )
            readings = [next(iter(self._read(one, until=moment + INSTANT, last=1)), None) for moment in self._times]
        return [
            None if reading is None or fresh.is_stale(reading.observed_at, moment) else reading
            for reading, moment in zip(readings, self._times, strict=True)
        ]

    def _read(self, one: Speaker, **span: Any) -> list[Observed]:
        return self._view.observations(one.id, self._attribute, dataset_id=one.dataset, **span)


def _together(found: Sequence[Any], newest: Any) -> Value:
    """The mean of several numbers; else the newest reading."""
    numbers = [float(v) for v in found if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(found) > 1 and len(numbers) == len(found):
        return sum(numbers) / len(numbers)
    return _plain(newest)


def _instance(one: Speaker, attribute: str) -> Mapping[str, Any]:
    return instance_of(one.document, attribute, one.dataset) or {}


# --- from the record --------------------------------------------------------------------------------------------------


def _of_record(
    store: Store,
    view: View,
    kind: LayerKind,
    features: Features,
    attribute: str,
    times: Sequence[datetime],
) -> Frames:
    ids = list(features.said)
    first = store.view(view.branch, at=times[0])
    changed = touched_since(store, kind.types, first.tx) & features.said.keys() if len(times) > 1 else set()
    views = [first]
    if len(changed) * CHANGED_SHARE > len(ids):
        views = [store.view(view.branch, at=moment) for moment in times]
    readings = [read_features(one, kind.types, attribute).said for one in views]
    nothing = Said(None, False, None, None, None, None)
    values = [[_plain(reading.get(id, nothing).value) for id in ids] for reading in readings]
    told = [said for reading in readings for said in reading.values() if said.has]
    if len(readings) < len(times):
        values = [list(values[0]) for _ in times]
        for n, id in enumerate(ids):
            if id in changed:
                told += [features.said[id]] if features.said[id].has else []
                for row, value in zip(values, _recorded(view, id, attribute, times), strict=True):
                    row[n] = value
    if not told:
        known = ", ".join(sorted(features.having.keys() - {"location"})) or "-"
        raise NotFoundError("twinreading.layer-attribute-unknown", layer=kind.id, attribute=attribute, known=known)
    units = {said.unit for said in told}
    return Frames(
        kind.id,
        attribute,
        VERSIONS,
        None,
        times,
        ids,
        [said.name for said in features.said.values()],
        values,
        None,
        units.pop() if len(units) == 1 else None,
        combine_status({said.status for said in told}),
        titles_of(view, {said.source for said in told}),
        both("twinreading.method-versions"),
    )


def _recorded(view: View, id: str, attribute: str, times: Sequence[datetime]) -> list[Value]:
    """What was said of an attribute of one entity at each moment."""
    told = view.history(id)
    starts = [entry.recorded_from for entry in told]
    at = [bisect_right(starts, moment) - 1 for moment in times]
    return [_value(told[n].document, attribute) if n >= 0 else None for n in at]


def _value(document: Document | None, attribute: str) -> Value:
    if document is None or attribute not in document:
        return None
    return _plain(value_of(document, attribute, dataset_of(document, attribute)))


def _plain(value: Any) -> Value:
    return value if isinstance(value, int | float | str) and not isinstance(value, bool) else None
