"""A wrong pack is refused with the line and the next step; the packs that come with Madang are whole."""

import contextlib
from datetime import date
from pathlib import Path

import pytest

from madang.errors import DataError, codes
from madang.rules.layers import check_added, courses
from madang.rules.pack_file import read_pack, shipped

GOOD = (Path(__file__).parent / "ordinance.yaml").read_text("utf-8")
PROCEDURES = {
    "smart-city-plan",
    "smart-city-plan-change",
    "special-zone",
    "regulation-free-zone",
    "sandbox",
    "alliance-council",
    "alliance-association",
    "special-local-government",
    "preliminary-feasibility",
    "investment-review",
    "institute-disclosure",
    "institute-founding",
}

BRIEFING, COUNCIL = "  - id: seongnam-briefing", "  - id: seongnam-council-opinion"
PLAN, STEP = "    procedure: smart-city-plan\n", "    step: council-opinion"
HEARD = "kind: obliges\n" + PLAN + STEP
BRIEFED = "kind: obliges\n" + PLAN + "    step: briefing"

# What is changed in the good pack, what it becomes, and how it is refused.
WRONG = {
    "an unknown field": ("    step: briefing\n", "    stepp: briefing\n", "yaml.field-unknown", "stepp"),
    "no clause": ('    clause: "20(1)"\n', '    clause: "-"\n', "rules.clause-missing", BRIEFING),
    "a clause that is no number": ('"20(1)"', '"제20조"', "rules.clause-not-a-number", "제20조"),
    "dates reversed": (
        "    certainty: K\n    valid_from: 2024-12-16\n",
        "    certainty: K\n    valid_from: 2024-12-16\n    valid_to: 2020-01-01\n",
        "rules.dates-reversed",
        COUNCIL,
    ),
    "an unknown kind": (BRIEFED, "kind: obligates\n" + PLAN + "    step: briefing", "yaml.not-one-of", "obligates"),
    "an unknown operator": (
        "    step: briefing\n",
        "    step: briefing\n    when: {fact: plan.change, equalz: new}\n",
        "rules.operator-unknown",
        "equalz",
    ),
    "two operators": (
        "    step: briefing\n",
        "    step: briefing\n    when: {fact: plan.change, equals: new, is_set: yes}\n",
        "rules.condition-needs-one-operator",
        "is_set",
    ),
    "a condition without a fact": (
        "    step: briefing\n",
        "    step: briefing\n    when: {equals: new}\n",
        "rules.condition-without-fact",
        "when: {equals",
    ),
    "joins mixed with tests": (
        "    step: briefing\n",
        "    step: briefing\n    when: {all: [], fact: plan.change}\n",
        "rules.condition-mixed",
        "when: {all",
    ),
    "a fact nobody lists": (
        "    step: briefing\n",
        "    step: briefing\n    when: {fact: plan.colour, equals: new}\n",
        "rules.fact-unknown",
        BRIEFING,
    ),
    "unverified without a mark of what": (
        "    note: {ko: 시험을 위해 지은 조항, en: a clause made up for a test}\n",
        "",
        "rules.unverified-without-note",
        BRIEFING,
    ),
    "source read, but which": (
        "    certainty: K\n",
        "    certainty: S\n",
        "rules.source-missing",
        COUNCIL,
    ),
    "a law that is not listed": (
        '    law: ordinance\n    clause: "21"',
        '    law: decree\n    clause: "21"',
        "rules.law-unknown",
        COUNCIL,
    ),
    "a field the kind needs": (STEP + "\n", "", "rules.field-of-kind-missing", COUNCIL),
    "two versions of a rule at once": (
        "id: seongnam-council-opinion",
        "id: seongnam-briefing",
        "rules.versions-overlap",
        'clause: "21"',
    ),
    "a label in one language": (
        "label: {ko: 의회의 의견을 들음, en: The council is heard}",
        "label: {ko: 의회의 의견을 들음}",
        "yaml.not-a-pair",
        "label: {ko: 의회의 의견을 들음}",
    ),
    "no rules": (GOOD[GOOD.index("rules:\n") :], "rules: []\n", "rules.pack-without-rules", "# An ordinance"),
    "days below one": (
        "    step: briefing\n",
        "    step: briefing\n    days: {number: -5, direction: within, counts: business}\n",
        "rules.days-out-of-range",
        "days: {number: -5",
    ),
    "another format": ("madang-rules/1", "madang-rules/9", "yaml.not-one-of", "madang-rules/9"),
}

