"""A whole city from the data packages: places, statistics, datasets, and an account of every row."""

from __future__ import annotations

from collections.abc import Mapping

from madang.entities.entity import Document
from madang.sources.base import Loaded, Tally
from madang.sources.korea import boundaries, census, places
from madang.sources.korea.codes import CityCodes, city_codes
from madang.sources.korea.datasets import dataset, dataset_id
from madang.sources.korea.legal import legal_dong
from madang.sources.korea.national import national_tables
from madang.sources.korea.statistics import Figures, Key, figures_of, statistic, summed

POPULATION_TABLE = "population/all-households"


def city_from_packages(city: str) -> Loaded:
    """One of the nine cities: City, District, Dong, LegalDong, Statistic, and the national tables."""
    codes = city_codes(city)
    rows = census.rows_of(codes.adm2)
    figures = figures_of(rows)
    tally = Tally("rows", read=rows.read, kept=int((rows.reason == "").sum()))
    for reason, count in rows.left_out.items():
        tally.leave_out(reason, count, example=rows.examples[reason])

    derived = _city_rows_from_gu(codes, figures)
    for added in derived:
        tally.note("note-summed-from-gu", city=f"{codes.title['ko']} ({codes.title['en']})", year=added.year)
    drawn = boundaries.dong(codes.units)
    dong_codes = {boundary.code for boundary in drawn}
    entities = _places(codes, figures, drawn, tally)
    entities += _statistics(codes, [*figures.values(), *derived], dong_codes, tally)

    tally.facts |= {"nulls": rows.nulls, "values": tally.kept, "entities": len(entities)}
    national = national_tables()
    return Loaded(
        entities,
        [dataset("census", rows=rows.read), dataset("boundaries"), dataset("legal"), national.dataset],
        national.blobs,
        tally.report(f"korea:{city}"),
    )


def _places(
    codes: CityCodes, figures: Mapping[Key, Figures], drawn: tuple[boundaries.Boundary, ...], tally: Tally
) -> list[Document]:
    headlines = places.Headlines(figures)
    dong_of = _dong_by_year(figures)
    districts = {boundary.code: boundary for boundary in boundaries.districts(codes.units)}
    whole = boundaries.dissolved(codes.kostat, codes.units) if codes.gu else districts[codes.kostat]
    legal = legal_dong(tuple(codes.mois.values()))

    of_city = {year: sorted(c for c in found if c[:5] in codes.adm2) for year, found in dong_of.items()}
    made = [places.city(codes, whole, headlines.of_whole(codes.kostat, of_city, whole.area_km2))]
    for code in codes.gu:
        of_gu = {year: sorted(c for c in found if c[:5] == code) for year, found in dong_of.items()}
        boundary = districts[code]
        made.append(places.district(codes, code, boundary, headlines.of_whole(code, of_gu, boundary.area_km2)))
    made += [places.dong(codes, b, headlines.of_dong(b.code, b.area_km2)) for b in drawn]
    made += [places.legal_dong(codes, unit) for unit in legal]
    tally.facts |= {
        "districts": len(codes.gu),
        "dong": len(drawn),
        "legal_dong": len(legal),
        "repaired": sum(b.repaired for b in (whole, *districts.values(), *drawn)) + sum(u.repaired for u in legal),
    }
    return made


def _statistics(codes: CityCodes, figures: list[Figures], dong_codes: set[str], tally: Tally) -> list[Document]:
    city, source = places.city_id(codes), dataset_id("census")
    former = boundaries.dong_names(2015)
    made, without = [], set()
    for found in figures:
        place, name = _place_of(codes, found, dong_codes), None
        if place is None:
            without.add((found.year, found.code))
            korean = former.get(found.code) if found.year == 2015 else None
            name = {"ko": korean.split()[-1]} if korean else {"en": found.name} if found.name else {}
        made.append(statistic(found, city=city, place=place, name=name, source=source))
    for year in sorted({year for year, _ in without}):
        tally.note("note-no-boundary", year=year, count=sum(1 for y, _ in without if y == year))
    tally.facts["statistics"] = len(made)
    tally.facts["dong_without_boundary"] = len(without)
    return made


def _place_of(codes: CityCodes, figures: Figures, dong_codes: set[str]) -> str | None:
    if figures.level == "district":
        return places.city_id(codes) if figures.code == codes.kostat else places.district_id(figures.code)
    return places.dong_id(figures.code) if figures.code in dong_codes else None


def _dong_by_year(figures: Mapping[Key, Figures]) -> dict[int, set[str]]:
    """The dong that the census counts in each year."""
    found: dict[int, set[str]] = {}
    for (code, table, year), one in figures.items():
        if table == POPULATION_TABLE and one.level == "dong":
            found.setdefault(year, set()).add(code)
    return found


def _city_rows_from_gu(codes: CityCodes, figures: Mapping[Key, Figures]) -> list[Figures]:
    """Population rows that a city lacks and its gu have (Seongnam 2015), as sums that say so."""
    made = []
    years = {year for _, table, year in figures if table == POPULATION_TABLE}
    for year in sorted(years):
        parts = [figures.get((gu, POPULATION_TABLE, year)) for gu in codes.gu]
        stated = [part for part in parts if part is not None]
        if (codes.kostat, POPULATION_TABLE, year) in figures or not stated or len(stated) < len(parts):
            continue
        names = ", ".join(codes.gu[gu]["ko"] for gu in codes.gu), ", ".join(codes.gu[gu]["en"] for gu in codes.gu)
        method = {
            "ko": f"원자료에 시 값이 없어 {names[0]}의 합으로 구함",
            "en": f"The source has no row for the city: sum of {names[1]}",
        }
        made.append(summed(stated, codes.kostat, method))
    return made
