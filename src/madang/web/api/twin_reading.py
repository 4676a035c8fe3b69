"""What the 3D viewer reads besides tiles: search, relationships, series, live values, time frames, results on the map.

Everything below /api/cities/{tenant}, role read. `{tenant}` is a city or city~branch. A *pair* is {"ko": …, "en": …}.
Moments are ISO 8601 with a zone (2026-08-16T09:45:00Z, +09:00 with its + as %2B). `status` is observed | estimated |
synthetic | null (nobody stated it). Unknown values are null, never 0. Lists in one answer that stand side by side
(`ids`, `values`) have one entry a feature in the same order. Answers are gzipped where the client takes that.

    GET search?text=&limit=20                    (limit 1 … 100)
        [{id, type, label: pair of the type, name: pair | null, address: text | null, lon, lat: number | null,
          matched: "name" | "address" | "code" | "id"}]
        Exact before prefix before inside; places and buildings before observations and records. Spaces, hyphens and
        capitals do not count; ㅅㅍㄷ finds 삼평동. An empty text finds nothing.

    GET entity/{id}/related?limit=50             (limit 1 … 500, of the `in` list)
        {"out": [{attribute, label: pair, id, name: pair | null, type: text | null, typeLabel: pair | null}],
         "in": [same: `attribute` is the one by which the other entity refers to this one],
         "more": how many of `in` are not listed}
        `type` is null for a target that the branch does not hold.

    GET entity/{id}/series?attribute=&from=&to=&last=    (from, to, last optional; last 1 … 10000; at most 10,000 points,
                                                          the newest; `more` says how many older ones were left out)
        {id, attribute, label: pair, unit, kind: "observations" | "versions",
         points: [{at, value, status, transaction?, valid?}],     oldest first
         more, usualIntervalS: number | null, stale: true | false | null, staleAfterS: number | null,
         staleReason: pair | null, source: pair | null, address: text | null of the newest value}
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
        {at, label: pair, kind: "observations" | "versions", via: text | null, method: pair, observedAt: [moment | null],
         without addresses where there are none}
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
        attribute that three or more sensors with a place read now. frames null: one frame.

    GET results/{id}                              (the id as given, percent-encoded)
        every kind: id, kind, title, label, unit, status, source: pair | null, note: pair | null, frames, low, high,
                    address | null
        places: {ids, names: [pair], values: [[value per id] per frame]}
        flows:  {ends: {id: {name: pair, lon, lat}}, flows: [{from, to, values: [value per frame]}]}
        grid:   {west, south, east, north, columns, rows, values: [[row-major from the north-west] per frame]}

Refused, with what to do: an unknown layer, attribute, entity or result (404); `from` after `to`, steps or limits out of
bounds, a moment without a zone, too many values asked for at once (400).
"""
