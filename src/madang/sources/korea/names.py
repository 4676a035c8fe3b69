"""Names and units of the census file in Madang's words: table slugs, unit codes; items are named by the vocabulary.

Money becomes whole won. The fertility `total` is a rate in births per woman, whatever the file's unit column says.
"""

from __future__ import annotations

import re
from functools import cache

_UNITS = {
    "persons": "IE",
    "households": "{household}",
    "count": "C62",
    "million KRW": "KRW",
    "percent": "P1",
    "square meters": "MTK",
    "meters": "MTR",
    "m3_day": "G52",
    "kg_day": "F30",
    "births per 1000": "[ppth]",
    "births": "C62",
    "per 100k population": "10*-5",
}
_COUNTED_IN = {
    "economy/company": "{company}",
    "housing/housing-types": "{dwelling}",
    "housing/vacant-housing": "{dwelling}",
    "housing/census-housing-totals": "{dwelling}",
    "welfare/facilities": "{facility}",
    "landuse/park": "{facility}",
    "landuse/greenspace": "{facility}",
    "migration/marital": "IE",
}
WON_PER_MILLION = 1_000_000


@cache
def table_slug(table: tuple[str, str]) -> str:
    """('population', 'all households') -> 'population/all-households'."""
    return "/".join(re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-") for word in table)


@cache
def unit_code(table: str, item: str, unit: str) -> str:
    """The unit code of one item of one table."""
    if table == "population/fertility":
        return "{birth}/{woman}" if item == "total" else "[ppth]"
    if unit == "count":
        return _COUNTED_IN.get(table, "C62")
    return _UNITS[unit]
