"""Papers and a small city to hold them against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import madang
from madang.city import City
from madang.documents.paper import Figure, Heading, Line, Paper, Paragraph, Table
from madang.indicators.stored import address_of

PLACE = "urn:ngsi-ld:District:test:place"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A city with two measured numbers."""
    with madang.new(tmp_path / "city.gpkg", by="tests") as made:
        made.put(
            {
                "id": PLACE,
                "type": "District",
                "name": "시험구",
                "population": {"type": "Property", "value": 12345},
                "households": {"type": "Property", "value": 4321},
            },
            reason="세다",
            by="tests",
        )
        yield made


@pytest.fixture
def paper(city: City) -> Paper:
    """A paper with figures in its message, its lines and its table."""

    def figure(name: str, text: str, value: int) -> Figure:
        return Figure(text, value, "IE", address_of(city.store, PLACE, name), "observed")

    people, homes = figure("population", "12,345명", 12345), figure("households", "4,321", 4321)
    return Paper(
        kind="brief",
        title="시험구 인구 보고",
        language="ko",
        blocks=[
            Heading("현황"),
            Line(["인구"], 0),
            Line(["시험구의 인구는 ", people, "이며, 가구는 ", homes, "가구이다 [1]"], 1),
            Line(["기준일은 자료에 따름"], 2),
            Table(
                ["구분", "수", "비고"], [[["인구"], [people], ["실측"]], [["가구"], [homes], ["실측"]]], "표 제목", "명"
            ),
            Paragraph(["끝."]),
            Line(["참고"], 3),
        ],
        date="2026. 11. 22.",
        issuer="기획예산실",
        subtitle="부제",
        sources=["시험 자료"],
        city=str(city.store.city.uuid),
        message=["인구 ", people],
        one_page=True,
    )
