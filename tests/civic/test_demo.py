"""The demo's cities are whole or not there, and say what is real in them and what is assumed."""

import multiprocessing
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import shapely
from shapely.geometry import shape

from madang.civic.announced import claims, questions
from madang.civic.deciding import proposals
from madang.civic.demo.build import BuiltDemo, build_city, build_demo
from madang.civic.demo.entities import footprint
from madang.civic.demo.plan import Facility, demo_plan, parse_plan
from madang.entities.entity import (
    NOT_SUB_ATTRIBUTES,
    Document,
    Instance,
    attributes,
    geometry_of,
    instance_of,
    provenance_of,
    value_of,
)
from madang.entities.query import Query, parse_types
from madang.entities.vocabulary import attribute_info
from madang.errors import CallerError, DataError, FileError, ForbiddenError, NotFoundError
from madang.lab.taxonomy import falls_under, strategic
from madang.models import runner
from madang.plan import promises
from madang.store import Store, View
from madang.twin.frames import frames

DATA = Path(os.environ.get("MADANG_DATA") or Path(__file__).parents[3] / "shared" / "data")
SAMPYEONG = "urn:ngsi-ld:Dong:kostat-2020:3102374"
PROPOSAL = "urn:ngsi-ld:Proposal:madang:battery-hydrogen"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> BuiltDemo:
    """Both cities with a policy, built by two processes, never to be changed."""
    told: list[tuple[float, str]] = []
    folder = tmp_path_factory.mktemp("demo")
    built = build_demo(
        folder, cities=["gwangyang", "seongnam"], progress=lambda share, what: told.append((share, what))
    )
    assert [share for share, _ in told] == [0.5, 1.0]
    return built


@pytest.fixture(scope="module")
def gwangyang(demo: BuiltDemo) -> Store:
    return Store.open(demo.cities[0].path)


@pytest.fixture(scope="module")
def seongnam(demo: BuiltDemo) -> Store:
    return Store.open(demo.cities[1].path)


def of_type(view: View, type: str) -> list[Document]:
    return view.documents(Query(types=parse_types(type)))


def facilities() -> list[Facility]:
    return [facility for branch in demo_plan().branches for facility in branch.facilities]


def claim(store: Store, code: str) -> claims.ClaimState:
    return next(found for found in claims.claims(store) if found["id"].endswith(f":{code}"))


def test_a_built_city_is_sound_and_is_left_alone_the_next_time(demo: BuiltDemo) -> None:
    for city in demo.cities:
        assert sorted(p.name for p in city.path.parent.iterdir() if not p.name.endswith(("-wal", "-shm"))) == [
            "gwangyang.gpkg",
            "seongnam.gpkg",
        ]
        with Store.open(city.path) as store:
            assert store.verify().ok
    again = build_demo(demo.cities[0].path.parent, cities=["gwangyang", "seongnam"])
    assert all(city.reused for city in again.cities)
    assert [city.entities for city in again.cities] == [city.entities for city in demo.cities]


def test_the_question_of_gwangyang_comes_from_its_programme(gwangyang: Store) -> None:
    assert questions.question(gwangyang, "battery-hydrogen") == {
        "ko": "광양 34개 기업 1조 3,742억 원, 지역에 얼마가 남습니까?",
        "en": "34 companies, KRW 1.3742 tn: how much stays in Gwangyang?",
    }
    assert "제조업" in questions.question(gwangyang)["ko"]


def test_an_assumed_amount_is_called_one_in_the_question(seongnam: Store) -> None:
    asked = questions.question(seongnam, "fabless-valley")
    assert "(가정)" in asked["ko"]
    assert "(assumed)" in asked["en"]


@pytest.mark.parametrize(
    ("krw", "ko", "en"),
    [
        (1_374_200_000_000, "1조 3,742억 원", "KRW 1.3742 tn"),
        (2_000_000_000_000, "2조 원", "KRW 2 tn"),
        (300_000_000_000, "3,000억 원", "KRW 300 bn"),
        (5_000_000, "5,000,000원", "KRW 5 mn"),
    ],
)
def test_money_reads_as_people_write_it(krw: int, ko: str, en: str) -> None:
    assert (questions.money(krw, "ko"), questions.money(krw, "en")) == (ko, en)


