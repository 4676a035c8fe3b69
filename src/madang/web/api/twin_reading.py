"""What the 3D viewer reads besides tiles: search, relationships, series, live values, time frames, results on the map.

Everything below /api/cities/{tenant}, role read. `{tenant}` is a city or city~branch. A *pair* is {"ko": …, "en": …}.
Moments are ISO 8601 with a zone (2026-08-16T09:45:00Z, +09:00 with its + as %2B). `status` is observed | estimated |
synthetic | null (nobody stated it). Unknown values are null, never 0. Lists in one answer that stand side by side
(`ids`, `values`) have one entry a feature in the same order.

Answers are JSON, gzipped where the client takes that. For 100,000 features and 24 moments that was measured no larger
than Arrow (16.5 MB, 4.4 MB packed; Arrow 14.6 and 5.1), and a browser's engine parses it in 90 ms: one form is enough.

    GET search?text=&limit=20                    (limit 1 … 100)
        [{id, type, label: pair of the type, name: pair | null, address: text | null, lon, lat: number | null,
          matched: "name" | "address" | "code" | "id"}]
        Exact before prefix before inside; places and buildings before observations and records. Spaces, hyphens and
        capitals do not count; ㅅㅍㄷ finds 삼평동. An empty text finds nothing.

    GET entity/{id}/related?limit=50             (limit 1 … 500, for each list)
        {"out": [{attribute, label: pair, id, name: pair | null, type: text | null, typeLabel: pair | null}],
         "in": [same: `attribute` is the one by which the other entity refers to this one],
         "more": how many of both are not listed}
        `type` is null for a target that the branch does not hold.

    GET entity/{id}/series?attribute=&from=&to=&last=    (from, to, last optional; last 1 … 10000: the newest points;
                                                          `more` says how many older ones were left out)
        {id, attribute, label: pair, unit, kind: "observations" | "versions",
         points: [{at, value, status, transaction?, valid?}],     oldest first
         more: number | null (some, nobody counted), usualIntervalS: number | null, stale: true | false | null,
         staleAfterS: number | null, staleReason: pair | null, source: pair | null,
         address: text | null of the newest value}
        versions: `at` is when it was recorded, `valid` the time that the value stands for ("2020"), `transaction` the
        number; staleness is null. A value taken away is a point with value null.

    GET live?types=AirQualityObserved,WeatherObserved    (types optional; at most 5,000 sensors)
        {now, more, sensors: [{id, type, label: pair of the type, name: pair | null, lon, lat,
            place: {id, name: pair | null} | null,           what it refers to (refRoadSegment, refPlace), if anything
            readings: [{attribute, label: pair, unit, value, at, status, stale, staleAfterS, staleReason: pair}]}]}
        Only numbers, words and true or false with a moment, of observed entities with a place: their own, else the
        middle of what they refer to.

    GET layers/{layer}/moments
        [{attribute, label: pair, unit, kind: "observations" | "versions", features, from, to, usualIntervalS | null,
          status, via: null | "refRoadSegment" | "refPlace" | …}]
        Which attributes of a layer can be asked for at moments (`values?at=`, `frames`), most features first. `via`:
        the readings are of observed entities that refer to the features.

    GET layers/{layer}/values?attribute=&at=     (at optional)
        {ids, values, names, addresses: [...] | null, unit, period, status, source: pair | null}     as ever, and
        with `at`, or for an attribute that is read `via` others, also
        {at, label: pair, kind: "observations" | "versions", via: text | null, method: pair,
         observedAt: [moment | null] | null}    and addresses: null
        observations: the last reading at or before `at` (now, if left out) that is not stale then; versions: what the
        city said at that moment (its record, not the period the value stands for).

    GET layers/{layer}/frames?attribute=&from=&to=&steps=    (from, to optional: all there is; steps 1 … 200, optional:
                                                              24; at most 4,000,000 values in one answer)
        {attribute, label: pair, unit, kind, via, times: [moment], ids, values: [[value per id] per time],
         low, high: number | null over all times, status, source: pair | null, method: pair}
        `times` are evenly spread and hold both ends; ids are those of the layer as it is now, for which some moment has
        a value. A page that shows a layer of many features asks for fewer steps.

    GET results
        [{id, model, modelTitle: pair, run: address part | null, title: pair, kind: "places" | "flows" | "grid",
          indicator: id | null, label: pair, unit, status, address: text | null, recordedAt: moment | null,
          given: {parameter: value}, frames: [{label: pair, at?: text}] | null}]
        Runs recorded on this branch that say something about places, newest first, then "live:<attribute>" for every
        quantity of air and weather that three or more stations with a place read now. frames null: one frame.

    GET results/{id}                              (the id as given, percent-encoded)
        every kind: id, kind, title, label, unit, status, source: pair | null, note: pair | null, frames, low, high,
                    address | null
        places: {ids, names: [pair], values: [[value per id] per frame]}
        flows:  {ends: {id: {name: pair, lon, lat}}, flows: [{from, to, values: [value per frame]}]}
        grid:   {west, south, east, north, columns, rows, values: [[row-major from the north-west] per frame]}

Refused, with what to do: an unknown layer, attribute, entity or result (404); `from` after `to`, steps or limits out of
bounds, a moment without a zone, too many values asked for at once (400).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from madang import clock
from madang.errors import CallerError, NotFoundError
from madang.twin import frames as framing
from madang.twin.frames import Frames
from madang.twin.layers import layer_values
from madang.twin.live import live
from madang.twin.moments import moments
from madang.twin.naming import label_of_attribute
from madang.twin.related import MOST_RELATED, related
from madang.twin.results import result, results
from madang.twin.search import MOST_HITS, search
from madang.twin.series import MOST_POINTS, series
from madang.web.api.door import Asked, Door, Table

ROOT = "/api/cities/{tenant}"


def routes(door: Door) -> Table:
    """The paths of this room."""
    entity, layer = ROOT + "/entity/{id}", ROOT + "/layers/{layer}"
    span = ("attribute", "from", "to")
    return [
        ("GET", ROOT + "/search", door.reads(found, parameters=("text", "limit"))),
        ("GET", entity + "/related", door.reads(relationships, parameters=("limit",))),
        ("GET", entity + "/series", door.reads(history, parameters=(*span, "last"))),
        ("GET", ROOT + "/live", door.reads(latest, parameters=("types",))),
        ("GET", layer + "/moments", door.reads(times)),
        ("GET", layer + "/values", door.reads(values, parameters=("attribute", "at"))),
        ("GET", layer + "/frames", door.reads(steps_of, parameters=(*span, "steps"))),
        ("GET", ROOT + "/results", door.reads(everything_run)),
        ("GET", ROOT + "/results/{result}", door.reads(one_run)),
    ]


def found(asked: Asked) -> list[dict[str, Any]]:
    """What a text may mean."""
    limit = _number(asked, "limit", 20, MOST_HITS)
    hits = search(asked.city.store, asked.city.branch_name, asked.parameters.get("text", ""), limit=limit)
    return [hit.as_json() for hit in hits]


def relationships(asked: Asked) -> dict[str, Any]:
    """What an entity refers to, and what refers to it."""
    limit = _number(asked, "limit", 50, MOST_RELATED)
    return related(asked.city.store, asked.city.branch_name, asked.parts["id"], limit=limit).as_json()


def history(asked: Asked) -> dict[str, Any]:
    """An attribute's readings or versions."""
    last = _number(asked, "last", 0, MOST_POINTS) or None
    since, until = _moment(asked, "from"), _moment(asked, "to")
    attribute, id = _attribute(asked), asked.parts["id"]
    city = asked.city
    return series(city.store, city.branch_name, id, attribute, since=since, until=until, last=last).as_json()


