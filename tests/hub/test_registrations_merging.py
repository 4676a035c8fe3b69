"""Versions of an entity become one by the rules of clause 4.5.5.3; registrations are found as clause 5.12 says."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.clock import from_text, to_text
from madang.entities.qlanguage import parse_types
from madang.hub.federation import divided, named_in_via, narrowed, renamed_parameters, via_onward, with_kinds
from madang.hub.merging import Version, merged, merged_history, together
from madang.hub.operation_names import GROUPS, OPERATIONS
from madang.hub.registration_checks import duration_s
from madang.hub.registrations import Book, Registration, Sought, compiled, matching, overlap
from madang.hub.warnings import SourceWarning, header

pytestmark = [pytest.mark.clause("4.5.5.3"), pytest.mark.clause("5.12"), pytest.mark.clause("4.3.6.1")]
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ID = "urn:ngsi-ld:Lamp:1"


def at(day: int) -> str:
    return to_text(datetime(2026, 5, day, tzinfo=UTC))


instances = st.builds(
    lambda value, day, dataset: {
        "type": "Property",
        "value": value,
        **({"observedAt": at(day)} if day else {}),
        **({"datasetId": dataset} if dataset else {}),
    },
    st.integers(0, 9),
    st.integers(0, 20),
    st.sampled_from([None, "urn:d:1", "urn:d:2"]),
)


def by_dataset(found: list[dict[str, Any]]) -> Any:
    kept = list({one.get("datasetId"): one for one in found}.values())
    return kept if len(kept) > 1 else kept[0]


documents = st.builds(
    lambda parts, types: {"id": ID, "type": types[0] if len(types) == 1 else types, **parts},
    st.dictionaries(st.sampled_from(["watt", "height", "colour"]), st.lists(instances, min_size=1).map(by_dataset)),
    st.lists(st.sampled_from(["Lamp", "Pole"]), min_size=1, unique=True),
)


def moments(document: dict[str, Any]) -> dict[tuple[str, str | None], str]:
    return {
        (name, one.get("datasetId")): one.get("observedAt", "")
        for name, part in document.items()
        if name not in ("id", "type")
        for one in (part if isinstance(part, list) else [part])
    }


@given(st.lists(documents, min_size=1, max_size=4))
def test_of_each_instance_the_last_observed_stands_whatever_the_order(several: list[dict[str, Any]]) -> None:
    made = merged([Version(one, str(number)) for number, one in enumerate(several)], now=NOW)
    assert made is not None
    wanted: dict[tuple[str, str | None], str] = {}
    for one in several:
        for key, moment in moments(one).items():
            wanted[key] = max(wanted.get(key, ""), moment)
    assert moments(made) == wanted
    mixed = list(several)
    random.Random(len(several)).shuffle(mixed)
    again = merged([Version(one) for one in mixed], now=NOW)
    assert again is not None
    assert moments(again) == wanted
    assert merged([Version(made), Version(made)], now=NOW) == made


@given(documents, documents)
def test_an_auxiliary_version_takes_nothing_away(main: dict[str, Any], extra: dict[str, Any]) -> None:
    made = merged([Version(extra, "x", auxiliary=True), Version(main)], now=NOW)
    assert made is not None
    assert {name: made[name] for name in main} == main
    assert set(made) == set(main) | set(extra)


@pytest.mark.clause("4.22")
def test_what_has_expired_gives_way_and_ends_are_joined() -> None:
    past, soon, late = "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z"
    old = {"type": "Property", "value": 1, "observedAt": at(20), "expiresAt": past}
    new = {"type": "Property", "value": 2, "observedAt": at(1)}
    entity = {"id": ID, "type": "Lamp"}
    made = merged([Version({**entity, "watt": old}), Version({**entity, "watt": new})], now=NOW)
    assert made is not None
    assert made["watt"] == new
    both = [Version({**entity, "expiresAt": soon}), Version({**entity, "expiresAt": late})]
    assert merged(both, now=NOW) == {**entity, "expiresAt": late}
    assert merged([*both, Version(entity)], now=NOW) == entity
    assert merged([Version({**entity, "expiresAt": past})], now=NOW) is None
    assert together([Version({**entity, "expiresAt": past})], now=NOW) == []


def test_without_moments_the_last_modified_stands_and_else_the_first() -> None:
    first = {"id": ID, "type": "Lamp", "watt": {"type": "Property", "value": 1}}
    second = {"id": ID, "type": "Lamp", "watt": {"type": "Property", "value": 2}}
    later = {"id": ID, "type": "Lamp", "watt": {"type": "Property", "value": 3, "modifiedAt": at(3)}}
    assert merged([Version(first), Version(second)], now=NOW) == first
    assert merged([Version(first), Version(later), Version(second)], now=NOW) == later


def test_histories_hold_each_instance_once() -> None:
    one = {"type": "Property", "value": 1, "observedAt": at(1), "instanceId": "urn:a:1"}
    same = {**one, "instanceId": "urn:b:1"}
    other = {"type": "Property", "value": 2, "observedAt": at(2)}
    made = merged_history(
        [{"id": ID, "type": "Lamp", "watt": [one]}, {"id": ID, "type": "Lamp", "watt": [same, other]}]
    )
    assert made["watt"] == [other, one]


def registration(number: int = 0, **members: Any) -> Registration:
    given = {
        "id": f"urn:r:{number}",
        "endpoint": "http://a.example/",
        "information": [{"entities": [{"type": "Lamp"}]}],
    }
    return compiled({**given, **members})


CASES = [
    ({"entities": [{"type": "Lamp"}]}, Sought(types=parse_types("Lamp")), True),
    ({"entities": [{"type": "Lamp"}]}, Sought(types=parse_types("Tree")), False),
    ({"entities": [{"type": "Lamp"}]}, Sought(types=parse_types("Tree,Lamp")), True),
    ({"entities": [{"type": ["Lamp", "Pole"]}]}, Sought(types=parse_types("Lamp;Pole")), True),
    ({"entities": [{"type": "Lamp", "id": "urn:a:1"}]}, Sought(ids=("urn:a:1",)), True),
    ({"entities": [{"type": "Lamp", "id": "urn:a:1"}]}, Sought(ids=("urn:a:2",)), False),
    ({"entities": [{"type": "Lamp", "id": "urn:a:1"}]}, Sought(id_pattern="^urn:a"), True),
    ({"entities": [{"type": "Lamp", "idPattern": "^urn:a"}]}, Sought(ids=("urn:b:1", "urn:a:1")), True),
    ({"entities": [{"type": "Lamp", "idPattern": "^urn:a"}]}, Sought(ids=("urn:b:1",)), False),
    ({"entities": [{"type": "Lamp", "idPattern": "^urn:a"}]}, Sought(id_pattern="nothing in common"), True),
    ({"propertyNames": ["watt"]}, Sought(attributes=frozenset({"watt", "x"})), True),
    ({"propertyNames": ["watt"]}, Sought(attributes=frozenset({"x"})), False),
    ({"relationshipNames": ["pole"]}, Sought(types=parse_types("Any"), attributes=frozenset({"pole"})), True),
]


@pytest.mark.parametrize(("information", "sought", "fits"), CASES)
def test_a_registration_matches_as_clause_5_12_says(information: dict[str, Any], sought: Sought, fits: bool) -> None:
    one = registration(information=[information])
    assert bool(matching(one, sought)) is fits
    assert [found.id for found, _ in Book([one]).matching(sought, now=NOW)] == ([one.id] if fits else [])


kinds = st.fixed_dictionaries(
    {"type": st.sampled_from(["Lamp", "Pole", "Tree"])},
    optional={"id": st.sampled_from(["urn:a:1", "urn:a:2"]), "idPattern": st.sampled_from(["a", "2$"])},
)
informations = st.fixed_dictionaries(
    {}, optional={"entities": st.lists(kinds, min_size=1), "propertyNames": st.just(["watt"])}
)
seekings = st.builds(
    Sought,
    types=st.sampled_from([None, parse_types("Lamp"), parse_types("Lamp|Tree"), parse_types("*")]),
    ids=st.sampled_from([(), ("urn:a:1",), ("urn:a:3",), ("urn:a:1", "urn:a:2")]),
    id_pattern=st.sampled_from([None, "1$"]),
    attributes=st.sampled_from([frozenset(), frozenset({"watt"}), frozenset({"x"})]),
    any_type=st.sampled_from([None, frozenset({"Pole"})]),
)


@given(st.lists(st.lists(informations, min_size=1, max_size=2), max_size=6), seekings)
def test_a_book_finds_what_looking_at_each_finds(several: list[list[dict[str, Any]]], sought: Sought) -> None:
    all_of_them = [registration(number, information=one) for number, one in enumerate(several)]
    found = {one.id for one, _ in Book(all_of_them).matching(sought, now=NOW)}
    assert found == {one.id for one in all_of_them if matching(one, sought)}


def test_one_that_has_ended_is_not_found() -> None:
    one = registration(expiresAt="2026-05-31T00:00:00Z")
    assert Book([one]).matching(Sought(), now=NOW) == []
    assert len(Book([one]).matching(Sought(), now=from_text("2026-05-30T00:00:00Z"))) == 1


def test_overlaps_are_told_by_ids_types_and_names() -> None:
    def of(**information: Any) -> Registration:
        return registration(information=[information])

    lamp = {"type": "Lamp", "id": "urn:a:1"}
    assert overlap(of(entities=[lamp], propertyNames=["watt"]), of(entities=[{"type": "Lamp"}]))
    assert not overlap(of(entities=[lamp], propertyNames=["watt"]), of(entities=[lamp], propertyNames=["height"]))
    assert not overlap(of(entities=[lamp]), of(entities=[{"type": "Lamp", "idPattern": "^urn:b"}]))
    assert not overlap(of(entities=[lamp]), of(entities=[{"type": "Tree"}]))


@pytest.mark.clause("4.20")
def test_groups_hold_known_operations_and_the_default_only_reads() -> None:
    assert all(operations <= OPERATIONS for operations in GROUPS.values())
    assert "createEntity" not in registration().operations
    assert registration(operations=["updateOps", "createBatch"]).operations == GROUPS["updateOps"] | {"createBatch"}


@pytest.mark.clause("4.3.6.3")
def test_a_fragment_is_divided_without_loss() -> None:
    exclusive = registration(
        1, mode="exclusive", operations=["updateAttrs"],
        information=[{"entities": [{"type": "Lamp", "id": ID}], "propertyNames": ["watt"]}],
    )  # fmt: skip
    inclusive = registration(2, operations=["redirectionOps"])
    fragment = {"id": ID, "type": "Lamp", "watt": 1, "height": 2}
    matches = [(one, one.infos) for one in (exclusive, inclusive)]
    made = divided(fragment, matches, "createEntity", name=str)
    assert [(share.registration.id, share.offered) for share in made.shares] == [("urn:r:1", False), ("urn:r:2", True)]
    assert made.shares[0].fragment == {"id": ID, "type": "Lamp", "watt": 1}
    assert made.remains == made.shares[1].fragment == {"id": ID, "type": "Lamp", "height": 2}
    redirect = registration(3, mode="redirect")
    assert divided(fragment, [(redirect, redirect.infos)], "createEntity", name=str).remains is None


@pytest.mark.clause("6.3.18")
@pytest.mark.parametrize(
    ("via", "names"),
    [
        (None, ()),
        ("1.1 a", ("a",)),
        ("1.0 fred, HTTP/1.1 p.example.net (a comment)", ("fred", "p.example.net")),
        ("1.1 a,1.1 b", ("a", "b")),
        ("bare", ("bare",)),
        (", ,nonsense with words", ()),
    ],
)
def test_a_via_header_tells_who_had_a_request(via: str | None, names: tuple[str, ...]) -> None:
    assert named_in_via(via) == names
    assert named_in_via(via_onward(via, "me"))[-1] == "me"


def test_parameters_are_narrowed_and_renamed() -> None:
    infos = registration(
        information=[{"entities": [{"type": "Lamp", "idPattern": "^urn:a"}], "propertyNames": ["watt"]}]
    ).infos
    assert narrowed({"attrs": "watt,x"}, infos, given=str, stored=str) == {"attrs": "watt"}
    assert narrowed({}, infos, given=str, stored=str) == {"attrs": "watt"}
    assert narrowed({"pick": "id,x"}, infos, given=str, stored=str) == {"pick": "id,type"}
    assert with_kinds({}, infos, given=str) == {"type": "Lamp", "idPattern": "^urn:a"}
    assert with_kinds({"type": "X", "id": "urn:a:1"}, infos, given=str) == {"type": "X", "id": "urn:a:1"}
    made = renamed_parameters({"type": "(A,B);C", "q": 'a.b=="x"|c', "attrs": "a,c", "pick": "id,a"}, str.lower)
    assert made == {"type": "(a,b);c", "q": 'a.b=="x"|c', "attrs": "a,c", "pick": "id,a"}


@pytest.mark.clause("6.3.17")
def test_a_warning_is_one_line_of_ascii() -> None:
    told = SourceWarning(199, "urn:r:성남 1", 'no "answer"\r\nwithin 5 초')
    value = header([told, told])
    assert value is not None
    assert value.decode("ascii") == '199 urn:r:---1 "no  answer   within 5"'
    assert header([]) is None


@pytest.mark.parametrize(("text", "seconds"), [("PT5S", 5), ("P1DT1H", 90_000), ("PT0.5S", 0.5), ("P1W", 604_800)])
def test_durations_are_read(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds
    for wrong in ("P", "PT", "5S", "P1DT", ""):
        with pytest.raises(ValueError, match=r"^"):
            duration_s(wrong)
