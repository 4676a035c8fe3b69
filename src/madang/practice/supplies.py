"""What the two clusters need from abroad, and an alternative that asks what a ban would do and what spares the loss.

The three items of the ban are those of the export restriction of 2019; shares, stocks and options are invented. Rows of
trade are loaded too (made up), so each share is also computed from them and shown beside the one that stands here.
"""

from __future__ import annotations

from dataclasses import dataclass

from madang.city import City
from madang.practice.days import ANALYST, on, said
from madang.practice.ground import MADE_UP
from madang.practice.industry import BATTERY, PACKAGING

BRANCH = "export-restriction"
WHY = "2019년과 같은 수출 제한이 오면 언제부터 모자라는가(가상)"
Share = dict[str, float]


@dataclass(frozen=True)
class Item:
    """One item: what it is, who supplies how much of it, how long the buyer can do without."""

    item: dict[str, str]
    hs: str
    origin: str
    share: Share
    stock_days: Share
    substitution_days: Share | None
    criticality: Share
    substitutes: tuple[str, ...]
    buyer: str
    output: int
    cluster: str


def three(low: float, central: float, high: float) -> Share:
    """A chosen value with its ends."""
    return {"low": low, "central": central, "high": high}


ITEMS = (
    Item(
        said("포토레지스트(가상 값)", "Photoresist (made-up values)"), "370790", "일본", three(0.75, 0.81, 0.9),
        three(30, 45, 70), three(240, 330, 420), three(0.7, 0.9, 1.0), (), "나래범프(가상)", 96_000_000_000, PACKAGING,
    ),
    Item(
        said("불화수소(가상 값)", "Hydrogen fluoride (made-up values)"), "281111", "일본", three(0.3, 0.37, 0.5),
        three(20, 40, 60), three(90, 150, 240), three(0.5, 0.7, 0.9), ("노을몰드(가상)",), "가든패키징(가상)",
        210_000_000_000, PACKAGING,
    ),
    Item(
        said("플루오린 폴리이미드(가상 값)", "Fluorinated polyimide (made-up values)"), "392099", "일본",
        three(0.85, 0.93, 0.97), three(45, 75, 120), three(120, 200, 300), three(0.2, 0.35, 0.5),
        ("새길파우치(가상)",), "라솔기판(가상)", 118_000_000_000, PACKAGING,
    ),
    Item(
        said("수산화리튬(가상 값)", "Lithium hydroxide (made-up values)"), "282520", "중국", three(0.78, 0.84, 0.9),
        three(20, 35, 50), None, three(0.8, 0.95, 1.0), ("다솜리튬(가상)",), "나린양극(가상)", 164_000_000_000, BATTERY,
    ),
    Item(
        said("천연 흑연(가상 값)", "Natural graphite (made-up values)"), "250410", "중국", three(0.9, 0.94, 0.97),
        three(30, 60, 90), three(180, 270, 365), three(0.6, 0.8, 0.95), (), "라온음극(가상)", 88_000_000_000, BATTERY,
    ),
)  # fmt: skip


def depend(city: City) -> None:
    """The register of dependencies on 현행, and the restriction with its options as an alternative."""
    with on("2026-07-13"):
        made = [_add(city, row) for row in ITEMS]
    with on("2026-11-02"):
        title = said("공급망 대응안(가상)", "Supplies: ban and options (made up)")
        there = city.fork(BRANCH, title=title, reason=WHY, by=ANALYST)
        door = there.clusters.dependencies
        for id, delivered, probability in zip(made, (0.2, 0.3, 0.2), (0.04, 0.06, 0.04), strict=False):
            door.restrict(
                id, starts_on="2027-07-01", days=180, delivered=delivered,
                probability=three(probability / 2, probability, probability * 2), reason=WHY,
                by=ANALYST,
            )  # fmt: skip
        resist, fluoride, polyimide, *_ = made
        for id, name, kind, value, cost in (
            (resist, said("공동 비축 60일(가상)", "Shared stock, 60 days (made up)"), "stock", 60, 4_800_000_000),
            (
                resist,
                said("국산 대체 인증(가상)", "Qualify a domestic maker (made up)"),
                "substitute",
                {"low": 90, "central": 150, "high": 240},
                9_500_000_000,
            ),
            (
                fluoride,
                said("수입선 다변화(가상)", "Second source (made up)"),
                "second-source",
                {"low": 0.15, "central": 0.2, "high": 0.3},
                1_200_000_000,
            ),
            (polyimide, said("재고 30일 더(가상)", "30 more days of stock (made up)"), "stock", 30, 700_000_000),
        ):
            door.add_option(id, name=name, kind=kind, value=value, cost_krw=cost, reason=WHY, by=ANALYST)
        for where in (city, there):  # nothing is lost without a ban: the difference says so
            where.run("supply-shock", by=ANALYST)


def _add(city: City, one: Item) -> str:
    made = city.clusters.dependencies.add(
        item=one.item, hs=one.hs, origin=one.origin, origin_share=one.share, stock_days=one.stock_days,
        substitution_days=one.substitution_days, criticality=one.criticality, substitutes=one.substitutes,
        buyer=one.buyer, industry="electronics", cluster=one.cluster, yearly_output_krw=one.output, source=MADE_UP,
        reason="공급 의존 조사(가상)", by=ANALYST,
    )  # fmt: skip
    return str(made["id"])