def test_published_parts_carry_a_source_and_assumed_parts_their_reason(gwangyang: Store, seongnam: Store) -> None:
    (pledged,) = of_type(gwangyang.view("battery-hydrogen"), "Programme")
    for attribute, value in (("amount", 1_374_200_000_000), ("pledgedBy", 34)):
        assert value_of(pledged, attribute) == value
        assert provenance_of(pledged, attribute).status == "observed"
        assert provenance_of(pledged, attribute).source == "urn:ngsi-ld:Dataset:announced:gwangyang-4ir-committee"
    (wished,) = of_type(seongnam.view("fabless-valley"), "Programme")
    for document, attribute, status in (
        (pledged, "sectorShares", "estimated"),
        (wished, "sectorShares", "estimated"),
        (wished, "amount", "synthetic"),
    ):
        chosen = instance_of(document, attribute) or {}
        assert value_of(chosen, "assumption") is True
        assert value_of(chosen, "basis")["ko"]
        assert provenance_of(document, attribute).status == status
    for document in (pledged, wished):
        assert abs(sum(value_of(document, "sectorShares").values()) - 1) < 1e-9


def test_three_facilities_stand_inside_the_real_dong_and_clear_of_the_sample(seongnam: Store) -> None:
    view = seongnam.view("fabless-valley")
    dong = shape(geometry_of(view.document(SAMPYEONG) or {}))
    facilities = [shape(geometry_of(facility)) for facility in of_type(view, "Facility")]
    assert len(facilities) == 3
    assert all(dong.contains(facility) for facility in facilities)
    buildings = [shape(geometry_of(building)) for building in of_type(view, "Building")]
    assert len(buildings) > 100
    assert not any(building.intersects(facility) for building in buildings for facility in facilities)
    assert {provenance_of(building).status for building in of_type(view, "Building")} == {"synthetic"}


def test_planned_things_stand_on_the_branch_only(seongnam: Store, gwangyang: Store) -> None:
    for store in (seongnam, gwangyang):
        assert not of_type(store.view(), "Programme,Facility")
    assert len(of_type(seongnam.view("fabless-valley"), "Agreement")) == len(of_type(seongnam.view(), "Agreement")) + 1


def test_models_have_run_on_main_and_on_the_branch_as_they_are_now(seongnam: Store, gwangyang: Store) -> None:
    for store, branch in ((gwangyang, "battery-hydrogen"), (seongnam, "fabless-valley")):
        for model in ("economy", "clusters"):
            for name in ("main", branch):
                assert runner.known_run(store, model, branch=name) is not None
        assert runner.stale(store) == []


def test_gwangyang_has_an_example_proposal_whose_checks_are_good(gwangyang: Store) -> None:
    (proposal,) = proposals.all_proposals(gwangyang)
    assert proposal["id"] == PROPOSAL
    assert value_of(proposal, "state") == "submitted"
    assert len(value_of(proposal, "runs")) == 2
    states = {check.id: check.state for check in proposals.checks(gwangyang, PROPOSAL)}
    assert states.pop("clauses") == "ok"
    assert states == dict.fromkeys(["branch", "unchanged", "runs", "sources", "conflicts", "planned"], "ok")


def test_the_example_can_be_adopted_and_merging_it_otherwise_is_forbidden(demo: BuiltDemo, tmp_path: Path) -> None:
    path = Path(shutil.copyfile(demo.cities[0].path, tmp_path / "gwangyang.gpkg"))
    with Store.open(path, write=True) as store:
        with pytest.raises(ForbiddenError):
            store.merge("battery-hydrogen", actor="t", reason="by the back door")
        proposals.decide(store, PROPOSAL, adopt=True, reason="carried", actor="t")
        assert len(of_type(store.view(), "Programme")) == 1
        assert store.verify().ok


def test_claims_are_reproduced_near_or_not_and_say_from_what(seongnam: Store, gwangyang: Store) -> None:
    share = claim(seongnam, "future-smart-belt-semiconductor-share")
    assert share["check"] == "nearest"
    assert share["value"] == 82.8
    assert share["computed"] == pytest.approx(21.2872, abs=1e-4)  # of 481.8 tn in 229 districts, by the package's table
    assert (share["computedUnit"], share["computedPeriod"], share["status"]) == ("P1", "2020", "observed")
    assert share["computedFrom"]["districts"] == 229
    assert "C261" in (share["answeredBy"] or {})["ko"]
    assert share["address"] is not None

    threshold = claim(seongnam, "seongnam-institute-population-threshold")
    assert (threshold["check"], threshold["computed"], threshold["computedPeriod"]) == ("reproduced", 922_025, "2020")
    assert claim(seongnam, "seongnam-seven-tasks")["check"] == "reproduced"
    assert claim(seongnam, "future-smart-belt-members")["check"] == "reproduced"

    fabless = claim(seongnam, "pangyo-fabless-share")
    assert (fabless["check"], fabless["computed"]) == ("not-reproducible", None)
    assert "명부" in (fabless["computedLabel"] or {})["ko"]
    assert claim(seongnam, "seongnam-kaist-year")["value"] == "2028"
    assert {found["check"] for found in claims.claims(gwangyang)} == {"not-reproducible"}


