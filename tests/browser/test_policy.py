"""A policy from the first screen to the decision: make an alternative, propose, read, decide."""

from __future__ import annotations

import re

from browser_pages import GWANGYANG, SEONGNAM, Open, Site, figures, keep, picture
from playwright.sync_api import Page, expect


def test_making_an_alternative_opens_it(own_site: Site, open_page: Open) -> None:
    page = open_page(own_site, GWANGYANG)
    figures(page)
    page.get_by_role("button", name="안 만들기").click()
    dialog = page.get_by_role("dialog", name="안 만들기")
    dialog.get_by_label("안 이름").fill("수소 먼저안")
    expect(dialog.get_by_label("주소에 쓸 짧은 이름")).to_have_value("suso-meonjeoan")
    dialog.get_by_label("이유").fill("수소 시설을 먼저 지으면 어떻게 되는지 봅니다.")
    keep(page, "new-alternative")
    dialog.get_by_role("button", name="안 만들기").click()
    expect(page).to_have_url(f"{own_site.url}/city/gwangyang/suso-meonjeoan")
    expect(page.get_by_role("link", name="수소 먼저안")).to_have_attribute("aria-current", "page")


def test_a_name_that_is_taken_is_refused_gently(own_site: Site, open_page: Open) -> None:
    page = open_page(own_site, GWANGYANG)
    figures(page)
    page.get_by_role("button", name="안 만들기").click()
    dialog = page.get_by_role("dialog", name="안 만들기")
    dialog.get_by_label("안 이름").fill("다시")
    dialog.get_by_label("주소에 쓸 짧은 이름").fill("battery-hydrogen")
    expect(dialog.get_by_text("이미 쓰는 이름입니다")).to_be_visible()
    dialog.get_by_label("이유").fill("겹치는 이름입니다.")
    dialog.get_by_role("button", name="안 만들기").click()
    expect(dialog.get_by_role("alert")).to_be_visible()


def test_a_policy_is_proposed_read_and_adopted(own_site: Site, open_page: Open) -> None:
    page = _proposed(own_site, open_page, webgl=True)
    expect(page.get_by_text("상정", exact=True).first).to_be_visible()
    for part in ("변경 대비표", "현행과 안의 지표", "점검", "결정", "변경 기록"):
        expect(page.get_by_role("heading", name=part, exact=True)).to_be_visible()
    expect(page.get_by_role("article").first).to_be_visible()
    # Codes are said in words: sectors of a split, kinds of facilities.
    expect(page.get_by_role("cell", name=re.compile("정보기술 서비스 25%"))).to_be_visible()
    expect(page.get_by_role("cell", name="설계지원센터", exact=True)).to_be_visible()
    picture(page)
    expect(page.locator(".labels .changed").first).to_be_visible()
    keep(page, "proposal", whole=True)
    page.get_by_label("결정 이유(기록에 남습니다)").fill("자리와 효과를 확인했습니다.")
    page.get_by_role("button", name="의결(확정 반영)").click()
    expect(page.locator(".merged")).to_have_text(re.compile(r"확정 반영되었습니다\s*변경 기록 \d+번"))
    expect(page.locator(".merged code")).to_have_text(re.compile("^[0-9a-f]{64}$"))
    expect(page.get_by_role("button", name="의결(확정 반영)")).to_be_hidden()
    picture(page)
    keep(page, "adopted", whole=True)
    page.get_by_role("link", name="변경 기록 보기").click()
    expect(page.get_by_role("cell", name=re.compile("자리와 효과를 확인했습니다"))).to_be_visible()
    keep(page, "log")


