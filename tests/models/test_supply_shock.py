"""The supply-shock model on a city: what goes in, what comes out, what is unknown and why; the register it ranks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from invented_city import CITY, dataset, grdp_csv, statistic

import madang
from madang.city import City
from madang.entities.entity import json_property, language_property, property_, relationship
from madang.errors import DataError
from madang.lab import supply
from madang.models import runner
from madang.store import Store

BRANCH = "ban"


def dependency(name: str, **more: Any) -> dict[str, Any]:
    """An invented item of a firm in electronics."""
    doc: dict[str, Any] = {
        "id": f"urn:ngsi-ld:Dependency:test:{name}",
        "type": "Dependency",
        "item": language_property({"ko": name, "en": name}),
        "hsCode": property_("281111"),
        "originCountry": property_("JP"),
        "buyer": property_("가상반도체"),
        "industry": property_("C26"),
        "originShare": property_(1),
        "stockDays": json_property({"low": 40, "central": 60, "high": 80}),
        "yearlyOutput": property_(10**10, unit="KRW", status="observed"),
        **more,
    }
    return {key: value for key, value in doc.items() if value is not None}


def restriction(name: str = "acid", **more: Any) -> dict[str, Any]:
    """A fifth delivered for half a year, from the summer on."""
    doc: dict[str, Any] = {
        "id": f"urn:ngsi-ld:SupplyRestriction:test:{name}",
        "type": "SupplyRestriction",
        "name": language_property({"ko": f"{name} 제한", "en": f"{name} restricted"}),
        "refDependency": relationship(f"urn:ngsi-ld:Dependency:test:{name}"),
        "startsOn": property_("2027-07-04"),
        "restrictionDays": property_(180, unit="DAY"),
        "deliveredShare": property_(0.2),
        "probability": json_property({"low": 0.05, "central": 0.05, "high": 0.05}),
        **more,
    }
    return {key: value for key, value in doc.items() if value is not None}


def option(name: str, kind: str, cost: int | None = 10**8, **value: Any) -> dict[str, Any]:
    """Something done about the first item."""
    doc: dict[str, Any] = {
        "id": f"urn:ngsi-ld:DependencyOption:test:{name}",
        "type": "DependencyOption",
        "name": language_property({"ko": name, "en": name}),
        "kind": property_(kind),
        "refDependency": relationship("urn:ngsi-ld:Dependency:test:acid"),
        **{key: property_(one) for key, one in value.items()},
    }
    return doc if cost is None else doc | {"amount": property_(cost, unit="KRW")}


def write(store: Store, *docs: dict[str, Any], branch: str = BRANCH) -> None:
    with store.transact(branch=branch, actor="tests", reason="tests") as tx:
        tx.put_many(list(docs))


def value(store: Store, name: str, branch: str = BRANCH, **params: Any) -> Any:
    found = runner.run(store, "supply-shock", branch=branch, params=params or None, record=False)
    return found.figure(f"supply-shock.{name}").quantity.value


@pytest.fixture
def banned(store: Store) -> Store:
    """A branch on which one item of a firm is restricted."""
    store.fork(BRANCH, actor="tests", reason="fork")
    write(store, dependency("acid"), restriction())
    return store


@pytest.fixture(autouse=True)
def few_members(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred members are enough to see a band."""
    monkeypatch.setattr("madang.models.ensemble.members_of", lambda model: 100)
    monkeypatch.setattr("madang.models.runner.members_of", lambda model: 100)


def test_an_option_for_a_dependency_that_is_not_there_is_refused_and_not_left_out(banned: Store) -> None:
    write(banned, {key: said for key, said in option("more", "stock", stockDays=40).items() if key != "refDependency"})
    with pytest.raises(DataError) as refused:
        value(banned, "options-cost")
    assert refused.value.code == "supply_shock.option-for-nothing"


