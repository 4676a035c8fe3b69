"""The door to the dependency register: `city.clusters.dependencies`. What a buyer needs from abroad, what spares loss.

Losses are direct ones of the buyer alone, by the closed form of `supply`, and every answer says so. The industries
behind the buyer are the matter of the `supply-shock` model; the register can be ranked by what it gives for Korea.

Where rows of trade are loaded, the origin's share is computed from them and takes the place of the typed one in the
ranking; both are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import ceil
from typing import Any

from madang import dates
from madang.entities.entity import (
    Document,
    json_property,
    language_property,
    list_property,
    property_,
    relationship,
    value_of,
)
from madang.errors import CallerError, DataError, Pair, both
from madang.indicators.stored import address_of
from madang.lab.register import (
    CASES,
    Given,
    Range,
    Title,
    entities_of,
    is_assumed,
    name_of,
    named,
    need_source,
    new_id,
    pair,
    range_of,
    ranged,
    read_range,
    write,
)
from madang.lab.supply import ACTS, YEAR_DAYS, Exposure, Loss, losses
from madang.lab.taxonomy import hs_code
from madang.lab.trade_share import TradeShare, trade_share
from madang.models.inputs import inputs_of, read_inputs
from madang.models.supply_shock import scenario
from madang.models.supply_shock.card import SPEC
from madang.models.supply_shock.ranking import losses_by_dependency
from madang.store import Seat, View

RANGES = ("originShare", "criticality", "stockDays", "substitutionDays")
OPTION_FIELD = {"stock": "stockDays", "substitute": "substitutionDays", "second-source": "originShare"}
# What the register is ranked by where nothing else is named: a fifth delivered for half a year.
REFERENCE_SHARE, REFERENCE_DAYS = 0.2, 180


@dataclass(frozen=True)
class LossRange:
    """A direct loss as a share of the buyer's yearly output, in won where that output is known, low to high."""

    share: dict[str, float]
    won: dict[str, int] | None
    first_shortage: dict[str, str | int | None]

    def as_json(self) -> dict[str, Any]:
        """The loss as plain JSON values."""
        return {"share": self.share, "won": self.won, "firstShortage": self.first_shortage}


