"""Keeping: how long readings stay in the city file, and how long they stay at all.

What somebody decided stands in the hub's book (kind "history", id "keep") and so in the log: from when on readings move
out of the file (`hot_s`, at most `most` rows stay), and rules by type and attribute: raw for so long, then hourly means
for so long, then nothing. The first rule that fits a reading counts; where none fits, readings stay for good.

Dropping is an act of its own in the chain (kind "retention"), and says how many readings of which span went, by which
rules, and out of which files (`md_gone`). The transactions that recorded them still verify as links; that their
readings are gone by rule is told apart from damage. A mean is of the readings as last recorded; of what is no number,
an hour keeps the last. Whole days go at a time, counted in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from madang.errors import CallerError
from madang.store import checking_history, delta, segments
from madang.store.branches import MAIN
from madang.store.compaction import LARGE_ROWS, STEP_ROWS, Mover, horizon_for
from madang.store.hubbook import Kind
from madang.store.names import types_in
from madang.store.rows import first
from madang.store.segments import KEY, SCHEMA, Segment
from madang.store.transaction import from_micros

if TYPE_CHECKING:
    from madang.store.store import Store

KIND: Kind = "history"
ID = "keep"
HOT_S, MOST_ROWS = 48 * 3600, 5_000_000
HOUR_S, DAY_S = 3600, 86_400
SETTLED_S = 30  # what was just recorded stays for those who follow
AIM_S = 0.02  # of the transaction that other writes wait for
LEAST_ROWS = 500
_SECOND = 1_000_000
_UNITS = {"m": 60, "h": HOUR_S, "d": DAY_S, "w": 7 * DAY_S, "mo": 30 * DAY_S, "y": 365 * DAY_S}


@dataclass(frozen=True, slots=True)
class Rule:
    """How long readings of a type and attribute stay; names may hold `*`, None stands for good."""

    type: str = "*"
    attribute: str = "*"
    raw_s: int | None = None
    hourly_s: int | None = 0  # after raw_s


@dataclass(frozen=True, slots=True)
class Keep:
    """What is kept where."""

    hot_s: int = HOT_S
    most: int = MOST_ROWS
    rules: tuple[Rule, ...] = ()

    def as_doc(self) -> dict[str, Any]:
        """As the hub's book holds it."""
        return {"hot_s": self.hot_s, "most": self.most, "rules": [asdict(rule) for rule in self.rules]}


@dataclass(frozen=True, slots=True)
class Dropped:
    """What one pass of the rules did."""

    readings: int = 0
    means: int = 0
    transaction: int | None = None


def seconds(text: str) -> int:
    """A span such as 48h, 30d, 24mo, 2y in seconds; a month has 30 days."""
    found = re.fullmatch(r"(\d+)(m|h|d|w|mo|y)", text.strip())
    if found is None or not int(found[1]):
        raise CallerError("history.bad-span", found=text)
    return int(found[1]) * _UNITS[found[2]]


def kept(store: Store) -> Keep | None:
    """What was decided, or None while everything stays in the file."""
    found = store.entry(KIND, ID)
    return None if found is None else from_doc(found.doc)


def from_doc(doc: dict[str, Any]) -> Keep:
    """What the hub's book holds."""
    rules = tuple(Rule(**rule) for rule in doc.get("rules", ()))
    return Keep(int(doc["hot_s"]), int(doc.get("most", MOST_ROWS)), rules)


def keep(store: Store, decided: Keep | None, *, actor: str, reason: str) -> None:
    """Decide; None ends it: what has moved out stays out, and nothing more moves."""
    if decided is not None:
        delta.require()
        _check(decided)
    with store.transact(actor=actor, reason=reason) as tx:
        if decided is None:
            tx.remove_entry(KIND, ID)
        else:
            tx.put_entry(KIND, ID, decided.as_doc())


def with_rule(decided: Keep, rule: Rule) -> Keep:
    """The decision with a rule more, in the place of one for the same names; the more exact stand first."""
    names = (rule.type, rule.attribute)
    rest = [one for one in decided.rules if (one.type, one.attribute) != names]
    ordered = sorted([*rest, rule], key=lambda one: ("*" in one.type) + ("*" in one.attribute))
    return replace(decided, rules=tuple(ordered))


def _check(decided: Keep) -> None:
    if decided.hot_s < HOUR_S or decided.most < 1:
        raise CallerError("history.too-little-hot")
    for rule in decided.rules:
        if rule.raw_s is not None and rule.raw_s < decided.hot_s:
            raise CallerError("history.raw-shorter-than-hot", type=rule.type, attribute=rule.attribute)


# --- the rules at work -----------------------------------------------------------------------------------------------


