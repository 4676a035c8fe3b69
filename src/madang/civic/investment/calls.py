"""National calls (공모): the calendar, and how far each task of the plan fits a call.

For a call, each task that its topic allows is held against every condition: met, not met, or unknown because a fact is
missing. Tasks are ranked by what stands in the way: eligible ones first, then those with the fewest open conditions,
then by points. Points that hang on facts are counted; those that people give count once they were given. Money that the
city must add is counted by year against the budget lines of the task, so a shortfall is known before the bid is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from madang.civic.investment import facts as f
from madang.civic.investment.agreements import agreements
from madang.civic.investment.call_file import CallSheet, read_calls, read_kept
from madang.entities.entity import Document, json_property, language_property, property_, types_of, urn, value_of
from madang.errors import ConflictError, Pair
from madang.rules.conditions import fact_of, holds, tests_of
from madang.store import Store

Facts = Mapping[str, Any]
LOCAL = ("city", "province")  # 지방비: what counts as the city's share
_KINDS = {"시": "city", "군": "county", "구": "district"}


@dataclass(frozen=True)
class CallState:
    """A call on a day; `days` counts to its opening or its close."""

    id: str
    title: Pair
    authority: Pair
    opens: date
    closes: date
    state: str
    days: int
    matching_percent: int
    grant: tuple[dict[str, int], ...]
    total: f.Figure | None
    eligibility: tuple[dict[str, Any], ...]
    score_sheet: tuple[dict[str, Any], ...]
    url: str | None
    status: str | None

    def as_json(self) -> dict[str, Any]:
        """The call for a page."""
        return {
            "id": self.id,
            "title": self.title,
            "authority": self.authority,
            "opens": self.opens.isoformat(),
            "closes": self.closes.isoformat(),
            "state": self.state,
            "state_label": f.label(f"call-{self.state}"),
            "days": self.days,
            "matching_percent": self.matching_percent,
            "grant": list(self.grant),
            "total": self.total,
            "eligibility": [{"id": one["id"], "label": one["label"]} for one in self.eligibility],
            "score_sheet": [
                {"id": one["id"], "label": one["label"], "points": one["points"], "by_hand": one["when"] is None}
                for one in self.score_sheet
            ],
            "url": self.url,
            "status": self.status,
        }


@dataclass(frozen=True)
class Match:
    """A task held against a call."""

    task: str
    title: Pair
    rank: int
    eligible: bool | None
    missing: tuple[dict[str, Any], ...]
    points: int
    of_points: int
    criteria: tuple[dict[str, Any], ...]
    matching: tuple[dict[str, Any], ...]

    @property
    def short(self) -> int:
        """What the budget lacks of the city's share, over all years."""
        return sum(one["short"] for one in self.matching)

    def as_json(self) -> dict[str, Any]:
        """The match for a page."""
        return {
            "task": self.task,
            "title": self.title,
            "rank": self.rank,
            "eligible": self.eligible,
            "missing": list(self.missing),
            "points": self.points,
            "of_points": self.of_points,
            "criteria": list(self.criteria),
            "matching": list(self.matching),
            "short": self.short,
        }


# --- the calendar ----------------------------------------------------------------------------------------------------


def calls(store: Store, *, as_of: date, branch: str = "main") -> list[CallState]:
    """Every call: open ones first by their close, then those to come, then closed ones, latest first."""
    order = {"open": 0, "announced": 1, "closed": 2}
    found = [state_of(store, one, as_of=as_of, branch=branch) for one in f.all_of(store, "Call", branch=branch)]
    return sorted(found, key=lambda one: (order[one.state], abs(one.days), one.id))


def state_of(store: Store, document: Document, *, as_of: date, branch: str = "main") -> CallState:
    """A call on a day."""
    opens = date.fromisoformat(str(value_of(document, "startsOn")))
    closes = date.fromisoformat(str(value_of(document, "due")))
    state = "announced" if as_of < opens else "open" if as_of <= closes else "closed"
    return CallState(
        id=document["id"],
        title=f.name_of(document, document["id"]),
        authority=f.name_of({"title": document["callAuthority"]}),
        opens=opens,
        closes=closes,
        state=state,
        days=((opens if state == "announced" else closes) - as_of).days,
        matching_percent=value_of(document, "matchingShare"),
        grant=tuple(value_of(document, "callFunds")),
        total=f.figure(store, document, "amount", branch=branch),
        eligibility=tuple(value_of(document, "eligibility")),
        score_sheet=tuple(value_of(document, "scoreSheet")),
        url=value_of(document, "url"),
        status=value_of(document, "status"),
    )


