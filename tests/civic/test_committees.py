"""Charters are read strictly, terms and seats are held to them, roles are those of the date, alerts come in time."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.committee_cities import CHARTER, MEMBERS, committee_city
from madang.city import City
from madang.civic.committees.charters import charter_data, charter_of, packaged_charters
from madang.civic.committees.meeting_cycle import schedule
from madang.civic.committees.membership import term_end
from madang.entities.entity import Document, property_
from madang.errors import ConflictError, DataError, MadangError, NotFoundError

COUNCIL = "seongnam-smart-city-council"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with committee_city(tmp_path / "test.gpkg") as made:
        yield made


# --- charters --------------------------------------------------------------------------------------------------------


def test_the_ordinance_of_seongnam_says_what_its_charter_says() -> None:
    charter = charter_of(packaged_charters()[COUNCIL])
    assert (charter.seats and charter.seats.most, charter.term and charter.term.years) == (25, 2)
    assert (charter.term and charter.term.renewals, charter.to_meet) == (1, None)  # the excerpt has no quorum
    assert "4183" in charter.source["ko"]


WRONG = [
    ("to_meet: {rule: half of them}", "committees.file-rule", 2),
    ("composition:\n  - {share_of: officials, at_most: 5/4}", "committees.file-share", 3),
    ("tie: {rule: coin}", "yaml.not-one-of", 2),
    ("quorum: 3", "yaml.field-unknown", 2),
    ("seats: {most: many}", "yaml.not-a-number", 2),
]


@pytest.mark.parametrize(("text", "code", "line"), WRONG)
def test_a_wrong_charter_is_refused_with_its_line(tmp_path: Path, text: str, code: str, line: int) -> None:
    path = tmp_path / "charter.yaml"
    path.write_text(f"source: {{ko: 조례, en: Ordinance}}\n{text}\n", "utf-8")
    with pytest.raises(DataError) as told:
        charter_data(path)
    assert (told.value.code, told.value.facts["line"]) == (code, line)
    assert "charter.yaml" in told.value.message("ko")


def test_an_unknown_charter_is_answered_with_those_that_are_there() -> None:
    with pytest.raises(NotFoundError, match=COUNCIL):
        charter_data("sungnam")


# --- members and terms -----------------------------------------------------------------------------------------------


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.integers(1, 6))
def test_a_term_of_years_ends_the_day_before_it_began(first: date, years: int) -> None:
    last = term_end(first, years)
    assert last.year - first.year in (years, years - 1)
    assert abs((last - first).days + 1 - 365.25 * years) <= 1.75


def test_a_term_runs_as_the_charter_says_and_is_renewed_once(city: City) -> None:
    appoint = city.committees.appoint
    first = appoint("c", person="바다", starts_on="2024-03-01", reason="r", by="t")
    second = appoint("c", person="바다", starts_on="2026-03-01", reason="r", by="t")
    assert [(one.ends_on, one.term) for one in (first, second)] == [("2026-02-28", 1), ("2028-02-29", 2)]
    with pytest.raises(ConflictError) as told:
        appoint("c", person="바다", starts_on="2028-03-01", reason="r", by="t")
    assert told.value.code == "committees.renewed-too-often"
    assert "시험 조례 제4조" in told.value.message("ko")
    assert appoint("c", person="바다", starts_on="2030-03-01", reason="after a pause", by="t").term == 1


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ({"person": "가람", "starts_on": "2026-06-01"}, "committees.already-member"),
        ({"person": "사라", "starts_on": "2026-06-01", "role": "chair"}, "committees.chair-taken"),
        ({"person": "사라", "starts_on": "2026-06"}, "committees.not-a-day"),
        ({"person": "사라", "starts_on": "2026-06-01", "ends_on": "2026-05-01"}, "committees.term-backwards"),
        ({"person": "사라", "starts_on": "2026-06-01", "ends_on": "2029-05-31"}, "committees.term-too-long"),
        ({"person": "사라", "starts_on": "2026-06-01", "role": "king"}, "committees.not-one-of"),
        ({"person": " ", "starts_on": "2026-06-01"}, "committees.field-missing"),
        ({"person": "사라", "starts_on": "2026-06-01", "organisation": "urn:x:y"}, "committees.organisation-unknown"),
    ],
)
def test_an_appointment_that_cannot_be_is_refused(city: City, given_: dict[str, str], code: str) -> None:
    before = city.store.data_version()
    with pytest.raises(MadangError) as told:
        city.committees.appoint("c", **given_, reason="r", by="t")
    assert (told.value.code, city.store.data_version()) == (code, before)


def test_there_are_no_more_members_than_seats(city: City) -> None:
    for n in range(4):
        city.committees.appoint("c", person=f"새 위원 {n}", starts_on="2026-06-01", reason="r", by="t")
    with pytest.raises(ConflictError, match=r"Art\. 3"):
        city.committees.appoint("c", person="열째", starts_on="2026-06-01", reason="r", by="t")


def test_the_role_at_a_date_is_right_after_a_change_of_office(city: City) -> None:
    """R11: two mayors, one after the other; a year that holds the change is said to be uncertain."""
    office = {"organisation": "urn:ngsi-ld:Organisation:test:firm", "post": {"ko": "대표", "en": "Head"}}
    city.committees.hold_office(
        person="앞사람", **office, starts_on="2018-07-01", ends_on="2022-06-30", reason="r", by="t"
    )
    city.committees.hold_office(person="뒷사람", **office, starts_on="2022-07-01", reason="r", by="t")

    def holders(on: str) -> list[tuple[str, bool]]:
        return [(r.place.name["ko"], r.certain) for r in city.committees.holder_of(office["organisation"], date=on)]

    assert holders("2021") == [("앞사람", True)]
    assert holders("2022-07-01") == [("뒷사람", True)]
    assert holders("2022") == [("앞사람", False), ("뒷사람", False)]
    assert city.committees.role_at("앞사람", date="2023") == []


def test_composition_is_judged_on_counts_and_never_on_a_person(tmp_path: Path) -> None:
    charter = {**CHARTER, "composition": packaged_charters()[COUNCIL]["composition"] + [
        {"share_of": "officials", "at_most": "1/4"}]}  # fmt: skip
    with committee_city(tmp_path / "c.gpkg", charter=charter) as city:

        def found(as_of: str = "2026-11-22") -> dict[str, str]:
            return {one.rule: one.state for one in city.committees.composition("c", as_of=as_of)}

        assert found() == {"seats": "held", "chair": "broken", "gender": "unknown", "group-resident": "broken",
                           "officials": "held"}  # fmt: skip
        judged = city.committees.count_genders("c", counts={"female": 1, "male": 4}, as_of="2026-11-01", reason="r")
        assert {one.rule: one.state for one in judged}["gender"] == "broken"
        city.committees.count_genders("c", counts={"female": 2, "male": 3}, as_of="2026-11-01", reason="r", by="t")
        assert found()["gender"] == "held"
        for name in ("갑", "을"):
            city.committees.appoint("c", person=name, kind="official", starts_on="2026-01-01", reason="r", by="t")
        assert found()["officials"] == "broken"  # two of seven
        city.committees.appoint(
            "c", person="주민", represents="resident", starts_on="2026-01-01", ends_on="2027-12-31", reason="r", by="t"
        )
        assert found()["gender"] == "unknown"  # the count is older than the members
        assert found()["group-resident"] == "held"
        kinds = {alert.kind for alert in city.committees.alerts(as_of="2026-11-22")}
        assert "composition" in kinds
        assert "vacancy" in {alert.kind for alert in _emptied(city).committees.alerts(as_of="2026-11-22")}


def _emptied(city: City) -> City:
    for member in city.committees.committee("c")["members"][2:]:
        city.committees.end_term(member["id"], date="2026-10-01", reason="stepped down", by="t")
    return city


# --- alerts ----------------------------------------------------------------------------------------------------------


def test_a_term_that_ends_is_announced_then_overdue_then_settled(city: City) -> None:
    def kinds(as_of: str, **more: int) -> set[str]:
        return {a.kind for a in city.committees.alerts(as_of=as_of, **more) if a.kind.startswith("term")}

    assert kinds("2027-10-01") == set()
    assert kinds("2027-10-01", within_days=120) == kinds("2027-12-31") == {"term-expiring"}
    assert kinds("2028-01-01") == {"term-expired"}
    members = city.committees.committee("c", as_of="2026-11-22")["members"]
    city.committees.appoint("c", person=MEMBERS[1], starts_on="2028-01-01", reason="renewed", by="t")
    for member in members:
        if member["name"]["ko"] != MEMBERS[1]:
            city.committees.end_term(member["id"], date="2028-01-05", reason="ran out", by="t")
    assert kinds("2028-01-01") == set()
    assert {m["ends_on"] for m in city.committees.committee("c")["members"]} == {"2027-12-31", "2029-12-31"}


def meeting(day: str, state: str = "closed") -> Document:
    return {"id": f"urn:m:{day}", "type": "Meeting", "kind": property_("regular"), "date": property_(day),
            "state": property_(state)}  # fmt: skip


@given(
    st.dates(date(2019, 1, 1), date(2026, 12, 31)),
    st.lists(st.dates(date(2018, 10, 1), date(2026, 12, 31)), max_size=9),
)
def test_a_half_year_is_missed_exactly_when_it_is_over_and_holds_no_meeting(today: date, days: list[date]) -> None:
    committee = {"id": "urn:c", "type": "Committee", "since": property_("2018-10")}
    charter = charter_of({"source": {"ko": "조례", "en": "O"}, "cycle": {"every": "half-year"}})
    at = schedule(committee, charter, [meeting(day.isoformat()) for day in days], today)
    assert at is not None
    halves = {(day.year, day.month > 6) for day in days if day <= today}
    over = [(y, h) for y in range(2018, today.year + 1) for h in (False, True)
            if (2018, True) <= (y, h) < (today.year, today.month > 6)]  # fmt: skip
    assert list(at.missed) == [f"{y}-H{1 + h}" for y, h in over if (y, h) not in halves]
    assert at.met == ((today.year, today.month > 6) in halves)
    assert (at.overdue_since is not None) == (bool(over) and over[-1] not in halves and not at.met)


def test_the_desk_holds_everything_that_the_page_draws(city: City) -> None:
    desk = city.committees.desk(as_of="2026-11-22")
    card = desk["committees"][0]
    assert [m["role_label"]["ko"] for m in card["members"]][:2] == ["위원장", "위원"]
    assert card["charter"]["rules"][0]["clause"]["ko"] == "시험 조례 제3조"
    assert card["schedule"]["missed"] == ["2026-H1"]
    assert desk["alerts"][0]["kind"] == "overdue-meeting"
