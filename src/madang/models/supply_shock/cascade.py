"""Day by day: a buyer lacks an item, its stock runs down, its output falls, and its customers' stocks run down in turn.

The inventory dynamics of ARIO (Hallegatte 2008, 2014), written anew from the papers and kept to what an analyst can
check: supplies, stocks, criticality. Everything is a *lost share* of the normal day, so a day without a shock is zero
and stays zero, to the bit. On each day, for a producer p with inputs e (a restricted item, or a product made at home):

    lacking   m_e = max(0, d_e - s_e)              d_e what is not delivered, s_e the stock in days of normal use
    lost      l_p = max over e of  k_e m_e         k_e criticality: 1 stops with the input, 0 finds another at once
    stock     s_e <- max(0, s_e - d_e + l_p)       delivered - used: goods are neither made nor lost

What a producer loses today its customers lack tomorrow. A product's shortage L falls on firms by `passed_on`: in equal
parts on firms and final buyers, or on final buyers first (Hallegatte 2008 serves firms first, 2014 all in proportion).

More shock never costs less: for one restriction always, for several where all customers lack in proportion. Where firms
are served first and restrictions follow each other, what was not used early may spare a little later.

A restricted item lacks share (1 - delivered) from its start until the restriction ends or a substitute arrives, so a
buyer that lacks nothing else loses exactly k ((1-d)T - S) days (`lab.supply`). Once it comes again in full, its stock
is refilled over `restock` days. Deliveries run on when a producer stands still for another reason, and its stocks grow.

Members (alternatives, draws) are the last axis of every array and are reckoned together, in chunks that fit the cache.
Pure: knows no entity, table or city.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from madang.models.base import Context, Floats

Ints = NDArray[np.intp]
DAYS = 365
CHUNK = 128  # members reckoned together
LEAST = 1e-9  # of a day's normal use: a shortage below it is rounding
FELT = 1e-3  # of a day's normal output: above it a loss counts as still there


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Who makes what and who needs it, as shares of normal days.

    Producers P make goods G (an industry's product in a region); `weights` G x P is each producer's part of a good.
    The inputs of a producer stand in slots K: `first` and `second` K x P name the two goods an input is made of (of the
    buyer's region, of the other one); an empty slot names good number G, which never lacks. `stocked` says whether the
    input can be kept in stock, `to_firms` which part of a good firms buy.
    """

    weights: Floats
    first: Ints
    second: Ints
    stocked: NDArray[np.bool_]
    to_firms: Floats


