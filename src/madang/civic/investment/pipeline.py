"""The investment pipeline on a day: three amounts, by stage, sector, site and company, and how they came about.

Always shown together: 협약액 (pledged), 단계반영액 (stage-weighted, with low and high), 실투자액 (realised). A sum is
derived: it gives the address of each part and stands on the strictest of their statuses. It has an address of its own,
by which it is summed again (`pipeline_sums`): the register (`SUMS`) as recorded at a transaction, on a day. What nobody
recorded is unknown, and counted as such beside the sum. All is read from facts dated until the day; the log of changes
is the store's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from madang.civic.investment import facts as f
from madang.civic.investment import standing as s
from madang.civic.investment.stage_weights import CANCELLED, CASES, STAGES, Weights
from madang.civic.investment.stage_weights import weights as weights_of
from madang.entities.entity import Document, geometry_of, urn, value_of
from madang.errors import Pair
from madang.indicators.address import Address
from madang.store import Store

TYPE = "InvestmentMemorandum"
SUMS = urn("InvestmentPipeline", f.AUTHORITY, "register")  # no entity: what a sum's address names as its place
COLUMNS = (*STAGES, CANCELLED)
THREE = ("pledged", "weighted", "realised")


@dataclass(frozen=True)
class Investor:
    """One company's memorandum as it stood on a day."""

    id: str
    company: str
    number: str | None
    sector: str | None
    site: str | None
    location: Any
    signed_on: str | None
    since: str | None
    standing: s.Standing
    weighted: dict[str, int]
    pledged: f.Figure
    contracted: f.Figure | None
    realised: f.Figure | None
    jobs: f.Figure | None
    agreement: str | None
    is_reduced: bool

    @property
    def stage(self) -> str:
        """Where it stands."""
        return self.standing.stage

    def as_json(self) -> dict[str, Any]:
        """The row for a page."""
        return {
            "id": self.id,
            "company": self.company,
            "number": self.number,
            "sector": self.sector,
            "site": self.site,
            "location": self.location,
            "signed_on": self.signed_on,
            "stage": self.stage,
            "stage_label": f.label(f"stage-{self.stage}"),
            "since": self.since,
            "is_reduced": self.is_reduced,
            "pledged": self.pledged,
            "standing": self.standing.standing,
            "weighted": _derived(self.weighted, [self.pledged, self.contracted, self.realised]),
            "contracted": self.contracted,
            "realised": self.realised,
            "jobs": self.jobs,
            "agreement": self.agreement,
        }


@dataclass(frozen=True)
class Group:
    """Companies that have something in common, with their three amounts; realised is None where nobody recorded any.

    The sums are those of the rows of its `members`, where each amount carries its address.
    """

    key: str
    label: Pair
    count: int
    pledged: int
    weighted: int
    realised: int | None
    members: tuple[str, ...]
    status: str | None
    addresses: Mapping[str, str]
    location: Any = None

    def as_json(self) -> dict[str, Any]:
        """The group for a page."""
        return {
            "key": self.key,
            "label": self.label,
            "count": self.count,
            "pledged": self.pledged,
            "weighted": self.weighted,
            "realised": self.realised,
            "unit": "KRW",
            "status": self.status,
            "derived": "sum",
            "members": list(self.members),
            "addresses": dict(self.addresses),
            "location": self.location,
        }


