"""Whatever is left out is left out for a reason in words, in both languages."""

import re
from pathlib import Path

import pytest

from madang.errors import DataError, codes
from madang.sources import base
from madang.sources.base import Problems, SourceReport, Tally

# What is wrong with one record says its {place}; an entity may also bring a bad @context of its own.
OF_A_RECORD = [
    code for code, said in codes().items() if "{place}" in said["en"] and code.startswith(("sources.", "entities."))
]
OF_A_RECORD += ["entities.context-shape", "entities.context-unavailable"]
REASONS = {code.partition(".")[2] for code in OF_A_RECORD} | {
    "duplicate", "two-measures", "second-copy", "simulated", "withheld", "merged", "not-stated", "no-key", "no-place",
    "no-geometry", "blank", "open-space",
}  # fmt: skip


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_a_reason_is_said_in_words(reason: str) -> None:
    report = SourceReport("a.csv", "rows", 1, 0, {reason: 1})
    assert report.reason(reason, "en") not in (reason, report.reason(reason, "ko"))


def test_a_reason_of_a_plug_in_is_its_code() -> None:
    assert SourceReport("a.csv", "rows", 0, 0).reason("no-depth") == "no-depth"


def test_bad_rows_that_are_skipped_are_counted_in_words(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("type: Firm\nkey: id\ncolumns: {n: {attribute: employees, unit: IE}}\n", "utf-8")
    (tmp_path / "firms.csv").write_text("id,n\n1,5\n2,many\n3\n", "utf-8")
    report = base.read(tmp_path / "firms.csv", mapping=tmp_path / "m.yaml", skip_bad=True).report
    assert [report.reason(code) for code in report.left_out] == [
        "a text where a number should stand",
        "more or fewer cells than the header",
    ]


COUNTED = re.compile(r'(?:facts(?:\.get\(|\[)|_fact\(|self\.count\(|\.tally\.count\()"([\w.-]+)"')


def test_what_a_report_counts_is_said_in_words_and_nothing_is_not_said() -> None:
    texts = [path.read_text("utf-8") for path in Path(base.__file__).parent.rglob("*.py")]
    names = {name for text in texts for name in COUNTED.findall(text)} - {"first", "more", "place", "title", "why"}
    assert {"repaired", "implicit", "stops_unserved"} <= names
    assert {name for name in names if f"facts.{name}" not in codes()} == {"height."}  # of three ends
    assert SourceReport("a", "rows", 0, 0, facts={"repaired": 0}).counts() == []
    joined = SourceReport("a", "rows", 0, 0, facts={"refPlace.unmatched": 2, "lod2": 3, "Building": 1})
    assert joined.counts("ko")[1:] == [("상세 수준 2", 3), ("건물", 1)]
    assert joined.counts("en")[0][0].endswith("not found in the city")


@pytest.mark.parametrize(("more", "words"), [(1, "(One more problem in"), (2, "(2 more problems in")])
def test_one_more_problem_is_one(more: int, words: str) -> None:
    problems = Problems(Tally("rows"), skip_bad=False)
    for line in range(1 + more):
        problems.add(DataError("sources.row-width", place=f"line {line}", found=1, expected=2))
    with pytest.raises(DataError) as caught:
        problems.raise_any()
    assert words in caught.value.message("en")
    assert f"{more}건" in caught.value.message("ko")
