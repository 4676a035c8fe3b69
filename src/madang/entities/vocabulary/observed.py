"""What sensors say: attribute values with observedAt become rows of a series, not versions of a document."""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.terms import SDM, AttributeInfo, TypeInfo, attribute, entity_type, reference

_AIR, _WEATHER, _TRAFFIC, _DEVICE = (
    SDM + f"dataModel.{name}/" for name in ("Environment", "Weather", "Transportation", "Device")
)
_GAS = "GQ"


def _air(name: str, ko: str, en: str, unit: str | None) -> AttributeInfo:
    return attribute(name, ko, en, unit=unit, iri=_AIR + name)


def _weather(name: str, ko: str, en: str, unit: str | None) -> AttributeInfo:
    return attribute(name, ko, en, unit=unit, iri=_WEATHER + name)


def _traffic(name: str, ko: str, en: str, unit: str | None) -> AttributeInfo:
    return attribute(name, ko, en, unit=unit, iri=_TRAFFIC + name)


def _observed(name: str, ko: str, en: str, attributes: list[AttributeInfo], iri: str | None = None) -> TypeInfo:
    where = [a.NAME, a.LOCATION, a.DATE_OBSERVED, a.REF_DEVICE, a.REF_PLACE]
    every = [*where, *attributes, *a.PROVENANCE, a.STALE_AFTER, a.REF_CITY]
    return entity_type(name, ko, en, every, scope="observed", iri=iri)


TEMPERATURE = _weather("temperature", "기온", "Temperature", "CEL")
HUMIDITY = _weather("relativeHumidity", "상대습도", "Relative humidity", "C62")

TYPES = [
    _observed(
        "AirQualityObserved",
        "대기질 관측",
        "Air quality",
        [
            _air("pm10", "미세먼지(PM10)", "PM10", _GAS),
            _air("pm25", "초미세먼지(PM2.5)", "PM2.5", _GAS),
            _air("o3", "오존", "Ozone", "59"),
            _air("no2", "이산화질소", "Nitrogen dioxide", "59"),
            _air("so2", "아황산가스", "Sulphur dioxide", "59"),
            _air("co", "일산화탄소", "Carbon monoxide", "59"),
            _air("co2", "이산화탄소", "Carbon dioxide", "59"),
            _air("airQualityIndex", "통합대기환경지수", "Air quality index", "C62"),
            TEMPERATURE,
            HUMIDITY,
        ],
        iri=_AIR + "AirQualityObserved",
    ),
    _observed(
        "WeatherObserved",
        "기상 관측",
        "Weather",
        [
            TEMPERATURE,
            HUMIDITY,
            _weather("atmosphericPressure", "기압", "Atmospheric pressure", "A97"),
            _weather("windSpeed", "풍속", "Wind speed", "MTS"),
            _weather("windDirection", "풍향", "Wind direction", "DD"),
            _weather("precipitation", "강수량", "Precipitation", "MMT"),
            _weather("solarRadiation", "일사", "Solar radiation", "D54"),
            _weather("illuminance", "조도", "Illuminance", "LUX"),
            _weather("snowHeight", "적설", "Snow depth", "CMT"),
        ],
        iri=_WEATHER + "WeatherObserved",
    ),
    _observed(
        "TrafficFlowObserved",
        "교통류 관측",
        "Traffic flow",
        [
            _traffic("intensity", "교통량", "Vehicles counted", "{vehicle}"),
            _traffic("averageVehicleSpeed", "평균 속도", "Average speed", "KMH"),
            _traffic("occupancy", "점유율", "Occupancy", "C62"),
            _traffic("congested", "혼잡 여부", "Congested", None),
            attribute("congestionGrade", "혼잡 등급", "Congestion grade"),
            attribute("travelTime", "통행시간", "Travel time", unit="SEC"),
            reference("refRoadSegment", "도로 구간", "Road segment", iri=_TRAFFIC + "refRoadSegment"),
        ],
        iri=_TRAFFIC + "TrafficFlowObserved",
    ),
    _observed(
        "Device",
        "장치",
        "Device",
        [
            a.CATEGORY,
            attribute("batteryLevel", "배터리 잔량", "Battery level", unit="C62", iri=_DEVICE + "batteryLevel"),
            attribute("controlledProperty", "측정 항목", "Measured property", iri=_DEVICE + "controlledProperty"),
            attribute("deviceState", "장치 상태", "State of the device", iri=_DEVICE + "deviceState"),
            attribute("serialNumber", "일련번호", "Serial number", iri=_DEVICE + "serialNumber"),
        ],
        iri=_DEVICE + "Device",
    ),
    _observed("Observation", "관측", "Observation", [a.VALUE, attribute("quantity", "측정량", "Quantity observed")]),
]
