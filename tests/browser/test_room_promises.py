"""The promise wall: what was promised, what came, why it differs; recorded and scored in the browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ledger_city
import pytest
from axe import violations
from browser_pages import Open, Site, keep, serving
from playwright.sync_api import Page, expect

import madang

WALL = f"/city/{ledger_city.NAME}/-/promises"
PHONE = (390, 844)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ledger_city.build(tmp_path_factory.mktemp("ledger"))


@pytest.fixture(scope="module")
def ledger(built: Path) -> Iterator[Site]:
    """A server over made-up promises, for tests that only look."""
    with serving([built]) as running:
        yield running


def wall(page: Page) -> Page:
    expect(page.locator(".wall > li").first).to_be_visible()
    return page


def test_the_wall_shows_every_promise_as_it_stands(ledger: Site, open_page: Open) -> None:
    page = wall(open_page(ledger, WALL))
    states = page.get_by_role("group", name="이행 상태로 고르기")
    expect(states.get_by_role("button", name=re.compile("2.*기한 지남"))).to_be_visible()
    expect(states.get_by_role("button", name=re.compile("5.*실적 있음"))).to_be_visible()
    rows = page.locator(".wall > li")
    expect(rows).to_have_count(9)
    expect(rows.first).to_contain_text("빠진 이행 근거")  # overdue first, and it says what is missing
    expect(rows.first).to_contain_text("결과 보고")
    scored = rows.filter(has_text="지역에 남는 부가가치")
    expect(scored).to_contain_text("미달")
    for part in ("가정 −", "지연 −", "모형 오차 +"):
        expect(scored).to_contain_text(part)
    expect(scored.locator(".chip").first).to_have_text("가상")
    expect(rows.filter(has_text="통학버스")).to_contain_text("분석 실행 없음")
    keep(page, "promises", whole=True)
    assert violations(page) == []


def test_the_wall_is_narrowed_by_state_owner_and_model(ledger: Site, open_page: Open) -> None:
    page = wall(open_page(ledger, WALL))
    rows = page.locator(".wall > li")
    page.get_by_role("button", name=re.compile("기한 지남")).click()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name=re.compile("기한 지남")).click()
    page.get_by_label("책임기관").select_option(label="투자유치과(가상) (2)")
    expect(rows).to_have_count(2)
    page.get_by_label("책임기관").select_option("")
    page.get_by_label("모형").select_option(label="지역경제 파급")
    expect(rows).to_have_count(6)
    expect(page.get_by_text("9건 가운데 6건")).to_be_visible()
    page.get_by_label("기준일").fill("2024-06-30")
    expect(page.get_by_role("button", name=re.compile("0.*기한 지남"))).to_be_visible()


def test_few_scores_make_no_rate(ledger: Site, open_page: Open) -> None:
    page = wall(open_page(ledger, WALL))
    table = page.get_by_role("table", name="예측 정확도")
    expect(table.get_by_role("row", name=re.compile("모형: 지역경제 파급"))).to_contain_text("19.6%")
    expect(table.get_by_role("row", name=re.compile("책임기관: 투자유치과"))).to_contain_text("표본 적음")


def test_the_parts_of_a_miss_lead_from_the_promise_to_what_came(ledger: Site, open_page: Open) -> None:
    page = wall(open_page(ledger, WALL))
    page.get_by_role("link", name="지역에 남는 부가가치").click()
    table = page.get_by_role("table", name="약속값에서 실적까지")
    expect(table.get_by_role("row")).to_have_count(7)
    expect(page.get_by_text("나눈 몫을 모두 더하면 차이")).to_be_visible()
    expect(page.get_by_text("이차전지 투자(가상)").first).to_be_visible()
    table.get_by_role("row", name=re.compile("^약속값")).get_by_role("button").click()
    expect(page.get_by_role("dialog", name="산출근거")).to_be_visible()
    page.keyboard.press("Escape")
    keep(page, "promise", whole=True)
    assert violations(page) == []


def test_what_came_is_recorded_with_evidence_and_scored(built: Path, tmp_path: Path, open_page: Open) -> None:
    with serving([Path(shutil.copy(built, tmp_path))]) as own:
        page = wall(open_page(own, WALL))
        page.get_by_role("link", name="생산유발(전국)").click()
        expect(page.get_by_text("빠진 이행 근거")).to_be_visible()
        page.get_by_role("button", name="실적 기록").click()
        dialog = page.get_by_role("dialog", name="실적 기록")
        dialog.get_by_label(re.compile("^실적")).fill("5,100억 원")
        expect(dialog.get_by_text("= 5,100억 원")).to_be_visible()
        dialog.get_by_label("이유(기록에 남습니다)").fill("9월 실적(가상)")
        dialog.get_by_role("button", name="기록", exact=True).click()
        expect(dialog.get_by_role("alert")).to_be_visible()  # without evidence it is refused, in words
        keep(page, "outcome-without-evidence")
        dialog.get_by_label(re.compile("^근거 자료 주소")).fill("https://www.example.go.kr/notice/3")
        dialog.get_by_role("button", name="기록", exact=True).click()
        expect(page.get_by_text("실적을 기록했습니다")).to_be_visible()
        expect(page.get_by_text("미달").first).to_be_visible()
        page.get_by_role("button", name="이행점검").click()
        scoring = page.get_by_role("dialog", name="이행점검")
        scoring.get_by_label("이유(기록에 남습니다)").fill("9월 점검")
        scoring.get_by_role("button", name="이행점검").click()
        expect(page.get_by_role("table", name="약속값에서 실적까지")).to_be_visible()
    with madang.open(tmp_path / built.name) as city:
        assert city.promise_ledger.list().counts()["scored"] == 6


def test_a_number_of_ones_own_is_promised_on_an_alternative(built: Path, tmp_path: Path, open_page: Open) -> None:
    copy = Path(shutil.copy(built, tmp_path))
    with madang.open(copy) as city:
        city.fork("next", title={"ko": "다음 안", "en": "Next"}, reason="가상", by="소윤")
    with serving([copy]) as own:
        page = wall(open_page(own, f"/city/{ledger_city.NAME}/next/-/promises", role="propose"))
        page.get_by_role("button", name="직접 적어 약속하기").click()
        dialog = page.get_by_role("dialog", name="직접 적어 약속하기")
        dialog.get_by_label("약속 이름").fill("충전소(가상)")
        dialog.get_by_label("약속값").fill("14")
        dialog.get_by_label("단위").select_option("{case}")
        dialog.get_by_label("기한").fill("2028")
        dialog.get_by_label("책임기관").select_option(label="산업정책과(가상)")
        dialog.get_by_label("이유(기록에 남습니다)").fill("교통 대책")
        dialog.get_by_role("button", name="지표로 약속하기").click()
        expect(page.get_by_text("안에 약속을 적었습니다")).to_be_visible()
        expect(page.get_by_role("button", name="기한이 된 약속 이행점검")).to_have_count(0)


@pytest.mark.parametrize("shape", [{"lang": "en-GB"}, {"size": PHONE}, {"dark": True}], ids=["en", "phone", "dark"])
def test_it_stands_in_every_shape(ledger: Site, open_page: Open, shape: dict[str, Any]) -> None:
    page = wall(open_page(ledger, WALL, still=True, **shape))
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if "size" in shape:
        keep(page, "promises-phone", whole=True)


def test_the_announced_promises_of_a_real_city_stand_on_the_wall(site: Site, open_page: Open) -> None:
    page = wall(open_page(site, "/city/seongnam/-/promises", role="read"))
    expect(page.get_by_role("link", name=re.compile("서강 디지털혁신캠퍼스"))).to_be_visible()
    expect(page.locator(".missing").first).to_contain_text("사용승인")
    expect(page.get_by_role("button", name="기한이 된 약속 이행점검")).to_have_count(0)
    keep(page, "promises-seongnam", whole=True)
