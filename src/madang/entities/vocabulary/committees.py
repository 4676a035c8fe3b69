"""Committees and meetings: charters, members and their terms, agenda, votes, minutes, what is to follow.

A `Membership` is a person's place in a body for a period: in a committee (`refCommittee`), or in an organisation
alone, which is an office (`post`). Meetings and all that happens at them are records.
"""

from __future__ import annotations

from madang.entities.vocabulary import attributes as a
from madang.entities.vocabulary.procedure import DECIDED_BY
from madang.entities.vocabulary.terms import AttributeInfo, TypeInfo, attribute, entity_type, reference

REF_PERSON = reference("refPerson", "사람", "Person")
REF_AGENDA_ITEM = reference("refAgendaItem", "회의 안건", "Agenda item")
REF_MEMBERSHIP = reference("refMembership", "위촉", "Membership")
AFFILIATION = attribute("affiliation", "소속", "Affiliation", kind="LanguageProperty")
ROLE = attribute("role", "역할", "Role")
HELD_AT = attribute("heldAt", "표결 시각", "Held at")
COUNTS = attribute("counts", "표 수", "Counts", kind="JsonProperty")
QUORUM = attribute("quorum", "정족수", "Quorum", kind="JsonProperty")


def _record(name: str, ko: str, en: str, attributes: list[AttributeInfo]) -> TypeInfo:
    return entity_type(name, ko, en, [*attributes, *a.PROVENANCE, a.REF_CITY], scope="record")


TYPES = [
    entity_type(
        "Committee",
        "위원회",
        "Committee",
        [
            a.NAME,
            a.ALTERNATE_NAME,
            a.CATEGORY,
            a.LOCATION,
            a.ADDRESS,
            a.URL,
            a.MEMBERS,
            a.SIGNED,
            a.SINCE,
            attribute("chair", "위원장", "Chair", kind="LanguageProperty"),
            attribute("meets", "회의 주기", "When it meets", kind="LanguageProperty"),
            attribute("charter", "설치·운영 규정", "Charter", kind="JsonProperty"),
            attribute("genderCounts", "위촉위원 성별 집계", "Appointed members by gender", kind="JsonProperty"),
            *a.PROVENANCE,
            a.REF_CITY,
        ],
    ),
    entity_type("Person", "사람", "Person", [a.NAME, a.URL, *a.PROVENANCE]),
    entity_type(
        "Membership",
        "위촉",
        "Membership",
        [
            a.REF_COMMITTEE,
            a.REF_ORGANISATION,
            REF_PERSON,
            ROLE,
            attribute("memberKind", "위원 구분", "Official or appointed"),
            attribute("represents", "대표 분야", "Whom the member stands for"),
            attribute("post", "직위", "Post", kind="LanguageProperty"),
            attribute("termNumber", "임기 차수", "Number of the term"),
            a.STARTS_ON,
            a.ENDS_ON,
            attribute("endReason", "해촉 사유", "Why the term ended"),
            *a.PROVENANCE,
        ],
    ),
    _record(
        "Meeting",
        "회의",
        "Meeting",
        [
            a.TITLE,
            a.KIND,
            a.DATE,
            a.LOCATION,
            a.TEXT,
            a.STATE,
            attribute("venue", "회의 장소", "Venue", kind="LanguageProperty"),
            attribute("attendance", "참석", "Attendance", kind="JsonProperty"),
            attribute("audience", "방청 인원", "Audience", unit="IE"),
            attribute("openedAt", "개의 시각", "Opened at"),
            attribute("closedAt", "폐회 시각", "Closed at"),
            attribute("numberPresent", "출석위원 수", "Members present", unit="IE"),
            attribute("numberOfMembers", "재적위원 수", "Members in office", unit="IE"),
            QUORUM,
            a.REF_COMMITTEE,
            a.REF_PROPOSAL,
            a.REF_STUDY,
        ],
    ),
    _record(
        "AgendaItem",
        "회의 안건",
        "Agenda item",
        [
            a.TITLE,
            a.TEXT,
            a.KIND,
            a.ORDER,
            a.STATE,
            attribute("decisionRule", "의결 구분", "Rule of decision"),
            attribute("concerns", "관련 대상", "What it concerns", kind="Relationship"),
            attribute("outcome", "처리 결과", "Outcome", kind="LanguageProperty"),
            a.REF_MEETING,
            a.REF_PROPOSAL,
        ],
    ),
    _record(
        "Speech",
        "발언",
        "Statement at a meeting",
        [
            a.TEXT,
            a.ORDER,
            a.REF_MEETING,
            REF_AGENDA_ITEM,
            REF_PERSON,
            ROLE,
            AFFILIATION,
            attribute("issue", "쟁점", "Issue", kind="LanguageProperty"),
        ],
    ),
    _record(
        "Recusal",
        "제척·기피·회피",
        "Recusal",
        [
            a.KIND,
            a.STATE,
            REF_AGENDA_ITEM,
            a.REF_MEETING,
            REF_MEMBERSHIP,
            REF_PERSON,
            attribute("ground", "제척·기피·회피 사유", "Ground of the recusal"),
            attribute("requestedBy", "신청자", "Requested by"),
            DECIDED_BY,
            a.DECIDED_AT,
            a.CLAUSE,
            COUNTS,
            QUORUM,
        ],
    ),
    _record(
        "Vote",
        "표결",
        "Vote",
        [
            a.TITLE,
            REF_AGENDA_ITEM,
            a.REF_MEETING,
            a.REF_PROPOSAL,
            a.REF_COMMITTEE,
            attribute("result", "표결 결과", "Result"),
            COUNTS,
            attribute("ballots", "표", "Ballots", kind="JsonProperty"),
            attribute("secretBallot", "무기명 투표", "Secret ballot"),
            HELD_AT,
            QUORUM,
            attribute("recused", "제척·기피·회피 위원", "Recused members", kind="JsonProperty"),
            attribute("dissent", "소수의견", "Dissent", kind="JsonProperty"),
            attribute("voteConditions", "의결 조건", "Conditions of the decision", kind="JsonProperty"),
            attribute("conflictFlags", "이해충돌 점검", "Conflicts of interest looked at", kind="JsonProperty"),
            attribute("votesFor", "찬성", "For", unit="IE"),
            attribute("votesAgainst", "반대", "Against", unit="IE"),
            attribute("abstentions", "기권", "Abstained", unit="IE"),
            attribute("notVoted", "투표하지 않은 출석위원", "Present without a ballot", unit="IE"),
            attribute("numberPresent", "출석위원 수", "Members present", unit="IE"),
            attribute("numberOfMembers", "재적위원 수", "Members in office", unit="IE"),
            attribute("consensus", "합의도", "Consensus", unit="C62"),
        ],
    ),
    _record(
        "FollowUp",
        "후속조치",
        "Follow-up",
        [
            a.TITLE,
            a.OWNER,
            a.DUE,
            a.STATE,
            a.EVIDENCE,
            attribute("doneOn", "완료일", "Done on"),
            a.REF_MEETING,
            REF_AGENDA_ITEM,
            reference("refVote", "표결", "Vote"),
        ],
    ),
]
