"""Cayenne LPP (Low Power Payload, versions 1 and 2): channel, kind, value, again and again.

Gives {"<kind>_<channel>": value}, as "temperature_1", "gps_3". A kind that is not known can't be stepped over, since
only its table entry would say how long it is.
"""

from __future__ import annotations

from typing import Any

from madang.errors import DataError

# code: name, size of one number, signed, divisor, how many numbers
_KINDS: dict[int, tuple[str, int, bool, float, int]] = {
    0: ("digitalInput", 1, False, 1, 1),
    1: ("digitalOutput", 1, False, 1, 1),
    2: ("analogInput", 2, True, 100, 1),
    3: ("analogOutput", 2, True, 100, 1),
    100: ("generic", 4, False, 1, 1),
    101: ("luminosity", 2, False, 1, 1),
    102: ("presence", 1, False, 1, 1),
    103: ("temperature", 2, True, 10, 1),
    104: ("humidity", 1, False, 2, 1),
    113: ("accelerometer", 2, True, 1000, 3),
    115: ("pressure", 2, False, 10, 1),
    116: ("voltage", 2, False, 100, 1),
    117: ("current", 2, False, 1000, 1),
    118: ("frequency", 4, False, 1, 1),
    120: ("percentage", 1, False, 1, 1),
    121: ("altitude", 2, True, 1, 1),
    125: ("concentration", 2, False, 1, 1),
    128: ("power", 2, False, 1, 1),
    130: ("distance", 4, False, 1000, 1),
    131: ("energy", 4, False, 1000, 1),
    132: ("direction", 2, False, 1, 1),
    133: ("unixTime", 4, False, 1, 1),
    134: ("gyrometer", 2, True, 100, 3),
    135: ("colour", 1, False, 1, 3),
    142: ("switch", 1, False, 1, 1),
}
_GPS = 136


def decode(data: bytes) -> dict[str, Any]:
    """The values in some bytes by kind and channel."""
    made: dict[str, Any] = {}
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise DataError("feeds.no-cayenne", why="cut short")
        channel, code = data[at], data[at + 1]
        at += 2
        if code == _GPS:
            lat, lon, height = (_number(data, at + 3 * i, 3, signed=True) for i in range(3))
            made[f"gps_{channel}"] = {"latitude": lat / 1e4, "longitude": lon / 1e4, "altitude": height / 100}
            at += 9
            continue
        if code not in _KINDS:
            raise DataError("feeds.no-cayenne", why=f"kind {code} is not known")
        name, size, signed, divisor, count = _KINDS[code]
        numbers = [_number(data, at + size * i, size, signed=signed) for i in range(count)]
        values = [number if divisor == 1 else number / divisor for number in numbers]
        made[f"{name}_{channel}"] = values[0] if count == 1 else values
        at += size * count
    return made


def _number(data: bytes, at: int, size: int, *, signed: bool) -> int:
    if at + size > len(data):
        raise DataError("feeds.no-cayenne", why="cut short")
    return int.from_bytes(data[at : at + size], "big", signed=signed)
