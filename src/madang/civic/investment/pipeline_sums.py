"""A sum of the pipeline by its address: what it says, and whether the register has changed since.

A sum is kept nowhere. Its address names the register as recorded at a transaction and a day; summed again from the same
records, it gives the same value to the won, or whoever printed another one is found out. It is out of date as soon as
the register of today gives another value: a stage was recorded since, say.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from madang import clock
from madang.civic.investment import facts as f
from madang.civic.investment.pipeline import SUMS, THREE, Group, Pipeline, pipeline
from madang.civic.investment.stage_weights import CASES
from madang.documents.manifest import Printed
from madang.documents.verify import Look, Looked
from madang.errors import CallerError, NotFoundError
from madang.indicators.address import Address
from madang.store import Store

Read = Callable[[date, int], Pipeline]
_ONE_NUMBER = ("contracted", "standing", *THREE)
_GROUPED: dict[str, Callable[[Pipeline], list[Group]]] = {
    "stage": Pipeline.by_stage,
    "sector": lambda found: found.by("sector"),
    "site": lambda found: found.by("site"),
}


def is_sum(address: str) -> bool:
    """Whether an address is one of a sum of the pipeline."""
    try:
        return Address.parse(address).entity == SUMS
    except CallerError:
        return False


def explain(store: Store, address: str) -> dict[str, Any]:
    """A sum as every number is explained: value, status, transaction, staleness; and the addresses of its parts."""
    where, found, value = _found(store, address)
    done = store.transaction(found.transaction)
    whole = getattr(found, where.attribute.partition(".")[0], None)
    figure = whole if isinstance(whole, dict) else found.weighted if "weighted" in where.attribute else found.pledged
    return {
        "address": address,
        "value": value,
        "unit": None if where.attribute.endswith("count") else "KRW",
        "band": None,
        "label": _label(found, where.attribute),
        "method": f.label("sum-method", as_of=found.as_of, companies=len(found.companies)),
        "note": None,
        "status": figure["status"],
        "period": where.valid,
        "assumption": "weighted" in where.attribute and found.weights.assumption,
        "city": store.city.id,
        "entity": None,
        "source": [],
        "model": None,
        "run": None,
        "transaction": {
            "number": done.number,
            "branch": done.branch,
            "at": clock.to_text(done.at),
            "actor": done.actor,
            "reason": done.reason,
            "source": done.source,
            "hash": done.hash,
        },
        "stale": _today(store, where, found) != value,
        "assumptions": [dict(found.weights.basis)] if "weighted" in where.attribute and found.weights.basis else [],
        "warnings": [],
        "parts": figure["parts"],
    }


def looking(store: Store, other: Look) -> Look:
    """Looks printed sums up by summing again, once for all of a register, and everything else by another look."""
    read = cache(lambda as_of, at: pipeline(store, as_of=as_of, at=at))

    def look(figure: Printed) -> Looked:
        if figure.address is None or not is_sum(figure.address):
            return other(figure)
        try:
            where, found, value = _found(store, figure.address, read)
        except (CallerError, NotFoundError) as error:
            return Looked("gone", None, reason={"ko": error.message("ko"), "en": error.message("en")})
        return Looked("same", value, stale=_today(store, where, found, read) != value)

    return look


def _found(store: Store, address: str, read: Read | None = None) -> tuple[Address, Pipeline, int | None]:
    where = Address.parse(address)
    try:
        day = date.fromisoformat(where.valid or "")
    except ValueError:
        raise NotFoundError("investment.no-sum", address=address) from None
    if where.city != str(store.city.uuid) or where.transaction is None:
        raise NotFoundError("investment.no-sum", address=address)
    at = store.transaction(where.transaction).number
    found = read(day, at) if read else pipeline(store, as_of=day, at=at)
    return where, found, _value(found, where)


def _today(store: Store, where: Address, found: Pipeline, read: Read | None = None) -> int | None:
    """The same sum by the register of today; None for a group that is no more."""
    day, at = max(found.as_of, clock.today(store.city.zone)), store.data_version()
    try:
        return _value(read(day, at) if read else pipeline(store, as_of=day, at=at), where)
    except NotFoundError:
        return None


def _value(found: Pipeline, where: Address) -> int | None:
    by, _, rest = where.attribute.partition(".")
    if where.attribute == "count":
        return len(found.companies)
    if by in _ONE_NUMBER and not rest:
        whole = getattr(found, by)
        return int(whole["value"] if isinstance(whole, dict) else whole)
    if by == "weighted" and rest in CASES:
        return int(found.weighted["value" if rest == "central" else rest])
    key, _, name = rest.rpartition(".")
    for group in _GROUPED[by](found) if by in _GROUPED else ():
        if group.key == key and name in ("count", *THREE):
            value: int | None = getattr(group, name)
            return value
    raise NotFoundError("investment.no-sum", address=str(where))


def _label(found: Pipeline, sum: str) -> dict[str, str]:
    by, _, rest = sum.partition(".")
    if by not in _GROUPED:
        return f.label("head-count" if by == "count" else by)
    key, _, name = rest.rpartition(".")
    group = next(one for one in _GROUPED[by](found) if one.key == key)
    what = f.label("head-count" if name == "count" else name)
    return {language: f"{group.label[language]}: {what[language]}" for language in ("ko", "en")}
