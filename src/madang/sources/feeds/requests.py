"""What a feed over HTTP asks for: an address, parameters, pages, and at which moments.

Two beats. Without `slots` the address is asked every `everyS`. With `slots` each moment of a service that publishes by
the hour (KMA) or by the five minutes is asked for by itself, `delayS` after it: the last one that came is the feed's
position, so after a pause the moments in between are asked for, as far back as `catchUp` allows, and none twice.

Parameters are texts in which `{slot:%Y%m%d}` is the moment in the service's zone, and `secret:name` a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from madang.errors import DataError
from madang.sources.feeds.description import Feed
from madang.sources.feeds.fields import Fields
from madang.sources.feeds.paths import Path, path
from madang.sources.feeds.rules import Rule

FIELDS = ("everyS", "params", "headers", "format", "envelope", "pages", "slots", "aDay", "each")
SEOUL = "Asia/Seoul"
MOST_PAGES = 1_000
_SLOT = re.compile(r"\{slot:([^{}]+)\}")
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Pages:
    """How an answer in pages is asked for: the parameters' names, the size, and where the total stands."""

    number: str
    size_name: str
    size: int
    total: Path | None
    first: int = 1


@dataclass(frozen=True, slots=True)
class Slots:
    """Moments that a service publishes for, each asked for by itself."""

    every_s: int
    delay_s: int
    catch_up: int
    zone: ZoneInfo

    def due(self, position: datetime | None, now: datetime) -> Iterator[datetime]:
        """The moments that can be asked for now and are after the position, oldest first."""
        newest = _floor(now - timedelta(seconds=self.delay_s), self.every_s, self.zone)
        oldest = newest - timedelta(seconds=self.every_s * (self.catch_up if position is not None else 0))
        at = oldest if position is None else max(oldest, position + timedelta(seconds=self.every_s))
        while at <= newest:
            yield at
            at += timedelta(seconds=self.every_s)

    def next_after(self, now: datetime) -> datetime:
        """When the next moment can be asked for."""
        newest = _floor(now - timedelta(seconds=self.delay_s), self.every_s, self.zone)
        return newest + timedelta(seconds=self.every_s + self.delay_s)


@dataclass(frozen=True, slots=True)
class Request:
    """All that a polling feed needs to know."""

    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    form: str
    envelope: str
    every_s: float
    pages: Pages | None
    slots: Slots | None
    a_day: int | None
    zone: ZoneInfo
    rules: tuple[Rule, ...]

    def address(self, secrets: Mapping[str, str], *, page: int | None = None, slot: datetime | None = None) -> str:
        """The address of one request. A key that was percent-encoded by the portal already is not encoded again."""
        parts = []
        for name, text in self.params.items():
            value = self._filled(text, slot)
            if value.startswith("secret:"):
                key = secrets[value.removeprefix("secret:")]
                parts.append(f"{quote(name)}={key if re.search('%[0-9A-Fa-f]{2}', key) else quote(key, safe='')}")
            else:
                parts.append(urlencode({name: value}))
        if self.pages is not None and page is not None:
            parts.append(urlencode({self.pages.number: page, self.pages.size_name: self.pages.size}))
        url = self._filled(self.url, slot)
        for name, key in secrets.items():  # services that want their key within the path
            url = url.replace(f"secret:{name}/", f"{quote(key, safe='')}/")
        return url + ("&" if urlsplit(url).query else "?") + "&".join(parts) if parts else url

    def heads(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """The headers with their secrets."""
        return {
            name: secrets[text.removeprefix("secret:")] if text.startswith("secret:") else text
            for name, text in self.headers.items()
        }

    def _filled(self, text: str, slot: datetime | None) -> str:
        if slot is None:
            return text
        local = slot.astimezone(self.slots.zone if self.slots else UTC)
        return _SLOT.sub(lambda found: local.strftime(found[1]), text)


def request_of(feed: Feed) -> Request:
    """What the options of a feed say, checked."""
    said = Fields(feed.options, "options", FIELDS)
    envelope = said.one_of("envelope", ("plain", "korean"), "plain")
    params, headers = said.words("params"), said.words("headers")
    for text in (*params.values(), *headers.values()):
        name = text.removeprefix("secret:")
        if text.startswith("secret:") and name not in feed.secrets:
            raise DataError("feeds.field", field=f"secrets.{name}", expected="env:MADANG_FEED_… or file:NAME")
    every = said.number("everyS", 300, low=1, high=_DAY_S * 31)
    zone = ZoneInfo(SEOUL)
    rules = feed.rules
    if said.has("each"):
        rules = tuple(rule if rule.each is not None else replace(rule, each=path(said.text("each"))) for rule in rules)
    if envelope == "korean":  # local time without a zone is what these services write
        rules = tuple(_in_seoul(rule) for rule in rules)
    a_day = said.whole("aDay", 0, low=0, high=10_000_000) or None
    return Request(
        feed.address, params, headers, said.one_of("format", ("json", "xml", "csv"), "json"), envelope, every,
        _pages(said), _slots(said), a_day, zone, rules,
    )  # fmt: skip


def _in_seoul(rule: Rule) -> Rule:
    when = rule.time
    return replace(rule, time=replace(when, zone=SEOUL)) if when.paths and when.zone is None else rule


def _pages(said: Fields) -> Pages | None:
    if not said.has("pages"):
        return None
    one = Fields(said.any("pages"), said.at("pages"), ("number", "sizeName", "size", "total", "first"))
    total = path(one.text("total")) if one.has("total") else None
    return Pages(one.text("number", "pageNo"), one.text("sizeName", "numOfRows"),
                 one.whole("size", 100, low=1, high=10_000), total, one.whole("first", 1, low=0, high=1))  # fmt: skip


def _slots(said: Fields) -> Slots | None:
    if not said.has("slots"):
        return None
    one = Fields(said.any("slots"), said.at("slots"), ("everyS", "delayS", "catchUp", "zone"))
    try:
        zone = ZoneInfo(one.text("zone", SEOUL))
    except (ZoneInfoNotFoundError, ValueError):
        raise one.wrong("zone", "a time zone such as Asia/Seoul") from None
    every = one.whole("everyS", 3600, low=60, high=_DAY_S)
    if _DAY_S % every:
        raise one.wrong("everyS", "seconds that divide a day")
    return Slots(every, one.whole("delayS", 0, low=0, high=_DAY_S), one.whole("catchUp", 24, low=0, high=10_000), zone)


def _floor(at: datetime, every_s: int, zone: ZoneInfo) -> datetime:
    """The last beat at or before a moment, counted from midnight in a zone."""
    local = at.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = int((at - midnight.astimezone(UTC)).total_seconds()) // every_s * every_s
    return (midnight.astimezone(UTC) + timedelta(seconds=passed)).astimezone(UTC)


def next_day(now: datetime, zone: ZoneInfo) -> datetime:
    """The midnight at which a day's quota begins anew."""
    local = now.astimezone(zone)
    return (local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)).astimezone(UTC)


def told(url: str, secrets: Mapping[str, str]) -> str:
    """An address for people: without what follows its question mark, where keys stand, and without keys in its path."""
    shown = url.partition("?")[0]
    for key in secrets.values():
        shown = shown.replace(quote(key, safe=""), "…").replace(key, "…")
    return shown
