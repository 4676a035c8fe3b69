"""Conditions on facts: true, false, or unknown where nobody gave the fact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.rules.conditions import OPERATORS, Comparison, Condition, Join, holds, read_condition
from madang.strict_yaml import parse

FACTS = {
    "city": {"population": 922025, "name": "성남"},
    "plan": {"signed": "2026-06-03", "areas": ["하남"], "none": []},
}


def condition(text: str) -> Condition:
    return read_condition(parse(text, file="test"))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("{fact: city.population, at_least: 500000}", True),
        ("{fact: city.population, at_most: 500000}", False),
        ("{fact: city.population, above: 922025}", False),
        ("{fact: city.population, below: 922026}", True),
        ("{fact: city.name, equals: 성남}", True),
        ("{fact: city.name, one_of: [수원, 성남]}", True),
        ("{fact: plan.areas, contains: 하남}", True),
        ("{fact: plan.signed, on_or_after: 2026-06-03}", True),
        ("{fact: plan.signed, before: 2026-06-03}", False),
        ("{fact: plan.areas, is_set: yes}", True),
        ("{fact: plan.none, is_set: yes}", False),
        ("{fact: plan.unheard_of, is_set: no}", True),
        ("{fact: plan.unheard_of, equals: 1}", None),
        ("{fact: city.name, at_least: 5}", None),  # a name is no number: as good as unknown
        ("{fact: steps.approval.state, equals: done}", False),  # what nobody recorded was not done
        ("{not: {fact: plan.unheard_of, equals: 1}}", None),
        ("{all: [{fact: city.name, equals: 성남}, {fact: plan.unheard_of, equals: 1}]}", None),
        ("{any: [{fact: city.name, equals: 성남}, {fact: plan.unheard_of, equals: 1}]}", True),
    ],
)
def test_a_condition_holds_or_not_or_is_unknown(text: str, answer: bool | None) -> None:
    assert holds(condition(text), FACTS) is answer


tests = st.builds(Comparison, st.sampled_from(["a", "b", "c"]), st.just("equals"), st.booleans())
conditions = st.recursive(
    tests,
    lambda below: st.one_of(
        st.builds(Join, st.sampled_from(["all", "any"]), st.lists(below, min_size=1, max_size=3).map(tuple)),
        st.builds(Join, st.just("not"), below.map(lambda one: (one,))),
    ),
    max_leaves=8,
)
facts = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.booleans())


@given(conditions, facts, st.dictionaries(st.sampled_from(["a", "b", "c"]), st.booleans()))
def test_more_facts_never_turn_an_answer_round(asked: Condition, known: dict[str, bool], more: dict[str, bool]) -> None:
    before = holds(asked, known)
    if before is not None:
        assert holds(asked, {**more, **known}) is before


@given(conditions, facts)
def test_not_turns_round_what_is_known(asked: Condition, known: dict[str, bool]) -> None:
    answer = holds(asked, known)
    assert holds(Join("not", (asked,)), known) is (None if answer is None else not answer)


@given(conditions)
def test_with_all_facts_every_condition_is_decided(asked: Condition) -> None:
    assert holds(asked, {"a": True, "b": False, "c": True}) is not None


def test_no_more_than_these_operators() -> None:
    assert set(OPERATORS) == {
        "equals", "one_of", "contains", "at_least", "at_most", "above", "below", "on_or_after", "before", "is_set",
    }  # fmt: skip