def test_where_nothing_is_restricted_nothing_is_lost(store: Store) -> None:
    run = runner.run(store, "supply-shock", record=False)
    zero = ("share-lost", "loss-buyers", "loss-korea", "loss-city", "orders-lost", "expected-korea", "options-cost")
    assert [run.figure(f"supply-shock.{name}").quantity.value for name in zero] == [0] * len(zero)
    assert run.figure("supply-shock.first-shortage").quantity.value == 365
    assert run.figure("supply-shock.loss-korea").quantity.p95 == 0


def test_the_answer_is_the_closed_form_for_the_buyer_and_more_for_the_country(banned: Store) -> None:
    run = runner.run(banned, "supply-shock", branch=BRANCH)
    q = {f.id.removeprefix("supply-shock."): f.quantity for f in run.indicators}
    share = 0.8 * (180 - 60 / 0.8) / 365
    assert q["share-lost"].value == pytest.approx(100 * share, rel=1e-9)
    assert q["loss-buyers"].value == round(share * 10**10)
    assert q["first-shortage"].value == 75
    assert q["recovery"].value == 180
    assert q["expected-buyers"].value == pytest.approx(0.05 * share * 10**10, abs=1)
    assert q["loss-korea"].value >= q["loss-city"].value >= q["loss-buyers"].value
    assert 0 < q["value-added-city"].value < q["loss-city"].value
    for name in ("share-lost", "first-shortage", "loss-buyers", "loss-korea", "loss-city"):
        assert q[name].p05 <= q[name].p50 <= q[name].p95
    assert q["share-lost"].p05 < q["share-lost"].p95
    assert q["loss-korea"].status == "estimated"
    row = run.tables["restrictions"][0]
    assert row["first_shortage_central"] == "2027-09-17"
    assert row["first_shortage_high"] < row["first_shortage_central"] < row["first_shortage_low"]
    course = run.tables["by-day:supply-shock.share-lost"]
    assert {"day", "date", "value", "low", "high", "series"} == set(course[0])
    assert max(r["value"] for r in course) == 80
    sectors = run.tables["by-industry"]
    assert sum(r["loss_krw"] for r in sectors) == pytest.approx(q["loss-korea"].value, abs=len(sectors))
    assert sum(r["value"] for r in run.tables["by-region:supply-shock.loss-korea"]) == pytest.approx(
        q["loss-korea"].value, abs=2
    )
    assert any("not validated" in note["en"] for note in run.notes)
    assert runner.verify_run(banned, run.id).kind == "reproduced"


def test_branch_minus_branch_draws_the_same(banned: Store) -> None:
    """The same dependency on two branches: equal draws, so the difference of what does not change is zero."""
    banned.fork("ban-too", parent=BRANCH, actor="tests", reason="fork")
    write(banned, option("stock", "stock", stockDays=30), branch="ban-too")
    one, two = (runner.run(banned, "supply-shock", branch=b, record=False) for b in (BRANCH, "ban-too"))
    assert (one.draws["supply-shock.loss-korea"] == two.draws["supply-shock.loss-korea"]).all()
    assert (two.draws["supply-shock.left-korea"] <= two.draws["supply-shock.loss-korea"]).all()


def test_options_one_by_one_and_together_spare_a_stated_amount(banned: Store) -> None:
    write(
        banned,
        option("stock", "stock", stockDays=30),
        option("domestic", "substitute", cost=3 * 10**8, substitutionDays=100),
        option("second", "second-source", cost=None, originShare=0.5),
    )
    run = runner.run(banned, "supply-shock", branch=BRANCH, record=False)
    spared = {row["label"]["en"]: row["spared_share_central"] for row in run.tables["options"]}
    by_hand = {
        "stock": supply.direct_loss(0.2, 180, 90),
        "domestic": supply.direct_loss(0.2, 180, 60, substitution=100),
        "second": supply.direct_loss(0.6, 180, 60),
    }
    before = supply.direct_loss(0.2, 180, 60).share
    for name, after in by_hand.items():
        assert spared[name] == pytest.approx(100 * (before - after.share), rel=1e-9)
    sets = {tuple(row["label"]["en"].split(" + ")): row for row in run.tables["portfolios"]}
    assert len(sets) == 8
    assert sets[("nothing done",)]["spared_krw"] == 0
    assert all(row["spared_krw"] <= sets[("domestic", "second", "stock")]["spared_krw"] for row in sets.values())
    assert sets[("second",)]["cost_krw"] is None
    assert sets[("second",)]["is_efficient"] is None
    figures = {f.id.removeprefix("supply-shock."): f.quantity for f in run.indicators}
    assert figures["expected-spared-buyers"].value == pytest.approx(0.05 * figures["spared-buyers"].value, abs=1)
    assert figures["options-cost"].value is None
    assert "second" in figures["options-cost"].note["en"]


