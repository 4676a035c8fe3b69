"""The page of a cluster: each part says what the file holds, why it stands there, and what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

import madang
from madang.city import City
from madang.cli import run_in_server
from madang.errors import CallerError

SAMPLES = resources.files("madang.sources.registers").joinpath("samples")
SQUARE = [[127.09, 37.39], [127.115, 37.39], [127.115, 37.41], [127.09, 37.41], [127.09, 37.39]]
AREA = {"type": "Polygon", "coordinates": [SQUARE]}
ID = "가상-반도체-클러스터"


def point(lon: float, lat: float) -> dict:
    return {"type": "Point", "coordinates": [lon, lat]}


def firm(code: str, **more: object) -> dict:
    made = {"id": f"urn:ngsi-ld:Firm:t:{code}", "type": "Firm", "name": f"가상{code}", "status": "synthetic", **more}
    return made | {"source": {"object": "urn:ngsi-ld:Dataset:t:register"}}


ENTITIES = [
    {"id": "urn:ngsi-ld:Dataset:t:register", "type": "Dataset", "title": "가상 명부"},
    {"id": "urn:ngsi-ld:City:t:1", "type": "City", "code": "31020", "name": "가상시"},
    {"id": "urn:ngsi-ld:Dong:kostat-2020:3102374", "type": "Dong", "code": "3102374", "name": "삼평동", "area": 2.0,
     "location": AREA},
    {"id": "urn:ngsi-ld:LegalDong:mois:4113510900", "type": "LegalDong", "code": "4113510900", "name": "삼평동"},
    {"id": "urn:ngsi-ld:Parcel:mois:4113510900106290000", "type": "Parcel", "pnu": "4113510900106290000",
     "location": point(127.101, 37.401)},
    firm("a", ksicCodes=["C26112"], supplyStage="design", employees=10, foundedYear=2019, location=point(127.1, 37.4),
         suppliesTo={"object": "urn:ngsi-ld:Firm:t:z"}),
    firm("b", ksicCodes=["C26111"], supplyStage="manufacturing", foundedYear=2021, location=point(127.11, 37.405)),
    firm("c", ksicCodes=["C26129"], location=point(127.3, 37.5)),
    firm("d", ksicCodes=["G47"], location=point(127.1, 37.4)),
    firm("z", ksicCodes=["C27"]),
    {"id": "urn:ngsi-ld:University:t:u", "type": "University", "name": "가상대"},
    {"id": "urn:ngsi-ld:Organisation:t:o", "type": "Organisation", "name": "가상진흥원"},
    {"id": "urn:ngsi-ld:Agreement:t:1", "type": "Agreement", "title": "가상 협약", "signedOn": "2026-03-02",
     "parties": {"object": ["urn:ngsi-ld:Firm:t:a", "urn:ngsi-ld:University:t:u", "urn:ngsi-ld:City:t:1"]}},
    {"id": "urn:ngsi-ld:Commitment:t:1", "type": "Commitment", "title": "가상 이행과제", "due": "2099-12-31",
     "refAgreement": {"object": "urn:ngsi-ld:Agreement:t:1"}},
    {"id": "urn:ngsi-ld:Claim:t:share", "type": "Claim", "text": {"languageMap": {"ko": "기업의 67 %", "en": "67 %"}},
     "value": {"value": 67, "unitCode": "P1"}},
    {"id": "urn:ngsi-ld:Promise:t:1", "type": "Promise", "title": "가상 약속", "due": "2027-06-30",
     "refAgreement": {"object": "urn:ngsi-ld:Agreement:t:1"}},
]  # fmt: skip


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up town with one cluster and everything a page shows."""
    path = tmp_path_factory.mktemp("cluster") / "town.gpkg"
    with madang.new(path, by="tests") as city:
        city.put(ENTITIES, by="tests")
        doors, told = city.clusters, {"reason": "r", "by": "tests"}
        doors.add(
            name="가상 반도체 클러스터", codes=["C26"], tag="반도체", boundary=AREA, boundary_name="가상 구역",
            stages=["design", "equipment", "manufacturing"], **told,
        )  # fmt: skip
        city.load(Path(str(SAMPLES / "trade.csv")), Path(str(SAMPLES / "business_census.csv")), by="tests")
        city.investment.pledge(
            company="가상a", amount=10**10, signed_on="2026-04-01", agreement="urn:ngsi-ld:Agreement:t:1", **told
        )
        city.investment.pledge(company="먼 곳", amount=5 * 10**9, signed_on="2026-04-01", **told)
        doors.talent.add_programme(
            name="가상 과정", skill="설계", seats=100, start_year=2020, study_years=2, graduation_rate=0.9,
            local_hire_rate=0.5, retention_rate=0.9, cluster=ID, organisation="urn:ngsi-ld:Organisation:t:o", **told,
        )  # fmt: skip
        doors.talent.add_demand(skill="설계", year=2028, persons={"low": 50, "central": 60, "high": 80}, **told)
        doors.dependencies.add(
            item="가상 불화수소", hs="281111", origin="JP", buyer="가상b", origin_share=0.9, stock_days=60, **told
        )
    return path


