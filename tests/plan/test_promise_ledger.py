"""Promises from a comparison to an outcome: made on a branch, kept by adoption, shown on the wall, at every door."""

import math
from pathlib import Path
from typing import Any

import pytest

from madang.city import City
from madang.entities.entity import value_of
from madang.errors import CallerError, MadangError, NotFoundError
from madang.plan.forecasts import promises_of
from plan.promise_city import CITY, INDICATOR, LINK, MOU, PLEDGED, adopted, fab, on, planned, promised, stage


def code_of(act: Any, *given: Any, **named: Any) -> str:
    with pytest.raises(MadangError) as refused:
        act(*given, **named)
    return refused.value.code


def test_a_promise_takes_value_band_and_address_from_the_comparison(icheon: City) -> None:
    with on("2026-11-22"):
        target = planned(icheon)
        row = icheon.branch("fab").compare().row(INDICATOR)
    assert value_of(target, "value") == row.difference
    assert value_of(target, "band") == {"p05": row.p05, "p50": row.p50, "p95": row.p95}
    assert value_of(target, "forecastAddress") == row.address
    assert value_of(target, "againstAddress") == row.main_address
    assert icheon.recompute(value_of(target, "forecastAddress"))["equal"]


def test_adoption_makes_one_promise_a_target_and_the_same_target_makes_none_again(icheon: City) -> None:
    with on("2026-11-22"):
        planned(icheon)
        assert icheon.query("Promise").rows() == []
        (promise,) = adopted(icheon)
        renamed = icheon.fork("words", reason="words only", by="t")
        target = dict(renamed.get(value_of(promise, "refTarget")) or {})
        renamed.put({**target, "title": {"languageMap": {"ko": "새 이름", "en": "New name"}}}, reason="words", by="t")
        assert promises_of(icheon.store, "words") == []
        assert adopted(icheon, "words") == [promise]
    assert value_of(promise, "refTarget") == target["id"]
    assert icheon.branch("fab").store.transaction(icheon.store.log(entity=promise["id"])[-1].number).kind == "merge"


def test_a_changed_target_is_a_new_promise_and_the_former_is_ended_not_forgotten(icheon: City) -> None:
    with on("2026-11-22"):
        planned(icheon)
        (former,) = adopted(icheon)
        later = icheon.fork("later", reason="later", by="t")
        target = dict(later.get(value_of(former, "refTarget")) or {})
        later.put({**target, "due": {"type": "Property", "value": "2030"}}, reason="later", by="t")
        adopted(icheon, "later")
        wall = icheon.promise_ledger.list()
        standing = {one.state.id: one for one in wall.entries}
        assert standing[former["id"]].standing == "ended"
        assert standing[former["id"]].ended_by == "later"
        (new,) = (one for one in wall.entries if one.standing == "due")
        assert (new.supersedes, new.state.due) == (former["id"], "2030")
        assert former["id"] not in {one.id for one in icheon.promises()}

        gone = icheon.fork("gone", reason="given up", by="t")
        gone.delete(target["id"], reason="given up", by="t")
        adopted(icheon, "gone")
        assert icheon.promise_ledger.list().counts()["ended"] == 2


