"""A miss is split into parts that sum to it, exactly; what cannot be split says so."""

from dataclasses import replace
from itertools import permutations
from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.city import City
from madang.entities.entity import Document, value_of
from madang.errors import CallerError, ConflictError
from madang.models import registry
from madang.models.economy.card import GRDP_ATTRIBUTES
from madang.models.economy.model import Economy
from madang.plan.actuals import GROUPS
from madang.plan.splitting import MODEL_ERROR, miss_of, shapley, split
from plan.promise_city import CITY, LINK, MOU, PLEDGED, adopted, fab, on, planned, promised, stage

won = st.integers(-(10**15), 10**15)
money = st.lists(won, min_size=8, max_size=8)


def worth_of(values: list[int]):  # type: ignore[no-untyped-def]
    def worth(members: frozenset[str]) -> int:
        return values[sum(1 << n for n, group in enumerate(GROUPS) if group in members)]

    return worth


@given(money, won, st.integers(0, 3))
def test_the_parts_always_sum_to_the_miss_to_the_won(values: list[int], actual: int, groups: int) -> None:
    parts = split(values[0], actual, GROUPS[:groups], worth_of(values))
    assert sum(parts.values()) == actual - values[0]
    assert all(isinstance(part, int) for part in parts.values())


decimals = st.integers(-(10**9), 10**9).map(lambda n: n / 1000)


@given(st.lists(decimals, min_size=4, max_size=4), decimals)
def test_parts_of_numbers_with_decimals_sum_to_the_last_place(values: list[float], actual: float) -> None:
    parts = split(values[0], actual, ["a", "b"], lambda s: values[("a" in s) + 2 * ("b" in s)])
    assert round(1000 * sum(parts.values())) == round(1000 * actual) - round(1000 * values[0])


@given(money)
def test_a_part_is_the_mean_over_every_order_of_replacement(values: list[int]) -> None:
    worth, total = worth_of(values), dict.fromkeys(GROUPS, 0)
    for order in permutations(GROUPS):
        done = frozenset[str]()
        for group in order:
            total[group] += worth(done | {group}) - worth(done)
            done |= {group}
    subsets = {frozenset(group for bit, group in enumerate(GROUPS) if n >> bit & 1): values[n] for n in range(8)}
    assert shapley(GROUPS, subsets) == total
    assert all(
        abs(part - total[g] / factorial(3)) < 1 for g, part in split(values[0], 0, GROUPS, worth).items() if g in total
    )


@given(won, won)
def test_without_changed_inputs_the_whole_miss_is_the_models(promised: int, actual: int) -> None:
    assert split(promised, actual, [], lambda s: promised) == {MODEL_ERROR: actual - promised}


@given(won, won, won, st.sampled_from(GROUPS))
def test_one_changed_group_has_all_that_the_model_explains(promised: int, given_: int, actual: int, only: str) -> None:
    parts = split(promised, actual, GROUPS, lambda s: given_ if only in s else promised)
    assert parts[only] == given_ - promised
    assert all(parts[group] == 0 for group in GROUPS if group != only)
    assert parts[MODEL_ERROR] == actual - given_


def test_a_miss_is_taken_to_the_last_decimal_place() -> None:
    assert miss_of(0.1, 0.3) == 0.2
    assert miss_of(1, 4) == 3


# --- with the real model on a real city ------------------------------------------------------------------------------


def score_of(city: City, promise: str, value: int, **more: object) -> dict:  # type: ignore[type-arg]
    city.promise_ledger.record_outcome(promise, value=value, period="2028", link=LINK, reason="measured", by="t")
    (score,) = city.promise_ledger.score(promise, reason="review", by="t", **more).scores  # type: ignore[arg-type]
    return dict(score)


def number_of(doc: Document, name: str) -> int:
    return int(value_of(doc, name) or 0)


def parts_of(score: dict) -> dict[str, int]:  # type: ignore[type-arg]
    return {part["group"]: part["value"] for part in score["parts"]}