@pytest.fixture
def town(made_once: Path, tmp_path: Path) -> Iterator[City]:
    path = tmp_path / "town.gpkg"
    path.write_bytes(made_once.read_bytes())
    with madang.open(path) as city:
        yield city


def figure(page: dict, id: str) -> dict:
    return next(one["figure"] for one in page["head"] if one["id"] == id)


def test_what_belongs_says_why_and_what_does_not_is_left_out(town: City) -> None:
    page = town.clusters.page(ID)
    assert {one["id"][-1]: one["how"] for one in page["register"]["firms"]} == {"a": "inside", "b": "inside"}
    assert [(one["how"], len(one["commitments"])) for one in page["agreements"]] == [("party", 1)]
    assert {one["id"].split(":")[2]: one["how"] for one in page["bodies"]} == {
        "University": "agreement", "Organisation": "programme",
    }  # fmt: skip
    assert [one["company"] for one in page["investment"]["rows"]] == ["가상a"]
    assert [one["how"] for one in page["supply"]["dependencies"]] == ["item"]
    assert [one["how"] for one in page["promises"]] == ["agreement"]


def test_every_figure_has_status_and_address_or_says_why_it_has_none(town: City) -> None:
    page = town.clusters.page(ID)
    found = [one["figure"] for one in page["head"]] + [one["figure"] for one in page["measures"]["rows"]]
    found += [one["employees"] for one in page["register"]["firms"]]
    found += [one["pledged"] for one in page["investment"]["rows"]]
    assert all(set(one) == set(found[0]) for one in found)
    assert all(one["address"] or one["note"] for one in found)
    assert figure(page, "employees")["note"]["en"].startswith("sum of 1 firms of 2")
    assert page["register"]["firms"][0]["employees"]["address"]
    assert page["register"]["firms"][1]["employees"]["value"] is None


def test_money_is_what_the_investment_register_says_of_these_memoranda(town: City) -> None:
    money, whole = town.clusters.page(ID)["investment"], town.investment.pipeline()
    own = next(one for one in whole.companies if one.company == "가상a")
    assert money["pledged"]["value"] == 10**10
    assert money["weighted"]["band"] == {"low": own.weighted["low"], "high": own.weighted["high"]}
    assert (money["realised"]["value"], money["realisedUnknown"]) == (None, 1)


def test_gaps_name_the_stage_the_origin_the_skill_and_the_data(town: City) -> None:
    gaps = {one["id"]: one["why"]["en"] for one in town.clusters.page(ID)["gaps"]}
    assert "stage:equipment" in gaps
    assert "stage:design" not in gaps
    assert gaps["skill:설계"] == "15 people short in 2028"
    assert any(id.startswith("choke-point:") and "90 % from JP" in why for id, why in gaps.items())
    assert "data:trade" not in gaps


def test_time_and_map_hold_what_has_a_day_or_a_place(town: City) -> None:
    page = town.clusters.page(ID)
    events = {(one["date"], one["kind"]): one["isPlanned"] for one in page["series"]["events"]}
    assert not events["2026-03-02", "signed"]
    assert events["2099-12-31", "due"]
    founded = next(one for one in page["series"]["lines"] if one["id"] == "founded")
    assert [point["value"] for point in founded["points"]] == [1, 0, 1]
    kinds = {one["properties"]["kind"] for one in page["map"]["features"]}
    assert {"boundary", "firm", "dong"} <= kinds
    dong = next(one for one in page["map"]["features"] if one["properties"]["kind"] == "dong")
    assert dong["properties"]["value"] == 2600


def test_trade_is_of_the_industrys_items_with_shares_of_partners(town: City) -> None:
    trade = {(one["hs"], one["flow"]): one for one in town.clusters.page(ID)["supply"]["trade"]}
    brought = trade["281111", "import"]
    assert brought["amount"]["value"] == 6_300_000
    assert brought["partners"][0] == {"partner": "일본", "amount": 4_200_000, "share": round(4.2 / 6.3, 6)}