def add(store: Store, path: Path, *, actor: str, reason: str) -> list[Document]:
    """Enter the calls of a file, all or none; a call that stands already is not replaced."""
    f.need_reason(reason)
    made = [_document(one) for one in read_calls(path)]
    with store.transact(actor=actor, reason=reason, source=path.name) as tx:
        for one in made:
            if tx.document(one["id"]) is not None:
                raise ConflictError("investment.call-stands", id=one["id"])
            tx.put(one)
    return made


def _document(sheet: CallSheet) -> Document:
    made: Document = {
        "id": urn("Call", f.AUTHORITY, sheet.id),
        "type": "Call",
        "title": language_property(dict(sheet.title)),
        "callAuthority": language_property(dict(sheet.authority)),
        "startsOn": property_(sheet.opens.isoformat()),
        "due": property_(sheet.closes.isoformat()),
        "amount": property_(sum(one.krw for one in sheet.grant), unit="KRW"),
        "matchingShare": property_(sheet.matching_percent, unit="P1"),
        "callFunds": json_property([{"year": one.year, "krw": one.krw} for one in sheet.grant]),
        "eligibility": json_property(
            [{"id": one.id, "label": one.label, "topic": one.topic, "when": one.written} for one in sheet.eligibility]
        ),
        "scoreSheet": json_property(
            [{"id": one.id, "label": one.label, "points": one.points, "when": one.written} for one in sheet.score_sheet]
        ),
    }
    if sheet.description is not None:
        made["description"] = language_property(dict(sheet.description))
    if sheet.url is not None:
        made["url"] = property_(sheet.url)
    if sheet.status is not None:
        made["status"] = property_(sheet.status)
    return made


# --- matching --------------------------------------------------------------------------------------------------------


def match(
    store: Store,
    call: str,
    *,
    as_of: date,
    city_facts: Facts,
    points: Mapping[str, Mapping[str, int]] | None = None,
    branch: str = "main",
) -> list[Match]:
    """The tasks that a call's topic allows, ranked; `points` are those that people gave, by task and criterion."""
    state = state_of(store, f.named(store, call, "Call", branch=branch), as_of=as_of, branch=branch)
    common = {"city": _city(store, city_facts, branch), **_around(store, as_of, branch)}
    lines = f.of(f.all_of(store, "BudgetLine", branch=branch), "refTask")
    targets = f.of(f.all_of(store, "Target", branch=branch), "refTask")
    found = []
    for task in f.all_of(store, "Task", branch=branch):
        matching = _matching(state, lines.get(task["id"], ()))
        told = common | {"task": _task(task, len(targets.get(task["id"], ()))), "funds": _funds(lines, task, matching)}
        checked = [(one, holds(read_kept(one["when"]), told)) for one in state.eligibility]
        if any(one.get("topic") and met is not True for one, met in checked):
            continue
        found.append(_match(task, state, told, checked, matching, (points or {}).get(task["id"], {})))
    found.sort(key=lambda one: (_OPEN[one.eligible], len(one.missing), -one.points, one.task))
    return [_ranked(one, rank) for rank, one in enumerate(found, 1)]


_OPEN = {True: 0, None: 1, False: 2}


def _match(
    task: Document,
    call: CallState,
    told: Facts,
    checked: Sequence[tuple[Mapping[str, Any], bool | None]],
    matching: Sequence[dict[str, Any]],
    given: Mapping[str, int],
) -> Match:
    answers = [met for _, met in checked]
    eligible = False if False in answers else None if None in answers else True
    criteria = tuple(_criterion(one, told, given) for one in call.score_sheet)
    return Match(
        task=task["id"],
        title=f.name_of(task, task["id"]),
        rank=0,
        eligible=eligible,
        missing=tuple(_missing(one, met, told) for one, met in checked if met is not True),
        points=sum(one["given"] or 0 for one in criteria),
        of_points=sum(one["points"] for one in criteria if one["given"] is not None),
        criteria=criteria,
        matching=tuple(matching),
    )


def _ranked(one: Match, rank: int) -> Match:
    return Match(**{**vars(one), "rank": rank}) if rank != one.rank else one


