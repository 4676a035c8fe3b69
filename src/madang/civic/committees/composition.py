"""Whether a committee is made up as its charter says, on a day. Pure: places, counts and rules in, findings out.

Each rule of the charter gives one finding: held, broken, or unknown where the counts that it needs are missing or no
longer fit the members (a count of men and women is of its day).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from madang.civic.committees.charters import ChairRule, Charter, GroupRule, ShareRule
from madang.civic.committees.membership import Place, serving
from madang.civic.committees.words import said
from madang.errors import Pair

State = Literal["held", "broken", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One rule judged on the members of a day."""

    rule: str
    state: State
    label: Pair
    detail: Pair
    clause: Pair

    def as_json(self) -> dict[str, Any]:
        """As the pages and the doors give it."""
        return {
            "rule": self.rule,
            "state": self.state,
            "state_label": said(f"finding-{self.state}"),
            "label": self.label,
            "detail": self.detail,
            "clause": dict(self.clause),
        }


def composition(
    charter: Charter, places: Sequence[Place], day: date, genders: Mapping[str, Any] | None = None
) -> list[Finding]:
    """Every rule on who sits in the committee, judged on a day; `genders` is {"as_of", "counts"}."""
    members = serving(places, day)
    found = [_seats(charter, members)]
    for rule in charter.composition:
        clause = rule.clause or charter.source
        if isinstance(rule, ChairRule):
            found.append(_chair(rule, members, clause))
        elif isinstance(rule, GroupRule):
            found.append(_group(rule, members, clause))
        elif rule.share_of == "officials":
            found.append(_officials(rule, members, clause))
        else:
            found.append(_genders(rule, members, clause, genders))
    return [one for one in found if one is not None]


def _seats(charter: Charter, members: Sequence[Place]) -> Finding | None:
    seats = charter.seats
    if seats is None:
        return None
    few = seats.least is not None and len(members) < seats.least
    many = seats.most is not None and len(members) > seats.most
    facts = {"n": len(members), "least": _or_none(seats.least), "most": _or_none(seats.most)}
    return Finding(
        "seats",
        "broken" if few or many else "held",
        said("rule-seats", **facts),
        said("found-seats", **facts),
        seats.clause or charter.source,
    )


def _officials(rule: ShareRule, members: Sequence[Place], clause: Pair) -> Finding | None:
    if not members:
        return None
    officials = sum(member.kind == "official" for member in members)
    unknown = any(member.kind is None for member in members)
    broken = officials * rule.at_most.denominator > rule.at_most.numerator * len(members)
    facts = {"share": str(rule.at_most), "n": officials, "of": len(members)}
    state: State = "broken" if broken else "unknown" if unknown else "held"
    return Finding("officials", state, said("rule-officials", **facts), said("found-officials", **facts), clause)


def _genders(
    rule: ShareRule, members: Sequence[Place], clause: Pair, genders: Mapping[str, Any] | None
) -> Finding | None:
    base = [member for member in members if rule.among == "members" or member.kind == "appointed"]
    if not base:
        return None
    label = said("rule-gender", share=str(rule.at_most))
    counts: Mapping[str, int] = (genders or {}).get("counts") or {}
    total = sum(counts.values())
    if genders is None or total != len(base):
        code = "found-gender-missing" if genders is None else "found-gender-stale"
        as_of = str((genders or {}).get("as_of") or "-")
        return Finding("gender", "unknown", label, said(code, n=len(base), counted=total, as_of=as_of), clause)
    most = max(counts.values())
    broken = most * rule.at_most.denominator > rule.at_most.numerator * total
    detail = said("found-gender", n=most, of=total, as_of=str(genders["as_of"]))
    return Finding("gender", "broken" if broken else "held", label, detail, clause)


def _chair(rule: ChairRule, members: Sequence[Place], clause: Pair) -> Finding | None:
    chair = next((member for member in members if member.role == "chair"), None)
    label = said(f"rule-chair-{rule.chair}")
    if not members:
        return None
    if chair is None:
        return Finding("chair", "broken", label, said("found-no-chair"), clause)
    fits = chair.kind == ("official" if rule.chair == "official" else "appointed")
    state: State = "unknown" if chair.kind is None else "held" if fits else "broken"
    return Finding("chair", state, label, said("found-chair", name=chair.name), clause)


def _group(rule: GroupRule, members: Sequence[Place], clause: Pair) -> Finding | None:
    if not members:
        return None
    count = sum(member.represents == rule.group for member in members)
    facts = {"group": said(f"group-{rule.group}") if rule.group in GROUPS else rule.group, "least": rule.at_least}
    state: State = "held" if count >= rule.at_least else "broken"
    return Finding(
        f"group-{rule.group}", state, said("rule-group", **facts), said("found-group", n=count, **facts), clause
    )


GROUPS = frozenset({"resident", "expert", "council", "company", "university"})


def _or_none(found: int | None) -> str:
    return "-" if found is None else str(found)
