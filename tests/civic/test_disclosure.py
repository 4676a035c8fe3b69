"""The yearly list leaves no study out, names what is missing, and counts use over what is complete."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import madang
from madang.city import City
from madang.errors import CallerError


@pytest.fixture
def city(tmp_path: Path) -> City:
    return madang.new(tmp_path / "town.gpkg", by="tests")


def finished(city: City, year: int, **more: str) -> str:
    door = city.studies
    city.put({"id": "urn:ngsi-ld:Claim:t:1", "type": "Claim", "text": "x"}, by="tests")
    id = str(door.begin(title=f"연구 {year}", question="무엇", starts_on=f"{year}-02-02", reason="r", **more)["id"])  # type: ignore[arg-type]
    door.add_alternative(id, title="유지", kind="baseline", reason="r")
    for title in ("a", "b"):
        door.add_alternative(id, title=title, reason="r")
    door.add_evidence(id, evidence=["urn:ngsi-ld:Claim:t:1"], reason="r")
    door.reject(id, alternative="b", reason="비쌈")
    door.recommend(id, alternative="a", text="제언", on=f"{year}-09-30", reason="r")
    return id


def test_a_study_stands_in_every_year_it_runs(city: City) -> None:
    city.studies.begin(title="긴 연구", question="무엇", starts_on="2024-05-01", ends_on="2026-02-28", reason="r")
    city.studies.begin(title="열린 연구", question="무엇", starts_on="2025-05-01", reason="r")
    counts = {year: len(city.studies.disclosure(year).entries) for year in range(2023, 2028)}
    assert counts == {2023: 0, 2024: 1, 2025: 2, 2026: 2, 2027: 1}


def test_usability_counts_the_used_of_the_complete(city: City) -> None:
    first, second = finished(city, 2025, link="https://example.org/1"), finished(city, 2025)
    city.studies.begin(title="진행 중", question="무엇", starts_on="2025-07-01", reason="r")
    city.studies.record_use(first, state="not-used", on="2025-10-01", reason="예산 없음")
    listed = city.studies.disclosure(2025)
    assert (len(listed.entries), listed.complete, listed.used, listed.usability) == (3, 2, 0, 0.0)
    assert {one.study: one.missing for one in listed.entries if one.complete} == {first: (), second: ("use", "link")}


def test_none_complete_is_unknown(city: City) -> None:
    assert city.studies.disclosure(2026).usability is None


@settings(max_examples=15)
@given(st.integers(-10, 3000))
def test_a_year_is_a_year(year: int) -> None:
    from madang.civic.studies.disclosure import EARLIEST, LATEST, disclosure

    if not EARLIEST <= year <= LATEST:
        with pytest.raises(CallerError):
            disclosure(None, year)  # type: ignore[arg-type]


def test_the_paper_has_a_row_a_study_in_both_languages(city: City) -> None:
    id = finished(city, 2025)
    city.studies.begin(title="비용 있는 연구", question="무엇", starts_on="2025-03-01", cost_krw=80_000_000, reason="r")
    for language, head in (("ko", "연구과제"), ("en", "Study")):
        paper = city.studies.disclosure_paper(2025, language)  # type: ignore[arg-type]
        table = next(block for block in paper.blocks if hasattr(block, "rows"))
        assert table.heads[0] == head
        assert len(table.rows) == 2
        assert [figure.text for figure in paper.figures()] == ["80,000,000"]
        assert all(figure.address for figure in paper.figures())
    assert city.studies.paper(id).title.endswith("연구 2025")
