"""Agreements that touch a cluster with their commitments; claims made of it; promises and targets about it."""

from __future__ import annotations

from typing import Any

from madang.entities.entity import Document, types_of, value_of
from madang.errors import Pair, both
from madang.lab.cluster_page.belonging import Belonging
from madang.lab.cluster_page.seen import Figure, derived, ids, title_of, told, unknown
from madang.lab.firm_share import Inside
from madang.lab.register import pair

PROMISED = ("Promise", "Target", "Task", "Goal")


def agreements(belonging: Belonging) -> list[dict[str, Any]]:
    """Agreements, the latest first, each with its commitments."""
    seen = belonging.seen
    found = belonging.documents("Agreement", belonging.agreements)
    commitments = seen.all("Commitment")
    rows = [
        {
            "id": one["id"],
            "title": title_of(one),
            "signedOn": value_of(one, "signedOn"),
            "endsOn": value_of(one, "endsOn"),
            "state": value_of(one, "state"),
            "parties": seen.named(ids(one, "parties")),
            "otherParties": _pair(value_of(one, "otherParties")),
            "amount": seen.stored(one, "amount", unit="KRW"),
            "commitments": [_commitment(c) for c in commitments if one["id"] in ids(c, "refAgreement")],
            "how": belonging.agreements[one["id"]],
            **told(one),
        }
        for one in found
    ]
    return sorted(rows, key=lambda row: (str(row["signedOn"] or ""), row["id"]), reverse=True)


def _commitment(one: Document) -> dict[str, Any]:
    done = value_of(one, "doneOn")
    return {
        "id": one["id"],
        "title": title_of(one),
        "due": value_of(one, "due"),
        "doneOn": done,
        "state": value_of(one, "state"),
        "owner": value_of(one, "owner"),
        "isDone": done is not None,
    }


def claims(belonging: Belonging, inside: Inside | None) -> list[dict[str, Any]]:
    """Published figures about the cluster, and what the data here make of them."""
    told_of = dict.fromkeys(belonging.named("Claim"), "refCluster")
    announced = {
        announcement
        for one in belonging.documents("Agreement", belonging.agreements)
        for announcement in ids(one, "refAnnouncement")
    }
    for one in belonging.seen.all("Claim"):
        if announced & set(ids(one, "refAnnouncement")):
            told_of.setdefault(one["id"], "agreement")
    return [_claim(belonging, one, told_of[one["id"]], inside) for one in belonging.documents("Claim", told_of)]


def _claim(belonging: Belonging, claim: Document, how: str, inside: Inside | None) -> dict[str, Any]:
    value, check = claim.get("value"), str(value_of(claim, "check") or "unchecked")
    instance = value if isinstance(value, dict) else {}
    where = value_of(claim, "computedFrom") or {}
    return {
        "id": claim["id"],
        "text": pair(value_of(claim, "text")),
        "value": instance.get("value"),
        "unit": instance.get("unitCode"),
        "year": value_of(instance, "period") if instance else None,
        "check": check,
        "checkLabel": both(f"clusters.page-check-{check}"),
        "computed": _computed(belonging, claim, inside if how == "refCluster" else None),
        "boundary": _pair(where.get("boundary")),
        "how": how,
    }


def _computed(belonging: Belonging, claim: Document, inside: Inside | None) -> Figure:
    """What was computed for a claim; a share of the cluster that nobody wrote on it yet is computed here."""
    if value_of(claim, "computed") is not None:
        return belonging.seen.stored(claim, "computed")
    stated = claim.get("value")
    if inside is None or inside.share is None or not isinstance(stated, dict) or stated.get("unitCode") != "P1":
        return unknown(None, both("clusters.page-not-computed"))
    facts = {"asked": inside.asked, "where": inside.boundary, "inside": inside.inside, "placed": inside.placed}
    note = both("clusters.page-share-again", **facts)
    return derived(round(inside.share, 4), "P1", status=inside.status, note=note)


def promises(belonging: Belonging) -> list[dict[str, Any]]:
    """What somebody stands for about the cluster: promises, targets, tasks and goals, the next due first."""
    seen, found = belonging.seen, dict[str, str]()
    for type in PROMISED:
        for one in seen.all(type):
            if belonging.agreements.keys() & set(ids(one, "refAgreement")):
                found[one["id"]] = "agreement"
            elif belonging.facilities.keys() & set(ids(one, "refFacility")):
                found[one["id"]] = "facility"
        found |= belonging.named(type)
    rows = [
        {
            "id": one["id"],
            "type": types_of(one)[0],
            "title": title_of(one),
            "due": value_of(one, "due") or value_of(one, "endsOn"),
            "owner": value_of(one, "owner"),
            "indicator": value_of(one, "indicator"),
            "value": seen.stored(one, "value"),
            "how": found[one["id"]],
            **told(one),
        }
        for type in PROMISED
        for one in belonging.documents(type, found)
    ]
    return sorted(rows, key=lambda row: (row["due"] is None, str(row["due"] or ""), row["id"]))


def _pair(said: Any) -> Pair | None:
    return pair(said) if said else None