def test_checking_claims_again_writes_nothing_and_a_changed_source_is_noticed(demo: BuiltDemo, tmp_path: Path) -> None:
    path = Path(shutil.copyfile(demo.cities[1].path, tmp_path / "seongnam.gpkg"))
    with Store.open(path, write=True) as store:
        before = store.data_version()
        claims.check_claims(store, actor="t")
        assert store.data_version() == before
        with store.transact(actor="t", reason="a city shrinks") as tx:
            (city,) = of_type(store.view(), "City")
            counts = [one for one in city["population"] if "datasetId" in one]
            tx.put({**city, "population": [{**instance_of(city, "population"), "value": 499_000}, *counts]})
        claims.check_claims(store, actor="t")
        assert claim(store, "seongnam-institute-population-threshold")["check"] == "nearest"


def test_overdue_promises_are_named_with_their_owner(gwangyang: Store) -> None:
    found = promises.promises(gwangyang)
    assert found[0].state == "overdue"
    assert found[0].owner == {"ko": "광양시 4차산업혁명위원회", "en": "Gwangyang 4th Industrial Revolution Committee"}
    assert found[0].assumption
    pledged = next(promise for promise in found if promise.kind == "investment")
    assert (pledged.state, pledged.amount) == ("undated", 1_374_200_000_000)


def test_announced_clusters_are_named_and_nothing_is_counted_or_drawn_that_was_not(
    seongnam: Store, gwangyang: Store
) -> None:
    for store, names in ((seongnam, 3), (gwangyang, 2)):
        clusters = of_type(store.view(), "Cluster")
        assert len(clusters) == names
        assert not of_type(store.view(), "Firm,IndustryStatistic,TradeFlow,TalentProgramme,Dependency")
        known = strategic()
        for one in clusters:
            codes = instance_of(one, "ksicCodes") or {}
            assert codes["assumption"] == {"type": "Property", "value": True}
            tag = known[value_of(one, "strategicIndustry")]
            held = {code for link in tag.links for code in link.ksic}
            assert set(value_of(one, "ksicCodes")) == {c for c in held if not falls_under(c, held - {c})}
            assert store.view().document(value_of(one, "source")) is not None
            assert all(store.view().document(id) is not None for id in value_of(one, "includes") or ())
    drawn = [one for one in of_type(seongnam.view(), "Cluster") if "location" in one]
    assert [value_of(one, "name")["ko"] for one in drawn] == ["판교 K-팹리스 밸리"]
    dong = {value_of(one, "name")["ko"]: shape(geometry_of(one)) for one in of_type(seongnam.view(), "Dong")}
    whole = shapely.union_all([dong[name] for name in ("삼평동", "백현동", "판교동")])
    assert shape(geometry_of(drawn[0])).symmetric_difference(whole).area < 1e-4 * whole.area
    assert value_of(drawn[0]["location"], "assumption") is True


def test_the_page_of_truth_names_every_kind_of_thing_in_the_files(seongnam: Store, gwangyang: Store) -> None:
    page = (Path(__file__).parents[2] / "docs" / "truth.md").read_text("utf-8")
    for store, branch in ((gwangyang, "battery-hydrogen"), (seongnam, "fabless-valley")):
        for type in store.view(branch).types():
            assert f"`{type}`" in page, type
    share = claim(seongnam, "future-smart-belt-semiconductor-share")["computed"]
    assert f"{share:.1f} % of the value added of all manufacturing" in page
    buildings = len(of_type(seongnam.view(), "Building"))
    assert f"about {round(buildings, -2):,} made-up buildings" in page


def test_without_a_folder_the_quarter_is_made_up_and_leaves_the_sites_free(seongnam: Store) -> None:
    view = seongnam.view()
    built = [one for type in ("Building", "Parcel", "RoadSegment", "BusStop") for one in of_type(view, type)]
    assert {provenance_of(one, "location").status for one in built} == {"synthetic"}
    drawn = shapely.union_all([shape(geometry_of(one)) for one in built])
    assert not any(shape(footprint(facility)).intersects(drawn) for facility in facilities())
    assert of_type(view, "Terrain") == []  # the ground of a real city is not made up
    assert frames(seongnam, "main", "road", "averageVehicleSpeed", steps=4).status == "synthetic"


