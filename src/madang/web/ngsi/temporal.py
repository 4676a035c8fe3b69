"""The temporal API: evolution of entities (clauses 5.6.11-5.6.16, 5.7.3, 5.7.4; 6.18-6.22, 6.24)."""

from __future__ import annotations

from madang.web.ngsi import temporal_reading, temporal_writing
from madang.web.ngsi.operations import NGSI_BASE, Table

_ENTITIES = NGSI_BASE + "temporal/entities"
_ENTITY = _ENTITIES + "/{entity_id}"
_ATTRIBUTE = _ENTITY + "/attrs/{term}"

TABLE: Table = [
    ("GET", _ENTITIES, temporal_reading.query_evolutions),
    ("POST", _ENTITIES, temporal_writing.create_evolution),
    ("GET", _ENTITY, temporal_reading.retrieve_evolution),
    ("DELETE", _ENTITY, temporal_writing.delete_evolution),
    ("POST", _ENTITY + "/attrs", temporal_writing.add_attributes),
    ("DELETE", _ATTRIBUTE, temporal_writing.delete_attribute),
    ("PATCH", _ATTRIBUTE + "/{instance_id}", temporal_writing.modify_instance),
    ("DELETE", _ATTRIBUTE + "/{instance_id}", temporal_writing.delete_instance),
    ("POST", NGSI_BASE + "temporal/entityOperations/query", temporal_reading.query_evolutions_by_post),
]
