"""Siting on real cities: alternatives, bands, what is unknown, swapped cities, capacities, real stations and roads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from docs.pages import Run
from madang.entities.entity import Document, geo_property, geometry_of, json_property, language_property, property_
from madang.errors import CallerError, DataError
from madang.lab import compare as comparing
from madang.models import runner
from madang.models.base import Context
from madang.models.ensemble import parameters
from madang.models.inputs import inputs_of, read_inputs
from madang.models.many.design import sample
from madang.models.many.experiments import evaluate
from madang.models.siting.card import OUTPUTS, SPEC
from madang.models.siting.model import Siting
from madang.sources import base
from madang.sources.korea import city_from_packages
from madang.store import Store

DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")
STUDY = "urn:ngsi-ld:SitingStudy:test:labs"
CENTRAL = {"detour": 1.3, "speed": 25.0, "growth": 1.0, "growth_spread": 0.0}


@cache
def dongs(city: str) -> tuple[Document, ...]:
    """The dong of a real city."""
    return tuple(d for d in city_from_packages(city).entities if d["type"] == "Dong")


def centre(dong: Document) -> list[float]:
    point = shapely.geometry.shape(geometry_of(dong)).representative_point()
    return [round(point.x, 6), round(point.y, 6)]


def site(name: str, at: Sequence[float], state: str = "candidate", **more: Any) -> Document:
    """A shared laboratory, at a place that was made up."""
    return {
        "id": f"urn:ngsi-ld:ServiceSite:test:{name}",
        "type": "ServiceSite",
        "name": language_property({"ko": f"{name}호", "en": f"Site {name}"}),
        "kind": property_("shared-lab"),
        "state": property_(state),
        "location": geo_property({"type": "Point", "coordinates": list(at)}),
        "status": property_("synthetic"),
        **more,
    }


def study(**more: Any) -> Document:
    return {"id": STUDY, "type": "SitingStudy", "kind": property_("shared-lab"), **more}


def fill(store: Store, city: str, branch: str = "plan") -> None:
    """A city's dong on main with one site that stands; and a branch with four candidates."""
    found = dongs(city)
    with store.transact(actor="tests", reason="dong") as tx:
        tx.put_many([*found, site("stands", centre(found[0]), "operating")])
    store.fork(branch, actor="tests", reason="fork")
    with store.transact(branch=branch, actor="tests", reason="candidates") as tx:
        tx.put_many([site(str(n), centre(found[n])) for n in (2, 4, 6, 8)])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(
        tmp_path / "city.gpkg", city_id="test", title={"ko": "시험", "en": "Test"}, synchronous="OFF"
    ) as made:
        fill(made, "icheon")
        yield made


def put(store: Store, *docs: Document, branch: str = "plan") -> None:
    with store.transact(branch=branch, actor="tests", reason="change") as tx:
        tx.put_many(docs)


def values(run: runner.Run) -> dict[str, Any]:
    return {f.id: f.quantity.value for f in run.indicators}


def test_a_branch_with_candidates_brings_people_nearer_and_says_where(store: Store) -> None:
    found = comparing.compare(store, "plan")
    minutes, share = found.row("siting.minutes"), found.row("siting.covered-share")
    assert None not in (minutes.p05, minutes.difference, minutes.p95, share.difference)
    assert minutes.p05 <= minutes.difference <= minutes.p95 < 0
    assert share.difference >= 0
    run = runner.run(store, "siting", branch="plan", params={"p": 2})
    rows = run.tables["sites"]
    assert [row["state"] for row in rows] == ["chosen", "chosen", "standing"]
    people = sum(d["population"]["value"] for d in dongs("icheon"))
    assert sum(row["served"] for row in rows) == people
    by_place = run.tables["by-district:siting.minutes"]
    assert sum(row["weight"] for row in by_place) == people
    mean = sum(row["weight"] * row["value"] for row in by_place) / people
    assert run.figure("siting.minutes").quantity.value == pytest.approx(mean)
    assert run.figure("siting.worst-minutes").quantity.value == max(row["value"] for row in by_place)
    access = {row["id"]: row for row in run.tables["access"]}
    main = values(runner.run(store, "siting"))
    assert access["before"]["minutes"] == main["siting.minutes"]
    assert values(run)["siting.minutes-saved"] == pytest.approx(-access["change"]["minutes"])
    curve = [row["minutes"] for row in run.tables["marginal"]]
    assert [row["sites"] for row in run.tables["marginal"]] == [0, 1, 2, 3, 4]
    assert curve == sorted(curve, reverse=True)
    assert {verdict.kind for verdict in runner.verify_runs(store)} == {"reproduced"}