@dataclass(frozen=True)
class Pipeline:
    """The whole register on a day."""

    city: str
    transaction: int
    as_of: date
    weights: Weights
    companies: tuple[Investor, ...]
    history: tuple[dict[str, Any], ...]
    announced: tuple[dict[str, Any], ...]

    def address(self, sum: str) -> str:
        """The address of one of the sums: "pledged", "weighted.low", "stage.contracted.realised", …"""
        return str(Address(self.city, f"tx:{self.transaction}", SUMS, sum, valid=self.as_of.isoformat()))

    @property
    def pledged(self) -> f.Figure:
        """협약액."""
        return self._total("pledged")

    @property
    def realised(self) -> f.Figure:
        """실투자액, and of how many companies it is unknown."""
        return self._total("realised") | {"unknown": sum(one.realised is None for one in self.companies)}

    @property
    def contracted(self) -> f.Figure:
        """계약액, and of how many companies it is unknown."""
        return self._total("contracted") | {"unknown": sum(one.contracted is None for one in self.companies)}

    @property
    def weighted(self) -> f.Figure:
        """단계반영액: low, central and high, with the set of weights it stands on."""
        sums = {case: sum(one.weighted[case] for one in self.companies) for case in CASES}
        figures = [figure for one in self.companies for figure in (one.pledged, one.contracted, one.realised)]
        found = _derived(sums, figures) | {"weights": self.weights.id, "assumption": self.weights.assumption}
        return found | {"address": self.address("weighted")}

    def _total(self, name: str) -> f.Figure:
        return f.total((getattr(one, name) for one in self.companies), unit="KRW") | {"address": self.address(name)}

    @property
    def standing(self) -> int:
        """What of the pledges still stands."""
        return sum(one.standing.standing for one in self.companies)

    def by_stage(self) -> list[Group]:
        """Every stage in its order, also the empty ones."""
        return [
            self._group(
                "stage", stage, f.label(f"stage-{stage}"), [one for one in self.companies if one.stage == stage]
            )
            for stage in COLUMNS
        ]

    def by(self, attribute: str) -> list[Group]:
        """By sector or site, the largest pledge first; what is not stated is a group of its own."""
        found: dict[str, list[Investor]] = {}
        for one in self.companies:
            found.setdefault(getattr(one, attribute) or "", []).append(one)
        made = [
            self._group(attribute, key, {"ko": key, "en": key} if key else f.label("not-stated"), members)
            for key, members in found.items()
        ]
        return sorted(made, key=lambda one: (-one.pledged, one.key))

    def _group(self, by: str, key: str, label: Pair, members: Sequence[Investor]) -> Group:
        known = [one.standing.realised for one in members if one.standing.realised is not None]
        return Group(
            key=key,
            label=label,
            count=len(members),
            pledged=sum(one.standing.pledged for one in members),
            weighted=sum(one.weighted["central"] for one in members),
            realised=sum(known) if known or not members else None,
            members=tuple(one.id for one in members),
            status=f.strictest(one.pledged["status"] for one in members),
            addresses={name: self.address(f"{by}.{key}.{name}") for name in ("count", *THREE)},
            location=next((one.location for one in members if one.location is not None), None),
        )

    def as_json(self) -> dict[str, Any]:
        """The pipeline for a page, in one piece."""
        return {
            "as_of": self.as_of.isoformat(),
            "count": len(self.companies),
            "totals": {
                "pledged": self.pledged | {"label": f.label("pledged")},
                "weighted": self.weighted | {"label": f.label("weighted")},
                "realised": self.realised | {"label": f.label("realised")},
                "contracted": self.contracted | {"label": f.label("contracted")},
                "standing": {
                    "value": self.standing,
                    "unit": "KRW",
                    "label": f.label("standing"),
                    "address": self.address("standing"),
                },
            },
            "by_stage": [one.as_json() for one in self.by_stage()],
            "by_sector": [one.as_json() for one in self.by("sector")],
            "by_site": [one.as_json() for one in self.by("site")],
            "companies": [one.as_json() for one in self.companies],
            "history": list(self.history),
            "weights": self.weights.as_json(),
            "announced": list(self.announced),
        }


def pipeline(store: Store, *, as_of: date, at: int | None = None) -> Pipeline:
    """The pipeline on a day, as recorded now or at a transaction; memoranda signed later are not in it."""
    at = store.data_version() if at is None else at
    weights = weights_of(store, as_of=as_of, at=at)
    records = f.of(f.all_of(store, "InvestmentStage", at=at), "refMemorandum")
    memoranda = [one for one in f.all_of(store, TYPE, at=at) if _is_signed(one, as_of)]
    companies = tuple(
        sorted(
            (_investor(store, one, f.in_force(records.get(one["id"], ()), as_of), weights) for one in memoranda),
            key=lambda one: (-one.standing.pledged, one.company),
        )
    )
    return Pipeline(
        city=str(store.city.uuid),
        transaction=at,
        as_of=as_of,
        weights=weights,
        companies=companies,
        history=tuple(_history(memoranda, records, as_of, weights)),
        announced=tuple(_announced(store, companies, at)),
    )


def standing_of(memorandum: Document, records: Iterable[Document]) -> s.Standing:
    """How a memorandum stands after these records, in their order."""
    return s.stands(value_of(memorandum, "amount"), map(s.fact_of, records))


def _is_signed(memorandum: Document, as_of: date) -> bool:
    signed = f.stated(value_of(memorandum, "signedOn"))
    return signed is None or signed.first <= as_of


