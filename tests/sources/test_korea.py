"""The nine cities from the data packages: counts against the notes, and a test for each defect of the files."""

import hashlib
from collections import Counter

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from madang.entities.entity import check_entity, geometry_of, instance_of, provenance_of, value_of
from madang.entities.vocabulary import item_name
from madang.errors import NotFoundError
from madang.sources import korea, shapes
from madang.sources.korea import census
from madang.sources.korea.codes import boundary_code

DONG_2020 = {
    "suwon": 44, "yongin": 35, "seongnam": 50, "hwaseong": 28, "pyeongtaek": 23, "icheon": 14, "anseong": 15,
    "gwangyang": 12, "sejong": 20,
}  # fmt: skip
LEGAL_DONG = {
    "suwon": 56, "yongin": 42, "seongnam": 44, "hwaseong": 41, "pyeongtaek": 36, "icheon": 25, "anseong": 45,
    "gwangyang": 17, "sejong": 24,
}  # fmt: skip
AREA_KM2 = {
    "suwon": 121.0, "yongin": 591.3, "seongnam": 141.4, "hwaseong": 753.1, "pyeongtaek": 458.4, "icheon": 461.5,
    "anseong": 552.9, "gwangyang": 466.8, "sejong": 464.8,
}  # fmt: skip
GRDP_TN = {
    "suwon": 33.04, "yongin": 33.33, "seongnam": 46.78, "hwaseong": 81.88, "pyeongtaek": 31.58, "icheon": 24.78,
    "anseong": 9.76, "gwangyang": 9.98, "sejong": 14.01,
}  # fmt: skip
COMPANIES = {
    "suwon": 109_330, "yongin": 95_663, "seongnam": 97_505, "hwaseong": 104_961, "pyeongtaek": 59_691,
    "icheon": 27_722, "anseong": 24_888, "gwangyang": 18_478, "sejong": 28_490,
}  # fmt: skip
POPULATION_2025 = {
    "suwon": 1_221_616, "yongin": 1_085_182, "seongnam": 893_970, "hwaseong": 1_027_532, "pyeongtaek": 627_213,
    "icheon": 232_146, "anseong": 218_126, "gwangyang": 151_710, "sejong": 392_471,
}  # fmt: skip


@pytest.fixture(scope="module")
def cities():
    return {name: korea.city_from_packages(name) for name in korea.CITIES}


@pytest.fixture(scope="module")
def seongnam(cities):
    return {document["id"]: document for document in cities["seongnam"].entities}


def statistic(documents, code, table, year):
    return documents.get(f"urn:ngsi-ld:Statistic:kostat:{code}-{table}-{year}")


def city_of(cities, name):
    return next(d for d in cities[name].entities if d["type"] == "City")


def test_every_row_of_the_nine_cities_is_accounted_for(cities):
    reports = [loaded.report for loaded in cities.values()]
    left_out = sum((Counter(r.left_out) for r in reports), Counter())
    assert sum(r.read for r in reports) == 57_529
    assert 57_529 - left_out["duplicate"] == 55_691
    assert sum(r.facts["nulls"] for r in reports) == 4_502
    assert left_out["withheld"] + left_out["merged"] + left_out["not-stated"] == 4_502
    for report in reports:
        assert report.read == report.kept + sum(report.left_out.values())
        assert set(report.left_out) <= set(census.REASONS)
        assert all(report.example(reason) for reason in report.left_out)


def test_every_kept_number_stands_in_a_statistic(cities):
    own = {"table", "year", "period", "code", "name", "refCity", "refPlace", "source", "status", "priceYear",
           "description", "withheld", "absent"}  # fmt: skip
    for loaded in cities.values():
        numbers = sum(
            len(set(d) - own - {"id", "type"})
            for d in loaded.entities
            if d["type"] == "Statistic" and "method" not in d
        )
        assert numbers == loaded.report.kept


@pytest.mark.parametrize("name", DONG_2020)
def test_places_agree_with_the_packages(cities, name):
    counts = Counter(d["type"] for d in cities[name].entities)
    city = city_of(cities, name)
    assert counts["Dong"] == DONG_2020[name]
    assert counts["LegalDong"] == LEGAL_DONG[name]
    assert counts["District"] == len(korea.CITIES[name].gu)
    assert value_of(city, "area") == pytest.approx(AREA_KM2[name], abs=0.05)
    assert value_of(city, "grdp") == pytest.approx(GRDP_TN[name] * 1e12, abs=0.005e12)
    assert value_of(city, "companies") == COMPANIES[name]
    assert value_of(city, "population", "urn:madang:year:2025") == POPULATION_2025[name]
    assert instance_of(city, "grdp")["priceYear"]["value"] == "unstated"


def test_every_entity_is_a_good_one_with_an_id_of_its_own(cities):
    for loaded in cities.values():
        documents = [check_entity(document) for document in loaded.documents()]
        assert len({document["id"] for document in documents}) == len(documents)


