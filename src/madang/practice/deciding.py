"""From submission to notice: opinions and what became of them, the committee's vote, the steps of the law, adoption."""

from __future__ import annotations

from madang.city import City
from madang.practice import council
from madang.practice.amendment import BRANCH, EFFECT, WHY
from madang.practice.days import HEAD, OFFICER, SECRETARY, on, said
from madang.practice.first_plan import part
from madang.practice.ground import SITE, body

MEETING_DAY = "2025-07-03"


def decide(city: City) -> None:
    """Opinions and what became of them, the committee's vote, the steps of the law, adoption and notice."""
    with on("2025-05-12"):
        title = said("소재부품 단지 계획변경(가상)", "Amendment: the materials park (made up)")
        city.branch(BRANCH).propose(title=title, reason=WHY, by=OFFICER)
    _hear(city)
    with on(MEETING_DAY):
        vote(city)
    _steps(city)
    with on("2025-09-15"):
        city.adopt(BRANCH, reason="승인을 받아 의결합니다(가상)", by=HEAD)
    with on("2025-09-22"):
        city.procedure.complete_step(
            BRANCH,
            "gazette-notice",
            document="연습도시 공보 제1204호(가상)",
            reason="공보에 실었습니다(가상)",
            by=OFFICER,
        )


def _hear(city: City) -> None:
    door = city.procedure
    with on("2025-05-14"):
        door.start_step(
            BRANCH, "hearing-notice", document="공고 제2025-301호(가상)", reason="공청회 공고(가상)", by=OFFICER
        )
    with on("2025-06-10"):
        door.complete_step(BRANCH, "hearing-notice", reason="공고 기간이 지났습니다(가상)", by=OFFICER)
        door.complete_step(
            BRANCH, "hearing", document="공청회 결과 보고(가상)", reason="공청회를 열었습니다(가상)", by=OFFICER
        )
        given = [
            door.opine(BRANCH, text, role=role, anchor=anchor, stance=stance, channel=channel, by=by)["id"]
            for text, role, anchor, stance, channel, by in (
                (
                    "민간투자 시기를 연도별로 나누어 적겠습니다.",
                    "author",
                    {"kind": "paragraph", "entity": part("Paragraph", "act-8-1-8-1"), "attribute": "text"},
                    "for",
                    "meeting",
                    OFFICER,
                ),
                (
                    "협약이 모두 이행된다는 가정이 셉니다. 범위의 아래쪽도 본문에 적어 주십시오.",
                    "reviewer",
                    {"kind": "number", "entity": EFFECT, "attribute": "value"},
                    "neutral",
                    "letter",
                    "검토위원(가상)",
                ),
                ("시험센터를 먼저 짓고 단지를 넓히자는 의견입니다.", "member", None, "for", "meeting", council.BORA),
                (
                    "출근 시간에 부발역 앞 화물차를 줄여 주십시오.",
                    "citizen",
                    {"kind": "place", "geometry": {"type": "Point", "coordinates": list(SITE)}},
                    "against",
                    "hearing",
                    "주민 1(가상)",
                ),
            )
        ]
        door.reply(given[3], "화물차 우회로를 진입도로 설계에 넣어 보겠습니다.", role="author", by=OFFICER)
    with on("2025-06-17"):
        for opinion, disposition, reason in zip(
            given,
            ("adopted", "adopted", "partly", "partly"),
            (
                "재원 절에 연도별 표를 두었습니다(가상)",
                "본문의 수에 불확실 범위를 함께 적었습니다(가상)",
                "시험센터를 2026년에 마치되 단지와 함께 짓습니다(가상)",
                "우회로는 넣고 시간 제한은 경찰서와 더 협의합니다(가상)",
            ),
            strict=True,
        ):
            door.dispose(opinion, disposition, reason=reason, by=OFFICER)


def vote(city: City) -> None:
    """The committee's vote: one member is barred by law, one is against and says why."""
    desk = city.committees
    meeting = desk.call_meeting(council.CODE, date=MEETING_DAY, reason="하반기 정기회의(가상)", by=SECRETARY)["id"]
    item = desk.add_item(meeting, kind="decision", proposal=BRANCH, reason="안건 상정(가상)", by=SECRETARY)["id"]
    for person in council.PEOPLE[:6]:
        desk.attend(meeting, person=person, by=SECRETARY)
    desk.open_meeting(meeting, by=SECRETARY)
    desk.recuse(item, member=council.RAON, kind="by-law", ground="협약 당사자의 임원(가상)", by=SECRETARY)
    desk.recuse(item, member=council.MARU, kind="by-law", ground="협약 당사자의 사무국장(가상)", by=SECRETARY)
    desk.say(meeting, speaker=council.BORA, text="시험센터의 운영비도 보여 주십시오.", item=item, by=SECRETARY)
    desk.vote(
        item,
        ballots={council.GARAM: "for", council.NARAE: "against", council.DAON: "for", council.BORA: "for"},
        dissent=[{"member": council.NARAE, "text": "주거 대책 없이 단지부터 넓히는 데 반대합니다(가상)"}],
        by=SECRETARY,
    )
    desk.follow_up(item, title="운영비 추계 보고(가상)", owner=body("industry"), due="2025-10-31", by=SECRETARY)
    desk.close_meeting(meeting, by=SECRETARY)


def _steps(city: City) -> None:
    for step, started, ended, document, reason in (
        (
            "agency-consultation",
            "2025-07-07",
            "2025-07-25",
            "스마트도시과-501(가상)",
            "관계 행정기관 5곳과 협의했습니다(가상)",
        ),
        ("application", "2025-08-01", "2025-08-01", "스마트도시과-533(가상)", "승인을 신청했습니다(가상)"),
        ("ministries-answer", "2025-08-04", "2025-08-21", "관계부처 의견(가상)", "의견을 받았습니다(가상)"),
        ("approval", "2025-09-08", "2025-09-08", "승인 제2025-17호(가상)", "승인되었습니다(가상)"),
    ):
        with on(ended):
            city.procedure.complete_step(
                BRANCH, step, started=started, on=ended, document=document, reason=reason, by=OFFICER
            )
