"""Agreements and investment at the other doors: commands, HTTP, papers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from civic.investing import CITY, UNIVERSITY, adopted, empty_city, standing
from loops import in_a_loop_of_its_own
from madang.city import City
from madang.civic.investment.paper import investment_paper
from madang.civic.investment.register import write_register
from madang.civic.investment.register_sample import sample_register
from madang.cli.app import run
from madang.documents.paper import Table
from madang.errors import CallerError
from madang.web.access import Caller, start_access
from madang.web.api import investment as api
from madang.web.api.door import Asked
from madang.web.app import create_app


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    with standing(), empty_city(tmp_path / "city.gpkg") as made:
        made.investment.sign(
            title="34개 기업 협약",
            parties=[CITY],
            signed_on="2020",
            amount=1_374_200_000_000,
            code="mou",
            reason="r",
            by="t",
        )
        write_register(tmp_path / "register.xlsx", sample_register())
        made.investment.import_register(
            tmp_path / "register.xlsx", agreement="mou", status="synthetic", reason="가상 명부", by="t"
        )
        adopted(
            made, {"id": "urn:ngsi-ld:Facility:test:hub", "type": "Facility", "name": {"languageMap": {"ko": "센터"}}}
        )
        yield made


def told(capsys: pytest.CaptureFixture[str], *words: str, exit: int = 0) -> str:
    code = run(["investment", *words])
    said = capsys.readouterr()
    assert code == exit, said.err
    return said.out + said.err


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_sheet_shows_three_amounts_to_the_digit_and_is_marked_made_up(city: City, language: Any) -> None:
    paper = investment_paper(city.store, language, as_of=date(2026, 11, 22))
    found = city.investment.pipeline()
    figures = list(paper.figures())
    values = [one.value for one in figures]
    for amount in (found.pledged["value"], found.weighted["value"], found.realised["value"]):
        assert amount in values
    assert paper.synthetic
    assert ("1조 3,742억 원" if language == "ko" else "KRW 1.3742 tn") in [one.text for one in figures]
    listed = [block for block in paper.blocks if isinstance(block, Table)][-1]
    assert all(row[2][0].address for row in listed.rows)  # type: ignore[union-attr]
    assert any("73" in note for note in paper.sources)


def test_the_commands_go_the_whole_way(
    city: City, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    city.close()
    monkeypatch.setenv("MADANG_LANG", "ko")
    file = str(tmp_path / "city.gpkg")
    assert "1조 3,742억 원" in told(capsys, "pipeline", file)
    company = "가상기업 01"
    assert "기록했습니다" in told(
        capsys, "stage", file, company, "contracted", "--contracted", "5", "--evidence", "계약 1", "-m", "매매"
    )
    assert "[investment.stage-skipped]" in told(capsys, "stage", file, company, "operating", "-m", "r", exit=6)
    assert "매매" in told(capsys, "history", file, company)
    assert "34개 기업" in told(capsys, "agreements", file)
    told(
        capsys, "commit", file, "mou", "--title", "이행 점검", "--owner", UNIVERSITY, "--due", "2027",
        "--output", "보고서", "--measure", "점검=2:{case}", "-m", "나눔",
    )  # fmt: skip
    assert "기한 내" in told(capsys, "commitments", file, "mou")
    assert "[investment.bad-measure]" in told(
        capsys, "specify", file, "mou-1", "--measure", "점검", "-m", "r", exit=2
    )  # fmt: skip
    told(capsys, "fulfil", file, "mou-1", "--evidence", "보고서 3", "-m", "제출")
    told(capsys, "amend", file, "mou", "--on", "2026-01-02", "--ends", "2029", "-m", "연장")
    assert "이행 완료" in told(capsys, "agreements", file)
    assert "34개 기업" in told(capsys, "timeline", file)
    told(capsys, "progress", file, "hub", "--physical", "35", "--executed", "10", "-m", "보고")
    assert "35" in told(capsys, "facilities", file)
    told(
        capsys, "permit", file, "apply", "--title", "공장설립승인", "--clause", "산집법 제13조", "--days", "20", "--on",
        "2026-10-12", "--code", "factory", "-m", "접수",
    )  # fmt: skip
    assert "기한 초과" in told(capsys, "permits", file, exit=1)
    told(capsys, "permit", file, "grant", "factory", "-m", "승인")
    assert "허가" in told(capsys, "permits", file)
    assert "없습니다" in told(capsys, "calls", file)
    assert "가정" in told(capsys, "weights", file)
    told(capsys, "export", file, str(tmp_path / "out.csv"))
    assert json.loads(told(capsys, "pipeline", file, "--json"))["count"] == 34


def asked(city: City, body: dict[str, Any] | None = None, **parts: str) -> Asked:
    return Asked(city, parts, {}, body or {}, Caller("kim", "decide"), "ko")


def test_the_page_is_drawn_by_one_answer(city: City) -> None:
    page = api._page(asked(city))
    assert json.loads(json.dumps(page, default=str))
    assert page["count"] == 34
    assert {name: page["totals"][name]["value"] for name in ("pledged", "realised")}["pledged"] == 1_374_200_000_000
    assert page["totals"]["weighted"]["parts"]
    assert sum(one["count"] for one in page["by_stage"]) == 34
    assert all(one["location"] for one in page["by_site"])
    assert page["history"][-1]["pledged"] == 1_374_200_000_000
    assert page["agreements"][0]["commitments"] == []
    assert page["weights"]["assumption"]


def test_acts_take_their_fields_and_nothing_else(city: City) -> None:
    act = api._act(*api.ACTS["investment/stages"])
    body = {"memorandum": "가상기업 01", "stage": "contracted", "contracted": 5, "reason": "매매"}
    assert act(asked(city, body))["type"] == "InvestmentStage"
    for wrong, code in (
        ({**body, "colour": "red"}, "investment.field-unknown"),
        ({**body, "reason": ""}, "investment.field-missing"),
        ({**body, "contracted": "5"}, "web.field-missing"),
        ({**body, "because": 5}, "web.field-missing"),
    ):
        with pytest.raises(CallerError) as refused:
            act(asked(city, wrong))
        assert refused.value.code == code
    city.investment.apply_permit(title="허가", clause="법", days=5, code="p", reason="r", by="t")
    assert (
        api._act(*api.ACTS["permits/{permit}/grant"])(asked(city, {"reason": "승인"}, permit="p"))["type"]
        == "PermitEvent"
    )


def test_every_reading_path_answers(city: City) -> None:
    door = city.investment
    door.apply_permit(title="허가", clause="법", days=5, code="p", reason="r", by="t")
    for answer, parts in (
        (api._agreements, {}),
        (api._agreement, {"agreement": "mou"}),
        (api._timeline, {}),
        (api._facilities, {}),
        (api._facility, {"facility": "hub"}),
        (api._permits, {}),
        (api._permit, {"permit": "p"}),
        (api._calls, {}),
        (api._history, {"memorandum": "가상기업 01"}),
    ):
        assert json.dumps(answer(asked(city, **parts)), default=str)


def asking(city: City, role: str, *requests: tuple[str, str, dict[str, Any] | None]) -> list[httpx.Response]:
    """Requests of somebody with a role to an application over this city, one after another."""
    access = start_access("127.0.0.1")
    token = next(token for token, caller in access.tokens.items() if caller.role == role)
    app: Any = create_app([city], access=access)

    async def all_of_them() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
            return [
                await client.request(method, f"/api/cities/{path}", **({"json": body} if body else {}))
                for method, path, body in requests
            ]

    return in_a_loop_of_its_own(all_of_them())


def test_over_http_the_page_comes_whole_and_main_changes_for_who_decides(city: City) -> None:
    stage = {"memorandum": "가상기업 01", "stage": "contracted", "contracted": 5, "on": "2026-11-02", "reason": "매매"}
    page, then, done, wrong = asking(
        city, "decide",
        ("GET", "city/investment", None),
        ("GET", "city/investment?as_of=2009-12-31", None),
        ("POST", "city/investment/stages", stage),
        ("POST", "city/investment/stages", {**stage, "stage": "pledged"}),
    )  # fmt: skip
    assert (page.status_code, page.json()["count"]) == (200, 34)
    assert (then.status_code, then.json()["code"]) == (400, "investment.no-weights")
    assert done.status_code == 201
    assert (wrong.status_code, wrong.json()["code"]) == (409, "investment.stage-back")
    (refused,) = asking(city, "propose", ("POST", "city/investment/stages", {**stage, "contracted": 6}))
    assert refused.status_code == 403
    branch = city.fork("draft").branch_name
    body = {"title": "초안", "parties": [UNIVERSITY], "signed_on": "2026", "reason": "초안"}
    drafted, seen = asking(
        city, "propose", ("POST", f"city~{branch}/agreements", body), ("GET", f"city~{branch}/agreements", None)
    )
    assert drafted.status_code == 201
    assert len(seen.json()["agreements"]) == 2