def test_every_figure_carries_period_unit_source_and_status(cities):
    datasets = {document["id"] for document in cities["icheon"].datasets}
    for document in cities["icheon"].entities:
        assert provenance_of(document).source in datasets
        assert provenance_of(document).status == "observed"
        if document["type"] == "Statistic":
            assert value_of(document, "period") == str(value_of(document, "year"))
        for attribute in ("population", "households", "companies", "grdp", "area", "populationDensity"):
            instance = instance_of(document, attribute)
            if instance is not None:
                assert instance["unitCode"]
                assert instance["period"]["value"] == "2020"
                assert instance["source"]["object"] in datasets


def test_no_geometry_is_invalid_and_city_equals_the_union_of_its_parts(cities):
    for loaded in cities.values():
        drawn = {}
        for document in loaded.entities:
            geometry = geometry_of(document)
            if geometry is not None:
                drawn.setdefault(document["type"], []).append(shape(geometry))
        assert all(shapely.is_valid(s) and not s.is_empty for found in drawn.values() for s in found)
        (city,) = drawn["City"]
        parts = shapely.union_all(drawn["Dong"])
        assert city.intersection(parts).area / city.union(parts).area > 0.99
        assert loaded.report.facts["repaired"] == 0


def test_the_same_package_gives_the_same_city_twice(cities):
    assert korea.city_from_packages("anseong").entities == cities["anseong"].entities


def test_names_are_korean_and_come_from_the_boundaries(seongnam):
    sampyeong = seongnam["urn:ngsi-ld:Dong:kostat-2020:3102374"]
    assert value_of(sampyeong, "name") == {"ko": "삼평동"}
    assert value_of(sampyeong, "refDistrict") == "urn:ngsi-ld:District:kostat:31023"
    assert value_of(sampyeong, "refCity") == "urn:ngsi-ld:City:kostat:31020"


def test_city_rows_are_never_added_to_their_districts(seongnam):
    companies = {code: statistic(seongnam, code, "economy-company", 2020)["total"]["value"] for code in
                 ("31020", "31021", "31022", "31023")}  # fmt: skip
    assert companies["31020"] == companies["31021"] + companies["31022"] + companies["31023"]


def test_seongnam_2015_population_is_the_sum_of_its_districts_and_says_so(seongnam, cities):
    city = statistic(seongnam, "31020", "population-all-households", 2015)
    parts = [statistic(seongnam, code, "population-all-households", 2015) for code in ("31021", "31022", "31023")]
    for item in ("total", "male", "female"):
        assert value_of(city, item) == sum(value_of(part, item) for part in parts)
    assert "분당구" in value_of(city, "method")["ko"]
    assert "sum of" in value_of(city, "method")["en"]
    assert any("2015" in note["en"] for note in cities["seongnam"].report.notes)


def test_population_is_the_census_count_of_the_dong_not_the_narrower_district_count(seongnam):
    assert value_of(seongnam["urn:ngsi-ld:City:kostat:31020"], "population") == 922_025
    district_table = statistic(seongnam, "31020", "population-all-households", 2020)
    assert value_of(district_table, "total") == 900_501
    assert "narrower" in value_of(district_table, "description")["en"]


def test_a_dong_counts_each_company_once(cities):
    documents = {d["id"]: d for d in cities["suwon"].entities}
    dong = [d for d in documents.values() if d["type"] == "Dong"]
    assert sum(value_of(d, "companies") for d in dong) == COMPANIES["suwon"]


def test_withheld_numbers_are_named_and_stay_unknown(seongnam):
    hidden = [d for d in seongnam.values() if d["type"] == "Statistic" and "withheld" in d]
    assert sum(len(value_of(d, "withheld")) for d in hidden) == 1_393
    for document in hidden:
        assert not set(value_of(document, "withheld")) & set(document)


def test_a_city_has_no_foreign_population_because_a_sum_would_undo_the_protection(seongnam):
    assert "foreignPopulation" not in seongnam["urn:ngsi-ld:City:kostat:31020"]


def test_an_industry_without_value_is_absent_not_zero(seongnam):
    grdp = statistic(seongnam, "31020", "economy-grdp", 2020)
    assert value_of(grdp, "absent") == ["miningAndQuarrying"]
    assert "miningAndQuarrying" not in grdp
    industries = sum(value_of(grdp, name) for name in korea.INDUSTRIES if name in grdp)
    assert industries == pytest.approx(value_of(grdp, "totalValueAddedAtBasicPrices"), rel=5e-6)


def test_doubtful_variables_are_left_out(seongnam):
    organic = statistic(seongnam, "31023", "environment-organic-matter", 2020)
    assert "generation" in organic
    assert "discharge" not in organic
    fertility = statistic(seongnam, "31023", "population-fertility", 2020)
    assert item_name("15-19 (simulated)") not in fertility
    assert fertility["total"]["unitCode"] == "{birth}/{woman}"
    assert value_of(fertility, "total") < 3


