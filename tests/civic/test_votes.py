"""Votes are counted exactly, refused where they are invalid, and written whole or not at all."""

import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.committee_cities import AGREEMENT, CHARTER, FIRM, MEMBERS, committee_city, open_item
from madang.city import City
from madang.civic.committees.consensus import consensus
from madang.civic.committees.quorum import Rule, judge, outcome, rule
from madang.entities.entity import value_of
from madang.entities.query import Query, parse_types
from madang.errors import CallerError, ConflictError, ForbiddenError, MadangError
from madang.store import Store

VOTES = Query(types=parse_types("Vote"))

counts = st.integers(0, 40)
shares = st.tuples(st.integers(0, 12), st.integers(1, 12)).map(lambda p: (min(p), max(p[1], 1)) if p[0] > p[1] else p)


@st.composite
def rules(draw: Any, bases: tuple[str, ...] = ("members", "present", "cast")) -> str:
    n, of = draw(shares)
    text = f"{draw(st.sampled_from(['more than', 'at least']))} {n}/{of} of {draw(st.sampled_from(bases))}"
    return text + (f" and at least {draw(st.integers(1, 9))}" if draw(st.booleans()) else "")


# --- arithmetic ------------------------------------------------------------------------------------------------------


@given(rules(), counts, counts, counts, counts)
def test_a_quorum_is_what_fractions_say(text: str, have: int, members: int, present: int, cast: int) -> None:
    """Whole-number arithmetic against fractions, condition by condition."""
    bases = {"members": members, "present": present, "cast": cast}

    def holds(count: int) -> bool:
        said = []
        for part in text.split(" and "):
            words = part.split()
            share = Fraction(words[2]) * (bases[words[4]] if len(words) > 3 else 1)
            said.append(count > share if words[0] == "more" else count >= share)
        return all(said)

    judged = judge(rule(text), have, bases)
    assert judged.held == (holds(have) and have > 0)
    assert judged.needed == next(n for n in range(200) if holds(n))
    assert str(rule(str(rule(text)))) == str(rule(text))


ORDER = {"lost": 0, "tied": 1, "carried": 2}


@given(rules(("members", "present", "cast")), st.integers(1, 25), st.data())
def test_one_more_vote_for_never_makes_the_result_worse(text: str, present: int, data: st.DataObject) -> None:
    """Whether the vote comes from one who was against, who abstained, or who gave no ballot."""
    votes_for = data.draw(st.integers(0, present - 1))
    against = data.draw(st.integers(0, present - votes_for))
    wanted: Rule = rule(text)

    def result(favour: int, opposed: int) -> int:
        bases = {"members": present + 3, "present": present, "cast": favour + opposed}
        return ORDER[outcome(wanted, favour, opposed, bases)]

    if against:
        assert result(votes_for + 1, against - 1) >= result(votes_for, against)
    if votes_for + against < present:
        assert result(votes_for + 1, against) >= result(votes_for, against)


@given(counts, counts, counts)
def test_consensus_is_a_share_and_the_same_from_both_sides(for_: int, against: int, abstained: int) -> None:
    found = consensus(for_, against, abstained)
    assert (found is None) == (for_ + against + abstained == 0)
    assert found is None or (0 <= found <= 1 and found == consensus(against, for_, abstained))


def test_consensus_by_hand() -> None:
    assert consensus(7, 0, 0) == consensus(0, 4, 0) == 1
    assert consensus(5, 5, 0) == 0
    assert consensus(10, 0, 2) > consensus(10, 2, 0)  # type: ignore[operator]
    # 3 for, 1 against: mean 1/2, so 1 + 3/4 log2(3/4) + 1/4 log2(1/4)
    assert consensus(3, 1, 0) == pytest.approx(0.1887, abs=5e-5)


@pytest.mark.parametrize("text", ["half of members", "more than 3/2 of present", "at least 1/0 of members", "2/3", ""])
def test_a_rule_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(CallerError, match="quorum rule") as told:
        rule(text)
    assert told.value.code == "committees.rule-not-read"


def test_rules_read_as_people_say_them() -> None:
    assert rule("more than 1/2 of members").label()["ko"] == "재적위원 과반수"
    assert rule("at least 2/3 of present and at least 3").label()["ko"] == "출석위원 3분의 2 이상이면서 3명 이상"


# --- one vote --------------------------------------------------------------------------------------------------------


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with committee_city(tmp_path / "test.gpkg") as made:
        yield made


def ballots(votes_for: int, against: int = 0, abstained: int = 0, *, first: int = 0) -> dict[str, str]:
    choices = ["for"] * votes_for + ["against"] * against + ["abstain"] * abstained
    return dict(zip(MEMBERS[first:], choices, strict=False))