def test_several_items_and_restrictions_at_once(banned: Store) -> None:
    """A milder one beside it changes nothing. Of two that bind in turn what one saves the other uses later: the year
    loses what the worse one alone would, 0.8 x 300 - 100 days."""
    alone = value(banned, "share-lost")
    write(banned, dependency("resist", stockDays=property_(100)), restriction("resist"))
    assert value(banned, "share-lost") == pytest.approx(alone)
    write(banned, restriction("resist", restrictionDays=property_(300, unit="DAY"), probability=None))
    assert value(banned, "share-lost") == pytest.approx(100 * 140 / 365, rel=1e-9)
    write(banned, restriction("resist", startsOn=property_("2027-09"), probability=None))
    assert value(banned, "expected-buyers") is None  # now an event of its own, without a probability


@pytest.mark.parametrize(
    ("lever", "kinder"),
    [
        ("Dependency:test:acid#stockDays", 100.0),
        ("Dependency:test:acid#originShare", 0.5),
        ("Dependency:test:acid#substitutionDays", 80.0),
        ("SupplyRestriction:test:acid#deliveredShare", 0.5),
        ("SupplyRestriction:test:acid#restrictionDays", 100.0),
    ],
)
def test_levers_turn_what_they_name(banned: Store, lever: str, kinder: float) -> None:
    turned = runner.preview(banned, "supply-shock", branch=BRANCH, levers={f"urn:ngsi-ld:{lever}": kinder})
    assert turned.figure("supply-shock.share-lost").quantity.value < value(banned, "share-lost")


def test_what_nobody_said_is_unknown_and_says_which_input_is_missing(banned: Store) -> None:
    """Output unknown: no won, but the share. Industry unknown: no cascade. Stock unknown: nothing at all."""
    known = value(banned, "share-lost")
    write(banned, dependency("acid", yearlyOutput=None))
    run = runner.run(banned, "supply-shock", branch=BRANCH, record=False)
    assert run.figure("supply-shock.share-lost").quantity.value == known
    assert run.figure("supply-shock.loss-buyers").quantity.value is None
    assert "yearly output" in run.figure("supply-shock.loss-buyers").quantity.note["en"]
    assert run.figure("supply-shock.loss-korea").quantity.value is None
    write(banned, dependency("acid", industry=None))
    run = runner.run(banned, "supply-shock", branch=BRANCH, record=False)
    assert run.figure("supply-shock.loss-buyers").quantity.value > 0
    assert "KSIC" in run.figure("supply-shock.loss-korea").quantity.note["en"]
    write(banned, dependency("acid", stockDays=None))
    run = runner.run(banned, "supply-shock", branch=BRANCH, record=False)
    assert {f.quantity.value for f in run.indicators} == {None}
    assert "stockDays" in run.figure("supply-shock.share-lost").quantity.note["ko"]