def test_the_band_is_of_the_sites_that_were_chosen(store: Store) -> None:
    """With every uncertainty fixed, by words that only the question holds, members repeat the central answer."""
    asked = {"p": 2, "objective": "p-center", **CENTRAL}
    run = runner.run(store, "siting", branch="plan", params=asked)
    for id, column in run.draws.items():
        assert column == pytest.approx(run.figure(id).quantity.value), id
    assert run.figure("siting.worst-minutes").quantity.value == pytest.approx(
        min(
            values(runner.run(store, "siting", branch="plan", params={**asked, "objective": word}))[
                "siting.worst-minutes"
            ]
            for word in ("p-median", "coverage", "equity", "p-center")
        )
    )


def test_a_study_on_the_branch_asks_and_its_number_can_be_turned(store: Store) -> None:
    put(store, study(objective=property_("equity"), newSites=property_(2, unit="C62")))
    run = runner.run(store, "siting", branch="plan")
    assert values(run)["siting.new-sites"] == 2
    assert "equity" in run.notes[0]["en"]
    turned = runner.preview(store, "siting", branch="plan", levers={f"{STUDY}#newSites": 3.2})
    assert values(turned)["siting.new-sites"] == 3
    assert any("3.2" in warning["en"] for warning in turned.warnings)
    with pytest.raises(CallerError) as told:
        runner.preview(store, "siting", branch="plan", levers={f"{STUDY}#newSites": 5})
    assert told.value.code == "siting.too-few-candidates"
    put(store, {**study(), "id": STUDY + "-again"})
    with pytest.raises(DataError) as twice:
        runner.run(store, "siting", branch="plan")
    assert twice.value.code == "siting.study-twice"


def test_more_sites_never_serve_worse_in_any_member_of_a_design(store: Store) -> None:
    """A design that turns p chooses again for each number; growth is the same for every member."""
    pinned = read_inputs(store.view("plan"), SPEC, store.blob)
    numbers = {p.name: np.full(4, p.default) for p in SPEC.params} | {"p": np.array([1.0, 2.0, 3.0, 4.0])}
    numbers["growth_spread"] = np.zeros(4)
    with Context(seed=0) as ctx:
        found = Siting().run_batch(inputs_of(SPEC, pinned), numbers, ctx)
        worded = Siting().run_batch(inputs_of(SPEC, pinned), {**numbers, "objective": "p-center"}, ctx)
    assert (np.diff(found["siting.minutes"]) <= 1e-9).all()
    assert found["siting.new-sites"].tolist() == [1, 2, 3, 4]
    assert (worded["siting.worst-minutes"] <= found["siting.worst-minutes"] + 1e-9).all()


def test_a_design_chooses_by_the_words_and_numbers_of_its_question(store: Store) -> None:
    """Members of a design are served by the sites that the run with the same question chooses."""
    asked = {"p": 1, "objective": "coverage", "minutes": 5, **CENTRAL}
    run = runner.run(store, "siting", branch="plan", params=asked)
    other = runner.run(store, "siting", branch="plan", params={**asked, "objective": "p-median"})
    assert values(run)["siting.minutes"] > values(other)["siting.minutes"]
    pinned = read_inputs(store.view("plan"), SPEC, store.blob)
    design = sample(SPEC, 8, over=["growth"])
    found = evaluate(Siting(), pinned, design, chosen=parameters(SPEC, asked), executor="in-process")
    assert found.outcomes["siting.minutes"] == pytest.approx(values(run)["siting.minutes"])


