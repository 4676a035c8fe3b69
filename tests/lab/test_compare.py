"""A comparison is fair (same draws), complete (the difference has the band), and the same bytes each time."""

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest
from invented_city import PROGRAMME, programme

from madang.entities.entity import geo_property, json_property, language_property, property_
from madang.errors import CallerError, MadangError
from madang.lab import compare as comparing
from madang.lab import origin, turnables
from madang.lab.backtest import GUESSES, backtest
from madang.models import registry, runner
from madang.models.base import Port
from madang.models.industries import BY_ID as BY_INDUSTRY
from madang.models.inputs import Pinned, read_inputs
from madang.sources.korea import national_tables
from madang.store import Store
from madang.web.api import keeping

LEVER = f"{PROGRAMME}#amount"


def test_the_same_question_twice_gives_the_same_bytes(store: Store) -> None:
    first = comparing.compare(store, "plan")
    head = store.view().tx
    again = comparing.compare(store, "plan")
    assert again.as_bytes() == first.as_bytes()
    assert orjson.dumps(again.as_json()) == orjson.dumps(first.as_json())  # the order of keys too
    assert store.view().tx == head  # nothing was run again


def test_the_comparison_has_all_that_a_page_needs(store: Store) -> None:
    told = comparing.compare(store, "plan").as_json()
    assert told["conservation"] == {"shock_krw": 10**12, "accounted_krw": 10**12}
    wanted = {"id", "label", "unit", "main", "branch", "difference", "p05", "p50", "p95", "direction", "status",
              "model", "run", "address", "note"}  # fmt: skip
    assert all(wanted <= row.keys() for row in told["indicators"])
    by_id = {row["id"]: row for row in told["indicators"]}
    assert by_id["economy.employment"]["branch"] is None
    assert by_id["economy.employment"]["note"]["en"].startswith("No data")
    row = by_id["economy.value-added-city"]
    assert row["difference"] == row["branch"] - row["main"]
    assert row["p05"] < row["difference"] < row["p95"]
    assert set(told["runs"]["economy"]) == {"main", "plan"}


def test_a_branch_that_changes_nothing_differs_by_exactly_zero(store: Store) -> None:
    store.fork("same", parent="plan", actor="tests", reason="fork")
    found = comparing.compare(store, "same", against="plan")
    assert set(found.runs) >= {"economy", "clusters"}
    for row in found.rows:
        assert row.difference in (0, None)
        assert row.p05 in (0, None)
        assert row.p95 in (0, None)


def test_the_band_is_that_of_the_difference_not_of_each_branch(store: Store) -> None:
    """Two branches with nearly the same programme: each band is wide, that of the difference is not."""
    store.fork("more", parent="plan", actor="tests", reason="fork")
    with store.transact(branch="more", actor="tests", reason="a little more") as tx:
        tx.put(programme(1.01e12))
    row = comparing.compare(store, "more", against="plan").row("economy.value-added-city")
    own = runner.run(store, "economy", branch="more").figure(row.id).quantity
    assert row.p95 - row.p05 < 0.02 * (own.p95 - own.p05)
    assert row.p05 > 0


def test_only_models_whose_inputs_differ_are_compared_unless_asked(store: Store) -> None:
    assert set(comparing.compare(store, "plan").runs) == {"economy"}
    assert set(comparing.compare(store, "plan", models=["clusters"]).runs) == {"clusters"}


def test_a_known_comparison_computes_nothing(store: Store) -> None:
    assert comparing.known_comparison(store, "plan") is None
    made = comparing.compare(store, "plan")
    known = comparing.known_comparison(store, "plan")
    assert known is not None
    assert known.as_bytes() == made.as_bytes()


def test_levers_turn_without_recording_and_at_rest_say_what_was_recorded(store: Store) -> None:
    made = comparing.compare(store, "plan")
    lever = comparing.levers(store, "plan")[0]
    assert (lever.id, lever.value, lever.min, lever.unit) == (LEVER, 1e12, 0, "KRW")
    assert lever.max >= 3 * lever.value
    assert lever.label["ko"] == "공장"
    head = store.view().tx
    still = comparing.what_if(store, "plan", {LEVER: lever.value})
    assert [(r.difference, r.p05, r.p95) for r in still.rows] == [(r.difference, r.p05, r.p95) for r in made.rows]
    half = comparing.what_if(store, "plan", {LEVER: lever.value / 2})
    assert half.row("economy.shock").difference == lever.value / 2
    assert half.recorded is False
    assert store.view().tx == head


