"""Laws of the difference of two states of a plan, on plans that are made up and changed at will."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from madang.entities.entity import Document, language_property, property_, relationship
from madang.plan.differences import PlanDifference, differences
from madang.plan.tree import PlanTree, Shelf, plan_tree

PLAN: Document = {"id": "urn:x:plan", "type": "Plan", "kind": property_("smart-city-plan")}
words = st.sampled_from(["사업비 100억 원", "사업비 120억 원", "인력 30명", "교통 서비스", "2030년까지"])


@st.composite
def shelves(draw: st.DrawFn) -> Shelf:
    found: dict[str, Document] = {PLAN["id"]: PLAN}
    for n in range(draw(st.integers(1, 3))):
        section = f"urn:x:s{n}"
        found[section] = {"id": section, "type": "Section", "order": property_(n), "refPlan": relationship(PLAN["id"])}
        for m in range(draw(st.integers(0, 3))):
            id = f"urn:x:p{n}{m}"
            found[id] = paragraph(id, section, m, f"{draw(words)} {n}{m}")
    for n in range(draw(st.integers(0, 2))):
        id = f"urn:x:t{n}"
        amount = property_(draw(st.integers(0, 5)) * 10**8, unit="KRW")
        found[id] = {"id": id, "type": "Task", "refPlan": relationship(PLAN["id"]), "amount": amount}
    return Shelf(found)


def paragraph(id: str, section: str, order: float, text: str) -> Document:
    return {
        "id": id,
        "type": "Paragraph",
        "text": language_property({"ko": text, "en": text}),
        "order": property_(order),
        "refSection": relationship(section),
    }


def tree(shelf: Shelf) -> PlanTree:
    return plan_tree(shelf)


def told(found: PlanDifference) -> set[str]:
    ids = {one.id for one in (*found.paragraphs, *found.parts)}
    return ids | {one.was for one in found.paragraphs if one.was}


@given(shelves())
@settings(max_examples=40)
def test_a_plan_does_not_differ_from_itself(shelf: Shelf) -> None:
    again = Shelf(copy.deepcopy(dict(shelf.documents)))
    assert differences(tree(shelf), tree(again)).is_empty


@given(shelves(), shelves())
@settings(max_examples=60)
def test_every_change_is_found_and_nothing_else(one: Shelf, other: Shelf) -> None:
    ids = {
        id for id in one.documents.keys() | other.documents.keys() if one.documents.get(id) != other.documents.get(id)
    }
    assert told(differences(tree(one), tree(other))) == ids


@given(shelves(), shelves())
@settings(max_examples=40)
def test_turned_round_what_was_added_is_removed(one: Shelf, other: Shelf) -> None:
    there, back = differences(tree(one), tree(other)), differences(tree(other), tree(one))

    def of(found: PlanDifference, kind: str) -> set[str]:
        return {x.id for x in (*found.paragraphs, *found.parts) if x.kind == kind}

    assert of(there, "added") == of(back, "removed")


def two_sections() -> dict[str, Document]:
    found: dict[str, Document] = {PLAN["id"]: PLAN}
    for n in (0, 1):
        found[f"urn:x:s{n}"] = {
            "id": f"urn:x:s{n}",
            "type": "Section",
            "title": property_(f"{n}절"),
            "order": property_(n),
            "refPlan": relationship(PLAN["id"]),
        }
        for m in range(3):
            id = f"urn:x:p{n}{m}"
            found[id] = paragraph(id, f"urn:x:s{n}", m, f"문단 {n}-{m}")
    return found


def only(**changed: Any) -> PlanDifference:
    """The difference that replaced documents make; None takes one away."""
    before = two_sections()
    after = {**before, **{f"urn:x:{id}": doc for id, doc in changed.items() if doc is not None}}
    for id, doc in changed.items():
        if doc is None:
            del after[f"urn:x:{id}"]
    return differences(tree(Shelf(before)), tree(Shelf(after)))


def test_a_paragraph_of_another_section_has_moved() -> None:
    (moved,) = only(p00=paragraph("urn:x:p00", "urn:x:s1", 9, "문단 0-0")).paragraphs
    assert (moved.kind, moved.from_section, moved.section, moved.position) == ("moved", "urn:x:s0", "urn:x:s1", 4)


def test_a_paragraph_put_in_elsewhere_with_the_same_words_has_moved() -> None:
    (moved,) = only(p00=None, new=paragraph("urn:x:new", "urn:x:s1", 9, "문단  0-0")).paragraphs
    assert (moved.kind, moved.was, moved.id) == ("moved", "urn:x:p00", "urn:x:new")


def test_an_order_key_alone_is_a_new_number_and_a_new_place_is_a_move() -> None:
    (same,) = only(p01=paragraph("urn:x:p01", "urn:x:s0", 1.5, "문단 0-1")).paragraphs
    assert same.kind == "renumbered"
    (moved,) = only(p00=paragraph("urn:x:p00", "urn:x:s0", 7, "문단 0-0")).paragraphs
    assert moved.kind == "moved"
