"""The plan board and the checklist: what they show of a made-up plan, and what can be written from them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import violations
from browser_pages import Open, Site, keep, serving
from planned_city import CITY, OPEN_BRANCH, build
from playwright.sync_api import Page, expect

ROOM = f"/city/{CITY}/{OPEN_BRANCH}/-"
PHONE = (390, 844)


@pytest.fixture(scope="module")
def planned(cities: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city file with the made-up plan in it."""
    path = Path(shutil.copy(cities / f"{CITY}.gpkg", tmp_path_factory.mktemp("planned")))
    build(path)
    return path


@pytest.fixture(scope="module")
def shown(planned: Path) -> Iterator[Site]:
    """A server over the made-up plan, for tests that only look and for the one that writes last."""
    with serving([planned]) as running:
        yield running


def test_the_board_shows_goals_years_money_and_the_critical_path(shown: Site, open_page: Open) -> None:
    page = _board(shown, open_page, still=True)
    expect(page.get_by_text("현행 1.1판")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("누구나 30분 안에"))).to_be_visible()
    target = page.locator(".target", has_text="30분 안에 일터에 닿는 시민")
    expect(target.get_by_text("가상", exact=True)).to_be_visible()
    line = page.get_by_role("img", name=re.compile("과제 4개의 추진 일정"))
    expect(line.locator("rect.critical")).to_have_count(3)
    expect(line.locator("path.mark.overdue")).to_have_count(1)
    expect(
        page.get_by_role("row", name=re.compile("설계 완료.*기한 지남: 이루어졌다는 증빙이 없습니다"))
    ).to_be_visible()
    money = page.get_by_role("row", name=re.compile("2026년"))
    expect(money.first).to_contain_text("240억 원")
    expect(money.first).to_contain_text("77.3%")
    keep(page, "plan-board", whole=True)
    assert violations(page) == []
    target.get_by_role("button", name=re.compile("75%")).click()
    expect(page.get_by_role("dialog", name="산출근거")).to_contain_text("75%")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="2028년").click()
    expect(
        page.get_by_role("region", name="2028년 실행계획").get_by_role("row", name=re.compile("보행 안전 알림"))
    ).to_be_visible()


@pytest.mark.parametrize("shape", [{"lang": "en-GB"}, {"size": PHONE, "dark": True}], ids=["en", "phone-dark"])
def test_the_board_in_other_shapes(shown: Site, open_page: Open, shape: dict[str, Any]) -> None:
    page = open_page(shown, f"{ROOM}/plan", still=True, **shape)
    expect(page.get_by_role("img")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= shape.get("size", (1440, 900))[0]
    assert violations(page) == []
    keep(page, f"plan-board-{'en' if 'lang' in shape else 'phone-dark'}", whole=True)


def test_two_versions_differ_by_paragraph_and_by_number(shown: Site, open_page: Open) -> None:
    page = _board(shown, open_page, still=True)
    page.get_by_role("button", name="판과 대비").click()
    page.get_by_label("이전").select_option("1.0")
    page.get_by_label("이후").select_option("1.1")
    change = page.get_by_role("listitem").filter(
        has=page.get_by_role("heading", name=re.compile("지역산업의 육성과 진흥"))
    )
    expect(change.get_by_text(re.compile("1,200억 원 → 1,350억 원.*12.5"))).to_be_visible()
    expect(change.locator("ins").first).to_have_text(re.compile("1,350억"))
    expect(page.get_by_text("경미한 변경", exact=True)).to_be_visible()
    keep(page, "plan-versions", whole=True)
    assert violations(page) == []


def test_the_checklist_names_what_was_not_asked_for_and_says_why_a_change_is_major(
    shown: Site, open_page: Open
) -> None:
    page = open_page(shown, f"{ROOM}/checklist", still=True)
    expect(page.get_by_role("heading", name="기재사항을 모두 갖췄습니다")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("이 안의 변경: 변경"))).to_be_visible()
    expect(page.get_by_text("스마트도시법 제11조, 스마트도시법 시행령 제16조")).to_be_visible()
    items = page.get_by_role("region", name="기재사항 17개")
    expect(items.get_by_role("row", name=re.compile("재원의 조달과 운용.*충족.*제8조제1항제8호"))).to_be_visible()
    expect(items.get_by_text("지정 여부를 알 수 없음").first).to_be_visible()
    keep(page, "checklist", whole=True)
    assert violations(page) == []
    page.get_by_role("button", name="점검 결과 기록").click()
    dialog = page.get_by_role("dialog", name="점검 결과 기록")
    dialog.get_by_label("이유").fill("협의를 보내기 전에 점검합니다.")
    dialog.get_by_role("button", name="담기").click()
    expect(page.get_by_text(re.compile("점검을 기록했습니다"))).to_be_visible()