OUT_OF_PLACE = {
    "an unknown step": (STEP + "\n", "    step: council-opinon\n", "rules.step-unknown", COUNCIL),
    "an unknown procedure": (
        PLAN + STEP,
        "    procedure: smart-plan\n" + STEP,
        "rules.procedure-of-pack-unknown",
        COUNCIL,
    ),
    "a step behind one that is not there": ("after: hearing", "after: dinner", "rules.step-unknown", "id: briefing"),
    "days counted from a step that is not there": (
        "    step: briefing\n",
        "    step: briefing\n    days: {number: 3, direction: within, of: dinner}\n",
        "rules.step-unknown",
        BRIEFING,
    ),
    "a must of the Act made a may": (
        HEARD,
        "kind: permits\n" + PLAN + "    step: approval",
        "rules.lowers-must",
        COUNCIL,
    ),
    "a must of the Act taken away": (
        HEARD,
        "kind: not_applicable\n" + PLAN + "    step: approval",
        "rules.lowers-must",
        COUNCIL,
    ),
    "an exemption from the whole procedure": (
        HEARD,
        "kind: not_applicable\n" + PLAN + "    when: {fact: plan.change, equals: new}",
        "rules.lowers-must",
        COUNCIL,
    ),
    "fewer days of notice than the Act": (
        STEP + "\n",
        "    step: hearing-notice\n    days: {number: 7, direction: before, of: hearing}\n",
        "rules.shortens-days",
        COUNCIL,
    ),
    "more days for an answer than the Act": (
        STEP + "\n",
        "    step: ministries-answer\n    days: {number: 40, direction: within}\n",
        "rules.shortens-days",
        COUNCIL,
    ),
}


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_pack_is_refused_with_its_line(how: str) -> None:
    good, wrong, code, at = WRONG[how]
    assert good in GOOD
    text = GOOD.replace(good, wrong, 1)
    with pytest.raises(DataError) as refused:
        read_pack(text, "ordinance.yaml")
    assert refused.value.code == code
    line = line_of(text, at)
    if code == "rules.versions-overlap":
        line -= 2  # the rule begins with its id
    assert refused.value.facts["line"] == line
    assert f"ordinance.yaml, {line}행" in refused.value.message("ko")


@pytest.mark.parametrize("how", OUT_OF_PLACE)
def test_a_pack_that_does_not_fit_the_others_is_refused_with_its_line(how: str) -> None:
    good, wrong, code, at = OUT_OF_PLACE[how]
    assert good in GOOD
    text = GOOD.replace(good, wrong, 1)
    with pytest.raises(DataError) as refused:
        check_added(read_pack(text, "ordinance.yaml"), shipped())
    assert refused.value.code == code
    assert refused.value.facts["line"] == line_of(text, at)


def test_a_refusal_to_lower_a_must_names_both_clauses() -> None:
    good, wrong, _, _ = OUT_OF_PLACE["a must of the Act made a may"]
    with pytest.raises(DataError) as refused:
        check_added(read_pack(GOOD.replace(good, wrong, 1), "ordinance.yaml"), shipped())
    said = refused.value.message("ko")
    assert "성남시 스마트도시 조례 제21조" in said
    assert "스마트도시법 제10조제1항" in said


@pytest.mark.parametrize("number", range(len(GOOD.splitlines())))
def test_a_line_left_out_or_garbled_is_refused_in_words_or_harmless(number: int) -> None:
    lines = GOOD.splitlines()
    for spoiled in ([], [lines[number].replace(":", "", 1)], [lines[number] * 2], ["  - " + lines[number]]):
        text = "\n".join([*lines[:number], *spoiled, *lines[number + 1 :]])
        with contextlib.suppress(DataError):  # anything else than a refusal in words fails the test
            check_added(read_pack(text, "ordinance.yaml"), shipped())


def test_the_good_pack_is_good() -> None:
    check_added(read_pack(GOOD, "ordinance.yaml"), shipped())


def test_the_packs_that_come_with_madang_are_whole() -> None:
    for pack in shipped():
        check_added(pack, tuple(other for other in shipped() if other is not pack))
    assert set(courses(shipped())) == PROCEDURES


def test_a_rule_has_one_pack() -> None:
    homes: dict[str, str] = {}
    for pack in shipped():
        for rule in pack.rules:
            assert homes.setdefault(rule.id, pack.id) == pack.id


def test_what_was_read_says_where_and_what_is_unverified_says_what() -> None:
    for pack in shipped():
        for rule in pack.rules:
            assert rule.certainty != "S" or pack.source_of(rule), rule.id
            assert rule.certainty != "?" or rule.note, rule.id


def test_every_step_of_every_procedure_has_a_rule_today() -> None:
    for name, course in courses(shipped()).items():
        spoken = {
            rule.step
            for pack in shipped()
            for rule in pack.in_force(date(2026, 11, 22))
            if course.base in rule.procedure
        }
        assert {step.id for step in course.steps} <= spoken, name


def test_packs_are_read_once() -> None:
    assert shipped() is shipped()
    assert read_pack(GOOD, "a.yaml") is read_pack(GOOD, "a.yaml")


def test_every_sentence_of_this_room_is_said_in_both_languages() -> None:
    assert all(set(pair) == {"ko", "en"} for code, pair in codes().items() if code.startswith("rules."))
