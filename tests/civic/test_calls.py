"""National calls: eligibility, ranking, the money the city must add, and a bid's way to its result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.investing import CITY, UNIVERSITY, adopted, empty_city, standing
from madang.city import City
from madang.civic.investment.call_file import parse_calls
from madang.civic.investment.calls import _matching, state_of
from madang.civic.investment.paper import call_paper
from madang.entities.entity import property_
from madang.errors import ConflictError, DataError, MadangError

CALL = """format: madang-calls/1
calls:
  - id: sample-2027
    status: synthetic
    title: {ko: "스마트 솔루션 공모(가상)", en: "Smart solution call (made up)"}
    authority: {ko: "가상부", en: "Made-up ministry"}
    opens: 2026-11-01
    closes: 2026-12-15
    matching_percent: 50
    grant: [{year: 2027, krw: 2000000000}, {year: 2028, krw: 1000000000}]
    eligibility:
      - {id: topic, label: {ko: "교통", en: "Transport"}, topic: yes, when: {fact: task.category, equals: transport}}
      - {id: size, label: {ko: "인구", en: "100,000"}, when: {fact: city.population, at_least: 100000}}
      - {id: kind, label: {ko: "시", en: "A city"}, when: {fact: city.kind, one_of: [city]}}
      - id: plan
        label: {ko: "스마트도시계획 확정", en: "Plan adopted"}
        when: {fact: plans.kinds, contains: smart-city-plan}
      - id: partner
        label: {ko: "대학 협약", en: "University"}
        when: {fact: agreements.partners, contains: University}
      - {id: funds, label: {ko: "지방비 확보", en: "City's share"}, when: {fact: funds.short, equals: 0}}
    score_sheet:
      - {id: owner, label: {ko: "추진체계", en: "Organisation"}, points: 30, when: {fact: task.owner, equals: yes}}
      - {id: targets, label: {ko: "성과목표", en: "Targets"}, points: 20, when: {fact: task.targets, at_least: 1}}
      - {id: idea, label: {ko: "창의성", en: "Idea"}, points: 50}
