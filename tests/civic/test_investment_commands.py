"""Agreements, bids, planned curves and a register that comes again, as an official does them in a shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from civic.investing import CITY, adopted, empty_city, standing
from madang.civic.investment.register import write_register
from madang.civic.investment.register_sample import sample_register
from madang.cli.app import run

Told = Callable[..., str]
TASK = {"id": "urn:ngsi-ld:Task:test:bus", "type": "Task", "title": {"languageMap": {"ko": "버스"}}}
HUB = {"id": "urn:ngsi-ld:Facility:test:hub", "type": "Facility", "name": {"languageMap": {"ko": "센터"}}}
CALLS = """
format: madang-calls/1
calls:
  - id: sample
    status: synthetic
    title: {ko: 공모(가상), en: Call}
    authority: {ko: 가상부, en: Ministry}
    opens: 2026-11-01
    closes: 2026-12-15
    matching_percent: 0
    grant: [{year: 2027, krw: 2000000000}]
    eligibility: [{id: owner, label: {ko: 책임자, en: Owner}, when: {fact: task.owner, equals: yes}}]
    score_sheet: [{id: idea, label: {ko: 창의성, en: Idea}, points: 100}]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("MADANG_LANG", "ko")
    with standing():
        with empty_city(tmp_path / "city.gpkg") as made:
            adopted(made, TASK, HUB)
            made.fork("plan")
        yield str(tmp_path / "city.gpkg")


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    def ask(*words: str, exit: int = 0) -> str:
        code = run(["investment", *words])
        said = capsys.readouterr()
        assert code == exit, said.err
        return said.out + said.err

    return ask


def test_an_agreement_is_signed_and_its_measure_reported(file: str, told: Told) -> None:
    told("sign", file, "--title", "업무협약", "--party", CITY, "--on", "2024-10-09", "--code", "mou", "-m", "체결")
    assert "업무협약" in told("agreements", file)
    told(
        "commit", file, "mou", "--title", "인재", "--owner", CITY, "--due", "2027", "--output", "수료",
        "--measure", "수료생=120:IE", "-m", "나눔",
    )  # fmt: skip
    told("report", file, "mou-1", "수료생", "80", "--evidence", "명단 2", "-m", "반기 보고")
    assert "[investment.measure-unknown]" in told("report", file, "mou-1", "없는 지표", "8", "-m", "r", exit=2)
    assert "[investment.party-unknown]" in told(
        "sign", file, "--title", "협약", "--party", "urn:ngsi-ld:City:test:none", "--on", "2024", "-m", "r", exit=2
    )


def test_a_bid_goes_its_way_and_is_not_submitted_with_open_conditions(file: str, tmp_path: Path, told: Told) -> None:
    (tmp_path / "calls.yaml").write_text(CALLS, "utf-8")
    told("calls", file, str(tmp_path / "calls.yaml"), "-m", "공고")
    assert "[investment.bad-points]" in told("bid", file, "sample", "bus", "--points", "idea", "-m", "r", exit=2)
    assert "[investment.points-wrong]" in told("bid", file, "sample", "bus", "--points", "idea=101", "-m", "r", exit=2)
    told("bid", file, "sample", "bus", "--points", "idea=45", "-m", "실무반")
    assert "버스" in told("bids", file)
    assert "[investment.application-order]" in told("bid-step", file, "sample-bus", "selected", "-m", "r", exit=6)
    told("bid-step", file, "sample-bus", "reviewed", "-m", "검토")
    assert "책임자" in told("bid-step", file, "sample-bus", "submitted", "-m", "제출", exit=6)


def test_a_curve_is_planned_on_a_branch(file: str, told: Told) -> None:
    curve = ("--point", "2026-03-01=0", "--point", "2027-12-31=100")
    told("plan-facility", file, "hub", "--branch", "plan", *curve, "--budget", "10", "-m", "계획")
    assert "센터" in told("facilities", file, "--branch", "plan")
    for wrong, code in (("2026-03-01", "bad-point"), ("내일=20", "curve-point")):
        said = told("plan-facility", file, "hub", "--branch", "plan", "--point", wrong, *curve, "-m", "r", exit=2)
        assert f"[investment.{code}]" in said


def test_a_register_that_comes_again_says_first_what_it_would_change(file: str, tmp_path: Path, told: Told) -> None:
    rows = sample_register(5, 10**10)
    write_register(tmp_path / "first.csv", rows)
    told("import", file, str(tmp_path / "first.csv"), "--synthetic", "-m", "9월")
    rows[0] |= {"stage": "계약", "contracted": 5, "stage_on": "2026-10-01"}
    write_register(tmp_path / "next.csv", rows)
    said = told("import", file, str(tmp_path / "next.csv"), "--again", "--dry-run", "-m", "10월")
    assert "바뀌는 행 1개, 그대로인 행 4개" in said
    assert "가상기업 01" in said
    assert "10월" not in told("history", file, "가상기업 01")
    told("import", file, str(tmp_path / "next.csv"), "--again", "-m", "10월")
    assert "10월" in told("history", file, "가상기업 01")
    assert "다시 가져오기" in told("import", file, str(tmp_path / "next.csv"), "-m", "r", exit=3)