def test_what_is_not_known_is_unknown_and_not_zero(store: Store) -> None:
    found = dongs("icheon")
    with store.transact(actor="tests", reason="site gone") as tx:
        tx.delete(site("stands", [0, 0])["id"])
    assert set(values(runner.run(store, "siting")).values()) == {None}  # no access, and not none needed
    without = {name: value for name, value in found[3].items() if name != "population"}
    put(store, without, branch="plan")
    run = runner.run(store, "siting", branch="plan")
    assert [values(run)[id] for id in ("siting.covered", "siting.new-sites")] == [None, None]
    assert found[3]["name"]["languageMap"]["ko"] in (run.figure("siting.minutes").quantity.note or {})["ko"]
    worst = runner.run(store, "siting", branch="plan", params={"objective": "p-center"})
    assert values(worst)["siting.worst-minutes"] is not None
    assert values(worst)["siting.minutes"] is None
    allowed = runner.run(store, "siting", branch="plan", params={"unknown_allowed": 0.1})
    assert values(allowed)["siting.minutes"] is not None
    assert any("left out" in warning["en"] for warning in allowed.warnings)
    with store.transact(branch="plan", actor="tests", reason="dong gone") as tx:
        for one in found:
            tx.delete(one["id"])
    assert set(values(runner.run(store, "siting", branch="plan")).values()) == {None}


def test_two_cities_that_swap_their_data_swap_their_answers(tmp_path: Path) -> None:
    answers = {}
    for name, first, second in (("a", "icheon", "gwangyang"), ("b", "gwangyang", "icheon")):
        title = {"ko": name, "en": name}
        with Store.create(tmp_path / f"{name}.gpkg", city_id="test", title=title, synchronous="OFF") as made:
            made.fork("plan", actor="tests", reason="fork")
            for city in (first, second):
                with made.transact(actor="tests", reason="empty") as tx:
                    for one in dongs(first) if city == second else ():
                        tx.delete(one["id"])
                fill(made, city, city)
                run = runner.run(made, "siting", branch=city)
                answers[name, city] = (run.result_hash, run.tables["sites"][0]["label"], values(run))
    for city in ("icheon", "gwangyang"):
        assert answers["a", city] == answers["b", city]
    assert answers["a", "icheon"][2] != answers["a", "gwangyang"][2]


def test_groups_capacities_and_kinds(store: Store) -> None:
    """Who is old waits longer where the old live far off; a site over its capacity is named; no service is guessed."""
    found = dongs("icheon")
    far = max(found, key=lambda d: np.hypot(*np.subtract(centre(d), centre(found[0]))))
    for one in found:
        groups = {"0-64": 100, "65+": 900 if one is far else 10}
        put(store, {**one, "populationByGroup": json_property(groups)}, branch="main")
    rows = {row["group"]: row for row in runner.run(store, "siting").tables["by-group:siting.minutes"]}
    assert rows["65+"]["value"] > rows["0-64"]["value"]
    put(store, site("2", centre(found[2]), servesPersons=property_(10, unit="IE")))
    run = runner.run(store, "siting", branch="plan", params={"p": 4})
    assert any("Site 2 would serve" in warning["en"] for warning in run.warnings)
    put(store, site("pump", centre(found[5]), kind=property_("charger")))
    unclear = runner.run(store, "siting", branch="plan")
    assert "charger, shared-lab" in (unclear.figure("siting.minutes").quantity.note or {})["en"]
    assert values(runner.run(store, "siting", branch="plan", params={"service": "charger"}))["siting.new-sites"] == 1
    with pytest.raises(CallerError) as told:
        runner.run(store, "siting", branch="plan", params={"service": "hospital"})
    assert told.value.code == "siting.service-unknown"


