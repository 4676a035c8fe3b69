"""What stands around the policy: a problem and a suggestion before it, a study, allied cities, and what was made of it.

The allied cities are made up; no council of a real city voted on anything here.
"""

from __future__ import annotations

from importlib import resources

from madang.city import City
from madang.entities.entity import language_property, property_, relationship, value_of
from madang.practice.amendment import BRANCH, TASK
from madang.practice.days import ANALYST, OFFICER, STATUS, on, said
from madang.practice.ground import CITY, ID, MADE_UP, SITE

ALLIANCE = f"urn:ngsi-ld:Alliance:{ID}:belt"
NARU, SOLBAT = (f"urn:ngsi-ld:City:{ID}:{code}" for code in ("naru-madeup", "solbat-madeup"))
BOTH = (NARU, SOLBAT)
PURPOSE = "제1조(목적) 시험기반을 함께 쓰는 데 필요한 사항을 정한다."
TEXT = f"{PURPOSE}\n제2조(우선) ① 회원 도시의 기업이 먼저 쓴다. ② 남는 시간은 나눈다."
OTHER = f"{PURPOSE}\n제2조(우선) ① 중소기업이 먼저 쓴다. ② 남는 시간은 나눈다."


def ask(city: City) -> None:
    """Before the policy: a problem, two suggestions, and the question of a study."""
    with on("2025-03-17"):
        door = city.procedure
        problem = door.raise_problem(
            "소재 시험을 멀리까지 간다(가상)",
            "지역 기업의 시험이 평균 23일 걸립니다(가상).",
            owner=OFFICER,
            slug="testing",
            reason="기업 간담회(가상)",
            by=OFFICER,
        )["id"]
        door.analyse_problem(
            problem,
            cause="가까운 시험기관이 없습니다(가상).",
            indicator="days-to-result",
            unit="DAY",
            baseline=23,
            baseline_year=2024,
            aim=10,
            reason="기업 12곳 조사(가상)",
            by=ANALYST,
        )
        first = door.suggest(
            "시험센터를 지어 주세요", "단지 안에 소재 시험센터를 지어 주세요(가상)", author="주민 2(가상)", by=OFFICER
        )
        second = door.suggest(
            "소재 시험센터", "단지 안에 소재 시험센터를 하나 지어 주세요(가상)", author="주민 3(가상)", by=OFFICER
        )
        one, other = first.document["id"], second.document["id"]
        door.move_suggestion(other, "merge", same_as=one, reason="같은 제안입니다(가상)", by=OFFICER)
        door.move_suggestion(one, "screen", reason="소관 확인(가상)", by=OFFICER)
        door.move_suggestion(one, "accept", reason="검토하기로 했습니다(가상)", by=OFFICER)
    with on("2025-03-24"):
        _begin(city)


def _begin(city: City) -> None:
    study = city.studies.begin(
        title=said("소재부품 집적 방안(가상)", "How to bring materials firms together (made up)"),
        question=said("어떤 지원이 지역에 더 많이 남는가?", "Which support leaves more in the city?"),
        starts_on="2025-03-24",
        cost_krw=60_000_000,
        link="https://www.example.org/study",
        reason="2025년 과제(가상)",
        by=ANALYST,
    )["id"]
    for title, kind in (("현행 유지(가상)", "baseline"), ("현금 지원안(가상)", "alternative")):
        city.studies.add_alternative(study, title=title, kind=kind, reason="견주어 볼 안(가상)", by=ANALYST)


def recommend(city: City) -> None:
    """The study's answer, once the branch is there and was computed."""
    with on("2025-04-28"):
        (study,) = city.studies.all()
        runs = [one["id"] for one in city.query("ModelRun", f'branch=="{BRANCH}"')]
        title = "소재부품 단지안(가상)"
        city.studies.add_alternative(
            study.id, title=title, branch=BRANCH, runs=runs, reason="세운 안(가상)", by=ANALYST
        )
        city.studies.add_evidence(study.id, evidence=runs, reason="경제 모형(가상 입력)", by=ANALYST)
        city.studies.reject(
            study.id, alternative="현금 지원안(가상)", reason="지원이 끝나면 남는 것이 적습니다(가상)", by=ANALYST
        )
        city.studies.recommend(
            study.id,
            alternative=title,
            text=said("단지와 시험센터를 함께 짓기를 제언합니다(가상)", "Build both (made up)"),
            on="2025-04-28",
            reason="최종보고(가상)",
            by=ANALYST,
        )


