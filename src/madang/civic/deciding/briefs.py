"""Briefs of a proposal and of a claim, on one page in official outline style (개조식).

What a proposal's comparison says is composed by the room that compares, and handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from madang import clock
from madang.civic.announced.claims import ClaimState, claims
from madang.civic.deciding.changed import is_made_up
from madang.civic.deciding.checks import checks_of
from madang.civic.deciding.records import decisions_of, proposal_of
from madang.civic.deciding.states import LABELS
from madang.documents.outline import in_outline_style
from madang.documents.paper import Block, Figure, Inline, Inlines, Line, Paper, Table
from madang.documents.sheet import status_word
from madang.entities.entity import value_of
from madang.entities.units import is_unit, unit
from madang.errors import DataError, Language, NotFoundError, sentence
from madang.indicators.quantity import format_value
from madang.indicators.stored import address_of
from madang.store import Store

LONGEST_REASON = 400


def proposal_paper(
    store: Store,
    proposal_id: str,
    *,
    message: Inlines,
    results: Sequence[Block],
    sources: Sequence[str],
    synthetic: bool,
    language: Language = "ko",
    date: str | None = None,
    department: str | None = None,
) -> Paper:
    """The one-page brief of a proposal: why, how it stands, what it does, what was checked, what was decided."""
    proposal = proposal_of(store, proposal_id)
    zone = store.city.zone
    submitted = clock.day_said(value_of(proposal, "submittedAt"), zone)
    said_by = {"by": value_of(proposal, "submittedBy") or "-", "at": submitted}
    state = LABELS[value_of(proposal, "state")][language]
    blocks: list[Block] = [
        Line([_say("overview", language)], 0),
        Line([_say("proposal-state", language, state=state, round=value_of(proposal, "round"), **said_by)], 1),
        Line([_say("reason", language, reason=_shortened(_in(value_of(proposal, "reason"), language), language))], 1),
        *results,
        Line([_say("checks", language)], 0),
    ]
    for check in checks_of(store, proposal):
        detail = in_outline_style(check.detail[language])
        verdict = _say(f"check-{check.state}", language)
        blocks.append(Line([f"{check.label[language]}: {verdict} — {detail}"], 1))
    for decision in decisions_of(store, proposal["id"]):
        told = {
            "state": LABELS[value_of(decision, "state")][language],
            "by": value_of(decision, "decidedBy"),
            "at": clock.day_said(value_of(decision, "decidedAt"), zone),
            "reason": _shortened(_in(value_of(decision, "decisionReason"), language), language),
        }
        blocks.append(Line([_say("decided", language, **told)], 1))
    return Paper(
        kind="brief",
        title=_in(value_of(proposal, "title"), language),
        language=language,
        blocks=blocks,
        date=date,
        issuer=department,
        subtitle=_say("proposal-subtitle", language),
        sources=sources,
        city=str(store.city.uuid),
        synthetic=synthetic or is_made_up(store, str(value_of(proposal, "branch"))),
        message=message,
        one_page=True,
    )


def claim_paper(
    store: Store,
    claim_id: str,
    *,
    language: Language = "ko",
    date: str | None = None,
    department: str | None = None,
) -> Paper:
    """The one-page brief of a published figure: what was said, by whom, and what the city's data say."""
    claim = claim_of(store, claim_id)
    if claim["source"] is None and claim["announcement"] is None:
        raise DataError("claims.without-source", text=claim["text"])
    text, verdict = claim["text"][language], _say(f"claim-{claim['check']}", language)
    stated, computed = _stated(store, claim, language), _computed(claim, language)
    rows: list[Sequence[Inlines]] = [
        [[_say("claim-stated", language)], [stated], [claim["year"] or "-"], ["-"], ["[1]"]],
        [
            [_say("claim-computed", language)],
            [computed],
            [claim["computedPeriod"] or "-"],
            [status_word(claim["status"], language) or "-"],
            ["[2]" if claim["computed"] is not None else "-"],
        ],
    ]
    heads = [_say(name, language) for name in ("claim-which", "claim-value", "claim-period", "status", "source")]
    blocks: list[Block] = [
        Line([_say("overview", language)], 0),
        Line([_say("claim-says", language, text=text), stated], 1),
        Line([_say("claim-scope", language, scope=(claim["coverage"] or {}).get(language, "-"))], 1),
        Line([_say("results", language)], 0),
        Line([_say("claim-verdict", language, verdict=verdict)], 1),
        Table(heads, rows),
    ]
    for pair in (claim["computedLabel"] or claim["answeredBy"], claim["note"]):
        if pair and pair[language]:
            blocks.append(Line([pair[language]], 2))
    sources = [_announced(store, claim, language)]
    if claim["computed"] is not None:
        sources.append(_say("claim-source-computed", language, address=claim["address"] or "-"))
    return Paper(
        kind="brief",
        title=_say("claim-title", language, text=text),
        language=language,
        blocks=blocks,
        date=date,
        issuer=department,
        sources=sources,
        city=str(store.city.uuid),
        synthetic=claim["status"] == "synthetic",
        message=[_say("claim-message", language), stated, " → ", verdict],
        one_page=True,
    )


def claim_of(store: Store, claim_id: str) -> ClaimState:
    """A claim by its id or by the last part of it; an unknown one is answered with those that are near."""
    found = claims(store)
    for claim in found:
        if claim_id in (claim["id"], claim["id"].rpartition(":")[2]):
            return claim
    names = [claim["id"].rpartition(":")[2] for claim in found]
    near = get_close_matches(claim_id.rpartition(":")[2], names, n=3, cutoff=0.4) or names[:5]
    raise NotFoundError("documents.claim-unknown", id=claim_id, known=", ".join(near) or "-")


def _stated(store: Store, claim: ClaimState, language: Language) -> Inline:
    value = claim["value"]
    if not isinstance(value, int | float):
        return str(value)
    about = _say("about", language) if claim["approximate"] else ""
    address = address_of(store, claim["id"], "value", valid=claim["year"])
    return Figure(f"{about}{_shown(value, claim['unit'], language)}", value, claim["unit"], address)


def _computed(claim: ClaimState, language: Language) -> Inline:
    value = claim["computed"]
    if value is None:
        return _say("claim-no-data", language)
    text = _shown(value, claim["computedUnit"], language)
    return Figure(text, value, claim["computedUnit"], claim["address"], claim["status"])


def _shown(value: float, code: str | None, language: Language) -> str:
    text = format_value(value, code or "1", language)
    if code in (None, "KRW", "P1", "1", "C62", "IE", "person"):
        return text
    named = unit(code).label[language] if is_unit(code) else code.strip("{}")
    return f"{text} {named}"


def _announced(store: Store, claim: ClaimState, language: Language) -> str:
    source = store.view().document(claim["source"]) if claim["source"] else None
    if source is None:
        return claim["source"] or "-"
    told = [_in(value_of(source, name), language) for name in ("title", "publisher", "version", "url")]
    return ", ".join(one for one in told if one)


def _shortened(text: str, language: Language) -> str:
    if len(text) <= LONGEST_REASON:
        return text
    return f"{text[:LONGEST_REASON].rstrip()}… {_say('shortened', language, count=len(text) - LONGEST_REASON)}"


def _in(value: Any, language: Language) -> str:
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("en") or value.get("ko") or "")
    return "" if value is None else str(value)


def _say(what: str, language: Language, **facts: Any) -> str:
    return sentence(f"documents.brief-{what}", language, **facts)
