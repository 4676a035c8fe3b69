"""A committee's charter (설치·운영 규정): what its ordinance says, as rules with their clause. Read strictly.

A part that the charter does not say stays unknown: without a rule for its quorums a committee can meet for reports, but
cannot vote. A charter is a YAML file, JSON, or the name of one that comes with Madang (`data/charters.yaml`); a wrong
one is refused with file, line and next step.

    source:       the ordinance or law, in both languages            certainty: S (text read) | K | "?"
    seats:        {most: 25, least: 3, clause}                        term: {years: 2, renewals: 1, clause}
    cycle:        {every: half-year, clause}                          recusal: {by_law: [party], counts: no, clause}
    to_meet:      {rule: more than 1/2 of members, clause}            tie: {rule: lost, clause}
    to_decide:    {rule: more than 1/2 of present, clause}            attendance: {proxy: no, online: yes, clause}
    to_decide_specially: as to_decide, for items that need more
    composition:  a list of {share_of: officials | gender, at_most: 1/4, among: members | appointed, clause},
                  {chair: civilian, clause}, {group: resident, at_least: 1, clause}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from madang import strict_yaml as y
from madang.civic.committees.quorum import Rule, rule
from madang.errors import CallerError, NotFoundError, Pair

CYCLES: Mapping[str, int] = {"month": 1, "quarter": 3, "half-year": 6, "year": 12}
TIES = ("lost", "chair", "open")
LINKS = ("party", "supplier", "concerned")  # how a member's organisation can be tied to a matter


@dataclass(frozen=True)
class Seats:
    """How many members there may be, and must be."""

    line: int
    most: int | None = None
    least: int | None = None
    clause: Pair | None = None


@dataclass(frozen=True)
class Term:
    """How long an appointed member serves, and how often that can be renewed (None: not limited)."""

    line: int
    years: int
    renewals: int | None = None
    clause: Pair | None = None


@dataclass(frozen=True)
class Cycle:
    """How often the committee meets as a rule."""

    line: int
    every: str
    clause: Pair | None = None

    @property
    def months(self) -> int:
        return CYCLES[self.every]


@dataclass(frozen=True)
class Quorum:
    """A quorum rule and where it stands."""

    line: int
    rule: Rule
    clause: Pair | None = None


@dataclass(frozen=True)
class Tie:
    """What a tie means: lost, decided by the chair, or left open."""

    line: int
    rule: str
    clause: Pair | None = None


@dataclass(frozen=True)
class RecusalRule:
    """Which ties to a matter bar a member by law, and whether who is recused still counts among the members."""

    line: int
    by_law: tuple[str, ...] = ()
    counts: bool = False
    clause: Pair | None = None


@dataclass(frozen=True)
class AttendanceRule:
    """Whether a proxy, or who takes part online, counts as present."""

    line: int
    proxy: bool = False
    online: bool = False
    clause: Pair | None = None


@dataclass(frozen=True)
class ShareRule:
    """A group that may be at most a share of the members, or of the appointed ones."""

    line: int
    share_of: str
    at_most: Fraction
    among: str = "members"
    clause: Pair | None = None


@dataclass(frozen=True)
class ChairRule:
    """Who the chair has to be."""

    line: int
    chair: str
    clause: Pair | None = None


@dataclass(frozen=True)
class GroupRule:
    """A group that has to be among the members."""

    line: int
    group: str
    at_least: int
    clause: Pair | None = None


@dataclass(frozen=True)
class Charter:
    """What the ordinance says of a committee; None or empty where it says nothing that is known."""

    line: int
    source: Pair
    certainty: str = "K"
    id: str | None = None
    name: Pair | None = None
    seats: Seats | None = None
    term: Term | None = None
    cycle: Cycle | None = None
    to_meet: Quorum | None = None
    to_decide: Quorum | None = None
    to_decide_specially: Quorum | None = None
    tie: Tie = field(default_factory=lambda: Tie(0, "open"))
    recusal: RecusalRule = field(default_factory=lambda: RecusalRule(0))
    attendance: AttendanceRule = field(default_factory=lambda: AttendanceRule(0))
    composition: tuple[ShareRule | ChairRule | GroupRule, ...] = ()


def packaged_charters() -> dict[str, Mapping[str, Any]]:
    """The charters that come with Madang, by id, as plain data."""
    return {str(one["id"]): one for one in _packaged()}


def charter_data(given: Mapping[str, Any] | str | Path, **more: Any) -> dict[str, Any]:
    """A charter as plain data, checked: given as data, as the name of a packaged one, or as a YAML file.

    `more` replaces parts: the quorum rules of an ordinance whose packaged excerpt does not hold them, say.
    """
    if isinstance(given, Mapping):
        data = dict(given)
    elif isinstance(given, Path):
        located = y.read(given)
        read_charter(located)
        data = _plain(located)
    else:
        known = packaged_charters()
        if given not in known:
            raise NotFoundError("committees.charter-unknown", name=given, known=", ".join(known))
        data = dict(known[given])
    data |= {name: part for name, part in more.items() if part is not None}
    charter_of(data)
    return data


def charter_of(data: Mapping[str, Any]) -> Charter:
    """The charter that plain data say."""
    return read_charter(_as_located(data, ""))


def read_charter(node: y.Located) -> Charter:
    """The charter that a file says."""
    found: Charter = _CHARTER(node)
    return found


# --- the format ------------------------------------------------------------------------------------------------------


def _rule(node: y.Located) -> Rule:
    try:
        return rule(y.text(node))
    except CallerError as wrong:
        raise node.wrong("committees.file-rule", found=wrong.facts["found"]) from None


def _share(node: y.Located) -> Fraction:
    found = y.text(node)
    try:
        share = Fraction(found.replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        raise node.wrong("committees.file-share", found=found) from None
    if not 0 <= share <= 1:
        raise node.wrong("committees.file-share", found=found)
    return share


def _count(node: y.Located) -> int:
    found = y.whole(node)
    if found < 0:
        raise node.wrong("yaml.not-a-number", found=str(found))
    return found


def _certainty(node: y.Located) -> str:
    found: str = y.one_of("S", "K", "?")(node)
    return found


def _composition(node: y.Located) -> ShareRule | ChairRule | GroupRule:
    fields = node.value if isinstance(node.value, dict) else {}
    read = _GROUP if "group" in fields else _CHAIR if "chair" in fields else _SHARE
    found: ShareRule | ChairRule | GroupRule = read(node)
    return found


_CLAUSE = {"clause": y.pair}
_SHARE = y.record(
    ShareRule,
    {"share_of": y.one_of("officials", "gender"), "at_most": _share},
    {"among": y.one_of("members", "appointed"), **_CLAUSE},
)
_CHAIR = y.record(ChairRule, {"chair": y.one_of("civilian", "official")}, _CLAUSE)
_GROUP = y.record(GroupRule, {"group": y.slug, "at_least": _count}, _CLAUSE)
_QUORUM = y.record(Quorum, {"rule": _rule}, _CLAUSE)
_CHARTER = y.record(
    Charter,
    {"source": y.pair},
    {
        "id": y.slug,
        "name": y.pair,
        "certainty": _certainty,
        "seats": y.record(Seats, {}, {"most": _count, "least": _count, **_CLAUSE}),
        "term": y.record(Term, {"years": _count}, {"renewals": _count, **_CLAUSE}),
        "cycle": y.record(Cycle, {"every": y.one_of(*CYCLES)}, _CLAUSE),
        "to_meet": _QUORUM,
        "to_decide": _QUORUM,
        "to_decide_specially": _QUORUM,
        "tie": y.record(Tie, {"rule": y.one_of(*TIES)}, _CLAUSE),
        "recusal": y.record(RecusalRule, {}, {"by_law": y.list_of(y.one_of(*LINKS)), "counts": y.flag, **_CLAUSE}),
        "attendance": y.record(AttendanceRule, {}, {"proxy": y.flag, "online": y.flag, **_CLAUSE}),
        "composition": y.list_of(_composition),
    },
)


@cache
def _packaged() -> tuple[dict[str, Any], ...]:
    text = resources.files("madang.civic.data").joinpath("charters.yaml").read_text("utf-8")
    node = y.parse(text, file="charters.yaml")
    charters = node.value["charters"]
    for one in charters.value:
        read_charter(one)
    return tuple(_plain(one) for one in charters.value)


def _as_located(value: Any, path: str) -> y.Located:
    """Plain data as the reader of files takes them; the place of a fault is then its path alone."""
    below: Any = value
    if isinstance(value, Mapping):
        below = {str(key): _as_located(one, f"{path}.{key}" if path else str(key)) for key, one in value.items()}
    elif isinstance(value, (list, tuple)):
        below = [_as_located(one, f"{path}[{n}]") for n, one in enumerate(value)]
    return y.Located(below, "charter", 1, path)


def _plain(node: y.Located) -> Any:
    if isinstance(node.value, dict):
        return {key: _plain(one) for key, one in node.value.items()}
    return [_plain(one) for one in node.value] if isinstance(node.value, list) else node.value
