"""The pages of clusters: what an officer reads there, and what she records."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import cluster_content
import pytest
from axe import violations
from browser_pages import Open, Site, keep, serving
from playwright.sync_api import Page, expect

ROOM = "/city/seongnam/-/clusters"
PAGE = f"{ROOM}/{cluster_content.CLUSTER}"
PHONE = (390, 844)
REASON = "이유(기록에 남습니다)"


@pytest.fixture(scope="module")
def built(cities: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clusters")
    path = Path(shutil.copy(cities / "seongnam.gpkg", folder))
    cluster_content.clusters(path, folder)
    return path


@pytest.fixture(scope="module")
def clustered(built: Path) -> Iterator[Site]:
    """A server over a made-up cluster, on which each test records things of its own."""
    with serving([built]) as running:
        yield running


def tab(page: Page, name: str) -> None:
    """Opens a part of the page."""
    page.get_by_role("tab", name=re.compile(f"^{name}")).click()


def acted(page: Page, name: str | re.Pattern[str], submit: str = "기록") -> None:
    """Gives the reason, sends the open form, and sees it done."""
    dialog = page.get_by_role("dialog", name=name)
    dialog.get_by_label(REASON).fill("가상 사유")
    dialog.get_by_role("button", name=submit, exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("기록했습니다.", exact=True)).to_be_visible()


def test_the_list_says_what_each_cluster_has_and_lacks(clustered: Site, open_page: Open) -> None:
    page = open_page(clustered, ROOM)
    rich = page.locator(".cards li", has=page.get_by_role("link", name="가상 판교 팹리스"))
    expect(rich.get_by_text("920억 원")).to_be_visible()
    expect(rich.get_by_text("빈 단계: 장비")).to_be_visible()
    bare = page.locator(".cards li", has=page.get_by_role("link", name="가상 바이오헬스"))
    expect(bare.get_by_text("이 클러스터의 기업 명부가 담겨 있지 않음")).to_be_visible()
    expect(page.get_by_text("새봄테크(가상)")).to_be_visible()
    expect(page.get_by_text("1. 감광액(가상) (HS 370790)")).to_be_visible()
    keep(page, "clusters-list", whole=True)
    rich.get_by_role("link", name="가상 판교 팹리스").click()
    expect(page.get_by_role("heading", level=1, name="가상 판교 팹리스")).to_be_visible()


def test_one_page_tells_everything_in_parts(clustered: Site, open_page: Open) -> None:
    page = open_page(clustered, PAGE)
    expect(page.get_by_text("14명 부족").first).to_be_visible()
    # A figure that was counted says how; an unknown one says why, and is no zero.
    page.get_by_role("button", name=re.compile("경계 안 비중")).click()
    expect(page.get_by_role("note")).to_contain_text("위치가 있는 기업 14개 가운데 12개가 경계 안")
    expect(page.get_by_text("이 단계에 선 기업이 없습니다")).to_be_visible()
    chart = page.get_by_role("figure").filter(has=page.get_by_role("heading", name=re.compile("^지도")))
    expect(chart.locator("svg g.firm")).to_have_count(12)
    chart.get_by_role("button", name="표로 보기").click()
    expect(chart.get_by_role("row").filter(has_text="타래패키지(가상)")).to_contain_text("경계 밖")
    keep(page, "clusters-page", whole=True)
    assert violations(page) == []

    page.get_by_role("button", name="9개사").click()  # the firms of the first stage
    rows = page.get_by_role("region", name="기업 명부").get_by_role("row")
    expect(rows).to_have_count(10)
    expect(rows.filter(has_text="사린전력칩(가상)")).to_contain_text("자료 없음")
    page.get_by_label("공급망 단계").select_option("")
    page.get_by_label("위치").select_option("unplaced")
    expect(rows).to_have_count(2)

    # Every other part, by the arrow keys from tab to tab.
    page.get_by_role("tab", name=re.compile("^기업")).focus()
    for name, words in (
        ("시설·대학", "보고된 공정률 없음"),
        ("협약", "제때 완료"),
        ("투자", "2개 기업은 실적 미상"),
        ("인재", "2027: 14명 부족 · 2028: 39명 부족 · 2029: 69명 부족"),
        ("공급·급소", "2025년 통관 자료로는 82.2%"),
        ("지표", "변이할당 2020~2023년, 종사자"),
        ("시계열", "이행과제 기한 (기한 지남)"),
        ("관계망", "이어 주는 힘이 큰 18곳"),
        ("발표·약속", "가장 가까운 다른 값"),
    ):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=re.compile(f"^{name}"))).to_be_focused()
        expect(page.get_by_role("tabpanel").get_by_text(words).first).to_be_visible()
    assert page.url.endswith("#claims")


def test_an_officer_classifies_ties_counts_and_adds(clustered: Site, open_page: Open) -> None:
    page = open_page(clustered, ROOM)
    page.get_by_role("button", name="새봄테크(가상)의 산업과 단계 적기").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("산업분류코드").fill("J26")
    dialog.get_by_label("공급망 단계").select_option("equipment")
    dialog.get_by_label("소속 클러스터").select_option(label="가상 판교 팹리스")
    dialog.get_by_label(REASON).fill("가상 조사")
    dialog.get_by_role("button", name="기록", exact=True).click()
    # The server's own sentence, and the form stays.
    expect(dialog.get_by_role("alert")).to_contain_text("중분류 26은(는) 대분류 C에 속합니다")
    dialog.get_by_label("산업분류코드").fill("C29271")
    dialog.get_by_role("button", name="기록", exact=True).click()
    expect(page.get_by_text("기록했습니다.", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="새봄테크(가상)의 산업과 단계 적기")).to_have_count(0)

    page.get_by_role("link", name="가상 판교 팹리스").click()
    equipment = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="장비", exact=True))
    expect(equipment).to_contain_text("새봄테크(가상)")

    tab(page, "공급·급소")
    page.get_by_role("button", name="대응책", exact=True).nth(1).click()
    page.get_by_role("dialog").get_by_label("이름").fill("재고 100일(가상)")
    page.get_by_role("dialog").get_by_label("값").fill("160")
    acted(page, re.compile("대응책 더하기"))
    expect(page.get_by_text("재고 100일(가상)")).to_be_visible()

    tab(page, "시계열")
    page.get_by_role("button", name="집계값 기록").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("값", exact=True).fill("41")
    dialog.get_by_label("기간").fill("2026")
    dialog.get_by_label("출처 자료").select_option(cluster_content.REGISTER)
    acted(page, "집계값 기록")
    expect(page.get_by_role("tabpanel").get_by_text("2026년 41")).to_be_visible()

    tab(page, "인재")
    page.get_by_role("button", name="수요 더하기").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("직무 분야").fill("회로설계")
    dialog.get_by_label("연도").fill("2030")
    dialog.get_by_label("필요 인원").fill("70 ~ 80 ~ 95")
    acted(page, "수요 더하기")
    expect(page.get_by_role("tabpanel").get_by_text(re.compile("2030: 1명 남음")).first).to_be_visible()

    tab(page, "협약")
    page.get_by_role("button", name="협약 잇기").click()
    page.get_by_role("dialog").get_by_label("업무협약", exact=True).select_option(
        label="시스템반도체 클러스터 조성 협약"
    )
    acted(page, re.compile("업무협약 잇기"), submit="잇기")
    tied = page.locator("article", has_text="시스템반도체 클러스터 조성 협약")
    tied.get_by_role("button", name="끊기").click()
    acted(page, re.compile("끊기"), submit="끊기")
    expect(tied).to_have_count(0)


def test_a_new_cluster_is_made_and_a_reader_sees_no_buttons(clustered: Site, open_page: Open) -> None:
    page = open_page(clustered, ROOM)
    page.get_by_role("button", name="클러스터 만들기").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("이름", exact=True).fill("가상 수소")
    dialog.get_by_label("전략산업").select_option(label="수소")
    dialog.get_by_label("산업분류코드").fill("C20, D35")
    dialog.get_by_label("경계(GeoJSON)").fill('{"type": "Point", "coordinates": [127.1, 37.4]}')
    dialog.get_by_label("경계 이름").fill("가상 구역")
    dialog.get_by_label(REASON).fill("가상 전략")
    dialog.get_by_role("button", name="기록", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("닫힌 Polygon")
    dialog.get_by_label("경계(GeoJSON)").fill("")
    dialog.get_by_label("경계 이름").fill("")
    dialog.get_by_role("button", name="기록", exact=True).click()
    expect(page.get_by_role("link", name="가상 수소", exact=True)).to_be_visible()

    reader = open_page(clustered, PAGE, role="read")
    for name in ("한눈에", "기업", "협약", "인재", "공급·급소", "시계열", "발표·약속"):
        tab(reader, name)
        expect(
            reader.get_by_role("button", name=re.compile("잇기$|더하기$|적기$|기록$|^끊기|다시 세기|찾기$"))
        ).to_have_count(0)


def test_it_works_on_a_phone_in_the_dark_and_in_english(clustered: Site, open_page: Open) -> None:
    page = open_page(clustered, f"{PAGE}", size=PHONE, dark=True, still=True)
    expect(page.get_by_role("heading", name="공급망 단계")).to_be_visible()
    for name in ("한눈에", "공급·급소", "관계망"):
        tab(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0], name
    keep(page, "clusters-phone-dark", whole=True)
    assert violations(page) == []
    english = open_page(clustered, PAGE, lang="en-US")
    expect(english.get_by_text("14 people short").first).to_be_visible()
    expect(english.get_by_role("heading", name="The supply chain")).to_be_visible()
