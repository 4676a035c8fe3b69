"""Where a number comes from, and the same number computed again; the city is the one its address names."""

from __future__ import annotations

from typing import Any

from madang import clock
from madang.city import City
from madang.errors import NotFoundError
from madang.indicators.address import Address
from madang.web.tenants import Tenants


def explain(tenants: Tenants, address: str) -> dict[str, Any]:
    """Source, licence, model, version, parameters, seed and assumptions behind a number."""
    return _city_of(tenants, address).explain(address)


def recompute(tenants: Tenants, address: str) -> dict[str, Any]:
    """The number computed again from its pinned inputs, whether it is equal, and how long it took."""
    began = clock.elapsed_s()
    found = _city_of(tenants, address).recompute(address)
    return {**found, "elapsed_ms": round((clock.elapsed_s() - began) * 1000, 1)}


def _city_of(tenants: Tenants, address: str) -> City:
    uuid = Address.parse(address).city
    for city in tenants.cities.values():
        if str(city.store.city.uuid) == uuid:
            return city
    raise NotFoundError("web.address-elsewhere", city=uuid)
