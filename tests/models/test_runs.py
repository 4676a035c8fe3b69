"""Runs on a city: what goes in is pinned, what comes out is kept, and both can be checked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest
from invented_city import CITY, PROGRAMME, YEARS, dataset, programme, statistic

from madang.entities.entity import Document, json_property, property_, value_of
from madang.errors import CallerError, DataError, MadangError, ModelError, NotFoundError
from madang.indicators.address import Address
from madang.models import registry, runner
from madang.models.base import Cancelled, Context, Inputs, Result
from madang.models.economy.model import Economy
from madang.models.reference import add_reference
from madang.store import Store

LEVER = f"{PROGRAMME}#amount"


def change(store: Store, branch: str, doc: Document) -> None:
    with store.transact(branch=branch, actor="tests", reason="change") as tx:
        tx.put(doc)


def tamper(store: Store, run_id: str, with_: Callable[[dict[str, Any]], None]) -> None:
    """Change a run's record, as somebody with the file in hand could."""
    doc = store.view().document(run_id)
    assert doc is not None
    with_(doc)
    change(store, "main", doc)


# --- economy ---------------------------------------------------------------------------------------------------------


def test_a_city_without_programmes_moves_nothing(store: Store) -> None:
    run = runner.run(store, "economy")
    values = {f.id: f.quantity for f in run.indicators}
    assert values["economy.shock"].value == values["economy.value-added-korea"].value == 0
    assert values["economy.output-city"].p95 == 0


def test_value_added_imports_and_taxes_equal_what_was_put_in(store: Store) -> None:
    run = runner.run(store, "economy", branch="plan")
    assert run.diagnostics["shock_krw"] == run.diagnostics["accounted_krw"] == 10**12
    parts = ("value-added-city", "value-added-rest", "imports", "taxes")
    whole = sum(run.figure(f"economy.{part}").quantity.value for part in parts)
    assert abs(whole - 10**12) <= 2  # each figure is rounded to the won
    drawn = sum(run.draws[f"economy.{part}"] for part in parts)
    assert np.allclose(drawn, 1e12, rtol=1e-12)


def test_figures_have_status_band_and_an_address_of_their_own(store: Store) -> None:
    run = runner.run(store, "economy", branch="plan")
    figure = run.figure("economy.value-added-city")
    q = figure.quantity
    assert q.status == "estimated"
    assert q.n == 1000
    assert 0 < q.p05 < q.p50 < q.p95 < 10**12
    address = Address.parse(figure.address)
    assert (address.entity, address.attribute) == (CITY, "economy.value-added-city")
    assert runner.find_run(store, address.run)["id"] == run.id
    assert len({f.address for f in run.indicators}) == len(run.indicators)


def test_every_result_names_the_table_its_terms_and_its_assumptions(store: Store) -> None:
    notes = [note["en"] for note in runner.run(store, "economy", branch="plan").notes]
    assert any("OECD terms not checked" in note and "2015" in note for note in notes)
    assert any("Battery cells" in note for note in notes)
    pinned = runner.run(store, "economy", branch="plan").inputs
    assert pinned["table"]["licences"] == ["OECD terms not checked"]
    assert pinned["programmes"]["assumptions"] == [f"{PROGRAMME}#sectorShares"]
    assert pinned["grdp"]["datasets"] == ["urn:ngsi-ld:Dataset:test:grdp"]


def test_employment_is_unknown_with_its_reason_until_a_sourced_table_is_loaded(store: Store) -> None:
    unknown = runner.run(store, "economy", branch="plan").figure("economy.employment").quantity
    assert unknown.value is None
    assert unknown.note["ko"].startswith("자료 없음")
    codes = [row["sector"] for row in runner.run(store, "economy").tables["by-sector"]]
    text = "# source: invented\ncode,persons_per_billion_krw\n" + "\n".join(f"{c},5" for c in codes)
    with store.transact(actor="tests", reason="employment") as tx:
        sha = tx.put_blob(text.encode(), media_type="text/csv")
        tx.put(dataset("work", {"employment-coefficients.csv": sha}))
    run = runner.run(store, "economy", branch="plan")
    output = run.figure("economy.output-korea").quantity.value
    assert run.figure("economy.employment").quantity.value == pytest.approx(output / 1e9 * 5, rel=1e-9)
    assert "invented" in run.figure("economy.employment").quantity.method