def test_a_paragraph_is_written_its_number_renewed_and_a_budget_added(shown: Site, open_page: Open) -> None:
    page = _board(shown, open_page, still=True)
    page.get_by_role("button", name="본문").click()
    section = page.locator(
        "section", has=page.get_by_role("heading", name=re.compile("기본방향, 계획의 목표와 추진전략"))
    ).last
    expect(section.get_by_text("갱신 필요")).to_be_visible()
    keep(page, "plan-text", whole=True)
    section.get_by_role("button", name="새 수치로 갱신").click()
    dialog = page.get_by_role("dialog", name="새 수치로 갱신")
    expect(dialog.get_by_text("75%")).to_be_visible()
    dialog.get_by_label("이유").fill("목표를 올렸습니다.")
    dialog.get_by_role("button", name="새 수치로 갱신").click()
    expect(page.get_by_text("갱신 필요")).to_have_count(0)
    section.get_by_role("button", name=re.compile("문단 쓰기")).click()
    dialog = page.get_by_role("dialog", name="문단 쓰기")
    dialog.get_by_label("문단").fill("심야에는 병원과 역을 먼저 잇는다.")
    dialog.get_by_label("이유").fill("회의 결과입니다.")
    dialog.get_by_role("button", name="담기").click()
    expect(section.get_by_text("심야에는 병원과 역을 먼저 잇는다.").first).to_be_visible()
    page.get_by_role("button", name="계획 한눈에").click()
    page.get_by_role("button", name="더하기", exact=True).click()
    dialog = page.get_by_role("dialog", name="더하기")
    dialog.get_by_label("무엇을 더합니까?").select_option("BudgetLine")
    dialog.get_by_label("과제").select_option(label="교통 자료 개방")
    dialog.get_by_label("연도").fill("2030")
    dialog.get_by_label("계획액(억 원)").fill("12")
    dialog.get_by_label("이유").fill("예산을 정했습니다.")
    assert violations(page) == []
    dialog.get_by_role("button", name="담기").click()
    expect(page.get_by_role("row", name=re.compile("2030년.*12억 원"))).to_be_visible()


def test_an_alternative_without_a_plan_makes_one_and_main_says_how(shown: Site, open_page: Open) -> None:
    page = open_page(shown, f"/city/{CITY}/fabless-valley/-/plan", still=True)
    expect(page.get_by_text("이 안에는 아직 계획이 없습니다")).to_be_visible()
    page.get_by_role("button", name="새 계획").click()
    dialog = page.get_by_role("dialog", name="새 계획")
    dialog.get_by_label("계획 이름").fill("판교 산업 계획")
    dialog.get_by_label("시작 연도").fill("2027")
    dialog.get_by_label("종료 연도").fill("2031")
    dialog.get_by_label("이유").fill("안에 맞는 계획을 세웁니다.")
    dialog.get_by_role("button", name="계획 만들기").click()
    expect(page.get_by_role("heading", level=1, name="판교 산업 계획")).to_be_visible()
    page.goto(f"{shown.url}/city/{CITY}/fabless-valley/-/checklist")
    expect(page.get_by_role("heading", name="비어 있는 기재사항 15개")).to_be_visible()


def _board(site: Site, open_page: Open, **shape: Any) -> Page:
    page = open_page(site, f"{ROOM}/plan", **shape)
    expect(page.get_by_role("heading", level=1, name=re.compile("스마트도시계획"))).to_be_visible()
    return page
