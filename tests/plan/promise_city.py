"""A real city with an investment plan, a promise made from its comparison, and the days on which things happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from madang import clock
from madang.city import City
from madang.civic.deciding import proposals
from madang.entities.entity import Document
from madang.plan.forecasts import promises_of

CITY = "urn:ngsi-ld:City:kostat:31210"
MOU = "urn:ngsi-ld:Agreement:test:mou"
FAB = "urn:ngsi-ld:Programme:test:fab"
PLEDGED = 1_000_000_000_000
INDICATOR = "economy.value-added-city"
LINK = "https://www.example.go.kr/notice/1"


@contextmanager
def on(day: str) -> Iterator[None]:
    """Noon in Seoul of a day."""
    with clock.standing_at(datetime.fromisoformat(f"{day}T03:00:00").replace(tzinfo=UTC)):
        yield


def fab(**more: Any) -> dict[str, Any]:
    return {
        "id": FAB,
        "type": "Programme",
        "title": {"languageMap": {"ko": "증설", "en": "Fab"}},
        "amount": {"value": PLEDGED, "unitCode": "KRW", "status": "observed"},
        "refAgreement": {"object": MOU},
        "sectorShares": {"json": {"construction": 0.5, "electronics": 0.5}, "assumption": True},
        **more,
    }


def stage(code: str, date: str, *, realised: int, contracted: int) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:InvestmentStage:test:{code}",
        "type": "InvestmentStage",
        "refAgreement": {"object": MOU},
        "stage": "operating",
        "date": date,
        "realised": {"value": realised, "unitCode": "KRW"},
        "contracted": {"value": contracted, "unitCode": "KRW"},
    }


def planned(city: City, *, due: str = "2028", **more: Any) -> Document:
    """The branch `fab` with its programme, and a target promised from its comparison with main."""
    city.put({"id": MOU, "type": "Agreement", "title": "MOU"}, reason="signed", by="t")
    plan = city.fork("fab", reason="try", by="t")
    plan.put(fab(), reason="programme", by="t")
    return plan.promise_ledger.promise(indicator=INDICATOR, due=due, owner=CITY, reason="promise", by="t", **more)


def adopted(city: City, branch: str = "fab") -> list[Document]:
    """The branch adopted, its promises written in the same transaction; gives the promises."""
    city.branch(branch).propose(title="안", reason="for the city", by="t")
    store = city.for_writing()

    def keep(tx: Any) -> None:
        tx.put_many(promises_of(store, branch))

    proposals.decide(store, branch, adopt=True, reason="carried", actor="t", also=keep)
    return sorted(city.query("Promise"), key=lambda one: str(one["id"]))


def promised(city: City) -> str:
    """The id of the one promise of a city whose plan was made and adopted in 2026."""
    with on("2026-11-22"):
        planned(city)
        (promise,) = adopted(city)
    return str(promise["id"])