"""


def task(code: str, category: str = "transport", **more: Any) -> dict[str, Any]:
    title = {"languageMap": {"ko": code}}
    return {"id": f"urn:ngsi-ld:Task:test:{code}", "type": "Task", "title": title, "category": category, **more}


def line(task: str, year: int, amount: int, fund: str = "city") -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:BudgetLine:test:{task}-{year}-{fund}", "type": "BudgetLine", "year": year, "fund": fund,
        "amount": {"value": amount, "unitCode": "KRW"}, "refTask": {"object": f"urn:ngsi-ld:Task:test:{task}"},
    }  # fmt: skip


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with standing(), empty_city(tmp_path / "city.gpkg") as made:
        place = {"id": CITY, "type": "City", "name": {"languageMap": {"ko": "광양시"}}, "population": 151_710}
        made.put(place, reason="given", by="t")
        adopted(
            made,
            {"id": "urn:ngsi-ld:Plan:test:p", "type": "Plan", "kind": "smart-city-plan"},
            task("ready", owner={"object": CITY}),
            task("poor"),
            task("other", category="education"),
            line("ready", 2027, 1_500_000_000),
            line("ready", 2027, 500_000_000, "province"),
            line("ready", 2028, 1_000_000_000),
            line("poor", 2027, 100_000_000),
            line("poor", 2028, 5_000_000_000, "national"),
        )  # fmt: skip
        (tmp_path / "calls.yaml").write_text(CALL, "utf-8")
        made.investment.add_calls(tmp_path / "calls.yaml", reason="공고", by="t")
        yield made


def agreed(city: City) -> None:
    city.investment.sign(title="협약", parties=[UNIVERSITY], signed_on="2025-01-01", reason="r", by="t")


def test_tasks_are_ranked_and_what_is_missing_is_named(city: City) -> None:
    ready, poor = city.investment.match("sample-2027")
    assert (ready.rank, ready.title["ko"], ready.eligible) == (1, "ready", False)
    assert [one["id"] for one in ready.missing] == ["partner"]
    assert [one["id"] for one in poor.missing] == ["partner", "funds"]
    assert poor.missing[1]["facts"] == [{"fact": "funds.short", "asks": "equals 0", "found": 2_900_000_000}]
    assert (ready.points, ready.of_points, poor.points) == (30, 50, 0)
    agreed(city)
    assert [one.eligible for one in city.investment.match("sample-2027")] == [True, False]


def test_a_fact_nobody_gave_is_unknown_and_not_a_refusal(city: City, tmp_path: Path) -> None:
    agreed(city)
    city.put({"id": CITY, "type": "City", "name": {"languageMap": {"ko": "광양시"}}}, reason="given", by="t")
    ready = city.investment.match("sample-2027")[0]
    assert (ready.eligible, ready.missing[0]["state"]) == (None, "unknown")


def test_the_money_the_city_must_add_by_year(city: City) -> None:
    ready, poor = city.investment.match("sample-2027")
    assert [(one["year"], one["share"], one["planned"], one["short"]) for one in ready.matching] == [
        (2027, 2_000_000_000, 2_000_000_000, 0),
        (2028, 1_000_000_000, 1_000_000_000, 0),
    ]
    assert poor.short == 2_900_000_000


@given(krw=st.integers(1, 10**13), percent=st.integers(0, 99), planned=st.integers(0, 10**13))
def test_the_share_covers_its_percentage_by_less_than_two_won(krw: int, percent: int, planned: int) -> None:
    from types import SimpleNamespace

    call: Any = SimpleNamespace(grant=({"year": 2027, "krw": krw},), matching_percent=percent)
    lines = [{"year": property_(2027), "fund": property_("city"), "amount": property_(planned)}]
    found = _matching(call, lines)[0]
    whole = krw + found["share"]
    assert found["share"] * 100 >= whole * percent - percent * 0
    assert (found["share"] - 1) * 100 < (whole - 1) * percent or found["share"] == 0
    assert found["short"] == max(0, found["share"] - planned)


def test_the_calendar(city: City) -> None:
    states = {day: city.investment.calls(day)[0] for day in ("2026-10-31", "2026-12-15", "2026-12-16")}
    assert [(one.state, one.days) for one in states.values()] == [("announced", 1), ("open", 0), ("closed", -1)]
    assert state_of(
        city.store, city.store.view().document(states["2026-10-31"].id) or {}, as_of=date(2026, 11, 1)
    ).total


def test_a_bid_goes_its_way_and_only_when_every_condition_is_met(city: City) -> None:
    door = city.investment
    made = door.bid("sample-2027", "ready", points={"idea": 40}, reason="신청 준비", by="t")["id"]
    assert door.match("sample-2027")[0].points == 70
    with pytest.raises(ConflictError, match="reviewed"):
        door.move_bid(made, event="submitted", reason="r", by="t")
    door.move_bid(made, event="reviewed", reason="내부 검토", by="t")
    with pytest.raises(ConflictError) as refused:
        door.move_bid(made, event="submitted", reason="r", by="t")
    assert "대학 협약" in refused.value.message("ko")
    agreed(city)
    door.move_bid(made, event="submitted", evidence="접수증 7", reason="접수", by="t")
    with pytest.raises(ConflictError, match="submitted"):
        door.bid("sample-2027", "ready", points={"idea": 50}, reason="r", by="t")
    door.move_bid(made, event="selected", amount=3_000_000_000, reason="선정 통보", by="t")
    found = door.applications()[0]
    assert (found.state, found.amount and found.amount["value"]) == ("selected", 3_000_000_000)


@pytest.mark.parametrize(
    ("points", "code"),
    [({"owner": 5}, "criterion-unknown"), ({"idea": 51}, "points-wrong"), ({"idea": 1.5}, "points-wrong")],
)
def test_wrong_points_are_refused(city: City, points: dict[str, Any], code: str) -> None:
    with pytest.raises(MadangError) as refused:
        city.investment.bid("sample-2027", "ready", points=points, reason="r", by="t")
    assert refused.value.code == f"investment.{code}"


def test_another_topic_and_a_closed_call_take_no_bid(city: City, tmp_path: Path) -> None:
    made = city.investment.bid("sample-2027", "other", reason="r", by="t")["id"]
    city.investment.move_bid(made, event="reviewed", reason="r", by="t")
    with pytest.raises(ConflictError, match="topic"):
        city.investment.move_bid(made, event="submitted", reason="r", by="t")
    (tmp_path / "old.yaml").write_text(CALL.replace("sample-2027", "old").replace("2026-12-15", "2026-11-02"), "utf-8")
    city.investment.add_calls(tmp_path / "old.yaml", reason="r", by="t")
    with pytest.raises(ConflictError, match="2026-11-02"):
        city.investment.bid("old", "ready", reason="r", by="t")
    with pytest.raises(ConflictError, match="old"):
        city.investment.add_calls(tmp_path / "old.yaml", reason="again", by="t")


@pytest.mark.parametrize(
    ("was", "now", "code"),
    [
        ("city.population", "city.weather", "investment.fact-unknown"),
        ("at_least: 100000", "at_least: many", "yaml.not-a-number"),
        ("points: 50", "points: 40", "investment.points-sum"),
        ("closes: 2026-12-15", "closes: 2026-10-15", "investment.call-window"),
        ("matching_percent: 50", "matching_percent: 100", "investment.share-wrong"),
        ("krw: 1000000000", "krw: 0", "investment.krw-wrong"),
        ("id: kind", "id: size", "investment.id-twice"),
        ("year: 2028", "year: 2027", "investment.id-twice"),
        ("    matching_percent: 50\n", "", "yaml.field-missing"),
        ("madang-calls/1", "madang-calls/9", "yaml.format"),
    ],
)
def test_a_wrong_call_is_refused_with_its_line(was: str, now: str, code: str) -> None:
    assert was in CALL
    with pytest.raises(DataError) as refused:
        parse_calls(CALL.replace(was, now, 1), file="calls.yaml")
    assert refused.value.code == code
    assert refused.value.facts["line"] >= 1
    assert "calls.yaml" in refused.value.message("ko")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_bid_paper_holds_conditions_money_and_score_sheet(city: City, language: Any) -> None:
    call, match = city.investment.calls()[0], city.investment.match("sample-2027")[0]
    paper = call_paper(city.store, language, call=call, match=match)
    assert paper.synthetic
    money, sheet = (block for block in paper.blocks if hasattr(block, "rows"))
    assert [row[0] for row in money.rows] == [["2027"], ["2028"]]
    assert len(sheet.rows) == 3