def test_an_unpublished_industry_is_not_imputed_and_is_said(store: Store) -> None:
    before = runner.run(store, "economy", branch="plan")
    change(store, "plan", statistic(2020, construction=None))
    after = runner.run(store, "economy", branch="plan")
    assert any("건설업" in w["ko"] and "Construction" in w["en"] for w in after.warnings)
    sector = next(r for r in after.tables["by-sector"] if r["sector"] == "construction")
    assert (sector["location_quotient"], sector["value_added_city_krw"]) == (0, 0)
    city = "economy.value-added-city"
    assert after.figure(city).quantity.value < before.figure(city).quantity.value


def test_without_grdp_the_city_part_is_unknown_and_the_rest_still_stands(store: Store) -> None:
    with store.transact(branch="plan", actor="tests", reason="forget") as tx:
        for year in (2010, 2015, 2020):
            tx.delete(f"urn:ngsi-ld:Statistic:test:1-grdp-{year}")
    run = runner.run(store, "economy", branch="plan")
    assert run.figure("economy.value-added-city").quantity.value is None
    assert run.figure("economy.value-added-korea").quantity.value > 0
    assert run.diagnostics["accounted_krw"] == 10**12


def test_a_share_bought_locally_takes_the_place_of_the_quotient(store: Store) -> None:
    city = "economy.value-added-city"
    values = []
    for part in (0.0, 0.5, 1.0):
        change(store, "plan", programme(localShare=property_(part)))
        values.append(runner.run(store, "economy", branch="plan").figure(city).quantity.value)
    assert values[0] < values[1] < values[2]


def test_a_synthetic_input_makes_every_figure_synthetic(store: Store) -> None:
    change(store, "plan", programme(amount=None) | {"amount": property_(10**12, unit="KRW", status="synthetic")})
    run = runner.run(store, "economy", branch="plan")
    assert {f.quantity.status for f in run.indicators if f.quantity.value is not None} == {"synthetic"}


def test_a_programme_without_amount_is_left_out_and_said(store: Store) -> None:
    change(store, "plan", {**programme(amount=5e11), "id": f"{PROGRAMME}-2"})
    known = runner.run(store, "economy", branch="plan")
    assert known.figure("economy.shock").quantity.value == 1.5e12
    change(store, "plan", programme(amount=None))
    run = runner.run(store, "economy", branch="plan")
    assert run.figure("economy.shock").quantity.value == 5e11
    assert PROGRAMME in run.warnings[0]["ko"]


def test_where_no_programme_has_an_amount_what_it_moves_is_unknown_and_not_zero(store: Store) -> None:
    change(store, "plan", programme(amount=None))
    run = runner.run(store, "economy", branch="plan")
    for id in ("economy.shock", "economy.imports", "economy.value-added-city", "economy.output-induced"):
        found = run.figure(id).quantity
        assert (found.value, found.p05, found.n) == (None, None, None), id
        assert PROGRAMME in (found.note or {})["ko"]
    assert run.figure("economy.import-content").quantity.value is not None
    assert run.figure("economy.operating-sales").quantity.value == 0  # there is no plant
    assert runner.run(store, "economy").figure("economy.shock").quantity.value == 0  # and here no programme


def test_a_table_of_value_added_without_its_year_counts_as_none(store: Store) -> None:
    for year in YEARS:
        change(store, "plan", {name: said for name, said in statistic(year).items() if name != "year"})
    for model in ("economy", "supply-shock"):
        run = runner.run(store, model, branch="plan")
        assert {f.quantity.value for f in run.indicators if f.id.endswith("-city")} <= {None, 0}
    with pytest.raises(ModelError) as missing:
        runner.run(store, "clusters", branch="plan")
    assert missing.value.code == "models.input-missing"


@pytest.mark.parametrize(
    ("shares", "code"),
    [
        (None, "models.programme-without-shares"),
        ({"electronics": 0.5}, "models.programme-shares-sum"),
        ({"electronics": 0.5, "semiconductors": 0.5}, "models.programme-sector-unknown"),
        ({"electronics": 1.5, "chemicals": -0.5}, "models.programme-share"),
    ],
)
def test_a_split_that_is_no_split_is_refused_naming_the_programme(store: Store, shares: Any, code: str) -> None:
    doc = programme()
    if shares is None:
        del doc["sectorShares"]
    else:
        doc["sectorShares"] = json_property(shares)
    change(store, "plan", doc)
    with pytest.raises(DataError) as caught:
        runner.run(store, "economy", branch="plan")
    assert caught.value.code == code
    assert PROGRAMME in caught.value.message("ko")


def test_a_unit_that_is_not_the_ports_is_refused_before_anything_is_computed(store: Store) -> None:
    change(store, "plan", programme(amount=None) | {"amount": property_(1, unit="USD")})
    with pytest.raises(DataError) as caught:
        runner.run(store, "economy", branch="plan")
    assert (caught.value.code, caught.value.facts["found"]) == ("models.input-unit", "USD")