def test_every_indicator_stands_in_the_catalogue_and_no_figure_is_missing(store: Store) -> None:
    run = runner.run(store, "siting", branch="plan")
    assert sorted(f.id for f in run.indicators) == sorted(OUTPUTS)
    assert {f.quantity.status for f in run.indicators if f.quantity.value is not None} == {"synthetic"}  # as its sites
    assert any("5 of the 5 sites are made up" in note["en"] for note in run.notes)


@pytest.mark.needs_data
def test_a_map_can_draw_who_goes_where_and_how_far_it_is_from_anywhere(store: Store) -> None:
    run = runner.run(store, "siting", branch="plan", params={"p": 2})
    people = sum(d["population"]["value"] for d in dongs("icheon"))
    flows = run.tables["flows:siting.covered"]
    assert {sum(row[state] for row in flows) for state in ("value", "before")} == {people}
    served = {row["site"]: row["served"] for row in run.tables["sites"]}
    for site_id, persons in served.items():
        assert sum(row["value"] for row in flows if row["to"] == site_id) == pytest.approx(persons)
    assert all(row["before"] == 0 for row in flows if row["to"].endswith((":2", ":4", ":6", ":8")))
    (grid,) = run.tables["grid:siting.distance"]
    before, after = grid["values"]
    assert max(grid["columns"], grid["rows"]) == 64
    assert len(before) == len(after) == grid["columns"] * grid["rows"]
    assert [a is None for a in after] == [b is None for b in before]
    assert all(a <= b for a, b in zip(after, before, strict=True) if a is not None)
    width, height = grid["east"] - grid["west"], grid["north"] - grid["south"]
    for row in run.tables["sites"]:  # at a site the way is at most that to the corner of its cell
        column = int((row["lon"] - grid["west"]) / width * grid["columns"])
        line = int((grid["north"] - row["lat"]) / height * grid["rows"])
        here = after[line * grid["columns"] + column]
        assert here is None or here < 1.3 * 111 * max(width / grid["columns"], height / grid["rows"])
    main = runner.run(store, "siting")
    assert "before" not in main.tables["flows:siting.covered"][0]  # nothing is added on main
    assert len(main.tables["grid:siting.distance"][0]["values"]) == 1


def test_real_stations_and_roads(store: Store) -> None:
    """The nearest of 50 real stations serves Icheon; around Pangyo ways run along the roads, longer than straight."""
    stations, roads = DATA / "economy/hydrogen_stations_202009_cp949.csv", DATA / "mobility/roads_pangyo.geojson"
    if not (stations.exists() and roads.exists()):
        pytest.skip("the development data folder is absent")
    base.write(store, [base.read(stations), base.read(roads)], actor="tests", reason="real data")
    run = runner.run(store, "siting", params={"service": "hydrogen-station"})
    assert "reaches 0 of" in run.notes[1]["en"]
    assert 5 < values(run)["siting.minutes"] < 120
    near = [[127.1000413, 37.4074177], [127.0897631, 37.4042473], [127.092743, 37.4052152]]
    for n, at in enumerate(near):
        point = {
            "id": f"urn:ngsi-ld:DemandPoint:test:{n}",
            "type": "DemandPoint",
            "population": property_(100, unit="IE", status="synthetic"),
            "location": geo_property({"type": "Point", "coordinates": at}),
        }
        put(store, point, branch="main")
    put(store, site("pangyo", near[0], "operating", kind=property_("clinic")), branch="main")
    along, straight = (
        runner.run(store, "siting", params={"service": "clinic", "distance": way, "detour": 1.0})
        for way in ("roads", "straight")
    )
    assert along.diagnostics["on_roads"] == 1
    assert "도로를 따라" in along.tables["grid:siting.distance"][0]["note"]["ko"]
    assert values(along)["siting.minutes"] >= values(straight)["siting.minutes"] > 0


def test_the_page_of_the_model_is_true(icheon_file: Path, tmp_path: Path) -> None:
    assert icheon_file.parent == tmp_path
    Run("models/siting.md", tmp_path).all()