def latest(asked: Asked) -> dict[str, Any]:
    """What sensors read now."""
    named = asked.parameters.get("types")
    types = None if named is None else [name.strip() for name in named.split(",") if name.strip()]
    return live(asked.city.store, asked.city.branch_name, types=types).as_json()


def times(asked: Asked) -> list[dict[str, Any]]:
    """What of a layer can be shown over time."""
    found = moments(asked.city.store, asked.city.branch_name, asked.parts["layer"])
    return [one.as_json() for one in found]


def values(asked: Asked) -> dict[str, Any]:
    """An attribute of a layer, now as its features say it, or at a moment."""
    city, layer, attribute, at = asked.city, asked.parts["layer"], _attribute(asked), _moment(asked, "at")
    if at is None:
        try:
            return layer_values(city.store, city.branch_name, layer, attribute).as_json()
        except NotFoundError as unknown:
            if unknown.code != "twin.attribute-unknown":
                raise
    moment = at or clock.now()
    return _at(framing.frame_at(city.store, city.branch_name, layer, attribute, moment), moment)


def steps_of(asked: Asked) -> dict[str, Any]:
    """An attribute of a layer at several moments."""
    steps = _number(asked, "steps", framing.USUAL_STEPS, framing.MOST_STEPS)
    since, until = _moment(asked, "from"), _moment(asked, "to")
    city, layer = asked.city, asked.parts["layer"]
    attribute = _attribute(asked)
    return framing.frames(
        city.store, city.branch_name, layer, attribute, since=since, until=until, steps=steps
    ).as_json()


def everything_run(asked: Asked) -> list[dict[str, Any]]:
    """What recorded runs, and sensors now, say about places."""
    return [one.as_json() for one in results(asked.city.store, asked.city.branch_name)]


def one_run(asked: Asked) -> dict[str, Any]:
    """One result with its values."""
    return result(asked.city.store, asked.city.branch_name, asked.parts["result"])


# --- inside -----------------------------------------------------------------------------------------------------------


def _at(frame: Frames, at: datetime) -> dict[str, Any]:
    """One frame in the shape of a layer's values."""
    read = frame.observed_at
    return {
        "ids": frame.ids,
        "values": frame.values[0],
        "names": frame.names,
        "addresses": None,
        "unit": frame.unit,
        "period": None,
        "status": frame.status,
        "source": frame.source,
        "at": clock.to_text(at),
        "label": label_of_attribute(frame.attribute),
        "kind": frame.kind,
        "via": frame.via,
        "method": frame.method,
        "observedAt": None if read is None else [None if one is None else clock.to_text(one) for one in read[0]],
    }


def _attribute(asked: Asked) -> str:
    if not asked.parameters.get("attribute"):
        raise CallerError("web.parameter-missing", parameter="attribute", expected="the name of an attribute")
    return asked.parameters["attribute"]


def _number(asked: Asked, name: str, usual: int, most: int) -> int:
    """A whole number from 1 to `most`; the usual one where none is given."""
    given = asked.parameters.get(name)
    if given is None:
        return usual
    if not (given.isascii() and given.isdigit() and len(given) < 10 and 1 <= int(given) <= most):
        expected = f"a whole number from 1 to {most}"
        raise CallerError("web.parameter-value", parameter=name, value=given[:40], expected=expected)
    return int(given)


def _moment(asked: Asked, name: str) -> datetime | None:
    """A moment with its zone, or None where none is given."""
    given = asked.parameters.get(name)
    if given is None:
        return None
    try:
        return clock.from_text(given)
    except (ValueError, OverflowError):
        expected = "a moment with its zone, such as 2026-08-16T09:45:00Z"
        raise CallerError("web.parameter-value", parameter=name, value=given[:40], expected=expected) from None
