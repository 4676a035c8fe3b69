"""What a feed says of itself, checked once when it comes in: protocol, address, secrets by reference, rules, rate.

A secret never stands in a city file. It is named: `env:MADANG_FEED_…` is a variable of the server's environment, and
`file:NAME` a file in the folder that the variable MADANG_SECRETS names. Other variables and folders can't be named, so
whoever may add a feed can't have the server hand out what was not meant for feeds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from madang.entities import vocabulary
from madang.entities.entity import is_name, is_uri
from madang.entities.units import is_unit
from madang.errors import DataError, FileError
from madang.sources.feeds import paths
from madang.sources.feeds.fields import Fields
from madang.sources.feeds.moments import FORMS, When
from madang.sources.feeds.rules import NOT_MEASURED, Condition, Place, Rule, Value

PROTOCOLS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "mqtt": (("mqtt", "mqtts"), 1883),
    "opcua": (("opc.tcp",), 4840),
    "modbus": (("modbus",), 502),
    "http": (("http", "https"), 80),
}
PAYLOADS = ("json", "sparkplug", "chirpstack", "tts", "onem2m")
MOST_RULES, MOST_VALUES = 64, 256
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SECRET = re.compile(r"env:MADANG_FEED_[A-Z0-9_]+|file:[A-Za-z0-9][A-Za-z0-9._-]*")
_SECRETIVE = re.compile(r"key|token|password|passwd|secret", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed, as it was said and as its connector needs it."""

    id: str
    protocol: str
    address: str
    host: str
    port: int
    rules: tuple[Rule, ...]
    secrets: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)  # what only one protocol knows
    paused: bool = False
    future_s: float = 300.0
    most_entities: int = 200_000

    def secret(self, name: str) -> str | None:
        """A secret's text, looked up now; None where the feed names none of that name."""
        return None if name not in self.secrets else resolved(self.secrets[name])


FEED_FIELDS = ("protocol", "address", "secrets", "rules", "paused", "futureS", "title", "options", "mostEntities")


def check_name(name: str) -> str:
    """A feed's name, if it can be one."""
    if not _NAME.fullmatch(name):
        raise DataError("feeds.name", name=name[:80])
    return name


def feed_of(id: str, doc: Mapping[str, Any]) -> Feed:
    """The feed that a description says, or a DataError naming the field that is wrong."""
    check_name(id)
    said = Fields(doc, "", FEED_FIELDS)
    protocol = said.one_of("protocol", tuple(PROTOCOLS))
    address = said.text("address")
    host, port = _where(address, protocol)
    secrets = said.words("secrets")
    for name, reference in secrets.items():
        if not _SECRET.fullmatch(reference):
            raise DataError("feeds.secret-in-plain", field=f"secrets.{name}")
    rules = tuple(_rule(one, f"rules[{at}]") for at, one in enumerate(said.list("rules", most=MOST_RULES)))
    options = said.any("options", {})
    if not isinstance(options, dict):
        raise said.wrong("options", "an object of fields")
    _no_plain_secrets(options, "options")
    return Feed(
        id, protocol, address, host, port, rules, secrets, options,
        paused=said.any("paused", False) is True, future_s=said.number("futureS", 300, low=0, high=86400 * 31),
        most_entities=said.whole("mostEntities", 200_000, low=1, high=10_000_000),
    )  # fmt: skip


