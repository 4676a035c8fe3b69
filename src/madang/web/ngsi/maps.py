"""Entity maps: which entities a query is about, page after page, and where each of them is (clauses 5.5.14, 5.2.39).

A map is kept until it expires, over an end of the server too (`mapbook`). Whoever asks with a map that is gone gets a
new one, as the clause has it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from madang import clock
from madang.clock import to_text
from madang.errors import DataError
from madang.hub.registration_checks import duration_s
from madang.web.ngsi.distributed_local import Incoming
from madang.web.ngsi.mapbook import EntityMap
from madang.web.ngsi.operations import NGSI_BASE

MAPS = NGSI_BASE + "entityMaps"
LIFETIME_S, LONGEST_S = 600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Wish:
    """Whether a request is about a map, and the one it named, if that is still there."""

    asked: bool
    map: EntityMap | None = None


def map_wished(made: Incoming, parameters: Mapping[str, str]) -> Wish:
    """What a request says of entity maps."""
    asked = made.asked
    named = asked.request.headers.get("ngsild-entitymap")
    if named is not None:
        id = named.strip().rstrip("/").rpartition("/")[2]
        return Wish(True, asked.around.sources.maps.find(asked.city, id))
    wish = parameters.get("entityMap", "false")
    if wish not in ("true", "false"):
        raise DataError("web.parameter-value", parameter="entityMap", value=wish, expected="true, false")
    return Wish(wish == "true")


def new_map(
    made: Incoming, entities: dict[str, list[str]], parameters: Mapping[str, str], *, temporal: bool = False
) -> EntityMap:
    """A map of these entities, kept for as long as was wished for, and a day at most."""
    text = parameters.get("entityMapLifetime")
    try:
        seconds = LIFETIME_S if text is None else duration_s(text)
    except ValueError:
        expected = "an ISO 8601 duration, such as PT10M"
        raise DataError("web.parameter-value", parameter="entityMapLifetime", value=text, expected=expected) from None
    id = f"urn:ngsi-ld:EntityMap:{uuid.uuid4()}"
    expires = clock.now() + timedelta(seconds=min(max(seconds, 1.0), LONGEST_S))
    kept = EntityMap(id, made.asked.city.tenant, expires, entities, temporal=temporal)
    made.asked.around.sources.maps.add(made.asked.city, kept)
    return kept


def location_of(kept: EntityMap) -> str:
    """The address of a map."""
    return f"{MAPS}/{kept.id}"


def shown(kept: EntityMap) -> dict[str, Any]:
    """A map as an answer shows it."""
    return {
        "id": kept.id,
        "type": "EntityMap",
        "expiresAt": to_text(kept.expires_at),
        "entityMap": kept.entities,
        "linkedMaps": kept.linked,
    }
