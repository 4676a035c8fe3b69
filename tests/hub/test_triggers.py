"""The index of subscriptions finds whoever a change concerns, and leaves out only whom it does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang import clock
from madang.entities.entity import canonical_bytes
from madang.hub.subscription_checks import read_subscription
from madang.hub.subscriptions import DEFAULT_TRIGGERS, TRIGGERS, Subscription, subscription_of
from madang.hub.triggers import Changed, Standing, Version, changed, concerned
from madang.store.following import Happening

NOW = clock.from_text("2026-11-23T00:00:00Z")
NAMES = ("a", "b", "c")
TYPES = ("T", "U", "V")
IDS = tuple(f"urn:x:{number}" for number in range(4))


def made(id: str = "urn:s:1", **members: Any) -> Subscription:
    """A subscription of these members."""
    document = {
        "type": "Subscription",
        "entities": [{"type": "T"}],
        "notification": {"endpoint": {"uri": "http://example.org/x"}},
        **members,
    }
    document = {name: part for name, part in document.items() if part is not None}
    return subscription_of(id, "main", read_subscription(document, lambda name: name, now=NOW))


def change(
    before: dict[str, Any] | None, after: dict[str, Any] | None, *, tx: int = 5, shared: bool = False
) -> Changed:
    """A change of an entity on main."""
    types = dict.fromkeys(t for doc in (before, after) if doc for t in _listed(doc["type"]))
    one = before or after
    assert one is not None
    return changed(
        Happening(
            tx, NOW, "main", one["id"], shared, tuple(types),
            None if before is None else canonical_bytes(before), None if after is None else canonical_bytes(after),
        )
    )  # fmt: skip


def _listed(found: Any) -> list[str]:
    return found if isinstance(found, list) else [found]


def entity(id: str = IDS[0], type: Any = "T", **values: Any) -> dict[str, Any]:
    """An entity with plain properties."""
    return {"id": id, "type": type, **{name: {"type": "Property", "value": value} for name, value in values.items()}}


values = st.one_of(
    st.sampled_from(["x", "y", 1, 2, 1.5, True, {"@type": "DateTime", "@value": 3}]),
    st.lists(st.sampled_from(["x", "y", 1, 3]), min_size=1, max_size=2),
)
types = st.one_of(st.sampled_from(TYPES), st.lists(st.sampled_from(TYPES), min_size=2, max_size=2, unique=True))
entities = st.builds(
    lambda id, type, parts: entity(id, type, **parts),
    st.sampled_from(IDS),
    types,
    st.dictionaries(st.sampled_from(NAMES), values, max_size=3),
)
selections = st.sampled_from(["T", "U", "T,U", "T;U", "(T,U);V", "*"])
selectors = st.fixed_dictionaries(
    {"type": selections}, optional={"id": st.sampled_from(IDS), "idPattern": st.sampled_from(["1$", "urn", "9"])}
)
queries = st.sampled_from([
    'a=="x"', 'a=="x","y"', 'a=="x";b>1', 'a=="x"|b==1', "a", "b>=1", 'a!="x"', 'c~="x"', "a==1", "b>1.5", "b<2",
    "b<=1;a", "b==1..2", "b>1;b<3", "b>1|a<2", "!b", "!b;a>1", "b!=1..2", "a<0", "a.b>1", "a[b]>1",
])  # fmt: skip
subscriptions = st.fixed_dictionaries(
    {"entities": st.one_of(st.none(), st.lists(selectors, min_size=1, max_size=2))},
    optional={
        "watchedAttributes": st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True),
        "q": queries,
        "notificationTrigger": st.lists(st.sampled_from(TRIGGERS), min_size=1, max_size=3, unique=True),
        "isActive": st.booleans(),
    },
).map(lambda one: {**one, "localOnly": True})


@settings(max_examples=100, deadline=None)
@given(st.lists(subscriptions, max_size=12), st.one_of(st.none(), entities), st.one_of(st.none(), entities))
def test_the_index_finds_what_looking_at_all_of_them_finds(
    said: list[dict[str, Any]], before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    if before is None and after is None:
        return
    if before is not None and after is not None:
        after = {**after, "id": before["id"]}
    all_of_them = [made(f"urn:s:{number}", **one) for number, one in enumerate(said)]
    standing = Standing()
    for one in all_of_them:
        standing.put("main", one.id, [Version(1, one)])
    it = change(before, after)
    expected = {one.id for one in all_of_them if concerned(one, it)}
    assert {one.id for one in standing.concerned(it)} == expected
    assert standing.may_concern(it.happening) or not expected
    for one in all_of_them:
        standing.remove("main", one.id)
    assert standing == Standing()


@pytest.mark.parametrize(
    ("trigger", "before", "after", "expected"),
    [
        (None, None, entity(a=1), True),
        (None, entity(a=1), entity(a=2), True),
        (None, entity(a=1), entity(a=1, b=1), True),
        (None, entity(a=1, b=1), entity(a=1), False),
        (None, entity(a=1), None, False),
        ("entityCreated", None, entity(), True),
        ("entityCreated", entity(a=1), entity(a=2), False),
        ("entityDeleted", entity(a=1), None, True),
        ("entityDeleted", entity(a=1), entity(), False),
        ("entityUpdated", entity(a=1), entity(a=2), True),
        ("entityUpdated", entity(a=1), entity(), True),
        ("entityUpdated", entity(), entity(type=["T", "U"]), True),
        ("attributeCreated", entity(), entity(a=1), True),
        ("attributeCreated", entity(a=1), entity(a=2), False),
        ("attributeUpdated", entity(a=1), entity(a=2), True),
        ("attributeUpdated", None, entity(a=2), False),
        ("attributeDeleted", entity(a=1), entity(), True),
        ("attributeDeleted", entity(a=1), None, True),
        ("attributeDeleted", entity(a=1), entity(a=2), False),
    ],
)
def test_each_trigger_fires_for_its_kind_of_change(
    trigger: str | None, before: dict[str, Any] | None, after: dict[str, Any] | None, expected: bool
) -> None:
    triggers = [trigger] if trigger else list(DEFAULT_TRIGGERS)
    assert concerned(made(notificationTrigger=triggers), change(before, after)) is expected


def test_only_watched_attributes_trigger() -> None:
    watching = made(watchedAttributes=["a"])
    assert concerned(watching, change(entity(a=1, b=1), entity(a=2, b=1)))
    assert not concerned(watching, change(entity(a=1, b=1), entity(a=1, b=2)))
    assert not concerned(watching, change(None, entity(b=1)))


def test_an_id_stands_before_a_pattern() -> None:
    one = made(entities=[{"type": "T", "id": IDS[0], "idPattern": "never"}])
    assert concerned(one, change(None, entity(IDS[0], a=1)))
    assert not concerned(one, change(None, entity(IDS[1], a=1)))


def test_what_is_said_of_a_subscription_holds_from_its_transaction_on() -> None:
    standing = Standing()
    old, new = made(q="a==1"), made(q="a==2")
    standing.put("main", "urn:s:1", [Version(3, old), Version(7, new)])
    for tx, value, expected in ((3, 1, []), (4, 1, [old]), (7, 1, [old]), (7, 2, []), (8, 2, [new]), (8, 1, [])):
        assert standing.concerned(change(None, entity(a=value), tx=tx)) == expected, tx


def test_ten_thousand_subscriptions_are_not_ten_thousand_checks() -> None:
    standing = Standing()
    for number in range(10_000):
        kind = number % 4
        standing.put(
            "main",
            f"urn:s:{number}",
            [
                Version(
                    1,
                    made(
                        f"urn:s:{number}",
                        entities=[{"type": f"T{number % 100}", **({"id": f"urn:x:{number}"} if kind == 0 else {})}],
                        watchedAttributes=[f"w{number % 50}"] if kind == 1 else None,
                        q=f'owner=="{number}"' if kind == 2 else None,
                    ),
                )
            ],
        )
    it = change(entity("urn:x:4", "T4", w1=1), entity("urn:x:4", "T4", w1=2, owner="6"))
    assert len(standing.candidates(it)) <= 30


def test_readings_and_records_are_seen_from_every_branch() -> None:
    it = change(None, entity(a=1), shared=True)
    other = subscription_of(
        "urn:s:1", "plan", read_subscription(
            {"type": "Subscription", "entities": [{"type": "T"}],
             "notification": {"endpoint": {"uri": "http://example.org/x"}}}, str, now=NOW),
    )  # fmt: skip
    assert concerned(other, it)
    assert not concerned(other, change(None, entity(a=1)))
