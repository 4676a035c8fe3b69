"""Agreements: split into what can be checked, amended without losing what stood, and right on any day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civic.investing import CITY, UNIVERSITY, empty_city, standing
from madang.city import City
from madang.civic.announced.entities import load_announcements
from madang.civic.investment.paper import agreement_paper
from madang.entities.entity import value_of
from madang.errors import CallerError, ConflictError, MadangError, NotFoundError
from madang.sources import base

MEASURE = {"name": "공동연구", "target": 3, "unit": "{case}"}


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with standing(), empty_city(tmp_path / "city.gpkg") as made:
        made.investment.sign(
            title={"ko": "업무협약", "en": "Agreement"}, parties=[CITY, UNIVERSITY], signed_on="2024-10-09", code="mou",
            reason="r", by="t",
        )  # fmt: skip
        yield made


@pytest.fixture
def announced(tmp_path: Path) -> Iterator[City]:
    """A city that holds what was announced of Seongnam."""
    with standing(), empty_city(tmp_path / "seongnam.gpkg") as made:
        base.write(made.for_writing(), [load_announcements()["seongnam"]], actor="t", reason="announced")
        yield made


def commit(city: City, **more: Any) -> str:
    told = {"title": "팹리스 연구 지원", "owner": CITY, "due": "2026-06", "output": "결과보고서", "measures": [MEASURE]}
    return str(city.investment.commit("mou", **(told | more), reason="나눔", by="t")["id"])


def test_what_a_commitment_lacks_is_named_and_nothing_is_written(city: City) -> None:
    with pytest.raises(CallerError) as refused:
        city.investment.commit("mou", title="인재 양성", reason="r", by="t")
    assert "책임자, 기한, 측정할 수 있는 산출물, 성과 지표" in refused.value.message("ko")
    assert not city.investment.agreement("mou").commitments


def test_an_announced_agreement_shows_what_its_sentences_lack_and_takes_it(announced: City) -> None:
    door = announced.investment
    found = door.agreement("seongnam-sejong-university")
    assert [one.missing for one in found.commitments] == [("due", "output", "measures")] * 3
    assert {one.state for one in found.commitments} == {"undated"}
    for one in found.commitments:
        door.specify(one.id, due="2027", output="보고서", measures=[MEASURE], reason="실무협의", by="t")
    found = door.agreement("seongnam-sejong-university")
    assert [(one.missing, one.state, len(one.measures)) for one in found.commitments] == [((), "on-time", 1)] * 3
    with pytest.raises(ConflictError, match="amendment"):
        door.specify(found.commitments[0].id, due="2030", reason="r", by="t")
    assert "late" in {one.state for one in door.agreement("seongnam-sejong-university", "2028-01-01").commitments}


def test_on_time_late_and_done_follow_the_day(city: City) -> None:
    id = commit(city)
    states = {day: city.investment.agreement("mou", day).commitments[0].state for day in ("2026-06-30", "2026-07-01")}
    assert states == {"2026-06-30": "on-time", "2026-07-01": "late"}
    city.investment.fulfil(id, evidence="보고서 12", done_on="2026-08-01", reason="제출", by="t")
    found = city.investment.agreement("mou", "2026-08-01").commitments[0]
    assert (found.state, found.done_late, found.done_on) == ("done", True, "2026-08-01")
    assert city.investment.agreement("mou", "2026-07-31").commitments[0].state == "late"
    assert city.investment.agreement("mou").state == "fulfilled"
    assert next(one for one in city.promises() if one.id == id).state == "done"


def test_a_measure_is_reported_by_day_and_reached_or_not(city: City) -> None:
    id = commit(city)
    city.investment.report(id, measure="공동연구", value=1, on="2025-06-01", reason="보고", by="t")
    city.investment.report(id, measure="m1", value=3, on="2026-05-01", reason="보고", by="t")
    then, now = (
        city.investment.agreement("mou", day).commitments[0].measures[0] for day in ("2025-12-31", "2026-11-22")
    )
    assert (then.reported and then.reported["value"], then.reached) == (1, False)
    assert (now.reported and now.reported["value"], now.reached) == (3, True)
    assert now.reported
    assert now.reported["address"]
    with pytest.raises(NotFoundError, match="m1"):
        city.investment.report(id, measure="없는 지표", value=1, reason="r", by="t")


def test_an_amendment_keeps_what_stood_and_any_day_shows_its_own(city: City) -> None:
    id, door = commit(city), city.investment
    door.amend("mou", commitment=id, on="2026-03-02", changes={"due": "2027-06"}, reason="연장", by="t")
    door.amend("mou", on="2026-05-01", changes={"ends_on": "2028"}, evidence="변경협약서", reason="기간", by="t")
    door.amend("mou", commitment=id, on="2026-09-01", changes={"due": "2028"}, reason="재연장", by="t")
    due = {day: door.agreement("mou", day).commitments[0].due for day in ("2026-03-01", "2026-03-02", "2026-09-01")}
    assert due == {"2026-03-01": "2026-06", "2026-03-02": "2027-06", "2026-09-01": "2028"}
    assert door.agreement("mou", "2026-04-30").ends_on is None
    found = door.agreement("mou")
    assert [(one.on, one.changed[0].before, one.changed[0].after) for one in found.amendments] == [
        ("2026-03-02", "2026-06", "2027-06"),
        ("2026-05-01", None, "2028"),
        ("2026-09-01", "2027-06", "2028"),
    ]
    assert door.agreement("mou", "2026-08-31").as_json()["commitments"][0]["state"] == "on-time"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"on": "2026-01-01", "changes": {}}, "nothing-amended"),
        ({"on": "2026-01-01", "changes": {"colour": 1}}, "not-amendable"),
        ({"on": "2024-01-01", "changes": {"amount": 5}}, "before-signing"),
        ({"on": "2027-01-01", "changes": {"amount": 5}}, "in-the-future"),
        ({"on": "2026-01-01", "changes": {"amount": "5억"}}, "not-an-amount"),
        ({"on": "2026-01-01", "changes": {"ends_on": "언젠가"}}, "not-a-date"),
        ({"on": "2026-01-01", "changes": {"parties": ["urn:ngsi-ld:University:test:none"]}}, "party-unknown"),
        ({"on": "2026-01-01", "changes": {"title": " "}}, "text-missing"),
    ],
)
def test_a_wrong_amendment_is_refused(city: City, told: dict[str, Any], code: str) -> None:
    before = city.store.data_version()
    with pytest.raises(MadangError) as refused:
        city.investment.amend("mou", **told, reason="r", by="t")
    assert refused.value.code == f"investment.{code}"
    assert city.store.data_version() == before


def test_amendments_of_one_value_come_in_the_order_of_their_days(city: City) -> None:
    amend = city.investment.amend
    amend("mou", on="2026-05-01", changes={"amount": 5}, reason="r", by="t")
    with pytest.raises(ConflictError, match="2026-05-01"):
        amend("mou", on="2026-04-01", changes={"amount": 6}, reason="r", by="t")
    amend("mou", on="2026-04-01", changes={"ends_on": "2028"}, reason="r", by="t")
    with pytest.raises(ConflictError, match="already"):
        amend("mou", on="2026-06-01", changes={"amount": 5}, reason="r", by="t")


@settings(max_examples=12)
@given(days=st.lists(st.integers(0, 300), min_size=1, max_size=5, unique=True).map(sorted), ask=st.integers(0, 320))
def test_the_amount_on_a_day_is_that_of_the_last_amendment_until_then(
    days: list[int], ask: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from datetime import date, timedelta

    begin = date(2025, 1, 1)
    with standing(), empty_city(tmp_path_factory.mktemp("law") / "city.gpkg") as city:
        city.investment.sign(
            title="협약", parties=[CITY], signed_on="2024", amount=1, code="mou", reason="r", by="t"
        )  # fmt: skip
        for number, day in enumerate(days, 2):
            on = begin + timedelta(days=day)
            city.investment.amend("mou", on=on, changes={"amount": number}, reason="r", by="t")
        found = city.investment.agreement("mou", begin + timedelta(days=ask)).amount
        assert found
        assert found["value"] == 1 + sum(day <= ask for day in days)


def test_states_of_an_agreement_by_day(city: City) -> None:
    door = city.investment
    door.sign(title="연도만 아는 협약", parties=[CITY], signed_on="2023", ends_on="2025", code="y", reason="r", by="t")
    days = ("2022-12-31", "2023-05-01", "2023-12-31", "2025-12-31", "2026-01-01")
    assert [door.agreement("y", day).state for day in days] == ["not-yet", "within", "in-force", "in-force", "ended"]
    door.amend("mou", on="2026-01-05", changes={"terminated_on": "2026-01-05"}, reason="해지", by="t")
    assert [door.agreement("mou", day).state for day in ("2026-01-04", "2026-01-05")] == ["in-force", "terminated"]


def test_the_timeline_of_the_announced_agreement_on_chosen_days(announced: City) -> None:
    def state(day: str) -> dict[str, str]:
        return {one.id.rpartition(":")[2]: one.state for one in announced.investment.timeline(day)}

    kept = (
        "seongnam-cmu-etc-campus",
        "seongnam-kaist-ai-institute",
        "seongnam-skku-fabless-centre",
        "seongnam-sogang-campus",
    )
    assert [state("2023-06-01")[id] for id in kept] == ["not-yet"] * 4
    assert [state("2024-06-01")[id] for id in kept] == ["undated", "due", "within", "due"]
    assert [state("2025-04-01")[id] for id in kept] == ["undated", "due", "done", "late"]
    assert [state("2029-01-01")[id] for id in kept] == ["undated", "late", "done", "late"]
    assert state("2024-03-31")["seongnam-carnegie-mellon-etc"] == "not-yet"
    assert state("2024-04-30")["seongnam-carnegie-mellon-etc"] == "in-force"
    sogang = next(one for one in announced.investment.timeline() if one.id.endswith("sogang-campus"))
    assert sogang.assumption
    assert sogang.basis


def test_wrong_splits_are_refused_whole(city: City) -> None:
    good = {"title": "하나", "owner": CITY, "due": "2027", "output": "보고서", "measures": [MEASURE]}
    for wrong, code in (
        ({**good, "owner": "urn:ngsi-ld:Organisation:test:none"}, "owner-unknown"),
        ({**good, "due": "곧"}, "not-a-date"),
        ({**good, "measures": [{"name": "표", "target": "많이"}]}, "measure-wrong"),
        ({**good, "measures": [{**MEASURE, "unit": "no unit!"}]}, "measure-wrong"),
        ({**good, "who": 1}, "commitment-field"),
        ({**good, "title": ""}, "text-missing"),
    ):
        with pytest.raises(MadangError) as refused:
            city.investment.split("mou", commitments=[good, wrong], reason="r", by="t")
        assert refused.value.code == f"investment.{code}"
        assert not city.investment.agreement("mou").commitments
    with pytest.raises(NotFoundError, match="mou"):
        city.investment.split("other", commitments=[good], reason="r", by="t")


def test_a_draft_on_a_branch_is_not_on_main_until_it_is_merged(city: City) -> None:
    branch = city.fork("draft")
    branch.investment.sign(title="초안", parties=[CITY], signed_on="2026", code="draft", reason="r", by="t")
    assert len(branch.investment.agreements()) == 2
    assert len(city.investment.agreements()) == 1
    with pytest.raises(ConflictError):
        branch.investment.amend("draft", on="2026-02-01", changes={"amount": 1}, reason="r", by="t")


def test_fulfilment_needs_its_evidence_once(city: City) -> None:
    id = commit(city)
    with pytest.raises(CallerError, match="shows"):
        city.investment.fulfil(id, evidence=" ", reason="r", by="t")
    made = city.investment.fulfil(id, evidence=UNIVERSITY, reason="r", by="t")
    assert value_of(made, "evidence") == UNIVERSITY
    with pytest.raises(ConflictError):
        city.investment.fulfil(id, evidence="또", reason="r", by="t")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_paper_of_an_agreement_names_what_is_missing(announced: City, language: Any) -> None:
    from datetime import date

    paper = agreement_paper(
        announced.store, language, agreement_id="seongnam-sejong-university", as_of=date(2026, 11, 22)
    )
    table = next(block for block in paper.blocks if hasattr(block, "rows"))
    assert len(table.rows) == 3
    assert ("성과 지표" if language == "ko" else "measure") in table.rows[0][-1][0]
