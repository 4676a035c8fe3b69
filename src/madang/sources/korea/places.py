"""The places of a city as entities: the city, its gu, its dong, its legal dong, with their headline figures.

Headline figures are of 2020, the year in which census, companies, GRDP and boundaries meet, so that densities and
ratios on one place never mix vintages. A city's and a gu's population is the sum of its dong (the census
population: the district table counts something narrower); its populations of 2015 and 2025 stand beside it as further
instances of the attribute, told apart by `datasetId`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from madang.entities.entity import (
    Document,
    geo_property,
    json_property,
    language_property,
    list_property,
    property_,
    relationship,
    urn,
)
from madang.sources.korea.boundaries import VINTAGE, Boundary
from madang.sources.korea.codes import CityCodes
from madang.sources.korea.datasets import dataset_id
from madang.sources.korea.legal import LegalDong
from madang.sources.korea.statistics import UNSTATED, Figures, Key, is_withheld, lookup, with_method

POPULATION = ("population/all-households", "total")
HOUSEHOLDS = ("housing/census-household-totals", "totalHouseholds")
FOREIGN = ("population/foreign-population", "total")
COMPANIES = ("economy/company", "total")
GRDP = ("economy/grdp", "grossRegionalDomesticProductAtMarketPrices")
CENSUS_YEARS = (2015, 2020, 2025)
AREA_METHOD = {"ko": "EPSG:5179 평면에서 경계로 계산", "en": "Computed from the boundary in the plane of EPSG:5179"}
DENSITY_METHOD = {"ko": "인구 ÷ 경계 면적(같은 해)", "en": "Population divided by boundary area, of the same year"}


def city_id(codes: CityCodes) -> str:
    """The id of a city."""
    return urn("City", "kostat", codes.kostat)


def district_id(code: str) -> str:
    """The id of a gu."""
    return urn("District", "kostat", code)


def dong_id(code: str) -> str:
    """The id of a dong of the 2020 boundaries."""
    return urn("Dong", f"kostat-{VINTAGE}", code)


def year_instance(year: int) -> str:
    """The datasetId of a headline figure of another year than 2020."""
    return f"urn:madang:year:{year}"


class Headlines:
    """Headline figures of places, out of a city's figures."""

    def __init__(self, figures: Mapping[Key, Figures]) -> None:
        self._figures = figures
        self._number = lookup(figures)
        self._source = dataset_id("census")

    def of_dong(self, code: str, area_km2: float) -> dict[str, Any]:
        """A dong's figures; a withheld number is named, not given."""
        made: dict[str, Any] = {}
        hidden = []
        for attribute, unit, (table, item) in (
            ("population", "IE", POPULATION),
            ("households", "{household}", HOUSEHOLDS),
            ("foreignPopulation", "IE", FOREIGN),
            ("companies", "{company}", COMPANIES),
        ):
            value = self._number(code, table, VINTAGE, item)
            if value is not None:
                made[attribute] = self._figure(value, unit, VINTAGE)
            elif is_withheld(self._figures, code, table, VINTAGE, item):
                hidden.append(attribute)
        made |= self._density(made, area_km2)
        if hidden:
            made["withheld"] = list_property(hidden)
        return made

    def of_whole(self, code: str, dong: Mapping[int, Sequence[str]], area_km2: float) -> dict[str, Any]:
        """A city's or gu's figures: census sums over its dong of each year, companies and GRDP from its own rows."""
        made: dict[str, Any] = {}
        for attribute, unit, (table, item) in (
            ("population", "IE", POPULATION),
            ("households", "{household}", HOUSEHOLDS),
        ):
            found = [
                self._sum(dong.get(year, ()), table, item, unit, year) for year in (2020, 2015, 2025)
            ]  # the default instance first
            instances = [instance for instance in found if instance is not None]
            if instances:
                made[attribute] = instances if len(instances) > 1 else instances[0]
        for attribute, unit, (table, item) in (("companies", "{company}", COMPANIES), ("grdp", "KRW", GRDP)):
            value = self._number(code, table, VINTAGE, item)
            if value is not None:
                made[attribute] = self._figure(value, unit, VINTAGE)
        if "grdp" in made:
            made["grdp"]["priceYear"] = property_(UNSTATED)
        return made | self._density(made, area_km2)

    def _figure(self, value: float, unit: str, year: int) -> dict[str, Any]:
        other = None if year == VINTAGE else year_instance(year)
        return property_(value, unit=unit, period=str(year), source=self._source, status="observed", dataset_id=other)

    def _sum(self, codes: Sequence[str], table: str, item: str, unit: str, year: int) -> dict[str, Any] | None:
        numbers = [self._number(code, table, year, item) for code in codes]
        stated = [number for number in numbers if number is not None]
        if not stated or len(stated) < len(numbers):
            return None
        method = {"ko": f"{year}년 {len(stated)}개 읍면동의 합", "en": f"Sum of the {len(stated)} dong of {year}"}
        return with_method(self._figure(sum(stated), unit, year), method)

    def _density(self, made: Mapping[str, Any], area_km2: float) -> dict[str, Any]:
        density: dict[str, Any] = {
            "area": with_method(
                property_(
                    area_km2, unit="KMK", period=str(VINTAGE), source=dataset_id("boundaries"), status="observed"
                ),
                AREA_METHOD,
            )
        }
        people = made.get("population")
        people = people[0] if isinstance(people, list) else people
        if people is not None:
            per_km2 = round(people["value"] / area_km2, 1)
            density["populationDensity"] = with_method(self._figure(per_km2, "{person}/km2", VINTAGE), DENSITY_METHOD)
        return density