def test_without_the_sources_money_is_unknown_and_shares_stand(banned: Store) -> None:
    known = value(banned, "loss-korea")
    with banned.transact(branch=BRANCH, actor="tests", reason="forget") as tx:
        for year in (2010, 2015, 2020):
            tx.delete(f"urn:ngsi-ld:Statistic:test:1-grdp-{year}")
    assert value(banned, "loss-city") is None
    assert value(banned, "loss-korea") == pytest.approx(known, rel=0.5)  # no city beside the country any more
    with banned.transact(actor="tests", reason="forget") as tx:
        tx.delete("urn:ngsi-ld:Dataset:test:grdp")
    assert value(banned, "loss-korea") is None
    assert value(banned, "loss-buyers") > 0
    write(banned, dependency("acid", buyer=property_("electronics"), industry=None, yearlyOutput=None))
    assert value(banned, "loss-korea") is None
    assert value(banned, "share-korea") > 1  # all electronics of the country, of which the table knows the part


def test_the_answers_swap_with_the_data_of_two_cities(tmp_path: Path) -> None:
    """City and register change places: every figure and every name goes with its data."""

    def made(folder: str, output: int, item: str, factor: int) -> Any:
        with Store.create(tmp_path / folder, city_id=folder[0], title={"ko": "시", "en": "City"}) as store:
            with store.transact(actor="tests", reason="found") as tx:
                tx.put(dataset("grdp", {"grdp.csv": tx.put_blob(grdp_csv(), media_type="text/csv")}))
                tx.put({"id": CITY, "type": "City", "name": language_property({"ko": "시", "en": "City"})})
                own = statistic(2020)
                for name, held in own.items():
                    if isinstance(held, dict) and held.get("unitCode") == "KRW":
                        own[name] = property_(held["value"] * factor, unit="KRW")
                tx.put(own)
                said = {
                    "item": language_property({"ko": item, "en": item}),
                    "yearlyOutput": property_(output, unit="KRW"),
                }
                tx.put_many([dependency("acid", **said), restriction()])
            run = runner.run(store, "supply-shock", record=False)
            return {f.id: f.quantity for f in run.indicators}, run.tables

    a, b = (10**10, "가상산", 1), (3 * 10**10, "가상 감광액", 2)
    first, second = made("a.gpkg", *a), made("b.gpkg", *b)
    again_b, again_a = made("c.gpkg", *b), made("d.gpkg", *a)
    assert (first, second) == (again_a, again_b)
    assert first[0]["supply-shock.loss-city"] != second[0]["supply-shock.loss-city"]
    assert (first[1]["restrictions"][0]["item"]["ko"], second[1]["restrictions"][0]["item"]["ko"]) == (a[1], b[1])


def test_a_firm_or_a_cluster_tells_the_industry_and_larger_buyers_than_statistics_are_said(banned: Store) -> None:
    firm = "urn:ngsi-ld:Firm:test:chip"
    codes = {"type": "ListProperty", "valueList": ["C2611"]}
    write(
        banned,
        {"id": firm, "type": "Firm", "ksicCodes": codes},
        dependency("acid", buyer=property_(firm), industry=None, yearlyOutput=property_(10**13, unit="KRW")),
    )
    run = runner.run(banned, "supply-shock", branch=BRANCH, record=False)
    assert run.tables["buyers"][0]["industry"] == "electronics"
    assert any("at least its buyers" in warning["en"] for warning in run.warnings)
    assert run.figure("supply-shock.loss-korea").quantity.value >= run.figure("supply-shock.loss-buyers").quantity.value


@pytest.mark.parametrize(
    ("docs", "code"),
    [
        ([restriction(startsOn=property_("soon"))], "starts-on"),
        ([restriction(refDependency=relationship("urn:ngsi-ld:Dependency:test:none"))], "dependency-unknown"),
        ([restriction(restrictionDays=None)], "restriction-value"),
        ([dependency("acid", stockDays=json_property({"low": 9, "central": 6, "high": 8}))], "range"),
        ([dependency("acid", originShare=json_property({"low": 0.1, "central": 1, "high": 1.2}))], "range"),
        ([option("x", "magic", stockDays=1)], "option-kind"),
        ([option("x", "stock", originShare=1)], "option-value"),
        ([dependency("resist", yearlyOutput=property_(5, unit="KRW")), restriction("resist")], "buyer-disagrees"),
    ],
)
def test_what_cannot_be_is_refused_with_its_name(banned: Store, docs: list[dict[str, Any]], code: str) -> None:
    write(banned, *docs)
    with pytest.raises(DataError) as refused:
        runner.run(banned, "supply-shock", branch=BRANCH, record=False)
    assert refused.value.code == f"supply_shock.{code}"
    assert "None" not in refused.value.message("en")