# --- building --------------------------------------------------------------------------------------------------------

KILLED = """
import os, sys
from pathlib import Path
from madang.civic.announced import claims
from madang.civic.demo import build as demo
claims.check_claims = lambda *args, **more: os._exit(9)
demo.build_city("gwangyang", Path(sys.argv[1]))
"""


def test_everything_that_the_files_say_has_a_name_in_the_vocabulary(seongnam: Store, gwangyang: Store) -> None:
    docs = [d for s in (seongnam, gwangyang) for b in s.branches() for d in s.view(b.name).documents(Query())]
    names = {name for doc in docs for _, _, instance in attributes(doc) for name in parts_of(instance)}
    names |= {name for doc in docs for name, _, _ in attributes(doc)} | {"comparison"}  # an adopted decision's
    assert {name for name in names if attribute_info(name) is None} == set()


def parts_of(instance: Instance) -> set[str]:
    """Names of sub-attributes, and of theirs."""
    own = {name for name, found in instance.items() if name not in NOT_SUB_ATTRIBUTES and isinstance(found, dict)}
    return own.union(*(parts_of(instance[name]) for name in own))


def test_a_killed_build_leaves_no_city_and_is_built_anew(tmp_path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False).returncode == 9
    assert not (tmp_path / "gwangyang.gpkg").exists()
    assert (tmp_path / ".gwangyang.building.gpkg").exists()
    built = build_city("gwangyang", tmp_path)
    assert not built.reused
    assert [path.name for path in tmp_path.iterdir()] == ["gwangyang.gpkg"]


def test_a_build_that_is_still_going_is_not_disturbed(tmp_path: Path) -> None:
    with (
        Store.create(tmp_path / ".icheon.building.gpkg", city_id="icheon", title={"ko": "이천시", "en": "Icheon"}),
        pytest.raises(FileError, match="being built by another process"),
    ):
        build_city("icheon", tmp_path)


def test_wrong_words_are_refused_before_anything_is_built(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="busan"):
        build_demo(tmp_path / "cities", cities=["gwangyang", "busan"])
    with pytest.raises(CallerError, match="technovalley_pangyo_buildings"):
        build_demo(tmp_path / "cities", data_dir=tmp_path)
    assert not list(tmp_path.glob("**/*.gpkg"))
    assert multiprocessing.active_children() == []


def test_the_plan_is_read_strictly() -> None:
    text = Path(demo_plan.__wrapped__.__code__.co_filename).parents[1].joinpath("data/demo.yaml").read_text("utf-8")
    with pytest.raises(DataError, match=r"line \d+: the shares .* add up to 1.05"):
        parse_plan(text.replace("electrical-equipment: 0.45", "electrical-equipment: 0.50"), file="demo.yaml")


@pytest.mark.needs_data
@pytest.mark.parametrize("raster", [True, False])
def test_with_a_folder_of_data_the_buildings_are_real_and_the_facilities_clear_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raster: bool
) -> None:
    if not (DATA / "buildings").is_dir():
        pytest.skip(f"{DATA} is not there")
    if raster:
        pytest.importorskip("rasterio")
    else:
        monkeypatch.setitem(sys.modules, "rasterio", None)
    built = build_city("seongnam", tmp_path, data_dir=DATA)
    assert [("madang[raster]" in note["ko"], "madang[raster]" in note["en"]) for note in built.notes] == (
        [] if raster else [(True, True)]
    )
    with Store.open(built.path) as store:
        view = store.view()
        buildings = of_type(view, "Building")
        assert len(buildings) == 85
        assert {provenance_of(building, "location").status for building in buildings} == {"observed"}
        assert {provenance_of(b, "height").status for b in buildings if "height" in b} == {"estimated"}
        assert [len(of_type(view, type)) for type in ("Parcel", "TrafficFlowObserved", "Terrain")] == [152, 482, raster]
        assert len(of_type(view, "BusStop")) > 1_300
        assert frames(store, "main", "sensor", "averageVehicleSpeed", steps=2).status == "observed"
        sites = [shape(footprint(facility)) for facility in facilities()]
        footprints = shapely.union_all([shape(geometry_of(building)) for building in buildings])
        assert not any(site.intersects(footprints) for site in sites)
