"""A study recommends when it has all it needs; standards are tested on what the city holds; doors answer alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import madang
from madang.city import City
from madang.civic.studies.standards import reasons_against
from madang.cli import run_in_server
from madang.errors import DataError, MadangError

CLAIM = {"id": "urn:ngsi-ld:Claim:t:1", "type": "Claim", "text": "팹리스 40 %"}


@pytest.fixture
def city(tmp_path: Path) -> City:
    made = madang.new(tmp_path / "town.gpkg", by="tests")
    made.put(CLAIM, reason="given", by="tests")
    return made


def begun(city: City, *parts: str) -> str:
    """A study with these parts: baseline, a, b, evidence, rejected."""
    door = city.studies
    id = str(door.begin(title="연구", question="무엇이 듣는가", starts_on="2026-01-05", reason="계획")["id"])
    for part in parts:
        if part == "evidence":
            door.add_evidence(id, evidence=[CLAIM["id"]], reason="r")
        elif part == "rejected":
            door.reject(id, alternative="b", reason="비쌈")
        else:
            door.add_alternative(id, title=part, kind="baseline" if part == "baseline" else "alternative", reason="r")
    return id


@given(st.sets(st.sampled_from(["baseline", "a", "evidence"])))
def test_needs_are_met_one_by_one(parts: set[str]) -> None:
    from madang.civic.studies.records import Alternative, Evidence, needs_of

    pair = {"ko": "", "en": ""}
    alternatives = [
        Alternative(name, pair, None, "baseline" if name == "baseline" else "alternative", "open", pair, None, None, ())
        for name in parts - {"evidence"}
    ]
    evidence = [Evidence("e", "x", pair, pair, None, None)] * ("evidence" in parts)
    needs = {one.id: one.met for one in needs_of({"id": "s", "type": "Study"}, alternatives, evidence)}
    assert needs == {
        "question": False,
        "baseline": "baseline" in parts,
        "alternatives": False,
        "evidence": "evidence" in parts,
        "rejected": False,
    }


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (("a", "b"), "without-baseline"),
        (("baseline", "a"), "without-alternatives"),
        (("baseline", "a", "b"), "without-evidence"),
        (("baseline", "a", "b", "evidence"), "without-rejected"),
    ],
)
def test_what_is_missing_is_named_before_recommending(city: City, parts: tuple[str, ...], code: str) -> None:
    id = begun(city, *parts)
    with pytest.raises(MadangError) as refused:
        city.studies.recommend(id, alternative="a", text="제언", reason="r")
    assert refused.value.code == f"studies.{code}"
    assert city.studies.study(id).recommendation is None


def test_recommending_is_one_transaction_and_closes_the_study(city: City) -> None:
    id = begun(city, "baseline", "a", "b", "evidence", "rejected")
    before = city.store.data_version()
    city.studies.recommend(id, alternative="a", text="제언", reason="r")
    assert city.store.data_version() == before + 1
    found = city.studies.study(id)
    assert (found.state, [one.state for one in found.alternatives]) == (
        "recommended",
        ["open", "recommended", "rejected"],
    )
    for again in (
        lambda: city.studies.recommend(id, alternative="a", text="다시", reason="r"),
        lambda: city.studies.add_alternative(id, title="c", reason="r"),
        lambda: city.studies.reject(id, alternative="a", reason="r"),
    ):
        with pytest.raises(MadangError, match="recommendation"):
            again()


def test_a_rejected_alternative_is_not_recommended(city: City) -> None:
    id = begun(city, "baseline", "a", "b", "evidence", "rejected")
    with pytest.raises(MadangError) as refused:
        city.studies.recommend(id, alternative="b", text="제언", reason="r")
    assert refused.value.code == "studies.recommends-rejected"


@pytest.mark.parametrize(
    ("requirement", "code"),
    [
        ({"attribute": "height"}, "studies.requirement-without"),
        ({"type": "Pole", "attribute": "height", "minimum": "six"}, "studies.requirement-value"),
        ({"type": "Pole", "attribute": "height", "pattern": "("}, "studies.requirement-value"),
        ({"type": "Pole", "attribute": "height", "colour": "red"}, "studies.requirement-unknown"),
        ({"type": "Pole", "attribute": "height", "latest": "soon"}, "studies.requirement-value"),
    ],
)
def test_a_requirement_that_can_not_be_tested_is_refused(city: City, requirement: dict[str, Any], code: str) -> None:
    with pytest.raises(DataError) as refused:
        city.studies.add_standard(title="기준", requirement=requirement, reason="r")
    assert refused.value.code == code


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_number_conforms_just_within_its_limits(value: float, low: float, high: float) -> None:
    document = {"id": "x:y", "type": "Pole", "height": {"type": "Property", "value": value}}
    why = reasons_against(document, {"type": "Pole", "attribute": "height", "minimum": low, "maximum": high})
    assert (not why) == (low <= value <= high)


def test_nothing_to_test_is_unknown_not_perfect(city: City) -> None:
    made = city.studies.add_standard(title="기준", requirement={"type": "Pole", "attribute": "height"}, reason="r")
    assert city.studies.conformance(made["id"]).percent is None


def test_the_shell_says_what_the_door_says(city: City) -> None:
    path = city.path
    city.close()
    shell = {"language": "en"}

    def said(*words: str) -> dict[str, Any]:
        return run_in_server([words[0], words[1], str(path), *words[2:]], path.parent, {}, shell)

    assert said("study", "begin", "--title", "연구", "--question", "무엇", "-m", "plan")["exit_code"] == 0
    (id,) = [one.id for one in madang.open(path).studies.all()]
    refused = said("study", "recommend", id, "a", "--text", "제언", "-m", "r")
    assert refused["exit_code"] == 6
    assert "baseline" in refused["stderr"]
    assert said("study", "list")["stdout"].count("연구") == 1
    assert said("study", "disclosure")["exit_code"] == 0


def test_two_at_once_are_both_kept(city: City) -> None:
    """A comment whose number was taken between looking and writing takes the next number."""
    from madang.civic.alliances.records import put_new

    store = city.for_writing()
    made = {
        "id": "urn:ngsi-ld:BriefingComment:t:c-1",
        "type": "BriefingComment",
        "text": {"type": "Property", "value": "a"},
    }
    ids = [put_new(store, made, actor="t", reason="r")["id"].rpartition(":")[2] for _ in range(3)]
    assert ids == ["c-1", "c-2", "c-3"]
