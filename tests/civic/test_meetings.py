"""What happens at a meeting is recorded in order, and its papers list all of it from one record (R10, R13)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from civic.committee_cities import FIRM, MEMBERS, committee_city, open_item
from madang.city import City
from madang.documents.paper import Figure, Line, Paper, Table
from madang.errors import ConflictError, MadangError

MEETING = "c-2026-11-20"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with committee_city(tmp_path / "test.gpkg") as made:
        yield made


def text_of(paper: Paper) -> str:
    """Everything on a paper, as one text."""

    def plain(content: Any) -> str:
        return "".join(part.text if isinstance(part, Figure) else part for part in content)

    found = [paper.title]
    for block in paper.blocks:
        if isinstance(block, Table):
            found += [" | ".join(block.heads), *(" | ".join(plain(cell) for cell in row) for row in block.rows)]
        else:
            found.append(plain(block.content) if isinstance(block, Line) else getattr(block, "text", ""))
    return "\n".join(found)


def test_a_meeting_opens_only_with_its_quorum(city: City) -> None:
    city.committees.call_meeting("c", date="2026-11-20", reason="r", by="t")
    for name in MEMBERS[:2]:
        city.committees.attend(MEETING, person=name, by="t")
    city.committees.attend(MEETING, person=MEMBERS[2], mode="proxy", proxy="비서", by="t")
    with pytest.raises(ConflictError) as told:
        city.committees.open_meeting(MEETING, by="t")
    assert told.value.code == "committees.no-quorum-to-open"
    assert "시험 조례 제7조" in told.value.message("ko")
    city.committees.attend(MEETING, person=MEMBERS[2], by="t")
    assert city.committees.open_meeting(MEETING, by="t")["number_present"]["value"] == 3


def test_a_meeting_goes_its_way_and_no_other(city: City) -> None:
    item = open_item(city, kind="policy-trend")

    def refused(what: Any, **given: Any) -> str:
        with pytest.raises(MadangError) as told:
            what(**given, by="t")
        return told.value.code

    desk = city.committees
    assert refused(desk.close_meeting, meeting=MEETING) == "committees.items-waiting"
    assert refused(desk.open_meeting, meeting=MEETING) == "committees.meeting-state"
    assert refused(desk.vote, item=item, ballots={"가람": "for"}) == "committees.nothing-to-decide"
    assert refused(desk.call_meeting, committee="c", date="2026-11-20", reason="r") == "committees.meeting-exists"
    assert refused(desk.call_meeting, committee="c", date="2026-11", reason="r") == "committees.not-a-day"
    assert refused(desk.call_meeting, date="2026-11-20", reason="r") == "committees.meeting-without-committee"
    assert refused(desk.say, meeting=MEETING, speaker="가람", text="글쎄") == "committees.statement-without-issue"
    assert refused(desk.say, meeting=MEETING, speaker="마루", text="글", item="9") == "committees.item-unknown"
    assert refused(desk.follow_up, item=item, title="x", owner="urn:x:y", due="2027") == "committees.owner-unknown"
    desk.conclude(item, state="heard", reason="r", by="t")
    assert refused(desk.conclude, item=item, state="heard", reason="r") == "committees.item-closed"
    assert desk.close_meeting(MEETING, by="t")["state"] == "closed"
    assert refused(desk.attend, meeting=MEETING, person="가람") == "committees.meeting-state"


def test_an_item_waits_for_the_dispositions_of_its_opinions(city: City) -> None:
    item = open_item(city)
    opinion = {"id": "urn:ngsi-ld:Opinion:test:1", "type": "Opinion", "text": {"type": "Property", "value": "늦춰라"},
               "refAgendaItem": {"type": "Relationship", "object": item}}  # fmt: skip
    with city.for_writing().transact(actor="t", reason="heard", act="vote") as tx:
        tx.put(opinion)
    ballots = dict.fromkeys(MEMBERS, "for")
    with pytest.raises(ConflictError) as told:
        city.committees.vote(item, ballots=ballots, by="t")
    assert told.value.code == "committees.opinions-open"
    assert "opinions-open" in {alert.kind for alert in city.committees.alerts(as_of="2026-11-22")}
    with city.for_writing().transact(actor="t", reason="settled", act="vote") as tx:
        tx.put({**opinion, "disposition": {"type": "Property", "value": "not-adopted"}})
    assert city.committees.vote(item, ballots=ballots, by="t")["result"] == "carried"


def test_a_reply_and_what_was_taken_back_keep_no_item_open(city: City) -> None:
    there = city.fork("lane", reason="r", by="t")
    there.put(
        {"id": "urn:ngsi-ld:Organisation:test:new", "type": "Organisation", "name": "새 기관"}, reason="r", by="t"
    )
    there.propose(title="안", reason="r", by="t")
    item = open_item(city, proposal="lane")
    asked = city.procedure.opine("lane", "왜인가?", role="citizen", by="park")["id"]
    city.procedure.reply(asked, "이래서이다", role="author", by="t")
    withdrawn = city.procedure.opine("lane", "취소할 의견", role="citizen", by="choi")["id"]
    city.procedure.withdraw(withdrawn, reason="오해였다", by="choi")
    with pytest.raises(ConflictError, match=r"has 1 opinion\(s\)"):
        city.committees.vote(item, ballots={"가람": "for", "나래": "for", "다온": "for"}, by="t")
    city.procedure.dispose(asked, "partly", reason="설명을 더했다", by="t")
    assert (
        city.committees.vote(item, ballots={"가람": "for", "나래": "for", "다온": "for"}, by="t")["result"] == "carried"
    )


def test_minutes_list_everything_from_one_record(city: City) -> None:
    item = open_item(city, present=4)
    desk = city.committees
    desk.hold_office(
        person="장윤", organisation=FIRM, post={"ko": "연구위원", "en": "Fellow"}, starts_on="2020", reason="r", by="t"
    )
    desk.attend(MEETING, person="장윤", part="panel", by="t")
    trend = desk.add_item(MEETING, kind="policy-trend", title={"ko": "수소산업 동향", "en": "Hydrogen"}, by="t")["id"]
    desk.say(MEETING, speaker="장윤", text="수요처가 먼저다", item="2", by="t")
    desk.say(MEETING, speaker="가람", text="인력이 문제다", issue="인력", by="t")
    desk.recuse(item, member="라온", kind="own", ground="친족이 지원자", by="t")
    votes = {"가람": "for", "나래": "for", "다온": "against"}
    desk.vote(item, ballots=votes, dissent=[{"member": "다온", "text": "자료가 늦었다"}], by="t")
    desk.conclude(trend, state="heard", reason="r", outcome="다음 회의에 계획 보고", by="t")
    task = desk.follow_up(item, title="공모 신청", owner=FIRM, due="2026-12-15", by="t")["id"]
    desk.count_audience(MEETING, count=20, status="estimated", by="t")
    desk.close_meeting(MEETING, by="t")
    paper = desk.minutes(MEETING)
    said = text_of(paper)
    for words in (
        "시험위원회 정기회의(2026-11-20) 회의록",
        "20명 (추정)",
        "재적위원 5명",
        "마루 | 위원",
        "불참",
        "장윤 | 연구위원 | 한빛소재",
        "1. 시험 안건 (의결안건)",
        "2. 수소산업 동향 (정책동향)",
        "회피: 라온",
        "친족이 지원자",
        "표결 결과: 의결",
        "의사정족수: 재적위원 과반수 — 필요 3, 실제 3: 충족(시험 조례 제7조)",
        "의결정족수: 출석위원 과반수 — 필요 2, 실제 2",
        "4명 | 3명 | 2명 | 1명 | 0명 | 0명",
        "소수의견(다온): 자료가 늦었다",
        "장윤 (한빛소재 · 연구위원): 수요처가 먼저다",
        "[인력]: 인력이 문제다",
        "다음 회의에 계획 보고",
        "공모 신청 | 한빛소재 | 2026-12-15",
    ):
        assert words in said, f"{words}\n{said}"
    for one in paper.figures():
        assert one.address is not None
        assert city.explain(one.address)["value"] == one.value
    assert "Result: carried" in text_of(desk.minutes(MEETING, language="en"))
    assert [a.kind for a in desk.alerts(as_of="2026-12-20") if a.about == task] == ["follow-up-overdue"]
    desk.follow_up_done(task, date="2026-12-21", evidence=FIRM, reason="sent", by="t")
    assert not [a for a in desk.alerts(as_of="2027-02-01") if a.about == task]


def test_papers_before_a_meeting_say_what_its_proposals_change(city: City) -> None:
    branch = city.fork("solar", title={"ko": "태양광안", "en": "Solar"}, by="t")
    branch.put({"id": "urn:ngsi-ld:Task:test:1", "type": "Task", "title": "지붕 태양광"}, by="t")
    branch.propose(title="태양광 확대", reason="전력 자립", by="과장")
    open_item(city, proposal="solar")
    said = text_of(city.committees.papers(MEETING))
    assert "상정: 과장" in said
    assert "전력 자립" in said
    assert "지붕 태양광 (추가)" in said


def test_a_seminar_has_a_panel_an_audience_and_no_votes(city: City) -> None:
    title = {"ko": "4차산업 세미나", "en": "Seminar"}
    made = city.committees.call_meeting(kind="seminar", date="2023", title=title, reason="r", by="t")
    city.committees.hold_office(person="이광", organisation=FIRM, post="정책실장", starts_on="2020", reason="r", by="t")
    city.committees.attend(made["id"], person="이광", part="panel", by="t")
    city.committees.open_meeting(made["id"], by="t")
    spoken = city.committees.say(made["id"], speaker="이광", text="데이터가 자원이다", issue="디지털 전환", by="t")
    assert (spoken["affiliation"]["ko"], spoken["role_label"]["ko"]) == ("한빛소재", "정책실장")
    item = city.committees.add_item(made["id"], kind="decision", title="결의", by="t")["id"]
    with pytest.raises(ConflictError) as told:
        city.committees.vote(item, counts={"for": 1}, by="t")
    assert told.value.code == "committees.meeting-without-members"