def resolved(reference: str) -> str:
    """The text behind a reference; a FileError where it can't be had now."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        found = os.environ.get(name)
        if not found:
            raise FileError("feeds.no-secret", reference=reference)
        return found
    folder = os.environ.get("MADANG_SECRETS")
    if not folder:
        raise FileError("feeds.no-secrets-folder", reference=reference)
    try:
        return (FilePath(folder) / name).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise FileError("feeds.no-secret", reference=reference) from None


def _where(address: str, protocol: str) -> tuple[str, int]:
    schemes, usual = PROTOCOLS[protocol]
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in schemes:
        raise DataError("feeds.address", address=address[:200], schemes=", ".join(f"{one}://" for one in schemes))
    if parts.username or parts.password or any(_SECRETIVE.search(name) for name, _ in parse_qsl(parts.query)):
        raise DataError("feeds.secret-in-plain", field="address")
    secure = {"mqtts": 8883, "https": 443}
    return host, port or secure.get(parts.scheme, usual)


def _no_plain_secrets(found: Any, place: str) -> None:
    """Refuse what looks like a key in plain text; `secret:name` stands for one."""
    if isinstance(found, dict):
        for name, value in found.items():
            at = f"{place}.{name}"
            if isinstance(value, str) and _SECRETIVE.search(str(name)) and not value.startswith("secret:"):
                raise DataError("feeds.secret-in-plain", field=at)
            _no_plain_secrets(value, at)
    elif isinstance(found, list):
        for number, value in enumerate(found):
            _no_plain_secrets(value, f"{place}[{number}]")


# --- rules -----------------------------------------------------------------------------------------------------------

RULE_FIELDS = (
    "topics", "each", "when", "id", "type", "name", "location", "refs", "time", "values", "source", "status",
    "expectedS", "staleFactor",
)  # fmt: skip
VALUE_FIELDS = ("path", "unit", "kind", "scale", "offset", "low", "high", "missing", "words", "when", "time")
TIME_FIELDS = ("path", "form", "zone", "shiftS")


def _rule(found: Any, place: str) -> Rule:
    said = Fields(found, place, RULE_FIELDS)
    kind = said.text("type")
    if vocabulary.scope_of(kind) != "observed":
        known = ", ".join(info.name for info in vocabulary.all_types() if info.scope == "observed")
        raise DataError("feeds.type-not-observed", field=said.at("type"), type=kind, known=known)
    source = said.maybe("source")
    if source is not None and not is_uri(source):
        raise said.wrong("source", "the id of a Dataset, such as urn:ngsi-ld:Dataset:seongnam:air")
    values = said.any("values")
    if not isinstance(values, dict) or not 0 < len(values) <= MOST_VALUES:
        raise said.wrong("values", "attributes by name, each with its path")
    refs = said.words("refs")
    for template in (said.text("id"), said.any("name", ""), *refs.values()):
        _check_template(str(template))
    return Rule(
        id=said.text("id"),
        type=kind,
        values=tuple(_value(name, one, f"{said.at('values')}.{name}") for name, one in values.items()),
        time=_when(said.any("time"), said.at("time")),
        topics=said.texts("topics"),
        each=paths.path(said.text("each")) if said.has("each") else None,
        when=_conditions(said, "when"),
        name=said.maybe("name"),
        place=_place(said),
        refs=refs,
        source=source,
        status=said.one_of("status", ("observed", "estimated", "synthetic"), "observed"),
        expected_s=said.number("expectedS", 60, low=0.1, high=86400 * 366) if said.has("expectedS") else None,
        stale_factor=said.number("staleFactor", 3, low=1, high=1000),
    )


def _value(name: str, found: Any, place: str) -> Value:
    if isinstance(found, str):
        found = {"path": found}
    if not is_name(name):
        raise DataError("feeds.field", field=place, expected="the name of an attribute")
    said = Fields(found, place, VALUE_FIELDS)
    unit = said.maybe("unit")
    info = vocabulary.attribute_info(name)
    if unit is None and info is not None:
        unit = info.unit
    if unit is not None and not is_unit(unit):
        raise said.wrong("unit", "a unit code such as CEL, GQ, KMH")
    words = said.any("words")
    if words is not None and not isinstance(words, dict):
        raise said.wrong("words", "an object: what stands there, what it means")
    kind = said.one_of("kind", ("number", "text", "boolean"), "number")
    return Value(
        attribute=name,
        path=paths.path(said.text("path")),
        unit=unit if kind == "number" else None,
        kind=kind,
        scale=said.number("scale", 1, low=-1e12, high=1e12),
        offset=said.number("offset", 0, low=-1e12, high=1e12),
        low=said.limit("low"),
        high=said.limit("high"),
        missing=tuple(str(one) for one in said.any("missing", ())) + NOT_MEASURED,
        words=words,
        when=_conditions(said, "when"),
        time=_when(found.get("time"), said.at("time")) if said.has("time") else None,
    )


def _conditions(said: Fields, name: str) -> tuple[Condition, ...]:
    found = said.any(name, {})
    if not isinstance(found, dict):
        raise said.wrong(name, "an object: a path, and what must stand there (a word, a list of words, or true)")
    made = []
    for text, wanted in found.items():
        among = (
            None if wanted is True else tuple(str(one) for one in (wanted if isinstance(wanted, list) else [wanted]))
        )
        made.append(Condition(paths.path(str(text)), among))
    return tuple(made)


def _when(found: Any, place: str) -> When:
    if found is None:
        return When()
    if isinstance(found, str):
        found = {"path": found}
    said = Fields(found, place, TIME_FIELDS)
    form, zone = said.any("form", "iso"), said.maybe("zone")
    if form not in FORMS and "%" not in str(form):
        raise said.wrong("form", "iso | s | ms | us | a pattern such as %Y%m%d %H%M")
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise said.wrong("zone", "a time zone such as Asia/Seoul") from None
    steps = tuple(paths.path(text) for text in said.texts("path"))
    return When(steps, str(form), zone, said.number("shiftS", 0, low=-86400, high=86400))


def _place(said: Fields) -> Place | None:
    found = said.any("location")
    if found is None:
        return None
    if isinstance(found, dict) and set(found) == {"lon", "lat"}:
        found = [found["lon"], found["lat"]]
    if not isinstance(found, list) or len(found) != 2:
        raise said.wrong("location", "[lon, lat], as numbers or as paths")
    lon, lat = (paths.path(one) if isinstance(one, str) else one for one in found)
    if not all(isinstance(one, tuple | int | float) for one in (lon, lat)):
        raise said.wrong("location", "[lon, lat], as numbers or as paths")
    return Place(*(one if isinstance(one, tuple) else float(one) for one in (lon, lat)))


def _check_template(text: str) -> None:
    for name in paths.names_in(text):
        if name.startswith("$"):
            paths.path(name)
