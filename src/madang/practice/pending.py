"""What is still open, for whoever opens the file: an amendment before its committee, with an opinion to be settled.

Since 3 June 2026 the act asks a city with a specialised complex for one item more. The branch states the designation,
has its section, and still lacks what the law asks for before adoption; adopting it is refused with the clause.
"""

from __future__ import annotations

from madang.city import City
from madang.practice.days import OFFICER, STATUS, on, said
from madang.practice.first_plan import PLAN, part, section
from madang.practice.ground import body

BRANCH = "specialised-complex"
DESIGNATION = "specialised-complex"
ITEM = "act-8-1-9-2"
WHY = "특화단지 지정으로 계획에 사항이 하나 늘었습니다(가상)"


def leave_open(city: City) -> None:
    """The amendment that is under way on the last day of the story."""
    with on("2026-10-19"):
        there = city.fork(
            BRANCH, title=said("특화단지안(가상)", "Specialised complex (made up)"), reason=WHY, by=OFFICER
        )
        there.plans.change(PLAN, designations=[DESIGNATION], reason=WHY, by=OFFICER)
        there.plans.add(
            "Section",
            code=f"smart-{ITEM}",
            title=said("특화단지의 운영", "Running the specialised complex"),
            refPlan=PLAN,
            implements=[ITEM],
            responsible=body("industry"),
            status=STATUS,
            reason=WHY,
            by=OFFICER,
        )
        there.plans.write(
            section(ITEM),
            "특화단지는 시험센터를 중심으로 운영하고 입주 기업 협의체를 분기마다 연다.",
            reason=WHY,
            by=OFFICER,
        )
        there.plans.write(
            section("act-8-1-7"),
            "시험 예약은 특화단지 안팎의 기업이 같은 창구에서 한다.",
            paragraph=part("Paragraph", "act-8-1-7-2"),
            reason=WHY,
            by=OFFICER,
        )
        there.propose(
            title=said("특화단지 계획변경(가상)", "Amendment: specialised complex (made up)"), reason=WHY, by=OFFICER
        )
    with on("2026-10-26"):
        door = city.procedure
        door.start_step(
            BRANCH,
            "agency-consultation",
            document="스마트도시과-812(가상)",
            reason="협의를 보냈습니다(가상)",
            by=OFFICER,
        )
        door.opine(
            BRANCH,
            "협의체에 주민도 넣어 주십시오.",
            role="citizen",
            channel="web",
            stance="neutral",
            by="주민 4(가상)",
            anchor={"kind": "paragraph", "entity": section(ITEM)},
        )