def test_a_vote_keeps_both_quorums_ballots_and_dissent(city: City) -> None:
    item = open_item(city)
    views = [{"member": "마루", "text": "자료가 부족하다"}]
    made = city.committees.vote(item, ballots=ballots(3, 1, 1), dissent=views, by="간사")
    assert (made["result"], made["for"]["value"], made["present"]["value"]) == ("carried", 3, 5)
    assert made["quorum"]["to_meet"]["needed"] == made["quorum"]["to_decide"]["needed"] == 3
    assert made["quorum"]["to_meet"]["clause"]["ko"] == "시험 조례 제7조"
    assert made["dissent"][0]["name"]["ko"] == "마루"
    assert city.explain(made["for"]["address"])["value"] == 3
    assert city.committees.item(item)["state"] == "carried"
    stored = city.view().documents(VOTES)[0]
    assert value_of(stored, "counts") == {"for": 3, "against": 1, "abstain": 1}
    written = city.log()[0]
    assert {change.type for change in city.store.changes(since=written.number - 1)} == {"Vote", "AgendaItem"}


def test_abstentions_do_not_carry_and_a_tie_goes_as_the_charter_says(tmp_path: Path) -> None:
    for n, (tie, votes, expected) in enumerate(
        [
            ("lost", (2, 2, 0), "lost"),
            ("open", (2, 2, 0), "tied"),
            ("chair", (2, 2, 0), "carried"),
            ("lost", (2, 0, 2), "lost"),
        ]
    ):
        with committee_city(tmp_path / f"{n}.gpkg", charter={**CHARTER, "tie": {"rule": tie}}) as city:
            made = city.committees.vote(open_item(city, present=4), ballots=ballots(*votes), by="t")
            assert (made["result"], bool(made["quorum"]["tie"])) == (expected, votes[1] > 0)


def test_a_special_decision_needs_its_own_share(city: City) -> None:
    item = open_item(city, rule="special")
    assert city.committees.vote(item, ballots=ballots(3, 2), by="t")["result"] == "lost"


def test_a_secret_ballot_has_counts_and_no_names(city: City) -> None:
    made = city.committees.vote(open_item(city), counts={"for": 4}, conditions=["예산 확보"], by="t")
    assert (made["result"], made["ballots"], made["secret"], made["not_voted"]["value"]) == ("conditional", [], True, 1)


def wrong_ways() -> list[tuple[str, dict[str, Any], list[str]]]:
    return [
        ("committees.voted-twice", {"ballots": [{"member": "가람", "choice": "for"}] * 2}, ["두 번"]),
        ("committees.not-a-member", {"ballots": {"홍길동": "for"}}, ["홍길동", "2026-11-20"]),
        ("committees.not-present", {"ballots": {"마루": "for"}}, ["마루"]),
        ("committees.not-one-of", {"ballots": {"가람": "maybe"}}, ["for, against, abstain"]),
        ("committees.more-votes-than-present", {"counts": {"for": 9}}, ["9표", "4명"]),
        ("committees.bad-counts", {"counts": {"for": -1}}, ["-1"]),
        ("committees.ballots-or-counts", {}, []),
        ("committees.ballots-or-counts", {"ballots": {"가람": "for"}, "counts": {"for": 1}}, []),
        ("committees.ballot-form", {"ballots": [{"who": "가람"}]}, []),
        ("committees.dissent-of-who-agreed",
         {"ballots": {"가람": "for", "나래": "for"}, "dissent": [{"member": "가람", "text": "반대"}]}, ["가람"]),
        ("committees.conditions-of-what-was-lost", {"ballots": {"가람": "against"}, "conditions": ["x"]}, ["부결"]),
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "given_", "says"), wrong_ways())
def test_an_invalid_vote_is_refused_and_changes_nothing(
    city: City, code: str, given_: dict[str, Any], says: list[str]
) -> None:
    item = open_item(city, present=4)
    before = city.store.data_version()
    with pytest.raises(MadangError) as told:
        city.committees.vote(item, **given_, by="t")
    assert told.value.code == code
    assert all(words in told.value.message("ko") for words in says), told.value.message("ko")
    assert city.store.data_version() == before
    assert city.committees.vote(item, ballots=ballots(4), by="t")["result"] == "carried"


def test_members_who_left_are_missed_at_the_item_they_left_before(city: City) -> None:
    """Open with five, vote on the first item with five, on the second with two: below three of five."""
    first = open_item(city)
    meeting = "c-2026-11-20"
    second = city.committees.add_item(meeting, kind="decision", title="둘째", by="t")["id"]
    for name in MEMBERS[2:]:
        city.committees.attend(meeting, person=name, until_item="2", by="t")
    assert city.committees.vote(first, ballots=ballots(5), by="t")["present"]["value"] == 5
    with pytest.raises(ConflictError) as told:
        city.committees.vote(second, ballots=ballots(2), by="t")
    assert told.value.code == "committees.no-quorum"
    for words in ("시험 조례 제7조", "재적 5명", "3명이 필요", "2명이 출석"):
        assert words in told.value.message("ko")