def _investor(store: Store, memorandum: Document, records: Sequence[Document], weights: Weights) -> Investor:
    now = standing_of(memorandum, records)
    moved = [one for one in records if value_of(one, "stage") in COLUMNS]
    at_stage = [one for one in moved if value_of(one, "stage") == now.stage]
    pledged = f.figure(store, memorandum, "amount")
    assert pledged is not None  # a memorandum without an amount is not let in
    raised = [one for one in records if value_of(one, "stage") == s.INCREASED]
    if raised:
        pledged |= {"value": now.pledged, "derived": "increased", "parts": [pledged["address"]], "address": None}
        pledged["parts"] += [figure["address"] for one in raised if (figure := f.figure(store, one, "amount"))]
    return Investor(
        id=memorandum["id"],
        company=str(value_of(memorandum, "company")),
        number=value_of(memorandum, "memorandumNumber"),
        sector=value_of(memorandum, "sector"),
        site=value_of(memorandum, "site"),
        location=geometry_of(memorandum),
        signed_on=value_of(memorandum, "signedOn"),
        since=value_of(at_stage[0], "date") if at_stage else value_of(memorandum, "signedOn"),
        standing=now,
        weighted={case: now.weighted(weights, case) for case in CASES},
        pledged=pledged,
        contracted=_latest(store, records, "contracted"),
        realised=_latest(store, records, "realised"),
        jobs=f.figure(store, memorandum, "plannedJobs"),
        agreement=value_of(memorandum, "refAgreement"),
        is_reduced=any(value_of(one, "stage") == s.REDUCED for one in records),
    )


def _latest(store: Store, records: Sequence[Document], attribute: str) -> f.Figure | None:
    told = [one for one in records if attribute in one]
    return f.figure(store, told[-1], attribute) if told else None


def _derived(values: Mapping[Any, int], parts: Iterable[f.Figure | None]) -> f.Figure:
    known = [part for part in parts if part is not None]
    strict = f.strictest(["estimated", *(part["status"] for part in known)])  # weights are no measurement
    addresses = [address for part in known for address in (part.get("parts") or [part["address"]]) if address]
    return {
        "value": values["central"],
        "low": values["low"],
        "high": values["high"],
        "unit": "KRW",
        "status": strict,
        "address": None,
        "derived": "stage-weighted",
        "parts": addresses,
    }


def _history(
    memoranda: Sequence[Document], records: dict[str, list[Document]], as_of: date, weights: Weights
) -> Iterable[dict[str, Any]]:
    """The three amounts after each day on which something happened, counted on from one day to the next."""
    steps: list[tuple[str, int, str, Callable[[s.Standing | None], s.Standing]]] = []
    for number, one in enumerate(memoranda):
        signed = f.stated(value_of(one, "signedOn"))
        first = signed.first.isoformat() if signed else ""
        amount = value_of(one, "amount")
        steps.append((first, number, one["id"], lambda _, amount=amount: s.begun(amount)))  # type: ignore[misc]
        for record in f.in_force(records.get(one["id"], ()), as_of):
            told = s.fact_of(record)
            steps.append(
                (str(value_of(record, "date")), number, one["id"], lambda now, told=told: s.after(now, told))  # type: ignore[misc]
            )
    now: dict[str, s.Standing] = {}
    sums = {"pledged": 0, "weighted": 0, "realised": 0}
    steps.sort(key=lambda step: step[:2])
    for at, (day, _, id, apply) in enumerate(steps):
        before = now.get(id)
        now[id] = apply(before)
        for name, value in _three(now[id], weights).items():
            sums[name] += value - (_three(before, weights)[name] if before else 0)
        if at + 1 == len(steps) or steps[at + 1][0] != day:
            yield {"date": day or None, "count": len(now), **sums}


def _three(one: s.Standing, weights: Weights) -> dict[str, int]:
    return {"pledged": one.pledged, "weighted": one.weighted(weights), "realised": one.realised or 0}


def _announced(store: Store, companies: Sequence[Investor], at: int) -> Iterable[dict[str, Any]]:
    """Agreements that state a sum and a count of companies, beside what the register holds of them."""
    for one in f.all_of(store, "Agreement", at=at):
        amount, counted = f.figure(store, one, "amount"), f.figure(store, one, "companies")
        if amount is None or counted is None:
            continue
        mine = [investor for investor in companies if investor.agreement == one["id"]]
        registered = sum(investor.standing.pledged for investor in mine)
        yield {
            "agreement": one["id"],
            "title": f.name_of(one, one["id"]),
            "amount": amount,
            "companies": counted,
            "registered": registered,
            "registered_companies": len(mine),
            "difference": registered - amount["value"],
            "note": f.label(
                "announced-matches" if registered == amount["value"] else "announced-differs",
                difference=f"{registered - amount['value']:+,}",
                announced=f"{amount['value']:,}",
                registered=f"{registered:,}",
            ),
        }