def city(codes: CityCodes, boundary: Boundary, figures: dict[str, Any]) -> Document:
    """The city itself."""
    systems = {"kostat": codes.kostat, "mois": codes.mois_city}
    return _place(city_id(codes), "City", codes.title, codes.kostat, systems, boundary, figures)


def district(codes: CityCodes, code: str, boundary: Boundary, figures: dict[str, Any]) -> Document:
    """One gu."""
    made = _place(
        district_id(code),
        "District",
        codes.gu[code],
        code,
        {"kostat": code, "mois": codes.mois[code]},
        boundary,
        figures,
    )
    made["refCity"] = relationship(city_id(codes))
    return made


def dong(codes: CityCodes, boundary: Boundary, figures: dict[str, Any]) -> Document:
    """One dong of the 2020 boundaries, by its Korean name: the census file's English names are mixed up."""
    name = {"ko": boundary.name.split()[-1]}
    systems = {f"kostat-{VINTAGE}": boundary.code}
    made = _place(dong_id(boundary.code), "Dong", name, boundary.code, systems, boundary, figures)
    made["refCity"] = relationship(city_id(codes))
    if codes.gu:
        made["refDistrict"] = relationship(district_id(boundary.code[:5]))
    return made


def legal_dong(codes: CityCodes, unit: LegalDong) -> Document:
    """One legal dong, by its 10-digit code, which begins the parcel numbers (PNU) in it."""
    source = dataset_id("legal")
    made: Document = {
        "id": urn("LegalDong", "mois", unit.code),
        "type": "LegalDong",
        "name": language_property({"ko": unit.name}),
        "code": property_(unit.code),
        "codes": json_property({"mois-legal": unit.code}),
        "location": geo_property(unit.geometry, source=source, status="observed"),
        "refCity": relationship(city_id(codes)),
        "source": relationship(source),
        "status": property_("observed"),
    }
    gu = next((code for code, mois in codes.mois.items() if mois == unit.code[:5]), None)
    if codes.gu and gu:
        made["refDistrict"] = relationship(district_id(gu))
    return made


def _place(
    id: str,
    type: str,
    name: Mapping[str, str],
    code: str,
    systems: dict[str, str],
    boundary: Boundary,
    figures: dict[str, Any],
) -> Document:
    source = dataset_id("boundaries")
    return {
        "id": id,
        "type": type,
        "name": language_property(dict(name)),
        "code": property_(code),
        "codes": json_property(systems),
        "validFrom": property_(str(VINTAGE)),
        "location": geo_property(boundary.geometry, source=source, status="observed"),
        "source": relationship(source),
        "status": property_("observed"),
        **figures,
    }