def apply(mover: Mover, rules: Sequence[Rule], now: int, *, actor: str = "madang") -> Dropped:
    """Let the rules do what is due in one part of the history, in one transaction; readings 0: nothing is due."""
    delta.require()
    if all(rule.raw_s is None for rule in rules):
        return Dropped()
    with mover.turn:
        mover.recover()
        chosen = _due_part(mover, rules, now)
        if not chosen:
            return Dropped()
        done: dict[str, Any] = {}

        def make(tables: list[pa.Table]) -> pa.Table:
            whole = segments.sorted_rows(tables)
            made, gone = _thinned(whole, rules, now)
            done["readings"] = len(gone)
            done["means"] = len(made) - made.column("mean_s").null_count
            at = gone.column("observed_at").cast(pa.int64())
            done["span"] = [from_micros(pc.min(at).as_py()).isoformat(), from_micros(pc.max(at).as_py()).isoformat()]
            done["transactions"] = checking_history.pack(np.unique(gone.column("tx").to_numpy()))
            return made

        def in_a_transaction(exchange: Any) -> None:
            files = orjson.dumps([[one.path, one.sha256, one.rows] for one in chosen]).decode()
            record = checking_history.gone_record(done["readings"], files, done["transactions"])
            said = {"rules": [asdict(rule) for rule in rules], "rows": done["readings"], "span": done["span"],
                    "record": record}  # fmt: skip
            facts = {"history": said}
            with mover.store._act(MAIN, actor=actor, reason="retention", kind="retention", facts=facts) as tx:
                exchange(tx._db)
                gone = (tx.number, done["readings"], files, done["transactions"])
                tx._db.execute("INSERT INTO md_gone(tx, rows, segments, transactions) VALUES(?, ?, ?, ?)", gone)
                done["transaction"] = tx.number

        mover.rewrite(chosen, make, beside=in_a_transaction)
        return Dropped(done["readings"], done["means"], done["transaction"])