def test_a_sliders_value_is_kept_in_the_alternative_and_its_proposal_says_so(own_site: Site, open_page: Open) -> None:
    page = open_page(own_site, GWANGYANG, role="propose")
    panel = figures(page)
    keep_it = panel.get_by_role("button", name="이 값을 안에 저장")
    slider = panel.get_by_role("slider").first
    expect(slider).to_be_visible()
    expect(keep_it).to_have_count(0)
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    chosen = panel.get_by_role("status").locator("xpath=..").locator("output").inner_text()
    keep_it.click()
    dialog = page.get_by_role("dialog", name="이 값을 안에 저장")
    expect(dialog.get_by_text("1조 3,742억 원은 발표된 값입니다")).to_be_visible()
    expect(dialog.get_by_text("이 안은 이미 상정되어 있습니다")).to_be_visible()
    dialog.get_by_label("이유").fill("협약이 한 건 더 맺어지는 경우를 봅니다.")
    keep(page, "keep-value")
    dialog.get_by_role("button", name="저장").click()
    expect(panel.get_by_text("안에 저장하고 다시 돌려 보았습니다")).to_be_visible()
    expect(panel.get_by_text("미리보기")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{chosen}(가정)")
    # A recorded figure again: it opens its 산출근거.
    expect(panel.get_by_role("region", name="계산한 답").get_by_role("button")).to_be_visible()
    keep(page, "value-kept")
    page.get_by_role("link", name="안건 보기").click()
    expect(page.get_by_text(re.compile("상정.*뒤.*바뀌"))).to_be_visible()
    page.goto(f"{own_site.url}{GWANGYANG}/log")
    expect(page.get_by_role("cell", name=re.compile("협약이 한 건 더 맺어지는 경우를 봅니다"))).to_be_visible()


def test_a_slider_of_somebody_who_may_only_read_keeps_nothing(site: Site, open_page: Open) -> None:
    page = open_page(site, GWANGYANG, role="read")
    panel = figures(page)
    panel.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_text("미리보기입니다. 기록되지 않았습니다.")).to_be_visible()
    expect(panel.get_by_role("button", name="이 값을 안에 저장")).to_have_count(0)


def test_a_policy_can_be_refused_and_nothing_is_merged(own_site: Site, open_page: Open) -> None:
    page = _proposed(own_site, open_page)
    refuse = page.get_by_role("button", name="부결")
    refuse.click()  # without a reason nothing is sent
    expect(refuse).to_be_enabled()
    page.get_by_label("결정 이유(기록에 남습니다)").fill("자료를 더 모은 뒤에 다시 봅니다.")
    refuse.click()
    expect(page.locator("h1").get_by_text("부결")).to_be_visible()
    expect(page.locator(".merged")).to_have_count(0)
    page.goto(f"{own_site.url}/city/seongnam/proposals")
    expect(page.get_by_text("부결")).to_be_visible()


def test_the_proposal_page_stands_on_a_phone_in_the_dark(own_site: Site, open_page: Open) -> None:
    address = _proposed(own_site, open_page).url.removeprefix(own_site.url)
    page = open_page(own_site, address, size=(390, 844), dark=True, webgl=True)
    expect(page.get_by_role("heading", name="변경 대비표")).to_be_visible()
    picture(page)
    keep(page, "proposal-phone-dark", whole=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_who_may_only_read_sees_everything_and_changes_nothing(site: Site, open_page: Open) -> None:
    page = open_page(site, GWANGYANG, role="read")
    expect(figures(page).get_by_text("불확실 범위").first).to_be_visible()
    expect(page.get_by_text("열람", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="안 만들기")).to_have_count(0)
    page.goto(f"{site.url}/city/gwangyang/proposals")
    page.locator("main .proposals li a").first.click()
    expect(page.get_by_text("의결 권한이 있는 사람이 이 안건을 결정합니다.")).to_be_visible()
    expect(page.get_by_role("button", name="의결(확정 반영)")).to_have_count(0)


def test_who_may_propose_does_not_decide(site: Site, open_page: Open) -> None:
    page = open_page(site, f"{GWANGYANG.rsplit('/', 1)[0]}/proposals", role="propose")
    page.locator("main .proposals li a").first.click()
    expect(page.get_by_text("의결 권한이 있는 사람이 이 안건을 결정합니다.")).to_be_visible()


def _proposed(site: Site, open_page: Open, *, webgl: bool = False) -> Page:
    """The page of a proposal just put up from its alternative's page."""
    page = open_page(site, SEONGNAM, webgl=webgl)
    figures(page)
    page.get_by_role("button", name="상정").click()
    dialog = page.get_by_role("dialog", name="안건으로 상정")
    dialog.get_by_label("이유").fill(
        "판교에 설계지원·시험·인재양성 시설을 함께 지으면 지역에 얼마가 남는지 보고 정하려 합니다."
    )
    dialog.get_by_role("button", name="상정").click()
    expect(page).to_have_url(re.compile("/city/seongnam/proposals/urn:ngsi-ld:Proposal:"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page