def test_who_is_recused_leaves_the_base_of_the_quorum(city: City) -> None:
    """Five in office, three there; with one of them recused two of four are there, which is no majority."""
    item = open_item(city, present=3)
    city.committees.recuse(item, member="다온", kind="own", ground="친족", by="다온")
    with pytest.raises(ConflictError) as told:
        city.committees.vote(item, ballots={"다온": "for"}, by="t")
    assert (told.value.code, "회피" in told.value.message("ko")) == ("committees.recused-may-not-vote", True)
    with pytest.raises(ConflictError, match="Of 4 members 3") as short:
        city.committees.vote(item, ballots=ballots(2), by="t")
    assert short.value.code == "committees.no-quorum"


def test_a_request_to_recuse_is_decided_by_the_others_before_the_vote(city: City) -> None:
    item = open_item(city)
    asked = city.committees.recuse(
        item, member="마루", kind="on-request", ground="자문 계약", requested_by="주민", by="t"
    )
    with pytest.raises(ConflictError) as told:
        city.committees.vote(item, ballots=ballots(5), by="t")
    assert told.value.code == "committees.recusal-undecided"
    with pytest.raises(CallerError) as many:
        city.committees.decide_recusal(asked["id"], votes_for=5, votes_against=0, reason="r", by="t")
    assert many.value.code == "committees.more-votes-than-present"
    decided = city.committees.decide_recusal(asked["id"], votes_for=3, votes_against=1, reason="r", by="t")
    assert (decided["state"], decided["decided_by"]) == ("accepted", "위원회 의결")
    made = city.committees.vote(item, ballots=ballots(4), by="t")
    assert (made["members"]["value"], made["recused"][0]["kind"]) == (4, "on-request")


def test_a_member_of_a_party_is_flagged_and_barred_until_that_is_settled(tmp_path: Path) -> None:
    with committee_city(tmp_path / "c.gpkg", members=4) as city:
        city.committees.appoint("c", person="마루", organisation=FIRM, starts_on="2026-01-01", reason="r", by="t")
        item = open_item(city, concerns=[AGREEMENT])
        flag = city.committees.conflicts(item)[0]
        assert (flag.name["ko"], flag.tie, flag.by_law, flag.settled) == ("마루", "party", True, False)
        with pytest.raises(ConflictError) as told:
            city.committees.vote(item, ballots=ballots(5), by="t")
        assert (told.value.code, "한빛소재" in told.value.message("ko")) == ("committees.barred-by-law", True)
        denied = {"member": "마루", "kind": "by-law", "ground": "명목상 자문", "accepted": False}
        assert city.committees.recuse(item, **denied, by="위원장")["state"] == "rejected"
        assert city.committees.vote(item, ballots=ballots(5), by="t")["conflicts"][0]["settled"] is True


def test_without_a_charter_there_are_reports_but_no_votes(tmp_path: Path) -> None:
    with committee_city(tmp_path / "c.gpkg", charter=None) as city:
        item = open_item(city)
        with pytest.raises(ConflictError) as told:
            city.committees.vote(item, ballots=ballots(5), by="t")
        assert told.value.code == "committees.no-quorum-rule"
        assert [one.kind for one in city.committees.alerts(as_of="2026-11-22")] == ["charter-missing"]


def test_a_vote_is_written_by_its_act_alone(city: City) -> None:
    item = open_item(city)
    city.committees.vote(item, ballots=ballots(5), by="t")
    vote = city.view().documents(VOTES)[0]
    with pytest.raises(ForbiddenError):
        city.put({**vote, "result": {"type": "Property", "value": "lost"}}, by="t")
    with pytest.raises(ConflictError) as told:
        city.committees.vote(item, ballots=ballots(5), by="t")
    assert told.value.code == "committees.item-closed"


# --- killed on purpose -----------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from madang.city import open_city
from madang.store import writing
city = open_city(sys.argv[1], write=True)
if sys.argv[3] != "after":
    left, put = int(sys.argv[3]), writing.Tx.put
    def dying(self, doc):
        global left
        put(self, doc)
        self.flush()
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    writing.Tx.put = dying
city.committees.vote(sys.argv[2], ballots={"가람": "for", "나래": "for", "다온": "against"}, by="t")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a POSIX thing")
@pytest.mark.parametrize("moment", ["1", "2", "after"])
def test_a_kill_amid_a_vote_leaves_no_vote_and_an_open_item_or_both(tmp_path: Path, moment: str) -> None:
    """After the vote's record is written, after the item's, and after the commit."""
    path = tmp_path / "test.gpkg"
    with committee_city(path) as city:
        item = open_item(city)
    command = [sys.executable, "-c", KILLED, str(path), item, moment]
    assert subprocess.run(command, env=os.environ | {"PYTHONPATH": ""}, check=False).returncode == -9
    with Store.open(path, write=True) as store:
        assert store.verify().ok
        state, votes = value_of(store.view().document(item) or {}, "state"), store.view().count(VOTES)
    assert (state, votes) == (("lost", 1) if moment == "after" else ("listed", 0))
