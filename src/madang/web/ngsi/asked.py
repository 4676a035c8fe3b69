"""One NGSI-LD request with its city, its branch and its @context at hand: what every operation starts from.

Bodies are read here into documents: media type, JSON, @context, representation and names, in this order, so that
behind this module there are only normalized documents with stored names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from madang.city import City
from madang.entities.context import Context
from madang.entities.entity import Document
from madang.errors import CallerError, DataError
from madang.web.access import require_for_branch
from madang.web.around import Around
from madang.web.exchange import Request, parse_json, parse_parameters
from madang.web.inthreads import in_thread
from madang.web.ngsi.given import fragment
from madang.web.ngsi.negotiation import (
    JSON_LD,
    Contexts,
    Wanted,
    context_of_body,
    linked_context,
    media_type_of_body,
    wanted,
)
from madang.web.ngsi.views import Views

T = TypeVar("T")

BIG_BODY_BYTES = 512 * 1024  # above, a body is read on a thread: it would hold the event loop too long
NO_TERMS = frozenset({"id", "type", "scope"})
SIMPLIFIED = frozenset({"simplified", "keyValues"})


@dataclass(slots=True)
class Asked:
    """A request on its way to an operation."""

    request: Request
    city: City
    around: Around
    parameters: dict[str, str] = field(default_factory=dict)
    named_context: Any = None  # the @context of the body, once it was read

    @property
    def contexts(self) -> Contexts:
        """The compiled contexts of this server."""
        return self.around.contexts

    @property
    def views(self) -> Views:
        """The newest view of each tenant."""
        return self.around.views

    # -- what came in the URL and the headers ---------------------------------------------------------------------

    def take_parameters(self, known: Iterable[str]) -> dict[str, str]:
        """The query's parameters, unknown ones refused."""
        known = frozenset(known)
        self.parameters = parse_parameters(self.request.query_string, known=known)
        if "count" in known and "options" in self.parameters:
            self._count_of_early_versions()
        return self.parameters

    def _count_of_early_versions(self) -> None:
        """Take `options=count`, as clients of versions before 1.3 still write it, for `count=true`."""
        words = self.parameters["options"].split(",")
        if "count" in words:
            self.parameters.setdefault("count", "true")
            self.parameters["options"] = ",".join(word for word in words if word != "count")

    def options(self, known: Iterable[str]) -> frozenset[str]:
        """The words of `options`; those an operation does not have are refused (clause 6.3.20)."""
        given = frozenset(word for word in self.parameters.get("options", "").split(",") if word)
        for word in sorted(given.difference(known)):
            raise CallerError("web.option-unknown", option=word, known=", ".join(sorted(known)) or "-")
        return given

    def context(self) -> Context:
        """The context that names are read by: the body's, the Link header's, else the city's own."""
        named = self.named_context if self.named_context is not None else linked_context(self.request)
        return self.contexts.compiled(named)

    def wanted(self, *, geo: bool = False) -> Wanted:
        """How the answer is written."""
        return wanted(self.request, self.contexts, geo=geo, named=self.named_context, city=self.city)

    def stored_name(self, term: str) -> str:
        """The stored short name of a term of the request's context; members of every entity keep theirs."""
        return term if term in NO_TERMS else self.context().stored_name(term)

    # -- bodies ---------------------------------------------------------------------------------------------------

    async def json_body(self, *, patch: bool = False) -> tuple[str, Any]:
        """The body's media type and its JSON value."""
        media_type = media_type_of_body(self.request, patch=patch)
        body = await self.request.body()
        value = await in_thread(parse_json, body) if len(body) > BIG_BODY_BYTES else parse_json(body)
        if media_type == JSON_LD:
            await self._have_contexts(value)
        return media_type, value

    async def _have_contexts(self, value: Any) -> None:
        """Have the contexts of a body, or of each item of a batch, at hand before names are read by them."""
        items = value if isinstance(value, list) else [value]
        named = [item["@context"] for item in items if isinstance(item, dict) and item.get("@context")]
        for one in named if len(named) < 2 else {orjson.dumps(one): one for one in named}.values():
            await self.contexts.ready(one, self.city)

    async def object_body(self, *, patch: bool = False) -> dict[str, Any]:
        """A body that is one object, without its @context, which is kept as the request's."""
        media_type, value = await self.json_body(patch=patch)
        if not isinstance(value, dict):
            raise CallerError("web.body-not-an-object", expected="a JSON object", found=type(value).__name__)
        self.named_context = context_of_body(self.request, media_type, value)
        return {name: part for name, part in value.items() if name != "@context"}

    async def fragment_value(self, *, entity_id: str, patch: bool = True) -> dict[str, Any]:
        """A body that is part of an entity, as it came but for its id, which must be the path's."""
        value = await self.object_body(patch=patch)
        if value.pop("id", value.pop("@id", entity_id)) != entity_id:
            raise DataError("web.id-differs", path_id=entity_id, body_id="another id")
        return value

    async def fragment_body(self, *, entity_id: str, simplified: bool = False, patch: bool = True) -> Document:
        """A body that is part of an entity; it may hold nulls that remove."""
        value = await self.fragment_value(entity_id=entity_id, patch=patch)
        return self.fragment_of(value, self.context(), simplified=simplified)

    def fragment_of(self, value: dict[str, Any], context: Context, *, simplified: bool = False) -> Document:
        """An entity or part of one, normalized and with stored names; the store checks it when it is put."""
        return fragment(value, context, simplified=simplified)

    # -- writing --------------------------------------------------------------------------------------------------

    async def write(self, change: Callable[[Any], T], *, reason: str) -> T:
        """Apply a change within the writer's next group commit; on an error nothing of it stays.

        Writes with one actor and reason that wait together become one transaction, so a reason names the operation.
        """
        city = self.city
        require_for_branch(self.request.caller, city.branch_name)
        actor = f"api:{self.request.caller.actor}"
        reason = f"NGSI-LD {reason}"
        return await city.store.submit_awaited(change, actor=actor, reason=reason, branch=city.branch_name)