def use(city: City) -> None:
    """What became of the study, and of the suggestion; and a study that is still under way."""
    with on("2025-10-01"):
        (study,) = city.studies.all()
        decision = next(one["id"] for one in city.query("Decision") if value_of(one, "branch") == BRANCH)
        city.studies.record_use(
            study.id,
            state="used",
            decision=decision,
            task=TASK,
            on="2025-09-15",
            reason="계획에 반영(가상)",
            by=ANALYST,
        )
    with on("2026-10-12"):
        made = city.studies.begin(
            title=said("시험센터 운영 방안(가상)", "How to run the test centre (made up)"),
            question=said("누가 운영해야 오래 가는가?", "Who should run it?"),
            starts_on="2026-10-12",
            cost_krw=45_000_000,
            reason="2026년 과제(가상)",
            by=ANALYST,
        )["id"]
        city.studies.add_phase(
            made,
            kind="launch",
            due="2026-11-06",
            deliverables=[{"title": "착수보고서(가상)"}],
            reason="계약(가상)",
            by=ANALYST,
        )
        city.studies.comment(
            made, phase="launch", text="운영비 추계의 근거를 밝힐 것(가상)", author="기업지원과(가상)", by=ANALYST
        )
        with resources.as_file(resources.files("madang.practice.data").joinpath("calls.yaml")) as calls:
            city.investment.add_calls(calls, reason="공고(가상)", by=OFFICER)
        city.investment.bid("practice-2027", TASK, points={"idea": 25}, reason="응모 준비(가상)", by=OFFICER)


# --- allied cities ---------------------------------------------------------------------------------------------------


def ally(city: City) -> None:
    """Two made-up neighbours: an alliance, a joint ordinance on its way, and a project whose cost is shared."""
    with on("2025-10-20"):
        city.put(
            {
                "id": ALLIANCE,
                "type": "Alliance",
                "name": language_property(said("가온벨트 연합체(가상)", "Gaon belt alliance (made up)")),
                "since": property_("2025-10"),
                "members": relationship([CITY, *BOTH]),
                "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": list(SITE)}},
                "status": property_(STATUS),
                "source": relationship(MADE_UP),
            },
            reason="세 도시가 뜻을 모았습니다(가상)",
            by=OFFICER,
        )
    with on("2025-11-10"):
        door = city.alliances
        common = door.draft_ordinance(
            ALLIANCE,
            title=said("시험기반 공동이용 조례(가상)", "Joint use of test facilities (made up)"),
            text=TEXT,
            reason="실무협의(가상)",
            by=OFFICER,
        )["id"]
        for member, text in ((CITY, TEXT), (NARU, OTHER), (SOLBAT, TEXT)):
            door.variant(common, city=member, text=text, reason="입안(가상)", by=OFFICER)
        project = door.add_project(
            ALLIANCE,
            title=said("공동 시험장비(가상)", "Shared test equipment (made up)"),
            shared=2_000_000_000,
            alone={CITY: 5_000_000_000, NARU: 4_000_000_000, SOLBAT: 3_500_000_000},
            reason="합의(가상)",
            by=OFFICER,
        )
        door.agree_shares(project["id"], "shapley", reason="합의(가상)", by=OFFICER)
    for day, member, state in (
        ("2025-12-01", CITY, "notified"),
        ("2025-12-08", NARU, "notified"),
        ("2026-01-26", CITY, "passed"),
        ("2026-02-09", CITY, "promulgated"),
        ("2026-03-09", NARU, "passed"),
    ):
        with on(day):
            door.adopt_step(common, city=member, state=state, on=day, reason="의회 절차(가상)", by=OFFICER)
    with on("2026-04-06"):
        door.record_step(ALLIANCE, step="agreement", on="2026-04-06", reason="규약안 합의(가상)", by=OFFICER)
        items = door.charter_checklist(ALLIANCE)
        texts = ("시험기반의 공동 이용(가상)", "가온벨트 특별지방자치단체(가상)")
        door.write_charter(
            ALLIANCE,
            items={item.id: text for item, text in zip(items, texts, strict=False)},
            reason="초안(가상)",
            by=OFFICER,
        )
        door.record_step(ALLIANCE, step="council-vote", council=CITY, on="2026-04-06", reason="가결(가상)", by=OFFICER)
