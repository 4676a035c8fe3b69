"""The resource of entity maps: create, retrieve, update, delete (clauses 5.14; 6.32-6.34)."""

from __future__ import annotations

from datetime import timedelta

from madang import clock
from madang.clock import from_text
from madang.entities.entity import is_uri
from madang.errors import DataError, NotFoundError
from madang.web.exchange import Reply, to_json
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.mapbook import EntityMap
from madang.web.ngsi.maps import LONGEST_S, MAPS, location_of, shown
from madang.web.ngsi.negotiation import JSON_LD
from madang.web.ngsi.operations import NGSI_BASE, Table


async def retrieve(asked: Asked, map_id: str) -> Reply:
    """GET entityMaps/{id} (5.14.1)."""
    asked.take_parameters(())
    return _reply(asked, _found(asked, map_id), 200)


async def update(asked: Asked, map_id: str) -> Reply:
    """PATCH entityMaps/{id} (5.14.2): the moment it expires, no more than a day from now; all else is ignored."""
    asked.take_parameters(())
    kept = _found(asked, map_id)
    given = await asked.object_body(patch=True)
    if "expiresAt" in given:
        try:
            moment = from_text(given["expiresAt"])
        except (ValueError, TypeError, AttributeError):
            found, expected = str(given["expiresAt"]), "a moment, such as 2030-01-01T00:00:00Z"
            raise DataError("web.parameter-value", parameter="expiresAt", value=found, expected=expected) from None
        kept.expires_at = min(moment, clock.now() + timedelta(seconds=LONGEST_S))
        asked.around.sources.maps.add(asked.city, kept)
    return Reply(204)


async def remove(asked: Asked, map_id: str) -> Reply:
    """DELETE entityMaps/{id} (5.14.3)."""
    asked.take_parameters(())
    asked.around.sources.maps.remove(asked.city, _found(asked, map_id))
    return Reply(204)


async def create(asked: Asked) -> Reply:
    """GET and POST entityMaps/ (5.14.4): the map of a query's entities."""
    return await _created(asked, temporal=False)


async def create_temporal(asked: Asked) -> Reply:
    """GET and POST temporal/entityMaps/ (5.14.5)."""
    return await _created(asked, temporal=True)


async def _created(asked: Asked, *, temporal: bool) -> Reply:
    from madang.web.ngsi.distributed_mapped_making import made_map  # which stands above the operations

    kept = await made_map(asked, temporal=temporal)
    return kept if isinstance(kept, Reply) else _reply(asked, kept, 201)


def _found(asked: Asked, map_id: str) -> EntityMap:
    if not is_uri(map_id):
        raise DataError("web.id-not-a-uri", id=map_id)
    found = asked.around.sources.maps.find(asked.city, map_id)
    if found is None:
        raise NotFoundError("registrations.map-unknown", id=map_id, tenant=asked.city.tenant)
    return found


def _reply(asked: Asked, kept: EntityMap, status: int) -> Reply:
    wanted = asked.wanted()
    body = shown(kept)
    if wanted.media_type == JSON_LD:
        body = {"@context": wanted.context_name, **body}
    headers = [*wanted.headers(), (b"ngsild-entitymap", location_of(kept).encode())]
    return Reply(status, to_json(body), wanted.media_type.encode(), headers)


TABLE: Table = [
    ("GET", MAPS, create),
    ("POST", MAPS, create),
    ("GET", NGSI_BASE + "temporal/entityMaps", create_temporal),
    ("POST", NGSI_BASE + "temporal/entityMaps", create_temporal),
    ("GET", MAPS + "/{map_id}", retrieve),
    ("PATCH", MAPS + "/{map_id}", update),
    ("DELETE", MAPS + "/{map_id}", remove),
]
