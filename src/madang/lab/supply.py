"""What a buyer loses when a seller delivers less: the closed form, its first day of shortage, and what options spare.

With d the share still delivered, T days of restriction, S days of stock, the stock lasts S/(1-d) days and the buyer
then lacks (1-d) of the item until the restriction ends or a substitute arrives:

    loss = criticality x (1-d) (T - S/(1-d)) / 365   of the buyer's output of one year, never below zero

The buyer alone is reckoned (strict: output falls with the item, weighed by criticality). What the buyer's customers
lose in turn, the downstream cascade, is NOT modelled here. An origin that supplies a share s of the item leaves
1 - s(1-d) of the whole. Pure: knows no store.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from madang.lab.register import CASES, Range

YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Exposure:
    """How a buyer hangs on an item of one origin; without `substitution` nothing replaces it."""

    share: Range
    criticality: Range
    stock: Range
    substitution: Range | None


@dataclass(frozen=True, slots=True)
class Loss:
    """The share of a year's output lost, and the day (counted from the start) of the first shortage; None: none."""

    share: float
    shortage_day: float | None


def whole_delivered(origin_share: float, delivered: float) -> float:
    """What is left of the whole item when its origin delivers this share."""
    return 1 - origin_share * (1 - delivered)


def direct_loss(
    delivered: float, days: float, stock: float, *, criticality: float = 1.0, substitution: float | None = None
) -> Loss:
    """The loss of a buyer who gets a share of an item for some days."""
    missing = 1 - delivered
    lasting = days if substitution is None else min(days, substitution)
    if missing <= 0 or missing * lasting <= stock:
        return Loss(0.0, None)
    return Loss(criticality * (missing * lasting - stock) / YEAR_DAYS, stock / missing)


def loss_in(exposure: Exposure, case: str, *, delivered: float, days: float) -> Loss:
    """The loss in one case; the low case takes what is kind (little share, much stock), the high case what is not."""
    other = {"low": "high", "central": "central", "high": "low"}[case]
    return direct_loss(
        whole_delivered(exposure.share.at(case), delivered),
        days,
        exposure.stock.at(other),
        criticality=exposure.criticality.at(case),
        substitution=None if exposure.substitution is None else exposure.substitution.at(case),
    )


def losses(exposure: Exposure, *, delivered: float, days: float) -> dict[str, Loss]:
    """The loss in the low, central and high case."""
    return {case: loss_in(exposure, case, delivered=delivered, days=days) for case in CASES}


def with_stock(exposure: Exposure, more: Range) -> Exposure:
    """The exposure with days of stock added."""
    s = exposure.stock
    return replace(exposure, stock=Range(s.low + more.low, s.central + more.central, s.high + more.high))


def with_substitute(exposure: Exposure, days: Range) -> Exposure:
    """The exposure where a substitute arrives after these days, or when it would have anyway if that is sooner."""
    known = exposure.substitution
    if known is None:
        return replace(exposure, substitution=days)
    return replace(exposure, substitution=Range(*(min(known.at(case), days.at(case)) for case in CASES)))


def with_second_source(exposure: Exposure, share: Range) -> Exposure:
    """The exposure where the origin supplies at most this share of the item."""
    return replace(exposure, share=Range(*(min(exposure.share.at(case), share.at(case)) for case in CASES)))


ACTS = {"stock": with_stock, "substitute": with_substitute, "second-source": with_second_source}
