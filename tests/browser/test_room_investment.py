"""The room of investment: three amounts that are never shown apart, and every act by which they move."""

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
from madang.civic.investment.register import write_register
from madang.civic.investment.register_sample import sample_register

ROOM = f"/city/{ledger_city.NAME}/-/investment"
PHONE = (390, 844)
REASON = "이유(기록에 남습니다)"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ledger_city.build(tmp_path_factory.mktemp("investment"))


@pytest.fixture(scope="module")
def invested(built: Path) -> Iterator[Site]:
    """A server over a made-up register, for tests that only look."""
    with serving([built]) as running:
        yield running


@pytest.fixture(scope="module")
def own(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server over a copy, for tests that act: each on a thing of its own."""
    with serving([Path(shutil.copy(built, tmp_path_factory.mktemp("own")))]) as running:
        yield running


def acted(page: Page, name: str | re.Pattern[str], *, submit: str = "기록") -> None:
    """Gives the reason, sends the open form, and sees it done."""
    dialog = page.get_by_role("dialog", name=name)
    dialog.get_by_label(REASON).fill("가상 사유")
    dialog.get_by_role("button", name=submit, exact=True).click()
    expect(page.get_by_text("기록했습니다.", exact=True)).to_be_visible()


def test_the_three_amounts_stand_side_by_side_and_are_marked_made_up(invested: Site, open_page: Open) -> None:
    page = open_page(invested, ROOM)
    three = page.get_by_role("region", name="협약액·단계반영액·실투자액")
    for sum_of in ("1조 3,742억 원", "8,367억 원", "3,020억 원", "6,624억 원 ~ 9,946억 원", "14개 기업은 실적 미상"):
        expect(three.get_by_text(sum_of).first).to_be_visible()
    expect(three.locator(".chip", has_text="가상")).to_have_count(3)
    expect(three.locator(".chip", has_text="가정").first).to_be_visible()
    expect(
        three.get_by_role("img", name=re.compile("세 금액.*협약액 1조 3,742억 원.*실투자액 3,020억 원"))
    ).to_be_visible()
    stages = page.locator("ol > li > button")
    expect(stages).to_have_count(6)
    # Nobody told what those who only pledged have invested: that is no zero.
    expect(stages.first).to_contain_text(re.compile("실투자액\\s*자료 없음"))
    keep(page, "investment", whole=True)
    assert violations(page) == []
    stages.nth(4).click()
    expect(page.get_by_role("table", name="가동 단계의 기업(5개사)").get_by_role("row")).to_have_count(6)


def test_a_stage_is_recorded_and_the_law_of_stages_speaks(own: Site, open_page: Open) -> None:
    page = open_page(own, ROOM)
    page.get_by_role("link", name="가상기업 01").click()
    page.get_by_role("button", name="단계 기록").click()
    dialog = page.get_by_role("dialog", name="가상기업 01의 단계 기록")
    dialog.get_by_label("단계", exact=True).select_option("operating")
    dialog.get_by_label(REASON).fill("가동(가상)")
    dialog.get_by_role("button", name="기록", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("investment.stage-skipped")
    keep(page, "stage-refused")
    dialog.get_by_label("단계", exact=True).select_option("contracted")
    dialog.get_by_label(re.compile("^계약액")).fill("20억")
    dialog.get_by_label(re.compile("^근거 문서")).fill("계약서 1(가상)")
    acted(page, "가상기업 01의 단계 기록")
    expect(page.get_by_role("table", name="변경 이력").get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("table", name="변경 이력")).to_contain_text("20억 원")


def test_a_register_is_looked_at_and_entered(tmp_path: Path, cities: Path, open_page: Open) -> None:
    write_register(tmp_path / "register.xlsx", sample_register())
    city = Path(shutil.copy(cities / "gwangyang.gpkg", tmp_path))
    with serving([city]) as own:
        page = open_page(own, "/city/gwangyang/-/investment")
        expect(page.get_by_text("자료 없음")).to_have_count(2)  # announced, and nothing more is known of it
        expect(page.get_by_text("발표된 협약 34개사")).to_be_visible()
        expect(page.get_by_text("기업별 명부가 없어")).to_be_visible()
        keep(page, "investment-announced-only")
        page.get_by_role("button", name="명부 가져오기").click()
        dialog = page.get_by_role("dialog", name="명부 가져오기")
        dialog.get_by_label("명부 파일(.xlsx, .csv)").set_input_files(tmp_path / "register.xlsx")
        dialog.get_by_label("합계를 발표한 업무협약").select_option(label="34개 기업 투자 업무협약")
        dialog.get_by_label("가상 명부입니다").check()
        dialog.get_by_role("button", name="먼저 살펴보기").click()
        expect(dialog.get_by_text("34개 기업, 협약액 1조 3,742억 원: 새로 34, 바뀜 0, 그대로 0")).to_be_visible()
        keep(page, "register-looked-at")
        dialog.get_by_label(REASON).fill("가상 명부")
        dialog.get_by_role("button", name="기록", exact=True).click()
        expect(page.get_by_role("region", name="협약액·단계반영액·실투자액")).to_contain_text("3,020억 원")
        expect(page.locator(".announced")).to_contain_text("34개사")


def test_agreements_tell_late_from_on_time_and_take_reports(own: Site, open_page: Open) -> None:
    page = open_page(own, f"{ROOM}/agreements")
    trained = page.locator(".commitments li").filter(has_text="전지 인력 양성")
    expect(trained).to_contain_text("지연")
    expect(trained).to_contain_text("보고 없음")
    expect(page.locator(".commitments li").filter(has_text="공동 시험실")).to_contain_text("기한 내")
    assert violations(page) == []
    keep(page, "agreements", whole=True)
    trained.get_by_role("button", name="실적 보고").click()
    page.get_by_role("dialog").get_by_label("실적", exact=True).fill("60")
    acted(page, re.compile("실적 보고"))
    expect(trained.get_by_role("button", name=re.compile("60명"))).to_be_visible()
    trained.get_by_role("button", name="이행 완료").click()
    page.get_by_role("dialog").get_by_label("근거 문서").fill("결과보고서(가상)")
    acted(page, re.compile("이행 완료"))
    expect(trained).to_contain_text("이행")
    expect(trained.get_by_role("button")).to_have_count(1)  # the reported number alone


def test_a_late_facility_shows_its_curve_and_what_waits_for_it(own: Site, open_page: Open) -> None:
    page = open_page(own, f"{ROOM}/facilities")
    expect(page.get_by_role("img", name=re.compile("지식산업센터.*계획 72.2%, 실제 52%, 지연 159일"))).to_be_visible()
    expect(page.get_by_text("159일 늦음")).to_be_visible()
    expect(page.get_by_text("입주기업 모집(가상)")).to_be_visible()
    keep(page, "facilities", whole=True)
    page.get_by_text("공정 기록 표로 보기").click()
    assert violations(page) == []
    page.get_by_role("button", name="진척 보고").click()
    page.get_by_role("dialog").get_by_label(re.compile("^공정률")).fill("80")
    acted(page, re.compile("진척 보고"))
    expect(page.get_by_text(re.compile("일 빠름|계획대로")).first).to_be_visible()


def test_an_overdue_permit_is_counted_and_granted(own: Site, open_page: Open) -> None:
    page = open_page(own, f"{ROOM}/permits")
    factory = page.locator(".permits > li").filter(has_text="공장설립 승인")
    expect(factory.get_by_text(re.compile(r"\d+일 초과"))).to_be_visible()
    expect(factory).to_contain_text("민원 처리에 관한 법률 제19조제2항")
    assert violations(page) == []
    keep(page, "permits", whole=True)
    factory.get_by_role("button", name="허가", exact=True).click()
    acted(page, re.compile("^허가: "), submit="허가")
    expect(factory).to_contain_text("기한 초과")
    expect(factory.get_by_role("button")).to_have_count(0)


def test_a_call_ranks_tasks_and_names_what_is_missing(own: Site, open_page: Open) -> None:
    page = open_page(own, f"{ROOM}/calls")
    table = page.get_by_role("table", name="맞는 과제 2개")
    first = table.get_by_role("row", name=re.compile("1. 수요응답 버스"))
    for told in ("스마트도시계획 확정", "지방비 확보", "5억 원 부족", "30 / 50"):
        expect(first).to_contain_text(told)
    keep(page, "calls", whole=True)
    assert violations(page) == []
    first.get_by_role("button", name="신청 준비").click()
    page.get_by_role("dialog").get_by_label(re.compile("창의성")).fill("40")
    acted(page, re.compile("공모 신청 준비"), submit="신청 준비")
    expect(first).to_contain_text("작성 중")
    expect(first).to_contain_text("70 / 100")


EVERY = ("", "/agreements", "/facilities", "/permits", "/calls")


@pytest.mark.parametrize(
    ("shape", "parts"),
    [({"lang": "en-GB"}, EVERY[:1]), ({"size": PHONE}, EVERY), ({"dark": True}, EVERY[1:])],
    ids=["en", "phone", "dark"],
)
def test_it_stands_in_every_shape(
    invested: Site, open_page: Open, shape: dict[str, Any], parts: tuple[str, ...]
) -> None:
    page = open_page(invested, ROOM, still=True, **shape)
    for part in parts:
        page.goto(f"{invested.url}{ROOM}{part}")
        expect(page.locator("main .tools")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if "size" in shape and not part:
            keep(page, "investment-phone", whole=True)


def test_an_alternative_takes_what_is_planned_and_nothing_that_happened(
    built: Path, tmp_path: Path, open_page: Open
) -> None:
    copy = Path(shutil.copy(built, tmp_path))
    with madang.open(copy) as city:
        city.fork("later", title={"ko": "늦춘 안", "en": "Later"}, reason="가상", by="소윤")
    with serving([copy]) as own:
        page = open_page(own, f"/city/{ledger_city.NAME}/later/-/investment/facilities", role="propose")
        expect(page.get_by_role("button", name="진척 보고")).to_have_count(0)
        page.get_by_role("button", name="계획 공정 정하기").click()
        page.get_by_role("dialog").get_by_label("날짜와 누계 공정률").fill("2025-01-01 0\n2027-12-31 100")
        acted(page, re.compile("계획 공정"))
        expect(page.get_by_text(re.compile("일 늦음|일 빠름")).first).not_to_have_text("159일 늦음")


def test_who_may_only_read_records_nothing(invested: Site, open_page: Open) -> None:
    page = open_page(invested, f"{ROOM}/permits", role="read")
    expect(page.locator(".permits > li").first).to_be_visible()
    expect(page.get_by_role("button", name="허가", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="인허가 신청 등록")).to_have_count(0)
