"""The local part of an operation over several sources: the same operation, asked again with less."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from madang.entities.checking import check_entity
from madang.entities.context import Context
from madang.entities.entity import ENTITY_MEMBERS, Document
from madang.entities.representation import normalize
from madang.errors import DataError, MadangError
from madang.web.exchange import Reply, parse_json
from madang.web.inthreads import in_thread
from madang.web.ngsi.asked import BIG_BODY_BYTES, Asked
from madang.web.ngsi.distributed_asking import with_body
from madang.web.ngsi.negotiation import JSON, JSON_LD, context_of_body, linked_context, media_type_of_body
from madang.web.ngsi.operations import Operation
from madang.web.problems import problem_reply

TIMES = ("createdAt", "modifiedAt", "deletedAt")
KEPT_HEADERS = ("ngsild-tenant", "link", "prefer", "accept-language", "host", "authorization", "cookie")


@dataclass(slots=True)
class Incoming:
    """A request as its distribution needs it: parameters and body as they were written, and the names they are in."""

    asked: Asked
    operation: Operation
    parts: dict[str, Any]
    parameters: dict[str, str]
    raw: bytes = b""
    body: Any = None
    media_type: str = JSON
    named: Any = None
    context: Context = field(default=None)  # type: ignore[assignment]

    @property
    def name(self) -> Callable[[str], str]:
        """The stored name of a term of the request."""
        return self.context.stored_name

    async def as_it_came(self) -> Reply:
        """The operation here alone, as it was asked for."""
        request = self.asked.request
        if self.has_body:  # with the headers it came with: that a length is missing is still to be said
            request = replace(with_body(request, self.raw), headers=request.headers)
        return await self.operation(fresh(self.asked, request), **self.parts)

    @property
    def has_body(self) -> bool:
        """Whether the request brought a body, which has been read."""
        return self.asked.request.method in ("POST", "PUT", "PATCH")

    async def here(
        self, *, parameters: dict[str, str] | None = None, body: Any = None, plain: bool = False, parts: Any = None
    ) -> Reply:
        """The operation here alone with other parameters or another body; its problem as a reply.

        `plain` asks for JSON without its @context, which the reader of several answers knows anyway.
        """
        request = self.asked.request
        if parameters is not None:
            request = replace(request, query_string=urlencode(parameters))
        if plain:
            request = replace(request, headers={**request.headers, "accept": JSON})
        if self.has_body:
            request = with_body(request, self.raw if body is None else orjson.dumps(body))
        try:
            return await self.operation(fresh(self.asked, request), **(self.parts if parts is None else parts))
        except MadangError as error:
            return problem_reply(error, request.language, media_type=JSON.encode())


def fresh(asked: Asked, request: Any) -> Asked:
    """The request on its way anew."""
    return replace(asked, request=request, parameters={}, named_context=None)


def parameters_of(query_string: str) -> dict[str, str]:
    """The parameters by name; what stands twice is for the operation itself to refuse."""
    return dict(parse_qsl(query_string, keep_blank_values=True))


async def incoming(asked: Asked, operation: Operation, parts: dict[str, Any]) -> Incoming:
    """The request, read. MadangError means that it can't be; `raw` then still holds the body for the operation."""
    request = asked.request
    made = Incoming(asked, operation, parts, parameters_of(request.query_string))
    if made.has_body:
        made.raw = await request.body()
    return made


async def read(made: Incoming) -> None:
    """Read the body and the @context of a request; MadangError says what is wrong with them."""
    asked, request = made.asked, made.asked.request
    if made.has_body:
        made.media_type = media_type_of_body(request, patch=request.method == "PATCH")
        is_big = len(made.raw) > BIG_BODY_BYTES
        made.body = await in_thread(parse_json, made.raw) if is_big else parse_json(made.raw)
        if isinstance(made.body, dict):
            made.named = context_of_body(request, made.media_type, made.body)
        elif made.media_type == JSON:
            made.named = linked_context(request)
    else:
        made.named = linked_context(request)
    await asked.contexts.ready(made.named, asked.city)
    made.context = asked.contexts.compiled(made.named)


# -- answers into documents -------------------------------------------------------------------------------------------


async def document_of(asked: Asked, value: Any, named: Any) -> Document:
    """An entity of an answer with stored names and its system times; MadangError when it is none (4.3.6.8)."""
    if not isinstance(value, dict):
        raise DataError("web.body-not-an-object", expected="an entity", found=type(value).__name__)
    if "@context" in value:
        named = value["@context"]
    await asked.contexts.ready(named, asked.city)
    return document_in(value, asked.contexts.compiled(named))


def document_in(value: dict[str, Any], context: Context) -> Document:
    """The same, in a context that is at hand."""
    try:
        document = check_entity(context.to_stored(normalize(value)))
    except (TypeError, AttributeError, RecursionError, KeyError) as wrong:
        raise DataError("web.entity-malformed", id=str(value.get("id", "-"))[:80]) from wrong
    made = dict(document)
    for term, part in value.items():
        if term in ENTITY_MEMBERS:  # several types or scopes are a list too
            continue
        if isinstance(part, (dict, list)) and (name := context.stored_name(term)) in made:
            made[name] = _with_times(made[name], part)
    made |= {name: value[name] for name in TIMES if isinstance(value.get(name), str)}
    return made


def _with_times(part: Any, given: Any) -> Any:
    if type(given) is dict and "modifiedAt" not in given and "createdAt" not in given and "deletedAt" not in given:
        return part
    by_dataset = {one.get("datasetId"): one for one in _listed(given) if isinstance(one, dict)}
    timed = [
        {**one, **{name: by_dataset[one.get("datasetId")][name] for name in TIMES if _has(by_dataset, one, name)}}
        for one in _listed(part)
    ]
    return timed if isinstance(part, list) else timed[0]


def _has(by_dataset: dict[Any, Any], one: dict[str, Any], name: str) -> bool:
    return isinstance(by_dataset.get(one.get("datasetId"), {}).get(name), str)


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def without_times(document: Document) -> Document:
    """A document without its system times, as it stands in a city."""
    made: Document = {}
    for name, part in document.items():
        if name in TIMES:
            continue
        if isinstance(part, dict):
            part = {key: value for key, value in part.items() if key not in TIMES}
        elif isinstance(part, list):
            part = [
                {key: value for key, value in one.items() if key not in TIMES} if isinstance(one, dict) else one
                for one in part
            ]
        made[name] = part
    return made


__all__ = ["JSON_LD", "Incoming", "document_in", "document_of", "fresh", "incoming", "parameters_of", "read"]
