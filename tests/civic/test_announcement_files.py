"""A file of announcements is read whole or refused with file, line and next step."""

from pathlib import Path

import pytest

from madang.civic.announced.announcements import FORMAT, packaged_announcements, parse_announcements, read_announcements
from madang.errors import DataError

EXAMPLE = Path(__file__).parents[2] / "examples" / "announcements.yaml"

GOOD = f"""\
format: {FORMAT}
announcements:
  - id: a-plan
    cities: [sejong]
    kind: plan-launch
    title: {{ko: 계획, en: A plan}}
    summary: {{ko: 요약, en: A summary}}
    publisher: unstated
    date: {{value: "2024", stated: {{ko: 2024년, en: in 2024}}}}
    promises:
      - id: first
        kind: milestone
        owner: sejong
        title: {{ko: 첫째, en: First}}
        due: {{value: "2029", stated: {{ko: 2029년까지, en: by 2029}}}}
    claims:
      - id: target
        text: {{ko: 목표 연도, en: Target year}}
        scope: {{ko: 계획, en: The plan}}
        value: 2029
        unit: year
        check: {{measure: target-year, promise: first}}
"""


def test_a_good_file_gives_what_it_says() -> None:
    (plan,) = parse_announcements(GOOD, file="good.yaml")
    assert plan.publisher is None
    assert plan.promises[0].due is not None
    assert plan.promises[0].due.value == "2029"
    assert plan.claims[0].check.instruction == {"measure": "target-year", "promise": "first"}


WRONG = [
    ("kind: plan-launch", "kind: plan-lunch", "yaml.not-one-of", 5, "plan-launch"),
    ("title: {ko: 계획, en: A plan}", "title: {ko: 계획}", "yaml.not-a-pair", 6, "both languages"),
    ("title: {ko: 계획, en: A plan}", "title: {ko: 계획, en: A plan, for 2029}", "yaml.not-a-pair", 6, "both"),
    ("    kind: plan-launch\n", "", "yaml.field-missing", 3, "kind"),
    ("kind: plan-launch", "sort: plan-launch", "yaml.field-unknown", 5, "sort"),
    ('value: "2024"', "value: 2024", "yaml.not-text", 9, "quotes"),
    ('value: "2024"', 'value: "2024-13"', "yaml.not-a-date", 9, "2024-04"),
    ('value: "2024"', 'value: "2024", derived: yes', "civic.file-derived-without-basis", 9, "basis"),
    ("value: 2029\n", "value: two thousand\n", "yaml.not-a-number", 20, "digits"),
    ("unit: year", "unit: years", "yaml.not-one-of", 21, "year"),
    ("promise: first}", "promise: second}", "civic.file-id-unknown", 22, "second"),
    ("owner: sejong", "owner: sejongg", "civic.file-id-unknown", 11, "sejongg"),
    ("id: target", "id: Target year", "yaml.not-a-slug", 17, "hyphens"),
    ("cities: [sejong]", "cities: sejong", "yaml.not-a-list", 4, "list"),
    ("{measure: target-year, promise: first}", "{measure: target-year}", "yaml.field-missing", 22, "promise"),
    ("{measure: target-year, promise: first}", "{promise: first}", "yaml.field-missing", 22, "measure"),
    ("        unit: year\n", "        unit: year\n        unit: rank\n", "yaml.field-twice", 22, "twice"),
    ("  - id: a-plan", "  - id: [a-plan", "yaml.syntax", 4, "YAML"),
    (FORMAT, "madang-announcements/9", "yaml.format", 1, FORMAT),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "code", "line", "says"), WRONG)
def test_a_wrong_file_is_refused_with_its_line(good: str, bad: str, code: str, line: int, says: str) -> None:
    assert good in GOOD
    with pytest.raises(DataError) as refused:
        parse_announcements(GOOD.replace(good, bad, 1), file="wrong.yaml")
    assert refused.value.code == code
    assert refused.value.facts["line"] == line
    message = refused.value.message("en")
    assert message.startswith(f"wrong.yaml, line {line}")
    assert says in message
    assert f"{line}행" in refused.value.message("ko")


def test_an_id_may_stand_only_once() -> None:
    second = GOOD.split("announcements:\n")[1].replace("id: a-plan", "id: b-plan").replace("id: target", "id: other")
    twice = GOOD + second
    with pytest.raises(DataError, match="the id first stands already in line 11"):
        parse_announcements(twice, file="twice.yaml")


def test_a_nearest_figure_needs_a_label_and_the_file_that_would_answer() -> None:
    rule = "{measure: count-promises, kind: task, same_quantity: no}"
    with pytest.raises(DataError, match="lacks the field answered_by"):
        parse_announcements(GOOD.replace("{measure: target-year, promise: first}", rule), file="near.yaml")


def test_a_file_that_is_no_utf8_or_not_there_says_so(tmp_path: Path) -> None:
    old = tmp_path / "old.yaml"
    old.write_bytes(GOOD.encode("cp949"))
    with pytest.raises(DataError, match="not UTF-8"):
        read_announcements(old)
    with pytest.raises(DataError, match="not there"):
        read_announcements(tmp_path / "none.yaml")


def test_the_example_is_the_file_that_comes_with_the_package() -> None:
    assert read_announcements(EXAMPLE) == packaged_announcements()