def test_promises_of_a_branch_adopted_without_them_are_caught_up_once(icheon: City) -> None:
    with on("2026-11-22"):
        planned(icheon)
        assert code_of(icheon.promise_ledger.catch_up, "fab", reason="x", by="t") == "plan.promises-not-adopted"
        adopted(icheon)
        assert icheon.promise_ledger.catch_up("fab", reason="x", by="t") == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"due": "soon"}, "plan.promise-due"),
        ({"due": "2025"}, "plan.promise-due-past"),
        ({"owner": "urn:ngsi-ld:City:kostat:nowhere"}, "plan.promise-owner"),
        ({"indicator": "economy.happiness"}, "plan.promise-no-indicator"),
        ({"indicator": "weather.rain"}, "models.model-unknown"),
        ({"indicator": "economy.employment"}, "plan.promise-no-value"),
        ({"indicator": None}, "plan.promise-what"),
        ({"kind": "guess"}, "plan.promise-kind"),
        ({"task": "urn:ngsi-ld:Task:test:none"}, "plan.promise-refers-to"),
        ({"indicator": None, "value": math.nan}, "plan.promise-number"),
        ({"better": "up"}, "plan.promise-better"),
        ({"measured_by": "somewhere"}, "plan.reading-malformed"),
        ({"reason": ""}, "plan.reason-missing"),
    ],
)
def test_what_cannot_be_promised_is_refused_and_nothing_is_written(
    icheon: City, given: dict[str, Any], code: str
) -> None:
    with on("2026-11-22"):
        plan = icheon.fork("fab", reason="try", by="t")
        plan.put(fab(refAgreement={"object": CITY}), reason="programme", by="t")
        said: dict[str, Any] = {"indicator": INDICATOR, "due": "2028", "owner": CITY, "reason": "r", "by": "t"}
        assert code_of(plan.promise_ledger.promise, **(said | given)) == code
        assert code_of(icheon.promise_ledger.promise, **said) == "plan.promise-on-main"
    assert plan.query("Target").rows() == []


# --- outcomes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"link": None}, "plan.outcome-without-evidence"),
        ({"link": "notice 123"}, "plan.evidence-link"),
        ({"evidence": "urn:ngsi-ld:Dataset:test:none"}, "plan.evidence-unknown"),
        ({"evidence": "here#there"}, "indicators.address-malformed"),
        ({"file": "/nowhere/at/all.pdf"}, "plan.evidence-no-file"),
        ({"value": None}, "plan.outcome-no-value"),
        ({"value": math.nan}, "plan.outcome-not-a-number"),
        ({"value": math.inf}, "plan.outcome-not-a-number"),
        ({"value": True}, "plan.outcome-not-a-number"),
        ({"value": "12"}, "plan.outcome-not-a-number"),
        ({"period": None}, "plan.outcome-no-period"),
        ({"period": "last year"}, "plan.outcome-period"),
        ({"period": "2031"}, "plan.outcome-in-the-future"),
        ({"reason": "  "}, "plan.reason-missing"),
        ({"reads": f"{CITY}#grdp"}, "plan.outcome-read-and-typed"),
        ({"value": None, "reads": f"{CITY}#happiness"}, "plan.reading-nothing"),
        ({"value": None, "reads": f"{CITY}#population"}, "plan.reading-unit"),
    ],
)
def test_an_outcome_that_shows_nothing_is_refused_by_name(icheon: City, given: dict[str, Any], code: str) -> None:
    promise = promised(icheon)
    said: dict[str, Any] = {"value": 1, "period": "2028", "link": LINK, "reason": "r", "by": "t"}
    with on("2029-03-01"):
        assert code_of(icheon.promise_ledger.record_outcome, promise, **(said | given)) == code
        assert code_of(icheon.promise_ledger.record_outcome, "urn:none", **said) == "plan.promise-unknown"
    assert icheon.query("Outcome").rows() == []


def test_what_is_counted_is_never_below_zero(icheon: City) -> None:
    with on("2026-11-22"):
        plan = icheon.fork("jobs", reason="try", by="t")
        plan.promise_ledger.promise(value=500, unit="IE", title="일자리", due="2028", owner=CITY, reason="r", by="t")
        (promise,) = adopted(icheon, "jobs")
    with on("2029-01-05"):
        refused = code_of(
            icheon.promise_ledger.record_outcome, promise["id"], value=-1, period="2028", link=LINK, reason="r"
        )
    assert refused == "plan.outcome-negative"