def test_an_amount_that_is_an_assumption_says_so_on_its_lever(store: Store) -> None:
    doc = programme()
    doc["amount"]["assumption"] = {"type": "LanguageProperty", "languageMap": {"ko": "출발값", "en": "a start"}}
    with store.transact(branch="plan", actor="tests", reason="assumed") as tx:
        tx.put(doc)
    assert comparing.levers(store, "plan")[0].assumption is True
    assert comparing.levers(store, "main") == []


def test_an_unknown_lever_is_refused_naming_those_there_are(store: Store) -> None:
    with pytest.raises(CallerError) as caught:
        comparing.what_if(store, "plan", {"urn:x#amount": 1.0})
    assert LEVER in caught.value.message("en")


def test_a_programme_without_amount_has_no_lever(store: Store) -> None:
    with store.transact(branch="plan", actor="tests", reason="no amount") as tx:
        tx.put(programme(None, title=property_("x")))
    assert comparing.levers(store, "plan") == []


# --- how it shows itself ---------------------------------------------------------------------------------------------


def test_a_notebook_shows_a_table_in_the_readers_language(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = comparing.compare(store, "plan")
    monkeypatch.setenv("MADANG_LANG", "ko")
    html = made._repr_html_()
    assert "<th>현행</th>" in html
    assert "1조 원" in html
    assert "자료 없음" in html
    monkeypatch.setenv("MADANG_LANG", "en")
    assert "Value added staying in the city" in made._repr_html_()


def test_it_becomes_a_frame_and_a_picture(store: Store) -> None:
    made = comparing.compare(store, "plan")
    assert made.to_pandas().loc["economy.shock", "branch"] == 10**12
    axes = made.plot("en")
    assert len(axes.patches) == sum(r.unit == "KRW" and r.difference is not None for r in made.rows)


@pytest.mark.parametrize(("library", "call"), [("pandas", "to_pandas"), ("matplotlib.figure", "plot")])
def test_without_the_notebook_extra_it_says_what_to_install(
    store: Store, monkeypatch: pytest.MonkeyPatch, library: str, call: str
) -> None:
    made = comparing.compare(store, "plan")
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(CallerError) as caught:
        getattr(made, call)()
    assert "madang[notebook]" in caught.value.message("en")


# --- where a number comes from ---------------------------------------------------------------------------------------


def test_every_figure_of_a_comparison_explains_itself_and_computes_to_the_same(store: Store) -> None:
    for row in comparing.compare(store, "plan").rows[:3]:
        told = origin.explain(store, row.address)
        assert told["value"] == row.branch
        assert told["stale"] is False
        again = origin.recompute(store, row.address)
        assert (again["equal"], again["verdict"]) == (True, "reproduced")


# --- against what came -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report() -> Any:
    return backtest("clusters", national_tables())


def test_all_229_districts_are_judged_by_every_guess(report: Any) -> None:
    assert report.districts == 229
    assert tuple(s.guess for s in report.scores) == GUESSES
    for score in report.scores:
        assert 0 < score.median <= score.p90 <= score.worst
        assert len(score.misses) == 10
        assert abs(score.misses[0].error) == score.worst
        assert score.misses[0].name


def test_no_change_errs_by_what_changed(report: Any) -> None:
    """Computed here from the raw table: 1 - VA(2015) / VA(2020) over cells published in both years."""
    table = national_tables().grdp
    errors = []
    for (year, code), then in table.items():
        if year == 2015:
            now = table[2020, code]
            both = [i for i in then if i in now and i in BY_INDUSTRY]
            errors.append(abs(sum(then[i] for i in both) / sum(now[i] for i in both) - 1))
    assert report.scores[0].median == pytest.approx(float(np.median(errors)), rel=1e-9)


def test_the_report_says_plainly_whether_the_model_beats_naive_guesses(report: Any) -> None:
    page = report.as_markdown()
    assert "does not help" in page or "structure helps" in page
    assert "Sejong" not in page.split("##")[0]  # codes only in lists; names where a miss is named
    assert "29010" in page
    assert report.as_json()["districts"] == 229


def test_a_model_that_forecasts_nothing_measured_is_refused() -> None:
    with pytest.raises(MadangError) as caught:
        backtest("economy", national_tables())
    assert caught.value.code == "lab.no-backtest"


def put_supplies(store: Store) -> None:
    with store.transact(branch="plan", actor="tests", reason="supplies") as tx:
        tx.put({
            "id": DEPENDENCY, "type": "Dependency", "item": language_property({"ko": "소재", "en": "Material"}),
            "originShare": {**json_property({"low": 0.2, "central": 0.3, "high": 0.6}), "source": property_("survey")},
            "stockDays": json_property({"low": 20, "central": 30, "high": 50}),
            "substitutionDays": json_property(0),
        })  # fmt: skip
        tx.put({"id": "urn:ngsi-ld:TaxChange:test:1", "type": "TaxChange", "taxBase": property_("output"),
                "rateChange": property_(-0.1, unit="C62")})  # fmt: skip


DEPENDENCY = "urn:ngsi-ld:Dependency:test:1"


def test_a_value_stated_as_low_central_and_high_is_a_lever_at_its_central_value(store: Store) -> None:
    put_supplies(store)
    found = {one.attribute: one for one in comparing.levers(store, "plan") if one.entity == DEPENDENCY}
    share, stock, late = (found[name] for name in ("originShare", "stockDays", "substitutionDays"))
    assert (share.value, share.min, share.max, share.unit, share.source) == (0.3, 0.0, 1.0, "C62", "survey")
    assert (stock.value, stock.low, stock.high, stock.min, stock.max, stock.unit) == (30, 20, 50, 0.0, 90, "DAY")
    assert (late.value, late.min, late.max) == (0.0, 0.0, 100.0)
    turnable = next(one for one in turnables.turnables(store, "plan") if one.id == share.id)
    assert (turnable.low, turnable.central, turnable.high, turnable.is_assumed_range) == (0.2, 0.3, 0.6, False)


def test_a_rate_below_zero_is_a_lever_and_one_beyond_what_can_be_true_is_refused(store: Store) -> None:
    put_supplies(store)
    rate = next(one for one in comparing.levers(store, "plan") if one.attribute == "rateChange")
    assert (rate.value, rate.min, rate.max) == (-0.1, -0.5, 0.5)
    for value in (0.6, -0.51):
        with pytest.raises(CallerError) as caught:
            comparing.what_if(store, "plan", {rate.id: value})
        assert caught.value.code == "models.parameter-range"


def test_a_kept_slider_of_a_range_leaves_one_number_and_no_second_value() -> None:
    was = {**json_property({"low": 20, "central": 30, "high": 50}), "source": property_("survey")}
    made = keeping.chosen(was, 45.0, reason="agreed", language="en")
    assert made["json"] == 45.0
    assert "value" not in made
    assert "source" not in made


def test_a_range_and_a_place_that_are_made_up_make_the_figure_so(store: Store) -> None:
    """What a port reads without a unit counts too, and where it comes from; a word of which nobody says it does not."""
    port = Port("sites", "ServiceSite", ("servesPersons", "location", "name"))
    spec = replace(registry.model("economy").spec, inputs=(port,))

    def read(**more: Any) -> Pinned:
        with store.transact(branch="plan", actor="tests", reason="site") as tx:
            tx.put({"id": "urn:ngsi-ld:ServiceSite:test:1", "type": "ServiceSite", "name": property_("lab"), **more})
        return read_inputs(store.view("plan"), spec, store.blob)["sites"]

    place = geo_property({"type": "Point", "coordinates": [127.1, 37.4]})
    made_up = {"status": property_("synthetic"), "source": property_("urn:ngsi-ld:Dataset:test:drawn")}
    assert read(location=place).statuses == ()
    assert read(location={**place, **made_up}).statuses == ("synthetic",)
    ranged = read(servesPersons={**json_property({"low": 1, "central": 2, "high": 3}), **made_up})
    assert (ranged.statuses, ranged.datasets) == (("synthetic",), ("urn:ngsi-ld:Dataset:test:drawn",))
