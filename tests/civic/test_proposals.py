"""A branch is put up, looked at, decided; adoption and its record are one transaction."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madang.civic.deciding import conditions, proposals, states
from madang.civic.deciding.page import diff_rows
from madang.entities.entity import Document, json_property, language_property, property_, relationship, value_of
from madang.errors import CallerError, ConflictError, ForbiddenError, NotFoundError
from madang.store import Store

CITY = "urn:ngsi-ld:City:test:1"
PROGRAMME = "urn:ngsi-ld:Programme:test:1"
PROPOSAL = "urn:ngsi-ld:Proposal:madang:chips"


def city() -> Document:
    return {"id": CITY, "type": "City", "name": language_property({"ko": "시험시", "en": "Test City"}),
            "area": property_(10, unit="KMK")}  # fmt: skip


def programme(amount: int = 5_000_000_000) -> Document:
    return {
        "id": PROGRAMME,
        "type": "Programme",
        "title": language_property({"ko": "칩 사업", "en": "Chips"}),
        "amount": property_(amount, unit="KRW") | {"assumption": property_(True)},
        "sectorShares": json_property({"electronics": 1.0}),
        "refCity": relationship(CITY),
    }


def new_city(path: Path) -> Store:
    store = Store.create(path, city_id="test", title={"ko": "시험시", "en": "Test City"})
    with store.transact(actor="t", reason="found") as tx:
        tx.put(city())
    store.fork("chips", title={"ko": "칩안", "en": "Chips"}, actor="t", reason="try")
    with store.transact(branch="chips", actor="t", reason="add") as tx:
        tx.put(programme())
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with new_city(tmp_path / "test.gpkg") as made:
        yield made


def propose(store: Store) -> Document:
    return proposals.propose(store, "chips", title="칩안 의결", reason="efficient", actor="kim")


def state(store: Store) -> str:
    return str(value_of(proposals.proposal_of(store, PROPOSAL), "state"))


def check(store: Store, id: str) -> proposals.Check:
    return next(one for one in proposals.checks(store, PROPOSAL) if one.id == id)


def test_what_a_merge_may_not_adoption_does_in_one_transaction_with_its_record(store: Store) -> None:
    propose(store)
    with pytest.raises(ForbiddenError):
        store.merge("chips", actor="kim", reason="just do it")
    before = store.data_version()

    decided = proposals.decide(store, PROPOSAL, adopt=True, reason="carried 11 to 2", actor="lee")

    assert store.data_version() == before + 1
    (decision,) = proposals.decisions_of(store, PROPOSAL)
    for record in (decided, decision):
        assert value_of(record, "state") == "adopted"
        assert value_of(record, "decidedBy") == "lee"
        assert value_of(record, "mergeTransaction") == before + 1
    assert store.transaction(before + 1).facts["adopting"] == PROPOSAL
    assert store.view().document(PROGRAMME) == programme()
    assert store.branch("chips").state == "merged"
    assert store.verify().ok


def test_a_refusal_leaves_branch_and_main_and_the_proposal_may_come_back(store: Store) -> None:
    propose(store)
    proposals.decide(store, PROPOSAL, adopt=False, reason="too dear", actor="lee")
    assert state(store) == "refused"
    assert store.view().document(PROGRAMME) is None

    with store.transact(branch="chips", actor="kim", reason="cheaper") as tx:
        tx.put(programme(3_000_000_000))
    again = propose(store)
    assert value_of(again, "round") == 2
    assert "decidedBy" not in again
    proposals.decide(store, PROPOSAL, adopt=True, reason="now it fits", actor="lee")
    assert [value_of(d, "state") for d in proposals.decisions_of(store, PROPOSAL)] == ["refused", "adopted"]
    found = store.view().document(PROGRAMME)
    assert found is not None
    assert value_of(found, "amount") == 3_000_000_000


def test_a_proposal_is_seen_from_every_branch(store: Store) -> None:
    propose(store)
    store.fork("other", actor="t", reason="another")
    assert store.view("other").document(PROPOSAL) == store.view().document(PROPOSAL)
    assert store.diff("other") == []


@pytest.mark.parametrize("first", [True, False])
def test_a_second_decision_is_refused_and_names_the_first(store: Store, first: bool) -> None:
    propose(store)
    proposals.decide(store, PROPOSAL, adopt=first, reason="once", actor="lee")
    with pytest.raises(ConflictError) as refused:
        proposals.decide(store, PROPOSAL, adopt=not first, reason="twice", actor="park")
    assert refused.value.code == "civic.already-decided"
    assert "lee" in refused.value.message("en")
    assert ("의결" if first else "부결") in refused.value.message("ko")
    assert len(proposals.decisions_of(store, PROPOSAL)) == 1


def test_a_branch_changed_after_submission_is_a_warning(store: Store) -> None:
    propose(store)
    assert check(store, "unchanged").state == "ok"
    with store.transact(actor="t", reason="main moves on") as tx:
        tx.merge(CITY, {"area": property_(11, unit="KMK")})
    assert check(store, "unchanged").state == "ok"
    with store.transact(branch="chips", actor="kim", reason="more") as tx:
        tx.put(programme(9_000_000_000))
    warned = check(store, "unchanged")
    assert warned.state == "warn"
    assert "Run the models again" in warned.detail["en"]
    proposals.decide(store, PROPOSAL, adopt=True, reason="anyway", actor="lee")
    (decision,) = proposals.decisions_of(store, PROPOSAL)
    assert {"id": "unchanged", "state": "warn"} in value_of(decision, "checks")


def test_conflicts_are_named_and_adopted_only_with_a_side(store: Store) -> None:
    with store.transact(branch="chips", actor="kim", reason="grow") as tx:
        tx.merge(CITY, {"area": property_(12, unit="KMK")})
    propose(store)
    with store.transact(actor="t", reason="survey") as tx:
        tx.merge(CITY, {"area": property_(11, unit="KMK")})
    failed = check(store, "conflicts")
    assert failed.state == "fail"
    assert CITY in failed.detail["en"]
    assert "면적" in failed.detail["ko"]
    with pytest.raises(ConflictError) as clash:
        proposals.decide(store, PROPOSAL, adopt=True, reason="go", actor="lee")
    assert [one.attribute for one in clash.value.facts["conflicts"]] == ["area"]
    assert state(store) == "submitted"
    assert proposals.decisions_of(store, PROPOSAL) == []

    side = {(CITY, "area", None): "theirs"}
    proposals.decide(store, PROPOSAL, adopt=True, reason="the branch is right", actor="lee", resolve=side)
    found = store.view().document(CITY)
    assert found is not None
    assert value_of(found, "area") == 12


def test_checks_say_what_is_missing(store: Store) -> None:
    propose(store)
    found = {one.id: one for one in proposals.checks(store, PROPOSAL)}
    assert list(found) == ["branch", "unchanged", "runs", "sources", "conflicts", "planned", "clauses"]
    assert found["runs"].state == "warn"
    assert found["clauses"].state == "ok"
    assert "법령이 정한 사전 절차는 없습니다" in found["clauses"].detail["ko"]
    assert "투자사업" in found["planned"].detail["ko"]
    for one in found.values():
        assert one.label["ko"]
        assert one.label["en"]


def test_the_page_shows_diff_log_and_decisions_the_same_before_and_after_adoption(store: Store) -> None:
    propose(store)
    before = proposals.proposal_view(store, PROPOSAL, comparing=lambda branch: {"branch": branch})
    assert before["comparison"] == {"branch": "chips"}
    assert before["proposal"]["acts"] == ["deliberate", "adopt", "adopt-conditionally", "defer", "refuse"]
    (row,) = before["diff"]
    amount = next(one for one in row["attributes"] if one["attribute"] == "amount")
    assert row["kind"] == "added"
    assert (amount["before"], amount["after"], amount["unit"]) == (None, 5_000_000_000, "KRW")
    assert amount["assumption"]
    assert amount["label"] == {"ko": "금액", "en": "Amount"}

    proposals.decide(store, PROPOSAL, adopt=True, reason="yes", actor="lee", comparison={"difference": 5})
    after = proposals.proposal_view(store, PROPOSAL, comparing=lambda branch: {"difference": 0})
    assert after["comparison"] == {"difference": 5}, "the figures that were decided on, not those after the merge"
    assert after["diff"] == before["diff"] == diff_rows(store, "chips")
    assert after["log"][0]["kind"] == "merge"
    assert len(after["decisions"]) == 1


def test_bad_requests_say_what_to_do(store: Store) -> None:
    with pytest.raises(CallerError, match="A reason is needed"):
        proposals.propose(store, "chips", title="t", reason="  ", actor="kim")
    with pytest.raises(CallerError, match="main is the city as it is"):
        proposals.propose(store, "main", title="t", reason="r", actor="kim")
    store.fork("empty", actor="t", reason="nothing")
    with pytest.raises(CallerError, match="changes nothing yet"):
        proposals.propose(store, "empty", title="t", reason="r", actor="kim")
    with pytest.raises(CallerError, match="A title is needed"):
        proposals.propose(store, "chips", title=" ", reason="r", actor="kim")
    propose(store)
    with pytest.raises(ConflictError, match="already put up"):
        propose(store)
    with pytest.raises(NotFoundError, match=f"Known: {PROPOSAL}"):
        proposals.decide(store, "urn:ngsi-ld:Proposal:madang:chip", adopt=True, reason="r", actor="kim")
    assert proposals.proposal_of(store, "chips")["id"] == PROPOSAL
    with pytest.raises(ConflictError, match="not possible from there"):
        proposals.act(store, PROPOSAL, "submit", reason="again", actor="kim")


def test_a_branch_emptied_after_submission_is_not_adopted(store: Store) -> None:
    propose(store)
    with store.transact(branch="chips", actor="kim", reason="withdraw") as tx:
        tx.delete(PROGRAMME)
    assert check(store, "branch").state == "fail"
    with pytest.raises(CallerError, match="nothing to adopt"):
        proposals.decide(store, PROPOSAL, adopt=True, reason="r", actor="lee")


def test_a_branch_that_changes_while_it_is_decided_is_not_adopted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose(store)
    from madang.civic.deciding.checks import checks_of as looked

    def look(*given: Any) -> Any:
        found = looked(*given)
        with store.transact(branch="chips", actor="mallory", reason="slip it in") as tx:
            tx.put(programme(9_000_000_000))
        return found

    monkeypatch.setattr(proposals, "checks_of", look)
    with pytest.raises(ConflictError) as told:
        proposals.decide(store, PROPOSAL, adopt=True, reason="r", actor="lee")
    assert told.value.code == "civic.branch-moved"
    assert state(store) == "submitted"
    assert store.view().document(PROGRAMME) is None
    monkeypatch.undo()
    proposals.decide(store, PROPOSAL, adopt=True, reason="seen now", actor="lee")
    assert state(store) == "adopted"


def test_a_proposal_shows_all_that_adoption_changes_also_what_its_branch_stands_on(store: Store) -> None:
    store.fork("nested", parent="chips", actor="t", reason="try")
    assert store.diff("nested", against="base") == []
    other = {**programme(), "id": "urn:ngsi-ld:Programme:test:2"}
    with store.transact(branch="nested", actor="t", reason="more") as tx:
        tx.put(other)
        tx.merge(CITY, {"area": property_(12, unit="KMK")})
    proposal = proposals.propose(store, "nested", title="둘 다", reason="r", actor="kim")
    before = proposals.proposal_view(store, proposal["id"])
    assert {row["id"] for row in before["diff"]} == {PROGRAMME, other["id"], CITY}
    proposals.decide(store, proposal["id"], adopt=True, reason="r", actor="lee")
    assert store.view().document(PROGRAMME) == programme()
    assert proposals.proposal_view(store, proposal["id"])["diff"] == before["diff"]

    with store.transact(branch="chips", actor="t", reason="on") as tx:
        tx.put(programme(7))
    assert check_of(store, propose(store)["id"], "conflicts") == "ok"
    proposals.decide(store, PROPOSAL, adopt=True, reason="r", actor="lee")
    assert store.view().document(PROGRAMME) == programme(7)
    assert proposals.proposal_view(store, proposal["id"])["diff"] == before["diff"]
    assert store.verify().ok


def check_of(store: Store, proposal_id: str, id: str) -> str:
    return next(one.state for one in proposals.checks(store, proposal_id) if one.id == id)


def test_what_a_branch_takes_away_keeps_its_name_on_the_page(store: Store) -> None:
    with store.transact(branch="chips", actor="t", reason="away") as tx:
        tx.delete(CITY)
    propose(store)
    before = proposals.proposal_view(store, PROPOSAL)["diff"]
    assert {"ko": "시험시", "en": "Test City"} in [row["name"] for row in before]
    proposals.decide(store, PROPOSAL, adopt=True, reason="r", actor="lee")
    assert proposals.proposal_view(store, PROPOSAL)["diff"] == before


def test_undoing_an_adoption_does_not_undo_that_it_was_decided(store: Store) -> None:
    with store.transact(branch="chips", actor="t", reason="no plan") as tx:
        tx.delete(PROGRAMME)
        tx.merge(CITY, {"area": property_(12, unit="KMK")})
    propose(store)
    decided = proposals.decide(store, PROPOSAL, adopt=True, reason="r", actor="lee")
    store.revert(value_of(decided, "mergeTransaction"), actor="park", reason="undo")
    assert store.view().document(CITY) == city()
    assert state(store) == "adopted"
    assert len(proposals.decisions_of(store, PROPOSAL)) == 1


# --- the table -------------------------------------------------------------------------------------------------------


def test_every_state_is_reached_and_only_adoption_is_an_end() -> None:
    assert set(states.TRANSITIONS.values()) == set(states.LABELS)
    ends = [state for state in states.LABELS if not states.possible(state)]
    assert ends == ["adopted"]


CONDITION = {"text": "find the money", "owner": "budget office", "due": "2027-03-31"}
ACTS = ["submit", "deliberate", "adopt", "adopt-conditionally", "defer", "refuse"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(ACTS), max_size=9))
def test_any_history_of_acts_follows_the_table(
    tmp_path_factory: pytest.TempPathFactory, history: list[states.Act]
) -> None:
    with new_city(tmp_path_factory.mktemp("acts") / "test.gpkg") as store:
        propose(store)
        expected: states.State = "submitted"
        decisions = 0
        for what in history:
            there = states.after(expected, what)
            named = [CONDITION] if what == "adopt-conditionally" else []
            if there is None:
                with pytest.raises(ConflictError):
                    proposals.act(store, PROPOSAL, what, reason="r", actor="a", conditions=named)
                continue
            if (expected, what) == ("conditional", "adopt"):
                with pytest.raises(ConflictError, match="1 conditions are not met"):
                    proposals.act(store, PROPOSAL, what, reason="r", actor="a")
                conditions.meet(store, PROPOSAL, "c1", document="no. 12", reason="paid", actor="a")
            proposals.act(store, PROPOSAL, what, reason="r", actor="a", conditions=named)
            expected = there
            decisions += what in states.DECISIONS
        assert state(store) == expected
        assert len(proposals.decisions_of(store, PROPOSAL)) == decisions
        assert (store.branch("chips").state == "merged") == (expected == "adopted")
        assert (store.view().document(PROGRAMME) is not None) == (expected == "adopted")


# --- killed on purpose -----------------------------------------------------------------------------------------------

KILLED = """
import os, sys
from madang.civic.deciding import proposals
from madang.store import Store, Tx
store = Store.open(sys.argv[1], write=True)
if sys.argv[2] == "before":
    moved = proposals._moved
    def die(*args):
        moved(*args)
        os._exit(9)
    proposals._moved = die
proposals.decide(store, sys.argv[3], adopt=True, reason="go", actor="lee")
os._exit(9)
"""


@pytest.mark.parametrize(("moment", "expected"), [("before", "submitted"), ("after", "adopted")])
def test_a_kill_leaves_either_no_decision_or_all_of_it(tmp_path: Path, moment: str, expected: str) -> None:
    path = tmp_path / "test.gpkg"
    with new_city(path) as store:
        propose(store)
    command = [sys.executable, "-c", KILLED, str(path), moment, PROPOSAL]
    assert subprocess.run(command, env=os.environ | {"PYTHONPATH": ""}, check=False).returncode == 9
    with Store.open(path, write=True) as store:
        assert store.verify().ok
        assert state(store) == expected
        assert (store.view().document(PROGRAMME) is not None) == (expected == "adopted")
        assert len(proposals.decisions_of(store, PROPOSAL)) == (expected == "adopted")
        if expected == "submitted":
            proposals.decide(store, PROPOSAL, adopt=True, reason="again", actor="lee")
            assert state(store) == "adopted"