def test_a_second_outcome_of_a_period_corrects_the_first_and_both_stay(icheon: City) -> None:
    promise = promised(icheon)
    with on("2029-03-01"):
        record = icheon.promise_ledger.record_outcome
        first = record(promise, value=10, period="2028", link=LINK, reason="provisional", by="t")
        before = icheon.store.data_version()
        assert record(promise, value=10, period="2028", link=LINK, reason="again", by="t") == first
        assert icheon.store.data_version() == before
        second = record(promise, value=12, period="2028", link=LINK, reason="final count", by="t")
        interim = record(promise, value=3, period="2027", link=LINK, reason="first year", by="t")
        entry = icheon.promise_ledger.one(promise)
    assert value_of(second, "corrects") == first["id"]
    assert [one["id"] for one in entry.outcomes] == [interim["id"], first["id"], second["id"]]
    assert entry.outcome is not None
    assert entry.outcome["value"] == 12


def test_an_interim_outcome_leaves_the_promise_due(icheon: City) -> None:
    promise = promised(icheon)
    with on("2028-02-01"):
        icheon.promise_ledger.record_outcome(promise, value=3, period="2027", link=LINK, reason="first year", by="t")
        assert icheon.promise_ledger.one(promise).standing == "due"
    with on("2029-01-01"):
        assert icheon.promise_ledger.one(promise).standing == "overdue"
        icheon.promise_ledger.record_outcome(promise, value=3, period="2028", link=LINK, reason="measured", by="t")
        assert icheon.promise_ledger.one(promise).standing == "done"
        assert [one.state for one in icheon.promises() if one.id == promise] == ["done"]


def test_an_outcome_is_read_from_the_citys_data_and_its_address_is_the_evidence(icheon: City) -> None:
    with on("2026-11-22"):
        planned(icheon, measured_by=f"{CITY}#grdp")
        (promise,) = adopted(icheon)
        grdp = icheon.get(CITY)["grdp"]  # type: ignore[index]
        (made,) = icheon.promise_ledger.read_outcomes(reason="statistics came", by="t")
        assert icheon.promise_ledger.read_outcomes(reason="nothing new", by="t") == []
    assert value_of(made, "value") == grdp["value"]
    assert value_of(made, "period") == str(grdp["period"]["value"])
    assert icheon.explain(value_of(made, "evidenceAddress"))["value"] == grdp["value"]
    assert value_of(made, "refPromise") == promise["id"]


def test_a_file_is_kept_with_the_city_as_evidence(icheon: City, tmp_path: Path) -> None:
    promise = promised(icheon)
    report = tmp_path / "실적보고.txt"
    report.write_text("2028: 1,000억 원", "utf-8")
    with on("2029-03-01"):
        made = icheon.promise_ledger.record_outcome(
            promise, value=10**11, period="2028", file=report, reason="r", by="t"
        )
        (tmp_path / "empty").write_bytes(b"")
        empty = code_of(
            icheon.promise_ledger.record_outcome, promise, value=1, period="2028", file=tmp_path / "empty", reason="r"
        )
    kept = icheon.get(value_of(made, "evidence"))
    assert kept is not None
    assert icheon.store.blob(value_of(kept, "blobs")["실적보고.txt"]) == report.read_bytes()
    assert empty == "plan.evidence-empty"
    assert icheon.verify().ok


# --- the wall --------------------------------------------------------------------------------------------------------