def test_without_its_sources_a_figure_is_unknown_and_not_zero(town: City) -> None:
    for type in ("Firm", "InvestmentMemorandum", "IndustryStatistic", "TalentDemand"):
        for one in town.query(type):
            town.delete(one["id"], by="tests")
    page = town.clusters.page(ID)
    for id in ("firms", "employees", "pledged", "weighted", "realised", "talent-gap", "share-inside"):
        assert figure(page, id)["value"] is None, id
        assert figure(page, id)["note"]
    assert page["measures"]["rows"] == page["investment"]["byStage"] == []


def test_a_share_that_was_published_is_held_against_the_register_inside_the_boundary(town: City) -> None:
    doors = town.clusters
    assert doors.share_inside(ID).share == pytest.approx(200 / 3)
    doors.check_share(ID, "share", covers="claim", reason="r", by="tests")
    claim = doors.page(ID)["claims"][0]
    assert (claim["check"], claim["computed"]["value"], claim["boundary"]["ko"]) == ("reproduced", 66.6667, "가상 구역")
    assert town.explain(claim["computed"]["address"])["value"] == 66.6667
    doors.check_share(ID, "share", reason="the city's firms only", by="tests")
    assert doors.page(ID)["claims"][0]["check"] == "nearest"  # a register of one city can't speak for the country
    for one in town.query("Firm"):
        town.delete(one["id"], by="tests")
    doors.check_share(ID, "share", covers="claim", reason="r", by="tests")
    claim = doors.page(ID)["claims"][0]
    assert (claim["check"], claim["computed"]["value"]) == ("not-reproducible", None)


def test_an_officer_ties_what_stands_in_the_file_and_takes_the_tie_away(town: City) -> None:
    doors, far = town.clusters, "urn:ngsi-ld:Firm:t:c"
    doors.link(ID, far, reason="moved in", by="tests")
    promise = doors.link(ID, "urn:ngsi-ld:Promise:t:1", reason="r", by="tests")
    assert promise["type"] == "Cluster"  # a record never changes: the cluster says that it includes it
    assert {one["how"] for one in doors.page(ID)["register"]["firms"] if one["id"] == far} == {"refCluster"}
    doors.link(ID, far, remove=True, reason="moved out", by="tests")
    assert far not in {one["id"] for one in doors.page(ID)["register"]["firms"]}
    with pytest.raises(CallerError) as refused:
        doors.link(ID, "urn:ngsi-ld:Dong:kostat-2020:3102374", reason="r", by="tests")
    assert refused.value.code == "clusters.link-type"


def test_firms_are_placed_by_parcel_or_dong_and_never_guessed(town: City) -> None:
    town.load(Path(str(SAMPLES / "factories.csv")), by="tests")
    found = town.clusters.place(reason="r", by="tests")
    assert found["firms"]["counts"] == {"stated": 4, "parcel": 1, "dong": 1, "unmatched": 3}
    placed = town.get("urn:ngsi-ld:Firm:file:F-000001")
    assert placed is not None
    assert placed["location"]["status"]["value"] == "estimated"
    other = town.get("urn:ngsi-ld:Firm:file:F-000002")
    assert other is not None
    assert "location" not in other
    assert found["statistics"]["counts"] == {"code": 1, "name": 0, "unmatched": 2}
    assert town.clusters.place(reason="r", by="tests")["firms"]["counts"]["stated"] == 5


def test_a_city_keeps_its_own_table_of_an_industry_and_sees_what_no_table_holds(town: City) -> None:
    doors = town.clusters
    outside = {one["code"] for one in doors.strategic()["unmapped"]["hs"]}
    assert outside == set()
    row = {"stage": "design", "ksic": ["J62010"], "hs": ["854239"], "certainty": "P"}
    for tag in ("semiconductor", "fabless", "ai"):
        doors.add_strategic(tag=tag, name="반도체(우리 시)", links=[row], reason="r", by="tests")
    told = doors.strategic()
    assert next(one for one in told["industries"] if one["tag"] == "semiconductor")["own"]
    assert {one["code"] for one in told["unmapped"]["hs"]} == {"281111", "370790", "854231"}


def test_the_page_from_a_shell_in_korean(town: City) -> None:
    path = town.path
    town.close()
    for words, said in (
        (["cluster", "show", str(path), ID], "설계·연구개발"),
        (["cluster", "measures", str(path), ID], "입지계수"),
        (["cluster", "place", str(path), "-m", "r"], "기업: 위치 있음"),
        (["cluster", "share", str(path), ID, "share", "-m", "r"], "기록했습니다"),
        (["cluster", "industries", str(path)], "이차전지"),
    ):
        done = run_in_server(words, path.parent, {}, {"language": "ko"})
        assert done["exit_code"] == 0, done["stderr"]
        assert said in done["stdout"]