def test_another_table_loaded_takes_the_place_of_the_shipped_one(store: Store) -> None:
    from test_io_tables import OECD_TOTAL

    change(store, "plan", programme() | {"sectorShares": json_property({"electronics": 0.5, "construction": 0.5})})
    before = runner.run(store, "economy", branch="plan")
    with store.transact(actor="tests", reason="table") as tx:
        sha = tx.put_blob(OECD_TOTAL.encode(), media_type="text/csv")
        tx.put(dataset("io", {"io-table-2015.oecd.csv": sha}))
    after = runner.run(store, "economy", branch="plan")
    assert [row["sector"] for row in after.tables["by-sector"]] == ["D26", "D41T43"]
    assert after.diagnostics["accounted_krw"] == 10**12
    assert after.notes[0]["en"].startswith("Input-output table: io (tests), 2015; terms: CC0")
    assert any(s.run == before.id and s.port == "table" for s in runner.stale(store))


# --- the runner ------------------------------------------------------------------------------------------------------


def test_asking_twice_gives_the_same_run_and_writes_nothing(store: Store) -> None:
    first = runner.run(store, "economy", branch="plan")
    head = store.view().tx
    second = runner.run(store, "economy", branch="plan")
    assert (first.cached, second.cached) == (False, True)
    assert store.view().tx == head
    assert orjson.dumps({**first.as_json(), "cached": True}) == orjson.dumps(second.as_json())
    assert all(np.array_equal(first.draws[id], second.draws[id], equal_nan=True) for id in first.draws)


def test_another_seed_gives_other_draws_and_the_same_central_figures(store: Store) -> None:
    one, other = (runner.run(store, "economy", branch="plan", seed=s) for s in (0, 1))
    figure = "economy.value-added-city"
    assert one.id != other.id
    assert one.figure(figure).quantity.value == other.figure(figure).quantity.value
    assert one.figure(figure).quantity.p50 != other.figure(figure).quantity.p50


