"""Purge: what a query finds is deleted, or only some of its attributes are (clause 5.6.21, 6.4.3.3).

Which entities are meant is found out first, on a thread; each is then asked again within the transaction that changes
it. Some thousands go with one transaction, so that other writers get their turn in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from madang.entities.entity import Document, is_name
from madang.entities.qlanguage import parse_q
from madang.entities.query import Query, matches
from madang.errors import DataError
from madang.web.exchange import Reply
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.batch import Outcome, in_rounds, told
from madang.web.ngsi.given import attribute_names
from madang.web.ngsi.operations import NGSI_BASE, Table
from madang.web.ngsi.parameters import SELECTORS, SYSTEM_ATTRIBUTES, parse_query
from madang.web.ngsi.targets import present

AT_ONCE = 2000  # entities one transaction changes
PARAMETERS = SELECTORS | {"attrs", "keep", "drop", "csf", "local", "geometryProperty", "options"}

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


async def purge(asked: Asked) -> Reply:
    """DELETE entities/: 204, or 207 with what could not be purged."""
    asked.take_parameters(PARAMETERS)
    asked.options(())
    query = _query(asked)
    kept_after = _pruning(asked)
    found = await in_thread(asked.city.view().ids, query)

    def act(tx: Any, entity_id: str, outcome: Outcome) -> None:
        before = present(tx, entity_id)
        if before is None or not matches(query, before):
            return  # changed meanwhile by somebody else
        if kept_after is None:
            tx.delete(entity_id)
        else:
            tx.put(kept_after(before))
        outcome.changed.append(entity_id)

    outcome = Outcome()
    for start in range(0, len(found), AT_ONCE):
        some = [(entity_id, entity_id) for entity_id in found[start : start + AT_ONCE]]
        outcome.add(await in_rounds(asked, some, act, reason="purge"))
    return told(asked, outcome, all_new=False)


TABLE: Table = [("DELETE", NGSI_BASE + "entities", purge)]


def _query(asked: Asked) -> Query:
    """The query of the request, without a page; one that names nothing but ids is too wide (5.6.21.4)."""
    given = dict(asked.parameters)
    for name in ("q", "attrs", "keep", "drop"):
        if "{" in _QUOTED.sub("", given.get(name, "")):
            raise DataError("provision.purge-linked", parameter=name, value=given[name])
    if "csf" in given:
        parse_q(given["csf"])
    selected = {name: value for name, value in given.items() if name in SELECTORS or name in ("attrs", "local")}
    if selected.get("type") == "*":
        if given.get("local") == "false":
            raise DataError("provision.purge-all-types")
        del selected["type"]
        selected["local"] = "true"
    if _names(given.get("keep")) or _names(given.get("drop")):
        selected["local"] = "true"  # attributes are named: narrow enough
    return replace(parse_query(selected, name=asked.stored_name), limit=None)


def _pruning(asked: Asked) -> Callable[[Document], Document] | None:
    """What is left of an entity that only loses attributes; None: it goes as a whole."""
    given = asked.parameters
    if "keep" in given and "drop" in given:
        raise DataError("provision.purge-keep-or-drop")
    if "keep" not in given and "drop" not in given:
        return None
    keeps = "keep" in given
    terms = _names(given.get("keep") or given.get("drop"))
    for term in terms:
        if not is_name(term):
            raise DataError("provision.bad-name", place="keep" if keeps else "drop", found=term[:80])
    names = {asked.stored_name(term) for term in terms}

    def pruned(document: Document) -> Document:
        gone = {name for name in attribute_names(document) if (name in names) != keeps}
        if keeps is False and "scope" in names:
            gone.add("scope")
        return {name: part for name, part in document.items() if name not in gone}

    return pruned


def _names(text: str | None) -> list[str]:
    return [name for name in (text or "").split(",") if name and name not in SYSTEM_ATTRIBUTES]