@dataclass(frozen=True)
class ChokePoint:
    """One dependency with its place in the register: the loss by which it is ranked, what is assumed of it."""

    id: str
    rank: int
    item: Pair
    hs_code: str
    origin: str
    seller: str | None
    buyer: str
    ranges: dict[str, dict[str, float] | None]
    assumed: tuple[str, ...]
    substitutes: tuple[str, ...]
    loss: LossRange
    from_trade: TradeShare | None = None
    korea: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The dependency as a page draws it; `lossKorea` is None unless the register was ranked by the cascade."""
        return {
            "id": self.id,
            "rank": self.rank,
            "item": self.item,
            "hsCode": self.hs_code,
            "origin": self.origin,
            "seller": self.seller,
            "buyer": self.buyer,
            **self.ranges,
            "assumed": list(self.assumed),
            "domesticSubstitutes": list(self.substitutes),
            "loss": self.loss.as_json(),
            "originShareFromTrade": None if self.from_trade is None else self.from_trade.as_json(),
            "lossKorea": self.korea,
            "status": "estimated",
        }


@dataclass(frozen=True)
class Restricted:
    """What a restriction does to one buyer, and the loss that options take away, alone and together."""

    id: str
    item: Pair
    buyer: str
    starts_on: str
    days: int
    delivered: float
    loss: LossRange
    expected: dict[str, float]
    options: tuple[dict[str, Any], ...]
    together: dict[str, Any] | None
    is_expected: bool

    def as_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        return {
            **{k: v for k, v in vars(self).items() if k not in ("loss", "options", "is_expected")},
            "loss": self.loss.as_json(),
            "options": list(self.options),
            "expectedLabel": both("clusters.loss-expected" if self.is_expected else "clusters.loss-if-it-happens"),
            "method": both("clusters.supply-method"),
            "not_modelled": both("clusters.cascade-not-modelled"),
            "status": "estimated",
        }


class Dependencies:
    """The register of dependencies, restrictions of supply, and options against them."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    # -- reading -------------------------------------------------------------------------------------------------

    def choke_points(
        self,
        *,
        top: int | None = None,
        delivered: float = REFERENCE_SHARE,
        days: int = REFERENCE_DAYS,
        by: str = "direct",
    ) -> list[ChokePoint]:
        """The register, the gravest under one same restriction first.

        By "direct", the buyer's own loss as a share of its output; by "cascade", the output that Korea loses with the
        industries behind it, those of which it is not known last.
        """
        _check_restriction(delivered, days)
        if by not in ("direct", "cascade"):
            raise CallerError("supply_shock.ranking-unknown", by=by)
        held = entities_of(self._view, "Dependency")
        traded = self._trade_shares(held)
        rows = [(one, _loss_range(one, delivered, days, traded.get(one["id"]))) for one in held]
        korea = self._korea(delivered, days, traded) if by == "cascade" else {}
        rows.sort(
            key=lambda row: (
                -((korea.get(row[0]["id"]) or {}).get("central", -1.0) if korea else 0.0),
                -row[1].share["central"],
                -row[1].share["high"],
                row[0]["id"],
            )
        )
        return [
            _choke_point(self._view, one, n, loss, traded.get(one["id"]), korea.get(one["id"]))
            for n, (one, loss) in enumerate(rows[:top], 1)
        ]

    def _trade_shares(self, held: Sequence[Document]) -> dict[str, TradeShare]:
        """The origin's share of every dependency of which rows of trade tell it."""
        flows = entities_of(self._view, "TradeFlow")
        if not flows:
            return {}
        found = {}
        for one in held:
            told = trade_share(
                flows,
                hs=str(value_of(one, "hsCode") or ""),
                origin=str(value_of(one, "originCountry") or ""),
                address_of=self._address,
            )
            if told is not None:
                found[one["id"]] = told
        return found

    def _address(self, id: str, attribute: str) -> str:
        return address_of(self._seat.store, id, attribute, branch=self._seat.branch_name) or id

    def _korea(self, delivered: float, days: int, traded: dict[str, TradeShare]) -> dict[str, Any]:
        store = self._seat.store
        inputs = inputs_of(SPEC, read_inputs(self._view, SPEC, store.blob))
        shares = {id: scenario.Range(one.value, one.value, one.value) for id, one in traded.items()}
        return dict(losses_by_dependency(inputs, delivered=delivered, days=days, shares=shares))

    def restrictions(self) -> list[Restricted]:
        """Every restriction that stands on this branch, reckoned."""
        return [self.restricted(one["id"]) for one in entities_of(self._view, "SupplyRestriction")]

    def restricted(self, id: str, *, options: Sequence[str] | None = None) -> Restricted:
        """What a restriction does, and what options spare: all of the dependency's, or those named."""
        found = named(self._view, "SupplyRestriction", id)
        dependency = named(self._view, "Dependency", str(value_of(found, "refDependency")))
        of_it = entities_of(self._view, "DependencyOption", refDependency=dependency["id"])
        if options is not None:
            of_it = [named(self._view, "DependencyOption", one) for one in options]
            strange = next((one for one in of_it if value_of(one, "refDependency") != dependency["id"]), None)
            if strange is not None:
                raise CallerError("clusters.option-elsewhere", option=strange["id"], dependency=dependency["id"])
        return _restricted(self._view, found, dependency, of_it)

    # -- writing -------------------------------------------------------------------------------------------------

    def add(
        self,
        *,
        item: Title,
        hs: str,
        origin: str,
        buyer: str,
        origin_share: Given,
        stock_days: Given,
        criticality: Given = 1.0,
        substitution_days: Given | None = None,
        substitutes: Sequence[str] = (),
        seller: str | None = None,
        industry: str | None = None,
        cluster: str | None = None,
        yearly_output_krw: int | None = None,
        source: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """A dependency: item by HS code, whose origin supplies which share, stock and time to substitute."""
        need_source(self._view, source)
        for field, said in (("item", pair(item)["ko"]), ("origin", origin), ("buyer", buyer)):
            if not said.strip():
                raise DataError("clusters.field-missing", field=field)
        ranges = {
            "originShare": read_range(origin_share, "originShare", most=1),
            "criticality": read_range(criticality, "criticality", most=1),
            "stockDays": read_range(stock_days, "stockDays"),
            **(
                {}
                if substitution_days is None
                else {"substitutionDays": read_range(substitution_days, "substitutionDays")}
            ),
        }
        made: Document = {
            "id": new_id(self._view, "Dependency", f"{pair(item)['ko']}-{origin}"),
            "type": "Dependency",
            "item": language_property(pair(item)),
            "hsCode": property_(hs_code(hs)),
            "originCountry": property_(origin),
            "buyer": property_(buyer),
            **{name: ranged(one, source=source) for name, one in ranges.items()},
        }
        if seller:
            made["seller"] = property_(seller)
        if industry:
            made["industry"] = property_(industry)
        if substitutes:
            made["domesticSubstitutes"] = list_property(list(substitutes))
        if yearly_output_krw is not None:
            if yearly_output_krw < 0:
                raise DataError("clusters.count-negative", found=yearly_output_krw)
            made["yearlyOutput"] = property_(yearly_output_krw, unit="KRW", source=source)
        if cluster:
            made["refCluster"] = relationship(named(self._view, "Cluster", cluster)["id"])
        write(self._seat, made, reason=reason, by=by)
        return made

    def restrict(
        self,
        dependency: str,
        *,
        starts_on: str,
        days: int,
        delivered: float,
        probability: Given | None = None,
        name: Title | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """A restriction of one seller's deliveries to one buyer, as a scenario on this branch."""
        found = named(self._view, "Dependency", dependency)
        _check_restriction(delivered, days)
        said = name or f"{pair(value_of(found, 'item'))['ko']} 공급 제한"
        made: Document = {
            "id": new_id(self._view, "SupplyRestriction", pair(said)["ko"]),
            "type": "SupplyRestriction",
            "name": language_property(pair(said)),
            "refDependency": relationship(found["id"]),
            "startsOn": property_(_day(starts_on).isoformat()),
            "restrictionDays": property_(days, unit="DAY"),
            "deliveredShare": property_(delivered),
            "status": property_("synthetic"),
        }
        if probability is not None:
            made["probability"] = ranged(read_range(probability, "probability", most=1), source=None)
        write(self._seat, made, reason=reason, by=by)
        return made

    def share_from_trade(self, dependency: str, *, reason: str, by: str | None = None) -> Document:
        """Write the origin's share that rows of trade tell into a dependency, with the source of those rows."""
        found = named(self._view, "Dependency", dependency)
        told = self._trade_shares([found]).get(found["id"])
        if told is None:
            facts = {"hs": value_of(found, "hsCode"), "origin": value_of(found, "originCountry")}
            raise DataError("supply_shock.no-trade-share", **facts)
        share = read_range(told.value, "originShare", most=1)
        made = json_property(share.as_json())
        made["method"] = property_(told.said["ko"])
        if told.statuses:
            made["status"] = property_("synthetic" if "synthetic" in told.statuses else "estimated")
        if told.sources:
            made["source"] = {"type": "Relationship", "object": told.sources[0]}
        changed = {**found, "originShare": made}
        write(self._seat, changed, reason=reason, by=by)
        return changed

    def add_option(
        self,
        dependency: str,
        *,
        name: Title,
        kind: str,
        value: Given,
        cost_krw: int | None = None,
        source: str | None = None,
        reason: str,
        by: str | None = None,
    ) -> Document:
        """An option: days of stock added, days until a substitute comes, or the share beside a second source."""
        found = named(self._view, "Dependency", dependency)
        if kind not in ACTS:
            raise DataError("clusters.option-kind", kind=kind, known=", ".join(ACTS))
        need_source(self._view, source)
        field = OPTION_FIELD[kind]
        given = read_range(value, field, most=1) if kind == "second-source" else read_range(value, field)
        made: Document = {
            "id": new_id(self._view, "DependencyOption", pair(name)["ko"]),
            "type": "DependencyOption",
            "name": language_property(pair(name)),
            "kind": property_(kind),
            "refDependency": relationship(found["id"]),
            field: ranged(given, source=source),
        }
        if cost_krw is not None:
            made["amount"] = property_(cost_krw, unit="KRW")
        write(self._seat, made, reason=reason, by=by)
        return made

    @property
    def _view(self) -> View:
        return self._seat.store.view(self._seat.branch_name)


# --- reckoning -------------------------------------------------------------------------------------------------------


def _restricted(view: View, found: Document, dependency: Document, options: Sequence[Document]) -> Restricted:
    days, delivered = int(value_of(found, "restrictionDays")), float(value_of(found, "deliveredShare"))
    start, exposure = _day(str(value_of(found, "startsOn"))), _exposure(dependency)
    stated = range_of(found, "probability")
    chance = stated or Range(1.0, 1.0, 1.0)
    before = losses(exposure, delivered=delivered, days=days)
    output = value_of(dependency, "yearlyOutput")
    rows, all_taken = [], exposure
    for option in options:
        act, given = ACTS[str(value_of(option, "kind"))], range_of(option, OPTION_FIELD[str(value_of(option, "kind"))])
        assert given is not None
        all_taken = act(all_taken, given)
        spared = _spared(before, losses(act(exposure, given), delivered=delivered, days=days), chance, output)
        rows.append(
            {
                "id": option["id"],
                "name": name_of(view, option["id"]),
                "kind": value_of(option, "kind"),
                "kindLabel": both(f"clusters.option-{value_of(option, 'kind')}"),
                "cost": value_of(option, "amount"),
                **spared,
            }
        )
    rows.sort(key=lambda row: (-row["removed"]["central"], row["id"]))
    together = None
    if options:
        together = _spared(before, losses(all_taken, delivered=delivered, days=days), chance, output)
    return Restricted(
        id=found["id"],
        item=pair(value_of(dependency, "item")),
        buyer=str(value_of(dependency, "buyer")),
        starts_on=start.isoformat(),
        days=days,
        delivered=delivered,
        loss=_told(before, output, start),
        expected={case: _share(before[case].share * chance.at(case)) for case in CASES},
        options=tuple(rows),
        together=together,
        is_expected=stated is not None,
    )


def _spared(before: dict[str, Loss], after: dict[str, Loss], chance: Range, output: int | None) -> dict[str, Any]:
    """What an option takes away in each case, as a share of yearly output and in won, and what remains."""
    removed = {case: (before[case].share - after[case].share) * chance.at(case) for case in CASES}
    return {
        "removed": {case: _share(one) for case, one in removed.items()},
        "removedWon": None if output is None else {case: round(one * output) for case, one in removed.items()},
        "left": {case: _share(after[case].share * chance.at(case)) for case in CASES},
    }


def _choke_point(
    view: View, one: Document, rank: int, loss: LossRange, traded: TradeShare | None, korea: dict[str, Any] | None
) -> ChokePoint:
    seller = value_of(one, "seller")
    ranges = {name: range_of(one, name) for name in RANGES}
    return ChokePoint(
        id=one["id"],
        rank=rank,
        item=name_of(view, one["id"]),
        hs_code=str(value_of(one, "hsCode")),
        origin=str(value_of(one, "originCountry")),
        seller=None if seller is None else str(seller),
        buyer=str(value_of(one, "buyer")),
        ranges={name: None if held is None else held.as_json() for name, held in ranges.items()},
        assumed=is_assumed(one, RANGES),
        substitutes=tuple(value_of(one, "domesticSubstitutes") or ()),
        loss=loss,
        from_trade=traded,
        korea=korea,
    )


def _loss_range(dependency: Document, delivered: float, days: int, traded: TradeShare | None) -> LossRange:
    exposure = _exposure(dependency)
    if traded is not None:
        exposure = replace(exposure, share=Range(traded.value, traded.value, traded.value))
    return _told(losses(exposure, delivered=delivered, days=days), value_of(dependency, "yearlyOutput"))


def _told(found: dict[str, Loss], output: int | None, start: date | None = None) -> LossRange:
    shortage: dict[str, str | int | None] = {}
    for case, loss in found.items():
        if loss.shortage_day is None:
            shortage[case] = None
        elif start is None:
            shortage[case] = ceil(loss.shortage_day)
        else:
            shortage[case] = (start + timedelta(days=ceil(loss.shortage_day))).isoformat()
    won = None if output is None else {case: round(loss.share * output) for case, loss in found.items()}
    return LossRange({case: _share(loss.share) for case, loss in found.items()}, won, shortage)


def _exposure(dependency: Document) -> Exposure:
    share, critical, stock, substitution = (range_of(dependency, name) for name in RANGES)
    if share is None or stock is None:
        raise DataError("clusters.parameter-missing", id=dependency["id"], name="originShare, stockDays")
    return Exposure(share, critical or Range(1.0, 1.0, 1.0), stock, substitution)


def _check_restriction(delivered: float, days: int) -> None:
    if not 0 <= delivered <= 1:
        raise DataError("clusters.delivered-beyond", found=delivered)
    if not 0 <= days <= YEAR_DAYS:
        raise DataError("clusters.days-beyond", found=days, most=YEAR_DAYS)


def _day(text: str) -> date:
    try:
        return dates.period(text).first
    except ValueError:
        raise CallerError("clusters.period-malformed", found=text) from None


def _share(value: float) -> float:
    return round(value, 9) + 0.0