def test_unchanged_inputs_leave_the_model_error_alone(icheon: City) -> None:
    promise = promised(icheon)
    with on("2029-03-01"):
        score = score_of(icheon, promise, 150_000_000_000)
    said = icheon.promise_ledger.one(promise).promised
    assert said is not None
    parts = parts_of(score)
    assert parts == {"assumption": 0, "shock": 0, "delay": 0, MODEL_ERROR: 150_000_000_000 - said["value"]}
    assert score["verdict"] == "missed"


def test_delay_is_what_came_after_the_due_day(icheon: City) -> None:
    """Everything pledged was spent, but six tenths of it only after 2028: nothing is assumption, nothing shock."""
    promise = promised(icheon)
    late = [
        stage("1", "2028-06-30", realised=4 * PLEDGED // 10, contracted=PLEDGED),
        stage("2", "2029-02-01", realised=PLEDGED, contracted=PLEDGED),
    ]
    with on("2029-03-01"):
        icheon.put(late, reason="register", by="t")
        number = icheon.promise_ledger.one(promise).promised["value"]  # type: ignore[index]
        parts = parts_of(score_of(icheon, promise, 4 * number // 10))
    assert parts["assumption"] == parts["shock"] == 0
    assert parts["delay"] == pytest.approx(-6 * number / 10, rel=1e-9)  # the model is linear in the amount
    assert abs(parts[MODEL_ERROR]) <= 2


def test_a_pledge_that_fell_short_and_a_newer_table_are_told_apart(icheon: City) -> None:
    promise = promised(icheon)
    with on("2029-03-01"):
        icheon.put(
            stage("1", "2028-06-30", realised=7 * PLEDGED // 10, contracted=7 * PLEDGED // 10), reason="r", by="t"
        )
        latest = max(icheon.query("Statistic", 'table=="economy/grdp"'), key=lambda one: value_of(one, "year"))
        industry = max(GRDP_ATTRIBUTES, key=lambda n: number_of(latest, n))
        moved = {**latest, industry: {**latest[industry], "value": number_of(latest, industry) // 2}}
        icheon.put(moved, reason="revised", by="t")
        score = score_of(icheon, promise, 120_000_000_000)
    parts = parts_of(score)
    assert parts["assumption"] < 0
    assert parts["shock"] != 0
    assert parts["delay"] == 0
    assert sum(parts.values()) == score["miss"]["value"]
    assert {one["group"] for one in score["changed_inputs"]} == {"assumption", "shock"}


def test_a_split_marked_as_assumption_counts_as_one_when_it_changes(icheon: City) -> None:
    promise = promised(icheon)
    with on("2028-05-01"):
        change = icheon.fork("built", reason="as built", by="t")
        change.put(fab(sectorShares={"json": {"construction": 0.9, "electronics": 0.1}}), reason="as built", by="t")
        adopted(icheon, "built")
    with on("2029-03-01"):
        parts = parts_of(score_of(icheon, promise, 200_000_000_000))
    assert parts["assumption"] != 0
    assert parts["shock"] == parts["delay"] == 0


def test_another_plan_adopted_since_is_no_part_of_a_promised_difference(icheon: City) -> None:
    """The promise was what this plan adds; what another adds stands on both sides."""
    promise = promised(icheon)
    with on("2027-05-01"):
        other = icheon.fork("other", reason="another plan", by="t")
        other.put(fab(id="urn:ngsi-ld:Programme:test:other", refAgreement={"object": CITY}), reason="other", by="t")
        adopted(icheon, "other")
    with on("2029-03-01"):
        score = score_of(icheon, promise, 150_000_000_000)
    assert [one["attribute"] for one in score["changed_inputs"]] == ["*"]
    parts = parts_of(score)
    assert abs(parts["shock"]) <= 2  # each side is rounded to the won
    assert parts["assumption"] == parts["delay"] == 0


def test_the_same_score_again_writes_nothing_and_a_correction_makes_another(icheon: City) -> None:
    promise = promised(icheon)
    with on("2029-03-01"):
        first = score_of(icheon, promise, 150_000_000_000)
        before = icheon.store.data_version()
        again = icheon.promise_ledger.score(promise, reason="again", by="t")
        assert (again.new, again.transaction, icheon.store.data_version()) == (0, None, before)
        assert again.scores[0]["id"] == first["id"]
        second = score_of(icheon, promise, 160_000_000_000)
    assert second["id"] != first["id"]
    kept = {one["id"] for one in icheon.query("Score")}
    assert kept == {first["id"], second["id"]}
    entry = icheon.promise_ledger.one(promise)
    assert entry.score is not None
    assert entry.score["id"] == second["id"]
    assert len(entry.outcomes) == 2


def test_another_version_of_the_model_is_said_and_nothing_is_pretended(
    icheon: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise = promised(icheon)
    newer = Economy()
    newer.spec = replace(newer.spec, version="2.0.0")
    monkeypatch.setattr(registry, "_found", lambda: ({"economy": newer}, {}))
    with on("2029-03-01"):
        score = score_of(icheon, promise, 150_000_000_000)
    assert score["parts"] == []
    assert score["not_split"]["code"] == "plan.split-other-version"
    assert "2.0.0" in score["not_split"]["ko"]
    assert score["miss"]["value"] is not None


def test_a_number_typed_by_hand_and_a_run_that_is_gone_are_not_split(icheon: City) -> None:
    with on("2026-11-22"):
        planned(icheon)
        icheon.branch("fab").promise_ledger.promise(
            title="일자리", value=500, unit="IE", due="2028", owner=CITY, reason="said so", by="t"
        )
        both = adopted(icheon)
    with on("2029-03-01"):
        typed = next(one["id"] for one in both if "refRun" not in one)
        ran = next(one for one in both if "refRun" in one)
        icheon.delete(value_of(ran, "refRun"), reason="lost", by="t")
        assert score_of(icheon, typed, 400)["not_split"]["code"] == "plan.split-no-run"
        assert score_of(icheon, ran["id"], 400)["not_split"]["code"] == "models.run-unknown"


def test_a_register_that_leaves_memoranda_out_is_no_ground_for_a_split(icheon: City) -> None:
    promise = promised(icheon)
    with on("2029-03-01"):
        silent = {
            "id": "urn:ngsi-ld:InvestmentMemorandum:test:2",
            "type": "InvestmentMemorandum",
            "refAgreement": {"object": MOU},
            "amount": {"value": 10, "unitCode": "KRW"},
        }
        icheon.put([silent, stage("1", "2028-01-01", realised=1, contracted=1)], reason="register", by="t")
        assert score_of(icheon, promise, 1)["not_split"]["code"] == "plan.split-register"


def test_there_is_nothing_to_score_without_an_outcome_or_a_number(icheon: City) -> None:
    promise = promised(icheon)
    ledger = icheon.promise_ledger
    with pytest.raises(CallerError) as refused:
        ledger.score(promise, reason="review", by="t")
    assert refused.value.code == "plan.score-nothing"
    assert ledger.score(reason="review", by="t").unscored == (promise,)
    icheon.put(
        {"id": "urn:ngsi-ld:Promise:test:m", "type": "Promise", "title": "착공", "kind": "milestone"}, reason="a"
    )
    with pytest.raises(CallerError) as refused:
        ledger.score("urn:ngsi-ld:Promise:test:m", reason="review", by="t")
    assert refused.value.code == "plan.score-no-number"
    with pytest.raises(CallerError) as refused:
        ledger.score(reason=" ", by="t")
    assert refused.value.code == "plan.reason-missing"


def test_a_score_is_written_by_the_act_alone(icheon: City) -> None:
    promise = promised(icheon)
    with on("2029-03-01"):
        score = score_of(icheon, promise, 1)
        with pytest.raises((CallerError, ConflictError)):
            icheon.put({**icheon.get(score["id"]), "verdict": "kept"}, reason="nicer", by="t")  # type: ignore[dict-item]
    assert icheon.verify().ok
