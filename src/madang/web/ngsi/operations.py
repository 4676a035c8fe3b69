"""The form of a table of operations: method, pattern of the path, function. Each module of a chapter has one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from madang.web.exchange import Reply

NGSI_BASE = "/ngsi-ld/v1/"
ENTITY = NGSI_BASE + "entities/{entity_id}"
BATCH = NGSI_BASE + "entityOperations/"

Operation = Callable[..., Awaitable[Reply]]
Table = list[tuple[str, str, Operation]]
