"""Changes: differences are exact, merging keeps what both sides say, and patches follow the standard."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.entities.entity import Document, check_entity, property_, relationship
from madang.entities.patch import (
    append_attributes,
    apply_changes,
    delete_attribute,
    diff,
    is_null,
    merge_patch,
    merge_three,
    replace,
    update_attributes,
)
from madang.errors import CallerError
from strategies import documents

ID = "urn:ngsi-ld:T:a:1"
docs = documents(entity_id=ID)
maybe = st.none() | docs


@st.composite
def edits(draw: st.DrawFn, doc: Document) -> Document | None:
    """The document with a few parts taken from another one, dropped, or the whole of it removed."""
    if draw(st.integers(0, 9)) == 0:
        return None
    made, other = dict(doc), draw(docs)
    for name in draw(st.lists(st.sampled_from(sorted({*doc, *other} - {"id"})), max_size=3)):
        if name in other:
            made[name] = other[name]
        elif name != "type":
            made.pop(name, None)
    return made


@st.composite
def histories(draw: st.DrawFn) -> tuple[Document, Document | None, Document | None]:
    base = draw(docs)
    return base, draw(edits(base)), draw(edits(base))


def keys(changes: list[Any]) -> dict[tuple[str, str | None], Any]:
    return {(change.attribute, change.dataset_id): change for change in changes}


@given(maybe, maybe)
def test_applying_a_difference_gives_the_other_document(a: Document | None, b: Document | None) -> None:
    assert diff(apply_changes(a, diff(a, b), id=ID), b) == []


@given(maybe, maybe)
def test_a_difference_is_empty_only_if_nothing_differs_and_turns_around(a: Document | None, b: Document | None) -> None:
    there, back = diff(a, b), diff(b, a)
    assert [(c.attribute, c.dataset_id, c.after, c.before) for c in there] == [
        (c.attribute, c.dataset_id, c.before, c.after) for c in back
    ]
    assert diff(a, a) == []


@given(docs, maybe)
def test_merging_one_sided_changes_gives_that_side(base: Document, x: Document | None) -> None:
    for merged, conflicts in (merge_three(base, x, base), merge_three(base, base, x)):
        assert diff(merged, x) == []
        assert conflicts == []


@given(histories())
def test_merging_conflicts_exactly_where_both_changed_the_same_thing_differently(
    history: tuple[Document, Document | None, Document | None],
) -> None:
    base, ours, theirs = history
    left, right = keys(diff(base, ours)), keys(diff(base, theirs))
    wanted = {key for key in left.keys() & right.keys() if diff_after(left[key], right[key])}
    merged, conflicts = merge_three(base, ours, theirs)
    if ours is None or theirs is None:
        both_changed = bool(left) and bool(right) and (ours is None) != (theirs is None)
        assert [c.attribute for c in conflicts] == (["type"] if both_changed else [])
        return
    assert {(c.attribute, c.dataset_id) for c in conflicts} == wanted
    assert keys(diff(base, merged)).keys() == left.keys() | right.keys()


def diff_after(one: Any, other: Any) -> bool:
    """Whether two changes end differently, by the same measure as diff itself."""
    a, b = ({"id": ID, "type": "T", "x": change.after} for change in (one, other))
    return one.after != other.after or bool(diff(a, b))


@given(histories())
def test_merging_is_symmetric_where_nothing_clashes(history: tuple[Document, Document | None, Document | None]) -> None:
    base, ours, theirs = history
    one, conflicts = merge_three(base, ours, theirs)
    other, mirrored = merge_three(base, theirs, ours)
    assert [(c.attribute, c.dataset_id, c.ours) for c in conflicts] == [
        (c.attribute, c.dataset_id, c.theirs) for c in mirrored
    ]
    if not conflicts:
        assert diff(one, other) == []


@given(histories())
def test_a_merged_document_is_a_good_one(history: tuple[Document, Document | None, Document | None]) -> None:
    merged, _ = merge_three(*history)
    if merged is not None:
        check_entity(merged)


def test_numbers_of_different_kind_differ() -> None:
    a, b, c = ({"id": ID, "type": "T", "x": property_(value)} for value in (1, 1.0, True))
    assert len(diff(a, b)) == len(diff(b, c)) == 1


def test_the_order_of_instances_and_members_is_no_difference() -> None:
    x, y = property_(1, dataset_id="urn:d:1"), property_(2, unit="IE")
    a = {"id": ID, "type": "T", "x": [x, y]}
    assert diff(a, {"type": "T", "x": [dict(reversed(y.items())), x], "id": ID}) == []


def test_instances_of_different_datasets_do_not_conflict() -> None:
    base = {"id": ID, "type": "T", "x": property_(1)}
    ours = {**base, "x": [property_(1), property_(2, dataset_id="urn:d:1")]}
    theirs = {**base, "x": [property_(1), property_(3, dataset_id="urn:d:2")]}
    merged, conflicts = merge_three(base, ours, theirs)
    assert not conflicts
    assert merged is not None
    assert {one.get("datasetId"): one["value"] for one in merged["x"]} == {None: 1, "urn:d:1": 2, "urn:d:2": 3}


# --- patches of the standard -----------------------------------------------------------------------------------------

NOISE = {"type": "Property", "value": 25, "unitCode": "2N", "observedAt": "2026-03-14T01:59:26Z"}
ENTITY: Document = {
    "id": ID,
    "type": "T",
    "noise": NOISE,
    "address": property_({"street": "판교로", "city": "성남", "no": 1}),
}


def test_a_merge_updates_members_and_leaves_the_others() -> None:
    """Clause 5.5.12, first example's rule."""
    patched = merge_patch(ENTITY, {"noise": {"type": "Property", "value": 30}})
    assert patched["noise"] == {**NOISE, "value": 30}
    assert ENTITY["noise"]["value"] == 25