def test_the_change_of_definition_of_company_is_said(seongnam):
    for year in (2015, 2020):
        words = value_of(statistic(seongnam, "31020", "economy-company", year), "description")
        assert "growth rate" in words["en"]
        assert "증가율" in words["ko"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("3102374", "3102374"),
        ("31023740", "3102374"),
        ("31240691", "31240691"),
        ("32510110", "3231011"),
        ("29010311", "29010311"),
    ],
)
def test_eight_digit_codes_join_only_where_the_last_digit_tells_nothing(given, expected):
    assert boundary_code(given) == expected


def test_no_two_dong_become_one(cities):
    for year, expected in ((2015, 221), (2020, 241), (2025, 252)):
        codes = [
            value_of(d, "code") for loaded in cities.values() for d in loaded.entities
            if d["id"].endswith(f"-population-all-households-{year}") and len(value_of(d, "code")) > 5
        ]  # fmt: skip
        assert len(codes) == len(set(codes)) == expected


def test_dong_of_2025_without_boundary_keep_their_figures_but_no_place(cities):
    without = {
        name: {value_of(d, "code") for d in loaded.entities
               if d["type"] == "Statistic" and value_of(d, "year") == 2025 and "refPlace" not in d}
        for name, loaded in cities.items()
    }  # fmt: skip
    assert {name: len(codes) for name, codes in without.items() if codes} == {
        "yongin": 9, "sejong": 9, "pyeongtaek": 3, "hwaseong": 2,
    }  # fmt: skip
    assert "31240691" in without["hwaseong"]


def test_mortality_of_2020_joins_although_it_stands_in_eight_digits_only(seongnam):
    assert value_of(statistic(seongnam, "3102374", "mortality-all-causes", 2020), "total") > 0
    assert not census.rows_of(("31020", "31021", "31022", "31023")).left_out.get("not-stated")


def test_sejong_has_no_2010():
    sejong = korea.city_from_packages("sejong")
    assert {value_of(d, "year") for d in sejong.entities if d["type"] == "Statistic"} == {2015, 2020, 2025}


def test_a_legal_dong_has_the_ten_digits_that_begin_its_parcel_numbers(seongnam):
    sampyeong = seongnam["urn:ngsi-ld:LegalDong:mois:4113510900"]
    assert value_of(sampyeong, "name") == {"ko": "삼평동"}
    assert value_of(sampyeong, "refDistrict") == "urn:ngsi-ld:District:kostat:31023"


def test_attribution_and_licence_stand_on_each_dataset(cities):
    for document in cities["gwangyang"].datasets:
        assert value_of(document, "licence") in ("KOGL-1", "data.go.kr-unrestricted")
        words = value_of(document, "attribution")
        assert value_of(document, "version") in words["ko"]
        assert value_of(document, "version") in words["en"]


def test_an_unknown_city_names_the_nine():
    with pytest.raises(NotFoundError, match="suwon, yongin"):
        korea.city_from_packages("atlantis")


# --- national tables -------------------------------------------------------------------------------------------------


def test_national_tables_hold_every_district_and_their_identities():
    tables = korea.national_tables()
    assert Counter(year for year, _ in tables.grdp) == {2010: 192, 2015: 229, 2020: 229}
    total, taxes, product = (
        item_name(label) for label in ("total value added at basic prices", "net taxes on products",
                                       "gross regional domestic product at market prices")
    )  # fmt: skip
    for items in tables.grdp.values():
        if total in items:
            assert sum(items.get(name, 0) for name in korea.INDUSTRIES) == pytest.approx(items[total], rel=5e-6)
            assert items[total] + items[taxes] == pytest.approx(items[product], rel=2e-6)
    in_trillions = {
        year: sum(i[product] for (y, _), i in tables.grdp.items() if y == year) / 1e12 for year in (2010, 2015, 2020)
    }
    assert in_trillions == {
        2010: pytest.approx(1073.8, abs=0.1),
        2015: pytest.approx(1661.5, abs=0.1),
        2020: pytest.approx(1945.9, abs=0.1),
    }


def test_national_tables_are_the_same_bytes_in_every_city_and_read_back(cities):
    blobs = [dict(loaded.blobs) for loaded in cities.values()]
    assert all(found == blobs[0] for found in blobs)
    tables = korea.national_tables()
    for name, sha in tables.dataset["blobs"]["json"].items():
        assert hashlib.sha256(tables.blobs[sha]).hexdigest() == sha, name
    assert korea.parse_table(tables.blobs[tables.dataset["blobs"]["json"]["grdp.csv"]]) == tables.grdp


def test_every_district_with_grdp_has_a_korean_name():
    tables = korea.national_tables()
    assert all(code in tables.names for _, code in tables.grdp)
    assert tables.names["31020"] == "경기도 성남시"
    assert tables.names["36060"] == "전라남도 광양시"


def test_broken_rings_are_repaired_to_polygons():
    bowtie = shapely.from_wkt("POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))")
    (repaired,) = shapes.repaired(np.array([bowtie], dtype=object))
    assert repaired.is_valid
    assert repaired.area == pytest.approx(50)