# --- the register ----------------------------------------------------------------------------------------------------


@pytest.fixture
def register(tmp_path: Path) -> Iterator[City]:
    """Two dependencies: a small firm that stops at once, and a large one with some stock."""
    with (
        Store.create(tmp_path / "town.gpkg", city_id="town", title={"ko": "시", "en": "Town"}) as store,
        store.transact(actor="tests", reason="tables") as tx,
    ):
        tx.put(dataset("grdp", {"grdp.csv": tx.put_blob(grdp_csv(), media_type="text/csv")}))
    with madang.open(tmp_path / "town.gpkg") as city:
        door = city.clusters.dependencies
        said: dict[str, Any] = {
            "hs": "281111",
            "origin": "JP",
            "industry": "electronics",
            "reason": "survey",
            "by": "tests",
        }
        door.add(item="작은", buyer="작은 기업", origin_share=1, stock_days=0, yearly_output_krw=10**7, **said)
        door.add(item="큰", buyer="큰 기업", origin_share=0.9, stock_days=30, yearly_output_krw=10**10, **said)
        yield city


def test_the_register_is_ranked_by_the_buyer_or_by_what_korea_loses(register: City) -> None:
    door = register.clusters.dependencies
    assert [one.item["ko"] for one in door.choke_points()] == ["작은", "큰"]
    ranked = door.choke_points(by="cascade")
    assert [one.item["ko"] for one in ranked] == ["큰", "작은"]
    assert ranked[0].korea is not None
    assert ranked[0].korea["low"] <= ranked[0].korea["central"] <= ranked[0].korea["high"]
    assert door.choke_points()[0].as_json()["lossKorea"] is None


def test_the_share_of_the_origin_comes_from_rows_of_trade_where_there_are(register: City) -> None:
    """Of imports of the latest year 30 of 40 are the origin's; exports, other years and other items do not count."""
    rows = [
        ("JP", "import", 2024, 30),
        ("중국", "import", 2024, 10),
        ("일본", "export", 2024, 99),
        ("JP", "import", 2023, 1),
    ]
    for n, (partner, flow, year, amount) in enumerate(rows):
        register.put(
            {
                "id": f"urn:ngsi-ld:TradeFlow:t:{n}",
                "type": "TradeFlow",
                "hsCode": "2811111000",
                "partner": partner,
                "flow": flow,
                "year": year,
                "amount": property_(amount, unit="USD", status="synthetic"),
            },
            by="tests",
        )
    door = register.clusters.dependencies
    one = next(one for one in door.choke_points() if one.item["ko"] == "작은")
    assert one.from_trade is not None
    assert (one.from_trade.value, one.from_trade.year, one.from_trade.rows) == (0.75, 2024, 2)
    assert one.from_trade.addresses[0].endswith("#urn:ngsi-ld:TradeFlow:t:0.amount")
    assert one.ranges["originShare"] == {"low": 1.0, "central": 1.0, "high": 1.0}  # as it was typed
    assert one.loss.share["central"] == pytest.approx(0.75 * 0.8 * 180 / 365)
    door.share_from_trade(one.id, reason="customs", by="tests")
    taken = next(one for one in door.choke_points() if one.item["ko"] == "작은")
    assert taken.ranges["originShare"] == {"low": 0.75, "central": 0.75, "high": 0.75}
    register.put({"id": one.id, "type": "Dependency", "originCountry": "Freedonia"}, by="tests")
    with pytest.raises(DataError) as refused:
        door.share_from_trade(one.id, reason="customs", by="tests")
    assert refused.value.code == "supply_shock.no-trade-share"
    assert np.isfinite(taken.loss.share["central"])