def test_a_merge_goes_into_compound_values_and_null_removes() -> None:
    patched = merge_patch(
        ENTITY, {"address": {"type": "Property", "value": {"no": "urn:ngsi-ld:null", "street": "대왕판교로"}}}
    )
    assert patched["address"]["value"] == {"street": "대왕판교로", "city": "성남"}


@pytest.mark.parametrize(
    "null",
    [
        "urn:ngsi-ld:null",
        {"type": "Property", "value": "urn:ngsi-ld:null"},
        {"type": "ListProperty", "valueList": ["urn:ngsi-ld:null"]},
    ],
)
def test_null_removes_an_attribute(null: Any) -> None:
    assert "noise" not in merge_patch(ENTITY, {"noise": null})
    assert is_null(null)


def test_null_removes_one_instance_by_its_dataset() -> None:
    doc = {**ENTITY, "noise": [NOISE, {**NOISE, "value": 1, "datasetId": "urn:d:1"}]}
    patched = merge_patch(doc, {"noise": {"type": "Property", "value": "urn:ngsi-ld:null", "datasetId": "urn:d:1"}})
    assert patched["noise"] == NOISE


def test_null_removes_a_member_and_a_sub_attribute() -> None:
    doc = {"id": ID, "type": "T", "x": property_(1, unit="IE", status="observed", period="2020")}
    patched = merge_patch(
        doc, {"x": {"type": "Property", "unitCode": "urn:ngsi-ld:null", "status": "urn:ngsi-ld:null"}}
    )
    assert patched["x"] == property_(1, period="2020")


def test_a_merge_adds_types_and_keeps_a_geometry_whole() -> None:
    line = {"type": "LineString", "coordinates": [[127, 37], [128, 37]]}
    doc = {
        "id": ID,
        "type": "T",
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [127, 37]}},
    }
    patched = merge_patch(doc, {"type": "U", "location": {"type": "GeoProperty", "value": line}})
    assert patched["type"] == ["T", "U"]
    assert patched["location"]["value"] == line


def test_a_change_of_kind_replaces_the_instance() -> None:
    patched = merge_patch(ENTITY, {"noise": relationship("urn:a:b")})
    assert patched["noise"] == relationship("urn:a:b")


@given(docs, docs)
def test_a_merge_patch_never_leaves_a_null_behind(doc: Document, patch: Document) -> None:
    assert "urn:ngsi-ld:null" not in str(merge_patch(doc, patch))


@given(docs)
def test_merging_a_document_into_itself_changes_nothing(doc: Document) -> None:
    assert diff(merge_patch(doc, doc), doc) == []


def test_attributes_are_appended_replaced_and_left_alone() -> None:
    added, left = append_attributes(ENTITY, {"noise": property_(1), "x": property_(2)}, overwrite=False)
    assert left == ["noise"]
    assert added["x"] == property_(2)
    assert added["noise"] == NOISE
    assert append_attributes(ENTITY, {"noise": property_(1)})[0]["noise"] == property_(1)


def test_an_update_touches_only_what_is_there() -> None:
    updated, missing = update_attributes(ENTITY, {"noise": property_(1), "x": property_(2)})
    assert missing == ["x"]
    assert updated["noise"] == property_(1)
    assert "x" not in updated


def test_replacing_keeps_id_and_types_and_drops_the_rest() -> None:
    assert replace(ENTITY, {"type": "U", "x": property_(1)}) == {"id": ID, "type": ["T", "U"], "x": property_(1)}


def test_deleting_attributes() -> None:
    doc = {**ENTITY, "x": [property_(1), property_(2, dataset_id="urn:d:1")]}
    assert delete_attribute(doc, "x")["x"] == property_(2, dataset_id="urn:d:1")
    assert delete_attribute(doc, "x", "urn:d:1")["x"] == property_(1)
    assert "x" not in delete_attribute(doc, "x", every=True)
    for name, dataset in (("y", None), ("x", "urn:d:9"), ("id", None)):
        with pytest.raises(CallerError) as raised:
            delete_attribute(doc, name, dataset)
        assert raised.value.code == "entities.attribute-unknown"


def test_a_patch_for_another_entity_is_refused() -> None:
    with pytest.raises(CallerError) as raised:
        merge_patch(ENTITY, {"id": "urn:a:c"})
    assert raised.value.code == "entities.other-id"