def alone(producers: int) -> Network:
    """Producers that buy nothing of each other: only the restricted items count."""
    none = np.zeros((0, producers), dtype=np.intp)
    return Network(np.eye(producers), none, none, none.astype(bool), np.ones(producers))


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """Restricted items, one row a producer that needs one: `holder` is that producer.

    `stock` and `critical` are rows x members. `missing`, `starts` and `lasts` are restrictions x rows x members: the
    share that does not come, from which day, for how many days (until the restriction ends or a substitute is there).
    """

    holder: Ints
    stock: Floats
    critical: Floats
    missing: Floats
    starts: Floats
    lasts: Floats

    def cut(self, members: slice) -> Items:
        """The same items for some of the members."""
        parts = (one[..., members] for one in (self.stock, self.critical, self.missing, self.starts, self.lasts))
        return Items(self.holder, *parts)


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What holds for a whole member: how critical home inputs are, days of them in stock, whom a shortage hits first.

    `from_first` K x P x members is the part of an input that comes from its first good; None where all of it does.
    """

    critical: Floats
    stock: Floats
    firms_first: Floats
    restock: float
    from_first: Floats | None = None

    def cut(self, members: slice) -> Setting:
        """The same for some of the members."""
        mix = None if self.from_first is None else np.ascontiguousarray(self.from_first[..., members])
        return Setting(self.critical[members], self.stock[members], self.firms_first[members], self.restock, mix)


def idle(members: int, *, restock: float) -> Setting:
    """A setting in which nothing is passed on."""
    return Setting(np.zeros(members), np.zeros(members), np.zeros(members), restock)


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """What came of it: `lost` P x members in days of normal output, and for each row of items the day it first lacked.

    `shortage` is rows x members (DAYS where it never lacks); `peak` and `felt_until` are P x members; `by_day` is days
    x P x members where it was asked for. `item_stock`, `item_delivered` and `item_used` close the balance of goods of
    the items, `stock` is K x P x members; all in days of normal use.
    """

    lost: Floats
    shortage: Floats
    peak: Floats
    felt_until: Floats
    item_stock: Floats
    item_delivered: Floats
    item_used: Floats
    stock: Floats
    by_day: Floats | None = None


def passed_on(lost: Floats, to_firms: Floats, firms_first: Floats) -> Floats:
    """The share of a good that firms lack when a share of it is not made; final buyers lack the rest."""
    spilled = np.maximum(lost - (1 - to_firms), 0.0) / to_firms  # what final buyers cannot bear alone
    return np.asarray(lost + firms_first * (spilled - lost), dtype=np.float64)


def run(
    network: Network, items: Items, setting: Setting, *, keep_days: bool = False, ctx: Context | None = None
) -> Path:
    """The year that begins with the first restriction, for every member."""
    members = len(setting.critical)
    parts = []
    for start in range(0, members, CHUNK):
        if ctx is not None:
            ctx.check_cancelled()
            ctx.progress(start / members, "supply-shock")
        rows = slice(start, start + CHUNK)
        parts.append(_year(network, items.cut(rows), setting.cut(rows), keep_days))
    names = [name for name in Path.__slots__ if name != "by_day"]
    whole = {name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names}
    days = [part.by_day for part in parts if part.by_day is not None]
    return Path(**whole, by_day=np.concatenate(days, axis=-1) if days else None)


def _year(network: Network, items: Items, setting: Setting, keep_days: bool) -> Path:
    producers, members = network.weights.shape[1], len(setting.critical)
    stock = np.where(network.stocked[:, :, None], setting.stock, 0.0)
    held, full = items.stock.copy(), items.stock
    lost, total, peak, felt = (np.zeros((producers, members)) for _ in range(4))
    shortage = np.full(items.stock.shape, float(DAYS))
    delivered, used = np.zeros_like(held), np.zeros_like(held)
    kept = np.zeros((DAYS, producers, members)) if keep_days else None
    to_firms = network.to_firms[:, None]
    away, other = np.empty_like(stock), np.empty_like(stock)  # written again each day: no room is asked for anew
    short = np.zeros((len(network.weights) + 1, members))  # the last row is the good that never lacks
    over = float((items.starts + items.lasts).max(initial=0.0))
    quiet = True  # until the first loss nothing at home moves
    for day in range(DAYS):
        not_come = _missing(items, day)
        lacking = np.maximum(not_come - held, 0.0)
        today = np.zeros((producers, members))
        if not quiet:
            short[:-1] = passed_on(network.weights @ lost, to_firms, setting.firms_first)
            np.take(short, network.first, axis=0, out=away, mode="clip")
            if setting.from_first is not None:
                np.take(short, network.second, axis=0, out=other, mode="clip")
                away -= other
                away *= setting.from_first
                away += other
            stock -= away  # below zero is what is lacking
            np.maximum(today, setting.critical * -stock.min(axis=0, initial=0.0), out=today)
        np.maximum.at(today, items.holder, items.critical * lacking)
        if not quiet:
            stock += today
            np.maximum(stock, 0.0, out=stock)
        mine = today[items.holder]
        come = 1 - not_come + np.where(not_come > 0, 0.0, np.maximum(full - held, 0.0) / setting.restock)
        use = np.minimum(1 - mine, held + come)
        delivered += come
        used += use
        # held + come - use, written so that a normal day changes nothing: come = 1 and use = 1 cancel to the bit
        held = np.maximum(held + (come - 1) + mine, 0.0)
        np.minimum(shortage, np.where(lacking > LEAST, float(day), DAYS), out=shortage)
        total += today
        np.maximum(peak, today, out=peak)
        felt = np.where(today > FELT, day + 1.0, felt)
        if kept is not None:
            kept[day] = today
        lost = today
        quiet = quiet and not lost.any()
        if day >= over and not lost.any():
            break  # nothing is missing any more, and nothing is on its way
    return Path(total, shortage, peak, felt, held, delivered, used, stock, kept)


def _missing(items: Items, day: int) -> Floats:
    """The share of each item that does not come on a day; of restrictions at once the hardest counts."""
    if not len(items.missing):
        return np.zeros_like(items.stock)
    part = np.where(day >= items.starts, np.clip(items.starts + items.lasts - day, 0.0, 1.0), 0.0)
    return np.asarray((items.missing * part).max(axis=0))


def lost_orders(purchases: Floats, lost: Floats) -> Floats:
    """Lost shares of industries x members once suppliers also lose the orders of those who make less: an upper bound.

    `purchases[i, j]` is the part of good i that industry j buys. The greatest of what an industry cannot make and what
    nobody orders any more; suppliers of suppliers follow, until nothing changes.
    """
    whole = lost
    for _ in range(200):
        more = np.maximum(lost, np.minimum(purchases @ whole, 1.0))
        if np.abs(more - whole).max(initial=0.0) < 1e-12:
            break
        whole = more
    return np.asarray(whole)
