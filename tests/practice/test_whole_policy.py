"""A whole policy, step by step through the Python doors, with the wrong ways that the law and the charter refuse.

data -> branch -> runs -> proposal -> opinions with dispositions -> committee with quorum and a recusal -> consultation
and approval -> merge -> plan version -> documents written and verified -> a year of data -> scored promise
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from madang import clock
from madang.city import City
from madang.documents.archive import packed, unpacked
from madang.entities.entity import value_of
from madang.errors import MadangError

ICHEON = "urn:ngsi-ld:City:kostat:31210"
OFFICE, FIRM = (f"urn:ngsi-ld:Organisation:test:{code}" for code in ("office", "firm"))
AGREEMENT, PROGRAMME = "urn:ngsi-ld:Agreement:madang:mou", "urn:ngsi-ld:Programme:test:park"
PLEDGED = 200_000_000_000
LAW = {"ko": "시험 조례 제7조", "en": "Test Ordinance Art. 7"}
CHARTER: dict[str, Any] = {
    "source": {"ko": "시험 조례", "en": "Test Ordinance"},
    "certainty": "S",
    "seats": {"most": 9, "least": 3, "clause": LAW},
    "term": {"years": 2, "renewals": 1},
    "to_meet": {"rule": "more than 1/2 of members", "clause": LAW},
    "to_decide": {"rule": "more than 1/2 of present", "clause": LAW},
    "tie": {"rule": "lost"},
    "recusal": {"by_law": ["party"], "clause": {"ko": "시험 조례 제8조", "en": "Test Ordinance Art. 8"}},
}
MEMBERS = ("가람", "나래", "다온", "라온", "마루")


@contextmanager
def on(day: str) -> Iterator[None]:
    with clock.standing_at(datetime.fromisoformat(f"{day}T03:00:00").replace(tzinfo=UTC)):
        yield


def refused(act: Callable[[], object], code: str) -> MadangError:
    """The error of an act that must be refused with this code."""
    with pytest.raises(MadangError) as told:
        act()
    assert told.value.code == code, told.value
    return told.value


def test_a_policy_from_data_to_its_scored_promise(icheon: City, tmp_path: Path) -> None:
    city, by = icheon, "t"

    # Data: measured statistics stand in the file; the agreement and its pledge are entered.
    with on("2025-01-06"):
        bodies = [
            {"id": id, "type": "Organisation", "name": name} for id, name in ((OFFICE, "기획과"), (FIRM, "한빛소재"))
        ]
        city.put(bodies, reason="bodies", by=by)
        city.investment.sign(
            title="투자협약",
            parties=[ICHEON, FIRM],
            signed_on="2025-01-06",
            amount=PLEDGED,
            code="mou",
            reason="signed",
            by=by,
        )
        city.investment.pledge(
            company="한빛소재", amount=PLEDGED, signed_on="2025-01-06", agreement="mou", reason="register", by=by
        )

    # The plan in force: complete, registered with its notice, version 1.0.
    with on("2025-01-07"):
        first = city.fork("first", reason="the plan as it is in force", by=by)
        first.plans.new("smart", "스마트도시계획", start_year=2025, end_year=2029, reason="in force", by=by)
        for section in first.plans.tree().sections:
            first.plans.change(section["id"], responsible=OFFICE, reason="body", by=by)
            first.plans.write(
                section["id"], "2029년까지 90억 원을 들여 기업 24개와 함께 추진한다.", reason="text", by=by
            )
        first.propose(title="현행 계획", reason="in force", by=by)
        city.procedure.register_in_force(
            "first", approved_on="2024-11-29", noticed_on="2024-12-20", document="고시 1", reason="noticed", by=by
        )
        city.adopt("first", reason="as noticed", by=by)
    assert [one.number for one in city.plans.versions()] == ["1.0"]

    # A branch, and what the model says of it; no number is typed.
    with on("2025-02-03"):
        there = city.fork("park", title={"ko": "단지안", "en": "Park"}, reason="try", by=by)
        there.put(
            {
                "id": PROGRAMME, "type": "Programme", "title": {"languageMap": {"ko": "단지", "en": "Park"}},
                "amount": {"value": PLEDGED, "unitCode": "KRW"}, "refAgreement": {"object": AGREEMENT},
                "sectorShares": {"json": {"construction": 0.5, "electronics": 0.5}, "assumption": True},
            }, reason="programme", by=by,
        )  # fmt: skip
        comparison = there.compare(by=by)
        target = there.promise_ledger.promise(
            indicator="economy.value-added-city", due="2026-02", owner=OFFICE, plan="urn:ngsi-ld:Plan:icheon:smart",
            reason="from the comparison", by=by,
        )  # fmt: skip
        (funds,) = there.plans.tree().text_of_section["urn:ngsi-ld:Section:icheon:smart-act-8-1-8"]
        effect = "{{indicator:economy.value-added-city | exact}}"
        text = f"국비와 시비를 2029년까지 나누어 쓰며, 단지로 지역에 남는 부가가치는 {effect}이다."
        there.plans.change(funds["id"], text={"ko": text}, reason="what it brings", by=by)
    computed = {one["id"]: one["difference"] for one in comparison.as_json()["indicators"]}
    promised = value_of(target, "value")
    assert promised == computed["economy.value-added-city"] > 0

    # Merging is deciding: not by the back door, and not before the law's steps, named with Act and article.
    with on("2025-02-10"):
        proposal = there.propose(title={"ko": "단지 계획변경", "en": "Amendment"}, reason="for jobs", by=by)["id"]
        refused(lambda: there.merge(reason="by the back door", by=by), "store.planned-needs-adoption")
        early = refused(lambda: city.adopt("park", reason="early", by=by), "procedure.not-yet")
    assert early.facts["clause"]["en"].startswith("Smart City Act Art. 10(1)")
    assert "제10조" in early.message("ko")

    # Opinions of four roles, pinned to a paragraph, a number, a place and the whole.
    with on("2025-02-17"):
        anchors: dict[str, dict[str, Any] | None] = {
            "author": {"kind": "paragraph", "entity": funds["id"], "attribute": "text"},
            "reviewer": {"kind": "number", "entity": target["id"], "attribute": "value"},
            "citizen": {"kind": "place", "geometry": {"type": "Point", "coordinates": [127.48, 37.28]}},
            "member": None,
        }
        given = {
            role: city.procedure.opine("park", f"{role}의 의견", role=role, anchor=anchor, by=role)["id"]
            for role, anchor in anchors.items()
        }

    # The committee: below its quorum it does not open; with an opinion that waits it does not vote.
    desk = city.committees
    with on("2025-01-13"):
        desk.establish(name="위원회", code="c", charter=CHARTER, since="2025-01", reason="ordinance", by=by)
        for n, name in enumerate(MEMBERS):
            desk.appoint(
                "c", person=name, role="member" if n else "chair", starts_on="2025-01-13",
                organisation=FIRM if name == "라온" else None, reason="call", by=by,
            )  # fmt: skip
    with on("2025-03-04"):
        meeting = desk.call_meeting("c", date="2025-03-04", reason="agenda", by=by)["id"]
        item = desk.add_item(meeting, kind="decision", proposal="park", by=by)["id"]
        other = desk.add_item(meeting, kind="decision", title="다른 안건", by=by)["id"]
        for name in MEMBERS[:2]:
            desk.attend(meeting, person=name, by=by)
        short = refused(lambda: desk.open_meeting(meeting, by=by), "committees.no-quorum-to-open")
        assert "Test Ordinance Art. 7" in short.message("en")
        for name in MEMBERS[2:]:
            desk.attend(meeting, person=name, by=by)
        desk.open_meeting(meeting, by=by)
        ballots = {"가람": "for", "나래": "for", "다온": "against", "라온": "for"}
        refused(lambda: desk.vote(item, ballots=ballots, by=by), "committees.opinions-open")
        for role, disposition in zip(given, ("adopted", "adopted", "partly", "not-adopted"), strict=True):
            city.procedure.dispose(given[role], disposition, reason="그 까닭", by=by)

        # A member of a party to the agreement is recused by law, and may then not vote.
        barred = refused(lambda: desk.vote(item, ballots=ballots, by=by), "committees.barred-by-law")
        assert "Test Ordinance Art. 8" in barred.message("en")
        desk.recuse(item, member="라온", kind="by-law", ground="works for a party", by=by)
        refused(lambda: desk.vote(item, ballots=ballots, by=by), "committees.recused-may-not-vote")
        del ballots["라온"]
        vote = desk.vote(
            item, ballots={**ballots, "마루": "for"}, dissent=[{"member": "다온", "text": "주거 대책이 먼저다"}], by=by
        )

        # Three leave before the next item: a vote below the quorum is refused, and the item is put off.
        for name in MEMBERS[2:]:
            desk.attend(meeting, person=name, until_item=other, by=by)
        few = {"가람": "for", "나래": "for"}
        assert "Art. 7" in refused(lambda: desk.vote(other, ballots=few, by=by), "committees.no-quorum").message("en")
        desk.conclude(other, state="deferred", reason="no quorum", by=by)
        desk.close_meeting(meeting, by=by)
    assert (vote["result"], vote["for"]["value"], vote["against"]["value"]) == ("carried", 3, 1)

    # Consultation, application, answers, approval; then an opinion that came in late still closes the gate.
    for step, started, ended in (
        ("agency-consultation", "2025-03-10", "2025-03-28"), ("application", "2025-04-01", "2025-04-01"),
        ("ministries-answer", "2025-04-02", "2025-04-18"), ("approval", "2025-05-12", "2025-05-12"),
    ):  # fmt: skip
        with on(ended):
            assert refused(lambda: city.adopt("park", reason="early", by=by), "procedure.not-yet")
            city.procedure.complete_step("park", step, started=started, on=ended, document=step, reason="done", by=by)
    with on("2025-05-19"):
        late = city.procedure.opine("park", "한 가지 더", role="citizen", by="choi")["id"]
        refused(lambda: city.adopt("park", reason="now", by=by), "procedure.opinions-open")
        city.procedure.dispose(late, "not-adopted", reason="다음 변경에서", by=by)
        city.adopt("park", reason="approved", by=by)
        city.procedure.complete_step("park", "gazette-notice", document="공보 1", reason="noticed", by=by)

    # The merge is the new version; the target became a promise, the dissent stands with the decision.
    assert [(one.number, one.change) for one in city.plans.versions()] == [("1.0", "new"), ("2.0", "major")]
    decision = next(one for one in city.query("Decision") if value_of(one, "refProposal") == proposal)
    assert [one["text"] for one in value_of(decision, "dissent")] == ["주거 대책이 먼저다"]
    (promise,) = [one for one in city.query("Promise") if value_of(one, "refTarget") == target["id"]]
    assert any(one["id"] == funds["id"] for one in city.plans.diff("1.0", "2.0").as_json()["paragraphs"])

    # Documents in three formats, each verified against the city; one digit changed is named.
    with on("2025-05-20"):
        for kind, of, suffixes in (
            ("plan-book", None, (".hwpx", ".pdf", ".docx")), ("minutes", meeting, (".hwpx",)),
            ("proposal-dossier", proposal, (".pdf",)),
        ):  # fmt: skip
            paper = city.papers.compose(kind, of)
            for suffix in suffixes:
                written = city.papers.write(paper, tmp_path / f"{kind}{suffix}")
                checked = city.papers.verify(tmp_path / f"{kind}{suffix}")
                assert (checked.ok, checked.manifest) == (True, "sound"), (kind, suffix, checked.counts())
                assert written.figures == len(checked.figures)
        number = f"{promised:,}"
        forged = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
        for name, part in (("plan-book.hwpx", "Contents/section0.xml"), ("plan-book.docx", "word/document.xml")):
            parts = unpacked((tmp_path / name).read_bytes(), name=name)
            assert number.encode() in parts[part]
            parts[part] = parts[part].replace(number.encode(), forged.encode(), 1)
            (tmp_path / name).write_bytes(packed(parts))
            wrong = [one for one in city.papers.verify(tmp_path / name).figures if one.state == "edited"]
            assert [(number in one.printed, forged in (one.shown or "")) for one in wrong] == [(True, True)]

    # A year of data: a part of the pledge came in time, a part later, a part never.
    for day, stage, contracted, realised in (
        ("2025-09-01", "contracted", 80, 10), ("2025-12-01", "permitted", 80, 40),
        ("2026-02-23", "under-construction", 80, 50), ("2026-05-04", "operating", 80, 80),
    ):  # fmt: skip
        with on(day):
            city.investment.record_stage(
                "한빛소재", stage=stage, on=day, contracted=PLEDGED * contracted // 100,
                realised=PLEDGED * realised // 100, evidence="register", reason="quarter", by=by,
            )  # fmt: skip

    # The promise is scored: the same model with what is known now splits the miss, and the parts sum to it.
    with on("2026-05-11"):
        ledger = city.promise_ledger
        assert ledger.one(promise["id"]).state.state == "overdue"
        actual = promised * 45 // 100
        refused(
            lambda: ledger.record_outcome(promise["id"], value=actual, period="2026-02", reason="r", by=by),
            "plan.outcome-without-evidence",
        )
        ledger.record_outcome(
            promise["id"], value=actual, period="2026-02", link="https://www.example.org/1", reason="measured", by=by
        )
        (score,) = ledger.score(reason="a year later", by=by).scores
    parts = {part["group"]: part["value"] for part in score["parts"]}
    assert score["miss"]["value"] == actual - promised == sum(parts.values())
    # Of the pledge 80 % comes at all, and 5/8 of that in time: alone they take 0.2 and 0.375, together 0.5.
    assert parts["assumption"] == pytest.approx(-(0.2 + (0.5 - 0.375)) / 2 * promised, rel=1e-6)
    assert parts["delay"] == pytest.approx(-(0.375 + (0.5 - 0.2)) / 2 * promised, rel=1e-6)
    assert parts["shock"] == 0
    assert (score["verdict"], ledger.one(promise["id"]).standing) == ("missed", "done")
    assert city.verify().ok
