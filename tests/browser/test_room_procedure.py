"""The procedure on a proposal's page: what is missing with its clause, steps, votes, opinions; and acting on them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import violations
from browser_pages import Open, Site, keep, serving
from planned_city import CITY, build
from playwright.sync_api import Locator, Page, expect

PROPOSAL = f"/city/{CITY}/proposals/urn:ngsi-ld:Proposal:madang:mobility"
PHONE = (390, 844)


@pytest.fixture(scope="module")
def planned(cities: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city file with a proposal in the middle of its procedure."""
    path = Path(shutil.copy(cities / f"{CITY}.gpkg", tmp_path_factory.mktemp("proposed")))
    build(path)
    return path


@pytest.fixture(scope="module")
def shown(planned: Path) -> Iterator[Site]:
    """A server for the tests that only look."""
    with serving([planned]) as running:
        yield running


@pytest.fixture
def own(planned: Path, tmp_path: Path) -> Iterator[Site]:
    """A server over a copy, for a test that acts."""
    with serving([Path(shutil.copy(planned, tmp_path))]) as running:
        yield running


def test_what_stands_before_the_adoption_is_said_with_act_and_article(shown: Site, open_page: Open) -> None:
    page = open_page(shown, PROPOSAL, still=True, webgl=False)
    missing = page.get_by_role("region", name="의결 전에 풀어야 할 것 5가지")
    expect(missing).to_contain_text("국토교통부장관 승인")
    expect(missing).to_contain_text("스마트도시법 제10조제1항")
    expect(missing).to_contain_text("중요한 변경입니다")
    steps = _part(page, "절차")
    done = steps.get_by_role("listitem").filter(
        has=page.get_by_role("heading", name=re.compile("관계 행정기관의 장과 협의"))
    )
    expect(done).to_contain_text("스마트도시과-1204")
    expect(done).to_contain_text("2026. 8. 17. – 2026. 9. 11.")
    votes = _part(page, "위원회 표결")
    for words in (
        "가결",
        "찬성 4",
        "반대 1",
        "의사정족수 3명, 출석 5명",
        "소수의견",
        "운영비 추계를 먼저 보아야 합니다.",
    ):
        expect(votes).to_contain_text(words)
    opinions = _part(page, "의견")
    expect(opinions).to_contain_text("처리 전 2건")
    expect(opinions.get_by_role("listitem").filter(has_text="위례 중앙광장")).to_contain_text("127.14470, 37.47860")
    expect(page.get_by_role("button", name="의결(확정 반영)")).to_be_disabled()
    keep(page, "procedure", whole=True)
    assert violations(page) == []