def test_a_given_parameter_is_not_drawn(store: Store) -> None:
    fixed = {"flq_delta": 0.3, "realisation": 1.0, "split_spread": 0.0, "import_spread": 0.0}
    q = runner.run(store, "economy", branch="plan", params=fixed).figure("economy.value-added-city").quantity
    assert q.p05 == q.p95 == q.value


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"flq_delta": 0.9}, "models.parameter-range"),
        ({"colour": 1.0}, "models.parameter-unknown"),
        ({f"{PROGRAMME}#height": 1.0}, "models.lever-unknown"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_there_is(store: Store, params: dict[str, float], code: str) -> None:
    with pytest.raises(MadangError) as caught:
        runner.run(store, "economy", branch="plan", params=params)
    assert caught.value.code == code
    assert caught.value.message("ko")


def test_an_unknown_model_names_those_there_are() -> None:
    with pytest.raises(NotFoundError) as caught:
        registry.model("weather")
    assert "economy" in caught.value.message("en")


def test_a_preview_is_the_run_that_would_be_and_records_nothing(store: Store) -> None:
    recorded = runner.run(store, "economy", branch="plan")
    head = store.view().tx
    preview = runner.preview(store, "economy", branch="plan", levers={LEVER: 2e12})
    assert store.view().tx == head
    q = [r.figure("economy.value-added-city").quantity for r in (recorded, preview)]
    assert q[1].value == pytest.approx(2 * q[0].value, abs=2)
    assert q[1].p95 == pytest.approx(2 * q[0].p95, abs=2)


def test_a_run_can_be_stopped(store: Store) -> None:
    with pytest.raises(Cancelled):
        runner.run(store, "economy", branch="plan", cancelled=lambda: True)
    assert store.view().types().get("ModelRun", 0) == 0


def test_progress_is_reported_between_nothing_and_all(store: Store) -> None:
    told: list[float] = []
    params = {"split_spread": 0.11}
    runner.run(store, "economy", branch="plan", params=params, progress=lambda share, what: told.append(share))
    assert told
    assert all(0 <= share <= 1 for share in told)


# --- verifying -------------------------------------------------------------------------------------------------------


def test_runs_are_reproduced_exactly(store: Store) -> None:
    for model in ("economy", "clusters"):
        for branch in ("main", "plan"):
            runner.run(store, model, branch=branch)
    runner.run(store, "economy", branch="plan", params={LEVER: 5e11})
    verdicts = runner.verify_runs(store)
    assert [v.kind for v in verdicts] == ["reproduced"] * 5


def test_one_changed_figure_is_named(store: Store) -> None:
    run = runner.run(store, "economy", branch="plan")

    def raise_it(doc: dict[str, Any]) -> None:
        doc["results"]["json"]["indicators"]["economy.imports"]["value"] += 1

    tamper(store, run.id, raise_it)
    verdict = runner.verify_run(store, run.id)
    assert verdict.kind == "differs"
    assert [d.figure for d in verdict.differences] == ["indicators.economy.imports.value"]
    assert "economy.imports" in verdict.message("ko")


def test_a_changed_hash_or_draw_is_noticed_too(store: Store) -> None:
    run = runner.run(store, "economy", branch="plan")
    tamper(store, run.id, lambda doc: doc["resultHash"].update(value="0" * 64))
    assert runner.verify_run(store, run.id).differences[0].figure == "resultHash"


class OlderEconomy(Economy):
    """The economy on an engine of long ago, whose imports come out otherwise by some won."""

    def __init__(self, off: int) -> None:
        self.spec = replace(Economy.spec, engine_version=lambda: "0.1")
        self._off = off

    def run(self, inputs: Inputs, params: Mapping[str, Any], ctx: Context) -> Result:
        found = super().run(inputs, params, ctx)
        imports = found.indicators["economy.imports"]
        off = replace(imports, value=(imports.value or 0) + self._off)
        return replace(found, indicators={**found.indicators, "economy.imports": off})


def test_another_engine_version_is_within_tolerance_only_where_figures_are_close(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for seed, off in enumerate((1, 10**6)):
        with monkeypatch.context() as then:
            then.setattr(registry, "model", lambda id, off=off: OlderEconomy(off))
            run = runner.run(store, "economy", branch="plan", seed=seed)
        found.append(runner.verify_run(store, run.id))
    assert [verdict.kind for verdict in found] == ["within-tolerance", "differs"]
    assert "0.1" in found[0].reason


@pytest.mark.parametrize("field", ["modelVersion", "engineVersion", "platform", "seed"])
def test_a_record_that_says_it_was_made_otherwise_is_not_reproduced(store: Store, field: str) -> None:
    run = runner.run(store, "economy", branch="plan")
    tamper(store, run.id, lambda doc: doc[field].update(value=7 if field == "seed" else "0.1"))
    verdict = runner.verify_run(store, run.id)
    assert verdict.kind == "differs"
    assert "cacheKey" in {one.figure for one in verdict.differences}


def test_a_run_of_a_model_that_is_gone_cannot_be_computed(store: Store) -> None:
    run = runner.run(store, "economy", branch="plan")
    tamper(store, run.id, lambda doc: doc["model"].update(value="weather"))
    assert runner.verify_run(store, run.id).kind == "cannot"


def test_a_changed_source_makes_a_run_stale_and_is_no_failure(store: Store) -> None:
    run = runner.run(store, "economy", branch="plan")
    assert runner.stale(store) == []
    change(store, "plan", programme(2e12))
    assert [(s.run, s.port) for s in runner.stale(store)] == [(run.id, "programmes")]
    assert runner.verify_run(store, run.id).kind == "reproduced"
    assert value_of(runner.find_run(store, run.id), "state") == "finished"


def test_a_run_nobody_made_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError):
        runner.find_run(store, "00000000")


# --- reference files -------------------------------------------------------------------------------------------------

TERMS = {"title": {"ko": "표", "en": "table"}, "publisher": {"ko": "시험", "en": "tests"}, "licence": "CC0"}


def test_a_reference_file_is_checked_then_kept_and_a_newer_one_takes_its_place(store: Store) -> None:
    from test_io_tables import OECD_TOTAL, bok_csv

    def add(name: str, data: bytes) -> str:
        return add_reference(store, name, data, actor="tests", reason="table", **TERMS)

    change(store, "plan", programme() | {"sectorShares": json_property({"electronics": 0.5, "construction": 0.5})})
    first = add("io-table-2015.oecd.csv", OECD_TOTAL.encode())
    run = runner.run(store, "economy", branch="plan")
    assert run.inputs["table"]["datasets"] == [first]
    change(store, "plan", programme() | {"sectorShares": json_property({"C09": 0.5, "F": 0.5})})
    assert add("io-table-2020.bok.csv", bok_csv()) == first
    assert runner.run(store, "economy", branch="plan").inputs["table"]["name"] == "io-table-2020.bok.csv"
    assert runner.verify_run(store, run.id).kind == "reproduced"  # its own table is kept
    with pytest.raises(DataError):
        add("io-table-2020.bok.csv", OECD_TOTAL.encode())
    with pytest.raises(CallerError):
        add("table.csv", OECD_TOTAL.encode())
