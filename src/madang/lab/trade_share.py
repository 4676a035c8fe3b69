"""An origin's share of an item in what is imported, from rows of trade: `TradeFlow` by HS item, partner and year.

Only imports count, of the latest year that has any of the item, of one place and one unit of money: the place with the
most money in it, so that a city's own rows and the country's are never added up. HS codes match from the left: a row
of ten digits belongs to its item of six. A partner matches by code or by name, Korean or English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from madang.entities.entity import Document, instance_of, provenance_of, value_of
from madang.errors import Pair, both

# Partners as customs data and as people write them; whatever stands here under one code is one country.
PARTNERS: Mapping[str, tuple[str, ...]] = {
    "JP": ("JPN", "일본", "Japan"),
    "CN": ("CHN", "중국", "China"),
    "US": ("USA", "미국", "United States", "United States of America"),
    "DE": ("DEU", "독일", "Germany"),
    "TW": ("TWN", "대만", "Taiwan"),
    "NL": ("NLD", "네덜란드", "Netherlands"),
    "VN": ("VNM", "베트남", "Viet Nam", "Vietnam"),
    "SG": ("SGP", "싱가포르", "Singapore"),
    "BE": ("BEL", "벨기에", "Belgium"),
    "FR": ("FRA", "프랑스", "France"),
    "GB": ("GBR", "영국", "United Kingdom"),
    "AU": ("AUS", "호주", "Australia"),
    "CL": ("CHL", "칠레", "Chile"),
    "IN": ("IND", "인도", "India"),
    "ID": ("IDN", "인도네시아", "Indonesia"),
    "MY": ("MYS", "말레이시아", "Malaysia"),
    "RU": ("RUS", "러시아", "Russia", "Russian Federation"),
    "UA": ("UKR", "우크라이나", "Ukraine"),
}
_CODE = {name.casefold(): code for code, names in PARTNERS.items() for name in (code, *names)}


@dataclass(frozen=True)
class TradeShare:
    """A share with the year, unit and amounts it comes from, and the address of every row of the origin."""

    value: float
    year: int
    unit: str
    amount: float
    whole: float
    rows: int
    addresses: tuple[str, ...]
    sources: tuple[str, ...]
    statuses: tuple[str, ...]
    said: Pair

    def as_json(self) -> dict[str, Any]:
        """The share as plain JSON values."""
        return {name: list(one) if isinstance(one, tuple) else one for name, one in vars(self).items()}


def trade_share(
    flows: Sequence[Document], *, hs: str, origin: str, address_of: Callable[[str, str], str]
) -> TradeShare | None:
    """The share of an origin in imports of an item; None where no row of the item names it, or none has money.

    An origin that no row names is not taken as zero: its name may only be written otherwise.
    """
    mine = [one for one in flows if _is_import_of(one, hs)]
    years = [int(value_of(one, "year")) for one in mine]
    if not years:
        return None
    latest = [one for one, year in zip(mine, years, strict=True) if year == max(years)]
    groups: dict[tuple[str, str], list[Document]] = {}
    for one in latest:
        place = value_of(one, "refPlace") or value_of(one, "placeName") or ""
        unit = (instance_of(one, "amount") or {}).get("unitCode") or ""
        groups.setdefault((str(place), str(unit)), []).append(one)
    (_, unit), rows = max(groups.items(), key=lambda item: (sum(_amount(one) for one in item[1]), item[0]))
    whole = sum(_amount(one) for one in rows)
    theirs = [one for one in rows if _code(value_of(one, "partner")) == _code(origin)]
    if whole <= 0 or not theirs:
        return None
    amount = sum(_amount(one) for one in theirs)
    told = [provenance_of(one, "amount") for one in rows]
    return TradeShare(
        amount / whole,
        max(years),
        unit,
        amount,
        whole,
        len(rows),
        tuple(address_of(one["id"], "amount") for one in theirs),
        tuple(sorted({one.source for one in told if one.source})),
        tuple(sorted({one.status for one in told if one.status})),
        both("supply_shock.share-from-trade", origin=origin, hs=hs, year=max(years), rows=len(rows)),
    )


def _is_import_of(one: Document, hs: str) -> bool:
    digits = str(value_of(one, "hsCode") or "").replace(".", "")
    known = value_of(one, "flow") == "import" and value_of(one, "year") is not None
    return known and bool(hs) and digits.startswith(hs) and _amount(one) >= 0


def _amount(one: Document) -> float:
    return float(value_of(one, "amount") or 0.0)


def _code(partner: object) -> str:
    name = str(partner or "").strip().casefold()
    return _CODE.get(name, name)
