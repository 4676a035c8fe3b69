"""Agreements and investment, facilities, permits, calls, as the pages ask for them.

`GET …/investment` draws the whole pipeline page in one answer. Every path takes `as_of`, a day. A POST to `…/progress`,
`…/stages` and the like takes the arguments of the method of `city.investment` that it stands for, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from madang.errors import CallerError
from madang.web.access import require_for_branch
from madang.web.api import investment_files
from madang.web.api.door import Asked, Door, Table

BASE = "/api/cities/{tenant}"
AS_OF = ("as_of",)

# What each act takes: the method of `city.investment`, what it needs, what it may be given.
ACTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "agreements": (
        "sign",
        ("title", "parties", "signed_on"),
        ("code", "ends_on", "amount", "other_parties", "status"),
    ),
    "agreements/{agreement}/commitments": ("split", ("commitments",), ()),
    "agreements/{agreement}/amendments": ("amend", ("on", "changes"), ("commitment", "evidence")),
    "commitments/{commitment}/specify": ("specify", (), ("owner", "due", "output", "measures")),
    "commitments/{commitment}/reports": ("report", ("measure", "value"), ("on", "evidence")),
    "commitments/{commitment}/fulfil": ("fulfil", ("evidence",), ("done_on",)),
    "investment/memoranda": (
        "pledge",
        ("company", "amount", "signed_on"),
        ("number", "sector", "site", "at", "jobs", "agreement", "status"),
    ),
    "investment/stages": (
        "record_stage",
        ("memorandum", "stage"),
        ("on", "contracted", "realised", "pledged", "evidence", "because"),
    ),
    "facilities/{facility}/progress": (
        "record_progress",
        (),
        ("on", "physical", "executed", "occupancy", "evidence", "because"),
    ),
    "facilities/{facility}/plan": ("plan_facility", ("points",), ("budget",)),
    "permits": (
        "apply_permit",
        ("title",),
        ("clause", "days", "rule", "counting", "on", "authority", "facility", "company", "code", "evidence", "status"),
    ),
    "permits/{permit}/suspend": ("suspend_permit", (), ("on", "evidence")),
    "permits/{permit}/resume": ("resume_permit", (), ("on", "evidence")),
    "permits/{permit}/grant": ("grant_permit", (), ("on", "evidence")),
    "permits/{permit}/refuse": ("refuse_permit", (), ("on", "evidence")),
    "permits/{permit}/withdraw": ("withdraw_permit", (), ("on", "evidence")),
    "bids": ("bid", ("call", "task"), ("points",)),
    "bids/{application}/steps": ("move_bid", ("event",), ("on", "amount", "evidence")),
}


def routes(door: Door) -> Table:
    """The paths of this room."""
    reads: list[tuple[str, Callable[[Asked], Any]]] = [
        ("investment", _page),
        ("investment/memoranda/{memorandum}", _history),
        ("agreements", _agreements),
        ("agreements/{agreement}", _agreement),
        ("timeline", _timeline),
        ("facilities", _facilities),
        ("facilities/{facility}", _facility),
        ("permits", _permits),
        ("permits/{permit}", _permit),
        ("calls", _calls),
        ("calls/{call}", _call),
    ]
    return [
        *(("GET", f"{BASE}/{path}", door.reads(answer, parameters=AS_OF)) for path, answer in reads),
        *(("POST", f"{BASE}/{path}", door.writes(_act(*told), status=201)) for path, told in ACTS.items()),
        *investment_files.routes(door),
    ]


def _act(method: str, needed: tuple[str, ...], optional: tuple[str, ...]) -> Callable[[Asked], Any]:
    """A handler that gives the fields of a body to a method, and refuses a field that it does not know.

    What changes main is for who decides; on a branch, who proposes may draft.
    """
    known = (*needed, *optional, "reason")

    def handler(asked: Asked) -> Any:
        require_for_branch(asked.caller, asked.city.branch_name)
        stray = sorted(set(asked.body) - set(known))
        if stray:
            raise CallerError("investment.field-unknown", field=", ".join(stray), known=", ".join(known))
        missing = [name for name in (*needed, "reason") if asked.body.get(name) in (None, "")]
        if missing:
            raise CallerError("investment.field-missing", field=", ".join(missing))
        for name, value in asked.body.items():
            _check_kind(name, value, method)
        return getattr(asked.city.investment, method)(*asked.parts.values(), **asked.body, by=asked.actor)

    return handler


_TEXTS = {"title": (str, dict), "clause": (str, dict), "output": (str, dict), "other_parties": (str, dict)}
_LISTS = {"parties": (list,), "commitments": (list,), "measures": (list,), "at": (list,), "owner": (str, list)}
_NUMBERS = dict.fromkeys(
    (
        "amount",
        "value",
        "jobs",
        "contracted",
        "realised",
        "pledged",
        "physical",
        "executed",
        "occupancy",
        "budget",
        "days",
    ),
    (int, float),
)
_KINDS: dict[str, tuple[type, ...]] = {**_TEXTS, **_LISTS, **_NUMBERS, "changes": (dict,)}


def _check_kind(name: str, value: Any, method: str) -> None:
    """Refuse a field of another kind than the method reads: a number where a list belongs."""
    kinds = ((dict,) if method == "bid" else (list,)) if name == "points" else _KINDS.get(name, (str,))
    if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
        expected = " / ".join(_JSON[kind] for kind in kinds)
        raise CallerError("web.field-missing", field=name, expected=expected)


_JSON: dict[type, str] = {str: "a text", dict: "an object", list: "a list", int: "a number", float: "a number"}


def _as_of(asked: Asked) -> str | None:
    return asked.parameters.get("as_of")


def _page(asked: Asked) -> dict[str, Any]:
    """The pipeline page: three amounts, stages, companies, sectors, sites, history, agreements with commitments."""
    door, as_of = asked.city.investment, _as_of(asked)
    return {
        "city": {"id": asked.city.id, "title": dict(asked.city.title)},
        **door.pipeline(as_of).as_json(),
        "agreements": [one.as_json() for one in door.agreements(as_of)],
    }


def _history(asked: Asked) -> dict[str, Any]:
    memorandum = asked.parts["memorandum"]
    return {"memorandum": memorandum, "changes": asked.city.investment.history(memorandum)}


def _agreements(asked: Asked) -> dict[str, Any]:
    found = asked.city.investment.agreements(_as_of(asked))
    timeline = asked.city.investment.timeline(_as_of(asked))
    return {"agreements": [one.as_json() for one in found], "timeline": [one.as_json() for one in timeline]}


def _agreement(asked: Asked) -> Any:
    return asked.city.investment.agreement(asked.parts["agreement"], _as_of(asked)).as_json()


def _timeline(asked: Asked) -> dict[str, Any]:
    return {"timeline": [one.as_json() for one in asked.city.investment.timeline(_as_of(asked))]}


def _facilities(asked: Asked) -> dict[str, Any]:
    return {"facilities": [one.as_json() for one in asked.city.investment.facilities(_as_of(asked))]}


def _facility(asked: Asked) -> Any:
    return asked.city.investment.facility(asked.parts["facility"], _as_of(asked)).as_json()


def _permits(asked: Asked) -> dict[str, Any]:
    found = asked.city.investment.permits(_as_of(asked))
    return {"permits": [one.as_json() for one in found], "overdue": sum(one.state == "overdue" for one in found)}


def _permit(asked: Asked) -> Any:
    return asked.city.investment.permit(asked.parts["permit"], _as_of(asked)).as_json()


def _calls(asked: Asked) -> dict[str, Any]:
    door, as_of = asked.city.investment, _as_of(asked)
    return {
        "calls": [one.as_json() for one in door.calls(as_of)],
        "applications": [one.as_json() for one in door.applications(as_of)],
    }


def _call(asked: Asked) -> dict[str, Any]:
    door, as_of = asked.city.investment, _as_of(asked)
    matches = door.match(asked.parts["call"], as_of)
    wanted = asked.parts["call"]
    call = next(one for one in door.calls(as_of) if wanted in (one.id, one.id.rpartition(":")[2]))
    return {"call": call.as_json(), "matches": [one.as_json() for one in matches]}
