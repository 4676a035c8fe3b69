"""A promise is due until the last day of its period has passed, and done only with evidence."""

from datetime import UTC, date, datetime

import pytest

from madang import clock
from madang.dates import period
from madang.entities.entity import Document, language_property, property_, relationship
from madang.plan.promises import promise_states, state_of


def promise(code: str, *, due: str | None = None, done: bool = False, derived: bool = False) -> Document:
    made: Document = {
        "id": f"urn:ngsi-ld:Promise:test:{code}",
        "type": "Promise",
        "title": language_property({"ko": f"약속 {code}", "en": f"Promise {code}"}),
        "kind": property_("milestone"),
        "owner": relationship("urn:ngsi-ld:City:test:1"),
    }
    if due is not None:
        made["due"] = property_(due)
        made["due"]["stated"] = language_property({"ko": "내년 3월", "en": "next March"})
    if derived:
        made["due"]["assumption"] = property_(True)
        made["due"]["basis"] = language_property({"ko": "2024년으로 봄", "en": "read as 2024"})
    if done:
        made["evidence"] = relationship("urn:ngsi-ld:Announcement:test:1")
    return made


@pytest.mark.parametrize(
    ("due", "last_day"),
    [
        ("2028", date(2028, 12, 31)),
        ("2025-03", date(2025, 3, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2024-06-06", date(2024, 6, 6)),
    ],
)
def test_a_promise_is_overdue_from_the_day_after_its_period(due: str, last_day: date) -> None:
    assert state_of(promise("a", due=due), today=last_day) == "due"
    assert state_of(promise("a", due=due), today=date.fromordinal(last_day.toordinal() + 1)) == "overdue"


def test_the_year_ends_in_the_citys_zone_and_not_in_utc() -> None:
    with clock.standing_at(datetime(2028, 12, 31, 15, 30, tzinfo=UTC)):  # 1 January, 00:30 in Seoul
        assert state_of(promise("a", due="2028"), today=clock.today("Asia/Seoul")) == "overdue"
        assert state_of(promise("a", due="2028"), today=clock.today("UTC")) == "due"


def test_without_a_date_it_is_undated_and_evidence_makes_it_done_even_late() -> None:
    today = date(2026, 11, 22)
    assert state_of(promise("a"), today=today) == "undated"
    assert state_of(promise("a", due="soon"), today=today) == "undated"
    assert state_of(promise("a", done=True), today=today) == "done"
    assert state_of(promise("a", due="2025-03", done=True), today=today) == "done"


def test_the_list_begins_with_what_is_longest_overdue() -> None:
    dated = [promise(code, due=due) for code, due in (("l", "2029"), ("n", "2027"), ("o", "2025-03"), ("oo", "2021"))]
    made = [promise("d", done=True), promise("u"), *dated]
    found = promise_states(made, today=date(2026, 11, 22))
    assert [p.id.rpartition(":")[2] for p in found] == ["oo", "o", "n", "l", "u", "d"]
    assert [p.state for p in found] == ["overdue", "overdue", "due", "due", "undated", "done"]
    assert found[0].days == -1787
    assert found[2].days == 404


def test_a_derived_date_says_that_it_is_an_assumption_and_on_what() -> None:
    (found,) = promise_states(
        [promise("a", due="2025-03", derived=True)],
        today=date(2024, 11, 1),
        name_of=lambda id: {"ko": "시험시", "en": "Test City"},
    )
    assert found.assumption
    assert found.basis == {"ko": "2024년으로 봄", "en": "read as 2024"}
    assert found.due_stated == {"ko": "내년 3월", "en": "next March"}
    assert found.owner == {"ko": "시험시", "en": "Test City"}
    assert found.days == 150


@pytest.mark.parametrize("text", ["2024-13", "24", "2024-2", "2024-02-30", "next March", ""])
def test_what_is_no_date_is_not_made_into_one(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the value itself is the message; the callers word it
        period(text)