def announced(kind: str, **more: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:Promise:test:{kind}", "type": "Promise", "title": kind, "kind": kind, **more}


def test_overdue_promises_say_which_evidence_is_missing_by_their_kind(icheon: City) -> None:
    kinds = ("investment", "milestone", "task", "commitment", "other")
    icheon.put([announced(kind, due="2025", owner={"object": CITY}) for kind in kinds], reason="press", by="t")
    with on("2026-11-22"):
        found = {one.state.kind: one for one in icheon.promise_ledger.list().entries}
    missing = {kind: found[kind].missing["ko"] for kind in kinds}  # type: ignore[index]
    assert len(set(missing.values())) == len(kinds)
    assert "실투자액" in missing["investment"]
    assert "사용승인" in missing["milestone"]
    assert "고시" in missing["task"]
    assert all(found[kind].timeliness == "late" for kind in kinds)


def test_an_investment_names_what_its_register_holds_already(icheon: City) -> None:
    icheon.put(
        [
            announced("investment", due="2025", refAgreement={"object": MOU}),
            stage("1", "2024", realised=1, contracted=2),
        ],
        reason="press",
        by="t",
    )
    with on("2026-11-22"):
        (entry,) = icheon.promise_ledger.list().entries
    assert "1건" in entry.missing["ko"]  # type: ignore[index]


def test_the_wall_has_all_that_a_page_needs(icheon: City) -> None:
    promise = promised(icheon)
    icheon.put(announced("milestone", due="2025"), reason="press", by="t")
    with on("2029-03-01"):
        icheon.promise_ledger.record_outcome(promise, value=10**11, period="2028", link=LINK, reason="r", by="t")
        icheon.promise_ledger.score(reason="review", by="t")
        wall = icheon.promise_ledger.list().as_json()
    assert wall["counts"] == {
        "overdue": 1, "due": 0, "undated": 0, "done": 1, "ended": 0, "all": 2,
        "late": 1, "kept": 0, "missed": 1, "with_run": 1, "scored": 1,
    }  # fmt: skip
    mine = next(one for one in wall["promises"] if one["id"] == promise)
    assert mine["promised"]["text"]["ko"].endswith("원")
    assert mine["promised"]["has_run"]
    assert icheon.explain(mine["promised"]["address"])["run"]["model"] == "economy"
    assert [part["group"] for part in mine["score"]["parts"]] == ["assumption", "shock", "delay", "model-error"]
    assert mine["timeliness"] == "on-time"
    assert {row["id"] for row in wall["by_owner"]} == {CITY, None}


def test_a_commitment_is_late_or_on_time_by_the_day_it_was_done(icheon: City) -> None:
    def commitment(code: str, done: str) -> dict[str, Any]:
        return {
            "id": f"urn:ngsi-ld:Commitment:test:{code}",
            "type": "Commitment",
            "title": code,
            "due": "2026-06",
            "doneOn": done,
            "evidence": {"object": CITY},
            "refAgreement": {"object": MOU},
        }

    icheon.put([commitment("early", "2026-05-30"), commitment("late", "2026-07-01")], reason="done", by="t")
    with on("2026-11-22"):
        found = {one.state.id.rpartition(":")[2]: one.timeliness for one in icheon.promise_ledger.list().entries}
    assert found == {"early": "on-time", "late": "late"}


def test_the_sheet_carries_every_number_with_its_address(icheon: City) -> None:
    promise = promised(icheon)
    with on("2029-03-01"):
        icheon.promise_ledger.record_outcome(promise, value=10**11, period="2028", link=LINK, reason="r", by="t")
        icheon.promise_ledger.score(reason="review", by="t")
        for language in ("ko", "en"):
            paper = icheon.promise_ledger.paper(language)  # type: ignore[arg-type]
            figures = list(paper.figures())
            assert {10**11} <= {one.value for one in figures}
            assert all(one.address for one in figures)
            assert icheon.explain(figures[0].address or "")["value"] is not None


def test_a_promise_that_was_pledged_may_be_held_against_the_amount(icheon: City) -> None:
    """An announced amount has no run: its miss is known, and not split."""
    pledge = announced("investment", due="2028", amount={"value": PLEDGED, "unitCode": "KRW"})
    icheon.put(pledge, reason="press", by="t")
    with on("2029-03-01"):
        ledger = icheon.promise_ledger
        ledger.record_outcome(pledge["id"], value=PLEDGED // 2, period="2028", link=LINK, reason="register", by="t")
        (score,) = ledger.score(reason="review", by="t").scores
    assert score["miss"]["value"] == PLEDGED // 2 - PLEDGED
    assert (score["verdict"], score["not_split"]["code"]) == ("missed", "plan.split-no-run")


def test_errors_are_of_the_class_of_who_can_mend_them(icheon: City) -> None:
    with pytest.raises(NotFoundError):
        icheon.promise_ledger.one("nothing-like-it")
    with pytest.raises(CallerError):
        icheon.promise_ledger.list("yesterday")