@pytest.mark.parametrize("shape", [{"lang": "en-GB", "dark": True}, {"size": PHONE}], ids=["en-dark", "phone"])
def test_the_procedure_in_other_shapes(shown: Site, open_page: Open, shape: dict[str, Any]) -> None:
    page = open_page(shown, PROPOSAL, still=True, webgl=False, **shape)
    expect(page.get_by_role("heading", name=re.compile("^(Procedure|절차)$"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= shape.get("size", (1440, 900))[0]
    assert violations(page) == []
    keep(page, f"procedure-{'en-dark' if 'lang' in shape else 'phone'}", whole=True)


def test_who_may_only_read_has_nothing_to_press_and_who_may_propose_gives_opinions_only(
    shown: Site, open_page: Open
) -> None:
    page = open_page(shown, PROPOSAL, role="read", still=True, webgl=False)
    expect(_part(page, "절차")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("의견 쓰기|답글|기록$"))).to_have_count(0)
    page = open_page(shown, PROPOSAL, role="propose", still=True, webgl=False)
    expect(page.get_by_role("button", name="의견 쓰기")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("반영 여부|시작 기록"))).to_have_count(0)


def test_a_proposal_goes_through_its_steps_to_the_adoption(own: Site, open_page: Open) -> None:
    page = open_page(own, PROPOSAL, still=True, webgl=False)
    _complete(page, "국토교통부장관에게 승인 신청", on="2026-09-30", document="스마트도시과-1377")
    # Out of its order a step is refused in the server's words, and the form stays.
    dialog = _step_form(page, "공보 공고", "마침 기록")
    dialog.get_by_label("문서번호").fill("고시 1")
    dialog.get_by_label("이유").fill("먼저 적어 봅니다.")
    dialog.get_by_role("button", name="기록").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    keep(page, "procedure-refused")
    page.keyboard.press("Escape")
    _complete(page, "관계 중앙행정기관의 의견 제출", started="2026-10-01", on="2026-10-16", document="국토부-77")
    _complete(page, "국토교통부장관 승인", started="2026-10-20", on="2026-11-10", document="국토부-91")
    expect(page.get_by_role("region", name="의결 전에 풀어야 할 것 2가지")).to_be_visible()
    for words, disposition in (("시비가 150억 원", "adopted"), ("위례 중앙광장", "not-adopted")):
        card = _part(page, "의견").get_by_role("listitem").filter(has_text=words)
        card.get_by_role("button", name="반영 여부 정하기").click()
        dialog = page.get_by_role("dialog", name="반영 여부 정하기")
        dialog.get_by_label("반영 여부").select_option(disposition)
        dialog.get_by_label("이유").fill("현장을 보고 정했습니다.")
        dialog.get_by_role("button", name="반영 여부 정하기").click()
        expect(card).to_contain_text("현장을 보고 정했습니다.")
    expect(page.get_by_role("region", name="의결 전에 풀어야 할 것이 없습니다")).to_be_visible()
    page.get_by_label("결정 이유(기록에 남습니다)").fill("절차를 모두 마쳤습니다.")
    page.get_by_role("button", name="의결(확정 반영)").click()
    expect(page.locator(".merged")).to_be_visible()
    expect(page.get_by_role("region", name="의결한 뒤 할 일 1가지")).to_contain_text("공보 공고")
    keep(page, "procedure-adopted", whole=True)


def test_an_opinion_is_pinned_to_a_number_answered_and_the_proposal_put_off_and_back(
    own: Site, open_page: Open
) -> None:
    page = open_page(own, PROPOSAL, still=True, webgl=False)
    page.get_by_role("button", name="의견 쓰기").click()
    dialog = page.get_by_role("dialog", name="의견 쓰기")
    dialog.get_by_label("의견", exact=True).fill("75%의 산출 방법을 밝혀 주십시오.")
    dialog.get_by_label("무엇에 대하여").select_option("number")
    dialog.get_by_label("어느 숫자").select_option(label="30분 안에 일터에 닿는 시민 · 값")
    keep(page, "opinion-form")
    assert violations(page) == []
    dialog.get_by_role("button", name="의견 내기").click()
    card = _part(page, "의견").get_by_role("listitem").filter(has_text="산출 방법을 밝혀")
    expect(card).to_contain_text("처리 전")
    card.get_by_role("button", name="답글 쓰기").click()
    dialog = page.get_by_role("dialog", name="답글 쓰기")
    dialog.get_by_label("답글", exact=True).fill("산출 방법을 적겠습니다.")
    dialog.get_by_role("button", name="답글 쓰기").click()
    expect(card).to_contain_text("산출 방법을 적겠습니다.")
    page.get_by_role("button", name="보류…").click()
    dialog = page.get_by_role("dialog", name="보류")
    dialog.get_by_label("언제까지").fill("2027-01-15")
    dialog.get_by_label("이유").fill("재원 협의를 더 합니다.")
    dialog.get_by_role("button", name="보류").click()
    expect(page.get_by_text("2027. 1. 15.까지 보류했습니다.")).to_be_visible()
    page.get_by_label("결정 이유(기록에 남습니다)").fill("협의를 마쳤습니다.")
    page.get_by_role("button", name="다시 상정").click()
    expect(page.get_by_text("2회차")).to_be_visible()
    expect(page.get_by_text(re.compile("지난 회차의 의견 4건"))).to_be_visible()


def test_conditions_are_named_and_met_one_by_one(own: Site, open_page: Open) -> None:
    page = open_page(own, PROPOSAL, still=True, webgl=False)
    page.get_by_role("button", name="조건부 의결…").click()
    dialog = page.get_by_role("dialog", name="조건부 의결")
    dialog.get_by_label("무엇이 되어야 합니까?").fill("국비 420억 원 확보")
    dialog.get_by_label("책임자").fill("예산재정과")
    dialog.get_by_label("기한").fill("2027-06-30")
    dialog.get_by_label("이유").fill("재원을 조건으로 합니다.")
    dialog.get_by_role("button", name="조건부 의결").click()
    condition = _part(page, "의결 조건").get_by_role("listitem").filter(has_text="국비 420억 원 확보")
    expect(condition).to_contain_text("예산재정과")
    condition.get_by_role("button", name="충족 기록").click()
    dialog = page.get_by_role("dialog", name="충족 기록")
    dialog.get_by_label("문서번호").fill("기재부-12")
    dialog.get_by_label("이유").fill("교부 결정이 났습니다.")
    dialog.get_by_role("button", name="기록").click()
    expect(condition).to_contain_text("충족")
    expect(condition).to_contain_text("기재부-12")


def _part(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def _step_form(page: Page, step: str, button: str) -> Locator:
    row = (
        _part(page, "절차").get_by_role("listitem").filter(has=page.get_by_role("heading", name=re.compile(f"^{step}")))
    )
    row.get_by_role("button", name=re.compile(button)).click()
    return page.get_by_role("dialog")


def _complete(page: Page, step: str, *, on: str, document: str, started: str | None = None) -> None:
    dialog = _step_form(page, step, "마침 기록")
    if started is not None:
        dialog.get_by_label("시작한 날").fill(started)
    dialog.get_by_label("마친 날").fill(on)
    dialog.get_by_label("문서번호").fill(document)
    dialog.get_by_label("이유").fill("마쳤습니다.")
    dialog.get_by_role("button", name="기록").click()
    expect(dialog).to_have_count(0)
