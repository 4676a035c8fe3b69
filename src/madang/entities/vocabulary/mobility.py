"""Going about: stations and lines, and what maps say of roads and rails."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import attribute, entity_type, reference

ONE_WAY = attribute("oneWay", "일방통행", "One way")
SURFACE = attribute("surface", "포장", "Surface")
BRIDGE = attribute("bridge", "다리 위", "On a bridge")
TUNNEL = attribute("tunnel", "터널", "In a tunnel")
LAYER = attribute("layer", "층위", "Layer")
NETWORK = attribute("network", "운송망", "Network")
OPERATOR = attribute("operator", "운영자", "Operator")
LINES = attribute("lines", "노선 이름", "Lines by name")
STOP_NUMBER = attribute("stopNumber", "정류장 번호", "Stop number")
WHEELCHAIR = attribute("wheelchair", "휠체어 이용", "Wheelchair access")
PARENT_STATION = reference("refStation", "역·정류장", "Station")
DEPARTURES = attribute(
    "departures", "하루 출발 횟수(요일별)", "Departures a day, by day of the week", kind="JsonProperty"
)

ON_A_ROAD = [ONE_WAY, SURFACE, BRIDGE, TUNNEL, LAYER]

_PLACE = [a.NAME, a.CODE, a.LOCATION, a.CATEGORY]

TYPES = [
    entity_type(
        "Station",
        "역",
        "Station",
        [*_PLACE, a.ADDRESS, OPERATOR, NETWORK, LINES, STOP_NUMBER, WHEELCHAIR, PARENT_STATION, DEPARTURES, a.OSM_TAGS,
         *a.PROVENANCE, a.REF_CITY],
    ),
    entity_type(
        "TransitLine",
        "대중교통 노선",
        "Transit line",
        [
            *_PLACE,
            attribute("routeNumber", "노선 번호", "Route number"),
            attribute("routeType", "GTFS 노선 유형", "GTFS route type"),
            attribute("colour", "색", "Colour"),
            OPERATOR,
            a.LENGTH,
            attribute("tripsByDay", "하루 운행 횟수(요일별)", "Trips a day, by day of the week", kind="JsonProperty"),
            attribute("headway", "평균 배차간격(시간대별)", "Mean headway, by hours", kind="JsonProperty"),
            attribute("weekdayTrips", "평일 운행 횟수", "Trips on a weekday", unit="C62"),
            reference("stops", "정차", "Stops"),
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
]  # fmt: skip
