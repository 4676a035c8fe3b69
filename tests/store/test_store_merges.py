"""What merges have in common: by descent, and by what was merged before. Main, branches of branches, in odd orders."""

from collections.abc import Callable
from typing import Any

import pytest

from madang.entities.entity import Document, property_
from madang.errors import CallerError, ConflictError
from madang.store import Store

Make = Callable[..., Document]


def id_of(number: int) -> str:
    return f"urn:ngsi-ld:Building:test:{number}"


def put(store: Store, branch: str, *docs: Document) -> int:
    with store.transact(branch=branch, actor="t", reason="put") as tx:
        tx.put_many(docs)
    return tx.number


def height(store: Store, number: int, branch: str = "main") -> Any:
    found = store.view(branch).document(id_of(number))
    return None if found is None else found["height"]["value"]


def changed(store: Store, branch: str, against: str = "main") -> list[str]:
    return [change.id.rpartition(":")[2] for change in store.diff(branch, against)]


def test_a_branch_is_brought_up_to_main_twice_and_merges_then(town: Store, building: Make) -> None:
    town.fork("a", actor="t", reason="try")
    put(town, "a", building(2, 7.0))
    for value in (100.0, 300.0):
        put(town, "main", building(1, value))
        assert town.conflicts("main", "a") == []
        town.merge("main", into="a", actor="t", reason="catch up")
        assert height(town, 1, "a") == value
        assert changed(town, "a") == ["2"], "what main changed is not the branch's change"
    put(town, "main", building(1, 400.0))
    town.merge("a", actor="t", reason="m")
    assert (height(town, 1), height(town, 2)) == (400.0, 7.0)
    assert changed(town, "a") == ["2"], "it reads the same after the merge"
    assert town.verify().ok


def test_a_branch_of_a_branch_that_was_merged_meanwhile_still_merges(town: Store, building: Make) -> None:
    town.fork("p", actor="t", reason="try")
    put(town, "p", building(1, 100.0))
    town.fork("c", parent="p", actor="t", reason="try")
    put(town, "c", building(1, 200.0))
    put(town, "p", building(2, 5.0))
    assert changed(town, "c") == ["1"]
    town.merge("p", actor="t", reason="m")
    assert town.conflicts("c") == []
    town.merge("c", actor="t", reason="m")
    assert (height(town, 1), height(town, 2)) == (200.0, 5.0)


def test_a_branch_merges_after_one_that_left_it_was_merged_past_it(town: Store, building: Make) -> None:
    town.fork("p", actor="t", reason="try")
    put(town, "p", building(1, 100.0))
    town.fork("c", parent="p", actor="t", reason="try")
    put(town, "c", building(2, 200.0))
    town.merge("c", actor="t", reason="past its parent")
    assert (height(town, 1), height(town, 2)) == (100.0, 200.0), "it brings what it stands on"
    put(town, "p", building(1, 300.0))
    assert changed(town, "p") == ["1"]
    town.merge("p", actor="t", reason="m")
    assert (height(town, 1), height(town, 2)) == (300.0, 200.0)


def test_what_was_undone_counts_as_not_merged(town: Store, building: Make) -> None:
    town.fork("p", actor="t", reason="try")
    put(town, "p", building(1, 100.0))
    town.fork("c", parent="p", actor="t", reason="try")
    put(town, "c", building(2, 200.0))
    merged = town.merge("p", actor="t", reason="m").number
    undone = town.revert(merged, actor="t", reason="undo").number
    assert changed(town, "c") == ["1", "2"], "main no longer has what the branch stands on"
    again = town.revert(undone, actor="t", reason="undo the undoing").number
    assert height(town, 1) == 100.0
    assert changed(town, "c") == ["2"]
    town.revert(again, actor="t", reason="undo")
    assert height(town, 1) == 1.0
    town.merge("c", actor="t", reason="m")
    assert (height(town, 1), height(town, 2)) == (100.0, 200.0)
    assert town.verify().ok


def test_undoing_a_catch_up_takes_nothing_back_from_main(town: Store, building: Make) -> None:
    town.fork("a", actor="t", reason="try")
    put(town, "a", building(2, 7.0))
    put(town, "main", building(1, 100.0))
    number = town.merge("main", into="a", actor="t", reason="catch up").number
    town.revert(number, actor="t", reason="not yet")
    assert height(town, 1, "a") == 1.0
    town.merge("a", actor="t", reason="m")
    assert (height(town, 1), height(town, 2)) == (100.0, 7.0)


def test_both_sides_adding_the_same_is_no_conflict_and_instances_merge_apart(town: Store, building: Make) -> None:
    def used(*values: tuple[str | None, int]) -> list[dict[str, Any]]:
        return [{**property_(value), **({"datasetId": f"urn:d:{name}"} if name else {})} for name, value in values]

    put(town, "main", building(1, 1.0, used=used((None, 1), ("a", 1))))
    town.fork("b", actor="t", reason="try")
    put(town, "b", building(1, 1.0, used=used((None, 1), ("a", 2), ("c", 3)), floors=property_(4)))
    put(town, "main", building(1, 1.0, used=used((None, 5), ("c", 3)), floors=property_(4)))
    (conflict,) = town.conflicts("b")
    assert (conflict.attribute, conflict.dataset_id) == ("used", "urn:d:a"), "removed here, changed there"
    put(town, "main", building(1, 1.0, used=used((None, 5), ("a", 1), ("c", 3)), floors=property_(4)))
    town.merge("b", actor="t", reason="m")
    found = town.view().document(id_of(1))
    assert found is not None
    assert {one.get("datasetId"): one["value"] for one in found["used"]} == {None: 5, "urn:d:a": 2, "urn:d:c": 3}


@pytest.mark.parametrize("back", [False, True])
def test_what_main_deleted_and_the_branch_changed_is_a_conflict_until_it_is_back(
    town: Store, building: Make, back: bool
) -> None:
    town.fork("a", actor="t", reason="try")
    put(town, "a", building(1, 100.0))
    with town.transact(actor="t", reason="pulled down") as tx:
        tx.delete(id_of(1))
    if back:
        put(town, "main", building(1, 1.0))
        town.merge("a", actor="t", reason="m")
        assert height(town, 1) == 100.0
    else:
        with pytest.raises(ConflictError):
            town.merge("a", actor="t", reason="m")
        town.merge("a", actor="t", reason="m", resolve={id_of(1): "theirs"})
        assert height(town, 1) == 100.0
    assert town.verify().ok


def test_undoing_the_same_transaction_twice_is_refused(town: Store, building: Make) -> None:
    number = put(town, "main", building(1, 100.0))
    town.revert(number, actor="t", reason="undo")
    before = town.data_version()
    with pytest.raises(CallerError) as told:
        town.revert(number, actor="t", reason="undo again")
    assert told.value.code == "store.undone-already"
    assert "madang log" in told.value.message("ko")
    assert town.data_version() == before


def test_a_branch_has_a_past_before_its_fork(town: Store, building: Make) -> None:
    first = put(town, "main", building(1, 50.0))
    put(town, "main", building(1, 60.0))
    town.fork("p", actor="t", reason="try")
    put(town, "p", building(1, 70.0))
    town.fork("c", parent="p", actor="t", reason="try")
    put(town, "p", building(1, 80.0))
    for number, expected in ((first, 50.0), (first + 1, 60.0), (first + 2, 60.0), (first + 3, 70.0), (first + 5, 70.0)):
        found = town.view("c", at=number).document(id_of(1))
        assert found is not None
        assert found["height"]["value"] == expected
