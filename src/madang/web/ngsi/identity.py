"""Who this source is, for those who register it (clauses 5.15, 5.2.40; 6.35).

The alias names the tenant as well: the same server asked for another of its cities, or for another branch, is no loop.
"""

from __future__ import annotations

from madang import clock
from madang.city import City
from madang.hub.pseudonym import pseudonym
from madang.web.exchange import Reply, Request, to_json
from madang.web.ngsi.asked import Asked
from madang.web.ngsi.negotiation import CONTEXT_PATH, JSON_LD, accepted, link_to_context
from madang.web.ngsi.operations import NGSI_BASE, Table

PATH = NGSI_BASE + "info/sourceIdentity"


async def source_identity(asked: Asked) -> Reply:
    """GET info/sourceIdentity (5.15.1)."""
    asked.take_parameters(())
    return told(asked.request, alias(asked.city), asked.around.up_since)


def alias(city: City) -> str:
    """The name of a city and branch in a Via header: the same as long as its file lives, and no other server's."""
    return pseudonym(city.tenant, city.store.city.uuid[:8])


def told(request: Request, alias: str, up_since: float) -> Reply:
    """The identity of a source of this alias."""
    media_type = accepted(request)
    body = {
        "id": f"urn:ngsi-ld:ContextSourceIdentity:{alias.replace('!', '%21')}",
        "type": "ContextSourceIdentity",
        "contextSourceAlias": alias,
        "contextSourceUptime": f"PT{max(0.0, clock.elapsed_s() - up_since):.3f}S",
        "contextSourceTimeAt": clock.to_text(clock.now()),
    }
    context = request.base_url() + CONTEXT_PATH
    if media_type == JSON_LD:
        return Reply(200, to_json({"@context": context, **body}), media_type.encode())
    return Reply(200, to_json(body), headers=[(b"link", link_to_context(context).encode("latin-1"))])


TABLE: Table = [("GET", PATH, source_identity)]