class Keeper:
    """Does what was decided for one city, one small step after another."""

    def __init__(self, store: Store, *, rows: int = STEP_ROWS, actor: str = "madang") -> None:
        self._mover = Mover(store)
        self._rows = rows
        self._actor = actor
        self._ruled_on: int | None = None  # the day, for the rules go by days
        self._began = False

    def step(self, now: int, *, settled_s: int = SETTLED_S, hurry: bool = False) -> int:
        """Do one thing that is due and say how many readings it was about; 0: nothing is due.

        What was recorded within the last `settled_s` stays. In a hurry a step takes as many rows as it likes; otherwise
        it takes fewer when other writes had to wait for it.
        """
        decided = kept(self._mover.store)
        if not self._began:
            self._mover.recover()
            self._began = True
        if decided is None:
            return 0
        with self._mover.store._readers.reading() as db:
            before = horizon_for(db, now - decided.hot_s * _SECOND, decided.most)
            settled = first(db, "SELECT max(number) FROM md_tx WHERE at <= ?", (now - settled_s * _SECOND,))
        moved = self._mover.move(before, recorded_upto=(settled or (0,))[0] or 0, most=self._rows)
        if moved:
            if not hurry:
                self._adapt(moved)
            return moved
        if merged := self._mover.merge(all_small=hurry):
            return merged
        day = now // (DAY_S * _SECOND)
        if self._ruled_on == day:
            return 0
        dropped = apply(self._mover, decided.rules, now, actor=self._actor).readings
        if not dropped:
            self._ruled_on = day
        return dropped

    def _adapt(self, moved: int) -> None:
        if self._mover.held_s > AIM_S:
            self._rows = max(LEAST_ROWS, moved // 2)
        elif self._mover.held_s < AIM_S / 4:
            self._rows = min(STEP_ROWS, self._rows * 2)


def _due_part(mover: Mover, rules: Sequence[Rule], now: int) -> list[Segment]:
    """The oldest segment in which something is due, with those that hold readings of the same span."""
    with mover.store._readers.reading() as db:
        found = sorted(segments.listed(db), key=lambda one: one.first)
    latest = max((_before(rule, now)[0] for rule in rules), default=0)
    for n, one in enumerate(found):
        if one.first >= latest:
            break
        with segments.Reader(mover.folder / one.path) as reader:
            table = reader.table(range(len(reader.groups)), ["entity_type", "attr", "observed_at", "mean_s"])
        if not _due(table, rules, now).any():
            continue
        chosen, rows = [one], one.rows
        hour = one.first - one.first % (HOUR_S * _SECOND)
        for other in [*found[:n], *found[n + 1 :]]:
            beside = other.last >= hour and other.first < min(one.last + 1, latest)
            if beside and rows + other.rows <= 4 * LARGE_ROWS:
                chosen.append(other)
                rows += other.rows
        return chosen
    return []


def _before(rule: Rule, now: int) -> tuple[int, int]:
    """Before which moments readings, and means, of a rule are due; whole days, so a segment is rewritten once a day."""
    never = -(2**62)
    if rule.raw_s is None:
        return never, never
    day = DAY_S * _SECOND
    raw = (now - rule.raw_s * _SECOND) // day * day
    means = never if rule.hourly_s is None else (now - (rule.raw_s + rule.hourly_s) * _SECOND) // day * day
    return raw, means


def _bounds(table: pa.Table, rules: Sequence[Rule], now: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """For each row, before which moment its kind of reading is due, and its kind of mean."""
    whole = table.select(["entity_type", "attr"]).unify_dictionaries().combine_chunks()
    types, attrs = (whole.column(name).chunk(0) for name in ("entity_type", "attr"))
    words, names = types.dictionary.to_pylist(), attrs.dictionary.to_pylist()
    never = -(2**62)
    raw = np.full((len(words), len(names)), never, np.int64)
    means = raw.copy()
    for i, word in enumerate(words):
        for j, name in enumerate(names):
            rule = next((one for one in rules if _fits(one, word, name)), None)
            if rule is not None:
                raw[i, j], means[i, j] = _before(rule, now)
    at = types.indices.to_numpy(), attrs.indices.to_numpy()
    return raw[at], means[at]


def _fits(rule: Rule, types: str, attribute: str) -> bool:
    return fnmatchcase(attribute, rule.attribute) and any(fnmatchcase(one, rule.type) for one in types_in(types))


def _due(table: pa.Table, rules: Sequence[Rule], now: int) -> np.ndarray[Any, Any]:
    raw, means = _bounds(table, rules, now)
    at = table.column("observed_at").cast(pa.int64()).to_numpy()
    is_mean = table.column("mean_s").is_valid().to_numpy()
    due: np.ndarray[Any, Any] = np.where(is_mean, at < means, at < raw)
    return due


def _thinned(table: pa.Table, rules: Sequence[Rule], now: int) -> tuple[pa.Table, pa.Table]:
    """(what stays, means included; the rows that went), of rows in the order of a segment."""
    raw, means = _bounds(table, rules, now)
    at = table.column("observed_at").cast(pa.int64()).to_numpy()
    is_mean = table.column("mean_s").is_valid().to_numpy()
    goes = np.where(is_mean, at < means, at < raw)
    hour = at // (HOUR_S * _SECOND) * (HOUR_S * _SECOND)
    into_mean = (at < raw) & (hour >= means) & _last_recorded(table, at)
    made = _means(table.filter(pa.array(into_mean)), pa.array(hour[into_mean]))
    stays = table.filter(pa.array(~goes & ~into_mean))
    return segments.sorted_rows([stays, made]) if len(made) else stays, table.filter(pa.array(goes))


def _last_recorded(table: pa.Table, at: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Which rows count of those for one moment of one series: the last recorded, and any mean."""
    same = at[1:] == at[:-1]
    for one in segments.coded(table):
        numbers = one.indices.to_numpy()
        same &= numbers[1:] == numbers[:-1]
    means = table.column("mean_s").is_valid().to_numpy()
    last: np.ndarray[Any, Any] = np.append(~same, True) | means
    return last


def _means(table: pa.Table, hours: pa.Array) -> pa.Table:
    """Hourly means of readings and of means, each by how many readings it is of."""
    if not len(table):
        return table
    counts = pc.fill_null(table.column("readings"), 1).cast(pa.int64())
    # a number is averaged; of anything else, which has no `num`, the last stays
    weighted = pc.multiply(table.column("num"), counts.cast(pa.float64()))
    plain = {name: table.column(name).cast(pa.string()) for name in (*KEY, "entity_type", "unit", "json")}
    work = pa.table(
        {**plain, "hour": hours, "number": table.column("num").is_valid(), "weighted": weighted, "counts": counts,
         "recorded_at": table.column("recorded_at"), "tx": table.column("tx")}
    )  # fmt: skip
    grouped = work.group_by([*KEY, "hour", "number"], use_threads=False).aggregate(
        [("weighted", "sum"), ("counts", "sum"), ("recorded_at", "max"), ("tx", "max"), ("json", "last"),
         ("entity_type", "last"), ("unit", "last")]
    )  # fmt: skip
    number, count = grouped.column("number"), grouped.column("counts_sum")
    mean = pc.divide(grouped.column("weighted_sum"), count.cast(pa.float64()))
    columns = {
        **{name: grouped.column(name) for name in KEY},
        "entity_type": grouped.column("entity_type_last"),
        "unit": grouped.column("unit_last"),
        "observed_at": grouped.column("hour").cast(SCHEMA.field("observed_at").type),
        "recorded_at": grouped.column("recorded_at_max"),
        "tx": grouped.column("tx_max"),
        "num": pc.if_else(number, mean, pa.scalar(None, pa.float64())),
        "json": pc.if_else(number, pa.scalar(None, pa.string()), grouped.column("json_last")),
        "mean_s": pa.array(np.full(len(grouped), HOUR_S, np.int32)),
        "readings": count.cast(pa.int32()),
    }
    made = pa.table({name: columns[name] for name in SCHEMA.names})
    return made.cast(table.schema)


__all__ = ["Dropped", "Keep", "Keeper", "Rule", "apply", "from_doc", "keep", "kept", "seconds", "with_rule"]
