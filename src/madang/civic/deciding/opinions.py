"""Opinions on a proposal, and what became of each: from four roles, pinned to a place, paragraph, number or the whole.

    open        it waits for a disposition
    closed      반영 / 일부 반영 / 미반영, with the reason, by whom and when
    withdrawn   its author took it back; it stays to be seen and asks for nothing

A reply belongs to an opinion and needs no disposition. A disposition may be taken anew while the proposal is open; the
earlier one stays in the record's history. Opinions are written by these acts alone, while the proposal is open; those
of an earlier round stay with that round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from madang import clock
from madang.civic.deciding import anchors
from madang.civic.deciding.likeness import Alike, alike_pairs
from madang.civic.deciding.procedure_records import of_round, opinions_of, round_of
from madang.civic.deciding.records import AUTHORITY, proposal_of
from madang.civic.deciding.states import LABELS, OPEN
from madang.entities.entity import (
    Document,
    geo_property,
    json_property,
    language_property,
    property_,
    relationship,
    urn,
    value_of,
)
from madang.entities.vocabulary import label_of as label_of_type
from madang.errors import CallerError, ConflictError, ForbiddenError, NotFoundError, Pair, both
from madang.store import Store, Tx, View

Role = Literal["author", "reviewer", "member", "citizen"]
Disposition = Literal["adopted", "partly", "not-adopted"]
Text = str | Mapping[str, str]

ROLES = ("author", "reviewer", "member", "citizen")
DISPOSITIONS = ("adopted", "partly", "not-adopted")
STANCES = ("for", "against", "neutral")
CHANNELS = ("hearing", "survey", "web", "letter", "visit", "meeting", "living-lab")
SEXES = ("male", "female")


@dataclass(frozen=True)
class OpinionRow:
    """One opinion as a page shows it: who, what, where it is pinned, what became of it, its replies."""

    document: Document
    round: int
    is_current: bool
    standing: anchors.Standing
    pinned_to: Pair
    replies: tuple[Document, ...]
    alike: tuple[tuple[str, float], ...]

    def as_json(self) -> dict[str, Any]:
        """The row as plain JSON values, with labels in both languages."""
        said = self.document
        disposition = value_of(said, "disposition")
        state = value_of(said, "state")
        role = value_of(said, "role")
        return {
            "id": said["id"],
            "round": self.round,
            "current": self.is_current,
            "role": role,
            "roleLabel": both(f"procedure.role-{role}"),
            "by": value_of(said, "submittedBy"),
            "at": value_of(said, "submittedAt"),
            "text": value_of(said, "text"),
            "stance": value_of(said, "stance"),
            "channel": value_of(said, "channel"),
            "meeting": value_of(said, "refMeeting"),
            "anchor": value_of(said, "anchor"),
            "location": value_of(said, "location"),
            "pinnedTo": self.pinned_to,
            "since": self.standing,
            "sinceLabel": both(f"procedure.since-{self.standing}"),
            "state": state,
            "stateLabel": both(f"procedure.opinion-state-{state}"),
            "disposition": disposition,
            "dispositionLabel": both(f"procedure.disposition-{disposition}") if disposition else None,
            "dispositionReason": value_of(said, "dispositionReason"),
            "disposedBy": value_of(said, "disposedBy"),
            "disposedAt": value_of(said, "disposedAt"),
            "withdrawnReason": value_of(said, "withdrawnReason"),
            "replies": [
                {name: value_of(one, key) for name, key in _OF_A_REPLY.items()} | {"id": one["id"]}
                for one in self.replies
            ],
            "alike": [{"id": id, "likeness": measured} for id, measured in self.alike],
        }


_OF_A_REPLY = {"by": "submittedBy", "at": "submittedAt", "role": "role", "text": "text", "state": "state"}


def opine(
    store: Store,
    proposal_id: str,
    text: Text,
    *,
    role: str,
    actor: str,
    anchor: Mapping[str, Any] | None = None,
    stance: str | None = None,
    channel: str | None = None,
    meeting: str | None = None,
    dong: str | None = None,
    district: str | None = None,
    sex: str | None = None,
    age_group: str | None = None,
    author: str | None = None,
) -> Document:
    """Record an opinion; `author` names whose it is when somebody else writes it down, as from a hearing."""
    proposal = _open_proposal(store, proposal_id)
    _of("role", role, ROLES)
    for name, said, known in (("stance", stance, STANCES), ("channel", channel, CHANNELS), ("sex", sex, SEXES)):
        if said is not None:
            _of(name, said, known)
    pin = anchors.pinned(store, value_of(proposal, "branch"), anchor)
    for name, id in (("refMeeting", meeting), ("refDong", dong), ("refDistrict", district)):
        if id is not None and store.view().document(id) is None:
            raise NotFoundError("procedure.reference-unknown", field=name, id=id)
    made: Document = {
        "type": "Opinion",
        "refProposal": relationship(proposal["id"]),
        "round": property_(round_of(proposal)),
        "role": property_(role),
        "text": _said(text),
        "anchor": json_property(dict(pin.kept)),
        "state": property_("open"),
        "submittedBy": property_(author or actor),
        "submittedAt": property_(clock.to_text(clock.now())),
    }
    if pin.geometry is not None:
        made["location"] = geo_property(dict(pin.geometry))
    told = {"stance": stance, "channel": channel, "sex": sex, "ageGroup": age_group}
    made |= {name: property_(said) for name, said in told.items() if said is not None}
    refs = {"refMeeting": meeting, "refDong": dong, "refDistrict": district}
    made |= {name: relationship(id) for name, id in refs.items() if id is not None}
    reason = _plain_text(text)
    return _added(store, proposal["id"], made, reason=reason, actor=actor)


def reply(store: Store, opinion_id: str, text: Text, *, role: str, actor: str, author: str | None = None) -> Document:
    """Answer an opinion; a reply to a reply joins the same thread."""
    asked = opinion_of(store, opinion_id)
    root = value_of(asked, "refOpinion") or asked["id"]
    proposal = _open_proposal(store, value_of(asked, "refProposal"))
    _of("role", role, ROLES)
    made: Document = {
        "type": "Opinion",
        "refProposal": relationship(proposal["id"]),
        "refOpinion": relationship(root),
        "round": property_(round_of(proposal)),
        "role": property_(role),
        "text": _said(text),
        "anchor": json_property(value_of(asked, "anchor") or {"kind": "whole"}),
        "state": property_("open"),
        "submittedBy": property_(author or actor),
        "submittedAt": property_(clock.to_text(clock.now())),
    }
    return _added(store, proposal["id"], made, reason=_plain_text(text), actor=actor)


def dispose(store: Store, opinion_id: str, disposition: str, *, reason: str, actor: str) -> Document:
    """Say what became of an opinion, and why; may be said anew as long as the proposal is open."""
    _of("disposition", disposition, DISPOSITIONS)
    if not reason.strip():
        raise CallerError("procedure.disposition-without-reason")
    asked = opinion_of(store, opinion_id)
    if value_of(asked, "refOpinion") is not None:
        raise CallerError("procedure.reply-needs-none", id=asked["id"])
    with store.transact(actor=actor, reason=reason, act="dispose") as tx:
        found = _here(tx, asked["id"])
        _require_open_round(tx.document(value_of(found, "refProposal")) or {}, found)
        if value_of(found, "state") == "withdrawn":
            raise ConflictError("procedure.opinion-withdrawn", id=found["id"])
        made = {
            **found,
            "state": property_("closed"),
            "disposition": property_(disposition),
            "dispositionReason": property_(reason),
            "disposedBy": property_(actor),
            "disposedAt": property_(clock.to_text(clock.now())),
        }
        tx.put(made)
    return made


def withdraw(store: Store, opinion_id: str, *, reason: str, actor: str) -> Document:
    """Take an opinion back; only who gave it may."""
    asked = opinion_of(store, opinion_id)
    if value_of(asked, "submittedBy") != actor:
        raise ForbiddenError("procedure.not-its-author", id=asked["id"], by=value_of(asked, "submittedBy"))
    if not reason.strip():
        raise CallerError("civic.reason-missing")
    with store.transact(actor=actor, reason=reason, act="withdraw") as tx:
        found = _here(tx, asked["id"])
        _require_open_round(tx.document(value_of(found, "refProposal")) or {}, found)
        if value_of(found, "state") != "open":
            raise ConflictError("procedure.opinion-closed", id=found["id"])
        made = {
            **found,
            "state": property_("withdrawn"),
            "withdrawnAt": property_(clock.to_text(clock.now())),
            "withdrawnReason": property_(reason),
        }
        tx.put(made)
    return made


# --- reading ---------------------------------------------------------------------------------------------------------


def opinion_of(store: Store, opinion_id: str) -> Document:
    """One opinion or reply by its id."""
    found = store.view().document(opinion_id if ":" in opinion_id else urn("Opinion", AUTHORITY, opinion_id))
    if found is None or found["type"] != "Opinion":
        raise NotFoundError("procedure.opinion-unknown", id=opinion_id)
    return found


def rows(store: Store, proposal_id: str) -> list[OpinionRow]:
    """Every opinion of a proposal with its thread, those of earlier rounds too."""
    proposal = proposal_of(store, proposal_id)
    found = opinions_of(store, proposal["id"])
    roots = [one for one in found if value_of(one, "refOpinion") is None]
    now = round_of(proposal)
    alike = _alike_of(roots)
    there, main = store.view(value_of(proposal, "branch")), store.view()
    threads: dict[str, list[Document]] = {}
    for one in found:
        if (root := value_of(one, "refOpinion")) is not None:
            threads.setdefault(root, []).append(one)
    return [
        OpinionRow(
            one,
            value_of(one, "round") or 1,
            (value_of(one, "round") or 1) == now,
            anchors.since(there, value_of(one, "anchor") or {}),
            pinned_to((there, main), one),
            tuple(threads.get(one["id"], ())),
            tuple(alike.get(one["id"], ())),
        )
        for one in roots
    ]


def alike(store: Store, proposal_id: str) -> list[Alike]:
    """Pairs of opinions of this round that say nearly the same, for a person to look at."""
    proposal = proposal_of(store, proposal_id)
    mine = of_round(opinions_of(store, proposal["id"]), round_of(proposal))
    return alike_pairs({one["id"]: _plain_text(value_of(one, "text")) for one in mine if _counts(one)})


def counts(store: Store, proposal: Document) -> dict[str, int]:
    """How many opinions of this round there are, and how many of each disposition."""
    mine = [one for one in of_round(opinions_of(store, proposal["id"]), round_of(proposal)) if _counts(one)]
    made = {name: sum(value_of(one, "disposition") == name for one in mine) for name in DISPOSITIONS}
    return {"all": len(mine), **made, "open": sum(value_of(one, "state") == "open" for one in mine)}


def pinned_to(views: Sequence[View], opinion: Document) -> Pair:
    """What an opinion is pinned to, in words."""
    anchor = value_of(opinion, "anchor") or {"kind": "whole"}
    kind = both(f"procedure.anchor-{anchor['kind']}")
    if "entity" not in anchor:
        return kind
    document = next((found for view in views if (found := view.document(anchor["entity"])) is not None), None)
    name = _name(document) if document is not None else {"ko": anchor["entity"], "en": anchor["entity"]}
    if (attribute := anchor.get("attribute")) is not None:
        name = {lang: f"{name[lang]} · {label_of_type(attribute, lang)}" for lang in ("ko", "en")}
    return {lang: f"{kind[lang]}: {name[lang]}" for lang in ("ko", "en")}


def _name(document: Document) -> Pair:
    said = next((v for n in ("title", "name", "text") if (v := value_of(document, n)) is not None), document["id"])
    words = said if isinstance(said, Mapping) else {"ko": str(said), "en": str(said)}
    some = next(iter(words.values()), document["id"])
    return {lang: _short(str(words.get(lang, some))) for lang in ("ko", "en")}


def _short(text: str, width: int = 60) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _counts(opinion: Document) -> bool:
    return value_of(opinion, "refOpinion") is None and value_of(opinion, "state") != "withdrawn"


def _alike_of(roots: list[Document]) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = {}
    for pair in alike_pairs({one["id"]: _plain_text(value_of(one, "text")) for one in roots}):
        found.setdefault(pair.first, []).append((pair.second, pair.likeness))
        found.setdefault(pair.second, []).append((pair.first, pair.likeness))
    return found


# --- parts -----------------------------------------------------------------------------------------------------------


def _open_proposal(store: Store, proposal_id: str) -> Document:
    proposal = proposal_of(store, proposal_id)
    _require_open(proposal)
    return proposal


def _require_open(proposal: Document) -> None:
    state = value_of(proposal, "state")
    if state not in OPEN:
        raise ConflictError("procedure.closed-to-opinions", id=proposal["id"], state=dict(LABELS[state]))


def _require_open_round(proposal: Document, opinion: Document) -> None:
    """Refuse what is said of a proposal that is decided, or of a round that is over, as the transaction sees it."""
    _require_open(proposal)
    if (value_of(opinion, "round") or 1) != round_of(proposal):
        raise ConflictError(
            "procedure.opinion-of-earlier-round", id=opinion.get("id"), round=value_of(opinion, "round")
        )


def _added(store: Store, proposal_id: str, made: Document, *, reason: str, actor: str) -> Document:
    """Number the opinion within its proposal and write it."""
    with store.transact(actor=actor, reason=reason, act="opine") as tx:
        _require_open_round(tx.document(proposal_id) or {}, made)
        number = len(opinions_of(store, proposal_id)) + 1
        stem = proposal_id.rpartition(":")[2]
        while tx.document(id := urn("Opinion", AUTHORITY, f"{stem}-{number}")) is not None:
            number += 1
        made = {"id": id, **made}
        tx.put(made)
    return made


def _here(tx: Tx, id: str) -> Document:
    found = tx.document(id)
    if found is None:
        raise NotFoundError("procedure.opinion-unknown", id=id)
    return found


def _of(field: str, found: str, known: tuple[str, ...]) -> None:
    if found not in known:
        raise CallerError("procedure.not-one-of", field=field, found=found, known=", ".join(known))


def _said(text: Text) -> dict[str, Any]:
    if not _plain_text(text).strip():
        raise CallerError("procedure.text-missing")
    return property_(text.strip()) if isinstance(text, str) else language_property(dict(text))


def _plain_text(text: Any) -> str:
    if isinstance(text, Mapping):
        return str(text.get("ko") or text.get("en") or next(iter(text.values()), ""))
    return str(text or "")