def _missing(condition: Mapping[str, Any], met: bool | None, told: Facts) -> dict[str, Any]:
    """A condition that is in the way: what it asks, and what was found instead."""
    asked = [
        {"fact": test.fact, "asks": f"{test.operator} {_plain(test.value)}", "found": fact_of(told, test.fact)}
        for test in tests_of(read_kept(condition["when"]))
    ]
    return {
        "id": condition["id"],
        "label": condition["label"],
        "state": "unknown" if met is None else "not-met",
        "state_label": f.label("condition-unknown" if met is None else "condition-not-met"),
        "facts": asked,
    }


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _criterion(one: Mapping[str, Any], told: Facts, given: Mapping[str, int]) -> dict[str, Any]:
    """A line of the score sheet with the points it has, or None while nobody can say."""
    met = holds(read_kept(one["when"]), told) if one["when"] is not None else None
    counted = given.get(one["id"]) if one["when"] is None else None if met is None else one["points"] * met
    return {
        "id": one["id"],
        "label": one["label"],
        "points": one["points"],
        "given": counted,
        "by_hand": one["when"] is None,
    }


# --- facts -----------------------------------------------------------------------------------------------------------


def _city(store: Store, told: Facts, branch: str) -> dict[str, Any]:
    """What is known of the city; its kind is the last syllable of its Korean name."""
    city = next(iter(f.all_of(store, "City", branch=branch)), None)
    name = f.name_of(city)["ko"] if city else ""
    return {**(told.get("city") or {}), **({"kind": _KINDS[name[-1]]} if name and name[-1] in _KINDS else {})}


def _around(store: Store, as_of: date, branch: str) -> dict[str, Any]:
    """Plans that were adopted, agreements in force, permits still waited for."""
    standing = [one for one in agreements(store, as_of=as_of, branch=branch) if one.state in ("in-force", "fulfilled")]
    view = store.view(branch)
    partners = {
        type
        for one in standing
        for id in one.parties
        if (party := view.document(id)) is not None
        for type in types_of(party)
    }
    decided = {
        value_of(one, "refPermit")
        for one in f.all_of(store, "PermitEvent")
        if value_of(one, "event") in ("granted", "refused", "withdrawn")
    }
    waiting = [one for one in f.all_of(store, "Permit", branch=branch) if one["id"] not in decided]
    return {
        "plans": {
            "kinds": sorted({str(value_of(one, "kind") or "smart-city-plan") for one in f.all_of(store, "Plan")})
        },
        "agreements": {"titles": [one.title["ko"] for one in standing], "partners": sorted(partners)},
        "permits": {"waiting": len(waiting)},
    }


def _task(task: Document, targets: int) -> dict[str, Any]:
    """What a task says of itself; what it does not say is left out, and so unknown."""
    aligned = value_of(task, "alignsWith")
    told = {
        "amount": value_of(task, "amount"),
        "category": value_of(task, "category"),
        "due": value_of(task, "due") if isinstance(value_of(task, "due"), str) else None,
        "start_year": value_of(task, "startYear"),
        "end_year": value_of(task, "endYear"),
    }
    known = {name: value for name, value in told.items() if value is not None}
    return known | {
        "owner": bool(value_of(task, "owner")),
        "location": bool(value_of(task, "location")),
        "facility": bool(value_of(task, "refFacility")),
        "goal": bool(value_of(task, "refGoal")),
        "targets": targets,
        "aligned": [aligned] if isinstance(aligned, str) else list(aligned or ()),
    }


def _matching(call: CallState, lines: Sequence[Document]) -> list[dict[str, Any]]:
    """By year: the grant, what the city must add, what its budget has, and what it lacks; whole won, rounded up."""
    made = []
    for one in call.grant:
        share = -(-one["krw"] * call.matching_percent // (100 - call.matching_percent))
        planned = sum(
            value_of(line, "amount") or 0
            for line in lines
            if value_of(line, "fund") in LOCAL and str(value_of(line, "year")) == str(one["year"])
        )
        made.append(
            {
                "year": one["year"],
                "grant": one["krw"],
                "share": share,
                "planned": planned,
                "short": max(0, share - planned),
            }
        )
    return made


def _funds(
    lines: Mapping[str, Sequence[Document]], task: Document, matching: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    mine = [line for line in lines.get(task["id"], ()) if value_of(line, "fund") in LOCAL]
    return {
        "local": sum(value_of(line, "amount") or 0 for line in mine),
        "short": sum(one["short"] for one in matching),
    }
